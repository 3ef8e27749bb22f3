"""Waypoints."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from coproduction.charter.models import CharterVersion
from coproduction.charter.pages import charter_for
from coproduction.group.members import say_day
from coproduction.group.views import course
from coproduction.waypoints import services
from coproduction.waypoints.forms import RecordWaypointForm, WaypointForm
from coproduction.waypoints.models import Waypoint
from impact.core.access import audit
from impact.core.access.permissions import has_perm, require
from impact.core.basics import clock
from impact.core.web.forms import errors_on


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
    context = {
        "charter": charter,
        "course": course(rows),
        "held": [w for w in reversed(rows) if w.held_on],
        "ahead": [w for w in rows if not w.held_on],
        "readable": readable,
        "form": form,
        "may_record": may_record,
        "today": clock.today(),
        "history": audit.history(*rows) if rows else [],
    }
    return render(request, "coproduction/waypoints/waypoint_list.html", context)


@require_http_methods(["GET", "POST"])
def waypoint_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One waypoint: what the group found, or the form to keep it."""
    waypoint = get_object_or_404(
        Waypoint.objects.visible_to(request.user).select_related("charter__group", "led_to"), pk=pk
    )
    charter = waypoint.charter
    may_record = has_perm(request.user, "coproduction.record_waypoint", charter)
    if request.method == "POST":
        require(request.user, "coproduction.record_waypoint", charter)
    form = None
    if request.method == "POST" or (may_record and not waypoint.held_on):
        form = RecordWaypointForm(request.POST or None, instance=waypoint)
    if request.method == "POST" and form is not None and form.is_valid():
        with errors_on(form):
            with transaction.atomic():
                done = services.record_waypoint(by=request.user, waypoint=waypoint, **form.cleaned_data)
            if done.outcome == Waypoint.Outcome.NEW_VERSION and done.led_to and done.led_to.status == "draft":
                messages.success(request, f"The waypoint is saved, and version {done.led_to.name} is open as a draft.")
            else:
                messages.success(request, "The waypoint is saved. Plan the next one.")
            return redirect(done)
    readable = CharterVersion.objects.visible_to(request.user).filter(pk=waypoint.led_to_id).first()  # type: ignore[misc]
    context = {
        "waypoint": waypoint,
        "charter": charter,
        "led_to": readable,
        "form": form,
        "may_record": may_record,
        "is_overdue": waypoint.is_overdue(clock.today()),
        "history": audit.history(waypoint),
    }
    return render(request, "coproduction/waypoints/waypoint_detail.html", context)
