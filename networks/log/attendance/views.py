"""Attendance from a video call's report: send the file, correct who is who, save."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from impact.core.access.permissions import require
from impact.core.basics.versions import Conflict
from impact.core.web.forms import whole_number
from networks.log.attendance import services
from networks.log.attendance.forms import AttendanceFileForm
from networks.log.attendance.models import AttendanceImport
from networks.log.attendance.reading.names import mask_email, name_key
from networks.log.attendance.reading.tables import BYTES_LIMIT, PEOPLE_LIMIT, ROWS_LIMIT
from networks.log.attendance.rows import (
    GUEST,
    NEW,
    OUT,
    UNDECIDED,
    asks,
    guest_choice,
    member_choice,
    resolve,
    same_choice,
)
from networks.log.attendance.services import Applied, Preview
from networks.log.models import Attendance
from networks.meetings.models import Meeting
from networks.meetings.pages import find_meeting, meeting_crumbs

HOW = {
    "email": "Matched by email",
    "name": "Matched by name",
    "several": "Could be more than one person",
    "shared": "The name and the email address may belong to different people",
    "namesake": "Someone else in the file could be this member too",
    "split": "Split from another row",
    "nobody": "Not in the group on that day",
    "caller": "Joined by phone",
    "waiting": "Only in the waiting room",
}


@require_http_methods(["GET", "POST"])
def attendance_import(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the attendance report of a meeting."""
    meeting = find_meeting(request, pk)
    require(request.user, "networks.log_meeting", meeting)
    if request.method == "GET" and not _is_open(meeting):
        return _closed(request, meeting)
    form = AttendanceFileForm(request.POST, request.FILES) if request.method == "POST" else AttendanceFileForm()
    if form.is_bound and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            report = services.read_attendance_file(
                by=request.user, meeting=meeting, name=file.name, data=file.read(BYTES_LIMIT + 1)
            )
        except ValidationError as error:
            form.add_error("file", error)
        else:
            if report.applied_at:
                messages.info(
                    request,
                    "This report has already been saved, so nothing will be added. The choices made then are shown.",
                )
            return redirect("networks:attendance-review", meeting.pk, report.pk)
    context = {
        "meeting": meeting,
        "form": form,
        "crumbs": meeting_crumbs(meeting),
        "earlier": meeting.imports.all()[:10],
        "rows_limit": ROWS_LIMIT,
        "people_limit": PEOPLE_LIMIT,
    }
    return render(request, "networks/log/attendance/attendance_import.html", context)


def _is_open(meeting: Meeting) -> bool:
    return meeting.has_started and meeting.act not in ("done", "cancelled")


def _closed(request: HttpRequest, meeting: Meeting) -> HttpResponse:
    return render(request, "networks/log/meeting_closed.html", {"meeting": meeting, "act": meeting.act, "wish": "log"})


@require_http_methods(["GET", "POST"])
def attendance_review(request: HttpRequest, pk: int, import_pk: int) -> HttpResponse:
    """Say for each person in a report who they are, then save the attendance."""
    meeting = find_meeting(request, pk)
    require(request.user, "networks.log_meeting", meeting)
    report = get_object_or_404(AttendanceImport.objects.filter(meeting=meeting), pk=import_pk)
    report.meeting = meeting  # spares a query
    if request.method == "GET":
        if not _is_open(meeting):
            return _closed(request, meeting)
        return _review(request, report, services.attendance_preview(report))
    choices = {row["id"]: request.POST.get(f"row-{row['id']}", row["choice"]) for row in report.rows}
    expected = {row["id"]: request.POST.get(f"was-{row['id']}", row["choice"]) for row in report.rows}
    seen = {
        person: str(value)
        for name, value in request.POST.items()
        if name.startswith("seen-") and (person := whole_number(name.removeprefix("seen-"))) is not None
    }
    mark_absent = request.POST.get("absent") == "yes"
    do = request.POST.get("do", "save")
    if do == "take-back":
        choices = dict.fromkeys(choices, OUT)
    try:
        if do.startswith("split-"):
            services.split_attendance_row(by=request.user, report=report, row_id=whole_number(do[6:]) or 0)
            return _review(request, report, services.attendance_preview(report, choices), mark_absent=mark_absent)
        applied = services.apply_attendance_import(
            by=request.user,
            report=report,
            choices=choices,
            seen=seen,
            expected=expected,
            mark_absent=mark_absent,
            confirmed=request.POST.get("confirm") == "yes",
        )
    except Conflict as conflict:
        report.refresh_from_db(fields=["rows", "applied_at"])
        preview = services.attendance_preview(report, choices)
        return _review(request, report, preview, error=conflict, mark_absent=mark_absent, expected=expected)
    except ValidationError as error:
        preview = services.attendance_preview(report, choices)
        return _review(request, report, preview, error=error, mark_absent=mark_absent)
    messages.success(request, _told(applied))
    if applied.added:
        messages.info(request, _added(applied))
    return redirect(meeting.get_absolute_url() + "#log")


def _added(applied: Applied) -> str:
    listed = ", ".join(f"{one.name} {one.before} and now {one.minutes}" for one in applied.added[:5])
    more = f" and {len(applied.added) - 5} more" if len(applied.added) > 5 else ""
    return f"Minutes were added to those of an earlier report: {listed}{more}."


def _told(applied: Applied) -> str:
    if not applied.changed:
        return "This was saved before. Nothing has changed."
    if not (applied.matched or applied.guests or applied.absent):
        return "The attendance from this report has been removed."
    people = len({row["choice"] for row in applied.matched})
    words = [f"{people} {'member' if people == 1 else 'members'} came"]
    if applied.guests:
        words.append(f"{len(applied.guests)} {'guest' if len(applied.guests) == 1 else 'guests'}")
    if applied.absent:
        words.append(f"{applied.absent} marked as did not come")
    return f"Attendance saved: {', '.join(words)}."


def _lead(report: AttendanceImport, rows: list[dict[str, Any]]) -> str:
    sure = sum(row["how_short"] == "matched" for row in rows)
    people = "1 person is" if len(rows) == 1 else f"{len(rows)} people are"
    known = "1 is a member" if sure == 1 else f"{sure} are members"
    return f"{people} in {report.name}. {known} we recognise."


def _review(
    request: HttpRequest,
    report: AttendanceImport,
    preview: Preview,
    *,
    error: ValidationError | None = None,
    mark_absent: bool = False,
    expected: dict[int, str] | None = None,
) -> HttpResponse:
    """The page. ``expected``: after a conflict, what it showed before, to say what someone else chose since."""
    wrong = error.message_dict if error is not None and hasattr(error, "error_dict") else {}
    confirm = wrong.pop("confirm", [])
    general = error.messages if error is not None and not hasattr(error, "error_dict") else []
    statuses = dict(report.meeting.attendances.filter(person__isnull=False).values_list("person_id", "status"))
    page = _Page(report, preview, wrong, expected)
    rows = [page.row(row) for row in preview.rows]
    context: dict[str, Any] = {
        "meeting": report.meeting,
        "report": report,
        "crumbs": meeting_crumbs(report.meeting),
        "rows": rows,
        "lead": _lead(report, rows),
        "to_decide": sum(row["choice"] == UNDECIDED for row in rows),
        "seen": [(pk, status) for pk, status in statuses.items() if status != "present"],
        "unmentioned": [preview.named[member.pk] for member in preview.unmentioned],
        "mark_absent": mark_absent,
        "earlier": preview.earlier,
        "questions": [question.text for question in preview.questions if question.code != "undecided"],
        "is_unconfirmed": bool(confirm),
        "problems": [("#" + name, text) for name, texts in wrong.items() for text in texts]
        + [("#people", text) for text in general]
        + [("#confirm", "Tick the box if the file is right, or choose another file.") for _ in confirm[:1]],
        "form": {"errors": wrong or general or confirm},  # for the page's title
    }
    status = 409 if isinstance(error, Conflict) else 200
    return render(request, "networks/log/attendance/attendance_review.html", context, status=status)


class _Page:
    """The rows of a report as the page shows them."""

    def __init__(
        self,
        report: AttendanceImport,
        preview: Preview,
        wrong: dict[str, list[str]],
        expected: dict[int, str] | None,
    ) -> None:
        self.preview, self.wrong, self.expected = preview, wrong, expected
        self.stored = {row["id"]: row["choice"] for row in report.rows}
        self.who = resolve(preview.rows)
        self.names: dict[str, list[dict[str, Any]]] = {}
        for row in preview.rows:
            for key in {name_key(row["name"]), row["email"]} - {""}:
                self.names.setdefault(key, []).append(row)

    def others(self, row: dict[str, Any]) -> list[dict[str, Any]]:
        """Rows of the same name or address."""
        found = [*self.names.get(name_key(row["name"]), []), *self.names.get(row["email"], [])]
        return list({other["id"]: other for other in found if other["id"] != row["id"]}.values())

    def options(self, row: dict[str, Any]) -> list[tuple[str, list[tuple[str, str]]]]:
        """Who it may be, in groups with a heading each."""
        named = self.preview.named
        first = [(member_choice(pk), named[pk]) for pk in row["candidates"] if pk in named]
        members = [(member_choice(pk), name) for pk, name in named.items() if pk not in row["candidates"]]
        guests = [(guest_choice(g.pk), self._guest(g)) for g in self.preview.guests[row["id"]]]
        others = [(same_choice(o["id"]), f"The same person as in row {o['lines'][0]}") for o in self.others(row)]
        someone = [(GUEST, "A guest")] if len(guests) < 2 else guests
        if guests or row["choice"] == NEW:
            someone.append((NEW, "A new guest"))
        someone += [*others, (OUT, "Leave out")]
        return [("Could be", first), ("Members", members), ("Someone else", someone)]

    @staticmethod
    def _guest(guest: Attendance) -> str:
        told = [mask_email(guest.email), f"{guest.minutes} minutes" if guest.minutes is not None else ""]
        return f"The guest {guest.guest_name}, already recorded" + "".join(f", {one}" for one in told if one)

    def label(self, choice: str, row: dict[str, Any]) -> str:
        """A choice in words."""
        words = {value: label for _heading, group in self.options(row) for value, label in group}
        return words.get(choice, "no one yet")

    def row(self, row: dict[str, Any]) -> dict[str, Any]:
        """One row as the page shows it."""
        values = {value for _heading, group in self.options(row) for value, _label in group}
        name = f"row-{row['id']}"
        notes = [self._status_note(row), self._minutes_note(row), self._conflict_note(row)]
        return {
            **row,
            "field": name,
            "was": self.stored.get(row["id"], ""),
            "how_short": "matched" if row["how"] in ("email", "name") else "other",
            "asks": asks(row),
            "how": HOW.get(row["how"], ""),
            "needs_choice": row["choice"] == UNDECIDED or row["choice"] not in values,
            "options": [(heading, group) for heading, group in self.options(row) if group],
            "where": self._where(row) if self.others(row) else "",
            "notes": [note for note in notes if note],
            "error": " ".join(self.wrong.get(name, [])),
        }

    @staticmethod
    def _where(row: dict[str, Any]) -> str:
        """What tells rows of one name apart: their lines, and when they were there."""
        lines = row["lines"]
        where = f"Row {lines[0]} of the file" if len(lines) == 1 else f"Rows {lines[0]} to {lines[-1]} of the file"
        times = [f"{_at(begin)} to {_at(end)}" for begin, end in row["joins"][:3]]
        return where + (f", {', '.join(times)}" if times else "")

    @staticmethod
    def _status_note(row: dict[str, Any]) -> str:
        if row["known"] not in ("apologies", "absent"):
            return ""
        said = "sent apologies" if row["known"] == "apologies" else "did not come"
        if row["stays"]:
            return f"Since this file was saved, someone recorded: {said}. That will not change."
        return f"The log says: {said}. Saving will change that to “came”. Choose “Leave out” to keep it."

    @staticmethod
    def _minutes_note(row: dict[str, Any]) -> str:
        if not row["before"]:
            return ""
        if row["together"] == row["before"]:
            return f"{row['before']} minutes in another report, which covers this time too. They stay {row['before']}."
        return f"{row['before']} minutes in another report. Together: {row['together']}."

    def _conflict_note(self, row: dict[str, Any]) -> str:
        if self.expected is None:
            return ""
        saved = self.stored.get(row["id"], "")
        if saved in (self.expected.get(row["id"], saved), row["choice"]):
            return ""
        return (
            f"Saved now: {self.label(saved, row)}. Yours: {self.label(row['choice'], row)}. Save again to keep yours."
        )


def _at(minutes: int) -> str:
    hour, minute = divmod(minutes % (24 * 60), 60)
    return f"{hour % 12 or 12}:{minute:02}{'pm' if hour >= 12 else 'am'}"
