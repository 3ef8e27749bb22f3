"""The calendar of a reporting year."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from impact.core.access import audit
from impact.core.access.permissions import has_perm, require
from impact.core.basics import clock
from impact.core.basics.versions import Conflict
from impact.core.people.accounts import SignedInRequest
from impact.core.web.forms import form_page, show_conflict, show_error
from reports.writing.models import AnnualReport
from reports.writing.services import Status
from reports.writing.year import services
from reports.writing.year.calendar import steps_of
from reports.writing.year.forms import DaysForm
from reports.writing.year.models import ReportingYear, in_an_advisory_group


def _require_worker(request: SignedInRequest) -> None:
    """For others the page is not there."""
    if not has_perm(request.user, "reports.view_unpublished"):
        raise Http404("There is no such page.")


@require_GET
def calendar(request: SignedInRequest, year: int) -> HttpResponse:
    """The steps of a year: opening, sections, the group, the leadership team, publication. The advisory group, whose
    report it is, reads the steps; who owns which section is for those who work on it."""
    is_worker = has_perm(request.user, "reports.view_unpublished")
    if not is_worker and not in_an_advisory_group(request.user):
        raise Http404("There is no such page.")
    report = AnnualReport.objects.filter(year=year).first()
    steps = ReportingYear.objects.visible_to(request.user).filter(year=year).first()
    if report is None and steps is None:
        raise Http404("There is no report for this year, and none is planned.")
    context: dict[str, Any] = {
        "year": year,
        "report": report,
        "steps": steps_of(steps, report) if steps else [],
        "may_edit": has_perm(request.user, "reports.edit_report"),
        "is_over": report is not None and report.status == Status.PUBLISHED,
        "may_open": report is not None and AnnualReport.objects.visible_to(request.user).filter(pk=report.pk).exists(),
        "history": audit.history(steps) if steps and is_worker else [],
        "sections": report.sections.owed().select_related("owner__person").order_by("due_on", "position")
        if report and is_worker
        else [],
        "today": clock.today(),
    }
    return render(request, "reports/writing/year/calendar.html", context)


@require_http_methods(["GET", "POST"])
def calendar_edit(request: SignedInRequest, year: int) -> HttpResponse:
    """Move the steps of a year."""
    _require_worker(request)
    require(request.user, "reports.edit_report")
    report = AnnualReport.objects.filter(year=year).first()
    steps = ReportingYear.objects.filter(year=year).first()
    if steps is None:
        if report is None:
            raise Http404("There is no report for this year, and none is planned.")
        steps = ReportingYear(year=year, version=0, **services.usual_days(year))
    form = DaysForm(request.POST or None, instance=steps, is_open=report is not None)
    differences = None
    if request.method == "POST" and form.is_valid():
        try:
            row = services.plan_year(by=request.user, year=year)
            expected = form.cleaned_data["version"] or row.version
            services.change_days(by=request.user, steps=row, expected=expected, days=form.changes)
        except Conflict as conflict:
            differences = show_conflict(form, conflict, {name: conflict.current.dates[name] for name in form.changes})
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(request, "The days are saved.")
            return redirect("reports:calendar", year)
    return form_page(
        request,
        form,
        title=f"Steps of the {year} report",
        button="Save days",
        crumbs=[
            ("Reports", reverse("reports:list")),
            (f"{year} calendar", reverse("reports:calendar", args=[year])),
        ],
        lead="Each step comes after the one before it.",
        differences=differences,
    )
