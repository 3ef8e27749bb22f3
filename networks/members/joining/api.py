"""Who is invited to join a group and has not answered, and saying yes or no oneself."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.access.permissions import require
from impact.core.api.fields import Input, ModelInput, NoInput
from impact.core.api.views import EditableViewSet
from networks.groups.serializers import GroupLink, OfGroup
from networks.members.joining import services
from networks.members.joining.forms import MEMBER_ROLES
from networks.members.joining.models import JoinInvitation


class JoinInvitationSerializer(serializers.ModelSerializer):
    """Someone invited to join a group, who belongs to it once they say yes."""

    is_open = serializers.BooleanField(read_only=True, help_text="Whether it can be answered now.")

    class Meta:
        model = JoinInvitation
        fields = [
            "id",
            "name",
            "email",
            "role",
            "perspective",
            "perspective_note",
            "starts_on",
            "sent_at",
            "expires_at",
            "is_open",
        ]


class JoinInvitationInput(ModelInput):
    role = serializers.ChoiceField(choices=MEMBER_ROLES, required=False)

    class Meta:
        model = JoinInvitation
        fields = ["name", "email", "role", "perspective", "perspective_note", "starts_on"]


class JoinInvitationViewSet(OfGroup):
    """People invited to join a group who have not answered. The answer is the same whether we know an address or not."""

    queryset = JoinInvitation.objects.unanswered()
    serializer_class = JoinInvitationSerializer
    reads = "networks.edit_group"
    http_method_names = ["get", "head", "options", "post", "delete"]

    @extend_schema(request=JoinInvitationInput, responses={201: JoinInvitationSerializer})
    def create(self, request: Request, group: str) -> Response:
        """Invite someone by email. They belong to the group once they say yes."""
        require(request.user, "networks.edit_group", self.group)
        given = self.sent(JoinInvitationInput)
        return self.once(lambda: services.invite_member(by=request.user, group=self.group, **given))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, group: str, pk: str) -> Response:
        """Withdraw an invitation that has not been answered."""
        row = self.get_object()
        self.matched(row)
        services.withdraw_join_invitation(by=request.user, invitation=row)
        return Response(status=204)

    @extend_schema(request=NoInput, responses=JoinInvitationSerializer)
    @action(detail=True, methods=["post"], url_path="send-again")
    def send_again(self, request: Request, group: str, pk: str) -> Response:
        """Send it once more; the link works for another month."""
        row = self.get_object()
        self.sent(NoInput)
        return self.once(lambda: services.send_join_invitation_again(by=request.user, invitation=row), status=200)


class OwnJoinInvitationSerializer(serializers.ModelSerializer):
    """A group that the caller is invited to join."""

    group = GroupLink()

    class Meta:
        model = JoinInvitation
        fields = ["id", "group", "role", "perspective", "sent_at", "expires_at", "answer"]


class JoinAnswerInput(Input):
    answer = serializers.ChoiceField(choices=JoinInvitation.Answer.choices)


class OwnJoinInvitationViewSet(EditableViewSet):
    """Groups that you are invited to join, by an address that your account has verified."""

    queryset = JoinInvitation.objects.filter(withdrawn_at__isnull=True).select_related("group")
    serializer_class = OwnJoinInvitationSerializer
    http_method_names = ["get", "head", "options", "post"]

    def get_queryset(self) -> QuerySet:
        return super().get_queryset().order_by("-sent_at", "pk")

    @extend_schema(request=JoinAnswerInput, responses=OwnJoinInvitationSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def answer(self, request: Request, pk: str) -> Response:
        """Join the group, or say no."""
        row = self.get_object()
        given = self.sent(JoinAnswerInput)
        return self.once(lambda: services.answer_join_invitation(by=request.user, invitation=row, **given), status=200)
