"""Find active content in an uploaded document: macros, JavaScript, commands."""

import re
import zipfile
import zlib

MACROS = "macros (small programs that run when someone opens it)"
CONTROLS = "ActiveX controls (small programs in the page)"
JAVASCRIPT = "JavaScript (a small program that runs when someone opens it)"
COMMAND = "a command that starts another program"

MOST_STREAMS, MOST_BYTES, MOST_OF_ONE = 2000, 64 * 1024 * 1024, 8 * 1024 * 1024  # of a PDF, unpacked
_STREAM = re.compile(rb"stream\r?\n.*?endstream", re.DOTALL)
_OBJECTS = re.compile(rb"/ObjStm\b[^>]{0,400}>>\s*stream\r?\n(.*?)endstream", re.DOTALL)
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_NAMES = {JAVASCRIPT: re.compile(rb"/(?:JavaScript|JS)\b"), COMMAND: re.compile(rb"/Launch\b")}


def in_archive(archive: zipfile.ZipFile) -> list[str]:
    """Find active content in an office document."""
    names = [name.lower() for name in archive.namelist()]
    found = []
    has_macros = any(name.endswith(("vbaproject.bin", "vbadata.xml")) for name in names)
    has_macros |= "mimetype" in names and any(name.startswith(("basic/", "scripts/")) for name in names)
    if has_macros or is_macro_enabled(archive):
        found.append(MACROS)
    if any("/activex/" in name for name in names):
        found.append(CONTROLS)
    return found


def is_macro_enabled(archive: zipfile.ZipFile) -> bool:
    """Whether a Word, Excel or PowerPoint file is of the kind that holds macros, and so has a name of its own."""
    types = "[Content_Types].xml"
    return types in archive.namelist() and b"macroenabled" in archive.read(types).lower()


def in_pdf(data: bytes) -> list[str]:
    """Find active content in a PDF; names are looked for in its objects, not in pictures and page contents."""
    parts = [_STREAM.sub(b"", data)]
    left = MOST_BYTES
    for number, packed in enumerate(_OBJECTS.finditer(data)):
        if number >= MOST_STREAMS or left <= 0:
            break
        try:
            parts.append(zlib.decompressobj().decompress(packed[1], min(left, MOST_OF_ONE)))
        except zlib.error:
            continue
        left -= len(parts[-1])
    text = _ESCAPED.sub(lambda match: bytes([int(match[1], 16)]), b"\n".join(parts))
    return [words for words, name in _NAMES.items() if name.search(text)]
