"""Read endpoints: topics."""

from rest_framework import serializers

from impact.core.api.views import ReadOnlyViewSet
from sites.registry.serializers import PageUrl, page_url
from sites.topics.filters import TopicApiFilter
from sites.topics.models import Topic


class TopicSerializer(serializers.ModelSerializer):
    total = serializers.IntegerField(allow_null=True, help_text="Out of 20; null until all four are scored.")
    url = PageUrl()
    get_url = page_url

    class Meta:
        model = Topic
        fields = [
            "slug",
            "name",
            "summary",
            "source",
            "proposed_for",
            "makes_a_difference",
            "tackles_inequalities",
            "good_use_of_resources",
            "enough_evidence",
            "total",
            "is_illustrative",
            "url",
        ]


class TopicViewSet(ReadOnlyViewSet):
    """Topics with their scores on the four criteria."""

    queryset = Topic.objects.with_scores()
    serializer_class = TopicSerializer
    filterset_class = TopicApiFilter
    lookup_field = "slug"
