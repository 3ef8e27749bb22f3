"""Files that are zip packages (Word, Excel, CSV), with the same bytes for the same contents."""

import zipfile
from collections.abc import Mapping
from io import BytesIO

EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest moment that a zip can name: no clock is in the file
FIRST = "[Content_Types].xml"  # where programs look first


def packed(parts: Mapping[str, bytes]) -> bytes:
    """A zip of ``parts`` in one order and without times."""
    found = BytesIO()
    with zipfile.ZipFile(found, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as package:
        for name in sorted(parts, key=lambda name: (name != FIRST, name)):
            info = zipfile.ZipInfo(name, EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system, info.external_attr = 3, 0o600 << 16
            package.writestr(info, parts[name])
    return found.getvalue()


def repacked(data: bytes) -> bytes:
    """The same package with its times taken out."""
    with zipfile.ZipFile(BytesIO(data)) as package:
        return packed({info.filename: package.read(info) for info in package.infolist()})
