"""Every model of the app, so that Django finds them. Code imports a model from its own package."""

from reports.editions.making.models import EditionForm
from reports.editions.models import Edition, Snapshot
from reports.formats.easy_read.models import EasyReadSection
from reports.group_reading.models import GroupReading, LeadershipResponse, ReadingComment, Ready
from reports.writing.models import AnnualReport, ReportSection

__all__ = [
    "AnnualReport",
    "EasyReadSection",
    "Edition",
    "EditionForm",
    "GroupReading",
    "LeadershipResponse",
    "ReadingComment",
    "Ready",
    "ReportSection",
    "Snapshot",
]
