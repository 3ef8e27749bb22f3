"""Building, previewing and downloading editions."""

from typing import Any

import structlog
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from impact.core.access.permissions import has_perm, require
from impact.core.basics import clock
from impact.core.jobs.models import Job
from impact.core.web.forms import errors_as_messages
from reports.editions import services
from reports.editions.models import Edition
from reports.editions.overview import figures_now, until_counted
from reports.figures.pages.codes import code_links
from reports.formats import document
from reports.formats.placing import UnknownName
from reports.group_reading.services import require_draft_reader
from reports.quotes.frozen import as_may_be_shown
from reports.writing.models import AnnualReport
from reports.writing.pages import OPEN, Status, find_report

log = structlog.get_logger(__name__)


def job_context(request: HttpRequest, report: AnnualReport, job: Job | None) -> dict[str, Any]:
    """A build that runs or failed, for the fragment that shows it; one that succeeded is among the editions."""
    shown = job if job and job.state != Job.State.SUCCEEDED else None
    return {
        "job": shown,
        "report": report,
        "is_waiting": bool(shown and not shown.is_finished),
        "may_retry": bool(shown and shown.may_run_again and has_perm(request.user, "core.retry_job")),
        "may_cancel": bool(shown and not shown.is_finished and has_perm(request.user, "reports.build_edition", report)),
    }


@never_cache
@require_GET
def report_job(request: HttpRequest, year: int) -> HttpResponse:
    """How far the build is: the fragment that the report's page swaps in while it waits."""
    report = find_report(request, year)
    require(request.user, "reports.view_unpublished")
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect(report)
    context = job_context(request, report, services.latest_job(report))
    response = render(request, "reports/editions/_job.html", context)
    if not context["is_waiting"]:
        response["HX-Refresh"] = "true"  # the page has a new edition, or a reason, to show
    return response


@require_POST
def report_build(request: HttpRequest, year: int) -> HttpResponse:
    """Freeze the report as it is now and have a worker build an edition of it."""
    report = find_report(request, year)
    require(request.user, "reports.build_edition", report)
    with errors_as_messages(request):
        _snapshot, job = services.request_edition(by=request.user, report=report)
        if job.state == Job.State.SUCCEEDED:
            messages.info(
                request, f"Nothing has changed since edition {job.result['edition']}, so that edition is up to date."
            )
        else:
            messages.info(
                request, "The report is being built. This takes a few seconds, and you can carry on with other things."
            )
    return redirect(report)


@require_POST
def report_job_cancel(request: HttpRequest, year: int) -> HttpResponse:
    """Stop the build that waits or runs."""
    report = find_report(request, year)
    require(request.user, "reports.build_edition", report)
    with errors_as_messages(request):
        services.cancel_edition(by=request.user, report=report)
        messages.success(request, "The build was cancelled. Nothing else has changed.")
    return redirect(report)


# --- Reading the whole report -------------------------------------------------------------------------
@never_cache
@require_GET
@until_counted
def report_preview(request: HttpRequest, year: int) -> HttpResponse:
    """The whole report as a page, from the words of now and the last count of the figures."""
    report = find_report(request, year)
    require_draft_reader(request.user, report)
    if report.status in OPEN:
        figures, counted_at = figures_now(report, may_wait=True)
        data = services.frozen(report, figures=figures)
        try:
            words = document.context(data, taken_on=clock.today(), fingerprint="")
        except UnknownName as error:
            messages.error(request, f"The report cannot be put together like this. {error.messages[0]}")
            return redirect(report)
    else:
        assert report.approved_edition  # noqa: S101  a constraint says so
        snapshot = report.approved_edition.snapshot
        words = document.context(
            as_may_be_shown(snapshot.data), taken_on=document.local_day(snapshot), fingerprint=snapshot.sha256
        )
        counted_at = snapshot.taken_at
    # Members read the draft before its figures are for everyone, so to them a code is only printed.
    may_follow = has_perm(request.user, "reports.view_unpublished") or report.status == Status.PUBLISHED
    codes = code_links(request.user, report) if may_follow else {"are_codes_plain": True}
    context = {**document.chapters_on_page(words, **codes), "report": report, "counted_at": counted_at}
    return render(request, "reports/editions/report_preview.html", context)


# --- Files ---------------------------------------------------------------------------------------
@login_not_required
@require_GET
def edition_download(request: HttpRequest, year: int, number: int) -> HttpResponseBase:
    """One edition's file: those of a published report that were published for everybody, others for those who work on it."""
    edition = get_object_or_404(
        Edition.objects.visible_to(request.user).select_related("report__approved_edition"),
        report__year=year,
        number=number,
    )
    if edition.is_held_back_from(request.user):
        return held_back(request, edition)
    return serve_edition(edition)


def held_back(request: HttpRequest, edition: Edition) -> HttpResponse:
    """Say why a file is no longer available, and where to read on."""
    context = {"edition": edition, "report": edition.report, "is_newest": _is_newest(edition)}
    return render(request, "reports/editions/held_back.html", context, status=410)


def corrections_shown(report: AnnualReport) -> list[Any]:
    """What was corrected in a published report, the newest first, for the pages that everyone reads."""
    rows: Any = report.corrections.published()
    return list(rows.select_related("replaces", "edition"))


def _is_newest(edition: Edition) -> bool:
    return edition.report.approved_edition_id == edition.pk


def serve_edition(edition: Edition) -> FileResponse:
    """An edition's PDF as an attachment."""
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
