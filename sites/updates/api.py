"""Read endpoints: updates."""

from rest_framework import serializers

from impact.core.api.views import ReadOnlyViewSet
from sites.registry.serializers import PageUrl, SiteLink, page_url
from sites.updates.filters import UpdateApiFilter
from sites.updates.models import Update


class UpdateSerializer(serializers.ModelSerializer):
    site = SiteLink(help_text="Where the news comes from.")
    url = PageUrl()
    get_url = page_url

    class Meta:
        model = Update
        fields = ["id", "title", "body", "published_at", "site", "url"]
        extra_kwargs = {"body": {"help_text": "Markdown."}}


class UpdateViewSet(ReadOnlyViewSet):
    """Published updates. Drafts are on the pages only."""

    queryset = Update.objects.published().filter(site__isnull=False).select_related("site")
    serializer_class = UpdateSerializer
    filterset_class = UpdateApiFilter
