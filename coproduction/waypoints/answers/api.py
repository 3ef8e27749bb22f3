"""Members' answers at waypoints: one's own, those one wrote down, and those that were shared. Private ones for no one else."""

from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from coproduction.charter.api import Linked
from coproduction.group.members import deciding_members
from coproduction.group.models import Told
from coproduction.waypoints.answers import services
from coproduction.waypoints.answers.models import WaypointAnswer, name_shown
from coproduction.waypoints.models import Waypoint
from impact.core.access.permissions import require
from impact.core.api.fields import Input, NoInput, VisiblePk
from impact.core.api.schema import IF_MATCH_WELCOME
from impact.core.api.views import EditableViewSet
from impact.core.people.models import Person


class WaypointAnswerSerializer(Linked):
    waypoint = serializers.PrimaryKeyRelatedField(read_only=True)
    words = serializers.ListField(
        child=serializers.CharField(), help_text="One text for each question of the waypoint, in their order."
    )
    is_own = serializers.SerializerMethodField(help_text="Whether it is your own answer.")
    name = serializers.SerializerMethodField(help_text="Who answered. Empty where you may not know.")

    class Meta:
        model = WaypointAnswer
        fields = ["id", "waypoint", "is_own", "name", "words", "is_shared", "told", "answered_on", "url"]
        extra_kwargs = {"told": {"help_text": "How the member told the one who wrote it down. Empty: they wrote it."}}

    @extend_schema_field(serializers.BooleanField())
    def get_is_own(self, row: WaypointAnswer) -> bool:
        return bool(row.person.user_id == self.context["request"].user.pk)

    @extend_schema_field(serializers.CharField())
    def get_name(self, row: WaypointAnswer) -> str:
        return name_shown(row, self.context["request"].user)


class WaypointAnswerApiFilter(django_filters.FilterSet):
    """Filters of /api/v1/waypoint-answers/."""

    waypoint = django_filters.NumberFilter(field_name="waypoint_id", label="A waypoint's id")
    is_shared = django_filters.BooleanFilter(label="Shared with the group or not")

    class Meta:
        model = WaypointAnswer
        fields: list[str] = []


def _words(**kwargs: Any) -> serializers.ListField:
    return serializers.ListField(
        child=serializers.CharField(allow_blank=True, max_length=services.LONGEST_ANSWER),
        max_length=6,
        help_text="One text for each question, in their order. A text may be empty.",
        **kwargs,
    )


class WaypointAnswerInput(Input):
    waypoint = VisiblePk(queryset=Waypoint.objects.all())
    words = _words()
    is_shared = serializers.BooleanField(default=False, help_text="False: private, for you alone.")
    person = serializers.IntegerField(
        min_value=1, required=False, help_text="The id of a member who told you. Left out: your own answer."
    )
    told = serializers.ChoiceField(choices=Told.choices, required=False, help_text="How that member told you.")


class WaypointAnswerChange(Input):
    words = _words(required=False)
    is_shared = serializers.BooleanField(required=False)
    told = serializers.ChoiceField(choices=Told.choices, required=False, help_text="How that member told you.")


class WaypointAnswerViewSet(EditableViewSet):
    """Your own answers, those that you wrote down for a member, and those that members shared with a group of yours."""

    queryset = WaypointAnswer.objects.named()
    serializer_class = WaypointAnswerSerializer
    filterset_class = WaypointAnswerApiFilter
    http_method_names = ["get", "head", "options", "post", "patch"]

    @extend_schema(request=WaypointAnswerInput, responses={201: WaypointAnswerSerializer})
    def create(self, request: Request) -> Response:
        """Answer a waypoint that is open, for yourself or for a member who told you."""
        given = self.sent(WaypointAnswerInput)
        require(request.user, "coproduction.answer_waypoint", given["waypoint"])
        number = given.pop("person", None)
        if number is not None:
            given["person"] = self._member(given["waypoint"], number)
        return self.once(lambda: services.save_answer(by=request.user, expected=0, **given))

    def _member(self, waypoint: Waypoint, number: int) -> Person:
        found = deciding_members(waypoint.charter.group).filter(person=number).select_related("person").first()
        if found is None:
            raise serializers.ValidationError({"person": "There is no member of this group with this id today."})
        return found.person

    @extend_schema(request=WaypointAnswerChange, responses=WaypointAnswerSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change an answer while the waypoint is open: your own, or one that you wrote down."""
        row = self.get_object()
        require(request.user, "coproduction.answer_waypoint", row)
        given = self.sent(WaypointAnswerChange, partial=True)
        person = None if row.person.user_id == request.user.pk else row.person
        now = {"words": row.words, "is_shared": row.is_shared, "told": row.told if person else ""}
        services.save_answer(
            by=request.user, waypoint=row.waypoint, person=person, expected=self.matched(row), **{**now, **given}
        )
        return self.shown(row)

    @extend_schema(parameters=[IF_MATCH_WELCOME], request=NoInput, responses=WaypointAnswerSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def share(self, request: Request, pk: str) -> Response:
        """Share a private answer with the group, until its summary is written."""
        row = self.get_object()
        require(request.user, "coproduction.answer_waypoint", row)
        self.sent(NoInput)
        self.matched(row, is_required=False)
        return self.once(lambda: services.share_answer(by=request.user, answer=row), status=200)
