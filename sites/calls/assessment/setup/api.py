"""What applications are judged by, and which may be considered, over the API: the same services as the pages."""

import django_filters
from django.core.exceptions import ValidationError
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.access.permissions import require
from impact.core.api.fields import Input, ModelInput, VisibleSlug
from impact.core.api.views import EditableViewSet
from sites.calls.applications.models import Application
from sites.calls.assessment.models import HIGHEST, Criterion, EligibilityCheck
from sites.calls.assessment.setup import services
from sites.calls.rounds.models import Round


class CriterionApiFilter(django_filters.FilterSet):
    """Filters of /api/v1/criteria/."""

    round = django_filters.CharFilter(field_name="round__slug", label="A round's slug")

    class Meta:
        model = Criterion
        fields: list[str] = []


class RoundCriterionSerializer(serializers.ModelSerializer):
    round = serializers.SlugRelatedField(slug_field="slug", read_only=True, help_text="A round's slug.")
    score_words = serializers.ListField(child=serializers.CharField(), help_text="One text for each score, from 0.")

    class Meta:
        model = Criterion
        fields = ["id", "round", "order", "name", "guidance", "weight", "score_words", "version"]


class CriterionChange(ModelInput):
    score_words = serializers.ListField(
        child=serializers.CharField(max_length=400),
        max_length=HIGHEST + 1,
        help_text="One text for each score, from 0.",
    )

    class Meta:
        model = Criterion
        fields = ["name", "guidance", "weight", "score_words"]


class CriterionInput(CriterionChange):
    round = VisibleSlug(queryset=Round.objects.all(), help_text="A round's slug.")

    class Meta:
        model = Criterion
        fields = ["round", *CriterionChange.Meta.fields]


class CriterionViewSet(EditableViewSet):
    """Criteria of rounds: read by all who see rounds from the inside, written by staff until an assessment is submitted."""

    queryset = Criterion.objects.select_related("round").order_by("round", "order", "pk")
    serializer_class = RoundCriterionSerializer
    filterset_class = CriterionApiFilter
    http_method_names = ["get", "head", "options", "post", "patch", "delete"]

    @extend_schema(request=CriterionInput, responses={201: RoundCriterionSerializer})
    def create(self, request: Request) -> Response:
        """Add a criterion at the end of a round's list."""
        require(request.user, "sites.edit_assessment")
        given = self.sent(CriterionInput)
        return self.once(lambda: services.add_criterion(by=request.user, **given))

    @extend_schema(request=CriterionChange, responses=RoundCriterionSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change a criterion's name, guidance, weight or words."""
        row: Criterion = self.get_object()
        require(request.user, "sites.edit_assessment")
        given = self.sent(CriterionChange, partial=True)
        services.update_criterion(by=request.user, criterion=row, expected=self.matched(row), **given)
        return self.shown(row)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Take a criterion away that no assessor has scored."""
        row: Criterion = self.get_object()
        require(request.user, "sites.edit_assessment")
        self.matched(row)
        services.remove_criterion(by=request.user, criterion=row)
        return Response(status=204)


class EligibilityApiFilter(django_filters.FilterSet):
    """Filters of /api/v1/eligibility-checks/."""

    round = django_filters.CharFilter(field_name="application__round__slug", label="A round's slug")
    application = django_filters.CharFilter(field_name="application__reference", label="An application's reference")
    is_eligible = django_filters.BooleanFilter()

    class Meta:
        model = EligibilityCheck
        fields: list[str] = []


class EligibilitySerializer(serializers.ModelSerializer):
    application = serializers.CharField(source="application.reference", help_text="The reference.")
    round = serializers.CharField(source="application.round.slug", help_text="A round's slug.")

    class Meta:
        model = EligibilityCheck
        fields = ["id", "application", "round", "is_eligible", "reason", "checked_at", "told_at", "version"]


class EligibilityInput(Input):
    application = serializers.CharField(max_length=30, help_text="An application's reference.")
    is_eligible = serializers.BooleanField()
    reason = serializers.CharField(
        max_length=400,
        allow_blank=True,
        required=False,
        default="",
        help_text="Needed if it is not eligible: the applicant reads it in the letter.",
    )


class EligibilityChange(ModelInput):
    class Meta:
        model = EligibilityCheck
        fields = ["is_eligible", "reason"]
        extra_kwargs = {"is_eligible": {"required": True}}


class EligibilityViewSet(EditableViewSet):
    """Which applications may be considered, and why not. For staff."""

    queryset = EligibilityCheck.objects.select_related("application__round").order_by("pk")
    serializer_class = EligibilitySerializer
    filterset_class = EligibilityApiFilter
    http_method_names = ["get", "head", "options", "post", "put", "delete"]

    @extend_schema(request=EligibilityInput, responses={201: EligibilitySerializer})
    def create(self, request: Request) -> Response:
        """Record whether an application may be considered."""
        require(request.user, "sites.edit_assessment")
        given = self.sent(EligibilityInput)
        reference = given.pop("application")
        application = Application.objects.visible_to(request.user).filter(reference=reference).first()
        if application is None:
            raise ValidationError({"application": "No application has this reference."})
        return self.once(lambda: services.check_eligibility(by=request.user, application=application, **given))

    @extend_schema(request=EligibilityChange, responses=EligibilitySerializer)
    def update(self, request: Request, pk: str) -> Response:
        """Change what was found, until the applicant is told."""
        row: EligibilityCheck = self.get_object()
        require(request.user, "sites.edit_assessment")
        given = {"reason": "", **self.sent(EligibilityChange)}
        services.check_eligibility(by=request.user, application=row.application, expected=self.matched(row), **given)
        return self.shown(row)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Take a check back, as if no one had checked."""
        row: EligibilityCheck = self.get_object()
        require(request.user, "sites.edit_assessment")
        self.matched(row)
        services.undo_eligibility(by=request.user, application=row.application)
        return Response(status=204)
