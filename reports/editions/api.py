"""Read endpoints: editions."""

from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from impact.core.api.views import ReadOnlyViewSet, YearFilter
from reports.editions.models import Edition


class PageUrl(serializers.SerializerMethodField):
    """The address of a row's page or file."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(help_text="The page for people, or the file.", **kwargs)


@extend_schema_field(serializers.URLField())
def page_url(serializer: serializers.BaseSerializer, row: Any) -> str:
    path = row.get_absolute_url()
    request = serializer.context.get("request")
    return request.build_absolute_uri(path) if request else path


class EditionSerializer(serializers.ModelSerializer):
    """One built file."""

    report = serializers.IntegerField(source="report.year", help_text="The year of its report.")
    is_approved = serializers.SerializerMethodField(help_text="Whether this is the edition that leadership approved.")
    download_url = PageUrl()
    get_download_url = page_url

    class Meta:
        model = Edition
        fields = ["id", "report", "number", "built_at", "pages", "size", "sha256", "is_approved", "download_url"]
        extra_kwargs = {
            "built_at": {"help_text": "When it was built."},
            "sha256": {"help_text": "Of the file's bytes, in hexadecimal."},
        }

    def get_is_approved(self, edition: Edition) -> bool:
        return edition.report.approved_edition_id == edition.pk


class EditionApiFilter(django_filters.FilterSet):
    """Filters of the list of editions."""

    report = YearFilter(field_name="report__year", label="Year of the report")

    class Meta:
        model = Edition
        fields: list[str] = []


class EditionViewSet(ReadOnlyViewSet):
    """Built files of annual reports that the caller may read."""

    queryset = Edition.objects.select_related("report")
    serializer_class = EditionSerializer
    filterset_class = EditionApiFilter
