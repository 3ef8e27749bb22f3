"""The rows of an attendance import as they are stored: who each is, when they were there, and what is odd. Pure.

A row: ``id``, ``name``, ``also``, ``email``, ``masked`` (of an address that is not kept), ``minutes``, ``lines`` (of the file),
``joins`` (minutes after midnight of the meeting's day), ``parts`` (what was put together), ``how`` (it was matched),
``candidates``, ``choice`` (who it is) and ``done`` (what was written: who, the attendance, the status before).
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from impact.core.basics.dates import day
from impact.core.web.forms import whole_number
from networks.log.attendance.match import ASKS, CALLER, NOBODY, WAITING, Match
from networks.log.attendance.reading.files import Report
from networks.log.attendance.reading.names import has_number, mask_email, name_key
from networks.log.attendance.reading.people import MINUTES_LIMIT, Joined

Row = dict[str, Any]
GUEST, NEW, OUT, UNDECIDED = "guest", "new", "out", ""
DAY_MINUTES = 24 * 60
GRACE = 30  # minutes that a meeting may run over, or people come early, before anybody is asked


# --- Choices -------------------------------------------------------------------------------------
def member_choice(pk: int) -> str:
    """How a stored row says that someone is a member."""
    return f"member-{pk}"


def same_choice(row_id: int) -> str:
    """How a stored row says that someone is the same person as another row."""
    return f"row-{row_id}"


def guest_choice(pk: int) -> str:
    """How a stored row says that someone is a guest who was noted before."""
    return f"guest-{pk}"


def _number_in(choice: str, prefix: str) -> int | None:
    return whole_number(choice.removeprefix(prefix)) if choice.startswith(prefix) else None


def chosen_member(choice: str) -> int | None:
    """The person that a choice stands for; None for a guest, for no one, and where nothing is chosen yet."""
    return _number_in(choice, "member-")


def chosen_guest(choice: str) -> int | None:
    """The guest noted before that a choice stands for."""
    return _number_in(choice, "guest-")


def chosen_row(choice: str) -> int | None:
    """The row that a choice follows."""
    return _number_in(choice, "row-")


def is_guest(choice: str) -> bool:
    return choice in (GUEST, NEW) or chosen_guest(choice) is not None


@dataclass(frozen=True)
class Who:
    """Who a row is, once "the same as another row" is followed to that row (``leader``)."""

    leader: int
    choice: str

    @property
    def member(self) -> int | None:
        return chosen_member(self.choice)

    @property
    def guest(self) -> int | None:
        return chosen_guest(self.choice)

    @property
    def key(self) -> str:
        """The same for rows that are one person: a member may be chosen in several rows."""
        is_somebody = self.member is not None or self.guest is not None
        return self.choice if is_somebody else f"{self.choice}@{self.leader}"


def resolve(rows: Sequence[Row]) -> dict[int, Who]:
    """Row → who it is."""
    choices = {row["id"]: row["choice"] for row in rows}
    found = {}
    for row in rows:
        leader = row["id"]
        if (other := chosen_row(row["choice"])) is not None:
            leader = other if other in choices and chosen_row(choices[other]) is None else leader
        choice = choices[leader]
        found[row["id"]] = Who(leader, UNDECIDED if choice.startswith("row-") else choice)
    return found


def is_done(row: Row, who: Mapping[int, Who]) -> bool:
    """Whether this choice was written down before. What someone changed by hand since then stays as it is."""
    return bool(row["done"]) and row["done"]["who"] == who[row["id"]].key


# --- From the file -------------------------------------------------------------------------------
def rows_of(report: Report, matches: Sequence[Match], on: date) -> list[Row]:
    """The rows of a report, for a meeting on a day."""
    return [
        _as_row(n, person, match, on)
        for n, (person, match) in enumerate(zip(report.people, matches, strict=True), start=1)
    ]


def _as_row(n: int, person: Joined, match: Match, on: date) -> Row:
    choice = {WAITING: OUT, NOBODY: GUEST, CALLER: GUEST}.get(match.how, UNDECIDED)
    parts = person.parts
    return {
        "id": n,
        "also": person.also,
        **_stay(person, on),
        "how": match.how,
        "candidates": list(match.candidates),
        "choice": member_choice(match.member) if match.member else choice,
        "done": None,
        "parts": [_stay(part, on) for part in parts] if len(parts) > 1 else [],
    }


def _stay(person: Joined, on: date) -> dict[str, Any]:
    email = _kept_email(person.email)
    return {
        "name": person.name,
        "email": email,
        "masked": "" if email else mask_email(person.email),
        "minutes": person.minutes,
        "lines": person.rows,
        "joins": _joins(person, on),
    }


def _kept_email(email: str) -> str:
    """An address, unless it is none or has a telephone number in it."""
    try:
        validate_email(email)
    except ValidationError:
        return ""
    return "" if has_number(email) else email


def _joins(person: Joined, on: date) -> list[list[int]]:
    """From when to when, in minutes after midnight of the meeting's day; empty where the file is of another time."""
    midnight = datetime.combine(on, time())
    found = []
    for start, stop in person.spans:
        begin, end = (start - midnight).total_seconds() // 60, -((midnight - stop).total_seconds() // 60)
        if not -DAY_MINUTES <= begin <= end <= 2 * DAY_MINUTES:
            return []
        found.append([int(begin), int(end)])
    return _union(found)


def contents_hash(report: Report) -> str:
    """What a report says of people, so that the same report is known again in another encoding or under another name.

    Two parts of one call could say the same of one or two people without times, so then its whole text counts.
    """
    if len(report.people) < 3 and not any(person.spans for person in report.people):
        return hashlib.sha256(report.text.encode()).hexdigest()
    said = sorted(
        (name_key(p.name) or p.name, sorted(p.emails), p.seconds, [str(t) for span in p.spans for t in span])
        for p in report.people
    )
    return hashlib.sha256(repr(said).encode()).hexdigest()


def split(rows: Sequence[Row], row_id: int) -> list[Row]:
    """The rows with one of them taken apart. Its first part keeps what was chosen and written; the others wait."""
    found: list[Row] = []
    next_id = max((row["id"] for row in rows), default=0) + 1
    for row in rows:
        if row["id"] != row_id or not row["parts"]:
            found.append(row)
            continue
        for n, part in enumerate(row["parts"]):
            mine = {**row, "also": "", **part, "parts": []}
            if n:
                choice = NEW if is_guest(row["choice"]) else row["choice"] if row["choice"] == OUT else UNDECIDED
                mine |= {"id": next_id + n - 1, "choice": choice, "done": None, "how": "split"}
                if (member := chosen_member(row["choice"])) is not None:
                    mine["candidates"] = list(dict.fromkeys([member, *row["candidates"]]))
            found.append(mine)
    return found


# --- How long ------------------------------------------------------------------------------------
def _union(joins: Iterable[Sequence[int]]) -> list[list[int]]:
    merged: list[list[int]] = []
    for begin, end in sorted(tuple(join) for join in joins):
        if merged and begin <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], end)
        else:
            merged.append([begin, end])
    return merged


def minutes_of(files: Sequence[tuple[Sequence[Row], int]]) -> int:
    """How long someone was there: for each file their rows, and the longest that anybody in it was there.

    Lengths are added up. Where every row says from when to when, time that two rows cover counts once; where one does not,
    no one was there longer than the longest in the same file.
    """
    rows = [row for mine, _longest in files for row in mine]
    if len(rows) > 1 and all(row["joins"] for row in rows):
        covered = sum(end - begin for begin, end in _union(join for row in rows for join in row["joins"]))
        total = min(sum(row["minutes"] for row in rows), covered)
    else:
        total = sum(min(sum(row["minutes"] for row in mine), longest) for mine, longest in files)
    return min(total, MINUTES_LIMIT)


def longest_in(rows: Sequence[Row]) -> int:
    return max((row["minutes"] for row in rows), default=0)


# --- What to ask ---------------------------------------------------------------------------------
@dataclass(frozen=True)
class Question:
    """Something odd that a person has to confirm before anything is written."""

    code: str
    text: str


def undecided_question(rows: Sequence[Row]) -> list[Question]:
    n = sum(one.choice == UNDECIDED for one in resolve(rows).values())
    if not n:
        return []
    subject = "1 person needs" if n == 1 else f"{n} people need"
    text = f"{subject} your choice: each name could be more than one person. Choose who it is, or leave it for later."
    return [Question("undecided", text)]


def no_match_question(rows: Sequence[Row], group: str, on: date) -> list[Question]:
    if any(one.choice == UNDECIDED or one.member is not None for one in resolve(rows).values()):
        return []
    text = (
        f"No one in this file matches a member of {group} on {day(on)}. Check that it is the report of this meeting. If it "
        "is, everyone will be recorded as a guest."
    )
    return [Question("nobody_matches", text)]


def length_question(people: Sequence[tuple[str, int]], planned: int) -> list[Question]:
    """``people``: name and minutes of each, other files of this meeting included. ``planned``: minutes."""
    long = sorted(((minutes, name) for name, minutes in people if minutes > planned + GRACE), reverse=True)
    if not long:
        return []
    listed = ", ".join(f"{name} {minutes:,} minutes" for minutes, name in long[:3])
    more = f" and {len(long) - 3} more" if len(long) > 3 else ""
    text = (
        f"The meeting was planned for {planned:,} minutes, and the file says: {listed}{more}. Check that it is the report of "
        "this meeting."
    )
    return [Question("minutes_exceed_meeting", text)]


def asks(row: Row) -> bool:
    """Whether a person has to say who this is."""
    return row["how"] in ASKS or row["how"] == "split"
