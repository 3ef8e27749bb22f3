"""Endpoints: annual reports, their sections, their editions and their figures."""

from reports.editions.api import EditionViewSet
from reports.figures.pages.api import FigureViewSet
from reports.writing.api import ReportViewSet
from reports.writing.room.api import ReportSectionViewSet

ENDPOINTS = [
    ("reports", ReportViewSet, "report"),
    ("report-sections", ReportSectionViewSet, "report-section"),
    ("editions", EditionViewSet, "edition"),
    ("figures", FigureViewSet, "figure"),
]
