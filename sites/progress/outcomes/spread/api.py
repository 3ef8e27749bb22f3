"""Places that took up a site's work: read inside the site, written by its team and staff."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.api.fields import ModelInput, VisibleSlug
from sites.organisations.models import Organisation
from sites.progress.outcomes.spread import services
from sites.progress.outcomes.spread.filters import UptakeApiFilter
from sites.progress.outcomes.spread.models import Uptake
from sites.registry.serializers import EditableSite, OfSiteViewSet, OrganisationLink, PageUrl, SiteLink, page_url


class UptakeSerializer(serializers.ModelSerializer):
    site = SiteLink(help_text="The site whose work was taken up.")
    organisation = OrganisationLink(allow_null=True, help_text="Who took it up there, if known.")
    url = PageUrl()
    get_url = page_url

    class Meta:
        model = Uptake
        fields = [
            *("id", "site", "place", "organisation", "nation", "how", "on", "what"),
            *("is_illustrative", "version", "url"),
        ]
        extra_kwargs = {"nation": {"help_text": "Where the place is."}}


class UptakeChange(ModelInput):
    organisation = VisibleSlug(
        queryset=Organisation.objects.all(), required=False, allow_null=True, help_text="An organisation's slug."
    )

    class Meta:
        model = Uptake
        fields = ["place", "organisation", "nation", "how", "on", "what"]
        validators: list[object] = []  # the service says in words that a place is listed already


class UptakeInput(UptakeChange):
    site = EditableSite()

    class Meta(UptakeChange.Meta):
        fields = ["site", *UptakeChange.Meta.fields]


class UptakeViewSet(OfSiteViewSet):
    """Other places that took up what a site tried out, for those who may see inside the site."""

    queryset = Uptake.objects.select_related("site", "organisation")
    serializer_class = UptakeSerializer
    filterset_class = UptakeApiFilter

    @extend_schema(request=UptakeInput, responses={201: UptakeSerializer})
    def create(self, request: Request) -> Response:
        """Add a place that took up a site's work."""
        self.may_add()
        given = self.sent(UptakeInput)
        return self.once(lambda: services.add_uptake(by=request.user, **given))

    @extend_schema(request=UptakeChange, responses=UptakeSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what is recorded about a place."""
        row = self.writable()
        given = self.sent(UptakeChange, partial=True)
        services.update_uptake(by=request.user, uptake=row, expected=self.matched(row), **given)
        return self.shown(row)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Remove a place that was listed by mistake."""
        row = self.writable()
        services.remove_uptake(by=request.user, uptake=row, expected=self.matched(row))
        return Response(status=204)
