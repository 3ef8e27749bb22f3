"""Attendance reports as Zoom and Microsoft Teams export them: bytes in, people with minutes out, or a refusal.

Pure: no database, no clock. A file is taken whole or not at all; a refusal names each row (as a text editor counts
lines) and says what is wrong with it. Known forms:

Zoom, CSV: with or without a block about the meeting first; either one row a person with a total, or one row a join
with join and leave times. Headings differ between years ("User Email" or "Email", small or capital letters).
Teams, tab-separated UTF-16: sections "1. Summary", "2. Participants", "3. In-Meeting Activities"; before 2022
"Meeting Summary" and then "Full Name, Join Time, Leave Time, Duration, Email, Role"; and before 2021 a bare list of
"Full Name, User Action, Timestamp". Each in the languages of ``attendance_words``.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from networks.log.attendance.reading.names import read_name
from networks.log.attendance.reading.people import Joined, Stay, people_of
from networks.log.attendance.reading.tables import (
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
    quote,
    read_table,
    refuse,
)
from networks.log.attendance.reading.times import Span, duration, moment, order_of
from networks.log.attendance.reading.words import is_yes, joined_or_left


@dataclass(frozen=True)
class Report:
    """What a file says."""

    source: str
    people: list[Joined]
    days: frozenset[date]  # on which the joins may have been; empty where the file has no times
    counted: int | None  # how many people its own summary counts
    text: str  # all of it, on one line


_UNQUOTED = (
    "It has more cells than there are headings. Probably a comma in a name is not inside quotation marks, as happens when a "
    "report is edited. Download the report again and send it unchanged."
)


class _Reader:
    """Reads the lines of one table; keeps the problems, so that all are told at once."""

    def __init__(self, table: Table, expected: date | None) -> None:
        self.table = table
        self.problems: list[Problem] = []
        self.width = table.width + (2 if "action" in table.columns else 0)  # of a line, as ``rows`` reads it
        times = [self._cell(cells, what) for _row, cells in table.lines for what in ("join", "leave", "at")]
        self.order, self.days = order_of([time for time in times if time], expected)

    def _cell(self, cells: list[str], what: str) -> str:
        place = self.table.columns.get(what)
        return cells[place] if place is not None and place < len(cells) else ""

    def rows(self) -> list[Stay]:
        lines = self._paired() if "action" in self.table.columns else self.table.lines
        found: list[Stay] = []
        seen: set[tuple[str, ...]] = set()
        for number, cells in lines:
            stay = self._row(number, cells)
            if stay is None:
                continue
            if self.table.is_total and stay.identities:
                # A total stands once for each address, so the same line again is a copy. Without an address it may be a
                # namesake.
                if tuple(cells) in seen:
                    continue
                seen.add(tuple(cells))
            found.append(stay)
        return found

    def _row(self, number: int, cells: list[str]) -> Stay | None:
        is_wider = len(cells) > len(self.table.columns) and len(cells) > self.width
        try:
            if is_wider and any(cells[self.width :]):
                raise refuse(number, _UNQUOTED)
            return self._read(number, cells)
        except FileRefused as refused:
            self.problems += [Problem(number, _UNQUOTED)] if is_wider else refused.problems
            return None

    def _read(self, number: int, cells: list[str]) -> Stay:
        if len(cells) < self.table.width:
            raise refuse(
                number, f"It has {len(cells)} of {self.table.width} cells. The file may be cut off; download it again."
            )
        if any(len(cell) > CELL_LIMIT for cell in cells):
            raise refuse(number, f"A cell is longer than {CELL_LIMIT:,} characters. This is not an attendance report.")
        raw = self._cell(cells, "name")
        if not raw:
            raise refuse(number, "It has no name.")
        named = read_name(raw)
        if max(len(named.name), len(named.also)) > NAME_LIMIT:
            raise refuse(number, f"The name is longer than {NAME_LIMIT} characters.")
        emails = tuple(
            dict.fromkeys(e for what in ("email", "upn") if (e := _email(self._cell(cells, what), number, what)))
        )
        seconds, span = self._time(number, cells)
        return Stay(number, named, emails, seconds, span, is_yes(self._cell(cells, "waiting")))

    def _time(self, number: int, cells: list[str]) -> tuple[int | None, Span | None]:
        span = self._span(number, self._cell(cells, "join"), self._cell(cells, "leave"))
        said = self._cell(cells, "total")
        seconds = duration(said) if said else None
        if said and seconds is None:
            raise refuse(number, f"{quote(said)} is not a length of time.")
        if seconds is not None and seconds > DAY:
            raise refuse(number, f"{quote(said)} is longer than a day.")
        if seconds is None and span is None:
            raise refuse(number, "It does not say how long the person was there.")
        return seconds, span

    def _span(self, number: int, join: str, leave: str) -> Span | None:
        if not join or not leave:
            return None
        start, stop = moment(join, self.order), moment(leave, self.order)
        if start is None or stop is None:
            raise refuse(number, f"{quote(leave if start else join)} is not a date and time.")
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
            who, did = self._cell(cells, "name"), self._cell(cells, "action")
            if joined_or_left(did) == "join":
                inside.setdefault(who, (number, cells))
            elif joined_or_left(did) == "leave" and who in inside:
                stay(*inside.pop(who), self._cell(cells, "at"))
            elif joined_or_left(did) != "leave":
                self.problems.append(Problem(number, f"{quote(did)} is neither “Joined” nor “Left”."))
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
        raise refuse(row, f"{quote(text)} is not an email address.")
    return ""


def read_report(data: bytes, *, expected: date | None = None) -> Report:
    """Read an attendance report. ``expected``: the day of the meeting, for dates that could be read two ways.

    Raises FileRefused with every row that is wrong (the first twenty), and then uses nothing of the file.
    """
    text = decode(data)
    table = read_table(text)
    reader = _Reader(table, expected)
    rows = reader.rows()
    if reader.problems:
        raise FileRefused(*sorted(reader.problems, key=lambda p: p.row)[:PROBLEMS_SHOWN])
    people = people_of(rows, is_total=table.is_total)
    if not people:
        raise refuse(0, "The report has headings but names no one. Download it again once the meeting is over.")
    if len(people) > PEOPLE_LIMIT:
        raise refuse(
            0,
            f"The report names {len(people):,} people. We accept up to {PEOPLE_LIMIT}; check that it is for this meeting.",
        )
    return Report(table.source, people, reader.days, table.counted, " ".join(text.split()))
