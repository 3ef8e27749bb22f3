"""Targets of rounds over the API: what a mix is to be like. Read by staff and leadership, written by staff until they are locked."""

import django_filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.access.permissions import require
from impact.core.api.fields import Input, VisibleSlug
from impact.core.api.views import EditableViewSet
from sites.calls.portfolios.models import Target
from sites.calls.portfolios.weighing import services
from sites.calls.rounds.models import Round


class TargetApiFilter(django_filters.FilterSet):
    """Filters of /api/v1/targets/."""

    round = django_filters.CharFilter(field_name="mix__round__slug", label="A round's slug")

    class Meta:
        model = Target
        fields: list[str] = []


class TargetSerializer(serializers.ModelSerializer):
    """At least or at most so many chosen applications with one trait."""

    round = serializers.CharField(source="mix.round.slug", help_text="The round's slug.")
    trait = serializers.CharField(help_text='A characteristic and its value, for example "nation:wales".')
    is_locked = serializers.BooleanField(source="mix.is_locked", help_text="Whether it can no longer change.")

    class Meta:
        model = Target
        fields = ["id", "round", "trait", "bound", "number", "is_locked"]
        extra_kwargs = {
            "bound": {"help_text": "At least or at most."},
            "number": {"help_text": "How many chosen applications."},
        }


class TargetInput(Input):
    round = VisibleSlug(queryset=Round.objects.all(), help_text="The round's slug.")
    trait = serializers.CharField(max_length=101, help_text='A characteristic and its value, such as "nation:wales".')
    bound = serializers.ChoiceField(choices=Target.Bound.choices)
    number = serializers.IntegerField(min_value=0, max_value=1000)


class TargetViewSet(EditableViewSet):
    """What the mix of a round is to be like. Once they are locked, targets stay as they are."""

    queryset = Target.objects.select_related("mix__round").order_by("-pk")
    serializer_class = TargetSerializer
    filterset_class = TargetApiFilter
    http_method_names = ["get", "head", "options", "post", "delete"]

    @extend_schema(request=TargetInput, responses={201: TargetSerializer})
    def create(self, request: Request) -> Response:
        """Ask for at least or at most so many applications with a trait."""
        require(request.user, "sites.edit_portfolio")
        given = self.sent(TargetInput)
        return self.once(lambda: services.add_target(by=request.user, **given))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Take a target back."""
        row: Target = self.get_object()
        require(request.user, "sites.edit_portfolio")
        self.matched(row)
        services.remove_target(by=request.user, target=row)
        return Response(status=204)
