"""Every model of the app, so that Django finds them. Code imports a model from its own package."""

from reports.approval.corrections.models import Correction
from reports.approval.review.models import ReviewComment
from reports.editions.making.models import EditionForm
from reports.editions.models import Edition, HeldQuote, Snapshot
from reports.figures.rows.models import KeptRows
from reports.formats.easy_read.answers.models import EasyReadAnswer
from reports.formats.easy_read.models import EasyReadSection
from reports.group_reading.models import GroupReading, LeadershipResponse, ReadingComment, Ready
from reports.quotes.models import Quote, QuoteAnswer
from reports.subjects.easy_read.models import SubjectEasyRead
from reports.subjects.models import HeldWords, SubjectEdition, SubjectFile, SubjectReport
from reports.writing.models import AnnualReport, ReportSection, ReportWriter, SectionVersion
from reports.writing.room.models import WritingHere
from reports.writing.year.models import ReportingYear

__all__ = [
    "AnnualReport",
    "Correction",
    "EasyReadAnswer",
    "EasyReadSection",
    "Edition",
    "EditionForm",
    "GroupReading",
    "HeldQuote",
    "HeldWords",
    "KeptRows",
    "LeadershipResponse",
    "Quote",
    "QuoteAnswer",
    "ReadingComment",
    "Ready",
    "ReportSection",
    "ReportWriter",
    "ReportingYear",
    "ReviewComment",
    "SectionVersion",
    "Snapshot",
    "SubjectEasyRead",
    "SubjectEdition",
    "SubjectFile",
    "SubjectReport",
    "WritingHere",
]
