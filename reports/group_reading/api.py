"""What members say about a report's draft, and the leadership team's responses, over the API."""

from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from coproduction.group.members import deciding_members, supports
from coproduction.group.models import SupportLink, Told
from impact.core.access.permissions import has_perm, require
from impact.core.api.fields import Input
from impact.core.api.schema import IF_MATCH_WELCOME
from impact.core.api.views import EditableViewSet, YearFilter
from impact.core.people.models import Person
from networks.groups.models import Group
from reports.editions.api import PageUrl, page_url
from reports.group_reading import services
from reports.group_reading.models import GroupReading, LeadershipResponse, ReadingComment
from reports.writing.models import AnnualReport, ReportSection

Status = ReadingComment.Status


def _year(about: str) -> serializers.IntegerField:
    return serializers.IntegerField(min_value=1900, max_value=2100, help_text=about)


class ReportCommentSerializer(serializers.ModelSerializer):
    """What a member says about a chapter of the draft, and the answer that it got."""

    report = serializers.IntegerField(source="reading.report.year", help_text="Year of the report.")
    section = serializers.SlugField(source="section.key", help_text="Key of the chapter.")
    name = serializers.SerializerMethodField(help_text="The member; empty for those who do not see names.")
    written_down_by = serializers.SerializerMethodField(help_text="Who wrote it down. Empty: the member did.")
    url = PageUrl()
    get_url = page_url

    class Meta:
        model = ReadingComment
        fields = [
            *("id", "report", "section", "name", "words", "made_on", "told", "written_down_by"),
            *("status", "answer", "answered_on", "version", "url"),
        ]

    def _is_named(self, row: ReadingComment) -> bool:
        user = self.context["request"].user
        known: tuple[set[int], set[tuple[int, int]]] | None = self.context.get("named")
        if known is None:  # asked once for all rows
            links = SupportLink.objects.in_force().filter(supporter__user_id=user.pk)
            known = (
                set(Group.objects.permitted(user, "coproduction.view_names").values_list("pk", flat=True)),
                set(links.values_list("group", "member")),
            )
            self.context["named"] = known  # type: ignore[index]
        groups, supported = known
        return row.reading.group_id in groups or (row.reading.group_id, row.person_id) in supported

    @extend_schema_field(serializers.CharField())
    def get_name(self, row: ReadingComment) -> str:
        return row.person.name if self._is_named(row) else ""

    @extend_schema_field(serializers.CharField())
    def get_written_down_by(self, row: ReadingComment) -> str:
        return row.written_down_by if self._is_named(row) else ""


class ReportCommentApiFilter(django_filters.FilterSet):
    """Filters of /api/v1/report-comments/."""

    report = YearFilter(field_name="reading__report__year", label="Year of a report")
    section = django_filters.ChoiceFilter(field_name="section__key", choices=ReportSection.Key, label="A chapter")
    status = django_filters.ChoiceFilter(choices=Status)

    class Meta:
        model = ReadingComment
        fields: list[str] = []


class ReportCommentInput(Input):
    report = _year("Year of a report that is with your group.")
    section = serializers.ChoiceField(choices=ReportSection.Key.choices, help_text="Key of the chapter.")
    words = serializers.CharField(max_length=4000)
    member = serializers.IntegerField(
        min_value=1, required=False, help_text="Id of the member's record, when you write it down for someone else."
    )
    told = serializers.ChoiceField(
        choices=Told.choices, required=False, help_text="How the member told you, when you write it down for them."
    )


class AnswerCommentInput(Input):
    status = serializers.ChoiceField(choices=[Status.TAKEN_IN.value, Status.NOT_TAKEN_IN.value, Status.CARRIED.value])
    answer = serializers.CharField(max_length=4000, help_text="The member reads this.")


class ReportCommentViewSet(EditableViewSet):
    """Comments on the draft: for the group's members, and for those who write the report. Not for leadership."""

    queryset = ReadingComment.objects.select_related(
        "reading__report", "reading__group", "section", "person", "recorded_by__person"
    )
    serializer_class = ReportCommentSerializer
    filterset_class = ReportCommentApiFilter
    http_method_names = ["get", "head", "options", "post"]

    @extend_schema(request=ReportCommentInput, responses={201: ReportCommentSerializer})
    def create(self, request: Request) -> Response:
        """Say what should change in a chapter, while the report is with your group; or write down what a member said."""
        if not self._may_speak():
            raise PermissionDenied
        given = self.sent(ReportCommentInput)
        rows = GroupReading.objects.visible_to(request.user).select_related("report", "group")
        reading = rows.filter(report__year=given.pop("report")).order_by("-pk").first()
        if reading is None:
            raise serializers.ValidationError({"report": "No report of this year is or was with a group of yours."})
        section = reading.report.sections.filter(key=given.pop("section")).first()
        if section is None:
            raise serializers.ValidationError({"section": "This report has no such chapter."})
        if "member" in given:
            given["person"] = self._member(reading, given.pop("member"))
        else:
            require(request.user, "coproduction.take_position", reading)  # for themselves: a member of the group
        return self.once(lambda: services.comment(by=request.user, reading=reading, section=section, **given))

    def _may_speak(self) -> bool:
        """Whether the caller is a member of a group that reads a report, or writes for one."""
        user = self.request.user
        if has_perm(user, "coproduction.record_for_member"):
            return True
        reading = GroupReading.objects.visible_to(user).values("group")
        is_member = Group.objects.permitted(user, "coproduction.take_position").filter(pk__in=reading).exists()
        return is_member or SupportLink.objects.in_force().filter(supporter__user_id=user.pk).exists()

    def _member(self, reading: GroupReading, pk: int) -> Person:
        """The member for whom the caller writes; who is a member is said only to those who may write for them."""
        person = Person.objects.filter(pk=pk, pk__in=deciding_members(reading.group).values("person")).first()
        is_own = person is not None and person.user_id == self.request.user.pk
        if person is None or not (is_own or supports(self.request.user, reading.group, person)):
            require(self.request.user, "coproduction.record_for_member", reading)
        if person is None:
            raise serializers.ValidationError({"member": "Choose a member of this group."})
        return person

    @extend_schema(
        request=AnswerCommentInput, responses=ReportCommentSerializer, parameters=[IF_MATCH_WELCOME], filters=False
    )
    @action(detail=True, methods=["post"])
    def answer(self, request: Request, pk: str) -> Response:
        """Answer a comment: taken in, or not this time, and why. The member is told."""
        row: ReadingComment = self.get_object()
        require(request.user, "reports.edit_report", row.reading.report)
        given = self.sent(AnswerCommentInput)

        def answer() -> ReadingComment:
            expected = self.matched(row, is_required=False)
            return services.answer_comment(by=request.user, comment=row, expected=expected, **given)

        return self.once(answer, status=200)


# --- What comes back -----------------------------------------------------------------------------
class ReportResponseSerializer(serializers.ModelSerializer):
    """What the leadership team answers to a report, or to one area for development."""

    report = serializers.IntegerField(source="report.year", help_text="Year of the report.")
    url = PageUrl()
    get_url = page_url

    class Meta:
        model = LeadershipResponse
        fields = ["id", "report", "area", "words", "given_on", "version", "url"]


class ReportResponseApiFilter(django_filters.FilterSet):
    """Filters of /api/v1/report-responses/."""

    report = YearFilter(field_name="report__year", label="Year of a report")

    class Meta:
        model = LeadershipResponse
        fields: list[str] = []


class ReportResponseInput(Input):
    report = _year("Year of an approved report.")
    area = serializers.CharField(
        max_length=160, required=False, allow_blank=True, help_text="An area for development. Empty: the whole report."
    )
    words = serializers.CharField(max_length=6000, help_text="Markdown. Members read this.")


class ReportResponseChange(Input):
    words = serializers.CharField(max_length=6000, help_text="Markdown. Members read this.")


class ReportResponseViewSet(EditableViewSet):
    """The leadership team's responses, for the group whose report it is and for those who work on reports."""

    queryset = LeadershipResponse.objects.select_related("report")
    serializer_class = ReportResponseSerializer
    filterset_class = ReportResponseApiFilter
    http_method_names = ["get", "head", "options", "post", "patch"]

    @extend_schema(request=ReportResponseInput, responses={201: ReportResponseSerializer})
    def create(self, request: Request) -> Response:
        """Respond to an approved report, or to one area. 409 when there is a response to it: change that one."""
        require(request.user, "reports.approve_report")
        given: dict[str, Any] = self.sent(ReportResponseInput)
        report = AnnualReport.objects.visible_to(request.user).filter(year=given.pop("report")).first()
        if report is None:
            raise serializers.ValidationError({"report": "There is no report of this year."})
        return self.once(lambda: services.respond(by=request.user, report=report, expected=0, **given))

    @extend_schema(request=ReportResponseChange, responses=ReportResponseSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change a response. Members are told."""
        row: LeadershipResponse = self.get_object()
        require(request.user, "reports.approve_report", row.report)
        words = self.sent(ReportResponseChange)["words"]
        expected = self.matched(row)
        services.respond(by=request.user, report=row.report, area=row.area, words=words, expected=expected)
        return self.shown(row)
