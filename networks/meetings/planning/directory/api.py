"""Venues over the API: read and written by those who plan meetings."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.access.permissions import require
from impact.core.api.fields import ModelInput
from impact.core.api.views import EditableViewSet
from networks.groups.serializers import Linked
from networks.meetings.planning.directory import services
from networks.meetings.planning.directory.filters import VenueApiFilter
from networks.meetings.planning.directory.kinds import FEATURES
from networks.meetings.planning.directory.models import Venue

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
