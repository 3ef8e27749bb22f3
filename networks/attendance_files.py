"""Attendance reports as Zoom and Microsoft Teams export them: bytes in, people with minutes out, or a refusal.

Pure: no database, no clock. A file is taken whole or not at all; a refusal names each row (as a text editor counts
lines) and says what is wrong with it. Known forms:

Zoom, CSV: with or without a block about the meeting first; either one row a person with a total, or one row a join
with join and leave times. Headings differ between years ("User Email" or "Email", small or capital letters).
Teams, tab-separated UTF-16: sections "1. Summary", "2. Participants", "3. In-Meeting Activities"; before 2022
"Meeting Summary" and then "Full Name, Join Time, Leave Time, Duration, Email, Role"; and before 2021 a bare list of
"Full Name, User Action, Timestamp".
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from networks.attendance_names import is_phone, name_key, phone_name, read_name
from networks.attendance_tables import (
    CELL_LIMIT,
    DAY,
    NAME_LIMIT,
    PEOPLE_LIMIT,
    PROBLEMS_SHOWN,
    FileRefused,
    Line,
    Problem,
    Table,
    decode,
    read_table,
    refuse,
)

Span = tuple[datetime, datetime]


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

    def __init__(self, table: Table, expected: date | None) -> None:
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
            raise refuse(
                number, f"It has {len(cells)} of {self.table.width} cells. The file may be cut off; download it again."
            )
        if any(len(cell) > CELL_LIMIT for cell in cells):
            raise refuse(number, f"A cell is longer than {CELL_LIMIT:,} characters. This is not an attendance report.")
        raw = self._cell(cells, "name")
        if not raw:
            raise refuse(number, "It has no name.")
        phone = raw if is_phone(raw) else ""
        name, also = (phone_name(phone), "") if phone else read_name(raw)
        if max(len(name), len(also)) > NAME_LIMIT:
            raise refuse(number, f"The name is longer than {NAME_LIMIT} characters.")
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
            raise refuse(number, f"“{said[:40]}” is not a length of time.")
        if seconds is not None and seconds > DAY:
            raise refuse(number, f"“{said[:40]}” is longer than a day.")
        if seconds is None and span is None:
            raise refuse(number, "It does not say how long the person was there.")
        return seconds, span

    def _span(self, number: int, join: str, leave: str) -> Span | None:
        if not join or not leave:
            return None
        start, stop = moment(join, self.order), moment(leave, self.order)
        if start is None or stop is None:
            raise refuse(number, f"“{(leave if start else join)[:40]}” is not a date and time.")
        if stop < start:
            raise refuse(number, "The person leaves before they join.")
        if stop - start > timedelta(days=1):
            raise refuse(number, "The person stays longer than a day.")
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
        raise refuse(row, f"“{text[:60]}” is not an e-mail address.")
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
    table = read_table(decode(data))
    reader = _Reader(table, expected)
    rows = reader.rows()
    if reader.problems:
        raise FileRefused(*sorted(reader.problems, key=lambda p: p.row)[:PROBLEMS_SHOWN])
    people = _people(rows)
    if not people:
        raise refuse(0, "The report has headings but names nobody. Download it again once the meeting is over.")
    if len(people) > PEOPLE_LIMIT:
        raise refuse(
            0,
            f"The report names {len(people):,} people. We take up to {PEOPLE_LIMIT}; check that it is of this meeting.",
        )
    _tell_callers_apart(people)
    return Report(table.source, people, reader.days, table.counted)
