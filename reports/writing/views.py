"""Pages about the annual report: the list, one report with its next step, the writing room, the files."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db.models import Count, Max
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from impact.core.access.permissions import has_perm, require
from impact.core.basics.dates import day
from impact.core.web.forms import errors_on
from impact.core.web.listing import list_file, list_rows, wants_file
from reports.approval.corrections.services import open_correction_of
from reports.approval.review.history import history_of
from reports.approval.review.pages import beside_report
from reports.approval.services import MUST_BE_WRITTEN, why_not_approve
from reports.editions.making.views import forms_context
from reports.editions.models import Edition, EditionQuerySet
from reports.editions.overview import overview_of
from reports.editions.services import latest_job
from reports.editions.views import corrections_shown, job_context
from reports.figures.gather import last_day
from reports.group_reading.pages import reading_page, response_of
from reports.group_reading.services import is_heard, latest_reading
from reports.subjects.views import tabs
from reports.writing.facts import changed_facts
from reports.writing.forms import ReportFilter, StartReportForm
from reports.writing.models import AnnualReport, ReportSection
from reports.writing.pages import OPEN, Status, find_report
from reports.writing.year.calendar import steps_of_report
from reports.writing.year.services import open_report


def _is_reader(request: HttpRequest) -> bool:
    return has_perm(request.user, "reports.view_unpublished")


def _editions(request: HttpRequest, report: AnnualReport) -> EditionQuerySet:
    """The editions a reader may open: the published ones for everybody, all of them for those who work on the report."""
    return Edition.objects.visible_to(request.user).filter(report=report)


# --- The list ------------------------------------------------------------------------------------
@login_not_required
@require_GET
def report_list(request: HttpRequest) -> HttpResponseBase:
    """Reports by year: the published ones for everybody, all of them for those who write and approve them."""
    rows = AnnualReport.objects.visible_to(request.user).select_related("approved_edition")
    listing = list_rows(
        request,
        rows.annotate(edition_count=Count("editions"), newest_pages=Max("editions__pages")),
        ReportFilter,
        sorts={"year": ("Year", "year"), "status": ("Status", "status")},
        default="-year",
    )
    is_reader = _is_reader(request)
    for row in listing.page:
        may_open = is_reader or row.status == Status.PUBLISHED
        row.file_to_open = row.approved_edition if may_open else None
        if row.file_to_open:
            row.file_to_open.report = row  # its address needs the year
    if wants_file(request):
        columns: dict[str, Callable[[Any], Any]] = {
            "Year": lambda r: r.year,
            "Title": lambda r: r.title,
            "Status": lambda r: r.get_status_display(),
            "Published on": lambda r: r.published_on,
        }
        return list_file(request, "annual-reports", columns, listing.rows)
    context = {
        "listing": listing,
        "may_start": has_perm(request.user, "reports.edit_report"),
        "is_reader": is_reader,
        "tabs": tabs("reports:list") if request.user.is_authenticated else [],
    }
    return render(request, "reports/writing/report_list.html", context)


@require_http_methods(["GET", "POST"])
def report_start(request: HttpRequest) -> HttpResponse:
    """Open a year's report."""
    require(request.user, "reports.edit_report")
    form = StartReportForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with errors_on(form):
            report = open_report(by=request.user, **form.cleaned_data)
            messages.success(request, f"The {report.year} report is open. Start with the chapter you know best.")
            return redirect(report)
    return render(request, "reports/writing/report_start.html", {"form": form})


# --- One report ----------------------------------------------------------------------------------
def _next_steps(
    request: HttpRequest, report: AnnualReport, sections: list[ReportSection], newest: Edition | None
) -> dict[str, Any]:
    """What the reader can do next with the report, and what stands in the way."""
    user, year = request.user, report.year
    may_edit = has_perm(user, "reports.edit_report", report)
    may_approve = has_perm(user, "reports.approve_report", report)
    stale = [section.get_key_display() for section in sections if section.changes]  # type: ignore[attr-defined]
    must = [s for s in sections if s.key in MUST_BE_WRITTEN and not s.body]
    written = sum(bool(section.body) for section in sections)
    steps: dict[str, Any] = {"words": "", "actions": []}

    def act(label: str, name: str) -> None:
        steps["actions"].append({"label": label, "href": reverse(f"reports:{name}", args=[year])})

    if report.status == Status.WRITING:
        steps["words"] = f"{written} of {len(sections)} chapters have text."
        if may_edit:
            act("Open the writing room", "room")
        if must:
            steps["words"] += (
                f" Before it can go to the leadership team, write: {', '.join(s.get_key_display() for s in must)}."
            )
        elif may_edit:
            if latest_reading(report) is None:
                act("Send to the advisory group", "send-to-group")
                act("Send to the leadership team", "submit")
            else:
                act("Send to the leadership team", "submit")
                act("Send to the advisory group again", "send-to-group")
                act("See what members said", "reading")
        if stale:
            steps["words"] += (
                f" Figures have changed since these chapters were written: {', '.join(stale)}. Read them again."
            )
    elif report.status == Status.GROUP:
        found = latest_reading(report)
        until = day(found.deadline) if found else ""
        steps["words"] = (
            f"It is with the advisory group until {until}. Its text cannot be changed while members read it."
        )
        act("See who is ready and what members say" if may_edit else "See how far the group is", "reading")
        if may_edit:
            act("Take it back to edit", "reading-end")
    elif report.status == Status.SUBMITTED:
        if newest is None:
            steps["words"] = (
                "It is with the leadership team. They approve one exact edition, and none has been built yet."
            )
        else:
            steps["words"] = (
                f"It is with the leadership team, who read edition {newest.number} and approve it or send it back."
            )
            if may_approve and (reason := why_not_approve(user, report)):
                steps["words"] += f" {reason}"
            elif may_approve:
                act(f"Approve edition {newest.number}", "approve")
        if report.review_due_on:
            steps["words"] += f" The writers ask for an answer by {day(report.review_due_on)}."
        if not is_heard(report):
            steps["words"] += " The advisory group has not had its say yet, so approving it now needs a reason."
        if may_approve:
            act("Send it back", "send-back")
        elif may_edit:
            act("Take it back to edit", "send-back")
    elif report.status == Status.APPROVED:
        steps["words"] = "The leadership team has approved it. Publishing makes the approved edition public."
        if may_approve:
            act("Respond point by point", "responses")
            act("Send it back", "send-back")
        if has_perm(user, "reports.publish_report", report):
            act("Publish report", "publish")
    else:
        is_held_back = report.approved_edition is not None and report.approved_edition.holds_withdrawn_words()
        what = "read it" if is_held_back else "read and download it"
        steps["words"] = f"Published on {day(report.published_on)}. Everyone can {what}."
        correction = open_correction_of(report)
        if correction is not None:
            steps["words"] += f" A correction is {correction.get_status_display().lower()}."
            act("Open the correction", "correction")
        elif may_edit:
            act("Correct the report", "correction-open")
    if may_approve and report.status in (Status.APPROVED, Status.PUBLISHED):
        act("Respond to the report", "respond")
    return steps


@never_cache
@login_not_required
@require_GET
def report_detail(request: HttpRequest, year: int) -> HttpResponse:
    """One report: where it stands, what to do next, its chapters, its editions, its figures."""
    report = find_report(request, year)
    is_reader = _is_reader(request)
    if not is_reader and report.status != Status.PUBLISHED:
        return reading_page(request, report)  # a member of the group, whose report it is
    editions = list(_editions(request, report).with_standing().select_related("snapshot").defer("snapshot__data"))
    corrected = corrections_shown(report) if report.status == Status.PUBLISHED else []
    replaced = {row.replaces_id: row for row in corrected}
    for edition in editions:
        edition.report = report
        edition.replaced_by = replaced.get(edition.pk)  # type: ignore[attr-defined]
    sections = list(report.sections.all())
    overview = overview_of(report)
    for section in sections:
        is_stale = is_reader and report.status in OPEN and section.body and overview["counted_at"]
        seen = section.figures_seen if is_stale else None
        section.changes = changed_facts(seen, overview["facts"][section.key])  # type: ignore[attr-defined]
    newest = editions[0] if editions else None
    job = latest_job(report) if is_reader else None
    context: dict[str, Any] = {
        "report": report,
        "is_reader": is_reader,
        "sections": sections,
        "editions": editions,
        "newest": newest,
        "corrected": corrected,
        "holds_withdrawn": any(one.holds_withdrawn for one in editions if one.pk == report.approved_edition_id),  # type: ignore[attr-defined]
        "glance": overview["glance"],
        "as_of": last_day(report.year),
        "counted_at": overview["counted_at"],
        "is_live": report.status in OPEN,
        "next_steps": _next_steps(request, report, sections, newest) if is_reader else None,
        "may_edit": has_perm(request.user, "reports.edit_report", report),
        "may_build": report.status in OPEN and has_perm(request.user, "reports.build_edition", report),
        "responses": response_of(request.user, report),
        "history": history_of(report) if is_reader else [],
        "beside": beside_report(request.user, report) if is_reader else [],
        "steps": steps_of_report(report) if is_reader else [],
        **job_context(request, report, job),
        **forms_context(request, report.approved_edition or newest),
    }
    return render(request, "reports/writing/report_detail.html", context)
