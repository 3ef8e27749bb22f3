"""The parts that organisations play, at sites and for the centre as a whole, over the API."""

from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.access.permissions import has_perm, require
from impact.core.api.fields import ModelInput, VisibleSlug
from impact.core.api.views import EditableViewSet
from sites.organisations.models import Organisation
from sites.registry import services
from sites.registry.models import OrganisationPart, Site
from sites.registry.serializers import OrganisationLink, SiteLink


class OrganisationPartSerializer(serializers.ModelSerializer):
    organisation = OrganisationLink()
    site = SiteLink(allow_null=True, help_text="Null: for the centre as a whole.")

    class Meta:
        model = OrganisationPart
        fields = ["id", "organisation", "part", "site", "note"]


class OrganisationPartInput(ModelInput):
    organisation = VisibleSlug(queryset=Organisation.objects.all(), help_text="An organisation's slug.")
    site = VisibleSlug(
        queryset=Site.objects.all(),
        required=False,
        allow_null=True,
        help_text="A site's slug. Without one: for the centre as a whole.",
    )

    class Meta:
        model = OrganisationPart
        fields = ["organisation", "part", "site", "note"]
        validators: list[Any] = []  # the service says in words that it is recorded already


class OrganisationPartFilter(django_filters.FilterSet):
    """Filters of /api/v1/organisation-parts/."""

    organisation = django_filters.CharFilter(field_name="organisation__slug", label="An organisation's slug")
    site = django_filters.CharFilter(field_name="site__slug", label="A site's slug")
    part = django_filters.ChoiceFilter(choices=OrganisationPart.Part)

    class Meta:
        model = OrganisationPart
        fields: list[str] = []


class OrganisationPartViewSet(EditableViewSet):
    """Partners, funders, consortium members and critical friends, as far as you may see the organisation and the site."""

    http_method_names = ["get", "head", "options", "post", "delete"]
    queryset = OrganisationPart.objects.select_related("organisation", "site")
    serializer_class = OrganisationPartSerializer
    filterset_class = OrganisationPartFilter

    @extend_schema(request=OrganisationPartInput, responses={201: OrganisationPartSerializer})
    def create(self, request: Request) -> Response:
        """Record a part that an organisation plays. For staff; at their own site also for its team."""
        if not Site.objects.worked_at_by(request.user).exists():
            require(request.user, "sites.edit_organisation")
        given = self.sent(OrganisationPartInput)
        return self.once(lambda: services.add_part(by=request.user, **given))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Remove a part that was a mistake or has ended."""
        row: OrganisationPart = self.get_object()
        if row.site is None or not has_perm(request.user, "sites.edit_site", row.site):
            require(request.user, "sites.edit_organisation")
        self.matched(row)
        services.remove_part(by=request.user, part=row)
        return Response(status=204)
