"""Endpoints: annual reports, their sections and their editions."""

from reports.editions.api import EditionViewSet
from reports.writing.api import ReportViewSet
from reports.writing.room.api import ReportSectionViewSet

ENDPOINTS = [
    ("reports", ReportViewSet, "report"),
    ("report-sections", ReportSectionViewSet, "report-section"),
    ("editions", EditionViewSet, "edition"),
]
