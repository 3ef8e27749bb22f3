"""Planning meetings: one, or a whole series; moving and cancelling them."""

import copy
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from impact.core.access.permissions import require
from impact.core.basics.dates import day
from impact.core.basics.versions import Conflict
from impact.core.web.forms import errors_on, form_page, show_conflict, show_error
from networks.groups.pages import find_group, group_crumbs
from networks.meetings.forms import MeetingForm, ReasonForm
from networks.meetings.models import Meeting
from networks.meetings.pages import find_meeting, meeting_crumbs
from networks.meetings.planning import services
from networks.meetings.planning.bank_holidays import holiday_words
from networks.meetings.planning.forms import SeriesForm, SeriesFormSet
from networks.meetings.services import cancel_meeting, plan_meeting, update_meeting


@require_http_methods(["GET", "POST"])
def meeting_add(request: HttpRequest, slug: str) -> HttpResponse:
    """Plan a group's next meeting."""
    group = find_group(request, slug)
    require(request.user, "networks.plan_meeting", group)
    last = Meeting.objects.filter(group=group).order_by("-starts_at").first()
    initial: dict[str, Any] = {"mode": last.mode if last else Meeting.Mode.ONLINE}
    if last:
        starts, ends = timezone.localtime(last.starts_at), timezone.localtime(last.ends_at)
        initial |= {"starts": starts.time(), "ends": ends.time(), "access_arrangements": last.access_arrangements}
    form = MeetingForm(request.POST or None, instance=Meeting(group=group), initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            meeting = plan_meeting(by=request.user, group=group, **form.changes)
        except ValidationError as error:
            _show_dates(form, error)
        else:
            messages.success(request, "The draft is saved. No one has been told yet: announce it when it is ready.")
            _warn_of_day(request, meeting)
            return redirect(meeting)
    return form_page(
        request,
        form,
        title="Plan a meeting",
        button="Save draft",
        crumbs=group_crumbs(group),
        lead="This makes a draft, and no one is told. You can announce it on the next page. "
        "What was agreed at the last debrief is added to its agenda.",
    )


def _show_dates(form: MeetingForm, error: ValidationError) -> None:
    """The row has two moments; the form has a date and two times."""
    if hasattr(error, "error_dict"):
        names = {"starts_at": "date", "ends_at": "ends"}
        error = ValidationError({names.get(k, k): v for k, v in error.error_dict.items()})
    show_error(form, error)


@require_http_methods(["GET", "POST"])
def meeting_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Move a meeting or change how it is held."""
    meeting = find_meeting(request, pk)
    require(request.user, "networks.plan_meeting", meeting)
    form = MeetingForm(request.POST or None, instance=copy.copy(meeting))
    differences = None
    if request.method == "POST" and form.is_valid():
        expected = form.cleaned_data["version"]
        try:
            update_meeting(
                by=request.user,
                meeting=meeting,
                expected=expected,
                reason=form.cleaned_data.get("reason", ""),
                **form.changes,
            )
        except Conflict as conflict:
            now = {name: getattr(conflict.current, name) for name in MeetingForm.Meta.fields}
            starts = timezone.localtime(conflict.current.starts_at)
            ends = timezone.localtime(conflict.current.ends_at)
            now |= {"date": starts.date(), "starts": starts.time(), "ends": ends.time()}
            differences = show_conflict(form, conflict, now)
        except ValidationError as error:
            _show_dates(form, error)
        else:
            messages.success(request, "Saved." if meeting.is_draft else "Saved. The people affected have been told.")
            if {"date"} & set(form.changed_data):
                _warn_of_day(request, meeting)
            return redirect(meeting)
    return form_page(
        request,
        form,
        title=f"Change {meeting.title}",
        button="Save",
        crumbs=meeting_crumbs(meeting),
        differences=differences,
    )


@require_http_methods(["GET", "POST"])
def meeting_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Call a meeting off, with a reason."""
    meeting = find_meeting(request, pk)
    require(request.user, "networks.plan_meeting", meeting)
    hint = "Members see this. For example: too few people could come."
    if not meeting.is_draft:
        hint = "This is sent to everyone who was invited. For example: too few people could come."
    form = ReasonForm(request.POST or None, hint=hint, initial={"version": meeting.version})
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            cancel_meeting(
                by=request.user,
                meeting=meeting,
                reason=form.cleaned_data["reason"],
                expected=form.cleaned_data["version"],
            )
            messages.success(request, f"{meeting.title} has been cancelled.")
            return redirect(meeting)
    return form_page(
        request,
        form,
        title=f"Cancel {meeting.title}",
        button="Cancel meeting",
        crumbs=meeting_crumbs(meeting),
        lead="Items carried over to it will move to the next meeting.",
        is_warning=True,
        back_label="Keep meeting",
    )


# --- A series -------------------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
def series_add(request: HttpRequest, slug: str) -> HttpResponse:
    """Plan a group's meetings in one step: work out the dates, change them, save them as drafts."""
    group = find_group(request, slug)
    require(request.user, "networks.plan_meeting", group)
    form = SeriesForm(request.POST or None, group=group)
    rows, problem = None, None
    wants_dates = request.POST.get("do") == "work" or "rows-TOTAL_FORMS" not in request.POST
    if request.method == "POST" and form.is_valid():
        if wants_dates:
            rows = SeriesFormSet(initial=form.rows, prefix="rows")
        else:
            rows = SeriesFormSet(request.POST, prefix="rows")
            if rows.is_valid():
                times = [row.times for row in rows if row.cleaned_data.get("date")]
                try:
                    planned = services.plan_series(by=request.user, group=group, times=times, **form.details)
                except ValidationError as error:
                    problem = error
                else:
                    _say_planned(request, planned)
                    return redirect(group)
    elif request.method == "POST" and not wants_dates:
        rows = SeriesFormSet(request.POST, prefix="rows")
        rows.is_valid()
    context = {
        "group": group,
        "form": form,
        "rows": rows,
        "problem": problem,
        "moved": form.moved if wants_dates else [],
        "days_off": _days_off(rows, group.nation) if rows is not None else [],
        "crumbs": group_crumbs(group),
    }
    return render(request, "networks/meetings/planning/series_add.html", context)


def _say_planned(request: HttpRequest, planned: list[Meeting]) -> None:
    number = "1 meeting is" if len(planned) == 1 else f"{len(planned)} meetings are"
    messages.success(request, f"{number} saved as drafts. No one has been told yet: announce them when you are ready.")
    for meeting in planned:
        _warn_of_day(request, meeting)


def _warn_of_day(request: HttpRequest, meeting: Meeting) -> None:
    """Say so when a meeting stands on a weekend or a bank holiday of its group's nation; it may."""
    for words in _of_day(meeting.starts_on, meeting.group.nation):
        messages.warning(request, f"{meeting.title}: {words}")


def _of_day(on: date, nation: str) -> list[str]:
    """What a planner should know of a day."""
    found = [f"{day(on)} is a {on:%A}."] if services.is_weekend(on) else []
    words = holiday_words(on, nation)
    return [*found, f"{day(on)} {words}."] if words else found


def _days_off(rows: Any, nation: str) -> list[str]:
    """The dates entered that fall on a weekend or a bank holiday; they are allowed."""
    found = []
    for row in rows:
        on = (row.cleaned_data if row.is_bound and row.is_valid() else row.initial).get("date")
        if on:
            found += _of_day(on, nation)
    return found
