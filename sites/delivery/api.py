"""Read endpoints: commitments and learning notes; a site's milestones. Only for those who may see inside their site."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from impact.core.api.views import ReadOnlyViewSet
from impact.core.basics import clock
from sites.delivery.filters import CommitmentApiFilter, NoteApiFilter
from sites.delivery.models import Commitment, EarlierWording, LearningNote, Milestone
from sites.registry.serializers import PageUrl, SiteLink, page_url


class MilestoneSerializer(serializers.ModelSerializer):
    """A milestone of a site, with how far it is from its plan."""

    slippage_days = serializers.SerializerMethodField(
        help_text="Days after (or, below zero, before) the planned date, as known today. Null without a planned date."
    )

    class Meta:
        model = Milestone
        fields = ["title", "planned_on", "expected_on", "actual_on", "slippage_days"]

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_slippage_days(self, milestone: Milestone) -> int | None:
        return milestone.slippage(clock.today())


class EarlierWordingSerializer(serializers.ModelSerializer):
    class Meta:
        model = EarlierWording
        fields = ["text", "changed_on"]


class CommitmentSerializer(serializers.ModelSerializer):
    site = SiteLink(help_text="The site that it is about.")
    earlier_wordings = EarlierWordingSerializer(many=True, help_text="What it said before, oldest first.")
    url = PageUrl()
    get_url = page_url

    class Meta:
        model = Commitment
        fields = [
            *("id", "site", "side", "text", "due_on", "state", "settled_on", "outcome"),
            *("earlier_wordings", "version", "url"),
        ]
        extra_kwargs = {
            "side": {"help_text": "Who promises it: the centre or the host."},
            "state": {"help_text": "changed: still open, in a new wording."},
        }


class CommitmentViewSet(ReadOnlyViewSet):
    """What the centre and the hosts promised, for those who may see inside the site."""

    queryset = Commitment.objects.select_related("site").prefetch_related("earlier_wordings")
    serializer_class = CommitmentSerializer
    filterset_class = CommitmentApiFilter


class LearningNoteSerializer(serializers.ModelSerializer):
    site = SiteLink(help_text="Where it was learned.")
    author = serializers.SerializerMethodField(help_text="Who wrote it. Null when that is not known.")
    url = PageUrl()
    get_url = page_url

    class Meta:
        model = LearningNote
        fields = [
            *("id", "site", "worked", "did_not_work", "for_whom", "setting", "noted_on", "author", "version", "url")
        ]
        extra_kwargs = {"worked": {"help_text": "Markdown."}, "did_not_work": {"help_text": "Markdown."}}

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_author(self, note: LearningNote) -> str | None:
        return note.author.display_name if note.author else None


class LearningNoteViewSet(ReadOnlyViewSet):
    """What sites learned, for those who may see inside them."""

    queryset = LearningNote.objects.select_related("site", "author__person")
    serializer_class = LearningNoteSerializer
    filterset_class = NoteApiFilter
