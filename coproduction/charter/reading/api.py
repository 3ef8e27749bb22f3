"""Read endpoints: the other formats of a version, and what changed from another one."""

import re
from typing import Any

from django.http import Http404
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from coproduction.charter.models import VERSION_SLUG, CharterVersion
from coproduction.charter.reading.formats import Formats, formats_of
from coproduction.charter.reading.pages import compare_versions
from impact.core.web.forms import whole_number


class EasyReadLineSerializer(serializers.Serializer):
    words = serializers.CharField()
    picture = serializers.URLField(allow_null=True, help_text="The picture beside the sentence, if there is one.")
    alt = serializers.CharField(help_text="What the picture shows.")


class EasyReadSerializer(serializers.Serializer):
    """A section in Easy Read, once it has been reviewed."""

    key = serializers.SlugField(help_text="Of the section.")
    lines = EasyReadLineSerializer(many=True)
    reviewed_by = serializers.CharField(help_text="A name or a role.")
    reviewed_on = serializers.DateField()
    is_out_of_date = serializers.BooleanField(help_text="The section's words have changed since it was written.")
    url = serializers.URLField(help_text="The section's page.")


class RecordingSerializer(serializers.Serializer):
    """A version or one of its sections read aloud."""

    key = serializers.SlugField(allow_null=True, help_text="Of the section; null: the whole version.")
    url = serializers.URLField(help_text="The file.")
    content_type = serializers.CharField()
    size = serializers.IntegerField(help_text="Bytes.")
    read_by = serializers.CharField(help_text="A name or a role.")
    is_out_of_date = serializers.BooleanField(help_text="The section's words have changed since it was recorded.")


class InOtherFormats(serializers.Serializer):
    """Adds ``easy_read`` and ``audio`` to a version. The same queries for one version and for a page of them."""

    easy_read = serializers.SerializerMethodField(help_text="Sections in Easy Read, once reviewed.")
    audio = serializers.SerializerMethodField(help_text="Recordings of the version and of its sections.")

    def _formats(self, version: CharterVersion) -> Formats:
        known: dict[int, Formats] | None = self.context.get("formats")
        if known is None or version.pk not in known:
            rows = getattr(self.parent, "instance", None) or [version]
            rows = list(rows) if isinstance(rows, list | tuple) else [version]
            known = formats_of(rows, texts=[text for row in rows for text in row.texts.all()])
            self.context["formats"] = known  # type: ignore[index]
        return known[version.pk]

    def _address(self, path: str) -> str:
        request = self.context.get("request")
        return request.build_absolute_uri(path) if request else path

    @extend_schema_field(EasyReadSerializer(many=True))
    def get_easy_read(self, version: CharterVersion) -> list[dict[str, Any]]:
        found = self._formats(version).easy_read
        return [
            {
                "key": text.section.key,
                "lines": [
                    {
                        "words": line.words,
                        "picture": self._address(line.get_absolute_url()) if line.picture else None,
                        "alt": line.alt,
                    }
                    for line in found[text.section_id].row.lines.all()
                ],
                "reviewed_by": found[text.section_id].row.reviewed_by,
                "reviewed_on": found[text.section_id].row.reviewed_on.isoformat(),
                "is_out_of_date": found[text.section_id].is_out_of_date,
                "url": self._address(
                    reverse("coproduction:charter-section", args=[version.charter_id, text.section.key])
                ),
            }
            for text in version.texts.all()
            if text.section_id in found
        ]

    @extend_schema_field(RecordingSerializer(many=True))
    def get_audio(self, version: CharterVersion) -> list[dict[str, Any]]:
        found = self._formats(version)
        rows: list[tuple[str | None, Any, bool]] = [(None, found.whole, False)] if found.whole else []
        for text in version.texts.all():
            if text.section_id in found.sound:
                sound = found.sound[text.section_id]
                rows.append((text.section.key, sound.row, sound.is_out_of_date))
        return [
            {
                "key": key,
                "url": self._address(row.get_absolute_url()),
                "content_type": row.content_type,
                "size": row.size,
                "read_by": row.read_by,
                "is_out_of_date": is_old,
            }
            for key, row, is_old in rows
        ]


class PieceSerializer(serializers.Serializer):
    kind = serializers.ChoiceField(choices=["same", "added", "removed"])
    text = serializers.CharField()


class ChangeSerializer(serializers.Serializer):
    key = serializers.SlugField(help_text="Of the section.")
    title = serializers.CharField()
    old_title = serializers.CharField(help_text="Empty for a new section.")
    old_place = serializers.IntegerField(allow_null=True, help_text="From 1; null: not in the older text.")
    new_place = serializers.IntegerField(allow_null=True, help_text="From 1; null: not in this text.")
    is_new = serializers.BooleanField()
    is_retired = serializers.BooleanField()
    is_renamed = serializers.BooleanField()
    is_moved = serializers.BooleanField()
    is_reworded = serializers.BooleanField()
    is_reformatted = serializers.BooleanField(help_text="The same words in another form, such as bold or a list.")
    pieces = PieceSerializer(
        many=True, help_text="Without those added: the older words. Without those removed: the newer ones."
    )


class ComparisonSerializer(serializers.Serializer):
    """What changed from one version to another."""

    old = serializers.CharField(help_text="Name of the version compared with: 2, or 2.1.")
    new = serializers.CharField(help_text="Name of this version.")
    summary = serializers.CharField()
    sections = ChangeSerializer(many=True, help_text="Every section of both, in the order of the newer text.")


class Compares:
    """Adds ``compare/`` to the endpoint of versions."""

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "against", str, required=True, description="Name of another version of the same charter: 2, or 2.1."
            )
        ],
        responses=ComparisonSerializer,
        filters=False,
    )
    @action(detail=True, pagination_class=None)
    def compare(self, request: Request, pk: str) -> Response:
        """What changed in this version since another one, section by section and word by word."""
        version = get_object_or_404(self.get_queryset(), pk=whole_number(pk) or 0)  # type: ignore[attr-defined]
        name = request.query_params.get("against", "")
        if not re.fullmatch(VERSION_SLUG, name, re.ASCII):
            raise serializers.ValidationError({"against": "Give the name of the version to compare with: 2, or 2.1."})
        visible = CharterVersion.objects.visible_to(request.user).filter(charter=version.charter_id)
        against = visible.named(name)
        if against is None:
            raise Http404
        shown = compare_versions(against, version)
        data = {
            "old": against.name,
            "new": version.name,
            "summary": shown.summary,
            "sections": shown.sections,
        }
        return Response(ComparisonSerializer(data).data)
