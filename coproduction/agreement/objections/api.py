"""Objections over the API: for the member whose objection it is, and for the engagement lead who works on it.

A member raises one, and withdraws it, by their position on the text.
"""

from typing import Any

import django_filters
from django.db.models import Prefetch
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from coproduction.agreement.models import Position
from coproduction.agreement.objections import services
from coproduction.agreement.objections.models import Objection, ObjectionNote
from coproduction.charter.api import Linked
from coproduction.charter.models import CharterVersion
from coproduction.suggestions.models import Suggestion
from impact.core.access.permissions import has_perm, require
from impact.core.api.fields import Day, Input, VisiblePk
from impact.core.api.schema import IF_MATCH_WELCOME
from impact.core.api.views import EditableViewSet
from impact.core.people.models import Person

WORK = "coproduction.work_on_objection"


class ObjectionNoteSerializer(serializers.ModelSerializer):
    """A note about the talk. The member and the engagement lead read it, and no one else."""

    is_mine = serializers.SerializerMethodField(help_text="Whether the caller wrote it.")

    class Meta:
        model = ObjectionNote
        fields = ["words", "written_on", "is_mine"]

    @extend_schema_field(serializers.BooleanField())
    def get_is_mine(self, note: ObjectionNote) -> bool:
        return bool(note.written_by_id == self.context["request"].user.pk)


class ObjectionSerializer(Linked):
    agreement = serializers.IntegerField(source="round_id", help_text="Id of the round.")
    member = serializers.IntegerField(source="person_id", help_text="Id of the member's record.")
    name = serializers.CharField(source="person.name")
    talker_name = serializers.CharField(source="talker.name", default="", help_text="Who talks with the member.")
    notes = ObjectionNoteSerializer(many=True)

    class Meta:
        model = Objection
        fields = [
            *("id", "agreement", "member", "name", "stance", "status", "opened_on", "talker", "talker_name", "talk_by"),
            *("talked_on", "settled_on", "reason", "led_to_version", "led_to_suggestion", "notes", "version", "url"),
        ]
        extra_kwargs = {"talker": {"help_text": "Id of the person who talks with the member; null: not planned yet."}}


class ObjectionApiFilter(django_filters.FilterSet):
    """Filters of /api/v1/objections/."""

    agreement = django_filters.NumberFilter(field_name="round_id", label="A round's id")
    status = django_filters.ChoiceFilter(choices=Objection.Status)

    class Meta:
        model = Objection
        fields: list[str] = []


class TalkThroughInput(Input):
    position = VisiblePk(
        queryset=Position.objects.all(), help_text="A reservation, or standing aside, that is worth a talk."
    )


class PlanTalkInput(Input):
    talker = serializers.IntegerField(
        min_value=1,
        help_text="Id of a person: the engagement lead, or another member whom the member likes to talk with.",
    )
    talk_by = Day(help_text="The last day for the talk.")


class TalkedInput(Input):
    talked_on = Day()
    words = serializers.CharField(max_length=4000, help_text="What was said, for the member and the engagement lead.")


class NoteInput(Input):
    words = serializers.CharField(max_length=4000, help_text="For the member and the engagement lead alone.")


class SettleInput(Input):
    status = serializers.ChoiceField(choices=[Objection.Status.ADAPTED.value, Objection.Status.RECORDED.value])
    reason = serializers.CharField(max_length=2000, help_text="How it ended, and why. The member reads this.")
    led_to_version = VisiblePk(queryset=CharterVersion.objects.all(), required=False, help_text="For `adapted`.")
    led_to_suggestion = VisiblePk(queryset=Suggestion.objects.all(), required=False, help_text="For `adapted`.")


class ObjectionViewSet(EditableViewSet):
    """What is done about an objection: who talks with the member by when, what was said, and how it ended.

    Your own; for the engagement lead all of them. No one else can read them, nor the notes.
    """

    queryset = Objection.objects.select_related("person", "talker", "round__version").prefetch_related(
        Prefetch("notes", ObjectionNote.objects.order_by("pk"))
    )
    serializer_class = ObjectionSerializer
    filterset_class = ObjectionApiFilter
    http_method_names = ["get", "head", "options", "post"]

    @extend_schema(request=TalkThroughInput, responses={201: ObjectionSerializer})
    def create(self, request: Request) -> Response:
        """Talk a reservation through, as one would an objection. About an objection a row is there by itself."""
        if not has_perm(request.user, WORK):
            raise PermissionDenied
        given = self.sent(TalkThroughInput)
        return self.once(lambda: services.work_on_reservation(by=request.user, position=given["position"]))

    def _step(self, service: Any, kind: type[Input]) -> Response:
        row: Objection = self.get_object()
        require(self.request.user, WORK, row)
        given = self.sent(kind)
        if "talker" in given:
            given["talker"] = self._talker(row, given["talker"])

        def act() -> Objection:
            expected = self.matched(row, is_required=False)
            done: Objection = service(by=self.request.user, objection=row, expected=expected, **given)
            return done

        return self.once(act, status=200)

    def _talker(self, row: Objection, pk: int) -> Person:
        found = services.possible_talkers(row).filter(pk=pk).first()
        if found is None:
            raise serializers.ValidationError({"talker": "Choose the engagement lead or another member of the group."})
        return found

    @extend_schema(request=PlanTalkInput, responses=ObjectionSerializer, parameters=[IF_MATCH_WELCOME], filters=False)
    @action(detail=True, methods=["post"])
    def plan(self, request: Request, pk: str) -> Response:
        """Say who talks with the member, and by when. Both are told."""
        return self._step(services.plan_talk, PlanTalkInput)

    @extend_schema(request=TalkedInput, responses=ObjectionSerializer, parameters=[IF_MATCH_WELCOME], filters=False)
    @action(detail=True, methods=["post"])
    def talked(self, request: Request, pk: str) -> Response:
        """Write down the talk."""
        return self._step(services.record_talk, TalkedInput)

    @extend_schema(request=SettleInput, responses=ObjectionSerializer, parameters=[IF_MATCH_WELCOME], filters=False)
    @action(detail=True, methods=["post"])
    def settle(self, request: Request, pk: str) -> Response:
        """Say how it ended when the member kept their answer: the text changes, or the disagreement is recorded."""
        return self._step(services.settle_objection, SettleInput)

    @extend_schema(request=NoteInput, responses={201: ObjectionSerializer}, filters=False)
    @action(detail=True, methods=["post"])
    def notes(self, request: Request, pk: str) -> Response:
        """Add a note, as the member or as the engagement lead. It is kept as it was written."""
        row: Objection = self.get_object()
        given = self.sent(NoteInput)

        def add() -> Objection:
            services.add_note(by=request.user, objection=row, words=given["words"])
            return row

        return self.once(add)
