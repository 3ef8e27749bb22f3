"""How sites, topics and organisations are named in the answers of the API."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from sites.organisations.models import Organisation
from sites.registry.models import Site
from sites.topics.models import Topic


class TopicLink(serializers.ModelSerializer):
    class Meta:
        model = Topic
        fields = ["slug", "name"]


class OrganisationLink(serializers.ModelSerializer):
    class Meta:
        model = Organisation
        fields = ["slug", "name"]


class SiteLink(serializers.ModelSerializer):
    class Meta:
        model = Site
        fields = ["slug", "name"]


class CoverageSerializer(serializers.Serializer):
    """How many units of the roster take part."""

    on = serializers.DateField(help_text="The day for which this counts.")
    joined = serializers.IntegerField(help_text="Units that take part.")
    total = serializers.IntegerField(help_text="Units on the roster that day.")
    percent = serializers.IntegerField(allow_null=True, help_text="joined of total, rounded; null: an empty roster.")


class PageUrl(serializers.SerializerMethodField):
    """The address of a row's page."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(help_text="The page for people.", **kwargs)


@extend_schema_field(serializers.URLField())
def page_url(serializer: serializers.BaseSerializer, row: Any) -> str:
    path = row.get_absolute_url()
    request = serializer.context.get("request")
    return request.build_absolute_uri(path) if request else path
