"""Attendance from the reports of video calls: read, shown to correct, then written down. The same file twice is harmless."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from impact.core.access import audit
from impact.core.access.permissions import SYSTEM, Actor, require
from impact.core.basics import clock
from impact.core.basics.dates import day
from networks.log.attendance import rows as attendance_rows
from networks.log.attendance.match import Member, match_people
from networks.log.attendance.models import AttendanceImport
from networks.log.attendance.reading.files import Report, read_report
from networks.log.attendance.reading.names import hide_numbers
from networks.log.attendance.reading.tables import BYTES_LIMIT, FileRefused
from networks.log.attendance.rows import GUEST, OUT, UNDECIDED, Question, Row, Who, is_done
from networks.log.attendance.writer import Applied, ImportConflict, Writer, described, members_on_day
from networks.log.models import Attendance
from networks.meetings.models import Meeting
from networks.meetings.services import locked, require_changeable, require_started


class ReportRefused(ValidationError):
    """The file cannot be used. ``problems``: the row (0: the whole file) and the reason, for each thing that is wrong."""

    def __init__(self, refused: FileRefused) -> None:
        super().__init__([str(problem) for problem in refused.problems])
        self.problems = refused.problems


class Unconfirmed(ValidationError):
    """Something about the file is odd, and no one said yet that it is right. ``questions``: what to confirm."""

    def __init__(self, questions: Sequence[Question]) -> None:
        super().__init__({"confirm": [question.text for question in questions]})
        self.questions = questions


# --- Reading -------------------------------------------------------------------------------------
@transaction.atomic
def read_attendance_file(*, by: Actor, meeting: Meeting, name: str, data: bytes) -> AttendanceImport:
    """Read an attendance report of Zoom or Teams and keep it for the preview; no one's attendance changes yet.

    The same report again, also in another encoding or under another name, gives the same preview, with what was
    corrected. Raises ReportRefused with rows and reasons.
    """
    require(by, "networks.log_meeting", meeting)
    meeting = locked(meeting)
    require_changeable(meeting)
    require_started(meeting)
    sha256 = hashlib.sha256(data[: BYTES_LIMIT + 1]).hexdigest()
    if known := AttendanceImport.objects.filter(meeting=meeting, sha256=sha256).first():
        return known
    try:
        report = read_report(data, expected=meeting.starts_on)
    except FileRefused as refused:
        raise ReportRefused(refused) from None
    contents = attendance_rows.contents_hash(report)
    if known := AttendanceImport.objects.filter(meeting=meeting, contents_sha256=contents).first():
        return known
    row = AttendanceImport(
        meeting=meeting,
        source=report.source,
        name=hide_numbers(" ".join(name.split()))[-160:] or "report.csv",
        sha256=sha256,
        contents_sha256=contents,
        cautions=_cautions(report, meeting),
        added_by_id=by.pk,
        added_at=clock.now(),
        rows=attendance_rows.rows_of(report, match_people(report.people, members_on_day(meeting)), meeting.starts_on),
    )
    _ask_about_guests(by, row)
    row.full_clean()
    row.save()
    audit.record(by, "meeting.attendance_file_read", meeting, people=len(report.people))
    return row


def _ask_about_guests(by: Actor, report: AttendanceImport) -> None:
    """A guest may be one of several of the same name who were noted before: then someone has to say which."""
    writer = Writer(by, report, None)
    guests = [row for row in report.rows if row["choice"] == GUEST]
    names = Counter(row["name"] for row in guests)
    for row in guests:
        known = len(writer.same_guests(row["name"], row["email"]))
        if known and max(known, names[row["name"]]) > 1:
            row["choice"], row["how"] = UNDECIDED, "several"


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

    rows: list[
        Row
    ]  # as stored, with known (the member's status now), stays (saving leaves it alone), before and together
    members: dict[int, Member]
    named: dict[int, str]  # members by name, and what tells namesakes apart
    unmentioned: list[Member]  # members about whom nothing is known, and whom the file does not name
    guests: dict[int, list[Attendance]]  # row → guests of its name who were noted before
    questions: list[Question]
    earlier: list[AttendanceImport] = field(default_factory=list)  # reports whose minutes these are added to


def attendance_preview(report: AttendanceImport, choices: Mapping[int, str] | None = None) -> Preview:
    """The rows of an import with what is known about each person, for the page that corrects them."""
    writer = Writer(SYSTEM, report, None)
    statuses = {row.person_id: row.status for row in writer.rows.values() if row.person_id}
    given = [{**row, "choice": (choices or {}).get(row["id"], row["choice"])} for row in report.rows]
    who = attendance_rows.resolve(given)
    together = _together(writer, given)
    rows = []
    for row in given:
        member = who[row["id"]].member
        before, minutes = together[row["id"]]
        known = statuses.get(member, "") if member else ""
        rows.append({**row, "known": known, "stays": is_done(row, who), "before": before, "together": minutes})
    named = {one.member for one in who.values()}
    return Preview(
        rows,
        writer.members,
        described(writer.members),
        [m for m in writer.members.values() if m.pk not in named and m.pk not in statuses],
        {row["id"]: writer.same_guests(row["name"], row["email"]) for row in rows},
        _questions(writer, given),
        writer.others,
    )


def _together(writer: Writer, rows: list[Row]) -> dict[int, tuple[int, int]]:
    """Row → the minutes that its person has in other reports, and those of all reports together."""
    who = attendance_rows.resolve(rows)
    longest = attendance_rows.longest_in(rows)
    people: dict[str, list[Row]] = {}
    for row in rows:
        people.setdefault(who[row["id"]].key, []).append(row)
    found: dict[int, tuple[int, int]] = {}
    for mine in people.values():
        target = _target(writer, mine, who)
        known = writer.in_other_reports(target) if target else []
        before = attendance_rows.minutes_of(known) if known else 0
        minutes = attendance_rows.minutes_of([*known, (mine, longest)])
        found |= {row["id"]: (before, minutes) for row in mine}
    return found


def _target(writer: Writer, mine: list[Row], who: Mapping[int, Who]) -> int | None:
    """The attendance that someone's rows will change, where there is one."""
    if done := next((row["done"] for row in mine if is_done(row, who)), None):
        return int(done["attendance"])
    one = who[mine[0]["id"]]
    if one.member is not None:
        known = writer.of_member(one.member)
        return known.pk if known else None
    if one.choice == GUEST:
        leader = next((row for row in mine if row["id"] == one.leader), mine[0])
        same = writer.same_guests(leader["name"], leader["email"])
        return same[0].pk if len(same) == 1 else None
    return one.guest


def _questions(writer: Writer, rows: list[Row]) -> list[Question]:
    """What is odd about an import and would be written down now; nothing about what was written before."""
    who = attendance_rows.resolve(rows)
    fresh = [row for row in rows if who[row["id"]].choice != OUT and not is_done(row, who)]
    if not fresh:
        return []
    meeting, named, together = writer.meeting, described(writer.members), _together(writer, rows)
    planned = int((meeting.ends_at - meeting.starts_at).total_seconds()) // 60
    people: dict[str, tuple[str, int]] = {
        who[row["id"]].key: (named.get(who[row["id"]].member or 0, str(row["name"])), together[row["id"]][1])
        for row in fresh
    }
    questions = attendance_rows.undecided_question(rows)
    if writer.report.applied_at is None:
        questions += attendance_rows.no_match_question(rows, meeting.group.name, meeting.starts_on)
    return questions + attendance_rows.length_question(list(people.values()), planned)


# --- Writing down --------------------------------------------------------------------------------
def _checked(rows: list[Row], choices: Mapping[int, str], writer: Writer, *, leave_undecided: bool) -> list[Row]:
    """The rows with these choices. ValidationError names each row that needs another one."""
    found = [{**row, "choice": choices.get(row["id"], row["choice"])} for row in rows]
    who = attendance_rows.resolve(found)
    names = Counter(row["name"] for row in found)
    wrong = {}
    for row in found:
        one = who[row["id"]]
        where = f" in row {row['lines'][0]}" if names[row["name"]] > 1 else ""
        if one.choice == UNDECIDED and one.leader == row["id"] and not row["choice"]:
            if not leave_undecided:
                wrong[f"row-{row['id']}"] = f"Choose who “{row['name']}”{where} is."
        elif one.choice == UNDECIDED and one.leader != row["id"]:
            continue  # said of the row that it follows
        elif not writer.knows(one):
            wrong[f"row-{row['id']}"] = (
                f"“{row['name']}”{where}: choose someone who was a member on that day, a guest, or leave them out."
            )
    if wrong:
        raise ValidationError(wrong)
    return found


@transaction.atomic
def apply_attendance_import(
    *,
    by: Actor,
    report: AttendanceImport,
    choices: Mapping[int, str] | None = None,
    seen: Mapping[int, str] | None = None,
    expected: Mapping[int, str] | None = None,
    mark_absent: bool = False,
    confirmed: bool = False,
    leave_undecided: bool = False,
) -> Applied:
    """Write down who came, from an import: members with their minutes, the rest as guests.

    ``choices``: row → who it is; without them, what was matched.
    ``seen``: member → the status that the preview showed; only then are apologies or an absence changed to "came".
    ``expected``: row → the choice that the page showed, so that two people do not undo each other.
    ``mark_absent``: members about whom nothing is known did not come.
    ``confirmed``: someone said that what is odd about the file is right; without it Unconfirmed says what is odd.
    ``leave_undecided``: rows that no one has decided are left for later.
    Applying again changes only what differs. Minutes are added to those of other reports of the same meeting.
    """
    require(by, "networks.log_meeting", report.meeting)
    meeting = locked(report.meeting)
    require_changeable(meeting)
    require_started(meeting)
    current = AttendanceImport.objects.select_for_update(of=("self",)).get(pk=report.pk)
    current.meeting = meeting
    writer = Writer(by, current, seen)
    if expected is not None and any(
        row["choice"] not in (expected.get(row["id"]), (choices or {}).get(row["id"])) for row in current.rows
    ):
        raise ImportConflict(
            current,
            "Someone else saved this report while you were looking at it. Both choices are below: check them, then save "
            "again.",
        )
    rows = _checked(current.rows, choices or {}, writer, leave_undecided=leave_undecided or choices is None)
    questions = [q for q in _questions(writer, rows) if q.code != "undecided" or not leave_undecided]
    if questions and not confirmed:
        raise Unconfirmed(questions)
    current.rows = rows
    _take_back(writer, rows)
    _write_down(writer, rows)
    if mark_absent:
        writer.absent()
    current.applied_at = clock.now()
    current.save(update_fields=["rows", "applied_at"])
    report.rows, report.applied_at = current.rows, current.applied_at
    applied = writer.finish()
    if applied.changed:
        counts = Counter(members=len(applied.matched), guests=len(applied.guests), absent=applied.absent)
        audit.record(by, "meeting.attendance_imported", meeting, **dict[str, Any](+counts))
    return applied


def _take_back(writer: Writer, rows: list[Row]) -> None:
    """Undo what corrected rows wrote before, unless another row or report says the same of that person."""
    who = attendance_rows.resolve(rows)
    for row in rows:
        done = row["done"]
        if done and not is_done(row, who):
            row["done"] = None
            writer.undo(done)
    writer.used = {row["done"]["attendance"] for row in rows if row["done"]}


def _write_down(writer: Writer, rows: list[Row]) -> None:
    """Write each person once, then the minutes of everybody."""
    who = attendance_rows.resolve(rows)
    people: dict[str, list[Row]] = {}
    for row in rows:
        people.setdefault(who[row["id"]].key, []).append(row)
    written: set[int] = set()
    applied = writer.applied
    for mine in people.values():
        one = who[mine[0]["id"]]
        if one.choice in (OUT, UNDECIDED):
            (applied.left_out if one.choice == OUT else applied.undecided).extend(mine)
            continue
        if not all(is_done(row, who) for row in mine):
            done = _write_person(writer, one, mine)
            if done is None:
                applied.kept += mine
                continue
            before = [row["done"] for row in mine if row["done"]]
            earlier = next((one for one in before if one["was"] != Attendance.Status.PRESENT), (before or [done])[0])
            for row in mine:
                row["done"] = {**done, "who": one.key, "was": earlier["was"]}
            written.add(done["attendance"])
        (applied.matched if one.member is not None else applied.guests).extend(mine)
    writer.set_minutes(written)


def _write_person(writer: Writer, one: Who, mine: list[Row]) -> dict[str, Any] | None:
    if one.member is not None:
        return writer.member(one.member)
    if known := next((row["done"] for row in mine if row["done"] and row["done"]["attendance"] in writer.rows), None):
        return dict(known)
    leader = next((row for row in mine if row["id"] == one.leader), mine[0])
    same = writer.same_guests(leader["name"], leader["email"]) if one.choice == GUEST else []
    row = writer.rows.get(one.guest) if one.guest is not None else same[0] if same else None
    return writer.guest(leader["name"], leader["email"], row)


@transaction.atomic
def split_attendance_row(*, by: Actor, report: AttendanceImport, row_id: int) -> AttendanceImport:
    """Take apart a row into which several people were put; what was saved changes with the next save."""
    require(by, "networks.log_meeting", report.meeting)
    meeting = locked(report.meeting)
    require_changeable(meeting)
    current = AttendanceImport.objects.select_for_update(of=("self",)).get(pk=report.pk)
    row = next((row for row in current.rows if row["id"] == row_id), None)
    if row is None or not row["parts"]:
        raise ValidationError({"id": "This row is already one person, so there is nothing to split."})
    report.rows = attendance_rows.split(current.rows, row_id)
    report.save(update_fields=["rows"])
    audit.record(by, "meeting.attendance_row_split", meeting, people=len(row["parts"]))
    return report
