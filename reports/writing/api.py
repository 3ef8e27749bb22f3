"""Reports over the API: read, and opened."""

from typing import Any

import django_filters
from django.db.models import Prefetch
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.access.permissions import require
from impact.core.api.defaults import ReadByAnyone
from impact.core.api.fields import ModelInput
from impact.core.api.views import EditableViewSet
from reports.approval.corrections.models import Correction
from reports.editions.api import EditionSerializer, PageUrl, page_url, with_standing
from reports.editions.models import Edition
from reports.writing.models import AnnualReport, ReportSection
from reports.writing.year.services import open_report


class ReportSectionSerializer(serializers.ModelSerializer):
    """A chapter: its place and heading. Its words and figures are in the editions."""

    title = serializers.CharField(source="get_key_display", help_text="The heading.")

    class Meta:
        model = ReportSection
        fields = ["key", "position", "title"]


class CorrectionSerializer(serializers.ModelSerializer):
    """A correction that was published: which edition took whose place, when and why."""

    edition = serializers.IntegerField(source="edition.number", help_text="Number of the corrected edition.")
    replaces = serializers.IntegerField(source="replaces.number", help_text="Number of the edition that it replaced.")

    class Meta:
        model = Correction
        fields = ["edition", "replaces", "reason", "published_on"]


class AnnualReportSerializer(serializers.ModelSerializer):
    """A year's report with its chapters and the editions that the caller may read."""

    sections = ReportSectionSerializer(many=True, help_text="Chapters in order.")
    editions = EditionSerializer(many=True, help_text="Newest first; only published ones unless you work on reports.")
    corrections = CorrectionSerializer(many=True, help_text="What was corrected since it was published, newest first.")
    approved_edition = serializers.SerializerMethodField(help_text="Number of the approved edition, if there is one.")
    url = PageUrl()
    get_url = page_url

    class Meta:
        model = AnnualReport
        fields = [
            "year",
            "title",
            "subtitle",
            "status",
            "approved_on",
            "approved_edition",
            "published_on",
            "is_illustrative",
            "sections",
            "editions",
            "corrections",
            "url",
        ]

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_approved_edition(self, report: AnnualReport) -> int | None:
        return report.approved_edition.number if report.approved_edition else None


class ReportApiFilter(django_filters.FilterSet):
    """Filters of the list of reports."""

    status = django_filters.ChoiceFilter(choices=AnnualReport.Status)

    class Meta:
        model = AnnualReport
        fields: list[str] = []


class ReportInput(ModelInput):
    """A report to open. Its sections come with it, with last year's owners and guidance."""

    year = serializers.IntegerField(min_value=2022, max_value=9999, help_text="The year that it looks back on.")

    class Meta:
        model = AnnualReport
        fields = ["year", "title", "subtitle"]
        extra_kwargs = {"title": {"help_text": "The year is added after it."}}


class ReportViewSet(EditableViewSet):
    """Annual reports: the published ones; all of them for those who write and approve them."""

    permission_classes = [ReadByAnyone]
    http_method_names = ["get", "head", "options", "post"]

    queryset = AnnualReport.objects.select_related("approved_edition")
    parts = (
        "editions",
        "corrections",
        "sections",
    )
    serializer_class = AnnualReportSerializer
    filterset_class = ReportApiFilter
    lookup_field = "year"
    lookup_value_converter = "int"

    def get_queryset(self) -> Any:
        editions = Edition.objects.visible_to(self.request.user).select_related("report")
        editions = with_standing(editions, self.request.user)
        published = Correction.objects.published().select_related("replaces", "edition")
        return (
            super()
            .get_queryset()
            .prefetch_related("sections", Prefetch("editions", editions), Prefetch("corrections", published))
        )

    @extend_schema(request=ReportInput, responses={201: AnnualReportSerializer})
    def create(self, request: Request) -> Response:
        """Open a year's report, with the frame of the year before and its days."""
        require(request.user, "reports.edit_report")
        given = self.sent(ReportInput)
        return self.once(lambda: open_report(by=request.user, **given))
