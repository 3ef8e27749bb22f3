"""Rounds over the API: read by everyone who may see them; prepared, announced and changed by staff, with their questions."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.access.permissions import has_perm, require
from impact.core.api.defaults import ReadByAnyone, SignedIn
from impact.core.api.fields import Input, Moment, NoInput, VisibleSlug
from impact.core.api.schema import IF_MATCH_WELCOME
from impact.core.api.views import EditableViewSet
from impact.core.basics import clock
from sites.calls.rounds import services
from sites.calls.rounds.clarifications.models import Clarification
from sites.calls.rounds.models import Round, RoundStatement
from sites.calls.rounds.questions import services as questions
from sites.calls.rounds.questions.models import QuestionSet
from sites.calls.rounds.questions.serializers import QuestionSetSerializer, QuestionsInput
from sites.registry.models import DeliveryModel, Site
from sites.registry.serializers import PageUrl, SiteLink, TopicLink, page_url
from sites.topics.models import Topic


class StatementSerializer(serializers.ModelSerializer):
    class Meta:
        model = RoundStatement
        fields = ["number", "offered", "asked", "who_for"]
        extra_kwargs = {"number": {"help_text": "The version; earlier wordings are kept."}}


class ClarificationSerializer(serializers.ModelSerializer):
    """A question about a round that everyone can read, with its answer."""

    class Meta:
        model = Clarification
        fields = ["id", "question", "answer", "published_at", "is_illustrative"]


class RoundSerializer(serializers.ModelSerializer):
    recruits_for = SiteLink(allow_null=True, help_text="For recruitment: the network, as far as you may see it.")
    topics = TopicLink(many=True, help_text="What sites may be about.")
    delivery_models = serializers.ListField(child=serializers.ChoiceField(choices=DeliveryModel.choices))
    is_open = serializers.SerializerMethodField(help_text="Whether it takes applications now.")
    statement = serializers.SerializerMethodField(help_text="What is offered and asked, in its newest wording.")
    questions = serializers.SerializerMethodField(help_text="The version of the questions in force. Null: none yet.")
    url = PageUrl()
    get_url = page_url

    class Meta:
        model = Round
        fields = [
            "slug",
            "name",
            "purpose",
            "recruits_for",
            "opens_at",
            "closes_at",
            "is_announced",
            "is_open",
            "topics",
            "delivery_models",
            "guidance",
            "statement",
            "questions",
            "is_illustrative",
            "url",
        ]

    def get_is_open(self, round: Round) -> bool:
        return round.is_open(clock.now())

    @extend_schema_field(StatementSerializer(allow_null=True))
    def get_statement(self, round: Round) -> dict[str, Any] | None:
        statements = list(round.statements.all())  # prefetched, in order
        return StatementSerializer(statements[-1]).data if statements else None

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_questions(self, round: Round) -> int | None:
        numbers = [found.number for found in round.question_sets.all() if found.is_published]  # prefetched
        return max(numbers, default=None)


class StatementInput(Input):
    offered = serializers.CharField(help_text="Funding and support. Markdown.")
    asked = serializers.CharField(help_text="What a site commits to in return. Markdown.")
    who_for = serializers.CharField(
        required=False, allow_blank=True, help_text="Who should think of applying. Markdown."
    )


class RoundChange(Input):
    name = serializers.CharField(max_length=120)
    opens_at = Moment(help_text="When it starts to take applications.")
    closes_at = Moment(help_text="When it stops. Not at midnight in the UK, which people read in two ways.")
    delivery_models = serializers.ListField(
        child=serializers.ChoiceField(choices=DeliveryModel.choices), max_length=10, required=False
    )
    topics = VisibleSlug(queryset=Topic.objects.all(), many=True, max_length=50, required=False)
    recruits_for = VisibleSlug(
        queryset=Site.objects.all(), required=False, allow_null=True, help_text="For recruitment: the network."
    )
    guidance = serializers.CharField(required=False, allow_blank=True, help_text="For applicants. Markdown.")
    reason = serializers.CharField(
        max_length=400, required=False, allow_blank=True, help_text="Why the closing time moves; applicants read it."
    )


class RoundInput(StatementInput, RoundChange):
    purpose = serializers.ChoiceField(choices=Round.Purpose.choices, required=False)
    reason = None  # type: ignore[assignment]


class StartInput(Input):
    copy_of = VisibleSlug(
        queryset=Round.objects.all(),
        required=False,
        allow_null=True,
        help_text="The round whose newest questions to start from. Without one: this round's own, or none.",
    )


class PublishInput(Input):
    what_changed = serializers.CharField(
        required=False, allow_blank=True, help_text="For applicants who began on an earlier version. Markdown."
    )


class RoundViewSet(EditableViewSet):
    """Calls for expressions of interest and recruitment: those announced, for everyone, and for staff the drafts too."""

    permission_classes = [ReadByAnyone]
    queryset = Round.objects.select_related("release").prefetch_related("topics", "statements", "question_sets")
    serializer_class = RoundSerializer
    lookup_field = "slug"
    http_method_names = ["get", "head", "options", "post", "put", "patch", "delete"]

    def get_queryset(self) -> QuerySet:
        user = self.request.user if self.request else None
        networks = Site.objects.visible_to(user) if user else Site.objects.none()
        return super().get_queryset().prefetch_related(Prefetch("recruits_for", networks))

    def _row(self) -> Round:
        row: Round = self.get_object()
        require(self.request.user, "sites.edit_round")
        return row

    @extend_schema(request=RoundInput, responses={201: RoundSerializer})
    def create(self, request: Request) -> Response:
        """Prepare a round as a draft with the first wording of what is offered and asked."""
        require(request.user, "sites.edit_round")
        given = self.sent(RoundInput)
        return self.once(lambda: services.add_round(by=request.user, **given))

    @extend_schema(request=RoundChange, responses=RoundSerializer)
    def partial_update(self, request: Request, slug: str) -> Response:
        """Change a round. When the closing time of an announced one moves, those with a draft get an email."""
        row = self._row()
        given = self.sent(RoundChange, partial=True)
        services.update_round(by=request.user, round=row, expected=self.matched(row), **given)
        return self.shown(row)

    @extend_schema(request=NoInput, responses=RoundSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def announce(self, request: Request, slug: str) -> Response:
        """Make a round public."""
        row = self._row()
        self.sent(NoInput)
        return self.once(lambda: services.announce_round(by=request.user, round=row), status=200)

    @extend_schema(responses=StatementSerializer(many=True), filters=False)
    @action(detail=True, pagination_class=None)
    def statements(self, request: Request, slug: str) -> Response:
        """The wordings of what is offered and asked, oldest first: all of them for staff, for others the newest."""
        rows = list(self.get_object().statements.all())
        if not has_perm(request.user, "sites.view_rounds"):
            rows = rows[-1:]
        return self.tagged(StatementSerializer(rows, many=True).data)

    @extend_schema(
        parameters=[IF_MATCH_WELCOME], request=StatementInput, responses={201: RoundSerializer}, filters=False
    )
    @statements.mapping.post
    def restate(self, request: Request, slug: str) -> Response:
        """Put what is offered and asked into new words. The old wording is kept."""
        row = self._row()
        given = self.sent(StatementInput)

        def write() -> Round:
            expected = self.matched(row, is_required=False)
            services.restate_round(by=request.user, round=row, expected=expected, **given)
            return row

        return self.once(write)

    @extend_schema(responses=ClarificationSerializer(many=True), filters=False)
    @action(detail=True, pagination_class=None)
    def clarifications(self, request: Request, slug: str) -> Response:
        """The published questions about a round and their answers."""
        rows = self.get_object().clarifications.published()
        return self.tagged(ClarificationSerializer(rows, many=True).data)

    # --- What it asks ----------------------------------------------------------------------------
    @extend_schema(responses=QuestionSetSerializer(many=True), filters=False)
    @action(detail=True, pagination_class=None)
    def questions(self, request: Request, slug: str) -> Response:
        """Every version of the questions, oldest first; one in preparation only for staff."""
        return self._versions(self.get_object().pk)

    def _versions(self, pk: int | str, status: int = 200) -> Response:
        rows = (
            QuestionSet.objects.visible_to(self.request.user)
            .filter(round=pk)
            .select_related("round")
            .prefetch_related("sections__questions")
        )
        return self.tagged(QuestionSetSerializer(rows, many=True).data, status=status)

    @extend_schema(request=StartInput, responses={201: QuestionSetSerializer(many=True)}, filters=False)
    @questions.mapping.post
    def start_questions(self, request: Request, slug: str) -> Response:
        """Begin the next version: a copy of this round's newest, or of another round's."""
        row = self._row()
        source = self.sent(StartInput).get("copy_of") or row

        def start() -> Round:
            questions.start_version(by=request.user, round=row, copy_of=questions.newest_published(source))
            return row

        return self.once(start, show=self._versions)

    def _preparing(self, round: Round) -> QuestionSet:
        found: QuestionSet = get_object_or_404(round.question_sets.in_preparation().select_related("round"))
        return found

    @extend_schema(responses=QuestionSetSerializer, filters=False)
    @action(detail=True, url_path="questions/next", pagination_class=None, permission_classes=[SignedIn])
    def next_questions(self, request: Request, slug: str) -> Response:
        """The version in preparation, with the ETag to send when you write it."""
        return self.tagged(QuestionSetSerializer(self._preparing(self._row())).data)

    @extend_schema(request=QuestionsInput, responses=QuestionSetSerializer, filters=False)
    @next_questions.mapping.put
    def write_questions(self, request: Request, slug: str) -> Response:
        """Write the version in preparation as a whole. A question that keeps its key keeps applicants' answers."""
        row = self._row()
        given = self.sent(QuestionsInput)
        preparing = self._preparing(row)
        self.matched_part(QuestionSetSerializer(preparing).data)
        questions.replace_questions(by=request.user, questions=preparing, sections=given["sections"])
        return self.tagged(QuestionSetSerializer(self._preparing(row)).data)

    @extend_schema(request=PublishInput, responses={201: QuestionSetSerializer(many=True)}, filters=False)
    @action(detail=True, methods=["post"], url_path="questions/next/publish", pagination_class=None)
    def publish_questions(self, request: Request, slug: str) -> Response:
        """Publish the version in preparation. It never changes afterwards."""
        row = self._row()
        given = self.sent(PublishInput)

        def publish() -> Round:
            questions.publish_version(by=request.user, questions=self._preparing(row), **given)
            return row

        return self.once(publish, show=self._versions)
