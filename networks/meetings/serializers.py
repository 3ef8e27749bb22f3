"""What a meeting looks like over the API, and what is taken in about one."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from impact.core.api.fields import Input, ModelInput, VisiblePk, VisibleSlug
from impact.core.basics.vocabulary import Perspective
from impact.core.web.columns import Batch, Column, value
from networks.documents.materials.api import MaterialSerializer
from networks.groups.models import Group
from networks.groups.serializers import GroupLink, Linked
from networks.log.attendance.writer import mark_namesakes
from networks.log.models import Attendance
from networks.meetings.models import EMPTY_LOG, AgendaItem, Debrief, Meeting
from networks.meetings.planning.directory.models import Venue


class AgendaItemSerializer(serializers.ModelSerializer):
    is_carried = serializers.SerializerMethodField(help_text="Whether an earlier debrief put it here.")

    class Meta:
        model = AgendaItem
        fields = ["id", "position", "title", "minutes", "owner", "is_carried"]

    def get_is_carried(self, item: AgendaItem) -> bool:
        return item.carried_from_id is not None


class CountsSerializer(serializers.Serializer):
    """What a log holds."""

    came = serializers.IntegerField(help_text="Members who came.")
    apologies = serializers.IntegerField(help_text="Members who sent apologies.")
    guests = serializers.IntegerField()
    enablers = serializers.IntegerField()
    barriers = serializers.IntegerField()
    contributions = serializers.IntegerField(help_text="All kinds together.")
    decisions = serializers.IntegerField()
    actions = serializers.IntegerField()


class AttendanceSerializer(serializers.ModelSerializer):
    name = serializers.CharField()
    perspective = serializers.ChoiceField(choices=Perspective.choices, allow_blank=True)
    minutes = serializers.IntegerField(
        source="minutes_there",
        allow_null=True,
        help_text="How long they were there, where an attendance report said so.",
    )

    hint = serializers.CharField(
        allow_blank=True, help_text="Distinguishes this person from others with the same name."
    )

    class Meta:
        model = Attendance
        fields = ["person", "name", "hint", "status", "perspective", "minutes", "is_guest"]
        extra_kwargs = {"person": {"help_text": "Id of the person's record; null for a guest without one."}}


class MeetingSerializer(Linked):
    group = GroupLink()
    agenda = AgendaItemSerializer(source="agenda_items", many=True)
    materials = MaterialSerializer(many=True)
    notes = serializers.SerializerMethodField(help_text="Markdown. Null while the log is still being written.")
    decisions = serializers.SerializerMethodField(help_text="What was decided. Null while the log is being written.")
    counts = serializers.SerializerMethodField(help_text="Null while the log is still being written.")
    attendance = serializers.SerializerMethodField(help_text="Who came. Null unless you may see people here.")
    venue = serializers.PrimaryKeyRelatedField(
        read_only=True, allow_null=True, help_text="Id of the place. Null where it is not in the directory."
    )

    class Meta:
        model = Meeting
        fields = [
            "id",
            "group",
            "number",
            "title",
            "purpose",
            "starts_at",
            "ends_at",
            "mode",
            "venue",
            "place",
            "join_url",
            "access_arrangements",
            "announced_at",
            "status",
            "status_reason",
            "agenda",
            "materials",
            "notes",
            "decisions",
            "counts",
            "attendance",
            "is_illustrative",
            "url",
        ]
        extra_kwargs = {"purpose": {"help_text": "Markdown."}}

    def file_columns(self) -> dict[str, Column]:
        """What a file of meetings reads for the columns that are more than a field."""

        def readable(status: str, group_id: int) -> bool:
            return status in Meeting.HELD or self._permitted("networks.log_meeting", group_id)

        def counted(name: str) -> Batch:
            return Batch(
                Meeting.objects.log_counts,
                lambda counts, status, group_id: counts[name] if readable(status, group_id) else None,
                missing=EMPTY_LOG,
                paths=("status", "group_id"),
            )

        return {
            "notes": value(
                "notes", "status", "group_id", read=lambda notes, *where: notes if readable(*where) else None
            ),
            "decisions": Batch(
                Meeting.objects.decisions_of,
                lambda words, *where: "; ".join(words) if readable(*where) else None,
                missing=(),
                paths=("status", "group_id"),
            ),
            "url": self.url_column("networks:meeting-detail"),
            **{f"counts.{name}": counted(name) for name in EMPTY_LOG},
        }

    def _is_readable(self, meeting: Meeting) -> bool:
        return meeting.is_held or self._permitted("networks.log_meeting", meeting.group_id)

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_notes(self, meeting: Meeting) -> str | None:
        return meeting.notes if self._is_readable(meeting) else None

    @extend_schema_field(serializers.ListField(child=serializers.CharField(), allow_null=True))
    def get_decisions(self, meeting: Meeting) -> list[str] | None:
        return [row.words for row in meeting.decisions.all()] if self._is_readable(meeting) else None

    @extend_schema_field(CountsSerializer(allow_null=True))
    def get_counts(self, meeting: Meeting) -> dict[str, int] | None:
        if not self._is_readable(meeting):
            return None
        rows = meeting.attendances.all()
        present = [row for row in rows if row.status == Attendance.Status.PRESENT]
        return {
            "came": sum(not row.is_guest for row in present),
            "apologies": sum(row.status == Attendance.Status.APOLOGIES for row in rows),
            "guests": sum(row.is_guest for row in present),
            "enablers": meeting.enablers,  # type: ignore[attr-defined]
            "barriers": meeting.barriers,  # type: ignore[attr-defined]
            "contributions": meeting.said,  # type: ignore[attr-defined]
            "decisions": len(meeting.decisions.all()),
            "actions": meeting.todo,  # type: ignore[attr-defined]
        }

    @extend_schema_field(AttendanceSerializer(many=True, allow_null=True))
    def get_attendance(self, meeting: Meeting) -> list[dict[str, Any]] | None:
        if not self._permitted("networks.view_people", meeting.group_id):
            return None
        return list(AttendanceSerializer(mark_namesakes(meeting, list(meeting.attendances.all())), many=True).data)


class MeetingChange(ModelInput):
    venue = VisiblePk(
        queryset=Venue.objects.all(), required=False, allow_null=True, help_text="Its id, if it is in the directory."
    )

    class Meta:
        model = Meeting
        fields = [
            "starts_at",
            "ends_at",
            "title",
            "purpose",
            "mode",
            "venue",
            "place",
            "join_url",
            "access_arrangements",
        ]
        extra_kwargs = {"title": {"required": False, "allow_blank": True}}


class MeetingInput(MeetingChange):
    group = VisibleSlug(queryset=Group.objects.all(), help_text="Its short name.")
    announce = serializers.BooleanField(
        required=False, help_text="Tell members at once. Otherwise it is a draft, and no one is told about it."
    )

    class Meta(MeetingChange.Meta):
        fields = ["group", *MeetingChange.Meta.fields, "announce"]


class MeetingMoved(MeetingChange):
    reason = serializers.CharField(
        max_length=400, required=False, help_text="Why it is moving. Required once people have been told about it."
    )

    class Meta(MeetingChange.Meta):
        fields = [*MeetingChange.Meta.fields, "reason"]


class ReasonInput(Input):
    reason = serializers.CharField(max_length=400, help_text="Members see this.")


class AgendaItemInput(ModelInput):
    id = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=2**63 - 1,
        help_text="Id of an item to keep, which also keeps where it was carried from.",
    )
    minutes = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=1440)

    class Meta:
        model = AgendaItem
        fields = ["id", "title", "minutes", "owner"]


class AgendaInput(Input):
    items = AgendaItemInput(many=True, max_length=100, help_text="The whole agenda, in order.")


class AgendaSerializer(serializers.Serializer):
    """The agenda of a meeting."""

    items = AgendaItemSerializer(many=True)


class CameInput(Input):
    person = serializers.IntegerField(min_value=1, max_value=2**63 - 1, help_text="Id of a member's record.")
    status = serializers.ChoiceField(choices=Attendance.Status.choices)


class CameRowInput(CameInput):
    """Whether one member came to one meeting."""

    meeting = VisiblePk(queryset=Meeting.objects.all(), help_text="Id of the meeting.")


class AttendanceInput(Input):
    members = CameInput(
        many=True, max_length=1000, help_text="Members left out stay as they are; guests have a list of their own."
    )


class AttendanceListSerializer(serializers.Serializer):
    """Who came to a meeting."""

    members = AttendanceSerializer(many=True)


class NotesSerializer(serializers.Serializer):
    """The notes of a meeting."""

    notes = serializers.CharField(allow_blank=True, help_text="Markdown.")


class NotesInput(Input):
    notes = serializers.CharField(allow_blank=True, max_length=50_000, trim_whitespace=False, help_text="Markdown.")


class DebriefSerializer(serializers.ModelSerializer):
    class Meta:
        model = Debrief
        fields = ["held_on", "went_well", "to_change", "agreed_next"]


class DebriefInput(ModelInput):
    class Meta:
        model = Debrief
        fields = ["held_on", "went_well", "to_change", "agreed_next"]
