"""Questions that people ask about a round, over the API: for staff, who answer and publish them."""

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.access.permissions import has_perm, require
from impact.core.api.fields import ModelInput, NoInput, VisibleSlug
from impact.core.api.views import EditableViewSet
from sites.calls.rounds.clarifications import services
from sites.calls.rounds.clarifications.models import Clarification
from sites.calls.rounds.models import Round


class ClarificationApiFilter(django_filters.FilterSet):
    """Filters of /api/v1/clarifications/."""

    round = django_filters.CharFilter(field_name="round__slug", label="A round's slug")
    state = django_filters.ChoiceFilter(choices=Clarification.State)

    class Meta:
        model = Clarification
        fields: list[str] = []


class AskedAboutRoundSerializer(serializers.ModelSerializer):
    """A question about a round as it was asked, and as it is published."""

    round = serializers.SlugRelatedField(slug_field="slug", read_only=True, help_text="A round's slug.")

    class Meta:
        model = Clarification
        fields = [
            *("id", "round", "state", "words", "email", "received_at", "question", "answer", "published_at"),
            *("is_illustrative", "version"),
        ]


class ClarificationInput(ModelInput):
    """A question that someone asked by phone or email."""

    round = VisibleSlug(queryset=Round.objects.all(), help_text="A round's slug.")

    class Meta:
        model = Clarification
        fields = ["round", "words", "email"]


class ClarificationAnswer(ModelInput):
    """The question and its answer as everyone will read them."""

    class Meta:
        model = Clarification
        fields = ["question", "answer"]
        extra_kwargs = {
            "question": {"allow_blank": False, "required": True},
            "answer": {"allow_blank": False, "required": True, "max_length": 8000},
        }


class ClarificationViewSet(EditableViewSet):
    """Questions about rounds, for staff. What is published, everyone reads at `rounds/{slug}/clarifications/`."""

    queryset = Clarification.objects.select_related("round")
    serializer_class = AskedAboutRoundSerializer
    filterset_class = ClarificationApiFilter
    http_method_names = ["get", "head", "options", "post", "put"]

    def get_queryset(self) -> QuerySet:
        rows = super().get_queryset()
        return rows if has_perm(self.request.user, "sites.edit_round") else rows.none()

    @extend_schema(request=ClarificationInput, responses={201: AskedAboutRoundSerializer})
    def create(self, request: Request) -> Response:
        """Note a question that someone asked in another way."""
        require(request.user, "sites.edit_round")
        given = self.sent(ClarificationInput)
        return self.once(lambda: services.receive_clarification(by=request.user, **given))

    @extend_schema(request=ClarificationAnswer, responses=AskedAboutRoundSerializer)
    def update(self, request: Request, pk: str) -> Response:
        """Write the question as everyone may read it, and the answer."""
        row: Clarification = self.get_object()
        given = self.sent(ClarificationAnswer)
        services.answer_clarification(
            by=request.user,
            clarification=row,
            expected=self.matched(row),
            question=given["question"],
            answer=given["answer"],
        )
        return self.shown(row)

    @extend_schema(request=NoInput, responses=AskedAboutRoundSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, pk: str) -> Response:
        """Put a question and its answer on the round's page."""
        row: Clarification = self.get_object()
        self.sent(NoInput)
        return self.once(lambda: services.publish_clarification(by=request.user, clarification=row), status=200)

    @extend_schema(request=NoInput, responses=AskedAboutRoundSerializer, filters=False)
    @action(detail=True, methods=["post"], url_path="set-aside")
    def set_aside(self, request: Request, pk: str) -> Response:
        """Take a question off the list or off the round's page."""
        row: Clarification = self.get_object()
        self.sent(NoInput)
        return self.once(lambda: services.set_aside_clarification(by=request.user, clarification=row), status=200)

    @extend_schema(request=NoInput, responses=AskedAboutRoundSerializer, filters=False)
    @action(detail=True, methods=["post"], url_path="take-up")
    def take_up(self, request: Request, pk: str) -> Response:
        """Put a question that was set aside back among those waiting."""
        row: Clarification = self.get_object()
        self.sent(NoInput)
        return self.once(lambda: services.take_up_clarification(by=request.user, clarification=row), status=200)
