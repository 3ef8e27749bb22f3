"""The log of a meeting: contributions, decisions, guests."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.access.permissions import Actor, has_perm, require
from impact.core.api.fields import Input, ModelInput, NoInput, VisiblePk
from impact.core.api.lists.bulk import Bulk
from impact.core.api.views import EditableViewSet
from impact.core.people.models import Person
from networks.groups.models import Group
from networks.groups.serializers import GroupLink, OfMeeting
from networks.log import saving
from networks.log.attendance.reading.names import mask_email
from networks.log.board.services import DIRECTIONS, move_contribution
from networks.log.models import Attendance, Contribution, Decision
from networks.log.saving import decided_row, guest_row
from networks.log.services import (
    add_contribution,
    add_decision,
    change_contribution,
    remove_contribution,
    restore_contribution,
)
from networks.meetings.models import Meeting
from networks.meetings.services import require_started
from networks.network.filters import ContributionFilter
from networks.themes.api import ThemeLink


class ContributionSerializer(serializers.ModelSerializer):
    meeting = serializers.PrimaryKeyRelatedField(read_only=True)
    group = GroupLink(source="meeting.group")
    theme = ThemeLink(allow_null=True)
    may_quote = serializers.BooleanField(
        source="is_quotable", read_only=True, help_text="Whether the speaker's consent to be quoted counts today."
    )

    class Meta:
        model = Contribution
        fields = [
            "id",
            "meeting",
            "group",
            "kind",
            "theme",
            "level",
            "perspective",
            "words",
            "may_quote",
            "recorded_at",
        ]


class SpeakerPk(serializers.PrimaryKeyRelatedField):
    """A person in a group whose speakers the caller may know."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=Person.objects.all(), **kwargs)

    def get_queryset(self) -> QuerySet:
        own = Group.objects.permitted(self.context["request"].user, "networks.view_speakers")
        known = Q(memberships__group__in=own) | Q(attendances__meeting__group__in=own)
        return Person.objects.filter(known).distinct()


class ContributionChange(ModelInput):
    theme = serializers.CharField(
        max_length=80,
        required=False,
        allow_blank=True,
        allow_null=True,
        help_text="In words; one that is not there yet takes new_theme. Null: no theme.",
    )
    new_theme = serializers.BooleanField(required=False, help_text="Add the theme if it is not there.")
    words = serializers.CharField(max_length=2000)
    speaker = SpeakerPk(
        required=False,
        allow_null=True,
        help_text="Id of the person who said it, for the group's coordinators. It is never shown over the API.",
    )

    class Meta:
        model = Contribution
        fields = ["kind", "theme", "new_theme", "level", "perspective", "words", "speaker"]


class ContributionInput(ContributionChange):
    id = serializers.UUIDField(required=False, help_text="Chosen by you. Sending the same one twice adds it once.")
    meeting = VisiblePk(queryset=Meeting.objects.all())

    class Meta(ContributionChange.Meta):
        fields = ["id", "meeting", *ContributionChange.Meta.fields]


class MoveInput(Input):
    direction = serializers.ChoiceField(choices=[(word, word.capitalize()) for word in DIRECTIONS])
    before = VisiblePk(queryset=Contribution.objects.all(), required=False, help_text="The card to place it before.")


class ContributionViewSet(Bulk, EditableViewSet):
    """What was said, in groups that you may see: never by whom, only from which perspective."""

    queryset = Contribution.objects.select_related("meeting__group", "theme").with_quotable()
    serializer_class = ContributionSerializer
    filterset_class = ContributionFilter
    row_input = ContributionInput

    def may_change(self, row: Contribution) -> bool:
        return has_perm(self.request.user, "networks.log_meeting", row)

    def get_queryset(self) -> QuerySet:
        if getattr(self, "action", "") != "put_back" or getattr(self, "swagger_fake_view", False):
            return super().get_queryset()
        own = Group.objects.permitted(self.request.user, "networks.log_meeting")
        return self.queryset.filter(meeting__group__in=own)  # those taken off too

    @extend_schema(request=ContributionInput, responses={201: ContributionSerializer})
    def create(self, request: Request) -> Response:
        """Write down one thing that was said."""
        self.require_any()
        given = self.sent(ContributionInput)
        require(request.user, "networks.log_meeting", given["meeting"])
        return self.once(lambda: self.add(**given))

    def require_any(self) -> None:
        if not Group.objects.permitted(self.request.user, "networks.log_meeting").exists():
            raise PermissionDenied

    def add(self, **given: Any) -> Contribution:
        require(self.request.user, "networks.log_meeting", given["meeting"])
        return add_contribution(by=self.request.user, **{"new_theme": False, **given})

    @extend_schema(request=ContributionChange, responses=ContributionSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Correct what an entry says or how it is coded."""
        row = self.get_object()
        require(request.user, "networks.log_meeting", row)
        given = {"new_theme": False, **self.sent(ContributionChange, partial=True)}
        change_contribution(by=request.user, contribution=row, expected=self.matched(row), **given)
        return self.shown(row)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Remove an entry from the log. It can be restored."""
        row = self.get_object()
        require(request.user, "networks.log_meeting", row)
        remove_contribution(by=request.user, contribution=row, expected=self.matched(row))
        return Response(status=204)

    @extend_schema(request=NoInput, responses=ContributionSerializer, filters=False)
    @action(detail=True, methods=["post"], url_path="put-back")
    def put_back(self, request: Request, pk: str) -> Response:
        """Restore a removed entry as it was."""
        row = self.get_object()
        require(request.user, "networks.log_meeting", row)
        self.sent(NoInput)
        return self.once(lambda: restore_contribution(by=request.user, contribution=row), status=200)

    @extend_schema(request=MoveInput, responses=ContributionSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def move(self, request: Request, pk: str) -> Response:
        """Move a card of the board up, down or across, or before another one."""
        row = self.get_object()
        require(request.user, "networks.log_meeting", row)
        given = self.sent(MoveInput)
        if given["direction"] == "before" and "before" not in given:
            raise serializers.ValidationError({"before": "Say before which card."})
        return self.once(lambda: move_contribution(by=request.user, contribution=row, **given), status=200)


# --- Decisions and guests ------------------------------------------------------------------------
def _save(by: Actor, meeting: Meeting, log: saving.LogInput) -> None:
    """Save entries of the log; what is wrong with one of them is said of its fields."""
    try:
        saving.save_log(by=by, meeting=meeting, log=log)
    except saving.LogRefused as refused:
        raise ValidationError(next(iter(refused.rows.values()))) from None


class DecisionSerializer(serializers.ModelSerializer):
    class Meta:
        model = Decision
        fields = ["id", "key", "words"]


class DecisionInput(ModelInput):
    class Meta:
        model = Decision
        fields = ["words"]


class DecisionViewSet(OfMeeting):
    """What a meeting decided; while its log is being written only for those who keep it."""

    queryset = Decision.objects.all()
    serializer_class = DecisionSerializer

    def get_queryset(self) -> QuerySet:
        rows = super().get_queryset()
        if not getattr(self, "swagger_fake_view", False) and not self.meeting.is_held:
            require(self.request.user, "networks.log_meeting", self.meeting)
        return rows

    @extend_schema(request=DecisionInput, responses={201: DecisionSerializer})
    def create(self, request: Request, meeting: str) -> Response:
        """Write down what the meeting decided."""
        require(request.user, "networks.log_meeting", self.meeting)
        given = self.sent(DecisionInput)
        return self.once(lambda: add_decision(by=request.user, meeting=self.meeting, **given))

    def _row(self) -> Decision:
        row: Decision = self.get_object()
        require(self.request.user, "networks.log_meeting", self.meeting)
        return row

    @extend_schema(request=DecisionInput, responses=DecisionSerializer)
    def partial_update(self, request: Request, meeting: str, pk: str) -> Response:
        """Reword a decision."""
        row = self._row()
        words = self.sent(DecisionInput, partial=True).get("words", row.words)
        self.matched(row)
        changed = saving.Decided(row.key, words, was=decided_row(row).mark)
        _save(request.user, self.meeting, saving.LogInput(decided=[changed]))
        return self.shown(row)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, meeting: str, pk: str) -> Response:
        """Remove a decision from the log."""
        row = self._row()
        self.matched(row)
        gone = saving.Decided(row.key, row.words, remove=True, was=decided_row(row).mark)
        _save(request.user, self.meeting, saving.LogInput(decided=[gone]))
        return Response(status=204)


class GuestSerializer(serializers.ModelSerializer):
    name = serializers.CharField(source="guest_name")
    masked_email = serializers.SerializerMethodField(help_text="Distinguishes guests who share a name. From a report.")
    minutes = serializers.IntegerField(
        source="minutes_there",
        allow_null=True,
        help_text="How long they were there, where an attendance report said so.",
    )

    class Meta:
        model = Attendance
        fields = ["id", "name", "perspective", "masked_email", "minutes"]

    def get_masked_email(self, row: Attendance) -> str:
        return mask_email(row.email)


class GuestInput(ModelInput):
    name = serializers.CharField(max_length=120, help_text="Or what to call them.")

    class Meta:
        model = Attendance
        fields = ["name", "perspective"]


class GuestViewSet(OfMeeting):
    """Guests who came to a meeting and have no record. For those who may see who is in the group."""

    queryset = Attendance.objects.filter(person__isnull=True)
    serializer_class = GuestSerializer
    reads = "networks.view_people"

    @extend_schema(request=GuestInput, responses={201: GuestSerializer})
    def create(self, request: Request, meeting: str) -> Response:
        """Add a guest who came; a name that is there already is the same guest."""
        require(request.user, "networks.log_meeting", self.meeting)
        given = self.sent(GuestInput)
        require_started(self.meeting)

        def add() -> Attendance:
            guest = saving.Guest(given["name"], given.get("perspective", ""))
            _save(request.user, self.meeting, saving.LogInput(guests=[guest]))
            named = self.meeting.attendances.filter(person=None, guest_name=" ".join(given["name"].split()))
            return named.order_by("namesake", "pk")[0]

        return self.once(add)

    def _row(self) -> Attendance:
        row: Attendance = self.get_object()
        require(self.request.user, "networks.log_meeting", self.meeting)
        return row

    @extend_schema(request=GuestInput, responses=GuestSerializer)
    def partial_update(self, request: Request, meeting: str, pk: str) -> Response:
        """Correct a guest's name or perspective."""
        row = self._row()
        given = self.sent(GuestInput, partial=True)
        self.matched(row)
        was = guest_row(row)
        name, perspective = given.get("name", was.name), given.get("perspective", was.perspective)
        changed = saving.Guest(name, perspective, pk=row.pk, was=was.mark)
        _save(request.user, self.meeting, saving.LogInput(guests=[changed]))
        return self.shown(row)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, meeting: str, pk: str) -> Response:
        """Remove a guest from the log."""
        row = self._row()
        self.matched(row)
        was = guest_row(row)
        gone = saving.Guest(was.name, was.perspective, pk=row.pk, remove=True, was=was.mark)
        _save(request.user, self.meeting, saving.LogInput(guests=[gone]))
        return Response(status=204)
