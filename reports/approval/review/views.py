"""Comments on a report by the leadership team and those who write it."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from impact.core.access.permissions import has_perm, require
from impact.core.basics.versions import Conflict
from impact.core.people.accounts import SignedInRequest
from impact.core.web.forms import errors_on, show_error, take_version
from impact.core.web.listing import list_file, list_rows, wants_file
from reports.approval.review import services
from reports.approval.review.forms import CommentOnReportForm, ReviewCommentFilter, SettleForm
from reports.approval.review.models import ReviewComment
from reports.writing.models import AnnualReport
from reports.writing.pages import OPEN, find_report

ROWS = ("section__report", "made_by__person", "answered_by__person")


COLUMNS: dict[str, Any] = {
    "Section": lambda c: c.about,
    "Passage": lambda c: c.passage,
    "Comment": lambda c: c.words,
    "By": lambda c: c.made_by.display_name if c.made_by else "",
    "On": lambda c: c.made_on,
    "Status": lambda c: c.get_status_display(),
    "Answer": lambda c: c.answer,
}


@never_cache
@require_http_methods(["GET", "POST"])
def review(request: SignedInRequest, year: int) -> HttpResponseBase:
    """All comments on a report by section, and a place to add one."""
    report = find_report(request, year)
    require(request.user, "reports.comment", report)
    form = None
    if report.status in OPEN or request.method == "POST":
        asked = report.sections.filter(key=request.GET.get("section", "")).first()
        form = CommentOnReportForm(request.POST or None, report=report, initial={"section": asked})
    if request.method == "POST" and form is not None and form.is_valid():
        with errors_on(form):
            services.comment_on_report(by=request.user, report=report, **form.cleaned_data)
            messages.success(request, "Your comment is saved.")
            return redirect("reports:review", year)
    listing = list_rows(
        request,
        ReviewComment.objects.visible_to(request.user).filter(report=report).select_related(*ROWS),
        ReviewCommentFilter,
        sorts={"section": ("Section", "section__position"), "on": ("Date", "made_on")},
        default="section",
    )
    if wants_file(request):
        return list_file(request, f"comments-{report.year}", COLUMNS, listing.rows)
    for row in listing.page.object_list:
        row.report = report
    context = {
        "report": report,
        "listing": listing,
        "form": form,
        "may_settle": has_perm(request.user, "reports.edit_report", report)
        and report.status != AnnualReport.Status.PUBLISHED,
    }
    return render(request, "reports/review/review.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def review_comment(request: SignedInRequest, pk: int) -> HttpResponse:
    """One comment, with its answer or the form to settle it."""
    rows = ReviewComment.objects.visible_to(request.user).select_related("report", *ROWS)
    row = get_object_or_404(rows, pk=pk)
    report = row.report
    may_settle = has_perm(request.user, "reports.edit_report", report)
    if request.method == "POST":
        require(request.user, "reports.edit_report", report)
    form = None
    is_open = row.status == ReviewComment.Status.OPEN and report.status != AnnualReport.Status.PUBLISHED
    if may_settle and (is_open or request.method == "POST"):
        form = SettleForm(request.POST or None, initial={"version": row.version})
    if request.method == "POST" and form is not None and form.is_valid():
        given = dict(form.cleaned_data)
        version = given.pop("version")
        try:
            services.settle_comment(by=request.user, comment=row, expected=version, **given)
        except Conflict as conflict:
            take_version(form, conflict.current)
            form.add_error(None, conflict)
        except ValidationError as error:
            show_error(form, error)
        else:
            messages.success(request, "The answer is saved.")
            return redirect("reports:review", report.year)
    return render(request, "reports/review/comment.html", {"comment": row, "report": report, "form": form})
