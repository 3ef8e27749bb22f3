"""Endpoints: annual reports, their sections, editions and figures, and comments on them."""

from reports.approval.api import ReportViewSet
from reports.editions.api import EditionViewSet
from reports.figures.pages.api import FigureViewSet
from reports.review.api import CommentViewSet
from reports.writing.room.api import ReportSectionViewSet

ENDPOINTS = [
    ("reports", ReportViewSet, "report"),
    ("report-sections", ReportSectionViewSet, "report-section"),
    ("editions", EditionViewSet, "edition"),
    ("figures", FigureViewSet, "figure"),
    ("comments", CommentViewSet, "comment"),
]
