"""Read endpoints: involvements."""

import django_filters
from rest_framework import serializers

from coproduction.charter.api import Linked
from coproduction.involvements.models import Involvement
from impact.core.api.views import ReadOnlyViewSet, YearFilter
from impact.core.web.forms import Searching


class InvolvementSerializer(Linked):
    group = serializers.SlugRelatedField(slug_field="slug", read_only=True, help_text="Slug of the group.")
    step = serializers.ChoiceField(
        choices=[("asked", "Asked"), ("said", "Members have responded"), ("settled", "Settled")],
        help_text="Which step it has reached.",
    )

    class Meta:
        model = Involvement
        fields = [
            "id",
            "group",
            "title",
            "step",
            "asked_by",
            "asked",
            "asked_on",
            "said",
            "said_on",
            "outcome",
            "changed",
            "changed_on",
            "is_good_practice",
            "is_illustrative",
            "url",
        ]


class InvolvementApiFilter(Searching):
    """Filters of /api/v1/involvements/."""

    search = django_filters.CharFilter(method="by_search", label="Words in the title, ask, answer or change")
    group = django_filters.CharFilter(field_name="group__slug", label="A group's slug")
    outcome = django_filters.ChoiceFilter(choices=Involvement.Outcome)
    year = YearFilter(field_name="asked_on", lookup_expr="year", label="The year it was asked")
    is_good_practice = django_filters.BooleanFilter()

    class Meta:
        model = Involvement
        fields: list[str] = []


class InvolvementViewSet(ReadOnlyViewSet):
    """What members were asked, what they said, what changed."""

    queryset = Involvement.objects.select_related("group")
    serializer_class = InvolvementSerializer
    filterset_class = InvolvementApiFilter
