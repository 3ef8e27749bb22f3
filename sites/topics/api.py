"""Topics: read, and written through the same services as the pages use."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.access.permissions import require
from impact.core.api.fields import Input, ModelInput
from impact.core.api.views import EditableViewSet
from sites.registry.serializers import PageUrl, page_url
from sites.topics import services
from sites.topics.filters import TopicApiFilter
from sites.topics.models import CRITERIA, HIGHEST, Topic


class Score(serializers.FloatField):
    """A score from 0 to 5: the mean of the people who scored, or the one that staff recorded. One decimal place."""

    def __init__(self, source: str | None, label: str, most: int = HIGHEST) -> None:
        super().__init__(
            source=source,
            read_only=True,
            allow_null=True,
            min_value=0,
            max_value=most,
            help_text=f"{label}, out of {most}.",
        )

    def to_representation(self, value: Any) -> float:  # type: ignore[override]
        return round(float(value), 1)


class TopicSerializer(serializers.ModelSerializer):
    makes_a_difference = Score("mean_makes_a_difference", CRITERIA[0][1])
    tackles_inequalities = Score("mean_tackles_inequalities", CRITERIA[1][1])
    good_use_of_resources = Score("mean_good_use_of_resources", CRITERIA[2][1])
    enough_evidence = Score("mean_enough_evidence", CRITERIA[3][1])
    total = Score(None, "The sum of the four; null until all are scored", 4 * HIGHEST)
    scored_by = serializers.IntegerField(
        read_only=True,
        allow_null=True,
        help_text="How many people scored it: the figures are their means. Null: recorded by staff, or not scored.",
    )
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
            "scored_by",
            "is_illustrative",
            "url",
        ]


class TopicInput(ModelInput):
    proposed_for = serializers.IntegerField(
        min_value=2000, max_value=2100, required=False, allow_null=True, help_text="The year it is a candidate for."
    )

    class Meta:
        model = Topic
        fields = ["name", "summary", "source", "proposed_for"]


def _given() -> serializers.IntegerField:
    return serializers.IntegerField(min_value=0, max_value=HIGHEST, allow_null=True, help_text="Null: not scored.")


class TopicScoresInput(Input):
    """One set of scores, as staff record it."""

    makes_a_difference = _given()
    tackles_inequalities = _given()
    good_use_of_resources = _given()
    enough_evidence = _given()


class TopicViewSet(EditableViewSet):
    """Topics with their scores on the four criteria."""

    queryset = Topic.objects.with_scores()
    serializer_class = TopicSerializer
    filterset_class = TopicApiFilter
    lookup_field = "slug"
    http_method_names = ["get", "head", "options", "post", "patch", "put"]

    @extend_schema(request=TopicInput, responses={201: TopicSerializer})
    def create(self, request: Request) -> Response:
        """Record a topic."""
        require(request.user, "sites.edit_topic")
        given = self.sent(TopicInput)
        return self.once(lambda: services.add_topic(by=request.user, **given))

    @extend_schema(request=TopicInput, responses=TopicSerializer)
    def partial_update(self, request: Request, slug: str) -> Response:
        """Change a topic's words, where it came from or its year."""
        topic = self.get_object()
        require(request.user, "sites.edit_topic")
        given = self.sent(TopicInput, partial=True)
        services.update_topic(by=request.user, topic=topic, expected=self.matched(topic), **given)
        return self.shown(topic)

    @extend_schema(request=TopicScoresInput, responses=TopicSerializer, filters=False)
    @action(detail=True, methods=["put"])
    def scores(self, request: Request, slug: str) -> Response:
        """Record one set of scores. Of a topic that several people score, see /api/v1/topic-scores/."""
        topic = self.get_object()
        require(request.user, "sites.edit_topic")
        given = self.sent(TopicScoresInput)
        services.score_topic(by=request.user, topic=topic, expected=self.matched(topic), **given)
        return self.shown(topic)
