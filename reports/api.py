"""Endpoints: annual reports, their editions, and comments on them."""

from reports.approval.api import ReportViewSet
from reports.editions.api import EditionViewSet
from reports.review.api import CommentViewSet

ENDPOINTS = [
    ("reports", ReportViewSet, "report"),
    ("editions", EditionViewSet, "edition"),
    ("comments", CommentViewSet, "comment"),
]
