"""The mix of a round over the API: places, money, targets, their lock, and suggestions. Read by staff and leadership."""

from typing import Any

import django_filters
from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet
from django.urls import reverse
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.access.permissions import has_perm, require
from impact.core.api.fields import Input, ModelInput, Several, VisibleSlug
from impact.core.api.schema import IF_MATCH_WELCOME
from impact.core.api.views import EditableViewSet
from sites.calls.portfolios.models import Mix, Target
from sites.calls.portfolios.weighing import candidates, services
from sites.calls.portfolios.weighing.suggesting import as_data, suggest_for
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


# --- Places, money and the lock ------------------------------------------------------------------
class RoundMixSerializer(serializers.ModelSerializer):
    """What the mix of a round is to be like, as a whole."""

    round = serializers.CharField(source="slug", help_text="The round's slug.")
    most = serializers.IntegerField(
        source="mix.most", default=None, allow_null=True, help_text="The most applications to choose. Null: no limit."
    )
    money = serializers.DecimalField(
        max_digits=12,
        decimal_places=2,
        source="mix.money",
        default=None,
        allow_null=True,
        help_text="Pounds for all awards together. Null: no limit.",
    )
    locked_at = serializers.DateTimeField(
        source="mix.locked_at", default=None, allow_null=True, help_text="From then on nothing of it changes."
    )
    lock_reason = serializers.SerializerMethodField(
        help_text="Why it was locked only after an assessment was submitted. Empty otherwise."
    )
    targets = serializers.IntegerField(source="number_of_targets", help_text="How many there are; see /targets/.")
    version = serializers.SerializerMethodField()
    url = serializers.SerializerMethodField(help_text="The page for people.")

    class Meta:
        model = Round
        fields = ["round", "most", "money", "locked_at", "lock_reason", "targets", "version", "url"]

    def get_lock_reason(self, round: Round) -> str:
        mix: Mix | None = getattr(round, "mix", None)
        return mix.lock_reason if mix else ""

    def get_version(self, round: Round) -> int:
        mix: Mix | None = getattr(round, "mix", None)
        return mix.version if mix else Mix().version

    @extend_schema_field(serializers.URLField())
    def get_url(self, round: Round) -> str:
        path: str = reverse("sites:mix", args=[round.slug])
        request = self.context.get("request")
        return request.build_absolute_uri(path) if request else path


class LimitsInput(ModelInput):
    class Meta:
        model = Mix
        fields = ["most", "money"]


class LockInput(Input):
    reason = serializers.CharField(
        max_length=1000,
        required=False,
        allow_blank=True,
        default="",
        help_text="Needed once an assessment was submitted: why you lock only now.",
    )


class SuggestInput(Input):
    mixes = serializers.IntegerField(min_value=1, max_value=5, required=False, default=3)
    picks = Several(
        child=serializers.CharField(max_length=30), max_length=1000, required=False, help_text="References: always in."
    )
    left_out = Several(
        child=serializers.CharField(max_length=30), max_length=1000, required=False, help_text="References: never in."
    )
    with_places = serializers.BooleanField(required=False, default=True)
    with_money = serializers.BooleanField(required=False, default=True)
    targets = Several(
        child=serializers.IntegerField(min_value=1, max_value=2**31 - 1),
        max_length=services.MOST_TARGETS,
        required=False,
        help_text="The ids of those to keep to. Left out: all.",
    )


class SuggestedTargetSerializer(serializers.Serializer):
    target = serializers.CharField(help_text="In words.")
    count = serializers.CharField(help_text="Applications, or pounds.")
    is_met = serializers.BooleanField()


class SuggestedMixSerializer(serializers.Serializer):
    value = serializers.FloatField()
    money = serializers.CharField(help_text="Pounds.")
    applications = serializers.ListField(child=serializers.CharField(), help_text="References.")
    targets = SuggestedTargetSerializer(many=True)


class LimitCostSerializer(serializers.Serializer):
    target = serializers.CharField(help_text="In words.")
    value = serializers.FloatField(allow_null=True, help_text="Null: there was no time to work it out.")


class SuggestionOfMixSerializer(serializers.Serializer):
    mixes = SuggestedMixSerializer(many=True, help_text="The best first.")
    costs = LimitCostSerializer(many=True, help_text="The value that each limit costs.")
    clash = serializers.ListField(child=serializers.CharField(), help_text="Limits that cannot be met together.")
    not_assessed = serializers.IntegerField(help_text="Left aside, because no one has assessed them.")
    is_proven = serializers.BooleanField(help_text="False: time ran out, and a slightly better mix may exist.")
    problem = serializers.CharField(allow_blank=True, help_text="Why there is no mix.")


class MixViewSet(EditableViewSet):
    """The places and the money of each round, and the lock after which nothing of its mix changes."""

    queryset = Round.objects.select_related("mix").annotate(number_of_targets=Count("mix__targets")).order_by("-pk")
    serializer_class = RoundMixSerializer
    lookup_field = "slug"
    http_method_names = ["get", "head", "options", "post", "patch"]

    def get_queryset(self) -> QuerySet:
        rows = super().get_queryset()
        return rows if has_perm(self.request.user, "sites.view_portfolios") else rows.none()

    def version_of(self, row: Any) -> int | None:
        return services.mix_of(row).version

    def _row(self) -> Round:
        row: Round = self.get_object()
        require(self.request.user, "sites.edit_portfolio")
        return row

    @extend_schema(request=LimitsInput, responses=RoundMixSerializer)
    def partial_update(self, request: Request, slug: str) -> Response:
        """Set how many applications can be chosen, and within what money."""
        row = self._row()
        given = self.sent(LimitsInput, partial=True)
        now = services.mix_of(row)
        expected = self.matched(row)
        limits = {"most": now.most, "money": now.money, **given}
        services.set_limits(by=request.user, round=row, expected=expected, **limits)
        return self.shown(row)

    @extend_schema(parameters=[IF_MATCH_WELCOME], request=LockInput, responses=RoundMixSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def lock(self, request: Request, slug: str) -> Response:
        """Fix places, money and targets for good. From then on scores are shown beside applications."""
        row = self._row()
        given = self.sent(LockInput)
        expected = self.matched(row, is_required=False)

        def run() -> Round:
            services.lock_mix(by=request.user, round=row, expected=expected, **given)
            return row

        return self.once(run, status=200)

    @extend_schema(request=SuggestInput, responses=SuggestionOfMixSerializer, filters=False)
    @action(detail=True, methods=["post"], pagination_class=None)
    def suggest(self, request: Request, slug: str) -> Response:
        """The best mixes within the targets, and what each target costs. Nothing is stored: a person decides."""
        row = get_object_or_404(self.get_queryset().prefetch_related("topics"), slug=slug)
        given = self.sent(SuggestInput)
        ids = dict(candidates.eligible(row).values_list("reference", "pk"))
        fixed = {name: given.pop(name, []) for name in ("picks", "left_out")}
        for name, references in fixed.items():
            if missing := [reference for reference in references if reference not in ids]:
                raise ValidationError({name: f"Not an application that can be chosen: {', '.join(missing[:5])}."})
        targets = given.pop("targets", None)
        answer = suggest_for(
            services.mix_of(row),
            targets=None if targets is None else [f"target-{pk}" for pk in targets],
            **{name: [ids[reference] for reference in references] for name, references in fixed.items()},
            **given,
        )
        return Response(SuggestionOfMixSerializer(as_data(answer)).data)
