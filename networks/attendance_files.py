"""Attendance reports as Zoom and Microsoft Teams export them: bytes in, people with minutes out, or a refusal.

Pure: no database, no clock. A file is taken whole or not at all; a refusal names each row (as a text editor counts
lines) and says what is wrong with it. Known forms:

Zoom, CSV: with or without a block about the meeting first; either one row a person with a total, or one row a join
with join and leave times. Headings differ between years ("User Email" or "Email", small or capital letters).
Teams, tab-separated UTF-16: sections "1. Summary", "2. Participants", "3. In-Meeting Activities"; before 2022
"Meeting Summary" and then "Full Name, Join Time, Leave Time, Duration, Email, Role"; and before 2021 a bare list of
"Full Name, User Action, Timestamp".
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

BYTES_LIMIT = 4 * 1024 * 1024
# The largest meeting that either service sells to most organisations has 1,000 people; five joins each are 5,000 rows.
ROWS_LIMIT = 5_000
# A group here has at most 35 members. A report with many more people is of some other event, and nobody could check it.
PEOPLE_LIMIT = 300
NAME_LIMIT = 120
CELL_LIMIT = 1_000
PROBLEMS_SHOWN = 20
HEADINGS_WITHIN = 60  # lines from the start
DAY = 24 * 60 * 60

ZOOM, TEAMS = "zoom", "teams"
Span = tuple[datetime, datetime]


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


@dataclass
class Joined:
    """One person in a report, over all their joins."""

    name: str
    also: str = ""  # the other name of somebody who was renamed
    emails: list[str] = field(default_factory=list)
    seconds: int = 0
    rows: list[int] = field(default_factory=list)
    is_phone: bool = False
    is_waiting_only: bool = False

    @property
    def email(self) -> str:
        return self.emails[0] if self.emails else ""

    @property
    def minutes(self) -> int:
        """Whole minutes; somebody who was there for seconds was there for one."""
        return max(1, (self.seconds + 30) // 60) if self.seconds else 0


@dataclass(frozen=True)
class Report:
    """What a file says."""

    source: str
    people: list[Joined]
    days: frozenset[date]  # on which the joins may have been; empty where the file has no times
    counted: int | None  # how many people its own summary counts


# --- Bytes to rows -------------------------------------------------------------------------------
_FOREIGN = [
    (b"PK\x03\x04", "This is an Excel workbook. Open it, choose “Save as”, then “CSV UTF-8”, and send that file."),
    (b"\xd0\xcf\x11\xe0", "This is an old Excel workbook. Open it, choose “Save as”, then “CSV UTF-8”, and send that."),
    (b"%PDF", "This is a PDF. Download the attendance report as CSV instead."),
    (b"\xff\xd8\xff", "This is a picture. Download the attendance report as CSV instead."),
    (b"\x89PNG", "This is a picture. Download the attendance report as CSV instead."),
]


def _refuse(row: int, reason: str) -> FileRefused:
    return FileRefused(Problem(row, reason))


def decode(data: bytes) -> str:
    """The text of a report, by its byte order mark or, without one, by where its zero bytes are."""
    if not data.strip():
        raise _refuse(0, "The file is empty. Download the report again.")
    if len(data) > BYTES_LIMIT:
        raise _refuse(
            0, f"The file is larger than {BYTES_LIMIT // 1024 // 1024} MB. An attendance report is far smaller."
        )
    for start, words in _FOREIGN:
        if data.startswith(start):
            raise _refuse(0, words)
    encoding = _encoding(data)
    if encoding.startswith("utf-16") and len(data) % 2:
        raise _refuse(0, "The file ends in the middle of a letter, so it is cut off. Download the report again.")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        before = data[: error.start].decode(encoding, "ignore")
        raise _refuse(
            _line_of(before, len(before)),
            "This row has letters that cannot be read. Send the file just as you downloaded it; "
            "if you saved it from Excel, choose “CSV UTF-8”.",
        ) from None
    text = text.lstrip("\ufeff")
    if not text.strip():
        raise _refuse(0, "The file is empty. Download the report again.")
    if (nul := text.find("\0")) >= 0:
        raise _refuse(_line_of(text, nul), "This row is damaged: it has empty bytes in it. Download the report again.")
    if text.lstrip()[:200].lower().startswith(("<!doctype", "<html", "<?xml", "{", "[")):
        raise _refuse(0, "This is a web page or program data. Download the attendance report as CSV instead.")
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
            yield begins, [_clean(cell) for cell in cells]
            begins = reader.line_num + 1
    except csv.Error:
        raise _refuse(
            begins,
            "A quotation mark in this row is never closed, or a cell is far too long. Download the report again.",
        ) from None


def _clean(cell: str) -> str:
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
_COLUMNS = {
    "name": ("name (original name)", "name", "full name", "participant"),
    "email": ("user email", "email", "email address"),
    "upn": ("participant id (upn)", "participant id", "upn"),
    "total": ("total duration (minutes)", "duration (minutes)", "in-meeting duration", "duration"),
    "join": ("join time", "first join", "first join time"),
    "leave": ("leave time", "last leave", "last leave time"),
    "waiting": ("in waiting room",),
    "action": ("user action",),
    "at": ("timestamp",),
}
_SECTION = re.compile(r"^\d+\.\s+\S")
_NUMBER = re.compile(r"[0-9]{1,6}$")
_COUNTED = ("attended participants", "total number of participants", "participants")


def _heading(cell: str) -> str:
    """ "First Join (UTC)" is "first join"."""
    return re.sub(r"\s*\(utc\)$", "", cell.casefold()).strip()


def _columns(cells: Sequence[str]) -> dict[str, int]:
    """What each column of a heading row is; empty for any other row."""
    headings = [_heading(cell) for cell in cells]
    found = {}
    for what, words in _COLUMNS.items():
        place = next((headings.index(word) for word in words if word in headings), None)
        if place is not None:
            found[what] = place
    is_report = "name" in found and (
        "total" in found or {"join", "leave"} <= found.keys() or {"action", "at"} <= found.keys()
    )
    return found if is_report else {}


@dataclass(frozen=True)
class _Table:
    source: str
    columns: dict[str, int]
    width: int
    lines: list[Line]
    counted: int | None
    is_total: bool


def _delimiter(text: str) -> str:
    """What stands between the cells of the row with the headings."""
    for line in re.split(r"\r\n|\r|\n", text[:100_000])[:HEADINGS_WITHIN]:
        for delimiter in "\t,;":
            if _columns([_clean(cell.strip('" ')) for cell in line.split(delimiter)]):
                return delimiter
    raise _refuse(
        1,
        "This is not an attendance report from Zoom or Teams: no row has the headings “Name” and “Duration”, "
        "or “Join Time” and “Leave Time”.",
    )


def _table(text: str) -> _Table:
    """The list of people in the file."""
    columns: dict[str, int] = {}
    is_teams, is_total, width, counted = False, False, 0, None
    block: list[str] = []
    lines: list[Line] = []
    for row, cells in _lines(text, _delimiter(text)):
        first = cells[0].casefold() if cells else ""
        if not columns:
            columns = _columns(cells)
            width = len(cells)
            if columns:
                is_total = "total" in columns and cells[columns["total"]].casefold().startswith("total")
                is_teams = is_teams or bool({"upn", "action"} & columns.keys()) or cells[0].casefold() == "full name"
                continue
            is_teams = is_teams or bool(_SECTION.match(first)) or first == "meeting summary"
            counted = _counted(block, cells) or counted
            block = [_heading(cell) for cell in cells]
            continue
        if _SECTION.match(first) and not any(cells[1:]):
            break
        if not any(cells):
            if is_teams and lines:
                break
            continue
        if len(lines) >= ROWS_LIMIT:
            raise _refuse(
                row,
                f"The file has more than {ROWS_LIMIT:,} rows. That is more than any meeting makes, so check that it is "
                "the report of this meeting.",
            )
        lines.append((row, cells))
    return _Table(TEAMS if is_teams else ZOOM, columns, width, lines, counted, is_total)


def _counted(block: list[str], cells: list[str]) -> int | None:
    """How many people the summary counts: beside its label (Teams) or under it (Zoom)."""
    if len(cells) > 1 and _heading(cells[0]) in _COUNTED and _NUMBER.match(cells[1]):
        return int(cells[1])
    if "participants" in block and len(cells) == len(block):
        number = cells[block.index("participants")]
        return int(number) if _NUMBER.match(number) else None
    return None


# --- Times ---------------------------------------------------------------------------------------
_WHEN = re.compile(
    r"^(\d{1,4})([/.-])(\d{1,2})\2(\d{1,4})[,T ]+\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*([ap]\.?m\.?)?(?:\s*z)?$",
    re.IGNORECASE,
)
_DURATION = re.compile(r"^(?:(\d+)\s*h\w*)?\s*(?:(\d+)\s*m\w*)?\s*(?:(\d+)\s*s\w*)?$", re.IGNORECASE)
ORDERS = ("mdy", "dmy")


def moment(text: str, order: str) -> datetime | None:
    """A date and time, with the day or the month first; ISO dates and dates with full stops say so themselves."""
    match = _WHEN.match(text)
    if not match:
        return None
    one, sign, two, three, hour, minute, second, half = match.groups()
    if len(one) == 4:
        year, month, day = int(one), int(two), int(three)
    else:
        day_first = order == "dmy" or sign == "."
        day, month = (int(one), int(two)) if day_first else (int(two), int(one))
        year = int(three) + (2000 if len(three) <= 2 else 0)
    hours = int(hour)
    if half:
        if not 1 <= hours <= 12:
            return None
        hours = hours % 12 + (12 if half.lower().startswith("p") else 0)
    try:
        return datetime(year, month, day, hours, int(minute), int(second or 0))
    except ValueError:
        return None


def duration(text: str) -> int | None:
    """Seconds of "1h 27m 51s", "27m 51s", "45s", "1:27:51", or a number of minutes; None for anything else."""
    if re.fullmatch(r"\d{1,5}(\.\d+)?", text):
        return round(float(text) * 60)
    if clock := re.fullmatch(r"(\d{1,3}):(\d{2}):(\d{2})", text):
        hours, minutes, seconds = (int(part) for part in clock.groups())
        return hours * 3600 + minutes * 60 + seconds
    match = _DURATION.match(text)
    if not match or not any(match.groups()):
        return None
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + seconds


def _days(values: Iterable[str], order: str) -> frozenset[date] | None:
    moments = [moment(value, order) for value in values]
    return None if None in moments else frozenset(m.date() for m in moments if m)


def _order(values: Sequence[str], expected: date | None) -> tuple[str, frozenset[date]]:
    """Day or month first? What every value allows; where both go, what puts the report on the meeting's own day."""
    possible = {order: days for order in ORDERS if (days := _days(values, order)) is not None}
    for order, days in possible.items():
        if expected in days:
            return order, days
    if possible:
        order = next(iter(possible))
        return order, frozenset().union(*possible.values())
    best = max(ORDERS, key=lambda o: sum(moment(value, o) is not None for value in values))
    return best, frozenset()


def together(spans: Iterable[Span]) -> int:
    """Seconds that some stretches of time cover; where two overlap it counts once."""
    total = 0
    end: datetime | None = None
    for start, stop in sorted(spans):
        begin = max(start, end) if end else start
        if stop > begin:
            total += int((stop - begin).total_seconds())
        end = max(end, stop) if end else stop
    return total


# --- Names ---------------------------------------------------------------------------------------
_MARKS = re.compile(
    r"\s*[(\[](?:guest|unverified|external|host|co-?host|me|host,\s*me|organi[sz]er|presenter|attendee|gast|gwestai)[)\]]\s*$",
    re.I,
)
_PRONOUNS = re.compile(r"\s*\((?:she|he|they|her|him|them|ze|nhw|hi|fe)\b[^()]*\)\s*$", re.I)
_RENAMED = re.compile(r"^(.+?)\s+\(([^()]+)\)$")
_PHONE = re.compile(r"^(?:call-?in user\s*)?[+(]?[\d][\d\s().*xX•-]{5,}$", re.I)


def name_key(name: str) -> str:
    """A name for comparing: no case, accents or signs, and "Surname, First" turned round."""
    if name.count(",") == 1:
        last, first = name.split(",")
        name = f"{first} {last}"
    flat = unicodedata.normalize("NFKD", name.casefold())
    flat = "".join(sign for sign in flat if not unicodedata.combining(sign))
    flat = re.sub(r"['’`´.]", "", flat)
    return " ".join(re.findall(r"\w+", flat))


def _bare(name: str) -> str:
    """A name without what a service or a person hangs on it: (Guest), (Unverified), (she/her)."""
    before = ""
    while before != name:
        before, name = name, _PRONOUNS.sub("", _MARKS.sub("", name))
    return name or before


def read_name(text: str) -> tuple[str, str]:
    """Name and other name of "Jo, carer (Jo Bloggs)"; the other one is empty for somebody who was not renamed."""
    name = _bare(text)
    renamed = _RENAMED.match(name)
    if not renamed:
        return name, ""
    return _bare(renamed[1].strip()), _bare(renamed[2].strip())


def _is_phone(name: str) -> bool:
    return bool(_PHONE.match(name)) and sum(sign.isdigit() for sign in name) >= 5


def _phone_name(number: str) -> str:
    """Whoever rang in, without the number: it may be somebody's own."""
    return f"Caller, number ending {''.join(s for s in number if s.isdigit())[-3:]}"


# --- Rows to people ------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Row:
    """One line of the list."""

    row: int
    name: str
    also: str
    emails: tuple[str, ...]
    seconds: int | None
    span: Span | None
    is_waiting: bool
    phone: str


class _Reader:
    """Reads the lines of one table; keeps the problems, so that all are told at once."""

    def __init__(self, table: _Table, expected: date | None) -> None:
        self.table = table
        self.problems: list[Problem] = []
        times = [self._cell(cells, what) for _row, cells in table.lines for what in ("join", "leave", "at")]
        self.order, self.days = _order([time for time in times if time], expected)

    def _cell(self, cells: list[str], what: str) -> str:
        place = self.table.columns.get(what)
        return cells[place] if place is not None and place < len(cells) else ""

    def rows(self) -> list[_Row]:
        lines = self._paired() if "action" in self.table.columns else self.table.lines
        if self.table.is_total:  # a total stands once for each person; a line that is there twice was copied
            once: dict[tuple[str, ...], Line] = {}
            for line in lines:
                once.setdefault(tuple(line[1]), line)
            lines = list(once.values())
        return [row for line in lines if (row := self._row(*line))]

    def _row(self, number: int, cells: list[str]) -> _Row | None:
        try:
            return self._read(number, cells)
        except FileRefused as refused:
            self.problems += refused.problems
            return None

    def _read(self, number: int, cells: list[str]) -> _Row:
        if len(cells) < self.table.width:
            raise _refuse(
                number, f"It has {len(cells)} of {self.table.width} cells. The file may be cut off; download it again."
            )
        if any(len(cell) > CELL_LIMIT for cell in cells):
            raise _refuse(number, f"A cell is longer than {CELL_LIMIT:,} characters. This is not an attendance report.")
        raw = self._cell(cells, "name")
        if not raw:
            raise _refuse(number, "It has no name.")
        phone = raw if _is_phone(raw) else ""
        name, also = (_phone_name(phone), "") if phone else read_name(raw)
        if max(len(name), len(also)) > NAME_LIMIT:
            raise _refuse(number, f"The name is longer than {NAME_LIMIT} characters.")
        emails = tuple(
            dict.fromkeys(e for what in ("email", "upn") if (e := _email(self._cell(cells, what), number, what)))
        )
        seconds, span = self._time(number, cells)
        is_waiting = self._cell(cells, "waiting").casefold() in ("yes", "true", "1", "ie")
        return _Row(number, name, also, emails, seconds, span, is_waiting, phone)

    def _time(self, number: int, cells: list[str]) -> tuple[int | None, Span | None]:
        span = self._span(number, self._cell(cells, "join"), self._cell(cells, "leave"))
        said = self._cell(cells, "total")
        seconds = duration(said) if said else None
        if said and seconds is None:
            raise _refuse(number, f"“{said[:40]}” is not a length of time.")
        if seconds is not None and seconds > DAY:
            raise _refuse(number, f"“{said[:40]}” is longer than a day.")
        if seconds is None and span is None:
            raise _refuse(number, "It does not say how long the person was there.")
        return seconds, span

    def _span(self, number: int, join: str, leave: str) -> Span | None:
        if not join or not leave:
            return None
        start, stop = moment(join, self.order), moment(leave, self.order)
        if start is None or stop is None:
            raise _refuse(number, f"“{(leave if start else join)[:40]}” is not a date and time.")
        if stop < start:
            raise _refuse(number, "The person leaves before they join.")
        if stop - start > timedelta(days=1):
            raise _refuse(number, "The person stays longer than a day.")
        return start, stop

    def _paired(self) -> list[Line]:
        """The oldest Teams list says “Joined” and “Left” on rows of their own; one row a stay comes out."""
        columns = self.table.columns
        stays: list[Line] = []
        inside: dict[str, tuple[int, list[str]]] = {}
        last = max((self._cell(cells, "at") for _row, cells in self.table.lines), key=self._when, default="")
        self.table.columns.update(join=self.table.width, leave=self.table.width + 1)

        def stay(number: int, cells: list[str], until: str) -> None:
            stays.append((number, [*cells[: columns["join"]], self._cell(cells, "at"), until]))

        for number, cells in self.table.lines:
            if len(cells) < self.table.width:
                self.problems.append(Problem(number, "Some of its cells are missing. The file may be cut off."))
                continue
            who, did = self._cell(cells, "name"), self._cell(cells, "action").casefold()
            if did.startswith("join"):
                inside.setdefault(who, (number, cells))
            elif did == "left" and who in inside:
                stay(*inside.pop(who), self._cell(cells, "at"))
            elif did != "left":
                self.problems.append(Problem(number, f"“{did[:40]}” is neither “Joined” nor “Left”."))
        for number, cells in inside.values():
            stay(number, cells, last)
        return sorted(stays)

    def _when(self, text: str) -> datetime:
        return moment(text, self.order) or datetime.min


def _email(text: str, row: int, what: str) -> str:
    """An address, small letters; a column of another kind of id has none."""
    if not text:
        return ""
    if re.fullmatch(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s,;<>\"]+", text) and len(text) <= 254:
        return text.casefold()
    if what == "email" and "@" in text:
        raise _refuse(row, f"“{text[:60]}” is not an e-mail address.")
    return ""


def _people(rows: list[_Row]) -> list[Joined]:
    """Rows of the same person put together: by e-mail, then by name where no other e-mail speaks against it."""
    people: list[Joined] = []
    by_email: dict[str, Joined] = {}
    by_name: dict[str, list[Joined]] = {}
    by_other_name: dict[str, list[Joined]] = {}
    parts: dict[int, list[_Row]] = {}
    for row in sorted(rows, key=lambda r: not r.emails):  # those with an address first
        name = row.phone or name_key(row.name) or row.name
        also = name_key(row.also)
        person = next((by_email[email] for email in row.emails if email in by_email), None)
        if person is None and not row.emails:
            # What stands in brackets may be an organisation: the same one twice does not make one person.
            same = [*by_name.get(name, []), *by_other_name.get(name, []), *(by_name.get(also, []) if also else [])]
            person = same[0] if len({id(p) for p in same}) == 1 else None
        if person is None:
            person = Joined(row.name, row.also, is_phone=bool(row.phone))
            people.append(person)
        elif not person.also and not row.phone:
            others = (other for other in (row.also, row.name) if name_key(other) != name_key(person.name))
            person.also = next((other for other in others if other), "")
        for email in row.emails:
            if email not in person.emails:
                person.emails.append(email)
            by_email[email] = person
        for key, known in ((name, by_name), (also, by_other_name)):
            if key and not any(person is p for p in known.setdefault(key, [])):
                known[key].append(person)
        parts.setdefault(id(person), []).append(row)
    for person in people:
        _add_up(person, parts[id(person)])
    return sorted(people, key=lambda p: p.rows[0])


def _add_up(person: Joined, rows: list[_Row]) -> None:
    """How long somebody was in the meeting itself. Time in the waiting room does not count.

    Lengths add up to too much where joins overlap; the time from first join to last leave is too much where there were
    breaks. The smaller of the two is neither.
    """
    person.rows = sorted(row.row for row in rows)
    inside = [row for row in rows if not row.is_waiting]
    person.is_waiting_only = not inside
    stated = [row.seconds for row in inside if row.seconds is not None]
    spans = [row.span for row in inside if row.span]
    bounds = [sum(stated)] if len(stated) == len(inside) else []
    if len(spans) == len(inside):
        bounds.append(together(spans))
    person.seconds = (
        min(bounds) if bounds else sum(row.seconds or together([row.span] if row.span else []) for row in inside)
    )


def _tell_callers_apart(people: list[Joined]) -> None:
    seen: dict[str, int] = {}
    for person in people:
        if person.is_phone:
            seen[person.name] = seen.get(person.name, 0) + 1
            if seen[person.name] > 1:
                person.name = f"{person.name} ({seen[person.name]})"


def read_report(data: bytes, *, expected: date | None = None) -> Report:
    """Read an attendance report. ``expected``: the day of the meeting, for dates that could be read two ways.

    Raises FileRefused with every row that is wrong (the first twenty), and then uses nothing of the file.
    """
    table = _table(decode(data))
    reader = _Reader(table, expected)
    rows = reader.rows()
    if reader.problems:
        raise FileRefused(*sorted(reader.problems, key=lambda p: p.row)[:PROBLEMS_SHOWN])
    people = _people(rows)
    if not people:
        raise _refuse(0, "The report has headings but names nobody. Download it again once the meeting is over.")
    if len(people) > PEOPLE_LIMIT:
        raise _refuse(
            0,
            f"The report names {len(people):,} people. We take up to {PEOPLE_LIMIT}; check that it is of this meeting.",
        )
    _tell_callers_apart(people)
    return Report(table.source, people, reader.days, table.counted)
