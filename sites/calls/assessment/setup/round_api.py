"""How a round is assessed, and by whom, over the API: for staff, through the services of the pages."""

from typing import Any

import django_filters
from django.core.exceptions import ValidationError
from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.access.permissions import has_perm, require
from impact.core.api.fields import Input, ModelInput, NoInput, VisibleSlug
from impact.core.api.views import EditableViewSet
from impact.core.people.models import User
from sites.calls.assessment.models import AssessmentPlan, RoundAssessor, plan_of
from sites.calls.assessment.setup import assignments, services
from sites.calls.rounds.models import Round
from sites.organisations.models import Organisation


# --- The plan, closing and assigning -------------------------------------------------------------
class AssessmentPlanSerializer(serializers.Serializer):
    """How a round is assessed."""

    round = serializers.CharField(source="round.slug", help_text="The round's slug.")
    is_blind = serializers.BooleanField(help_text="Whether names are withheld from assessors.")
    assessors_each = serializers.IntegerField(help_text="Assessors for each application.")
    due_on = serializers.DateField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True, help_text="From then on no assessment changes.")
    version = serializers.IntegerField()

    def to_representation(self, instance: Round) -> Any:
        return super().to_representation(plan_in(instance))


def plan_in(round: Round) -> AssessmentPlan:
    """The plan that came with a round; the usual one where staff have not said."""
    return getattr(round, "assessment_plan", None) or AssessmentPlan(round=round)


class AssessmentPlanInput(ModelInput):
    class Meta:
        model = AssessmentPlan
        fields = ["is_blind", "assessors_each", "due_on"]


class AssignInput(Input):
    stamp = serializers.CharField(
        max_length=20, required=False, help_text="Of the preview that you read; refused if the rule would differ now."
    )


class PairSerializer(serializers.Serializer):
    application = serializers.CharField(help_text="The application's reference.")
    assessor = serializers.CharField()
    assessor_id = serializers.IntegerField()


class AssignmentPreviewSerializer(serializers.Serializer):
    """What the rule would assign now."""

    stamp = serializers.CharField(help_text="Send it along, so that what is done is what you read.")
    pairs = PairSerializer(many=True)


class RemindedSerializer(serializers.Serializer):
    reminded = serializers.IntegerField(help_text="How many assessors got an email.")


class AssessmentPlanViewSet(EditableViewSet):
    """How each round is assessed: names withheld or not, by how many, until when; assigning by the rule, and closing."""

    queryset = Round.objects.select_related("assessment_plan").order_by("-pk")
    serializer_class = AssessmentPlanSerializer
    lookup_field = "slug"
    http_method_names = ["get", "head", "options", "post", "patch"]

    def get_queryset(self) -> QuerySet:
        rows = super().get_queryset()
        return rows if has_perm(self.request.user, "sites.edit_assessment") else rows.none()

    def version_of(self, row: Any) -> int | None:
        return plan_of(row).version

    @extend_schema(request=AssessmentPlanInput, responses=AssessmentPlanSerializer)
    def partial_update(self, request: Request, slug: str) -> Response:
        """Say whether names are withheld, how many assess each application, and until when."""
        row: Round = self.get_object()
        given = self.sent(AssessmentPlanInput, partial=True)
        services.update_plan(by=request.user, round=row, expected=self.matched(row), **given)
        return self.shown(row)

    def _step(self, step: Any) -> Response:
        row: Round = self.get_object()
        self.sent(NoInput)

        def run() -> Round:
            step(by=self.request.user, round=row)
            return row

        return self.once(run, status=200)

    @extend_schema(request=NoInput, responses=AssessmentPlanSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, slug: str) -> Response:
        """Close the assessment: from then on nothing is scored, submitted or reopened."""
        return self._step(services.close_assessment)

    @extend_schema(request=NoInput, responses=AssessmentPlanSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, slug: str) -> Response:
        """Let assessors go on."""
        return self._step(services.reopen_assessment)

    @extend_schema(responses=AssignmentPreviewSerializer, filters=False)
    @action(detail=True, pagination_class=None)
    def preview(self, request: Request, slug: str) -> Response:
        """What the rule would assign now. Changes nothing."""
        preview = assignments.preview_assignment(self.get_object())
        pairs = [
            {
                "application": preview.applications[application].reference,
                "assessor": str(preview.assessors[user]),
                "assessor_id": user,
            }
            for application, user in preview.found.pairs
        ]
        return self.tagged(AssignmentPreviewSerializer({"stamp": preview.stamp, "pairs": pairs}).data)

    @extend_schema(request=AssignInput, responses=AssessmentPlanSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def assign(self, request: Request, slug: str) -> Response:
        """Give applications to assessors by the rule. What was assigned stays; see /assessments/ for the result."""
        row: Round = self.get_object()
        given = self.sent(AssignInput)

        def run() -> Round:
            assignments.assign_by_rule(by=request.user, round=row, **given)
            return row

        return self.once(run, status=200)

    @extend_schema(request=NoInput, responses=RemindedSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def remind(self, request: Request, slug: str) -> Response:
        """Remind each assessor who has something left and was not reminded today."""
        row: Round = self.get_object()
        self.sent(NoInput)
        return Response({"reminded": assignments.remind_all(by=request.user, round=row)})


# --- Assessors -----------------------------------------------------------------------------------
class RoundAssessorApiFilter(django_filters.FilterSet):
    """Filters of /api/v1/round-assessors/."""

    round = django_filters.CharFilter(field_name="round__slug", label="A round's slug")

    class Meta:
        model = RoundAssessor
        fields: list[str] = []


class RoundAssessorSerializer(serializers.ModelSerializer):
    """Someone who assesses in a round."""

    round = serializers.SlugRelatedField(slug_field="slug", read_only=True, help_text="The round's slug.")
    assessor = serializers.CharField(source="user.display_name", read_only=True)
    assessor_id = serializers.IntegerField(source="user_id", read_only=True)
    tied_to = serializers.SlugRelatedField(
        slug_field="slug", many=True, read_only=True, help_text="Organisations whose applications they must not assess."
    )

    class Meta:
        model = RoundAssessor
        fields = [
            *("id", "round", "assessor", "assessor_id", "has_lived_experience", "nation", "most", "tied_to"),
            *("reminded_on", "version"),
        ]


class RoundAssessorChange(ModelInput):
    tied_to = VisibleSlug(
        queryset=Organisation.objects.all(), many=True, max_length=100, required=False, help_text="Slugs."
    )

    class Meta:
        model = RoundAssessor
        fields = ["has_lived_experience", "nation", "most", "tied_to"]


class RoundAssessorInput(RoundAssessorChange):
    round = VisibleSlug(queryset=Round.objects.all(), help_text="The round's slug.")
    email = serializers.EmailField(help_text="Of an account with the role of assessor.")

    class Meta(RoundAssessorChange.Meta):
        fields = ["round", "email", *RoundAssessorChange.Meta.fields]
        validators: list[Any] = []  # the service says in words that someone assesses here already


class RoundAssessorViewSet(EditableViewSet):
    """Who assesses in which round, what they bring, the most they take, and whom they are tied to."""

    queryset = (
        RoundAssessor.objects.select_related("round", "user__person")
        .prefetch_related(Prefetch("tied_to", Organisation.objects.order_by("name")))
        .order_by("-pk")
    )
    serializer_class = RoundAssessorSerializer
    filterset_class = RoundAssessorApiFilter
    http_method_names = ["get", "head", "options", "post", "patch", "delete"]

    @extend_schema(request=RoundAssessorInput, responses={201: RoundAssessorSerializer})
    def create(self, request: Request) -> Response:
        """Let someone with the role of assessor take part in a round."""
        require(request.user, "sites.edit_assessment")
        given = self.sent(RoundAssessorInput)
        user = User.objects.filter(email__iexact=given.pop("email"), is_active=True).first()
        if user is None or not has_perm(user, "sites.assess"):
            raise ValidationError({"email": "No account with this address has the role of assessor."})
        return self.once(lambda: services.add_assessor(by=request.user, user=user, **given))

    @extend_schema(request=RoundAssessorChange, responses=RoundAssessorSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what an assessor brings, the most they take, or whom they are tied to."""
        row: RoundAssessor = self.get_object()
        given = self.sent(RoundAssessorChange, partial=True)
        services.update_assessor(by=request.user, assessor=row, expected=self.matched(row), **given)
        return self.shown(row)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Take an assessor out of a round, with what they have not submitted."""
        row: RoundAssessor = self.get_object()
        self.matched(row)
        services.remove_assessor(by=request.user, assessor=row)
        return Response(status=204)

    @extend_schema(request=NoInput, responses=RoundAssessorSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def remind(self, request: Request, pk: str) -> Response:
        """Email an assessor what is left and when it is due, at most once a day."""
        row: RoundAssessor = self.get_object()
        self.sent(NoInput)
        return self.once(lambda: assignments.remind_assessor(by=request.user, assessor=row), status=200)
