"""Read endpoints: evidence and evidence gaps."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from impact.core.access.permissions import has_perm
from impact.core.api.views import ReadOnlyViewSet
from impact.core.basics.vocabulary import Format
from sites.evidence.filters import EvidenceApiFilter, GapApiFilter
from sites.evidence.models import EvidenceGap, EvidenceItem, GapFeedback
from sites.registry.serializers import OrganisationLink, PageUrl, SiteLink, TopicLink, page_url


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


class EvidenceViewSet(ReadOnlyViewSet):
    """Evidence of three kinds: every item for national readers, others those of topics and sites that they may see."""

    queryset = EvidenceItem.objects.all()
    serializer_class = EvidenceSerializer
    filterset_class = EvidenceApiFilter
    lookup_field = "slug"

    def get_queryset(self) -> QuerySet:
        queryset: Any = super().get_queryset()
        return queryset.with_links(self.request.user) if self.request else queryset


class EvidenceLink(serializers.ModelSerializer):
    class Meta:
        model = EvidenceItem
        fields = ["slug", "title"]


class GapFeedbackSerializer(serializers.ModelSerializer):
    """Who a gap was fed back to, and what they said."""

    organisation = OrganisationLink(allow_null=True, help_text="Null: a person, named by role.")

    class Meta:
        model = GapFeedback
        fields = ["organisation", "role", "on", "said"]


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


class GapViewSet(ReadOnlyViewSet):
    """Evidence gaps: every one for national readers, others those of topics they may see and of sites where they work."""

    queryset = EvidenceGap.objects.select_related("topic", "site").prefetch_related(
        Prefetch("feedback", GapFeedback.objects.select_related("organisation"))
    )
    serializer_class = EvidenceGapSerializer
    filterset_class = GapApiFilter
    lookup_field = "slug"

    def get_queryset(self) -> QuerySet:
        seen = EvidenceItem.objects.visible_to(self.request.user) if self.request else EvidenceItem.objects.none()
        return super().get_queryset().prefetch_related(Prefetch("evidence", seen, to_attr="evidence_seen"))
