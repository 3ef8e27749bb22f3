"""The list of people inside an attendance report: bytes in, a table with known columns out, or a refusal.

Pure, like ``attendance_files``, which says what the known forms are.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from networks.log.attendance.reading.names import hide_numbers
from networks.log.attendance.reading.words import columns_of, flat, is_of_meeting, is_total, other_report

BYTES_LIMIT = 4 * 1024 * 1024
# The largest meeting that either service sells to most organisations has 1,000 people; five joins each are 5,000 rows.
ROWS_LIMIT = 5_000
# A group here has at most 35 members. A report with many more people is of some other event, and no one could check it.
PEOPLE_LIMIT = 300
NAME_LIMIT = 120
CELL_LIMIT = 1_000
PROBLEMS_SHOWN = 20
HEADINGS_WITHIN = 60  # lines from the start
DAY = 24 * 60 * 60

ZOOM, TEAMS = "zoom", "teams"


@dataclass(frozen=True)
class Problem:
    """What is wrong with one row. Row 0: with the file as a whole."""

    row: int
    reason: str

    def __str__(self) -> str:
        return f"Row {self.row}: {self.reason}" if self.row else self.reason


class FileRefused(ValueError):
    """The file is damaged, foreign or too large. Nothing of it is used."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(" ".join(str(problem) for problem in problems))
        self.problems = problems


# --- Bytes to rows -------------------------------------------------------------------------------
_FOREIGN = [
    (b"\x1f\x8b", "This is a compressed file (gzip). Unpack it, then send the CSV file that is inside."),
    (b"BZh", "This is a compressed file (bzip2). Unpack it, then send the CSV file that is inside."),
    (b"\xfd7zXZ", "This is a compressed file (xz). Unpack it, then send the CSV file that is inside."),
    (b"7z\xbc\xaf", "This is a compressed folder (7z). Unpack it, then send the CSV file that is inside."),
    (b"Rar!", "This is a compressed folder (rar). Unpack it, then send the CSV file that is inside."),
    (b"PK\x03\x04", "This is an Excel workbook. Open it, choose “Save as”, then “CSV UTF-8”, and send that file."),
    (b"\xd0\xcf\x11\xe0", "This is an old Excel workbook. Open it, choose “Save as”, then “CSV UTF-8”, and send that."),
    (b"%PDF", "This is a PDF. Download the attendance report as CSV instead."),
    (b"\xff\xd8\xff", "This is a picture. Download the attendance report as CSV instead."),
    (b"\x89PNG", "This is a picture. Download the attendance report as CSV instead."),
]


_ZIPPED = "This is a compressed folder (zip). Unpack it, then send the CSV file that is inside."
_REPEATED = (
    "The headings appear here a second time, so two reports have been combined in one file. Send each report as it was "
    "downloaded, one after the other: their minutes are added up."
)


def quote(cell: str) -> str:
    """A cell for showing in a sentence: short, and without telephone numbers."""
    return f"“{hide_numbers(cell)[:40]}”"


def refuse(row: int, reason: str) -> FileRefused:
    return FileRefused(Problem(row, reason))


def decode(data: bytes) -> str:
    """The text of a report, by its byte order mark or, without one, by where its zero bytes are."""
    if not data.strip():
        raise refuse(0, "The file is empty. Download the report again.")
    if len(data) > BYTES_LIMIT:
        raise refuse(
            0, f"The file is larger than {BYTES_LIMIT // 1024 // 1024} MB. An attendance report is far smaller."
        )
    for start, words in _FOREIGN:
        if data.startswith(start):
            is_folder = start.startswith(b"PK") and re.search(rb"\.(csv|tsv|txt)", data[:4096], re.IGNORECASE)
            raise refuse(0, _ZIPPED if is_folder else words)
    encoding = _encoding(data)
    if encoding.startswith("utf-16") and len(data) % 2:
        raise refuse(
            0, "The file ends in the middle of a character, so it has been cut off. Download the report again."
        )
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        before = data[: error.start].decode(encoding, "ignore")
        raise refuse(
            _line_of(before, len(before)),
            "This row has characters that cannot be read. Send the file just as you downloaded it; "
            "if you saved it from Excel, choose “CSV UTF-8”.",
        ) from None
    text = text.lstrip("\ufeff")
    if not text.strip():
        raise refuse(0, "The file is empty. Download the report again.")
    if (nul := text.find("\0")) >= 0:
        raise refuse(_line_of(text, nul), "This row is damaged: it has empty bytes in it. Download the report again.")
    if text.lstrip()[:200].lower().startswith(("<!doctype", "<html", "<?xml", "{", "[")):
        raise refuse(0, "This is a web page or program data. Download the attendance report as CSV instead.")
    return text


def _encoding(data: bytes) -> str:
    if data.startswith(b"\xff\xfe"):
        return "utf-16-le"
    if data.startswith(b"\xfe\xff"):
        return "utf-16-be"
    start = data[:400]
    if len(start) >= 8 and start[1::2].count(0) > len(start) // 4 and not start[::2].count(0):
        return "utf-16-le"
    if len(start) >= 8 and start[::2].count(0) > len(start) // 4 and not start[1::2].count(0):
        return "utf-16-be"
    return "utf-8"


def _line_of(text: str, position: int) -> int:
    return len(re.findall(r"\r\n|\r|\n", text[:position])) + 1


Line = tuple[int, list[str]]


def _lines(text: str, delimiter: str) -> Iterator[Line]:
    """The rows with the line on which each begins. A quoted cell may go over several lines."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begins = 1
    try:
        for cells in reader:
            yield begins, [clean(cell) for cell in cells]
            begins = reader.line_num + 1
    except csv.Error:
        raise refuse(
            begins,
            "A quotation mark in this row is never closed, or a cell is far too long. Download the report again.",
        ) from None


def clean(cell: str) -> str:
    """A cell on one line, in one spelling of accents, without signs that cannot be seen."""
    if cell.isascii() and cell.isprintable():
        return " ".join(cell.split())
    text = "".join(
        " " if sign.isspace() else sign
        for sign in unicodedata.normalize("NFC", cell)
        if sign.isspace() or unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Co", "Cn")
    )
    return " ".join(text.split())


# --- Headings ------------------------------------------------------------------------------------
_SECTION = re.compile(r"^\d+\.\s+\S")
_NUMBER = re.compile(r"[0-9]{1,6}$")
_COUNTED = ("attended participants", "total number of participants", "participants")


@dataclass(frozen=True)
class Table:
    source: str
    columns: dict[str, int]
    width: int
    lines: list[Line]
    counted: int | None
    is_total: bool


def _delimiter(text: str) -> str:
    """What stands between the cells of the row with the headings."""
    lines = re.split(r"\r\n|\r|\n", text[:100_000])[:HEADINGS_WITHIN]
    for line in lines:
        for delimiter in "\t,;":
            if columns_of([clean(cell.strip('" ')) for cell in line.split(delimiter)]):
                return delimiter
    raise refuse(1, other_report(lines))


def read_table(text: str) -> Table:
    """The list of people in the file."""
    columns: dict[str, int] = {}
    is_teams, whole, width, counted = False, False, 0, None
    block: list[str] = []
    lines: list[Line] = []
    delimiter = _delimiter(text)
    for row, cells in _lines(text, delimiter):
        first = cells[0].casefold() if cells else ""
        if not columns:
            columns = columns_of(cells)
            width = len(cells)
            if columns:
                whole = "total" in columns and is_total(cells[columns["total"]])
                is_teams = is_teams or bool({"upn", "action"} & columns.keys()) or delimiter == "\t"
                continue
            is_teams = is_teams or bool(_SECTION.match(first)) or first == "meeting summary"
            counted = _counted(block, cells) or counted
            block = [flat(cell) for cell in cells]
            continue
        if _SECTION.match(first) and not any(cells[1:]):
            break
        if not any(sign.isdigit() for cell in cells for sign in cell) and (columns_of(cells) or is_of_meeting(cells)):
            raise refuse(row, _REPEATED)
        if not any(cells):
            if is_teams and lines:
                break
            continue
        if len(lines) >= ROWS_LIMIT:
            raise refuse(
                row,
                f"The file has more than {ROWS_LIMIT:,} rows. That is more than any meeting would have, so check that it is "
                "the report of this meeting.",
            )
        lines.append((row, cells))
    return Table(TEAMS if is_teams else ZOOM, columns, width, lines, counted, whole)


def _counted(block: list[str], cells: list[str]) -> int | None:
    """How many people the summary counts: beside its label (Teams) or under it (Zoom)."""
    if len(cells) > 1 and flat(cells[0]) in _COUNTED and _NUMBER.match(cells[1]):
        return int(cells[1])
    if "participants" in block and len(cells) == len(block):
        number = cells[block.index("participants")]
        return int(number) if _NUMBER.match(number) else None
    return None
