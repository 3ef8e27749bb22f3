"""Read endpoints: annual reports, their editions and their figures."""

from reports.editions.api import EditionViewSet
from reports.figures.pages.api import FigureViewSet
from reports.writing.api import ReportViewSet

ENDPOINTS = [
    ("reports", ReportViewSet, "report"),
    ("editions", EditionViewSet, "edition"),
    ("figures", FigureViewSet, "figure"),
]
