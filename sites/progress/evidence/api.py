"""Evidence and evidence gaps: read by those who see the topic or site, written by national staff."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.access.permissions import has_perm, require
from impact.core.api.fields import Day, Input, ModelInput, NoInput, Several, VisibleSlug
from impact.core.api.schema import IF_MATCH_WELCOME
from impact.core.api.views import EditableViewSet
from impact.core.basics.vocabulary import Format
from sites.organisations.models import Organisation
from sites.progress.evidence import services
from sites.progress.evidence.filters import EvidenceApiFilter, GapApiFilter
from sites.progress.evidence.models import EvidenceGap, EvidenceItem, GapFeedback
from sites.registry.models import Site
from sites.registry.serializers import OrganisationLink, PageUrl, SiteLink, TopicLink, page_url
from sites.topics.models import Topic

MOST_LINKS = 100  # topics, sites or items that one write names


# --- Evidence items ------------------------------------------------------------------------------
class EvidenceSerializer(serializers.ModelSerializer):
    formats = serializers.ListField(
        child=serializers.ChoiceField(choices=Format.choices), help_text="Formats it is available in."
    )
    topics = TopicLink(
        many=True, source="topics_seen", help_text="Topics that it is about, as far as you may see them."
    )
    sites = SiteLink(many=True, source="sites_seen", help_text="Sites that it is about, as far as you may see them.")
    url = PageUrl()
    get_url = page_url

    class Meta:
        model = EvidenceItem
        fields = [
            "slug",
            "title",
            "kind",
            "strength",
            "summary",
            "source",
            "year",
            "web_address",
            "formats",
            "topics",
            "sites",
            "is_illustrative",
            "url",
        ]
        extra_kwargs = {
            "summary": {"help_text": "Markdown."},
            "web_address": {"help_text": "Where it can be read on the web. Empty: nowhere that we know of."},
        }


class EvidenceInput(ModelInput):
    year = serializers.IntegerField(min_value=1900, max_value=2100, required=False, allow_null=True)
    formats = Several(
        child=serializers.ChoiceField(choices=Format.choices),
        required=False,
        max_length=len(Format),
        help_text="Formats it is available in.",
    )
    topics = VisibleSlug(
        queryset=Topic.objects.all(),
        many=True,
        required=False,
        max_length=MOST_LINKS,
        help_text="Slugs of all topics that it is about.",
    )
    sites = VisibleSlug(
        queryset=Site.objects.all(),
        many=True,
        required=False,
        max_length=MOST_LINKS,
        help_text="Slugs of all sites that it is about.",
    )

    class Meta:
        model = EvidenceItem
        fields = [
            *("title", "kind", "strength", "summary", "source", "year", "web_address"),
            *("formats", "topics", "sites"),
        ]
        extra_kwargs = {"summary": {"help_text": "Markdown. Do not name people."}}


class EvidenceViewSet(EditableViewSet):
    """Evidence of three kinds: every item for national readers, others those of topics and sites that they may see."""

    queryset = EvidenceItem.objects.all()
    parts = (
        "sites",
        "topics",
    )
    serializer_class = EvidenceSerializer
    filterset_class = EvidenceApiFilter
    lookup_field = "slug"
    http_method_names = ["get", "head", "options", "post", "patch"]

    def get_queryset(self) -> QuerySet:
        queryset: Any = super().get_queryset()
        return queryset.with_links(self.request.user) if self.request else queryset

    @extend_schema(request=EvidenceInput, responses={201: EvidenceSerializer})
    def create(self, request: Request) -> Response:
        """Add one thing that is known to the library."""
        require(request.user, "sites.edit_topic")
        given = self.sent(EvidenceInput)
        return self.once(lambda: services.add_item(by=request.user, **given))

    @extend_schema(request=EvidenceInput, responses=EvidenceSerializer)
    def partial_update(self, request: Request, slug: str) -> Response:
        """Change an item, or the topics and sites that it is about. Its slug stays."""
        row = self.get_object()
        require(request.user, "sites.edit_topic")
        given = self.sent(EvidenceInput, partial=True)
        services.update_item(by=request.user, item=row, expected=self.matched(row), **given)
        return self.shown(row)


# --- Evidence gaps -------------------------------------------------------------------------------
class EvidenceLink(serializers.ModelSerializer):
    class Meta:
        model = EvidenceItem
        fields = ["slug", "title"]


class GapFeedbackSerializer(serializers.ModelSerializer):
    """Who a gap was fed back to, and what they said."""

    organisation = OrganisationLink(allow_null=True, help_text="Null: a person, named by role.")

    class Meta:
        model = GapFeedback
        fields = ["id", "organisation", "role", "on", "said", "version"]


class EvidenceGapSerializer(serializers.ModelSerializer):
    topic = TopicLink(allow_null=True, help_text="The topic that it was raised from; null: a site.")
    site = SiteLink(allow_null=True, help_text="The site that it was raised from; null: a topic.")
    days_open = serializers.IntegerField(help_text="Until it was answered or closed, or until today.")
    feedback = serializers.SerializerMethodField(help_text="Who it was fed back to. Null outside the site or centre.")
    evidence = EvidenceLink(
        many=True, source="evidence_seen", help_text="Items that answer it, as far as you see them."
    )
    url = PageUrl()
    get_url = page_url

    class Meta:
        model = EvidenceGap
        fields = [
            "slug",
            "title",
            "why",
            "topic",
            "site",
            "raised_on",
            "state",
            "days_open",
            "feedback",
            "answer",
            "evidence",
            "closed_reason",
            "settled_on",
            "is_illustrative",
            "url",
        ]
        extra_kwargs = {
            "answer": {"help_text": "Markdown. Of an open or closed gap: an earlier answer."},
            "closed_reason": {"help_text": "Of an open gap: why it was closed before."},
        }

    @extend_schema_field(GapFeedbackSerializer(many=True, allow_null=True))
    def get_feedback(self, gap: EvidenceGap) -> list[Any] | None:
        # Who is not a national reader sees gaps of no other sites than those where they work.
        is_inside = gap.site_id is not None or has_perm(self.context["request"].user, "sites.view_internal")
        return list(GapFeedbackSerializer(gap.feedback.all(), many=True).data) if is_inside else None


class EvidenceGapInput(ModelInput):
    topic = VisibleSlug(
        queryset=Topic.objects.all(),
        required=False,
        allow_null=True,
        help_text="The slug of the topic that it comes from, or null and a site.",
    )
    site = VisibleSlug(
        queryset=Site.objects.all(),
        required=False,
        allow_null=True,
        help_text="The slug of the site that it comes from, or null and a topic.",
    )

    class Meta:
        model = EvidenceGap
        fields = ["title", "why", "topic", "site", "raised_on"]
        extra_kwargs = {
            "title": {"help_text": "One question, in plain words."},
            "why": {"help_text": "Who would do what differently if they knew? Do not name people."},
            "raised_on": {"help_text": "Today unless you say otherwise."},
        }


class GapFeedbackInput(ModelInput):
    organisation = VisibleSlug(
        queryset=Organisation.objects.all(),
        required=False,
        allow_null=True,
        help_text="The slug of an organisation; or give a role, and not both.",
    )

    class Meta:
        model = GapFeedback
        fields = ["organisation", "role", "on", "said"]
        extra_kwargs = {"on": {"help_text": "Today unless you say otherwise."}}


class GapAnswerInput(Input):
    answer = serializers.CharField(max_length=4000, help_text="Markdown. Do not name people.")
    on = Day(required=False, help_text="Today unless you say otherwise.")
    evidence = VisibleSlug(
        queryset=EvidenceItem.objects.all(),
        many=True,
        required=False,
        max_length=MOST_LINKS,
        help_text="Slugs of all items that give the answer. Left out: those of an earlier answer stay.",
    )


class GapCloseInput(Input):
    reason = serializers.CharField(max_length=400, help_text="Why it is closed. Do not name people.")
    on = Day(required=False, help_text="Today unless you say otherwise.")


class GapViewSet(EditableViewSet):
    """Evidence gaps: every one for national readers, others those of topics they may see and of sites where they work."""

    queryset = EvidenceGap.objects.select_related("topic", "site").prefetch_related(
        Prefetch("feedback", GapFeedback.objects.select_related("organisation"))
    )
    parts = ("evidence",)
    serializer_class = EvidenceGapSerializer
    filterset_class = GapApiFilter
    lookup_field = "slug"
    http_method_names = ["get", "head", "options", "post", "patch"]

    def get_queryset(self) -> QuerySet:
        seen = EvidenceItem.objects.visible_to(self.request.user) if self.request else EvidenceItem.objects.none()
        return super().get_queryset().prefetch_related(Prefetch("evidence", seen, to_attr="evidence_seen"))

    def _row(self) -> EvidenceGap:
        """The gap, for a write."""
        row: EvidenceGap = self.get_object()
        require(self.request.user, "sites.edit_topic")
        return row

    @extend_schema(request=EvidenceGapInput, responses={201: EvidenceGapSerializer})
    def create(self, request: Request) -> Response:
        """Raise a question without a good answer yet, from one topic or one site."""
        require(request.user, "sites.edit_topic")
        given = self.sent(EvidenceGapInput)
        return self.once(lambda: services.raise_gap(by=request.user, **given))

    @extend_schema(request=EvidenceGapInput, responses=EvidenceGapSerializer)
    def partial_update(self, request: Request, slug: str) -> Response:
        """Correct the question, why it matters, where it comes from or when it was raised."""
        row = self._row()
        given = self.sent(EvidenceGapInput, partial=True)
        services.update_gap(by=request.user, gap=row, expected=self.matched(row), **given)
        return self.shown(row)

    @extend_schema(request=GapFeedbackInput, responses={201: EvidenceGapSerializer}, filters=False)
    @action(detail=True, methods=["post"])
    def feedback(self, request: Request, slug: str) -> Response:
        """Record that an open gap was fed back, and what was said. The answer is the gap with all of its feedback."""
        row = self._row()
        given = self.sent(GapFeedbackInput)

        def record() -> EvidenceGap:
            services.record_feedback(by=request.user, gap=row, **given)
            return row

        return self.once(record)

    def _feedback(self, gap: EvidenceGap, feedback: str) -> GapFeedback:
        if not has_perm(self.request.user, "sites.view_internal", gap):
            raise Http404
        return get_object_or_404(GapFeedback.objects.select_related("gap", "organisation"), gap=gap, pk=feedback)

    def _shown_feedback(self, row: GapFeedback) -> Response:
        return self.tagged(GapFeedbackSerializer(row).data, version=row.version)

    @extend_schema(responses=GapFeedbackSerializer, filters=False)
    @action(detail=True, methods=["get"], url_path=r"feedback/(?P<feedback>\d{1,9})", url_name="feedback-row")
    def feedback_row(self, request: Request, slug: str, feedback: str) -> Response:
        """One time that a gap was fed back, for those inside the site or centre."""
        return self._shown_feedback(self._feedback(self.get_object(), feedback))

    @extend_schema(request=GapFeedbackInput, responses=GapFeedbackSerializer, filters=False)
    @feedback_row.mapping.patch
    def change_feedback(self, request: Request, slug: str, feedback: str) -> Response:
        """Correct it, or add what they said later."""
        row = self._feedback(self.get_object(), feedback)
        require(request.user, "sites.edit_topic")
        given = self.sent(GapFeedbackInput, partial=True)
        services.update_feedback(by=request.user, feedback=row, expected=self.matched(row), **given)
        return self._shown_feedback(row)

    @extend_schema(
        parameters=[IF_MATCH_WELCOME], request=GapAnswerInput, responses=EvidenceGapSerializer, filters=False
    )
    @action(detail=True, methods=["post"])
    def answer(self, request: Request, slug: str) -> Response:
        """Answer an open gap, with the items that answer it where there are any."""
        row = self._row()
        given = {"evidence": list(row.evidence.all()), **self.sent(GapAnswerInput)}

        def answer() -> EvidenceGap:
            expected = self.matched(row, is_required=False)
            return services.answer_gap(by=request.user, gap=row, expected=expected, **given)

        return self.once(answer, status=200)

    @extend_schema(parameters=[IF_MATCH_WELCOME], request=GapCloseInput, responses=EvidenceGapSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, slug: str) -> Response:
        """Close an open gap without an answer, with the reason."""
        row = self._row()
        given = self.sent(GapCloseInput)

        def close() -> EvidenceGap:
            expected = self.matched(row, is_required=False)
            return services.close_gap(by=request.user, gap=row, expected=expected, **given)

        return self.once(close, status=200)

    @extend_schema(parameters=[IF_MATCH_WELCOME], request=NoInput, responses=EvidenceGapSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, slug: str) -> Response:
        """Open a gap again that was answered or closed. Its earlier answer or reason stays readable."""
        row = self._row()
        self.sent(NoInput)

        def reopen() -> EvidenceGap:
            expected = self.matched(row, is_required=False)
            return services.reopen_gap(by=request.user, gap=row, expected=expected)

        return self.once(reopen, status=200)
