"""The co-production check of sites: read inside the site, written by its team and staff."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.api.fields import ModelInput
from sites.progress.outcomes.checks import services
from sites.progress.outcomes.checks.filters import EntryApiFilter
from sites.progress.outcomes.checks.models import CoproductionEntry
from sites.registry.serializers import EditableSite, OfSiteViewSet, PageUrl, SiteLink, page_url


class EntrySerializer(serializers.ModelSerializer):
    site = SiteLink(help_text="The site that it is about.")
    url = PageUrl()
    get_url = page_url

    class Meta:
        model = CoproductionEntry
        fields = [
            *("id", "site", "on", "perspective", "who", "part", "how", "what_changed"),
            *("is_illustrative", "version", "url"),
        ]
        extra_kwargs = {"part": {"help_text": "The part of the site's work."}}


class EntryChange(ModelInput):
    class Meta:
        model = CoproductionEntry
        fields = ["on", "perspective", "who", "part", "how", "what_changed"]


class EntryInput(EntryChange):
    site = EditableSite()

    class Meta(EntryChange.Meta):
        fields = ["site", *EntryChange.Meta.fields]


class EntryViewSet(OfSiteViewSet):
    """Who was involved in what, how, and what changed, for those who may see inside the site."""

    queryset = CoproductionEntry.objects.select_related("site")
    serializer_class = EntrySerializer
    filterset_class = EntryApiFilter

    @extend_schema(request=EntryInput, responses={201: EntrySerializer})
    def create(self, request: Request) -> Response:
        """Add an entry to the check of a site."""
        self.may_add()
        given = self.sent(EntryInput)
        return self.once(lambda: services.add_entry(by=request.user, **given))

    @extend_schema(request=EntryChange, responses=EntrySerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change an entry."""
        row = self.writable()
        given = self.sent(EntryChange, partial=True)
        services.update_entry(by=request.user, entry=row, expected=self.matched(row), **given)
        return self.shown(row)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Remove an entry."""
        row = self.writable()
        services.remove_entry(by=request.user, entry=row, expected=self.matched(row))
        return Response(status=204)
