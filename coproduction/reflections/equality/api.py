"""Equality monitoring over the API: rounds and their published figures. No answer is read or written here."""

from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from coproduction.charter.api import Linked
from coproduction.reflections.equality.models import EqualityRound
from impact.core.api.views import ReadOnlyViewSet, YearFilter
from impact.core.people.rights.equality.figures import tables


class EqualityRowSerializer(serializers.Serializer):
    """How many people gave one answer."""

    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    value = serializers.IntegerField(allow_null=True, help_text="People, rounded to 5. Null: withheld.")
    is_part = serializers.BooleanField(help_text="More people gave this answer, in groups that withhold it.")


class EqualityTableSerializer(serializers.Serializer):
    """One question and its answers."""

    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    rows = EqualityRowSerializer(many=True)


class EqualityRoundSerializer(Linked):
    kinds = serializers.ListField(child=serializers.CharField(), help_text="Kinds of group whose members were asked.")
    asked = serializers.IntegerField(help_text="How many people were asked.")
    answered = serializers.IntegerField(
        allow_null=True, help_text="At least so many people answered. Null: too few to say, or not closed yet."
    )
    tables = serializers.SerializerMethodField(
        help_text="Published when the round closed, for good. ?kind= and ?nation= add up those of a kind of group or nation."
    )

    class Meta:
        model = EqualityRound
        fields = [
            *("id", "year", "kinds", "opened_on", "closes_on", "asked", "answered", "tables"),
            *("is_illustrative", "version", "url"),
        ]

    @extend_schema_field(EqualityTableSerializer(many=True))
    def get_tables(self, row: EqualityRound) -> list[dict[str, Any]]:
        if row.figures is None:
            return []
        asked = self.context["request"].query_params
        found = tables(row.figures, kind=asked.get("kind", ""), nation=asked.get("nation", ""))
        return list(EqualityTableSerializer(found, many=True).data)


class EqualityRoundApiFilter(django_filters.FilterSet):
    """Filters of /api/v1/equality-rounds/."""

    year = YearFilter(field_name="year", label="The year")
    kind = django_filters.CharFilter(method="keep", label="Figures of one kind of group")
    nation = django_filters.CharFilter(method="keep", label="Figures of one nation")

    class Meta:
        model = EqualityRound
        fields: list[str] = []

    def keep(self, rows: Any, _name: str, _value: str) -> Any:
        """All rounds: what is filtered are the figures of each."""
        return rows


class EqualityRoundViewSet(ReadOnlyViewSet):
    """Rounds of equality monitoring with their figures, for leadership and national staff."""

    queryset = EqualityRound.objects.all()
    serializer_class = EqualityRoundSerializer
    filterset_class = EqualityRoundApiFilter
