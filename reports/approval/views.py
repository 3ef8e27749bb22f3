"""Sending a report for approval, sending it back, approving and publishing it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from impact.core.access.permissions import has_perm, require
from impact.core.basics import clock
from impact.core.basics.dates import day
from impact.core.web.forms import Form, errors_on
from reports.approval import services
from reports.approval.forms import ApproveForm, PublishForm, SendBackForm, SubmitForm
from reports.approval.review.models import ReviewComment
from reports.editions.models import Edition
from reports.group_reading.services import is_heard
from reports.writing.models import AnnualReport
from reports.writing.pages import find_report


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
        with errors_on(form):
            do(form.cleaned_data)
            messages.success(request, done)
            return redirect(report)
    context = {"report": report, "form": form, "title": title, "words": words, "button": button, "edition": edition}
    return render(request, "reports/approval/report_confirm.html", context)


@require_http_methods(["GET", "POST"])
def report_submit(request: HttpRequest, year: int) -> HttpResponse:
    """Give the report to the leadership team."""
    report = find_report(request, year)
    require(request.user, "reports.edit_report", report)
    return _confirm(
        request,
        report,
        SubmitForm(
            request.POST if request.method == "POST" else None, initial={"due_on": clock.today() + timedelta(days=14)}
        ),
        lambda data: services.submit_for_approval(by=request.user, report=report, due_on=data["due_on"]),
        title=f"Send the {report.year} report to the leadership team?",
        words="The text cannot be changed while they read it. You can take it back to edit at any time until it is approved.",
        button="Send to the leadership team",
        done="The report has been sent to the leadership team.",
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
        words="Its chapters can be changed again. It comes to the leadership team once more when the writers are done."
        + (" Its approval ends." if report.status == AnnualReport.Status.APPROVED else ""),
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
        services.approve_report(by=request.user, report=report, edition=edition, override=data.get("override", ""))

    posted = request.POST if request.method == "POST" else None
    return _confirm(
        request,
        report,
        ApproveForm(posted, initial={"edition": number}, is_heard=is_heard(report) or not newest),
        approve,
        title=f"Approve edition {number} of the {report.year} report?"
        if newest
        else "There is no edition to approve yet",
        words=(
            f"You are approving this exact file: edition {number}, {newest.pages} pages, built on {day(newest.built_at)}. "
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
    has_open = ReviewComment.objects.open().filter(report=report).exists()
    return _confirm(
        request,
        report,
        PublishForm(request.POST if request.method == "POST" else None, has_open=has_open),
        lambda data: services.publish_report(
            by=request.user, report=report, carried_because=data.get("carried_because", "")
        ),
        title=f"Publish the {report.year} report?",
        words="Everyone, signed in or not, will be able to read and download the approved edition.",
        button="Publish report",
        done="The report is published.",
        edition=report.approved_edition,
    )
