"""Portfolios of rounds: read by staff and leadership, written by staff; and how each stands against the targets."""

from typing import Any

import django_filters
from django.core.exceptions import ValidationError
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.access.permissions import require
from impact.core.api.fields import Input, ModelInput, Several, VisibleSlug
from impact.core.api.views import EditableViewSet
from sites.calls.portfolios.characteristics import groups_of
from sites.calls.portfolios.deciding.services import decide_from_portfolio
from sites.calls.portfolios.models import Portfolio
from sites.calls.portfolios.weighing import services
from sites.calls.portfolios.weighing.candidates import candidates_of, eligible, inside
from sites.calls.portfolios.weighing.figures import figures
from sites.calls.rounds.models import Round
from sites.registry.serializers import PageUrl, page_url

MOST = 1000


class PortfolioSerializer(serializers.ModelSerializer):
    round = serializers.SlugRelatedField(slug_field="slug", read_only=True, help_text="The round's slug.")
    applications = serializers.SerializerMethodField(help_text="References of the applications in it.")
    made_by = serializers.SerializerMethodField(help_text="Who saved it first. Null when that is not known.")
    url = PageUrl()
    get_url = page_url

    class Meta:
        model = Portfolio
        fields = [
            *("id", "round", "name", "note", "applications", "made_by", "is_suggested", "is_illustrative"),
            *("version", "created_at", "updated_at", "url"),
        ]

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_applications(self, portfolio: Portfolio) -> list[str]:
        return sorted(row.reference for row in portfolio.applications.all())

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_made_by(self, portfolio: Portfolio) -> str | None:
        return portfolio.made_by.display_name if portfolio.made_by else None


class StandingSerializer(serializers.Serializer):
    target = serializers.CharField(help_text='In words, for example "Nation: Wales, at least 2".')
    count = serializers.DecimalField(max_digits=14, decimal_places=2, help_text="Applications, or pounds.")
    limit = serializers.DecimalField(max_digits=14, decimal_places=2)
    is_met = serializers.BooleanField()


class TallySerializer(serializers.Serializer):
    trait = serializers.CharField(help_text='A characteristic and its value, for example "nation:wales".')
    count = serializers.IntegerField()


class MixSerializer(serializers.Serializer):
    count = serializers.IntegerField(help_text="Applications that can still be chosen.")
    money = serializers.DecimalField(max_digits=14, decimal_places=2, help_text="Pounds that they ask for.")
    value = serializers.FloatField(
        allow_null=True, help_text="Sum of the assessed values, each 0 to 100. Null before the targets are locked."
    )
    not_assessed = serializers.IntegerField(allow_null=True, help_text="Null before the targets are locked.")
    targets = StandingSerializer(many=True)
    spread = TallySerializer(many=True, help_text="How many have each value of each characteristic.")


class PortfolioInput(ModelInput):
    round = VisibleSlug(queryset=Round.objects.all(), help_text="The round's slug.")
    applications = Several(
        child=serializers.CharField(max_length=30), required=False, max_length=MOST, help_text="References."
    )

    class Meta:
        model = Portfolio
        fields = ["round", "name", "note", "applications"]
        validators: list[Any] = []  # the service says in words that a name is taken


class PortfolioChange(Input):
    name = serializers.CharField(max_length=120)
    note = serializers.CharField(allow_blank=True)
    applications = Several(child=serializers.CharField(max_length=30), max_length=MOST, help_text="References: all.")


class DecideInput(Input):
    """The first decisions from a portfolio: what is in it is chosen, everything else is not."""

    reason_chosen = serializers.CharField(max_length=4000, help_text="Why these are chosen.")
    reason_not_chosen = serializers.CharField(max_length=4000, help_text="Why the others are not.")
    feedback_not_chosen = serializers.CharField(
        max_length=4000, required=False, allow_blank=True, default="", help_text="For the others' letters."
    )


class PortfolioApiFilter(django_filters.FilterSet):
    """Filters of /api/v1/portfolios/."""

    round = django_filters.CharFilter(field_name="round__slug", label="A round's slug")

    class Meta:
        model = Portfolio
        fields: list[str] = []


def _ids(round: Round, references: list[str], portfolio: Portfolio | None = None) -> list[int]:
    """The ids of applications by reference; one that cannot be chosen is named."""
    known = dict(eligible(round).filter(reference__in=references).values_list("reference", "pk"))
    if portfolio is not None:
        known |= dict(portfolio.applications.filter(reference__in=references).values_list("reference", "pk"))
    if missing := [reference for reference in references if reference not in known]:
        raise ValidationError({"applications": f"Not an application that can be chosen: {', '.join(missing[:5])}."})
    return [known[reference] for reference in references]


class PortfolioViewSet(EditableViewSet):
    """Sets of applications that staff weigh as a mix."""

    queryset = Portfolio.objects.select_related("round", "made_by__person").prefetch_related("applications")
    serializer_class = PortfolioSerializer
    filterset_class = PortfolioApiFilter
    http_method_names = ["get", "head", "options", "post", "patch", "delete"]

    @extend_schema(request=PortfolioInput, responses={201: PortfolioSerializer})
    def create(self, request: Request) -> Response:
        """Save a set of applications under a name."""
        require(request.user, "sites.edit_portfolio")
        given = self.sent(PortfolioInput)
        references = given.pop("applications", [])
        return self.once(
            lambda: services.add_portfolio(by=request.user, applications=_ids(given["round"], references), **given)
        )

    @extend_schema(request=PortfolioChange, responses=PortfolioSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Rename it, or send all the applications that are to be in it."""
        row: Portfolio = self.get_object()
        require(request.user, "sites.edit_portfolio")
        given = self.sent(PortfolioChange, partial=True)
        expected = self.matched(row)
        if "applications" in given:
            given["applications"] = _ids(row.round, given["applications"], row)
        services.update_portfolio(by=request.user, portfolio=row, expected=expected, **given)
        return self.shown(row)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Remove a portfolio. Applications and decisions stay."""
        row: Portfolio = self.get_object()
        require(request.user, "sites.edit_portfolio")
        services.remove_portfolio(by=request.user, portfolio=row, expected=self.matched(row))
        return Response(status=204)

    @extend_schema(responses=MixSerializer, filters=False)
    @action(detail=True, pagination_class=None)
    def mix(self, request: Request, pk: str) -> Response:
        """How it stands against the round's targets and money, and what it is made of."""
        row = get_object_or_404(self.get_queryset(), pk=pk)
        mix = services.mix_of(row.round)
        by_key = {each.key: each for each in candidates_of(row.round, with_values=mix.is_locked)}
        found = figures(inside(row, by_key), services.wishes_of(mix), groups_of(row.round))
        data = {
            "count": found.count,
            "money": found.money,
            "value": found.value if mix.is_locked else None,
            "not_assessed": found.unassessed if mix.is_locked else None,
            "targets": [
                {"target": each.words, "count": each.count, "limit": each.limit, "is_met": each.is_met}
                for each in found.standings
            ],
            "spread": [
                {"trait": tally.trait, "count": tally.count} for _group, tallies in found.spread for tally in tallies
            ],
        }
        return self.tagged(MixSerializer(data).data)

    @extend_schema(request=DecideInput, responses=PortfolioSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def decide(self, request: Request, pk: str) -> Response:
        """Decide from it: it is chosen, the others are not. Decisions that stand stay. They are held; see /decisions/."""
        row: Portfolio = self.get_object()
        require(request.user, "sites.decide_round")
        given = self.sent(DecideInput)

        def run() -> Portfolio:
            decide_from_portfolio(by=request.user, portfolio=row, **given)
            return row

        return self.once(run, status=200)
