"""Read endpoints: rounds."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from impact.core.api.defaults import ReadByAnyone
from impact.core.api.views import ReadOnlyViewSet
from impact.core.basics import clock
from sites.registry.models import DeliveryModel
from sites.registry.serializers import PageUrl, TopicLink, page_url
from sites.rounds.models import Round, RoundStatement


class StatementSerializer(serializers.ModelSerializer):
    class Meta:
        model = RoundStatement
        fields = ["number", "offered", "asked", "who_for"]
        extra_kwargs = {"number": {"help_text": "The version; earlier wordings are kept."}}


class RoundSerializer(serializers.ModelSerializer):
    topics = TopicLink(many=True, help_text="What sites may be about.")
    delivery_models = serializers.ListField(child=serializers.ChoiceField(choices=DeliveryModel.choices))
    is_open = serializers.SerializerMethodField(help_text="Whether it takes expressions of interest today.")
    statement = serializers.SerializerMethodField(help_text="What is offered and asked, in its newest wording.")
    url = PageUrl()
    get_url = page_url

    class Meta:
        model = Round
        fields = [
            "slug",
            "name",
            "opens_on",
            "closes_on",
            "is_announced",
            "is_open",
            "topics",
            "delivery_models",
            "statement",
            "is_illustrative",
            "url",
        ]

    def get_is_open(self, round: Round) -> bool:
        return round.is_open(clock.today())

    @extend_schema_field(StatementSerializer(allow_null=True))
    def get_statement(self, round: Round) -> dict[str, Any] | None:
        statements = list(round.statements.all())  # prefetched, in order
        return StatementSerializer(statements[-1]).data if statements else None


class RoundViewSet(ReadOnlyViewSet):
    """Calls for expressions of interest: those announced, for everyone, and for staff the drafts too."""

    permission_classes = [ReadByAnyone]
    queryset = Round.objects.prefetch_related("topics", "statements")
    serializer_class = RoundSerializer
    lookup_field = "slug"
