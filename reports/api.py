"""Endpoints: annual reports and their editions; what members say about a draft, and what comes back to them."""

from reports.editions.api import EditionViewSet
from reports.group_reading.api import ReportCommentViewSet, ReportResponseViewSet
from reports.writing.api import ReportViewSet

ENDPOINTS: list[tuple] = [
    ("reports", ReportViewSet, "report"),
    ("editions", EditionViewSet, "edition"),
    ("report-comments", ReportCommentViewSet, "report-comment"),
    ("report-responses", ReportResponseViewSet, "report-response"),
]
