"""Sections of a charter's versions: read, and written in a draft."""

from typing import Any

import django_filters
from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from coproduction.charter.api import Linked
from coproduction.charter.forms import LONGEST
from coproduction.charter.models import Charter, CharterSection, CharterVersion, RetiredSection, SectionText
from coproduction.charter.services import write_section
from coproduction.charter.writing import sections
from impact.core.access.permissions import has_perm, require
from impact.core.api.fields import Input, VisiblePk
from impact.core.api.views import EditableViewSet

KINDS = CharterSection.Kind.choices


class SectionSerializer(Linked):
    charter = serializers.IntegerField(source="version.charter_id", help_text="A charter's id.")
    version = serializers.IntegerField(source="version_id", help_text="A version's id.")
    label = serializers.CharField(source="version.label", help_text="Name of the version, for example Version 2.1.")  # type: ignore[assignment]
    status = serializers.ChoiceField(source="version.status", choices=CharterVersion.Status.choices)
    key = serializers.SlugField(source="section.key", help_text="Stays the same from version to version.")
    kind = serializers.ChoiceField(source="section.kind", choices=KINDS)
    position = serializers.IntegerField(help_text="Its place in this version, from 1.")

    class Meta:
        model = SectionText
        fields = ["id", "charter", "version", "label", "status", "key", "title", "kind", "position", "body", "url"]


class RetiredSerializer(serializers.ModelSerializer):
    """A section that a version leaves out, and why."""

    key = serializers.SlugField(source="section.key")

    class Meta:
        model = RetiredSection
        fields = ["key", "title", "reason"]


class SectionChange(Input):
    title = serializers.CharField(max_length=120, required=False)
    body = serializers.CharField(max_length=LONGEST, required=False, allow_blank=True, help_text="Markdown.")
    position = serializers.IntegerField(
        min_value=1, max_value=999, required=False, help_text="The place to move it to."
    )


class SectionInput(SectionChange):
    charter = VisiblePk(queryset=Charter.objects.all(), help_text="A charter with an open draft.")
    title = serializers.CharField(max_length=120)
    kind = serializers.ChoiceField(choices=KINDS)
    questions = serializers.CharField(
        max_length=2000, required=False, allow_blank=True, help_text="What the group is asked, one question a line."
    )


class RetireInput(Input):
    reason = serializers.CharField(max_length=400, help_text="Everyone who can read the new version will see it.")


class RestoreInput(Input):
    charter = VisiblePk(queryset=Charter.objects.all(), help_text="A charter with an open draft.")
    key = serializers.SlugField(max_length=60, help_text="A section that the draft does not have.")


class SectionApiFilter(django_filters.FilterSet):
    """Filters of /api/v1/sections/."""

    charter = django_filters.NumberFilter(field_name="version__charter_id", label="A charter's id")
    version = django_filters.NumberFilter(field_name="version_id", label="A version's id")
    key = django_filters.CharFilter(field_name="section__key", label="A section's key")
    status = django_filters.ChoiceFilter(field_name="version__status", choices=CharterVersion.Status)

    class Meta:
        model = SectionText
        fields: list[str] = []


class SectionViewSet(EditableViewSet):
    """Sections of the versions that you may read. Only those of a draft can change, and only for the engagement lead."""

    queryset = SectionText.objects.select_related("section", "version__charter")
    serializer_class = SectionSerializer
    filterset_class = SectionApiFilter

    def version_of(self, row: Any) -> int | None:
        return int(row.revision)

    def _row(self) -> SectionText:
        row: SectionText = self.get_object()
        require(self.request.user, "coproduction.edit_charter", row)
        return row

    def _require_writer(self) -> None:
        if not has_perm(self.request.user, "coproduction.edit_charter"):
            raise PermissionDenied

    @extend_schema(request=SectionInput, responses={201: SectionSerializer})
    def create(self, request: Request) -> Response:
        """Add a section to the open draft of a charter."""
        self._require_writer()
        given = self.sent(SectionInput)

        @transaction.atomic
        def add() -> SectionText:
            section = sections.add_section(
                by=request.user,
                charter=given["charter"],
                title=given["title"],
                kind=given["kind"],
                questions=given.get("questions", ""),
            )
            text = SectionText.objects.select_related("version").get(
                section=section, version__status=CharterVersion.Status.DRAFT
            )
            return self._write(text, {name: given[name] for name in ("body", "position") if name in given}, None)

        return self.once(add)

    def _write(self, text: SectionText, given: dict[str, Any], expected: int | None) -> SectionText:
        if "body" in given or "title" in given:
            body, title = given.get("body", text.body), given.get("title")
            write_section(by=self.request.user, text=text, body=body, title=title, expected=expected)
        if "position" in given:
            sections.move_section(by=self.request.user, text=text, to=given["position"])
        return text

    @extend_schema(request=SectionChange, responses=SectionSerializer)
    @transaction.atomic
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change the title, the words or the place of a section of a draft. 409 once the version is with members."""
        row = self._row()
        given = self.sent(SectionChange, partial=True)
        expected = self.matched(row)
        self._write(row, given, expected)
        return self.shown(row)

    @extend_schema(request=RetireInput, responses=RetiredSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def retire(self, request: Request, pk: str) -> Response:
        """Take a section out of a draft, with the reason. Versions before keep it."""
        row = self._row()
        given = self.sent(RetireInput)
        return self.once(
            lambda: sections.retire_section(by=request.user, text=row, reason=given["reason"]),
            status=200,
            show=self._retired,
        )

    def _retired(self, pk: str, status: int = 200) -> Response:
        rows = RetiredSection.objects.filter(version__in=CharterVersion.objects.visible_to(self.request.user))
        return self.tagged(RetiredSerializer(get_object_or_404(rows, pk=pk)).data, status=status)

    @extend_schema(request=RestoreInput, responses={201: SectionSerializer}, filters=False)
    @action(detail=False, methods=["post"])
    def restore(self, request: Request) -> Response:
        """Bring a section back to the end of the open draft, with the words that it had."""
        self._require_writer()
        given = self.sent(RestoreInput)
        charter: Charter = given["charter"]
        section = get_object_or_404(charter.sections, key=given["key"])
        draft = get_object_or_404(charter.versions, status=CharterVersion.Status.DRAFT)
        return self.once(lambda: sections.restore_section(by=request.user, version=draft, section=section))
