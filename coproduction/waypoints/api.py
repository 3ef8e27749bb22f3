"""Read endpoints: waypoints."""

import django_filters
from rest_framework import serializers

from coproduction.charter.api import Linked
from coproduction.waypoints.models import Waypoint
from impact.core.api.views import ReadOnlyViewSet


class WaypointSerializer(Linked):
    charter = serializers.PrimaryKeyRelatedField(read_only=True)

    class Meta:
        model = Waypoint
        fields = ["id", "charter", "title", "due_on", "held_on", "where_we_are", "heading", "outcome", "url"]
        extra_kwargs = {
            "held_on": {"help_text": "Null until the waypoint has been held."},
            "where_we_are": {"help_text": "Markdown."},
        }


class WaypointApiFilter(django_filters.FilterSet):
    """Filters of /api/v1/waypoints/."""

    charter = django_filters.NumberFilter(field_name="charter_id", label="A charter's id")
    is_held = django_filters.BooleanFilter(
        field_name="held_on", lookup_expr="isnull", exclude=True, label="Held or not"
    )

    class Meta:
        model = Waypoint
        fields: list[str] = []


class WaypointViewSet(ReadOnlyViewSet):
    """Stops on the way: where the group found itself and what that led to."""

    queryset = Waypoint.objects.all()
    serializer_class = WaypointSerializer
    filterset_class = WaypointApiFilter
