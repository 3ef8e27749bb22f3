"""Actions: what someone will do, from what was said to what came of it."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.access.permissions import require
from impact.core.api.fields import Day, Input, ModelInput, NoInput, VisiblePk, VisibleSlug
from impact.core.api.lists.bulk import Bulk
from impact.core.api.schema import IF_MATCH_WELCOME
from impact.core.api.views import EditableViewSet
from networks.actions import services
from networks.actions.filters import ActionApiFilter
from networks.actions.models import Action, ActionProgress
from networks.groups.models import Group
from networks.groups.serializers import GroupLink, Linked
from networks.log.models import Contribution
from networks.meetings.models import Meeting


class ActionSerializer(Linked):
    group = GroupLink()
    meeting = serializers.PrimaryKeyRelatedField(read_only=True, allow_null=True, help_text="Where it was agreed.")
    contribution = serializers.PrimaryKeyRelatedField(
        read_only=True, allow_null=True, help_text="What was said that it comes from."
    )
    owner = serializers.CharField(
        source="owner_label",
        read_only=True,
        help_text="Who does it. A member's full name for those who may see people here, a first name inside the group, "
        "else only the role.",
    )
    owner_role = serializers.CharField(read_only=True, help_text="Set when the holder of this role does it.")
    is_owner_known = serializers.SerializerMethodField(
        help_text="Whether the owner is a member or a role, who is reminded by email; otherwise it is free text."
    )
    is_overdue = serializers.BooleanField(help_text="Open, and due before today.")

    class Meta:
        model = Action
        fields = [
            "id",
            "group",
            "meeting",
            "contribution",
            "what",
            "owner",
            "owner_role",
            "is_owner_known",
            "due_on",
            "status",
            "is_overdue",
            "outcome",
            "closed_on",
            "url",
        ]

    def get_is_owner_known(self, action: Action) -> bool:
        return bool(action.owner_person_id or action.owner_role)


class ActionChange(ModelInput):
    contribution = VisiblePk(
        queryset=Contribution.objects.all(),
        required=False,
        allow_null=True,
        help_text="What was said that it is about.",
    )

    class Meta:
        model = Action
        fields = ["contribution", "what", "owner", "due_on"]
        extra_kwargs = {
            "owner": {
                "help_text": "A member's full name, “Coordinator” or “Chair”; anything else is kept as free words."
            }
        }


class ActionInput(ActionChange):
    group = VisibleSlug(queryset=Group.objects.all(), help_text="Its short name.")
    meeting = VisiblePk(queryset=Meeting.objects.all(), required=False, allow_null=True)

    class Meta(ActionChange.Meta):
        fields = ["group", "meeting", *ActionChange.Meta.fields]


class CloseInput(Input):
    status = serializers.ChoiceField(choices=[("done", "Done"), ("dropped", "Dropped")])
    outcome = serializers.CharField(
        max_length=400, required=False, allow_blank=True, help_text="The outcome, or why it was dropped."
    )
    closed_on = Day(required=False, help_text="Today unless you say otherwise.")


class ProgressSerializer(serializers.ModelSerializer):
    """How far an action had come on a day."""

    class Meta:
        model = ActionProgress
        fields = ["id", "on", "words"]


class ProgressInput(ModelInput):
    on = Day(required=False, help_text="Today unless you say otherwise.")

    class Meta:
        model = ActionProgress
        fields = ["words", "on"]


class ActionViewSet(Bulk, EditableViewSet):
    """Actions of the groups that you may see."""

    queryset = Action.objects.select_related("group")
    serializer_class = ActionSerializer
    filterset_class = ActionApiFilter
    row_input = ActionInput

    def get_queryset(self) -> QuerySet:
        rows = super().get_queryset()
        return rows if getattr(self, "swagger_fake_view", False) else rows.named(self.request.user)  # type: ignore[attr-defined]

    @extend_schema(request=ActionInput, responses={201: ActionSerializer})
    def create(self, request: Request) -> Response:
        """Write down what someone will do, and the words it comes from."""
        self.require_any()
        given = self.sent(ActionInput)
        require(request.user, "networks.edit_action", given["group"])
        return self.once(lambda: self.add(**given))

    def require_any(self) -> None:
        if not Group.objects.permitted(self.request.user, "networks.edit_action").exists():
            raise PermissionDenied

    def add(self, **given: Any) -> Action:
        require(self.request.user, "networks.edit_action", given["group"])
        return services.add_action(by=self.request.user, **given)

    def _row(self) -> Action:
        row: Action = self.get_object()
        require(self.request.user, "networks.edit_action", row)
        return row

    @extend_schema(request=ActionChange, responses=ActionSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what an open action says, who does it, by when, or where it comes from."""
        row = self._row()
        given = self.sent(ActionChange, partial=True)
        services.change_action(by=request.user, action=row, expected=self.matched(row), **given)
        return self.shown(row)

    @extend_schema(parameters=[IF_MATCH_WELCOME], request=CloseInput, responses=ActionSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: str) -> Response:
        """Say that it is done, with what came of it, or dropped, with the reason."""
        row = self._row()
        given = self.sent(CloseInput)

        def close() -> Action:
            on, expected = given.pop("closed_on", None), self.matched(row, is_required=False)
            return services.close_action(by=request.user, action=row, on=on, expected=expected, **given)

        return self.once(close, status=200)

    @extend_schema(parameters=[IF_MATCH_WELCOME], request=NoInput, responses=ActionSerializer)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: str) -> Response:
        """Open a closed action again."""
        row = self._row()
        self.sent(NoInput)

        def reopen() -> Action:
            expected = self.matched(row, is_required=False)
            return services.reopen_action(by=request.user, action=row, expected=expected)

        return self.once(reopen, status=200)

    @extend_schema(responses=ProgressSerializer(many=True), filters=False)
    @action(detail=True, pagination_class=None)
    def progress(self, request: Request, pk: str) -> Response:
        """How far it has come, newest first."""
        return self._progress(self.get_object().pk)

    def _progress(self, pk: str, status: int = 200) -> Response:
        rows = ActionProgress.objects.filter(action_id=pk)
        return self.tagged(ProgressSerializer(rows, many=True).data, status=status)

    @extend_schema(request=ProgressInput, responses={201: ProgressSerializer(many=True)}, filters=False)
    @progress.mapping.post
    def record_progress(self, request: Request, pk: str) -> Response:
        """Note how far an open action has come."""
        row = self._row()
        given = self.sent(ProgressInput)

        def record() -> Action:
            services.record_progress(by=request.user, action=row, **given)
            return row

        return self.once(record, show=self._progress)
