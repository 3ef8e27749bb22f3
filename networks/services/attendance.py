"""Attendance from the reports of video calls: read, shown to correct, then written down. The same file twice is harmless."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from impact.core import audit, clock
from impact.core.forms import whole_number
from impact.core.permissions import require
from impact.core.templatetags.impact import day
from networks.attendance_files import Joined, Report, read_report
from networks.attendance_match import CALLER, NOBODY, SEVERAL, WAITING, Match, Member, match_people
from networks.attendance_tables import BYTES_LIMIT, FileRefused
from networks.models import Attendance, AttendanceImport, Meeting
from networks.services.meetings import locked, require_changeable

GUEST, OUT, UNDECIDED = "guest", "out", ""
Status = Attendance.Status
Row = dict[str, Any]


def member_choice(pk: int) -> str:
    """How a stored row says that somebody is a member."""
    return f"member-{pk}"


def chosen_member(choice: str) -> int | None:
    """The person that a choice stands for; None for a guest, for nobody, and where nothing is chosen yet."""
    return whole_number(choice.removeprefix("member-")) if choice.startswith("member-") else None


class ReportRefused(ValidationError):
    """The file cannot be used. ``problems``: the row (0: the whole file) and the reason, for each thing that is wrong."""

    def __init__(self, refused: FileRefused) -> None:
        super().__init__([str(problem) for problem in refused.problems])
        self.problems = refused.problems


def members_on_day(meeting: Meeting) -> list[Member]:
    """Everybody who belonged to the group on the day of the meeting, by name."""
    return [Member(m.person_id, m.person.name, m.person.email, m.perspective) for m in meeting.expected_members()]


# --- Reading -------------------------------------------------------------------------------------
@transaction.atomic
def read_attendance_file(*, by: Any, meeting: Meeting, name: str, data: bytes) -> AttendanceImport:
    """Read an attendance report of Zoom or Teams and keep it for the preview; nobody's attendance changes yet.

    The same file again gives the same preview, with what was corrected. Raises ReportRefused with rows and reasons.
    """
    require(by, "networks.log_meeting", meeting)
    meeting = locked(meeting)
    require_changeable(meeting)
    sha256 = hashlib.sha256(data[: BYTES_LIMIT + 1]).hexdigest()
    known = AttendanceImport.objects.filter(meeting=meeting, sha256=sha256).first()
    if known:
        return known
    try:
        report = read_report(data, expected=meeting.starts_on)
    except FileRefused as refused:
        raise ReportRefused(refused) from None
    matches = match_people(report.people, members_on_day(meeting))
    row = AttendanceImport(
        meeting=meeting,
        source=report.source,
        name=" ".join(name.split())[-160:] or "report.csv",
        sha256=sha256,
        rows=[_as_row(n, *pair) for n, pair in enumerate(zip(report.people, matches, strict=True), start=1)],
        cautions=_cautions(report, meeting),
        added_by_id=by.pk,
        added_at=clock.now(),
    )
    row.full_clean()
    row.save()
    audit.record(by, "meeting.attendance_file_read", meeting, people=len(report.people))
    return row


def _as_row(n: int, person: Joined, match: Match) -> Row:
    choice = {WAITING: OUT, SEVERAL: UNDECIDED, NOBODY: GUEST, CALLER: GUEST}.get(match.how)
    return {
        "id": n,
        "name": person.name,
        "also": person.also,
        "email": _kept_email(person.email),
        "minutes": person.minutes,
        "lines": person.rows,
        "how": match.how,
        "choice": member_choice(match.member) if choice is None and match.member else choice or UNDECIDED,
        "done": None,
    }


def _kept_email(email: str) -> str:
    try:
        validate_email(email)
    except ValidationError:
        return ""
    return email


def _cautions(report: Report, meeting: Meeting) -> list[str]:
    found = []
    if report.days and meeting.starts_on not in report.days:
        listed = " or ".join(day(one) for one in sorted(report.days)[:2])
        found.append(
            f"The file is of {listed}, and this meeting was on {day(meeting.starts_on)}. Is it the right file?"
        )
    if report.counted is not None and report.counted > len(report.people):
        found.append(
            f"The file’s own summary counts {report.counted} people, and we found {len(report.people)}. "
            "The rest may be the same people on a second device, or the file may be cut off."
        )
    return found


# --- Before it is written down -------------------------------------------------------------------
@dataclass(frozen=True)
class Preview:
    """What saving an import would do, from what is known now."""

    rows: list[Row]  # as stored, with ``known`` (the member's status now) and ``stays`` (saving leaves it alone)
    members: list[Member]
    unmentioned: list[Member]  # members about whom nothing is known, and whom the file does not name


def attendance_preview(report: AttendanceImport, choices: Mapping[int, str] | None = None) -> Preview:
    """The rows of an import with what is known about each person, for the page that corrects them."""
    members = members_on_day(report.meeting)
    statuses = dict(
        report.meeting.attendances.filter(person__isnull=False).values_list("person_id", "status")  # type: ignore[misc]
    )
    rows = []
    for stored in report.rows:
        choice = (choices or {}).get(stored["id"], stored["choice"])
        member = chosen_member(choice)
        known = statuses.get(member, "") if member else ""
        rows.append({**stored, "choice": choice, "known": known, "stays": _is_done(stored, choice)})
    named = {chosen_member(row["choice"]) for row in rows}
    return Preview(rows, members, [m for m in members if m.pk not in named and m.pk not in statuses])


def _is_done(row: Row, choice: str) -> bool:
    """Whether this choice was written down before. What somebody changed by hand since then stays as it is."""
    return bool(row["done"]) and row["done"]["choice"] == choice


# --- Writing down --------------------------------------------------------------------------------
@dataclass
class Applied:
    """What an import did: the stored rows by what became of them."""

    matched: list[Row] = field(default_factory=list)
    guests: list[Row] = field(default_factory=list)
    left_out: list[Row] = field(default_factory=list)
    undecided: list[Row] = field(default_factory=list)
    kept: list[Row] = field(default_factory=list)  # members whose apologies or absence somebody noted: left as they are
    absent: int = 0
    changed: int = 0


class _Writer:
    """One import in progress, with the meeting's attendance as it is."""

    def __init__(self, by: Any, meeting: Meeting, seen: Mapping[int, str] | None) -> None:
        self.by, self.meeting, self.seen = by, meeting, seen
        self.rows = {row.pk: row for row in meeting.attendances.all()}
        self.members = {m.pk: m for m in members_on_day(meeting)}
        self.applied = Applied()

    def of_member(self, pk: int) -> Attendance | None:
        return next((row for row in self.rows.values() if row.person_id == pk), None)

    def save(self, row: Attendance) -> Attendance:
        row.recorded_by_id = self.by.pk
        row.full_clean()
        row.save()
        self.rows[row.pk] = row
        self.applied.changed += 1
        return row

    def undo(self, done: dict[str, Any]) -> None:
        """Take back what an earlier choice wrote, where nobody has changed it since."""
        row = self.rows.get(done["attendance"])
        if row is None or row.status != Status.PRESENT:
            return
        self.applied.changed += 1
        if done["was"] is None:
            row.delete()
            self.rows.pop(done["attendance"])
        else:
            row.status, row.minutes = done["was"], None
            row.save(update_fields=["status", "minutes"])

    def member(self, pk: int, minutes: int) -> dict[str, Any] | None:
        """Note that a member came; None where somebody noted otherwise and nobody was told that it would change."""
        row = self.of_member(pk)
        was = row.status if row else None
        if row is None:
            row = Attendance(meeting=self.meeting, person_id=pk, perspective=self.members[pk].perspective)
        elif was != Status.PRESENT and (self.seen is None or self.seen.get(pk) != was):
            if self.seen is not None:
                raise ValidationError(
                    f"In the meantime somebody noted about {self.members[pk].name}: {row.get_status_display().lower()}. "
                    "Check the list again, then save."
                )
            return None
        if (was, row.minutes) != (Status.PRESENT, minutes):
            row.status, row.minutes = Status.PRESENT, minutes
            self.save(row)
        return {"attendance": row.pk, "was": was}

    def guest(self, name: str, email: str, minutes: int) -> dict[str, Any]:
        """Note that a guest came. Written down by hand under the same name before: the same guest."""
        guests = [row for row in self.rows.values() if row.person_id is None and row.guest_name == name]
        row = next((g for g in guests if g.email == email), None) or next((g for g in guests if not g.email), None)
        was = row.status if row else None
        row = row or Attendance(meeting=self.meeting, is_guest=True, guest_name=name)
        if (was, row.email, row.minutes) != (Status.PRESENT, email, minutes):
            row.status, row.email, row.minutes = Status.PRESENT, email, minutes
            self.save(row)
        return {"attendance": row.pk, "was": was}

    def absent(self) -> None:
        known = {row.person_id for row in self.rows.values()}
        for pk, member in self.members.items():
            if pk not in known:
                self.save(
                    Attendance(meeting=self.meeting, person_id=pk, perspective=member.perspective, status=Status.ABSENT)
                )
                self.applied.absent += 1


def _checked(rows: list[Row], choices: Mapping[int, str], members: Mapping[int, Member]) -> list[Row]:
    """The rows with these choices. ValidationError names each row that needs another one."""
    wrong = {}
    result = []
    for row in rows:
        choice = choices.get(row["id"], row["choice"])
        if choice == UNDECIDED:
            wrong[f"row-{row['id']}"] = f"Say who “{row['name']}” is."
        elif choice not in (GUEST, OUT) and choice not in {member_choice(pk) for pk in members}:
            wrong[f"row-{row['id']}"] = f"“{row['name']}”: choose a member of that day, a guest, or leave them out."
        result.append({**row, "choice": choice})
    if wrong:
        raise ValidationError(wrong)
    return result


@transaction.atomic
def apply_attendance_import(
    *,
    by: Any,
    report: AttendanceImport,
    choices: Mapping[int, str] | None = None,
    seen: Mapping[int, str] | None = None,
    expected: Mapping[int, str] | None = None,
    mark_absent: bool = False,
) -> Applied:
    """Write down who came, from an import: members with their minutes, the rest as guests.

    ``choices``: row → who it is; without them, what was matched, and rows that nobody has decided are left.
    ``seen``: member → the status that the preview showed; only then are apologies or an absence changed to "came".
    ``expected``: row → the choice that the page showed, so that two people do not undo each other.
    ``mark_absent``: members about whom nothing is known did not come. Applying again changes only what differs.
    """
    require(by, "networks.log_meeting", report.meeting)
    meeting = locked(report.meeting)
    require_changeable(meeting)
    report = AttendanceImport.objects.select_for_update(of=("self",)).get(pk=report.pk)
    writer = _Writer(by, meeting, seen)
    if expected is not None and any(
        row["choice"] not in (expected.get(row["id"]), (choices or {}).get(row["id"])) for row in report.rows
    ):
        raise ValidationError(
            "Somebody else saved this report while you were looking at it. Check what they chose, then save again.",
            code="conflict",
        )
    rows = report.rows if choices is None else _checked(report.rows, choices, writer.members)
    _take_back(writer, rows)
    _write_members(writer, rows)
    _write_others(writer, rows)
    if mark_absent:
        writer.absent()
    report.rows, report.applied_at = rows, clock.now()
    report.save(update_fields=["rows", "applied_at"])
    applied = writer.applied
    if applied.changed:
        counts = Counter(members=len(applied.matched), guests=len(applied.guests), absent=applied.absent)
        audit.record(by, "meeting.attendance_imported", meeting, **dict[str, Any](+counts))
    return applied


def _take_back(writer: _Writer, rows: list[Row]) -> None:
    """Undo what corrected rows wrote before. A second device of the same member is then written anew."""
    undone = set()
    for row in rows:
        if row["done"] and row["done"]["choice"] != row["choice"]:
            writer.undo(row["done"])
            undone.add(row["done"]["attendance"])
    for row in rows:
        if row["done"] and row["done"]["attendance"] in undone:
            row["done"] = None


def _write_members(writer: _Writer, rows: list[Row]) -> None:
    by_member: dict[int, list[Row]] = {}
    for row in rows:
        member = chosen_member(row["choice"])
        if member in writer.members:
            by_member.setdefault(member, []).append(row)  # type: ignore[arg-type]
    longest = max((row["minutes"] for row in rows), default=0)
    for pk, mine in by_member.items():
        if all(_is_done(row, row["choice"]) for row in mine):
            writer.applied.matched += mine
            continue
        # Two devices: one after the other adds up, both at once does not. Nobody was there longer than the longest.
        done = writer.member(pk, min(sum(row["minutes"] for row in mine), longest))
        if done is None:
            writer.applied.kept += mine
            continue
        earlier = next((row["done"] for row in mine if row["done"]), None)
        for row in mine:
            row["done"] = {"choice": row["choice"], **done, "was": earlier["was"] if earlier else done["was"]}
        writer.applied.matched += mine


def _write_others(writer: _Writer, rows: list[Row]) -> None:
    for row in rows:
        if row["choice"] == GUEST:
            if not _is_done(row, GUEST):
                row["done"] = {"choice": GUEST, **writer.guest(row["name"], row["email"], row["minutes"])}
            writer.applied.guests.append(row)
        elif row["choice"] == OUT:
            writer.applied.left_out.append(row)
        elif chosen_member(row["choice"]) not in writer.members:
            writer.applied.undecided.append(row)
