"""Materials of a meeting: what goes out before it, by evidence kind and the formats it comes in."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.api_fields import Day, Input, ModelInput
from impact.core.permissions import require
from impact.core.vocabulary import Format
from networks import services
from networks.api.common import OfMeeting
from networks.models import Material


class MaterialSerializer(serializers.ModelSerializer):
    formats = serializers.ListField(child=serializers.ChoiceField(choices=Format.choices))
    is_late = serializers.BooleanField(help_text="Sent, or still not sent, less than a week before the meeting.")

    class Meta:
        model = Material
        fields = ["id", "title", "evidence_kind", "formats", "url", "sent_on", "is_late"]


class MaterialInput(ModelInput):
    formats = serializers.ListField(
        child=serializers.ChoiceField(choices=Format.choices), min_length=1, max_length=len(Format.choices)
    )

    class Meta:
        model = Material
        fields = ["title", "evidence_kind", "formats", "url", "sent_on"]


class SentInput(Input):
    on = Day(required=False, help_text="The day on which it went out; today unless you say otherwise.")


class MaterialViewSet(OfMeeting):
    """What goes out before a meeting."""

    queryset = Material.objects.select_related("meeting__group")
    serializer_class = MaterialSerializer

    @extend_schema(request=MaterialInput, responses={201: MaterialSerializer})
    def create(self, request: Request, meeting: str) -> Response:
        """List something that goes out before the meeting."""
        require(request.user, "networks.plan_meeting", self.meeting)
        given = self.sent(MaterialInput)
        return self.once(lambda: services.add_material(by=request.user, meeting=self.meeting, **given))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, meeting: str, pk: str) -> Response:
        """Take it off the list, as long as it has not gone out."""
        material = self.get_object()
        require(request.user, "networks.plan_meeting", self.meeting)
        self.matched(material)
        services.remove_material(by=request.user, material=material)
        return Response(status=204)

    @extend_schema(request=SentInput, responses=MaterialSerializer)
    @action(detail=True, methods=["post"], url_path="sent")
    def mark_sent(self, request: Request, meeting: str, pk: str) -> Response:
        """Note the day on which it went out to members."""
        material = self.get_object()
        require(request.user, "networks.plan_meeting", self.meeting)
        given = self.sent(SentInput)
        return self.once(lambda: services.mark_material_sent(by=request.user, material=material, **given), status=200)
