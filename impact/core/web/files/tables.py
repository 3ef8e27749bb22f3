"""Lists that people send as a file, CSV or Excel: read with limits, refused in words."""

import csv
import io
import re
import unicodedata
import zipfile
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError

from impact.core.web.files import workbooks

BYTES_LIMIT = 2 * 1024 * 1024
UNPACKED_LIMIT = 40 * 1024 * 1024  # an Excel file is packed; one that unpacks to more is no list of ours
ROWS_LIMIT = 2_000


def read_table(data: bytes) -> list[tuple[int, list[Any]]]:
    """The rows of a CSV or Excel file with their line numbers, empty ones left out. Cells are text, dates or numbers.

    Raises ValidationError for what is no such file, or is too large.
    """
    if len(data) > BYTES_LIMIT:
        raise ValidationError(f"The file is larger than {BYTES_LIMIT // 1024 // 1024} MB. Send the list alone.")
    if not data.strip():
        raise ValidationError("The file is empty.")
    rows = _read_workbook(data) if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")) else _read_csv(data)
    kept = [(line, row) for line, row in rows if any(cell_text(cell) for cell in row)]
    if not kept:
        raise ValidationError("The file has no rows.")
    if len(kept) > ROWS_LIMIT + 1:
        raise ValidationError(f"The file has more than {ROWS_LIMIT:,} rows. Send it in parts.")
    return kept


def _read_workbook(data: bytes) -> list[tuple[int, list[Any]]]:
    if data.startswith(b"PK"):
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as packed:
                size = sum(part.file_size for part in packed.infolist())
                has_macros = any(name.lower().endswith("vbaproject.bin") for name in packed.namelist())
        except (zipfile.BadZipFile, ValueError, OSError):
            raise ValidationError("The Excel file is damaged. Save it again and send it once more.") from None
        if size > UNPACKED_LIMIT:
            raise ValidationError(workbooks.TOO_LARGE)
        if has_macros:
            raise ValidationError("The Excel file has macros (.xlsm). Save it as .xlsx, without them, and send that.")
    return workbooks.rows_of(data, ROWS_LIMIT + 2)


def _read_csv(data: bytes) -> list[tuple[int, list[Any]]]:
    if b"\0" in data and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ValidationError("We cannot read this file. Choose a CSV or Excel file (.xlsx).")
    text = None
    encodings = ["utf-16"] if data.startswith((b"\xff\xfe", b"\xfe\xff")) else ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    if text is None or "\0" in text:
        raise ValidationError("The file has characters that we cannot read. Save it as “CSV UTF-8”.")
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(",;\t", key=first.count)
    try:
        return list(enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), start=1))
    except csv.Error as error:
        raise ValidationError(f"The file is damaged: {error}. Save it again as CSV.") from None


def cell_text(cell: Any) -> str:
    """What a cell says, in one line."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return " ".join(str(cell if cell is not None else "").split())


ESCAPED = re.compile(r"^'(?=[=+\-@\t\r])")  # our own files mark text that a spreadsheet might run like this
_DAYS = ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%d %B %Y", "%d %b %Y")


def full_text(cell: Any) -> str:
    """What a cell says, with its line breaks, without the mark of our own files; dates as 2022-07-24."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    if isinstance(cell, date):
        return cell.isoformat()
    text = unicodedata.normalize("NFC", str(cell if cell is not None else ""))
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    return ESCAPED.sub("", text.strip())


def day_of(cell: Any) -> date | None:
    """A date from a cell: an Excel date, 2022-07-24, 24/07/2022, 24.7.2022 or 24 July 2022. None when it is empty.

    Raises ValueError in words.
    """
    if isinstance(cell, date):
        return cell
    text = cell_text(cell)
    if not text:
        return None
    for form in _DAYS:
        try:
            return datetime.strptime(text, form).date()
        except ValueError:
            continue
    raise ValueError(f"“{text[:30]}” is not a date. Write it as 24/07/2022.")


def words_of(name: str) -> str:
    """A file name that can be shown: without a path and control characters."""
    return re.sub(r"[\x00-\x1f\x7f]", "", name.replace("\\", "/").rsplit("/", 1)[-1])[:80] or "the file"
