"""Requests about what is held, over the API: the register for those who answer, and one's own."""

import django_filters
from django.db.models import QuerySet
from rest_framework import serializers

from impact.core.api.views import ReadOnlyViewSet
from impact.core.basics import clock
from impact.core.people.rights.requests.models import RightsRequest


class RightsRequestSerializer(serializers.ModelSerializer):
    """One request of one person. It names them by their number; their words are on the page alone."""

    is_overdue = serializers.BooleanField(read_only=True)

    class Meta:
        model = RightsRequest
        fields = [
            *("id", "person", "kind", "how", "received_on", "due_on", "extended_on", "state", "done_on"),
            *("is_overdue", "version"),
        ]


class RightsRequestApiFilter(django_filters.FilterSet):
    """Filters of /api/v1/rights-requests/."""

    state = django_filters.ChoiceFilter(choices=RightsRequest.State.choices)
    kind = django_filters.ChoiceFilter(choices=RightsRequest.Kind.choices)
    overdue = django_filters.BooleanFilter(method="by_overdue", label="Waiting, and due before today")

    class Meta:
        model = RightsRequest
        fields: list[str] = []

    def by_overdue(self, queryset: QuerySet, name: str, value: bool) -> QuerySet:
        late = RightsRequest.objects.overdue(clock.today()).values("pk")
        return queryset.filter(pk__in=late) if value else queryset.exclude(pk__in=late)


class RightsRequestViewSet(ReadOnlyViewSet):
    """Requests to see, correct, take away or delete what is held. Staff see all of them, others their own."""

    queryset: QuerySet = RightsRequest.objects.order_by("due_on", "pk")
    serializer_class = RightsRequestSerializer
    filterset_class = RightsRequestApiFilter


ENDPOINTS = [("rights-requests", RightsRequestViewSet, "rights-request")]
