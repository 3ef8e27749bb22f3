"""Endpoint: outside groups that a group learns with."""

import django_filters
from django.db.models import Prefetch
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from coproduction.charter.api import Linked
from coproduction.group.outside import services
from coproduction.group.outside.models import Exchange, OutsideGroup
from impact.core.access.permissions import require
from impact.core.api.fields import ModelInput, VisibleSlug
from impact.core.api.views import EditableViewSet
from impact.core.web.forms import Searching
from networks.groups.models import Group


class ExchangeSerializer(serializers.ModelSerializer):
    """Something that one of the two groups learned from the other."""

    class Meta:
        model = Exchange
        fields = ["id", "on", "direction", "words", "led_to"]


class OutsideGroupSerializer(Linked):
    group = serializers.SlugRelatedField(slug_field="slug", read_only=True, help_text="Short name of our group.")
    exchanges = ExchangeSerializer(many=True, help_text="What was learned, newest first.")

    class Meta:
        model = OutsideGroup
        fields = [
            "id",
            "group",
            "name",
            "about",
            "web",
            "known_since",
            "ended_on",
            "is_illustrative",
            "exchanges",
            "version",
            "url",
        ]


class OutsideGroupInput(ModelInput):
    group = VisibleSlug(queryset=Group.objects.filter(charter__isnull=False), help_text="Short name of our group.")

    class Meta:
        model = OutsideGroup
        fields = ["group", "name", "about", "web", "known_since", "ended_on"]


class OutsideGroupChange(ModelInput):
    class Meta:
        model = OutsideGroup
        fields = ["name", "about", "web", "known_since", "ended_on"]


class ExchangeInput(ModelInput):
    class Meta:
        model = Exchange
        fields = ["on", "direction", "words", "led_to"]


class OutsideGroupApiFilter(Searching):
    """Filters of /api/v1/outside-groups/."""

    search = django_filters.CharFilter(method="by_search", label="Words in the name, or in what was learned")
    group = django_filters.CharFilter(field_name="group__slug", label="Our group's short name")

    class Meta:
        model = OutsideGroup
        fields: list[str] = []


class OutsideGroupViewSet(EditableViewSet):
    """Groups outside IMPACT that a group is in touch with, and what was learned from each other."""

    queryset = OutsideGroup.objects.select_related("group").prefetch_related(
        Prefetch("exchanges", Exchange.objects.order_by("-on", "-pk"))
    )
    serializer_class = OutsideGroupSerializer
    filterset_class = OutsideGroupApiFilter

    @extend_schema(request=OutsideGroupInput, responses={201: OutsideGroupSerializer})
    def create(self, request: Request) -> Response:
        """Add a group that yours is in touch with."""
        if not Group.objects.permitted(request.user, "coproduction.edit_outside_group").exists():
            raise PermissionDenied
        given = self.sent(OutsideGroupInput)
        require(request.user, "coproduction.edit_outside_group", given["group"])
        return self.once(lambda: services.add_outside_group(by=request.user, **given))

    @extend_schema(request=OutsideGroupChange, responses=OutsideGroupSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Correct what is written, or say that the groups are no longer in touch."""
        row = self.get_object()
        require(request.user, "coproduction.edit_outside_group", row)
        given = self.sent(OutsideGroupChange, partial=True)
        services.update_outside_group(by=request.user, outside_group=row, expected=self.matched(row), **given)
        return self.shown(row)

    @extend_schema(request=ExchangeInput, responses={201: OutsideGroupSerializer}, filters=False)
    @action(detail=True, methods=["post"])
    def exchanges(self, request: Request, pk: str) -> Response:
        """Add something that one of the two groups learned from the other."""
        row = self.get_object()
        require(request.user, "coproduction.edit_outside_group", row)
        given = self.sent(ExchangeInput)

        def add() -> OutsideGroup:
            return services.add_exchange(by=request.user, outside_group=row, **given).outside_group

        return self.once(add)
