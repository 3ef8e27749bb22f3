"""Attendance reports of video calls: sent, checked, written down."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.api_defaults import JSONParser, MultiPartParser
from impact.core.api_fields import Input
from impact.core.permissions import require
from networks import services
from networks.api.common import OfMeeting
from networks.attendance_tables import BYTES_LIMIT
from networks.models import Attendance, AttendanceImport
from networks.services.attendance import GUEST, OUT, chosen_member, member_choice


class ReportRowSerializer(serializers.Serializer):
    """One person in the report."""

    id = serializers.IntegerField(help_text="Of the row.")
    name = serializers.CharField(help_text="As the report has it.")
    email = serializers.CharField(allow_blank=True)
    minutes = serializers.IntegerField()
    how = serializers.CharField(allow_blank=True, help_text="How they were matched.")
    person = serializers.SerializerMethodField(help_text="The member who it is, by the id of their record.")
    is_guest = serializers.SerializerMethodField()
    is_left_out = serializers.SerializerMethodField()
    is_undecided = serializers.SerializerMethodField(help_text="More than one member could be meant: say who it is.")
    known = serializers.CharField(allow_blank=True, help_text="What the log says about this member now.")

    def get_person(self, row: dict[str, Any]) -> int | None:
        return chosen_member(row["choice"])

    def get_is_guest(self, row: dict[str, Any]) -> bool:
        return row["choice"] == GUEST

    def get_is_left_out(self, row: dict[str, Any]) -> bool:
        return row["choice"] == OUT

    def get_is_undecided(self, row: dict[str, Any]) -> bool:
        return not row["choice"]


class ImportSerializer(serializers.ModelSerializer):
    cautions = serializers.ListField(child=serializers.CharField(), help_text="What looks odd about the file.")
    people = serializers.SerializerMethodField(help_text="Everybody in it, and who we think they are.")

    class Meta:
        model = AttendanceImport
        fields = ["id", "source", "name", "sha256", "cautions", "added_at", "applied_at", "people"]

    @extend_schema_field(ReportRowSerializer(many=True))
    def get_people(self, report: AttendanceImport) -> list[dict[str, Any]]:
        report.meeting = self.context["view"].meeting  # spares queries
        return list(ReportRowSerializer(services.attendance_preview(report).rows, many=True).data)


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
    who = serializers.ChoiceField(choices=[(GUEST, "A guest"), (OUT, "Leave out")], required=False)

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if ("person" in given) == ("who" in given):
            raise serializers.ValidationError("Send either `person` or `who`.")
        return given


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
        """Send a report: nobody's attendance changes yet. The same file again gives the same import."""
        self.meeting  # noqa: B018  404 and 403 before the body is read
        file = self.sent(ImportInput)["file"]

        def read() -> AttendanceImport:
            data = file.read(BYTES_LIMIT + 1)
            return services.read_attendance_file(by=request.user, meeting=self.meeting, name=file.name, data=data)

        try:
            return self.once(read)
        except services.ReportRefused as refused:
            raise serializers.ValidationError({"file": refused.messages}) from None

    @extend_schema(request=ApplyInput, responses=ImportSerializer)
    @action(detail=True, methods=["post"], parser_classes=[JSONParser])
    def apply(self, request: Request, meeting: str, pk: str) -> Response:
        """Write down who came, with what you correct. Again: only what differs changes."""
        report = get_object_or_404(self.get_queryset(), pk=pk)
        require(request.user, "networks.log_meeting", self.meeting)
        given = self.sent(ApplyInput)
        chosen = {
            row["id"]: member_choice(row["person"]) if "person" in row else row["who"]
            for row in given.get("people", [])
        }

        def write() -> AttendanceImport:
            services.apply_attendance_import(
                by=request.user,
                report=report,
                choices=chosen or None,
                seen={row["person"]: row["status"] for row in given.get("change", [])} or None,
                mark_absent=given.get("mark_absent", False),
            )
            return report

        return self.once(write, status=200)
