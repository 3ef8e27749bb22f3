"""Read endpoints: annual reports and their editions."""

from typing import Any

import django_filters
from django.db.models import Prefetch
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from impact.core.api.views import ReadOnlyViewSet, YearFilter
from reports.models import AnnualReport, Edition, ReportSection


class PageUrl(serializers.SerializerMethodField):
    """The address of a row's page or file."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(help_text="The page for people, or the file.", **kwargs)


@extend_schema_field(serializers.URLField())
def _url(serializer: serializers.BaseSerializer, row: Any) -> str:
    path = row.get_absolute_url()
    request = serializer.context.get("request")
    return request.build_absolute_uri(path) if request else path


class EditionSerializer(serializers.ModelSerializer):
    """One built file."""

    report = serializers.IntegerField(source="report.year", help_text="The year of its report.")
    is_approved = serializers.SerializerMethodField(help_text="Whether this is the edition that leadership approved.")
    download_url = PageUrl()
    get_download_url = _url

    class Meta:
        model = Edition
        fields = ["id", "report", "number", "built_at", "pages", "size", "sha256", "is_approved", "download_url"]
        extra_kwargs = {
            "built_at": {"help_text": "When it was built."},
            "sha256": {"help_text": "Of the file's bytes, in hexadecimal."},
        }

    def get_is_approved(self, edition: Edition) -> bool:
        return edition.report.approved_edition_id == edition.pk


class ReportSectionSerializer(serializers.ModelSerializer):
    """A chapter: its place and heading. Its words and figures are in the editions."""

    title = serializers.CharField(source="get_key_display", help_text="The heading.")

    class Meta:
        model = ReportSection
        fields = ["key", "position", "title"]


class AnnualReportSerializer(serializers.ModelSerializer):
    """A year's report with its chapters and the editions that the caller may read."""

    sections = ReportSectionSerializer(many=True, help_text="Chapters in order.")
    editions = EditionSerializer(many=True, help_text="Newest first; only the approved one unless you work on reports.")
    approved_edition = serializers.SerializerMethodField(help_text="Number of the approved edition, if there is one.")
    url = PageUrl()
    get_url = _url

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


class EditionApiFilter(django_filters.FilterSet):
    """Filters of the list of editions."""

    report = YearFilter(field_name="report__year", label="Year of the report")

    class Meta:
        model = Edition
        fields: list[str] = []


class ReportViewSet(ReadOnlyViewSet):
    """Annual reports: the published ones; all of them for those who write and approve them."""

    queryset = AnnualReport.objects.select_related("approved_edition")
    serializer_class = AnnualReportSerializer
    filterset_class = ReportApiFilter
    lookup_field = "year"
    lookup_value_converter = "int"

    def get_queryset(self) -> Any:
        editions = Edition.objects.visible_to(self.request.user).select_related("report")
        return super().get_queryset().prefetch_related("sections", Prefetch("editions", editions))


class EditionViewSet(ReadOnlyViewSet):
    """Built files of annual reports that the caller may read."""

    queryset = Edition.objects.select_related("report")
    serializer_class = EditionSerializer
    filterset_class = EditionApiFilter


ENDPOINTS = [("reports", ReportViewSet, "report"), ("editions", EditionViewSet, "edition")]
