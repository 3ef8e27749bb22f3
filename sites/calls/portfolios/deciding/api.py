"""Decisions of rounds: read by staff and leadership; made, changed and told by staff, through the same services as the pages."""

from typing import Any

import django_filters
from django.core.exceptions import ValidationError
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.access.permissions import require
from impact.core.api.fields import Day, Input, ModelInput, NoInput, Several, VisibleSlug
from impact.core.api.schema import IF_MATCH_WELCOME
from impact.core.api.views import EditableViewSet
from impact.core.basics.states import StateConflict
from impact.core.basics.vocabulary import Nation, Region
from sites.calls.applications.models import Application
from sites.calls.portfolios.deciding import services
from sites.calls.portfolios.deciding.awarding.services import LONGEST, award_application, copied_from
from sites.calls.portfolios.models import Award, Decision
from sites.organisations.models import Organisation
from sites.registry.models import DeliveryModel
from sites.registry.serializers import PageUrl, page_url
from sites.topics.models import Topic

MOST_PROMISES = 50


class DecisionApiFilter(django_filters.FilterSet):
    """Filters of /api/v1/decisions/."""

    round = django_filters.CharFilter(field_name="application__round__slug", label="A round's slug")
    application = django_filters.CharFilter(field_name="application__reference", label="An application's reference")
    outcome = django_filters.ChoiceFilter(choices=Decision.Outcome)
    told = django_filters.BooleanFilter(
        field_name="told_at", lookup_expr="isnull", exclude=True, label="Whether the applicant knows it"
    )

    class Meta:
        model = Decision
        fields: list[str] = []


class RoundAwardSerializer(serializers.ModelSerializer):
    class Meta:
        model = Award
        fields = ["on", "money", "in_kind"]
        extra_kwargs = {"on": {"help_text": "When the application became a site."}}


class RoundDecisionSerializer(serializers.ModelSerializer):
    """What a person decided about one application, and why."""

    round = serializers.CharField(source="application.round.slug", help_text="The round's slug.")
    application = serializers.CharField(source="application.reference", help_text="The application's reference.")
    organisation = serializers.CharField(source="application.organisation_name", help_text="Who applied.")
    decided_by = serializers.SerializerMethodField(help_text="Null when that is not known.")
    site = serializers.CharField(
        source="application.award.site.slug", default=None, allow_null=True, help_text="The slug of what it became."
    )
    award = RoundAwardSerializer(
        source="application.award", default=None, allow_null=True, help_text="What was given. Null: it is no site yet."
    )
    url = PageUrl()
    get_url = page_url

    class Meta:
        model = Decision
        fields = [
            *("id", "round", "application", "organisation", "outcome", "reserve_place", "reason", "feedback"),
            *("decided_by", "decided_at", "told_at", "site", "award", "version", "url"),
        ]
        extra_kwargs = {
            "outcome": {"help_text": "What was decided."},
            "decided_at": {"help_text": "When it was decided or last changed."},
        }

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_decided_by(self, decision: Decision) -> str | None:
        return decision.decided_by.display_name if decision.decided_by else None


class RoundDecisionChange(ModelInput):
    class Meta:
        model = Decision
        fields = ["outcome", "reserve_place", "reason", "feedback"]
        validators: list[Any] = []  # the service says in words what does not fit


class RoundDecisionInput(RoundDecisionChange):
    application = serializers.CharField(max_length=30, help_text="An application's reference.")

    class Meta(RoundDecisionChange.Meta):
        fields = ["application", *RoundDecisionChange.Meta.fields]


class MoveUpInput(Input):
    reason = serializers.CharField(max_length=4000, help_text="Why a place became free, and why this one gets it.")
    feedback = serializers.CharField(
        max_length=4000, required=False, allow_blank=True, default="", help_text="Empty: the first feedback stays."
    )


class AwardInput(Input):
    """What a site starts with. What is left out is copied from the application and from the statement that the applicant saw."""

    organisation = VisibleSlug(
        queryset=Organisation.objects.all(),
        required=False,
        allow_null=True,
        help_text="The host on record. Null: record the applicant as a new organisation.",
    )
    name = serializers.CharField(max_length=160, required=False, help_text="Of the site.")
    delivery_model = serializers.ChoiceField(choices=DeliveryModel.choices, required=False)
    topic = VisibleSlug(queryset=Topic.objects.all(), required=False, help_text="A topic's slug.")
    nations = Several(child=serializers.ChoiceField(choices=Nation.choices), max_length=5, required=False)
    region = serializers.ChoiceField(choices=Region.choices, required=False, allow_blank=True)
    place = serializers.CharField(max_length=120, required=False, allow_blank=True)
    starts_on = Day(required=False, allow_null=True)
    money = serializers.DecimalField(
        max_digits=12, decimal_places=2, min_value=0, required=False, allow_null=True, help_text="Pounds awarded."
    )
    in_kind = serializers.CharField(max_length=200, required=False, allow_blank=True, help_text="Other than money.")
    centre = serializers.ListField(
        child=serializers.CharField(max_length=LONGEST),
        max_length=MOST_PROMISES,
        required=False,
        help_text="What the centre promises: each a commitment.",
    )
    host = serializers.ListField(
        child=serializers.CharField(max_length=LONGEST),
        max_length=MOST_PROMISES,
        required=False,
        help_text="What the host promises: each a commitment.",
    )


class RoundDecisionViewSet(EditableViewSet):
    """Decisions about applications, each with its reason. They are held until staff release those of a round together."""

    queryset = Decision.objects.select_related(
        "application__round",
        "application__award__site",
        "application__statement",
        "application__topic",
        "decided_by__person",
    ).order_by("-pk")
    serializer_class = RoundDecisionSerializer
    filterset_class = DecisionApiFilter
    http_method_names = ["get", "head", "options", "post", "patch", "delete"]

    def _row(self) -> Decision:
        row: Decision = self.get_object()
        require(self.request.user, "sites.decide_round")
        return row

    @extend_schema(request=RoundDecisionInput, responses={201: RoundDecisionSerializer})
    def create(self, request: Request) -> Response:
        """Record what was decided about an application, and why. It is held."""
        require(request.user, "sites.decide_round")
        given = self.sent(RoundDecisionInput)
        reference = given.pop("application")
        found = Application.objects.visible_to(request.user).filter(reference=reference).select_related("round").first()
        if found is None:
            raise ValidationError({"application": "No application has this reference."})

        def make() -> Decision:
            if Decision.objects.filter(application=found).exists():
                raise StateConflict("There is a decision about this application. Change that one.", code="decided")
            return services.decide(by=request.user, application=found, **given)

        return self.once(make)

    @extend_schema(request=RoundDecisionChange, responses=RoundDecisionSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change a decision that is held."""
        row = self._row()
        given = self.sent(RoundDecisionChange, partial=True)
        now = {name: getattr(row, name) for name in RoundDecisionChange.Meta.fields}
        if "outcome" in given:
            now["reserve_place"] = None  # the service gives a reserve the next free place
        expected = self.matched(row)
        services.decide(by=request.user, application=row.application, expected=expected, **{**now, **given})
        return self.shown(row)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Take back a decision that is held."""
        row = self._row()
        services.take_back(by=request.user, decision=row, expected=self.matched(row))
        return Response(status=204)

    @extend_schema(request=NoInput, responses=RoundDecisionSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def tell(self, request: Request, pk: str) -> Response:
        """Send the letter about one decision that came after its round's release."""
        row = self._row()
        self.sent(NoInput)
        return self.once(lambda: services.tell(by=request.user, decision=row), status=200)

    @extend_schema(parameters=[IF_MATCH_WELCOME], request=MoveUpInput, responses=RoundDecisionSerializer, filters=False)
    @action(detail=True, methods=["post"], url_path="move-up")
    def move_up(self, request: Request, pk: str) -> Response:
        """Choose an application from the reserve list after the release. Its applicant gets the new letter at once."""
        row = self._row()
        given = self.sent(MoveUpInput)
        expected = self.matched(row, is_required=False)
        return self.once(
            lambda: services.move_up(by=request.user, decision=row, expected=expected, **given), status=200
        )

    @extend_schema(request=AwardInput, responses={201: RoundDecisionSerializer}, filters=False)
    @action(detail=True, methods=["post"])
    def award(self, request: Request, pk: str) -> Response:
        """Turn a chosen application into a site with its host, nations, commitments and money, in one step."""
        row = self._row()
        given = self.sent(AwardInput)
        application = row.application
        chosen = {**copied_from(application), **given}
        if missing := [name for name in ("topic", "delivery_model", "nations") if not chosen[name]]:
            raise ValidationError(dict.fromkeys(missing, "The application does not say, so send it."))

        def make() -> Decision:
            award_application(by=request.user, application=application, **chosen)
            return row

        return self.once(make)
