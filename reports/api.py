"""Endpoints: annual reports, their sections, editions and figures; comments and responses; other reports."""

from reports.approval.api import ReportViewSet
from reports.approval.review.api import CommentViewSet
from reports.editions.api import EditionViewSet
from reports.figures.pages.api import FigureViewSet
from reports.group_reading.api import ReportCommentViewSet, ReportResponseViewSet
from reports.subjects.api import SubjectEditionViewSet, SubjectReportViewSet
from reports.writing.room.api import ReportSectionViewSet

ENDPOINTS: list[tuple] = [
    ("reports", ReportViewSet, "report"),
    ("report-sections", ReportSectionViewSet, "report-section"),
    ("editions", EditionViewSet, "edition"),
    ("subject-reports", SubjectReportViewSet, "subject-report"),
    ("subject-editions", SubjectEditionViewSet, "subject-edition"),
    ("figures", FigureViewSet, "figure"),
    ("comments", CommentViewSet, "comment"),
    ("report-comments", ReportCommentViewSet, "report-comment"),
    ("report-responses", ReportResponseViewSet, "report-response"),
]
