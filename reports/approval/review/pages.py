"""What the page of a report says about its comments, quotes and responses."""

from typing import Any

from django.urls import reverse

from impact.core.access.permissions import has_perm
from reports.approval.review.models import ReviewComment
from reports.group_reading.answers import points_to_answer
from reports.quotes.models import Quote
from reports.writing.models import AnnualReport
from reports.writing.services import OPEN


def _number(count: int, one: str, many: str) -> str:
    return f"1 {one}" if count == 1 else f"{count} {many}"


def beside_report(user: Any, report: AnnualReport) -> list[dict[str, str]]:
    """Links for those who work on a report: comments, quotes, responses, each with how far it is."""
    found = []
    year = [report.year]
    if has_perm(user, "reports.comment", report):
        still_open = ReviewComment.objects.open().filter(report=report).count()
        detail = _number(still_open, "is open", "are open") if still_open else "None is open"
        found.append({"label": "Comments", "href": reverse("reports:review", args=year), "detail": detail})
    if has_perm(user, "reports.edit_report", report):
        ready = Quote.objects.printable().filter(report=report).count()
        waiting = Quote.objects.filter(report=report, state=Quote.State.OFFERED).count()
        detail = f"{ready} ready to print" + (f", {waiting} waiting" if waiting else "")
        found.append({"label": "Quotes", "href": reverse("reports:quotes", args=year), "detail": detail})
    if report.status not in OPEN:
        points = [point for point in points_to_answer(report) if point["area"]]
        answered = sum(point["response"] is not None for point in points)
        detail = f"{answered} of {_number(len(points), 'point', 'points')} answered"
        found.append({"label": "Responses", "href": reverse("reports:responses", args=year), "detail": detail})
    return found
