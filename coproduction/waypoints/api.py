"""Waypoints: read by the group and national readers, planned and recorded by the engagement lead."""

from typing import Any

import django_filters
from django.db.models import Count, QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from coproduction.charter.api import Linked
from coproduction.charter.models import Charter
from coproduction.group.members import groups_named_to
from coproduction.waypoints import services
from coproduction.waypoints.models import LONGEST_QUESTION, LONGEST_SUMMARY, MOST_QUESTIONS, Waypoint
from impact.core.access.permissions import has_perm, require
from impact.core.api.fields import Day, Input, ModelInput, NoInput, VisiblePk
from impact.core.api.schema import IF_MATCH_WELCOME
from impact.core.api.views import EditableViewSet
from impact.core.basics import clock
from impact.core.basics.suppression import suppress


class SummaryPartSerializer(serializers.Serializer):
    """What the group found about one question."""

    question = serializers.CharField()
    words = serializers.CharField(help_text="Markdown.")


class WaypointSerializer(Linked):
    charter = serializers.PrimaryKeyRelatedField(read_only=True)
    questions = serializers.ListField(
        source="question_list", child=serializers.CharField(), help_text="What members are asked, in this order."
    )
    summary = SummaryPartSerializer(
        source="summary_parts", many=True, help_text="What the group found, question by question; empty until then."
    )
    summary_text = serializers.CharField(help_text="The same as one text in Markdown, the questions as headings.")
    state = serializers.SerializerMethodField(help_text="Where it stands today.")
    answered = serializers.SerializerMethodField(
        help_text="How many members have answered: exact for the group and the engagement lead, rounded for others. "
        "Null: too few to say."
    )

    class Meta:
        model = Waypoint
        fields = [
            *("id", "charter", "title", "questions", "state", "opens_on", "opened_on", "due_on", "held_on"),
            *("summary", "summary_text", "finding", "outcome", "no_change_reason", "led_to", "answered"),
            *("moved_from", "cancelled_on", "status_reason", "follows", "url"),
        ]
        extra_kwargs = {
            "held_on": {"help_text": "Null until the waypoint has been held."},
        }

    @extend_schema_field(serializers.ChoiceField(choices=Waypoint.State.choices))
    def get_state(self, row: Waypoint) -> str:
        return row.state_on(clock.today()).value

    @extend_schema_field(serializers.IntegerField(allow_null=True, min_value=0))
    def get_answered(self, row: Waypoint) -> int | None:
        answered: int = row.answered  # type: ignore[attr-defined]
        if row.charter.group_id in self.context.get("named", ()):
            return answered
        return suppress({"answered": answered}).total

    def to_representation(self, row: Waypoint) -> Any:
        data = super().to_representation(row)
        draft = row.led_to
        if draft is not None and draft.status == "draft":  # drafts are for those who write them
            may_see = has_perm(self.context["request"].user, "coproduction.view_drafts")
            data["led_to"] = data["led_to"] if may_see else None
        return data


class WaypointApiFilter(django_filters.FilterSet):
    """Filters of /api/v1/waypoints/."""

    charter = django_filters.NumberFilter(field_name="charter_id", label="A charter's id")
    is_held = django_filters.BooleanFilter(
        field_name="held_on", lookup_expr="isnull", exclude=True, label="Held or not"
    )
    is_open = django_filters.BooleanFilter(method="by_open", label="Whether members can answer today")

    class Meta:
        model = Waypoint
        fields: list[str] = []

    def by_open(self, queryset: Any, name: str, value: bool) -> QuerySet:
        now = Waypoint.objects.open().order_by().values("pk")
        return queryset.filter(pk__in=now) if value else queryset.exclude(pk__in=now)


def _questions() -> serializers.ListField:
    return serializers.ListField(
        child=serializers.CharField(max_length=LONGEST_QUESTION),
        max_length=MOST_QUESTIONS,
        required=False,
        help_text="What members are asked, in this order.",
    )


def _as_text(given: dict[str, Any]) -> dict[str, Any]:
    """The questions one a line, as the service takes them."""
    return {**given, "questions": "\n".join(given["questions"])} if "questions" in given else given


class WaypointInput(ModelInput):
    charter = VisiblePk(queryset=Charter.objects.all())
    questions = _questions()

    class Meta:
        model = Waypoint
        fields = ["charter", "title", "due_on", "opens_on", "questions"]


class WaypointChange(ModelInput):
    opens_on = Day()
    questions = _questions()

    class Meta:
        model = Waypoint
        fields = ["title", "opens_on", "questions"]


class WaypointMoveInput(Input):
    due_on = Day()
    reason = serializers.CharField(max_length=400, help_text="Members read this. Do not name people.")


class WaypointCancelInput(Input):
    reason = serializers.CharField(max_length=400, help_text="Members read this. Do not name people.")


class WaypointResultInput(Input):
    held_on = Day()
    summary = serializers.ListField(
        child=serializers.CharField(max_length=LONGEST_SUMMARY),
        max_length=MOST_QUESTIONS,
        help_text="A text for each question, in their order. Markdown. No names.",
    )
    finding = serializers.ChoiceField(choices=Waypoint.Finding.choices)
    outcome = serializers.ChoiceField(choices=Waypoint.Outcome.choices)
    no_change_reason = serializers.CharField(
        max_length=1000, required=False, help_text="Needed where nothing changes: why the charter stays as it is."
    )


class WaypointViewSet(EditableViewSet):
    """Stops on the way: what members are asked, where the group found itself and what that led to."""

    queryset = Waypoint.objects.select_related("charter__group", "led_to")
    serializer_class = WaypointSerializer
    filterset_class = WaypointApiFilter
    http_method_names = ["get", "head", "options", "post", "patch"]

    def get_queryset(self) -> QuerySet:
        return super().get_queryset().annotate(answered=Count("answers"))

    def get_serializer_context(self) -> dict[str, Any]:
        """With the groups of whose members the caller may know exact numbers, read once for a list."""
        context = super().get_serializer_context()
        user = self.request.user if self.request else None
        named = groups_named_to(user).values_list("pk", flat=True) if user and user.is_authenticated else []
        return {**context, "named": set(named)}

    def _row(self) -> Waypoint:
        row: Waypoint = self.get_object()
        require(self.request.user, "coproduction.record_waypoint", row)
        return row

    @extend_schema(request=WaypointInput, responses={201: WaypointSerializer})
    def create(self, request: Request) -> Response:
        """Plan a waypoint. It opens for answers by itself, and its questions can be changed until then."""
        require(request.user, "coproduction.record_waypoint")
        given = _as_text(self.sent(WaypointInput))
        return self.once(lambda: services.plan_waypoint(by=request.user, **given))

    @extend_schema(request=WaypointChange, responses=WaypointSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change its title, the day on which it opens, or what it asks, until members have been asked."""
        row = self._row()
        now = {"title": row.title, "opens_on": row.opens_on or row.due_on, "questions": row.questions}
        given = {**now, **_as_text(self.sent(WaypointChange, partial=True))}
        services.update_waypoint(by=request.user, waypoint=row, expected=self.matched(row), **given)
        return self.shown(row)

    @extend_schema(parameters=[IF_MATCH_WELCOME], request=NoInput, responses=WaypointSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def open(self, request: Request, pk: str) -> Response:
        """Ask the members today."""
        row = self._row()
        self.sent(NoInput)
        self.matched(row, is_required=False)
        return self.once(lambda: services.open_waypoint(by=request.user, waypoint=row), status=200)

    def _done(self, row: Waypoint, service: Any, given: dict[str, Any]) -> Response:
        def effect() -> Waypoint:
            expected = self.matched(row, is_required=False)
            done: Waypoint = service(by=self.request.user, waypoint=row, expected=expected, **given)
            return done

        return self.once(effect, status=200)

    @extend_schema(
        parameters=[IF_MATCH_WELCOME], request=WaypointMoveInput, responses=WaypointSerializer, filters=False
    )
    @action(detail=True, methods=["post"])
    def move(self, request: Request, pk: str) -> Response:
        """Move it to another day, with the reason. Members are told."""
        row = self._row()
        return self._done(row, services.move_waypoint, self.sent(WaypointMoveInput))

    @extend_schema(
        parameters=[IF_MATCH_WELCOME], request=WaypointCancelInput, responses=WaypointSerializer, filters=False
    )
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Cancel it, with the reason. Members are told."""
        row = self._row()
        return self._done(row, services.cancel_waypoint, self.sent(WaypointCancelInput))

    @extend_schema(
        parameters=[IF_MATCH_WELCOME], request=WaypointResultInput, responses=WaypointSerializer, filters=False
    )
    @action(detail=True, methods=["post"])
    def record(self, request: Request, pk: str) -> Response:
        """Record the group's summary, what it found and what it led to."""
        row = self._row()
        return self._done(row, services.record_waypoint, self.sent(WaypointResultInput))
