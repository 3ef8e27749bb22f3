"""Read endpoints: charters."""

from typing import Any

import django_filters
from django.db.models import Prefetch
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from coproduction.charter.models import Charter, CharterSection, CharterVersion, SectionText
from impact.core.api.views import ReadOnlyViewSet


class Linked(serializers.ModelSerializer):
    """A row with the address of its page."""

    url = serializers.SerializerMethodField(help_text="The page for people.")

    @extend_schema_field(serializers.URLField())
    def get_url(self, row: Any) -> str:
        request = self.context.get("request")
        path = row.get_absolute_url()
        return request.build_absolute_uri(path) if request else path


class SectionTextSerializer(serializers.ModelSerializer):
    key = serializers.SlugField(source="section.key", help_text="Stays the same from version to version.")
    title = serializers.CharField(help_text="As it stands in this version.")
    kind = serializers.ChoiceField(source="section.kind", choices=CharterSection.Kind.choices)
    body = serializers.CharField(help_text="Markdown. Empty: left open for the group.")

    class Meta:
        model = SectionText
        fields = ["key", "title", "kind", "body"]


class CharterSerializer(Linked):
    group = serializers.SlugRelatedField(slug_field="slug", read_only=True, help_text="Slug of the group.")
    version = serializers.SerializerMethodField(help_text="Number of the version in force; null before the first.")
    label = serializers.SerializerMethodField(help_text="Name of the version in force, for example Version 2.1.")  # type: ignore[assignment]
    agreed_on = serializers.SerializerMethodField(help_text="Day on which that version was agreed.")
    sections = serializers.SerializerMethodField(help_text="The words in force, section by section.")

    class Meta:
        model = Charter
        fields = ["id", "group", "title", "version", "label", "agreed_on", "sections", "is_illustrative", "url"]

    def _in_force(self, charter: Charter) -> CharterVersion | None:
        return next(iter(charter.in_force), None)  # type: ignore[attr-defined]

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_version(self, charter: Charter) -> int | None:
        version = self._in_force(charter)
        return version.number if version else None

    def get_label(self, charter: Charter) -> str:
        version = self._in_force(charter)
        return version.label if version else ""

    @extend_schema_field(serializers.DateField(allow_null=True))
    def get_agreed_on(self, charter: Charter) -> str | None:
        version = self._in_force(charter)
        return version.agreed_on.isoformat() if version and version.agreed_on else None

    @extend_schema_field(SectionTextSerializer(many=True))
    def get_sections(self, charter: Charter) -> list[dict[str, Any]]:
        version = self._in_force(charter)
        return list(SectionTextSerializer(version.texts.all(), many=True).data) if version else []


class CharterApiFilter(django_filters.FilterSet):
    """Filters of /api/v1/charters/."""

    group = django_filters.CharFilter(field_name="group__slug", label="A group's slug")

    class Meta:
        model = Charter
        fields: list[str] = []


section_texts = Prefetch("texts", SectionText.objects.select_related("section").order_by("position", "pk"))


class CharterViewSet(ReadOnlyViewSet):
    """Charters with the words in force. A charter is seen by its group and by national readers."""

    queryset = Charter.objects.select_related("group").prefetch_related(
        Prefetch(
            "versions",
            CharterVersion.objects.filter(status=CharterVersion.Status.AGREED).prefetch_related(section_texts),
            to_attr="in_force",
        )
    )
    serializer_class = CharterSerializer
    filterset_class = CharterApiFilter
