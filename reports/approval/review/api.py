"""Comments on reports by the leadership team and those who write them."""

from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.access.permissions import require
from impact.core.api.fields import Input
from impact.core.api.schema import IF_MATCH_WELCOME
from impact.core.api.views import ReadOnlyViewSet, Writes, YearFilter
from reports.approval.review.models import ReviewComment
from reports.approval.review.services import comment_on_report, settle_comment
from reports.writing.models import AnnualReport, ReportSection

SETTLED = [choice for choice in ReviewComment.Status.choices if choice[0] != ReviewComment.Status.OPEN]


class ReviewCommentSerializer(serializers.ModelSerializer):
    """A comment and what became of it."""

    report = serializers.IntegerField(source="report.year", help_text="The year of its report.")
    section = serializers.SerializerMethodField(help_text="Key of the section; null: the whole report.")
    made_by = serializers.SerializerMethodField(help_text="Name of the person who made it.")

    class Meta:
        model = ReviewComment
        fields = [
            "id",
            "report",
            "section",
            "passage",
            "words",
            "made_by",
            "made_on",
            "status",
            "answer",
            "answered_on",
        ]

    @extend_schema_field(serializers.ChoiceField(choices=ReportSection.Key.choices, allow_null=True))
    def get_section(self, row: ReviewComment) -> str | None:
        return row.section.key if row.section else None

    def get_made_by(self, row: ReviewComment) -> str:
        return row.made_by.display_name if row.made_by else ""


class ReviewCommentInput(Input):
    report = serializers.IntegerField(help_text="The year of the report.")
    section = serializers.ChoiceField(
        choices=ReportSection.Key.choices, required=False, allow_null=True, help_text="Left out: the whole report."
    )
    passage = serializers.CharField(max_length=200, required=False, allow_blank=True)
    words = serializers.CharField(max_length=4000)


class ResolveCommentInput(Input):
    status = serializers.ChoiceField(choices=SETTLED, default=ReviewComment.Status.RESOLVED)
    answer = serializers.CharField(max_length=4000, help_text="What was changed, or why it is carried to next year.")


class CommentApiFilter(django_filters.FilterSet):
    """Filters of the list of comments."""

    report = YearFilter(field_name="report__year", label="Year of the report")
    section = django_filters.ChoiceFilter(field_name="section__key", choices=ReportSection.Key)
    status = django_filters.ChoiceFilter(choices=ReviewComment.Status)

    class Meta:
        model = ReviewComment
        fields: list[str] = []


class CommentViewSet(Writes, ReadOnlyViewSet):
    """What the leadership team and the writers say about a report. Members' comments are read where the group reads it."""

    queryset = ReviewComment.objects.select_related("report", "section", "made_by__person")
    serializer_class = ReviewCommentSerializer
    filterset_class = CommentApiFilter
    http_method_names = ["get", "head", "options", "post"]

    @extend_schema(request=ReviewCommentInput, responses={201: ReviewCommentSerializer})
    def create(self, request: Request) -> Response:
        """Comment on a section of a report, or on the whole."""
        require(request.user, "reports.comment")
        given: dict[str, Any] = self.sent(ReviewCommentInput)
        report = AnnualReport.objects.visible_to(request.user).filter(year=given.pop("report")).first()
        if report is None:
            raise serializers.ValidationError({"report": "There is no report for this year."})
        key = given.pop("section", None)
        section = report.sections.filter(key=key).first() if key else None
        return self.once(lambda: comment_on_report(by=request.user, report=report, section=section, **given))

    @extend_schema(
        parameters=[IF_MATCH_WELCOME], request=ResolveCommentInput, responses=ReviewCommentSerializer, filters=False
    )
    @action(detail=True, methods=["post"])
    def resolve(self, request: Request, pk: str) -> Response:
        """Resolve a comment, or carry it to next year's report, with a word why."""
        row = self.get_object()
        require(request.user, "reports.edit_report", row)
        given = self.sent(ResolveCommentInput)

        def write() -> ReviewComment:
            expected = self.matched(row, is_required=False)
            return settle_comment(by=request.user, comment=row, expected=expected, **given)

        return self.once(write, status=200)
