"""Read endpoints: annual reports and their editions."""

from reports.editions.api import EditionViewSet
from reports.writing.api import ReportViewSet

ENDPOINTS = [("reports", ReportViewSet, "report"), ("editions", EditionViewSet, "edition")]
