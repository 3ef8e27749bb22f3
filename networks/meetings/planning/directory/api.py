"""Venues and providers over the API, for those who plan meetings: venues read and written, providers read."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.access.permissions import require
from impact.core.api.fields import ModelInput
from impact.core.api.views import EditableViewSet, ReadOnlyViewSet
from impact.core.basics.vocabulary import Nation
from networks.groups.serializers import Linked
from networks.meetings.planning.directory import services
from networks.meetings.planning.directory.filters import ProviderApiFilter, VenueApiFilter
from networks.meetings.planning.directory.kinds import FEATURES, Kind
from networks.meetings.planning.directory.models import Provider, Venue

FIELDS = ["name", "address", "nation", "website", "contact", *FEATURES, "notes", "checked_on"]


class VenueSerializer(Linked):
    """A place to meet. ``null``: it is not known whether it is there."""

    class Meta:
        model = Venue
        fields = ["id", *FIELDS, "updated_at", "version", "url"]


class VenueInput(ModelInput):
    class Meta:
        model = Venue
        fields = FIELDS


class VenueViewSet(EditableViewSet):
    """Places to meet and their access lists, for those who plan meetings."""

    queryset = Venue.objects.all()
    serializer_class = VenueSerializer
    filterset_class = VenueApiFilter

    @extend_schema(request=VenueInput, responses={201: VenueSerializer})
    def create(self, request: Request) -> Response:
        """Put a place into the directory."""
        require(request.user, "networks.edit_venue", Venue())
        given = self.sent(VenueInput)
        return self.once(lambda: services.add_venue(by=request.user, **given))

    @extend_schema(request=VenueInput, responses=VenueSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what is known of a place."""
        venue: Venue = self.get_object()
        require(request.user, "networks.edit_venue", venue)
        given = self.sent(VenueInput, partial=True)
        services.change_venue(by=request.user, venue=venue, expected=self.matched(venue), **given)
        return self.shown(venue)


class ProviderSerializer(Linked):
    """An agency, a firm or one person working alone who provides interpreting, Easy Read and the like."""

    kinds = serializers.ListField(child=serializers.ChoiceField(choices=Kind.choices), help_text="What they provide.")
    nations = serializers.ListField(
        child=serializers.ChoiceField(choices=Nation.choices), help_text="Where they work. Empty: everywhere."
    )

    class Meta:
        model = Provider
        fields = [
            "id",
            "name",
            "kinds",
            "nations",
            "languages",
            "phone",
            "email",
            "website",
            "rates",
            "notes",
            "is_one_person",
            "is_active",
            "updated_at",
            "version",
            "url",
        ]


class ProviderViewSet(ReadOnlyViewSet):
    """Who provides what people need, for those who plan meetings. Staff change the directory on the site."""

    queryset = Provider.objects.all()
    serializer_class = ProviderSerializer
    filterset_class = ProviderApiFilter
