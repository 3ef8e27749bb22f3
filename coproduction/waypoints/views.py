"""The course of a charter: waypoints planned, opened, moved, cancelled and held."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from coproduction.charter.models import CharterVersion
from coproduction.charter.pages import charter_for
from coproduction.group.members import say_day
from coproduction.group.views import course
from coproduction.waypoints import services
from coproduction.waypoints.answers.views import waypoint_for
from coproduction.waypoints.forms import CancelForm, EditWaypointForm, MoveForm, RhythmForm, WaypointForm
from coproduction.waypoints.models import Waypoint, rhythm_of
from impact.core.access import audit
from impact.core.access.permissions import has_perm, require
from impact.core.basics import clock
from impact.core.basics.versions import Conflict
from impact.core.people.accounts import SignedInRequest
from impact.core.web.forms import (
    Crumbs,
    errors_as_messages,
    errors_on,
    form_page,
    show_conflict,
    show_error,
    take_version,
)


# --- Waypoints -----------------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
def waypoints(request: HttpRequest, pk: int) -> HttpResponse:
    """List past and planned waypoints; plan the next one."""
    charter = charter_for(request, pk)
    may_record = has_perm(request.user, "coproduction.record_waypoint", charter)
    if request.method == "POST":
        require(request.user, "coproduction.record_waypoint", charter)
    form = WaypointForm(request.POST or None) if may_record else None
    if request.method == "POST" and form is not None and form.is_valid():
        with errors_on(form):
            waypoint = services.plan_waypoint(by=request.user, charter=charter, **form.cleaned_data)
            messages.success(request, f"“{waypoint.title}” is planned for {say_day(waypoint.due_on)}.")
            return redirect("coproduction:waypoints", charter.pk)
    rows = list(charter.waypoints.select_related("led_to").order_by("due_on", "pk"))
    readable = set(CharterVersion.objects.visible_to(request.user).filter(charter=charter).values_list("pk", flat=True))
    today = clock.today()
    context = {
        "charter": charter,
        "course": course(rows),
        "held": [w for w in reversed(rows) if w.held_on],
        "ahead": [{"waypoint": w, "state": w.state_on(today)} for w in rows if not w.held_on and not w.cancelled_on],
        "cancelled": [w for w in reversed(rows) if w.cancelled_on],
        "readable": readable,
        "form": form,
        "may_record": may_record,
        "rhythm": rhythm_of(charter),
        "history": audit.history(*rows) if rows else [],
    }
    return render(request, "coproduction/waypoints/waypoint_list.html", context)


@require_http_methods(["GET", "POST"])
def waypoint_rhythm(request: SignedInRequest, pk: int) -> HttpResponse:
    """Set how often the group takes stock."""
    charter = charter_for(request, pk)
    require(request.user, "coproduction.record_waypoint", charter)
    rhythm = rhythm_of(charter)
    initial = {"months": rhythm.months, "notice_days": rhythm.notice_days, "version": rhythm.version}
    form = RhythmForm(request.POST or None, initial=initial)
    differences = None
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        expected = given.pop("version")
        try:
            services.set_rhythm(by=request.user, charter=charter, expected=expected, **given)
        except Conflict as conflict:
            now = {name: getattr(conflict.current, name) for name in given}
            differences = show_conflict(form, conflict, now)
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(request, "Saved.")
            return redirect("coproduction:waypoints", charter.pk)
    crumbs = [*_start(), ("Waypoints", reverse("coproduction:waypoints", args=[charter.pk]))]
    return form_page(
        request, form, title="How often we take stock", button="Save", crumbs=crumbs, differences=differences
    )


def _start() -> Crumbs:
    return [("Co-production", reverse("coproduction:index"))]


def _crumbs(waypoint: Waypoint) -> Crumbs:
    listed = reverse("coproduction:waypoints", args=[waypoint.charter_id])
    return [*_start(), ("Waypoints", listed), (waypoint.title, waypoint.get_absolute_url())]


@require_http_methods(["GET", "POST"])
def waypoint_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change what a waypoint is called, when it opens and what it asks."""
    waypoint = waypoint_for(request, pk)
    require(request.user, "coproduction.record_waypoint", waypoint)
    form = EditWaypointForm(request.POST or None, instance=waypoint)
    differences = None
    if request.method == "POST" and form.is_valid():
        try:
            services.update_waypoint(
                by=request.user, waypoint=waypoint, expected=form.cleaned_data["version"], **form.changes
            )
        except Conflict as conflict:
            now = {name: getattr(conflict.current, name) for name in form.changes}
            differences = show_conflict(form, conflict, now)
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(request, "Saved.")
            return redirect(waypoint)
    return form_page(
        request, form, title="Edit waypoint", button="Save", crumbs=_crumbs(waypoint), differences=differences
    )


def _with_reason(request: SignedInRequest, pk: int, *, is_cancel: bool) -> HttpResponse:
    """Move or cancel a waypoint, with the reason that members read."""
    waypoint = waypoint_for(request, pk)
    require(request.user, "coproduction.record_waypoint", waypoint)
    kind = CancelForm if is_cancel else MoveForm
    form = kind(request.POST or None, initial={"version": waypoint.version})
    differences = None
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        expected = given.pop("version")
        service = services.cancel_waypoint if is_cancel else services.move_waypoint
        try:
            done = service(by=request.user, waypoint=waypoint, expected=expected, **given)
        except Conflict as conflict:
            take_version(form, conflict.current)
            form.add_error(None, "Someone else changed this waypoint. Read how it is now, then save again.")
            now = conflict.current
            differences = [
                {"label": "Day", "theirs": say_day(now.due_on), "yours": "" if is_cancel else say_day(given["due_on"])}
            ]
        except ValidationError as error:
            show_error(form, error)
        else:
            said = "is cancelled" if is_cancel else f"is on {say_day(done.due_on)} now"
            messages.success(request, f"“{done.title}” {said}. The members have been told.")
            return redirect(done)
    return form_page(
        request,
        form,
        title="Cancel this waypoint" if is_cancel else "Move this waypoint",
        lead="What members wrote stays theirs." if is_cancel else f"It is planned for {say_day(waypoint.due_on)}.",
        button="Cancel waypoint" if is_cancel else "Move waypoint",
        crumbs=_crumbs(waypoint),
        is_warning=is_cancel,
        back_label="Go back" if is_cancel else "",
        differences=differences,
    )


@require_http_methods(["GET", "POST"])
def waypoint_move(request: SignedInRequest, pk: int) -> HttpResponse:
    """Move a waypoint to another day."""
    return _with_reason(request, pk, is_cancel=False)


@require_http_methods(["GET", "POST"])
def waypoint_cancel(request: SignedInRequest, pk: int) -> HttpResponse:
    """Cancel a waypoint."""
    return _with_reason(request, pk, is_cancel=True)


@require_POST
def waypoint_open(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask the members today, before the day on which it opens by itself."""
    waypoint = waypoint_for(request, pk)
    require(request.user, "coproduction.record_waypoint", waypoint)
    with errors_as_messages(request):
        opened = services.open_waypoint(by=request.user, waypoint=waypoint)
        messages.success(request, f"Members can answer until {say_day(opened.due_on)}. They have been told.")
    return redirect(waypoint)
