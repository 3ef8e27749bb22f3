"""Pages about the annual report: the list, one report with its next step, the writing room, the files."""

from collections.abc import Callable
from typing import Any

import structlog
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.db.models import Count, Max, QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from impact.core.access import audit
from impact.core.access.kept import figure
from impact.core.access.permissions import has_perm, require
from impact.core.basics import clock
from impact.core.basics.dates import day
from impact.core.jobs.models import Job
from impact.core.web.forms import Form
from impact.core.web.listing import list_file, list_rows, wants_file
from reports import document, services
from reports.facts import changed_facts, facts_for
from reports.forms import ApproveForm, ReportFilter, SendBackForm, StartReportForm
from reports.gather import gather_figures, last_day
from reports.models import AnnualReport, Edition, ReportSection

log = structlog.get_logger(__name__)
Status = AnnualReport.Status
OPEN = (Status.WRITING, Status.SUBMITTED)


def find_report(request: HttpRequest, year: int) -> AnnualReport:
    """The report of a year, if the reader may see it."""
    reports = AnnualReport.objects.visible_to(request.user).select_related("approved_edition__snapshot", "approved_by")
    return get_object_or_404(reports, year=year)


def _is_reader(request: HttpRequest) -> bool:
    return has_perm(request.user, "reports.view_unpublished")


def _editions(request: HttpRequest, report: AnnualReport) -> QuerySet[Edition]:
    """The editions a reader may open: the approved one for everybody, all of them for those who work on the report."""
    return Edition.objects.visible_to(request.user).filter(report=report)


# --- The list ------------------------------------------------------------------------------------
@login_not_required
@require_GET
def report_list(request: HttpRequest) -> HttpResponse:
    """Reports by year: the published ones for everybody, all of them for those who write and approve them."""
    rows = AnnualReport.objects.visible_to(request.user).select_related("approved_edition")
    listing = list_rows(
        request,
        rows.annotate(edition_count=Count("editions"), newest_pages=Max("editions__pages")),
        ReportFilter,
        sorts={"year": ("Year", "year"), "status": ("Status", "status")},
        default="-year",
    )
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
        "is_reader": _is_reader(request),
    }
    return render(request, "reports/report_list.html", context)


@require_http_methods(["GET", "POST"])
def report_start(request: HttpRequest) -> HttpResponse:
    """Open a year's report."""
    require(request.user, "reports.edit_report")
    form = StartReportForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            report = services.start_report(by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, f"The {report.year} report is open. Start with the chapter you know best.")
            return redirect(report)
    return render(request, "reports/report_start.html", {"form": form})


# --- One report ----------------------------------------------------------------------------------
def figures_of(report: AnnualReport) -> dict[str, Any]:
    """Live figures while the report is worked on; afterwards those of the approved edition, which people read."""
    if report.status in OPEN:
        found: dict[str, Any] = figure(f"report-{report.year}", lambda: gather_figures(report.year))
        return found
    assert report.approved_edition  # noqa: S101  a constraint says so
    figures: dict[str, Any] = report.approved_edition.snapshot.data["figures"]
    return figures


def _glance(figures: dict[str, Any]) -> list[dict[str, Any]]:
    meetings, involvements = figures["meetings"], figures["involvements"]
    missing = len(meetings["missing_returns"])
    return [
        {
            "number": figures["sites"]["total"],
            "label": "Sites",
            "hint": f"in {figures['sites']['nations_reached']} nations",
        },
        {
            "number": meetings["held"],
            "label": "Meetings held",
            "hint": ", ".join(f"{row['held']} {row['label'].lower()}" for row in meetings["by_kind"] if row["held"]),
        },
        {
            "number": figures["contributions"]["total"],
            "label": "Contributions",
            "hint": f"{missing} return{'' if missing == 1 else 's'} missing" if missing else "every return is in",
        },
        {
            "number": involvements["led_to_change"],
            "label": "Led to a change",
            "hint": f"of {involvements['answered']} settled involvements",
        },
    ]


def _next_steps(
    request: HttpRequest, report: AnnualReport, sections: list[ReportSection], newest: Edition | None
) -> dict[str, Any]:
    """What the reader can do next with the report, and what stands in the way."""
    user, year = request.user, report.year
    may_edit = has_perm(user, "reports.edit_report", report)
    may_approve = has_perm(user, "reports.approve_report", report)
    stale = [section.get_key_display() for section in sections if section.changes]  # type: ignore[attr-defined]
    must = [s for s in sections if s.key in services.MUST_BE_WRITTEN and not s.body]
    written = sum(bool(section.body) for section in sections)
    steps: dict[str, Any] = {"words": "", "actions": []}

    def act(label: str, name: str) -> None:
        steps["actions"].append({"label": label, "href": reverse(f"reports:{name}", args=[year])})

    if report.status == Status.WRITING:
        steps["words"] = f"{written} of {len(sections)} chapters have words."
        if must:
            steps["words"] += (
                f" Before it can go to the leadership team, write: {', '.join(s.get_key_display() for s in must)}."
            )
        elif may_edit:
            act("Send to the leadership team", "submit")
        if stale:
            steps["words"] += f" Figures have changed since these words: {', '.join(stale)}. Read them again."
    elif report.status == Status.SUBMITTED:
        if newest is None:
            steps["words"] = (
                "It is with the leadership team. They approve one exact edition, and none has been built yet."
            )
        else:
            steps["words"] = (
                f"It is with the leadership team, who read edition {newest.number} and approve it or send it back."
            )
            if may_approve:
                act(f"Approve edition {newest.number}", "approve")
        if may_approve:
            act("Send it back", "send-back")
        elif may_edit:
            act("Take it back to writing", "send-back")
    elif report.status == Status.APPROVED:
        steps["words"] = (
            "The leadership team has approved it. Publishing puts the approved edition where everybody can read it."
        )
        if has_perm(user, "reports.publish_report", report):
            act("Publish the report", "publish")
    else:
        steps["words"] = f"Published on {day(report.published_on)}. Everybody can read and download it."
    return steps


@never_cache
@login_not_required
@require_GET
def report_detail(request: HttpRequest, year: int) -> HttpResponse:
    """One report: where it stands, what to do next, its chapters, its editions, its figures."""
    report = find_report(request, year)
    is_reader = _is_reader(request)
    editions = list(_editions(request, report).select_related("snapshot"))
    for edition in editions:
        edition.report = report
    sections = list(report.sections.all())
    figures = figures_of(report)
    for section in sections:
        is_stale = is_reader and report.status in OPEN and section.body
        seen = section.figures_seen if is_stale else None
        section.changes = changed_facts(seen, facts_for(section.key, figures))  # type: ignore[attr-defined]
    newest = editions[0] if editions else None
    job = services.latest_job(report) if is_reader else None
    context: dict[str, Any] = {
        "report": report,
        "is_reader": is_reader,
        "sections": sections,
        "editions": editions,
        "newest": newest,
        "glance": _glance(figures),
        "as_of": last_day(report.year),
        "is_live": report.status in OPEN,
        "next_steps": _next_steps(request, report, sections, newest) if is_reader else None,
        "may_edit": has_perm(request.user, "reports.edit_report", report),
        "may_build": report.status in OPEN and has_perm(request.user, "reports.build_edition", report),
        "history": audit.history(report, limit=12) if is_reader else [],
        **_job_context(request, report, job),
    }
    return render(request, "reports/report_detail.html", context)


def _job_context(request: HttpRequest, report: AnnualReport, job: Job | None) -> dict[str, Any]:
    """A build that runs or failed, for the fragment that shows it; one that succeeded is among the editions."""
    shown = job if job and job.state != Job.State.SUCCEEDED else None
    return {
        "job": shown,
        "report": report,
        "is_waiting": bool(shown and not shown.is_finished),
        "may_retry": bool(shown and shown.state == Job.State.FAILED and has_perm(request.user, "core.retry_job")),
    }


@never_cache
@require_GET
def report_job(request: HttpRequest, year: int) -> HttpResponse:
    """How far the build is: the fragment that the report's page swaps in while it waits."""
    report = find_report(request, year)
    require(request.user, "reports.view_unpublished")
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect(report)
    context = _job_context(request, report, services.latest_job(report))
    response = render(request, "reports/_job.html", context)
    if not context["is_waiting"]:
        response["HX-Refresh"] = "true"  # the page has a new edition, or a reason, to show
    return response


@require_POST
def report_build(request: HttpRequest, year: int) -> HttpResponse:
    """Freeze the report as it is now and have a worker build an edition of it."""
    report = find_report(request, year)
    require(request.user, "reports.build_edition", report)
    try:
        _snapshot, job = services.request_edition(by=request.user, report=report)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        if job.state == Job.State.SUCCEEDED:
            messages.info(
                request, f"Nothing has changed since edition {job.result['edition']}, so that edition is up to date."
            )
        else:
            messages.info(
                request, "A worker is building the report. It takes a few seconds; you can go on with other things."
            )
    return redirect(report)


# --- Reading the whole report -------------------------------------------------------------------------
@never_cache
@require_GET
def report_preview(request: HttpRequest, year: int) -> HttpResponse:
    """The whole report as a page, from the words and figures as they are now."""
    report = find_report(request, year)
    require(request.user, "reports.view_unpublished")
    if report.status in OPEN:
        data = services.frozen(report)
        words = document.context(data, taken_on=clock.today(), fingerprint="")
    else:
        assert report.approved_edition  # noqa: S101  a constraint says so
        snapshot = report.approved_edition.snapshot
        words = document.context(snapshot.data, taken_on=document.local_day(snapshot), fingerprint=snapshot.sha256)
    return render(request, "reports/report_preview.html", {**words, "report": report, "is_page": True})


# --- The way to publication ------------------------------------------------------------------------
def _confirm(
    request: HttpRequest,
    report: AnnualReport,
    form: Form,
    do: Callable[[Any], Any],
    *,
    title: str,
    words: str,
    button: str,
    done: str,
    edition: Edition | None = None,
) -> HttpResponse:
    """A page that names what is about to happen, and does it."""
    if request.method == "POST" and form.is_valid():
        try:
            do(form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, done)
            return redirect(report)
    context = {"report": report, "form": form, "title": title, "words": words, "button": button, "edition": edition}
    return render(request, "reports/report_confirm.html", context)


@require_http_methods(["GET", "POST"])
def report_submit(request: HttpRequest, year: int) -> HttpResponse:
    """Give the report to the leadership team."""
    report = find_report(request, year)
    require(request.user, "reports.edit_report", report)
    return _confirm(
        request,
        report,
        Form(request.POST if request.method == "POST" else None),
        lambda data: services.submit_for_approval(by=request.user, report=report),
        title=f"Send the {report.year} report to the leadership team?",
        words="Its words are settled while they read it. You can take it back to writing at any time until it is approved.",
        button="Send to the leadership team",
        done="The leadership team has the report now.",
    )


@require_http_methods(["GET", "POST"])
def report_send_back(request: HttpRequest, year: int) -> HttpResponse:
    """Send a submitted report back to writing."""
    report = find_report(request, year)
    if not has_perm(request.user, "reports.approve_report", report):
        require(request.user, "reports.edit_report", report)
    return _confirm(
        request,
        report,
        SendBackForm(request.POST if request.method == "POST" else None),
        lambda data: services.return_to_writing(by=request.user, report=report, note=data["note"]),
        title=f"Send the {report.year} report back to writing?",
        words="Its chapters can be changed again. It comes to the leadership team once more when the writers are done.",
        button="Send it back",
        done="The report can be changed again.",
    )


@require_http_methods(["GET", "POST"])
def report_approve(request: HttpRequest, year: int) -> HttpResponse:
    """Approve one edition, by name."""
    report = find_report(request, year)
    require(request.user, "reports.approve_report", report)
    newest = report.editions.first()
    number = newest.number if newest else 0

    def approve(data: dict[str, Any]) -> None:
        edition = report.editions.filter(number=data["edition"]).first()
        if edition is None:
            raise ValidationError(
                "No edition has been built yet. Ask the writers to build one, then read and approve it."
            )
        services.approve_report(by=request.user, report=report, edition=edition)

    posted = request.POST if request.method == "POST" else None
    return _confirm(
        request,
        report,
        ApproveForm(posted, initial={"edition": number}),
        approve,
        title=f"Approve edition {number} of the {report.year} report?"
        if newest
        else "There is no edition to approve yet",
        words=(
            f"You approve exactly this file: edition {number}, {newest.pages} pages, built on {day(newest.built_at)}. "
            "After that the report cannot be changed or built again."
            if newest
            else "An edition is the finished PDF. The writers build it from the report's page."
        ),
        button=f"Approve edition {number}" if newest else "",
        done=f"Edition {number} is approved. The writers can publish it now.",
        edition=newest,
    )


@require_http_methods(["GET", "POST"])
def report_publish(request: HttpRequest, year: int) -> HttpResponse:
    """Put the approved edition where everybody can read it."""
    report = find_report(request, year)
    require(request.user, "reports.publish_report", report)
    return _confirm(
        request,
        report,
        Form(request.POST if request.method == "POST" else None),
        lambda data: services.publish_report(by=request.user, report=report),
        title=f"Publish the {report.year} report?",
        words="Everybody, signed in or not, can then read and download the approved edition.",
        button="Publish the report",
        done="The report is published.",
        edition=report.approved_edition,
    )


# --- Files ---------------------------------------------------------------------------------------
@login_not_required
@require_GET
def edition_download(request: HttpRequest, year: int, number: int) -> FileResponse:
    """One edition's file: the approved one of a published report for everybody, others for those who work on it."""
    edition = get_object_or_404(
        Edition.objects.visible_to(request.user).select_related("report"), report__year=year, number=number
    )
    try:
        file = default_storage.open(edition.file)
    except FileNotFoundError:
        log.error("edition.file_missing", edition=edition.pk)
        raise Http404("The file of this edition is missing from the storage.") from None
    if edition.report.status != Status.PUBLISHED:
        log.info("edition.downloaded", edition=edition.pk)
    response = FileResponse(file, as_attachment=True, filename=edition.file_name, content_type="application/pdf")
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
