"""What taking part costs, over the API: the same figures as the page, and withheld in the same way."""

from typing import Any

from django.core.exceptions import PermissionDenied
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.access.permissions import has_perm
from impact.core.api.views import ApiViewSet
from impact.core.basics import clock
from impact.core.basics.vocabulary import Nation
from networks.groups.models import GroupKind
from networks.meetings.planning.bookings.models import Booking
from networks.meetings.planning.costs import figures
from networks.meetings.planning.costs.filters import CostFilter
from networks.meetings.planning.directory.kinds import Category

FILTERS = ("year", "category", "nation", "group_kind")


class CostLine(serializers.Serializer):
    label = serializers.CharField()  # type: ignore[assignment]
    bookings = serializers.IntegerField(
        allow_null=True, help_text="How many. Empty where that would tell of a few people."
    )
    estimate_pence = serializers.IntegerField(
        source="estimate", allow_null=True, help_text="Expected. Empty: withheld."
    )
    actual_pence = serializers.IntegerField(source="actual", allow_null=True, help_text="Paid. Empty: withheld.")


class CostTable(serializers.Serializer):
    by = serializers.ChoiceField(choices=[(name, heading) for name, (heading, _key, _labels) in figures.BY.items()])
    lines = CostLine(many=True)


class CostTotals(serializers.Serializer):
    is_suppressed = serializers.BooleanField(help_text="Whether what tells of fewer than five people is withheld.")
    as_of = serializers.DateField(allow_null=True, help_text="Suppressed figures are brought up to date once a month.")
    tables = CostTable(many=True)


def _parameter(name: str, words: str, choices: Any = None) -> OpenApiParameter:
    kind = OpenApiTypes.INT if choices is None else OpenApiTypes.STR
    return OpenApiParameter(name, kind, description=words, enum=list(choices.values) if choices is not None else None)


class CostTotalsViewSet(ApiViewSet):
    """What taking part costs. National staff read it by category, nation, kind of group and year; leadership one year by
    category, with what tells of few people withheld."""

    queryset = Booking.objects.all()
    serializer_class = CostTotals
    pagination_class = None
    filter_backends: list = []

    @extend_schema(
        operation_id="booking_costs",
        parameters=[
            _parameter("year", "The year of the meetings."),
            _parameter("category", "For national staff.", Category),
            _parameter("nation", "For national staff.", Nation),
            _parameter("group_kind", "For national staff.", GroupKind),
        ],
        responses=CostTotals,
    )
    def totals(self, request: Request) -> Response:
        """Sums in whole pence, VAT included."""
        given = {name: value for name, value in request.query_params.items() if name != "format"}
        if unknown := sorted(given.keys() - set(FILTERS)):
            raise ValidationError({unknown[0]: f"This takes {', '.join(FILTERS)}."})
        if has_perm(request.user, "networks.view_costs"):
            return self.tagged(CostTotals(self._all(request)).data)
        if not has_perm(request.user, "networks.view_cost_totals"):
            raise PermissionDenied
        if more := sorted(given.keys() - {"year"}):
            raise ValidationError(
                {more[0]: "Choose a year. There are no other filters, so that no one’s costs can be told."}
            )
        asked = request.query_params.get("year")
        year = figures.year_of(asked, clock.today())
        if asked not in (None, str(year)):
            raise ValidationError({"year": "Enter a year from 2000 to 2100."})
        rows, as_of = figures.safe_totals(year)
        tables = [{"by": "category", "lines": rows}]
        return self.tagged(CostTotals({"is_suppressed": True, "as_of": as_of, "tables": tables}).data)

    def _all(self, request: Request) -> dict[str, Any]:
        rows = Booking.objects.select_related("meeting__group")
        chosen = CostFilter(request.query_params, queryset=rows, request=request)
        if not chosen.is_valid():
            raise ValidationError(chosen.errors)
        counted = figures.costs_of(chosen.qs)
        tables = [{"by": by, "lines": figures.totals(counted, by)} for by in figures.BY]
        return {"is_suppressed": False, "as_of": None, "tables": tables}
