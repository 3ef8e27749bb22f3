"""Sections of reports over the API: read with their owner and day, and written through the same services as the page."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.access.permissions import require
from impact.core.api.fields import Day, Input
from impact.core.api.views import EditableViewSet, YearFilter
from impact.core.basics import clock
from reports.editions.api import PageUrl, page_url
from reports.writing import services
from reports.writing.models import LONGEST_SECTION, ReportSection, SectionVersion
from reports.writing.room.outline import count_words
from reports.writing.room.services import restore_version


class SectionVersionSerializer(serializers.ModelSerializer):
    """A section's words as one person left them."""

    class Meta:
        model = SectionVersion
        fields = ["number", "saved_at", "restored", "body"]
        extra_kwargs = {
            "number": {"help_text": "From 1."},
            "restored": {"help_text": "The version that was put back with this one."},
        }


class ReportSectionDetail(serializers.ModelSerializer):
    """A section as it is being written."""

    report = serializers.IntegerField(source="report.year", help_text="The year of its report.")
    title = serializers.CharField(source="get_key_display", help_text="The heading.")
    owner = serializers.EmailField(
        source="owner.email", default=None, allow_null=True, help_text="Email address of the account that owns it."
    )
    words = serializers.SerializerMethodField(help_text="Words in the text, without what is placed by name.")
    is_overdue = serializers.SerializerMethodField(help_text="Whether its day has passed and it is not finished.")
    versions = serializers.SerializerMethodField(help_text="How many versions are kept.")
    url = PageUrl()
    get_url = page_url

    class Meta:
        model = ReportSection
        fields = [
            "id",
            "report",
            "key",
            "position",
            "title",
            "owner",
            "due_on",
            "status",
            "guidance",
            "body",
            "words",
            "is_overdue",
            "versions",
            "url",
        ]

    def get_words(self, section: ReportSection) -> int:
        return count_words(section.body)

    def get_is_overdue(self, section: ReportSection) -> bool:
        return section.is_overdue(clock.today())

    @extend_schema_field(serializers.IntegerField())
    def get_versions(self, section: ReportSection) -> int:
        return len(section.versions.all())


class ReportSectionChange(Input):
    """What can change of a section; what is left out stays as it is."""

    body = serializers.CharField(
        max_length=LONGEST_SECTION,
        required=False,
        allow_blank=True,
        help_text="Markdown, with marks such as {{figure:meetings-held}} for what is placed by name.",
    )
    owner = serializers.EmailField(
        required=False, allow_null=True, help_text="Email address of an account that may write reports. Null: no owner."
    )
    due_on = Day(required=False, allow_null=True)
    status = serializers.ChoiceField(choices=ReportSection.Status.choices, required=False)
    guidance = serializers.CharField(max_length=2000, required=False, allow_blank=True)

    def validate_owner(self, email: str | None) -> Any:
        if email is None:
            return None
        found = services.writers().filter(email=email.lower()).first()
        if found is None:
            raise serializers.ValidationError("No account that may write reports has this email address.")
        return found


class RestoreSectionInput(Input):
    number = serializers.IntegerField(min_value=1, max_value=999_999, help_text="The version to put back.")


class ReportSectionFilter(django_filters.FilterSet):
    """Filters of /api/v1/report-sections/."""

    report = YearFilter(field_name="report__year", label="Year of the report")
    key = django_filters.ChoiceFilter(choices=ReportSection.Key)
    status = django_filters.ChoiceFilter(choices=ReportSection.Status)

    class Meta:
        model = ReportSection
        fields: list[str] = []


class ReportSectionViewSet(EditableViewSet):
    """Sections of reports as they are written, for those who write and approve them. Published words are in editions."""

    queryset = ReportSection.objects.select_related("report", "owner").order_by("-report__year", "position")
    parts = ("versions",)
    serializer_class = ReportSectionDetail
    filterset_class = ReportSectionFilter
    http_method_names = ["get", "head", "options", "post", "patch"]

    def get_queryset(self) -> QuerySet:
        return super().get_queryset().prefetch_related("versions")

    @extend_schema(request=ReportSectionChange, responses=ReportSectionDetail)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change a section's words, owner, day, status or guidance. Every change of words is kept as a version."""
        row = self.get_object()
        require(request.user, "reports.edit_report", row)
        given = self.sent(ReportSectionChange, partial=True)
        expected = self.matched(row)
        services.change_section(by=request.user, section=row, expected=expected, **given)
        return self.shown(row)

    @extend_schema(responses=SectionVersionSerializer(many=True), filters=False)
    @action(detail=True, methods=["get"], pagination_class=None)
    def versions(self, request: Request, pk: str) -> Response:
        """The versions of a section, newest first."""
        row = self.get_object()
        return self.tagged(SectionVersionSerializer(row.versions.all(), many=True).data, version=row.version)

    @extend_schema(request=RestoreSectionInput, responses=ReportSectionDetail)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, pk: str) -> Response:
        """Put an earlier version's words back. What was there stays among the versions."""
        row = self.get_object()
        require(request.user, "reports.edit_report", row)
        given = self.sent(RestoreSectionInput)
        version = row.versions.filter(number=given["number"]).first()
        if version is None:
            raise serializers.ValidationError({"number": "There is no such version of this section."})
        expected = self.matched(row, is_required=False)
        return self.once(lambda: restore_version(by=request.user, version=version, expected=expected), status=200)
