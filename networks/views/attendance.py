"""Attendance from a video call's report: send the file, correct who is who, save."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from impact.core.forms import whole_number
from impact.core.permissions import require
from networks import services
from networks.attendance_tables import BYTES_LIMIT, PEOPLE_LIMIT, ROWS_LIMIT
from networks.models import AttendanceImport, Meeting
from networks.record_forms import AttendanceFileForm
from networks.services.attendance import GUEST, OUT, UNDECIDED, Applied, Preview, chosen_member, member_choice
from networks.views.common import find_meeting, meeting_crumbs

HOW = {
    "email": "Matched by e-mail",
    "name": "Matched by name",
    "several": "More than one member could be meant",
    "nobody": "Not in the group on that day",
    "caller": "Rang in by phone",
    "waiting": "Only in the waiting room",
}


@require_http_methods(["GET", "POST"])
def attendance_import(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the attendance report of a meeting."""
    meeting = find_meeting(request, pk)
    require(request.user, "networks.log_meeting", meeting)
    if request.method == "GET" and meeting.act in ("done", "cancelled"):
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
                messages.info(request, "This file was saved before. You see what was chosen then.")
            return redirect("networks:attendance-review", meeting.pk, report.pk)
    context = {
        "meeting": meeting,
        "form": form,
        "crumbs": meeting_crumbs(meeting),
        "earlier": meeting.imports.all()[:10],
        "rows_limit": ROWS_LIMIT,
        "people_limit": PEOPLE_LIMIT,
    }
    return render(request, "networks/attendance_import.html", context)


def _closed(request: HttpRequest, meeting: Meeting) -> HttpResponse:
    return render(request, "networks/meeting_closed.html", {"meeting": meeting, "act": meeting.act, "wish": "log"})


@require_http_methods(["GET", "POST"])
def attendance_review(request: HttpRequest, pk: int, import_pk: int) -> HttpResponse:
    """Say for each person in a report who they are, then save the attendance."""
    meeting = find_meeting(request, pk)
    require(request.user, "networks.log_meeting", meeting)
    report = get_object_or_404(AttendanceImport.objects.filter(meeting=meeting), pk=import_pk)
    report.meeting = meeting  # spares a query
    if request.method == "GET":
        if meeting.act in ("done", "cancelled"):
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
    try:
        applied = services.apply_attendance_import(
            by=request.user, report=report, choices=choices, seen=seen, expected=expected, mark_absent=mark_absent
        )
    except ValidationError as error:
        if getattr(error, "code", "") == "conflict":
            report.refresh_from_db(fields=["rows"])
            choices = {}
        preview = services.attendance_preview(report, choices)
        return _review(request, report, preview, error=error, mark_absent=mark_absent)
    messages.success(request, _told(applied))
    return redirect(meeting.get_absolute_url() + "#log")


def _told(applied: Applied) -> str:
    if not applied.changed:
        return "This was saved before. Nothing has changed."
    people = len({row["choice"] for row in applied.matched})
    words = [f"{people} {'member' if people == 1 else 'members'} came"]
    if applied.guests:
        words.append(f"{len(applied.guests)} {'guest' if len(applied.guests) == 1 else 'guests'}")
    if applied.absent:
        words.append(f"{applied.absent} marked as did not come")
    return f"Attendance saved: {', '.join(words)}."


def _review(
    request: HttpRequest,
    report: AttendanceImport,
    preview: Preview,
    *,
    error: ValidationError | None = None,
    mark_absent: bool = False,
) -> HttpResponse:
    wrong = error.message_dict if error is not None and hasattr(error, "error_dict") else {}
    general = error.messages if error is not None and not wrong else []
    stored = {row["id"]: row["choice"] for row in report.rows}
    statuses = dict(
        report.meeting.attendances.filter(person__isnull=False).values_list("person_id", "status")  # type: ignore[misc]
    )
    rows = [_shown(row, preview, wrong, stored) for row in preview.rows]
    context: dict[str, Any] = {
        "meeting": report.meeting,
        "report": report,
        "crumbs": meeting_crumbs(report.meeting),
        "rows": rows,
        "sure": sum(row["how_short"] == "matched" for row in rows),
        "to_decide": sum(row["choice"] == UNDECIDED for row in rows),
        "seen": [(pk, status) for pk, status in statuses.items() if status != "present"],
        "unmentioned": preview.unmentioned,
        "mark_absent": mark_absent,
        "problems": [("#" + name, text) for name, texts in wrong.items() for text in texts]
        + [("#people", text) for text in general],
        "form": {"errors": wrong or general},  # for the page's title
    }
    return render(request, "networks/attendance_review.html", context)


def _shown(
    row: dict[str, Any], preview: Preview, wrong: dict[str, list[str]], stored: dict[int, str]
) -> dict[str, Any]:
    """One row as the page shows it."""
    options = [(UNDECIDED, "Choose who this is")] if row["choice"] == UNDECIDED else []
    options += [(member_choice(m.pk), m.name) for m in preview.members]
    member = chosen_member(row["choice"])
    if member and member not in {m.pk for m in preview.members}:
        options.insert(0, (UNDECIDED, "Choose who this is"))
    note = ""
    if row["known"] in ("apologies", "absent"):
        said = "sent apologies" if row["known"] == "apologies" else "did not come"
        if row["stays"]:
            note = f"Since this file was saved, somebody noted: {said}. That stays."
        else:
            note = f"The log says: {said}. Saving changes that to came. Choose “Leave out” to keep it."
    name = f"row-{row['id']}"
    return {
        **row,
        "field": name,
        "was": stored[row["id"]],
        "how_short": "matched" if row["how"] in ("email", "name") else "other",
        "how": HOW.get(row["how"], ""),
        "options": options,
        "others": [(GUEST, "A guest"), (OUT, "Leave out")],
        "note": note,
        "error": " ".join(wrong.get(name, [])),
    }
