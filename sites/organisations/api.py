"""Read endpoints: organisations."""

from django.db.models import Prefetch, QuerySet
from rest_framework import serializers

from impact.core.api.views import ReadOnlyViewSet
from sites.organisations.filters import OrganisationApiFilter
from sites.organisations.models import Organisation
from sites.registry.models import OrganisationPart, Site
from sites.registry.serializers import PageUrl, SiteLink, page_url


class PartSerializer(serializers.ModelSerializer):
    site = SiteLink(allow_null=True, help_text="Null: for the centre as a whole.")

    class Meta:
        model = OrganisationPart
        fields = ["part", "site", "note"]


class OrganisationSerializer(serializers.ModelSerializer):
    hosts = SiteLink(many=True, source="hosts_seen", help_text="Sites that it hosts, as far as you may see them.")
    parts = PartSerializer(many=True, source="parts_seen", help_text="Other roles it has.")
    url = PageUrl()
    get_url = page_url

    class Meta:
        model = Organisation
        fields = ["slug", "name", "kind", "nation", "summary", "website", "hosts", "parts", "is_illustrative", "url"]


class OrganisationViewSet(ReadOnlyViewSet):
    """Organisations: every one for national readers, others those of the sites where they work."""

    queryset = Organisation.objects.all()
    serializer_class = OrganisationSerializer
    filterset_class = OrganisationApiFilter
    lookup_field = "slug"

    def get_queryset(self) -> QuerySet:
        queryset = super().get_queryset()
        seen = Site.objects.visible_to(self.request.user) if self.request else Site.objects.none()
        parts = OrganisationPart.objects.select_related("site")
        parts = parts.filter(site__isnull=True) | parts.filter(site__in=seen)
        return queryset.prefetch_related(
            Prefetch("hosted_sites", seen, to_attr="hosts_seen"), Prefetch("parts", parts, to_attr="parts_seen")
        )
