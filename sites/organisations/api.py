"""Organisations over the API: read as far as someone may see them, written by staff."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.access.permissions import require
from impact.core.api.fields import ModelInput
from impact.core.api.views import EditableViewSet
from sites.organisations import services
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


class OrganisationInput(ModelInput):
    class Meta:
        model = Organisation
        fields = ["name", "kind", "nation", "summary", "website"]
        validators: list[Any] = []  # the service says in words that a name is taken


class OrganisationViewSet(EditableViewSet):
    """Organisations: every one for national readers, others those of the sites where they work. Staff write them."""

    http_method_names = ["get", "head", "options", "post", "patch"]

    queryset = Organisation.objects.all()
    parts = (
        "hosted_sites",
        "parts",
    )
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

    @extend_schema(request=OrganisationInput, responses={201: OrganisationSerializer})
    def create(self, request: Request) -> Response:
        """Record a body that hosts, funds, partners or applies."""
        require(request.user, "sites.edit_organisation")
        given = self.sent(OrganisationInput)
        return self.once(lambda: services.add_organisation(by=request.user, **given))

    @extend_schema(request=OrganisationInput, responses=OrganisationSerializer)
    def partial_update(self, request: Request, slug: str) -> Response:
        """Change an organisation's record. Its address stays."""
        row: Organisation = self.get_object()
        require(request.user, "sites.edit_organisation")
        given = self.sent(OrganisationInput, partial=True)
        services.update_organisation(by=request.user, organisation=row, expected=self.matched(row), **given)
        return self.shown(row)
