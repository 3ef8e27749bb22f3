"""Every model of the app, so that Django finds them. Code imports a model from its own package."""

from reports.editions.models import Edition, Snapshot
from reports.figures.rows.models import KeptRows
from reports.group_reading.models import GroupReading, LeadershipResponse, ReadingComment, Ready
from reports.writing.models import AnnualReport, ReportSection

__all__ = [
    "AnnualReport",
    "Edition",
    "GroupReading",
    "KeptRows",
    "LeadershipResponse",
    "ReadingComment",
    "Ready",
    "ReportSection",
    "Snapshot",
]
