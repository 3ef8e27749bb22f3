"""The letters of a round and their release over the API: everyone is told at once, through the services of the pages."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.access.permissions import has_perm, require
from impact.core.api.fields import Input, ModelInput
from impact.core.api.views import EditableViewSet
from sites.calls.applications.models import Application
from sites.calls.portfolios.deciding import services
from sites.calls.portfolios.deciding.letters import letter_for, written
from sites.calls.portfolios.models import Letter
from sites.calls.rounds.models import Round

OUTCOMES = dict(Letter.OUTCOMES)
OUTCOME = OpenApiParameter("outcome", str, OpenApiParameter.PATH, enum=list(OUTCOMES), description="Of the decision.")


class RoundReleaseSerializer(serializers.ModelSerializer):
    """Whether and when the applicants of a round were told, all together."""

    round = serializers.CharField(source="slug", help_text="The round's slug.")
    released_at = serializers.DateTimeField(
        source="release.at", default=None, allow_null=True, help_text="Null: the decisions are held."
    )
    released_by = serializers.SerializerMethodField(help_text="Null when that is not known.")
    url = serializers.SerializerMethodField(help_text="The page for people.")

    class Meta:
        model = Round
        fields = ["round", "name", "released_at", "released_by", "url"]

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_released_by(self, round: Round) -> str | None:
        release = getattr(round, "release", None)
        return release.by.display_name if release and release.by else None

    @extend_schema_field(serializers.URLField())
    def get_url(self, round: Round) -> str:
        path: str = reverse("sites:decisions", args=[round.slug])
        request = self.context.get("request")
        return request.build_absolute_uri(path) if request else path


class RoundLetterSerializer(serializers.ModelSerializer):
    outcome = serializers.ChoiceField(choices=Letter.OUTCOMES, help_text="Whom it is for.")
    is_own = serializers.SerializerMethodField(help_text="Whether staff worded it. If not, these are the usual words.")

    class Meta:
        model = Letter
        fields = ["outcome", "subject", "body", "is_own", "version"]

    def get_is_own(self, letter: Letter) -> bool:
        return letter.pk is not None


class RoundLetterInput(ModelInput):
    class Meta:
        model = Letter
        fields = ["subject", "body"]
        extra_kwargs = {"body": {"max_length": 20_000, "help_text": "Plain text with placeholders: {{reference}}."}}


class ReadinessSerializer(serializers.Serializer):
    """What stands in the way of a release, and whom it would reach. Applications are named by their references."""

    is_ready = serializers.BooleanField()
    letters = serializers.IntegerField(help_text="How many would leave.")
    undecided = serializers.ListField(child=serializers.CharField())
    without_feedback = serializers.ListField(child=serializers.CharField(), help_text="Not chosen, and not told why.")
    gone = serializers.ListField(child=serializers.CharField(), help_text="Withdrawn or deleted: they get no letter.")


class PreviewSerializer(serializers.Serializer):
    """One letter as it would leave now."""

    application = serializers.CharField(help_text="The application's reference.")
    outcome = serializers.ChoiceField(choices=Letter.OUTCOMES)
    subject = serializers.CharField()
    body = serializers.CharField()
    is_by_post = serializers.BooleanField(help_text="There is no email address, so staff post it.")


class ReleaseInput(Input):
    confirmation = serializers.CharField(max_length=120, help_text="The name of the round.")


class TellWhyInput(Input):
    application = serializers.CharField(max_length=30, help_text="The reference of one found not eligible.")


class ReleaseViewSet(EditableViewSet):
    """The release of each round's decisions: its letters, what is still missing, and telling everyone at once."""

    queryset = Round.objects.select_related("release__by__person").order_by("-pk")
    serializer_class = RoundReleaseSerializer
    lookup_field = "slug"
    http_method_names = ["get", "head", "options", "post", "put"]

    def get_queryset(self) -> QuerySet:
        rows = super().get_queryset()
        return rows if has_perm(self.request.user, "sites.view_portfolios") else rows.none()

    def _row(self) -> Round:
        row: Round = self.get_object()
        require(self.request.user, "sites.decide_round")
        return row

    @extend_schema(request=ReleaseInput, responses=RoundReleaseSerializer, filters=False)
    @action(detail=True, methods=["post"], url_path="tell-everyone")
    def tell_everyone(self, request: Request, slug: str) -> Response:
        """Tell every applicant at once. All letters leave, or none."""
        row = self._row()
        given = self.sent(ReleaseInput)

        def run() -> Round:
            services.release_decisions(by=request.user, round=row, **given)
            return row

        return self.once(run, status=200)

    @extend_schema(responses=ReadinessSerializer, filters=False)
    @action(detail=True, pagination_class=None)
    def readiness(self, request: Request, slug: str) -> Response:
        """What is still missing before the decisions can be released."""
        now = services.readiness(self._row())
        data = {
            "is_ready": now.is_ready,
            "letters": now.letters,
            "undecided": [row.reference for row in now.undecided],
            "without_feedback": [row.application.reference for row in now.without_feedback],
            "gone": [row.application.reference for row in now.gone],
        }
        return self.tagged(ReadinessSerializer(data).data)

    @extend_schema(responses=PreviewSerializer(many=True), filters=False)
    @action(detail=True)
    def preview(self, request: Request, slug: str) -> Response:
        """Every letter as it would leave now, a page at a time."""
        round = self._row()
        now = services.readiness(round)
        letters = {outcome: letter_for(round, outcome) for outcome in OUTCOMES}
        found = {row.application_id: (row.application, row.outcome, row.feedback) for row in now.ready}
        found |= {row.application_id: (row.application, Letter.NOT_ELIGIBLE, row.reason) for row in now.ineligible}
        page = self.paginate_queryset(Application.objects.filter(pk__in=found)) or []
        shown = [self._preview(letters, *found[application.pk]) for application in page]
        answer = self.get_paginated_response(PreviewSerializer(shown, many=True).data)
        return self.tagged({**answer.data, "next_changed_since": None})

    def _preview(
        self, letters: dict[str, Letter], application: Application, outcome: str, feedback: str
    ) -> dict[str, Any]:
        subject, body = written(letters[outcome], application, feedback)
        return {
            "application": application.reference,
            "outcome": outcome,
            "subject": subject,
            "body": body,
            "is_by_post": not application.email,
        }

    @extend_schema(request=TellWhyInput, responses=RoundReleaseSerializer, filters=False)
    @action(detail=True, methods=["post"], url_path="tell-why")
    def tell_why(self, request: Request, slug: str) -> Response:
        """After the release, tell one applicant that the application is not eligible, and why."""
        row = self._row()
        given = self.sent(TellWhyInput)
        application = (
            Application.objects.visible_to(request.user)
            .filter(round=row, reference=given["application"])
            .select_related("round")
            .first()
        )
        if application is None:
            raise ValidationError({"application": "No application of this round has this reference."})

        def run() -> Round:
            services.tell_not_eligible(by=request.user, application=application)
            return row

        return self.once(run, status=200)

    # --- Letters ---------------------------------------------------------------------------------
    @extend_schema(responses=RoundLetterSerializer(many=True), filters=False)
    @action(detail=True, pagination_class=None)
    def letters(self, request: Request, slug: str) -> Response:
        """The words of the letter for each outcome."""
        round = self._row()
        rows = [letter_for(round, outcome) for outcome in OUTCOMES]
        return self.tagged(RoundLetterSerializer(rows, many=True).data)

    def _letter(self, round: Round, outcome: str) -> Response:
        letter = letter_for(round, outcome)
        return self.tagged(RoundLetterSerializer(letter).data)

    @extend_schema(parameters=[OUTCOME], responses=RoundLetterSerializer, filters=False)
    @action(detail=True, url_path=r"letters/(?P<outcome>[a-z_]+)", pagination_class=None)
    def letter(self, request: Request, slug: str, outcome: str) -> Response:
        """The letter for one outcome, with the ETag to send when you word it."""
        row = self._row()
        if outcome not in OUTCOMES:
            raise Http404
        return self._letter(row, outcome)

    @extend_schema(parameters=[OUTCOME], request=RoundLetterInput, responses=RoundLetterSerializer, filters=False)
    @letter.mapping.put
    def write_letter(self, request: Request, slug: str, outcome: str) -> Response:
        """Word the letter for one outcome. A placeholder that does not exist is refused by its name."""
        row = self._row()
        if outcome not in OUTCOMES:
            raise Http404
        given = self.sent(RoundLetterInput)
        now = letter_for(row, outcome)
        self.matched_part(RoundLetterSerializer(now).data)
        services.write_letter(by=request.user, round=row, outcome=outcome, expected=now.version, **given)
        return self._letter(row, outcome)
