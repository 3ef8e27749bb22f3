"""Every model of the app, so that Django finds them. Code imports a model from its own package."""

from reports.editions.models import Edition, Snapshot
from reports.figures.rows.models import KeptRows
from reports.group_reading.models import GroupReading, LeadershipResponse, ReadingComment, Ready
from reports.review.models import ReviewComment
from reports.writing.models import AnnualReport, ReportSection, SectionVersion
from reports.writing.room.models import WritingHere
from reports.year.models import ReportingYear

__all__ = [
    "AnnualReport",
    "Edition",
    "GroupReading",
    "KeptRows",
    "LeadershipResponse",
    "ReadingComment",
    "Ready",
    "ReportSection",
    "ReportingYear",
    "ReviewComment",
    "SectionVersion",
    "Snapshot",
    "WritingHere",
]
