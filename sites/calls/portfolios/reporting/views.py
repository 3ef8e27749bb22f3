"""The report of a round: as a page, as an Excel file, and as a PDF that a worker builds."""

from typing import Any

import structlog
from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from impact.core.access.permissions import has_perm
from impact.core.jobs.models import Job
from impact.core.people.accounts import SignedInRequest
from impact.core.web.files import uploads
from impact.core.web.forms import errors_as_messages
from impact.core.web.listing import file_response, files_of, wants_file
from sites.calls.portfolios.models import RoundReport
from sites.calls.portfolios.pages import crumbs_of, find_round, parts_of
from sites.calls.portfolios.reporting import drawing, services
from sites.calls.portfolios.reporting.contents import COLUMNS, round_contents, rows_of
from sites.calls.rounds.pages import round_tabs

log = structlog.get_logger(__name__)


def _job_context(report: RoundReport | None, user: Any) -> dict[str, Any]:
    """A build that runs or failed, for the fragment that shows it."""
    job = report.job if report else None
    shown = job if job and job.state != Job.State.SUCCEEDED else None
    return {
        "report": report,
        "job": shown,
        "is_waiting": bool(shown and not shown.is_finished),
        "may_retry": bool(shown and shown.state == Job.State.FAILED and has_perm(user, "core.retry_job")),
    }


@require_GET
def round_report(request: SignedInRequest, slug: str) -> HttpResponse:
    """Counts, the mix against its targets, decisions with their reasons, and the fairness note."""
    round = find_round(request, slug)
    contents = round_contents(round)
    if wants_file(request):
        return file_response(request.GET.get("format"), f"round-report-{round.slug}", COLUMNS, rows_of(contents))  # type: ignore[return-value]
    reports = list(
        RoundReport.objects.visible_to(request.user).filter(round=round).select_related("job", "asked_by__person")[:9]
    )
    for row in reports:
        row.round = round
    ready = [row for row in reports if row.is_ready]
    newest = reports[0] if reports and not reports[0].is_ready else None
    context = {
        "round": round,
        "crumbs": crumbs_of(round, ("Report", "")),
        "tabs": round_tabs(request.user, round, "mix"),
        "parts": parts_of(round, "sites:round-report"),
        "contents": drawing.for_page(contents),
        "outcome_bars": [{"label": row["label"], "value": row["count"]} for row in contents["outcomes"]],
        "files": files_of(request),
        "reports": ready,
        "is_out_of_date": bool(ready and drawing.mark_of(contents) != ready[0].contents_sha256),
        **_job_context(newest, request.user),
    }
    return render(request, "sites/calls/portfolios/report.html", context)


@require_POST
def report_build(request: SignedInRequest, slug: str) -> HttpResponse:
    """Freeze the report as it is now and have its PDF built."""
    round = find_round(request, slug)
    with errors_as_messages(request):
        report, job = services.request_report(by=request.user, round=round)
        if job.state == Job.State.SUCCEEDED:
            messages.info(request, f"Nothing has changed since report {report.number}, so it is up to date.")
        else:
            messages.info(
                request, "It is being built. This takes a few seconds, and you can carry on with other things."
            )
    return redirect("sites:round-report", round.slug)


@never_cache
@require_GET
def report_job(request: SignedInRequest, slug: str, number: int) -> HttpResponse:
    """How far a build is: the fragment that its page swaps in while it waits."""
    round = find_round(request, slug)
    rows = RoundReport.objects.visible_to(request.user).select_related("job", "round")
    report = get_object_or_404(rows, round=round, number=number)
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect(report)
    context = _job_context(report, request.user)
    response = render(request, "sites/calls/portfolios/_report_job.html", context)
    if not context["is_waiting"]:
        response["HX-Refresh"] = "true"  # the page has a file, or a reason, to show
    return response


@require_GET
def report_file(request: SignedInRequest, slug: str, number: int) -> FileResponse:
    """Hand out a built report; who may have it is asked each time."""
    round = find_round(request, slug)
    report = get_object_or_404(RoundReport.objects.visible_to(request.user).ready(), round=round, number=number)
    return serve_report(report)


def serve_report(report: RoundReport) -> FileResponse:
    """The file of a report, for someone who may have it; 404 where the storage lost it."""
    name = f"{report.round.slug}-report-{report.number}.pdf"
    try:
        return uploads.serve_file(report.file, name=name, content_type="application/pdf")
    except FileNotFoundError:
        log.error("round_report.file_missing", report=report.pk)
        raise Http404("This file is missing from the storage.") from None
