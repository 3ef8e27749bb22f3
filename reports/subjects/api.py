"""Read endpoints: reports about a network, a site or a quarter, and their editions."""

from typing import Any

import django_filters
from django.db.models import Prefetch, QuerySet
from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.reverse import reverse

from impact.core.api.views import BYTES, NationFilter, ReadOnlyViewSet, YearFilter, as_bytes
from impact.core.basics.vocabulary import Nation
from reports.editions.api import PageUrl, page_url
from reports.subjects.models import SubjectEdition, SubjectFile, SubjectReport
from reports.subjects.printing import document
from reports.subjects.views import newest_file, serve_file


class SubjectFileSerializer(serializers.ModelSerializer):
    """A file of an edition: its PDF, or another form."""

    form = serializers.CharField(help_text="pdf, large-print, docx and so on.")
    download_url = serializers.SerializerMethodField(help_text="The file.")

    class Meta:
        model = SubjectFile
        fields = ["form", "made_at", "pages", "size", "sha256", "download_url"]
        extra_kwargs = {
            "made_at": {"help_text": "When it was made."},
            "sha256": {"help_text": "Of the file's bytes, in hexadecimal."},
        }

    @extend_schema_field(serializers.URLField())
    def get_download_url(self, row: SubjectFile) -> str:
        path = {"pk": row.edition_id, "form": row.form}
        return reverse("subject-edition-form-content", kwargs=path, request=self.context.get("request"))


class SubjectFigureSerializer(serializers.Serializer):
    """A figure at a glance."""

    name = serializers.CharField(help_text="Its name, the same in every edition.")
    title = serializers.CharField(help_text="What it is called.")
    value = serializers.IntegerField(allow_null=True, help_text="Null where it is withheld.")
    definition = serializers.CharField(help_text="What it counts.")


class SubjectEditionSerializer(serializers.ModelSerializer):
    """What a report said at one moment."""

    kind = serializers.CharField(source="report.kind", help_text="network, site or funders.")
    subject = serializers.CharField(
        source="report.slug", help_text="Short name of the network or site, or the quarter."
    )
    title = serializers.CharField(source="report.title", help_text="What the report is called.")
    is_finished = serializers.SerializerMethodField(help_text="Whether this edition is the finished report.")
    figures = serializers.SerializerMethodField(help_text="Figures at a glance, as the report prints them.")
    files = serializers.SerializerMethodField(help_text="The newest file of each form.")
    url = PageUrl()
    get_url = page_url

    class Meta:
        model = SubjectEdition
        fields = [
            *("id", "report", "kind", "subject", "title", "number", "as_of", "taken_at", "sha256", "is_finished"),
            *("figures", "files", "url"),
        ]
        extra_kwargs = {
            "taken_at": {"help_text": "When it was frozen."},
            "report": {"help_text": "Id of its report."},
        }

    def get_is_finished(self, row: SubjectEdition) -> bool:
        return row.report.finished_edition_id == row.pk

    @extend_schema_field(SubjectFigureSerializer(many=True))
    def get_figures(self, row: SubjectEdition) -> Any:
        return document.values(row.data)

    @extend_schema_field(SubjectFileSerializer(many=True))
    def get_files(self, row: SubjectEdition) -> Any:
        newest = {file.form: file for file in sorted(row.files.all(), key=lambda file: file.pk)}
        return SubjectFileSerializer([newest[form] for form in sorted(newest)], many=True, context=self.context).data


class SubjectReportSerializer(serializers.ModelSerializer):
    """A report about a network, a site or a quarter, with the editions that the caller may read."""

    subject = serializers.CharField(source="slug", help_text="Short name of the network or site, or the quarter.")
    title = serializers.CharField(help_text="What it is called.")
    finished_edition = serializers.SerializerMethodField(help_text="Number of the finished edition, if there is one.")
    editions = SubjectEditionSerializer(many=True, help_text="Newest first.")
    url = PageUrl()
    get_url = page_url

    class Meta:
        model = SubjectReport
        fields = ["id", "kind", "subject", "title", "finished_on", "finished_edition", "editions", "url"]

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_finished_edition(self, row: SubjectReport) -> int | None:
        return row.finished_edition.number if row.finished_edition else None


class SubjectReportApiFilter(django_filters.FilterSet):
    """Filters of the list of these reports."""

    kind = django_filters.ChoiceFilter(choices=SubjectReport.Kind, label="What it is about")
    nation = NationFilter(choices=Nation, label="Nation")
    year = YearFilter(method="by_year", label="Year of the quarter, or of the figures")

    class Meta:
        model = SubjectReport
        fields: list[str] = []

    def by_year(self, queryset: Any, name: str, value: Any) -> QuerySet:
        return queryset.of_year(int(value), self.request.user)


class SubjectEditionApiFilter(django_filters.FilterSet):
    """Filters of the list of their editions."""

    kind = django_filters.ChoiceFilter(
        field_name="report__kind", choices=SubjectReport.Kind, label="What the report is about"
    )
    report = django_filters.NumberFilter(field_name="report_id", label="Id of the report")

    class Meta:
        model = SubjectEdition
        fields: list[str] = []


class SubjectReportViewSet(ReadOnlyViewSet):
    """Reports about a network, a site or a quarter that the caller may read."""

    queryset = SubjectReport.objects.select_related("site", "finished_edition")
    parts = ("editions",)
    serializer_class = SubjectReportSerializer
    filterset_class = SubjectReportApiFilter

    def get_queryset(self) -> Any:
        editions = SubjectEdition.objects.visible_to(self.request.user).order_by("-number")
        editions = editions.select_related("report__site").prefetch_related("files")
        return super().get_queryset().prefetch_related(Prefetch("editions", editions))


class SubjectEditionViewSet(ReadOnlyViewSet):
    """Editions of those reports, each with its figures and its files."""

    queryset = SubjectEdition.objects.select_related("report__site").prefetch_related("files")
    serializer_class = SubjectEditionSerializer
    filterset_class = SubjectEditionApiFilter

    @extend_schema(responses={(200, BYTES): OpenApiTypes.BINARY}, filters=False)
    @action(detail=True, url_path=r"files/(?P<form>[a-z-]+)/content", url_name="form-content", pagination_class=None)
    def form_content(self, request: Request, pk: str, form: str) -> FileResponse:
        """The newest file of one form, as an attachment; who may have it is asked each time."""
        return serve_file(newest_file(request.user, self.get_object(), form))

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        is_file = getattr(self, "action", "") == "form_content"
        return super().perform_content_negotiation(request, force=force or is_file)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        found = super().finalize_response(request, response, *args, **kwargs)
        return as_bytes(request, found) if getattr(self, "action", "") == "form_content" else found
