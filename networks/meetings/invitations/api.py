"""Who is asked to a meeting, and what they answer."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.access.permissions import require
from impact.core.api.fields import Input
from networks.groups.serializers import OfMeeting
from networks.meetings.invitations import services
from networks.meetings.invitations.models import MeetingInvitation


class InvitationSerializer(serializers.ModelSerializer):
    person = serializers.PrimaryKeyRelatedField(read_only=True, help_text="Id of the person's record.")
    name = serializers.CharField(source="person.name")

    class Meta:
        model = MeetingInvitation
        fields = [
            "id",
            "person",
            "name",
            "sent_at",
            "answer",
            "access_needs",
            "answered_at",
            "answered_via",
            "reminded_at",
        ]


class AnswerInput(Input):
    answer = serializers.ChoiceField(choices=MeetingInvitation.Answer.choices)
    access_needs = serializers.CharField(
        max_length=400, required=False, allow_blank=True, help_text="What would help them to take part."
    )


class InvitationViewSet(OfMeeting):
    """Who is asked to a meeting. For those who may see who is in the group; your own answer is at `/meetings/{id}/answer/`."""

    queryset = MeetingInvitation.objects.filter(withdrawn_at__isnull=True).select_related("person", "meeting__group")
    serializer_class = InvitationSerializer
    reads = "networks.view_people"

    @extend_schema(request=AnswerInput, responses=InvitationSerializer)
    @action(detail=True, methods=["post"])
    def answer(self, request: Request, meeting: str, pk: str) -> Response:
        """Write down what someone told you."""
        row = self.get_object()
        require(request.user, "networks.plan_meeting", self.meeting)
        given = self.sent(AnswerInput)

        def keep() -> MeetingInvitation:
            services.answer_invitation(by=request.user, invitation=row, **given)
            return row

        return self.once(keep, status=200)
