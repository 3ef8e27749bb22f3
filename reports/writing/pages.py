"""What pages about a report share."""

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from reports.writing.models import AnnualReport
from reports.writing.services import OPEN, Status

__all__ = ["OPEN", "Status", "find_report"]


def find_report(request: HttpRequest, year: int) -> AnnualReport:
    """The report of a year, if the reader may see it."""
    reports = AnnualReport.objects.visible_to(request.user).select_related("approved_edition__snapshot", "approved_by")
    return get_object_or_404(reports, year=year)
