"""Attendance reports of video calls: sent, checked, written down."""

from typing import Any, cast

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ErrorDetail
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.access.permissions import require
from impact.core.api.defaults import JSONParser, MultiPartParser
from impact.core.api.fields import Input
from impact.core.api.schema import IF_MATCH_WELCOME
from networks.groups.serializers import OfMeeting
from networks.log.attendance import services
from networks.log.attendance.models import AttendanceImport
from networks.log.attendance.reading.tables import BYTES_LIMIT
from networks.log.attendance.rows import (
    GUEST,
    NEW,
    OUT,
    chosen_guest,
    chosen_member,
    chosen_row,
    guest_choice,
    is_guest,
    member_choice,
    same_choice,
)
from networks.log.attendance.services import Preview
from networks.log.models import Attendance


class CandidateSerializer(serializers.Serializer):
    """A member who could be meant."""

    person = serializers.IntegerField(help_text="The id of their record.")
    name = serializers.CharField(help_text="With what distinguishes members who share a name.")


class QuestionSerializer(serializers.Serializer):
    """Something odd that has to be confirmed before it is saved."""

    code = serializers.ChoiceField(choices=["undecided", "nobody_matches", "minutes_exceed_meeting"])
    text = serializers.CharField()


class ReportRowSerializer(serializers.Serializer):
    """One person in the report."""

    id = serializers.IntegerField(help_text="Of the row.")
    lines = serializers.ListField(child=serializers.IntegerField(), help_text="The lines of the file, from 1.")
    name = serializers.CharField(help_text="As the report has it, without telephone numbers.")
    email = serializers.CharField(allow_blank=True, help_text="Empty where it holds a telephone number.")
    masked_email = serializers.CharField(source="masked", allow_blank=True, help_text="Then what distinguishes it.")
    minutes = serializers.IntegerField(help_text="In this report.")
    minutes_before = serializers.IntegerField(source="before", help_text="In other reports of this meeting.")
    minutes_together = serializers.IntegerField(
        source="together", help_text="In all reports and rows of this person. Time that two cover counts once."
    )
    how = serializers.CharField(
        allow_blank=True, help_text="How they were matched, or why someone has to say who it is."
    )
    person = serializers.SerializerMethodField(help_text="The member who it is, by the id of their record.")
    guest = serializers.SerializerMethodField(help_text="The already recorded guest that this is.")
    same_as = serializers.SerializerMethodField(help_text="The row of the same person.")
    is_guest = serializers.SerializerMethodField()
    is_left_out = serializers.SerializerMethodField()
    is_undecided = serializers.SerializerMethodField(help_text="More than one person could be meant: say who it is.")
    could_be = serializers.SerializerMethodField(help_text="The members who could be meant.")
    can_split = serializers.SerializerMethodField(help_text="Whether several rows of the file were combined here.")
    known = serializers.CharField(allow_blank=True, help_text="What the log says about this member now.")

    def get_person(self, row: dict[str, Any]) -> int | None:
        return chosen_member(row["choice"])

    def get_guest(self, row: dict[str, Any]) -> int | None:
        return chosen_guest(row["choice"])

    def get_same_as(self, row: dict[str, Any]) -> int | None:
        return chosen_row(row["choice"])

    def get_is_guest(self, row: dict[str, Any]) -> bool:
        return is_guest(row["choice"])

    def get_is_left_out(self, row: dict[str, Any]) -> bool:
        return row["choice"] == OUT

    def get_is_undecided(self, row: dict[str, Any]) -> bool:
        return not row["choice"]

    @extend_schema_field(CandidateSerializer(many=True))
    def get_could_be(self, row: dict[str, Any]) -> list[dict[str, Any]]:
        named = self.context["named"]
        return [{"person": pk, "name": named[pk]} for pk in row["candidates"] if pk in named]

    def get_can_split(self, row: dict[str, Any]) -> bool:
        return bool(row["parts"])


class ImportSerializer(serializers.ModelSerializer):
    cautions = serializers.ListField(child=serializers.CharField(), help_text="What looks odd about the file.")
    people = serializers.SerializerMethodField(help_text="Everybody in it, and who we think they are.")
    questions = serializers.SerializerMethodField(
        help_text="What has to be confirmed before saving: send `confirm` once it is right."
    )
    added_to = serializers.SerializerMethodField(
        help_text="Names of the other reports of this meeting that were saved: minutes are added to theirs."
    )

    class Meta:
        model = AttendanceImport
        fields = [
            "id",
            "source",
            "name",
            "sha256",
            "cautions",
            "questions",
            "added_to",
            "added_at",
            "applied_at",
            "people",
        ]

    def _preview(self, report: AttendanceImport) -> Preview:
        known = self.context.setdefault("previews", {})  # type: ignore[attr-defined]
        if report.pk not in known:
            report.meeting = self.context["view"].meeting  # spares queries
            known[report.pk] = services.attendance_preview(report)
        return cast(Preview, known[report.pk])

    @extend_schema_field(ReportRowSerializer(many=True))
    def get_people(self, report: AttendanceImport) -> list[dict[str, Any]]:
        preview = self._preview(report)
        return list(ReportRowSerializer(preview.rows, many=True, context={"named": preview.named}).data)

    @extend_schema_field(QuestionSerializer(many=True))
    def get_questions(self, report: AttendanceImport) -> list[dict[str, Any]]:
        return list(QuestionSerializer(self._preview(report).questions, many=True).data)

    def get_added_to(self, report: AttendanceImport) -> list[str]:
        return [one.name for one in self._preview(report).earlier]


class ImportListSerializer(serializers.ModelSerializer):
    class Meta:
        model = AttendanceImport
        fields = ["id", "source", "name", "sha256", "added_at", "applied_at"]


class ImportInput(Input):
    file = serializers.FileField(help_text="As exported by Zoom (CSV) or Microsoft Teams.")


class ChoiceInput(Input):
    id = serializers.IntegerField(min_value=1, help_text="Of the row.")
    person = serializers.IntegerField(
        required=False, min_value=1, max_value=2**63 - 1, help_text="The member who it is, by the id of their record."
    )
    guest = serializers.IntegerField(
        required=False, min_value=1, max_value=2**63 - 1, help_text="The guest noted before who it is, by id."
    )
    same_as = serializers.IntegerField(required=False, min_value=1, help_text="The id of another row of this person.")
    who = serializers.ChoiceField(
        choices=[(GUEST, "A guest"), (NEW, "A guest who was not noted before"), (OUT, "Leave out")], required=False
    )

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if sum(name in given for name in ("person", "guest", "same_as", "who")) != 1:
            raise serializers.ValidationError("Send one of `person`, `guest`, `same_as` and `who`.")
        return given

    @staticmethod
    def choice(row: dict[str, Any]) -> str:
        if "person" in row:
            return member_choice(row["person"])
        if "guest" in row:
            return guest_choice(row["guest"])
        return same_choice(row["same_as"]) if "same_as" in row else str(row["who"])


class SeenInput(Input):
    person = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    status = serializers.ChoiceField(choices=Attendance.Status.choices)


class ApplyInput(Input):
    people = ChoiceInput(many=True, required=False, max_length=1000, help_text="Rows that you correct.")
    change = SeenInput(
        many=True,
        required=False,
        max_length=1000,
        help_text="Members noted as away who came after all, with the status that you saw. Others stay as they are.",
    )
    mark_absent = serializers.BooleanField(required=False, help_text="Members about whom nothing is known were away.")
    confirm = serializers.BooleanField(
        required=False, help_text="Confirms every one of the `questions`. Undecided rows are left for later."
    )


class SplitInput(Input):
    id = serializers.IntegerField(min_value=1, help_text="Of the row.")


class ImportViewSet(OfMeeting):
    """Attendance reports of a meeting. For those who keep its log."""

    queryset = AttendanceImport.objects.all()
    serializer_class = ImportSerializer
    reads = "networks.log_meeting"
    parser_classes = [MultiPartParser]

    def get_serializer_class(self) -> Any:
        return ImportListSerializer if self.action == "list" else ImportSerializer

    @extend_schema(request={"multipart/form-data": ImportInput}, responses={201: ImportSerializer})
    def create(self, request: Request, meeting: str) -> Response:
        """Send a report: no one's attendance changes yet. The same file again gives the same import."""
        self.meeting  # noqa: B018  404 and 403 before the body is read
        file = self.sent(ImportInput)["file"]

        def read() -> AttendanceImport:
            data = file.read(BYTES_LIMIT + 1)
            return services.read_attendance_file(by=request.user, meeting=self.meeting, name=file.name, data=data)

        try:
            return self.once(read)
        except services.ReportRefused as refused:
            raise serializers.ValidationError({"file": refused.messages}) from None

    def _report(self, pk: str) -> AttendanceImport:
        report: AttendanceImport = get_object_or_404(self.get_queryset(), pk=pk)
        require(self.request.user, "networks.log_meeting", self.meeting)
        report.meeting = self.meeting
        return report

    @extend_schema(parameters=[IF_MATCH_WELCOME], request=ApplyInput, responses=ImportSerializer)
    @action(detail=True, methods=["post"], parser_classes=[JSONParser])
    def apply(self, request: Request, meeting: str, pk: str) -> Response:
        """Write down who came, with what you correct. Again: only what differs changes.

        Send the import's ETag as If-Match to change nothing that you have not seen.
        """
        report = self._report(pk)
        given = self.sent(ApplyInput)
        chosen = {row["id"]: ChoiceInput.choice(row) for row in given.get("people", [])}
        confirmed = given.get("confirm", False)

        def write() -> AttendanceImport:
            self.matched(report, is_required=False)
            services.apply_attendance_import(
                by=request.user,
                report=report,
                choices=chosen or None,
                seen={row["person"]: row["status"] for row in given.get("change", [])} or None,
                mark_absent=given.get("mark_absent", False),
                confirmed=confirmed,
                leave_undecided=confirmed,
            )
            return report

        try:
            return self.once(write, status=200)
        except services.Unconfirmed as odd:
            asked = [ErrorDetail(question.text, code=question.code) for question in odd.questions]
            raise serializers.ValidationError({"confirm": asked}) from None

    @extend_schema(request=SplitInput, responses=ImportSerializer)
    @action(detail=True, methods=["post"], parser_classes=[JSONParser])
    def split(self, request: Request, meeting: str, pk: str) -> Response:
        """Take apart a row into which several people were put. To put rows together, send `same_as` with `apply`."""
        report = self._report(pk)
        row = self.sent(SplitInput)["id"]
        return self.once(lambda: services.split_attendance_row(by=request.user, report=report, row_id=row), status=200)
