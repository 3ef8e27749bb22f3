"""Write one attendance import, taking other imports and manual records into account."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError

from impact.core.access.permissions import Actor
from impact.core.basics.versions import Conflict
from networks.log.attendance.match import Member, distinguish, tell_apart
from networks.log.attendance.models import AttendanceImport
from networks.log.attendance.reading.names import mask_email, name_key
from networks.log.attendance.rows import GUEST, NEW, OUT, Row, Who, longest_in, minutes_of
from networks.log.models import Attendance
from networks.meetings.models import Meeting

Status = Attendance.Status


class ImportConflict(Conflict):
    """Someone else noted something else about the same people in the meantime."""

    def __init__(self, current: Any, message: str) -> None:
        ValidationError.__init__(self, message, code="conflict")
        self.current = current


def members_on_day(meeting: Meeting) -> list[Member]:
    """Everybody who belonged to the group on the day of the meeting, by name."""
    return [
        Member(m.person_id, m.person.name, m.person.email, m.perspective, m.starts_on)
        for m in meeting.expected_members()
    ]


def described(members: Mapping[int, Member]) -> dict[int, str]:
    """Members by name, and what tells namesakes apart."""
    hints = tell_apart(list(members.values()))
    return {pk: f"{m.name} ({hints[pk]})" if hints.get(pk) else m.name for pk, m in members.items()}


def mark_namesakes(meeting: Meeting, rows: Sequence[Attendance]) -> Sequence[Attendance]:
    """Give each row ``hint``: what tells those of one name apart, for those who may see who was there."""
    guests = [row for row in rows if row.person_id is None]
    facts = {
        row.pk: [row.get_perspective_display(), mask_email(row.email) or "no email address", f"guest {row.namesake}"]
        for row in guests
    }
    hints = distinguish([(row.pk, row.name, facts[row.pk]) for row in guests])
    members = [row for row in rows if row.person_id is not None]
    if len({name_key(row.name) for row in members}) < len(members):
        by_person = tell_apart(members_on_day(meeting))
        hints |= {row.pk: by_person.get(row.person_id or 0, "") for row in members}
    for row in rows:
        row.hint = hints.get(row.pk, "")  # type: ignore[attr-defined]
    return rows


@dataclass(frozen=True)
class Added:
    """Minutes of one person that were added to those of an earlier report."""

    name: str
    before: int
    minutes: int


@dataclass
class Applied:
    """What an import did: the stored rows by what became of them."""

    matched: list[Row] = field(default_factory=list)
    guests: list[Row] = field(default_factory=list)
    left_out: list[Row] = field(default_factory=list)
    undecided: list[Row] = field(default_factory=list)
    kept: list[Row] = field(default_factory=list)  # members whose apologies or absence someone noted: left as they are
    added: list[Added] = field(default_factory=list)
    absent: int = 0
    changed: int = 0


class Writer:
    """One import in progress, with the meeting's attendance and its other imports as they are."""

    def __init__(self, by: Actor, report: AttendanceImport, seen: Mapping[int, str] | None) -> None:
        self.by, self.report, self.meeting, self.seen = by, report, report.meeting, seen
        self.rows = {row.pk: row for row in self.meeting.attendances.select_related("person")}
        self.members = {m.pk: m for m in members_on_day(self.meeting)}
        self.others = list(self.meeting.imports.exclude(pk=report.pk).exclude(applied_at=None).order_by("pk"))
        self.used = {row["done"]["attendance"] for row in report.rows if row["done"]}
        self.applied = Applied()
        self.changed: set[int] = set()
        self.lost: set[int] = set()  # attendance that a row of this import no longer is about

    def knows(self, one: Who) -> bool:
        """Whether this may be chosen."""
        if one.guest is not None:
            return one.guest in self.rows and self.rows[one.guest].person_id is None
        return one.choice in (GUEST, NEW, OUT) or one.member in self.members

    def of_member(self, pk: int) -> Attendance | None:
        return next((row for row in self.rows.values() if row.person_id == pk), None)

    def save(self, row: Attendance) -> Attendance:
        row.recorded_by_id = self.by.pk
        row.full_clean()
        row.save()
        self.rows[row.pk] = row
        self.changed.add(row.pk)
        return row

    # --- Taking back -----------------------------------------------------------------------------
    def undo(self, done: dict[str, Any]) -> None:
        """Take back what an earlier choice wrote, where no one has changed it since and no other row says the same."""
        row = self.rows.get(done["attendance"])
        if row is None or row.status != Status.PRESENT:
            return
        for _report, others in self._files(row.pk):
            if others:  # the person who says so now answers for what was there before
                if done["was"] != Status.PRESENT:
                    others[0]["done"]["was"] = done["was"]
                self.lost.add(row.pk)
                return
        self.changed.add(row.pk)
        if done["was"] is None:
            row.delete()
            self.rows.pop(done["attendance"])
        else:
            row.status, row.minutes = done["was"], None
            row.save(update_fields=["status", "minutes"])

    def _files(self, attendance: int) -> list[tuple[AttendanceImport, list[Row]]]:
        """The imports, each with its rows that say that this person came; the one in progress last."""
        return [
            (one, [row for row in one.rows if row["done"] and row["done"]["attendance"] == attendance])
            for one in [*self.others, self.report]
        ]

    def in_other_reports(self, attendance: int) -> list[tuple[list[Row], int]]:
        """What other reports say of this person: their rows, and the longest that anybody in the file was there."""
        return [(mine, longest_in(one.rows)) for one, mine in self._files(attendance)[:-1] if mine]

    # --- Writing ---------------------------------------------------------------------------------
    def member(self, pk: int) -> dict[str, Any] | None:
        """Note that a member came; None where someone noted otherwise and no one was told that it would change."""
        row = self.of_member(pk)
        was = row.status if row else None
        if row is None:
            row = Attendance(meeting=self.meeting, person_id=pk, perspective=self.members[pk].perspective)
        elif was != Status.PRESENT and (self.seen is None or self.seen.get(pk) != was):
            if self.seen is not None:
                raise ImportConflict(
                    self.report,
                    f"Someone has since recorded for {self.members[pk].name}: {row.get_status_display().lower()}. "
                    "Check the list again, then save.",
                )
            return None
        if was != Status.PRESENT:
            row.status = Status.PRESENT
            self.save(row)
        return {"attendance": row.pk, "was": was}

    def same_guests(self, name: str, email: str) -> list[Attendance]:
        """Guests noted before this import who may be the one of this name: by address, else those without one."""
        free = [
            row
            for row in self.rows.values()
            if row.person_id is None and row.guest_name == name and row.pk not in self.used
        ]
        return [g for g in free if g.email == email] or [g for g in free if not g.email]

    def guest(self, name: str, email: str, row: Attendance | None) -> dict[str, Any]:
        """Note that a guest came: one noted before, or a new one, who may be a namesake."""
        was = row.status if row else None
        row = row or Attendance(meeting=self.meeting, is_guest=True, guest_name=name)
        if (was, row.email or email) != (Status.PRESENT, row.email):
            row.status, row.email = Status.PRESENT, row.email or email
            row.namesake = self._free_number(row)
            self.save(row)
        self.used.add(row.pk)
        return {"attendance": row.pk, "was": was}

    def _free_number(self, guest: Attendance) -> int:
        taken = {
            row.namesake
            for row in self.rows.values()
            if row.person_id is None
            and (row.guest_name, row.email) == (guest.guest_name, guest.email)
            and row.pk != guest.pk
        }
        return next(n for n in range(1, len(taken) + 2) if n not in taken)

    def absent(self) -> None:
        known = {row.person_id for row in self.rows.values()}
        for pk, member in self.members.items():
            if pk not in known:
                self.save(
                    Attendance(meeting=self.meeting, person_id=pk, perspective=member.perspective, status=Status.ABSENT)
                )
                self.applied.absent += 1

    # --- Minutes ---------------------------------------------------------------------------------
    def set_minutes(self, written: set[int]) -> None:
        """Give everybody in this import the minutes of all reports together. ``written``: attendance new to this one."""
        for pk in self.lost | {row["done"]["attendance"] for row in self.report.rows if row["done"]}:
            row = self.rows.get(pk)
            if row is None or row.status != Status.PRESENT:
                continue
            files = [(mine, longest_in(one.rows)) for one, mine in self._files(pk) if mine]
            minutes = minutes_of(files) if files else None
            before = minutes_of(files[:-1]) if len(files) > 1 and pk in written else minutes
            if minutes is not None and before is not None and before < minutes:
                self.applied.added.append(Added(row.name, before, minutes))
            if row.minutes != minutes:
                row.minutes, row.recorded_by_id = minutes, self.by.pk
                row.save(update_fields=["minutes", "recorded_by"])
                self.changed.add(pk)

    def finish(self) -> Applied:
        """Save what other imports now answer for, and count."""
        if self.lost:
            for one in self.others:
                one.save(update_fields=["rows"])
        self.applied.changed = len(self.changed)
        return self.applied
