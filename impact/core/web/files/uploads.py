"""Uploads: the type is detected from the contents, the size is limited, and pictures are re-encoded.

Nothing here trusts a file's name or the type that the browser gave. Files are kept under their own hash, so the same
file twice is one file, and are handed out by views that ask who may have them, as attachments.
"""

import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import puremagic
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.http import FileResponse, HttpRequest, HttpResponse
from django.template.defaultfilters import filesizeformat
from whitenoise.responders import SlicedFile, StaticFile

from impact.core.web.files import active_content, pictures, store

MB = 1024 * 1024
PAPER_LIMIT = 25 * MB
PHOTO_LIMIT = 15 * MB
NO_PHOTO = "Send a photograph as JPEG, PNG or WebP."
UNPACKED_LIMIT = 200 * MB
RANGE = re.compile(r"bytes=(\d{1,18}-\d{0,18}|-\d{1,18})", re.ASCII)

# What a paper may be: extension → (type, words for people).
PAPERS = {
    "pdf": ("application/pdf", "PDF"),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "Word"),
    "pptx": ("application/vnd.openxmlformats-officedocument.presentationml.presentation", "PowerPoint"),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "Excel"),
    "odt": ("application/vnd.oasis.opendocument.text", "OpenDocument text"),
    "png": ("image/png", "PNG picture"),
    "jpg": ("image/jpeg", "JPEG picture"),
    "mp3": ("audio/mpeg", "MP3 audio"),
    "m4a": ("audio/mp4", "M4A audio"),
    "mp4": ("video/mp4", "MP4 video"),
    "txt": ("text/plain", "Plain text"),
}
_PACKED = {"docx": "word/", "pptx": "ppt/", "xlsx": "xl/"}
# Word, Excel and PowerPoint have other names for files with macros, and do not open them under the usual ones.
WITH_MACROS = {
    "docx": ("docm", "application/vnd.ms-word.document.macroEnabled.12"),
    "pptx": ("pptm", "application/vnd.ms-powerpoint.presentation.macroEnabled.12"),
    "xlsx": ("xlsm", "application/vnd.ms-excel.sheet.macroEnabled.12"),
}
# Parts that no paper needs: programs and scripts.
_PROGRAMS = (
    ".exe",
    ".dll",
    ".com",
    ".scr",
    ".msi",
    ".bat",
    ".cmd",
    ".ps1",
    ".vbs",
    ".js",
    ".jar",
    ".class",
    ".lnk",
    ".sh",
)


@dataclass(frozen=True)
class Upload:
    """An accepted file, ready to be kept."""

    name: str
    extension: str
    content_type: str
    data: bytes
    sha256: str
    width: int = 0
    height: int = 0

    @property
    def size(self) -> int:
        return len(self.data)


def _read(file: Any, limit: int) -> bytes:
    """The bytes of an uploaded file, if there are some and not too many."""
    if getattr(file, "size", 0) and file.size > limit:
        raise ValidationError(
            f"This file is {filesizeformat(file.size)}. The largest we accept is {filesizeformat(limit)}.", code="large"
        )
    data: bytes = file.read(limit + 1)
    if not data:
        raise ValidationError("This file is empty. Choose the file again.", code="empty")
    if len(data) > limit:
        raise ValidationError(f"This file is larger than {filesizeformat(limit)}.", code="large")
    return data


def _packed_kind(data: bytes) -> str:
    """Which kind of office document a zip archive is; "" for any other archive, or one that holds a program."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            names = [part.filename for part in parts]
            if len(parts) > 5000 or sum(part.file_size for part in parts) > UNPACKED_LIMIT:
                return ""
            if any(_is_unwelcome(name) for name in names):
                return ""
            if "mimetype" in names and archive.getinfo("mimetype").file_size < 200:
                return "odt" if archive.read("mimetype").strip() == PAPERS["odt"][0].encode() else ""
            if "[Content_Types].xml" not in names or archive.getinfo("[Content_Types].xml").file_size > MB:
                return ""
            return next((kind for kind, start in _PACKED.items() if any(n.startswith(start) for n in names)), "")
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, ValueError, EOFError, OSError):
        return ""


def _is_unwelcome(part: str) -> bool:
    """Whether a part of an archive is a program, or would be unpacked outside its folder."""
    return part.lower().endswith(_PROGRAMS) or part.startswith("/") or ".." in PurePath(part.replace("\\", "/")).parts


def _is_pdf(data: bytes) -> bool:
    """Whether this is a whole PDF, and not an archive or a page at the same time."""
    return b"%%EOF" in data[-2048:] and not zipfile.is_zipfile(io.BytesIO(data))


def kind_of(data: bytes) -> str:
    """The extension in PAPERS that these bytes are; "" for anything else."""
    start = data[:1024]
    if start.startswith(b"%PDF-"):
        return "pdf" if _is_pdf(data) else ""
    if start.startswith(b"PK\x03\x04"):
        return _packed_kind(data)
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if start.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if start[4:8] == b"ftyp":
        return {b"M4A ": "m4a", b"M4B ": "m4a"}.get(start[8:12], "mp4" if start[8:10] in (b"mp", b"is", b"av") else "")
    try:
        found = {match.extension.lstrip(".").lower() for match in puremagic.magic_string(data[:4096])[:3]}
    except (puremagic.PureError, ValueError):
        found = set()
    if "mp3" in found or start.startswith(b"ID3"):
        return "mp3"
    return "txt" if _is_text(data) else ""


def _is_text(data: bytes) -> bool:
    """Whether these bytes are plain words: UTF-8, no control characters, and nothing that a browser would run."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    if any(ord(sign) < 32 and sign not in "\n\r\t\f" for sign in text[:100_000]):
        return False
    return not text.lstrip()[:200].lower().startswith(("<", "#!", "%!", "{\\rtf"))


def file_name(name: str, extension: str) -> str:
    """A name that is safe to save under, with the extension that the contents deserve."""
    stem = PurePath(name.replace("\\", "/")).name
    stem = stem.rsplit(".", 1)[0] if "." in stem else stem
    kept = "".join(sign for sign in stem if sign.isalnum() or sign in " -_()&,").strip(" .")
    return f"{' '.join(kept.split())[:120] or 'file'}.{extension}"


class ActiveContent(ValidationError):
    """A document holds something that runs by itself. The sender decides whether it goes out like that."""

    def __init__(self, found: list[str]) -> None:
        super().__init__(
            f"This file holds {' and '.join(found)}. Some computers warn about files like this or block them. Save it "
            f"without, or as a new PDF, and choose that; or choose this one again and tick “{SEND_ANYWAY}”.",
            code="active_content",
        )


SEND_ANYWAY = "Send it as it is"


def _active_content(data: bytes, kind: str) -> tuple[list[str], str, str]:
    """Find active content in a document, and the extension and type it then gets."""
    extension, content_type = kind, PAPERS[kind][0]
    if kind == "pdf":
        return active_content.in_pdf(data), extension, content_type
    if kind == "odt" or kind in _PACKED:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            found = active_content.in_archive(archive)
            if kind in WITH_MACROS and active_content.is_macro_enabled(archive):
                extension, content_type = WITH_MACROS[kind]
        return found, extension, content_type
    return [], extension, content_type


def accept_paper(
    file: Any,
    *,
    allowed: Collection[str] = tuple(PAPERS),
    limit: int = PAPER_LIMIT,
    send_anyway: bool = False,
) -> Upload:
    """An uploaded paper, told by its contents; pictures are re-encoded. ValidationError says what is taken instead.

    Forms and serializers call it, so that no transaction waits while a picture is drawn; for services that call it
    again, what was accepted stays as it is. ``send_anyway`` lets macros and JavaScript through, for people who were told.
    """
    if isinstance(file, Upload):
        return file
    data = _read(file, limit)
    kind = kind_of(data)
    if kind not in allowed:
        words = ", ".join(PAPERS[one][1] for one in allowed)
        raise ValidationError(f"We cannot accept this kind of file. Upload one of these: {words}.", code="type")
    if kind in ("png", "jpg"):
        return _picture(data, getattr(file, "name", ""))
    found, extension, content_type = _active_content(data, kind)
    if found and not send_anyway:
        raise ActiveContent(found)
    name = file_name(getattr(file, "name", "") or "", extension)
    return Upload(name, extension, content_type, data, hashlib.sha256(data).hexdigest())


def accept_photo(file: Any, *, limit: int = PHOTO_LIMIT) -> Upload:
    """A photograph, turned the right way up and re-encoded as JPEG: no place, time or camera is kept in it."""
    if isinstance(file, Upload):
        return file
    data = _read(file, limit)
    if not (data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")) or data[8:12] == b"WEBP"):
        if data[4:8] == b"ftyp":
            words = "This is a photo in Apple’s own format. On the phone, choose Settings, Camera, Formats, “Most Compatible”, or"
            raise ValidationError(f"{words} share it as JPEG first.", code="type")
        raise ValidationError(NO_PHOTO, code="type")
    return _picture(data, getattr(file, "name", ""))


def _picture(data: bytes, name: str) -> Upload:
    picture = pictures.draw(data)
    sha256 = hashlib.sha256(picture.data).hexdigest()
    called = file_name(name or "photo", "jpg")
    return Upload(called, "jpg", "image/jpeg", picture.data, sha256, picture.width, picture.height)


def name_of(upload: Upload, *, under: str) -> str:
    """What an accepted file is called in the storage."""
    return f"{under}/{upload.sha256}.{upload.extension}"


def is_kept(upload: Upload, *, under: str) -> bool:
    """Whether the storage has this file, whole."""
    return store.fits(default_storage, name_of(upload, under=under), sha256=upload.sha256, size=upload.size)


def keep(upload: Upload, *, under: str) -> str:
    """Put an accepted file into the storage under its hash; its name there. The same contents are kept once."""
    return keep_bytes(upload.data, name=name_of(upload, under=under))


def keep_bytes(data: bytes, *, name: str) -> str:
    """Put these bytes into the storage, whole or not at all. DiskFull when the disk is full."""
    try:
        return store.keep(default_storage, data, name=name, sha256=hashlib.sha256(data).hexdigest(), size=len(data))
    except OSError as error:
        if store.is_disk_full(error):
            raise store.DiskFull from error
        raise


def serve_file(file: Any, *, name: str, content_type: str) -> FileResponse:
    """Serve a stored file. Browsers may show it in our own pages as a picture, and nowhere else run it."""
    return _safely(FileResponse(file.open("rb"), as_attachment=True, filename=name, content_type=content_type))


def serve_media(request: HttpRequest, file: Any, *, name: str, content_type: str) -> FileResponse | HttpResponse:
    """Serve a stored recording or film, or the part that is asked for: players jump to a place in it, and downloads go
    on where a connection broke. Call it once it is settled that the caller may have the file."""
    size = file.size
    asked = _part_asked_for(request, size)
    if asked is None:
        response: Any = serve_file(file, name=name, content_type=content_type)
    elif asked[0] > asked[1]:
        response = HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    else:
        start, end = asked
        part: Any = SlicedFile(file.open("rb"), start, end)
        response = FileResponse(part, status=206, as_attachment=True, filename=name, content_type=content_type)
        response["Content-Range"] = f"bytes {start}-{end}/{size}"
        response["Content-Length"] = str(end - start + 1)
    response["Accept-Ranges"] = "bytes"
    return _safely(response)


def _safely(response: Any) -> Any:
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def _part_asked_for(request: HttpRequest, size: int) -> tuple[int, int] | None:
    """The first and the last byte that are asked for; None: the whole file. The first after the last: there is no such part.

    A header that makes no sense, or asks for several parts at once, is answered with the whole file (RFC 9110). So is
    one with If-Range, because our files have no validator that a part could be compared by.
    """
    header = request.headers.get("Range", "")
    if request.method != "GET" or not header or "If-Range" in request.headers or not RANGE.fullmatch(header):
        return None
    start, end = StaticFile.parse_byte_range(header)
    if start < 0 or header.partition("=")[2].startswith("-"):  # the last so many bytes
        return (max(size + start, 0), size - 1) if start else (size, size - 1)
    if end is not None and end < start:
        return None
    return start, min(size - 1 if end is None else end, size - 1)
