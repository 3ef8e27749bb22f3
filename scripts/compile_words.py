"""Compile the Welsh words: ``python scripts/compile_words.py`` writes django.mo beside each django.po of reports/formats/locale/.

The compiled file is committed, so that neither ``./run``, ``./test`` nor the image needs gettext's own programs; a test
compares it with the words it is made of.
"""

import ast
import struct
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MAGIC = 0x950412DE


def messages(po: str) -> dict[str, str]:
    """What a .po file says: each text and its translation. Entries without a translation are left out."""
    found: dict[str, str] = {}
    parts: dict[str, str] = {}
    name = ""
    for line in [*po.splitlines(), ""]:
        line = line.strip()
        if line.startswith("msgid "):
            name, parts = "id", {"id": ast.literal_eval(line.removeprefix("msgid "))}
        elif line.startswith("msgstr "):
            name = "str"
            parts["str"] = ast.literal_eval(line.removeprefix("msgstr "))
        elif line.startswith('"'):
            parts[name] += ast.literal_eval(line)
        elif not line and parts.get("str"):
            if parts["id"] in found:
                raise ValueError(f"Twice in the file: {parts['id']}")
            found[parts["id"]] = parts["str"]
    return found


def compiled(found: dict[str, str]) -> bytes:
    """A .mo file, with its texts in order so that the same words give the same bytes."""
    keys = sorted(found)
    ids = [key.encode() for key in keys]
    texts = [found[key].encode() for key in keys]
    start = 7 * 4 + 16 * len(keys)
    tables: list[tuple[int, int]] = []
    data = b""
    for part in [*ids, *texts]:
        tables.append((len(part), start + len(data)))
        data += part + b"\0"
    head = struct.pack("<7I", MAGIC, 0, len(keys), 28, 28 + 8 * len(keys), 0, 0)
    return head + b"".join(struct.pack("<2I", *pair) for pair in tables) + data


def main() -> int:
    for po in sorted((ROOT / "reports" / "formats" / "locale").rglob("*.po")):
        po.with_suffix(".mo").write_bytes(compiled(messages(po.read_text(encoding="utf-8"))))
        print(po.with_suffix(".mo").relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
