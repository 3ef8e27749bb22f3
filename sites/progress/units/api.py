"""The rosters of sites: units, where each stands, and contacts with them."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.access.permissions import require
from impact.core.api.fields import Day, Input, ModelInput
from impact.core.api.views import EditableViewSet
from impact.core.basics import clock
from sites.progress.units import services
from sites.progress.units.contacts.services import record_contact
from sites.progress.units.filters import UnitApiFilter
from sites.progress.units.models import Unit, UnitChange, UnitContact
from sites.registry.serializers import EditableSite, PageUrl, SiteLink, editable_sites, page_url


class UnitSerializer(serializers.ModelSerializer):
    site = SiteLink(read_only=True)
    state = serializers.ChoiceField(
        choices=UnitChange.State.choices, read_only=True, help_text="Where it stands today."
    )
    since = serializers.DateField(allow_null=True, read_only=True, help_text="Null: nothing was recorded yet.")
    last_contact = serializers.DateField(allow_null=True, read_only=True, help_text="The newest contact.")
    url = PageUrl()
    get_url = page_url

    class Meta:
        model = Unit
        fields = ["id", "site", "name", "listed_from", "listed_to", "state", "since", "last_contact", "url"]


class UnitInput(ModelInput):
    site = EditableSite()

    class Meta:
        model = Unit
        fields = ["site", "name", "listed_from"]
        validators: list[Any] = []  # the service says in words that a name is taken


class UnitChangeSerializer(serializers.ModelSerializer):
    class Meta:
        model = UnitChange
        fields = ["id", "state", "on", "reason"]


class UnitChangeInput(ModelInput):
    class Meta:
        model = UnitChange
        fields = ["state", "on", "reason"]


class UnitContactSerializer(serializers.ModelSerializer):
    recorded_by = serializers.CharField(source="recorded_by.display_name", default="", read_only=True)

    class Meta:
        model = UnitContact
        fields = ["id", "on", "how", "words", "next_step", "next_on", "recorded_by"]


class UnitContactInput(ModelInput):
    class Meta:
        model = UnitContact
        fields = ["on", "how", "words", "next_step", "next_on"]


class DelistInput(Input):
    listed_to = Day(help_text="The last day on the roster.")


class UnitViewSet(EditableViewSet):
    """The rosters of sites whose inside the caller may see."""

    queryset = Unit.objects.select_related("site")
    serializer_class = UnitSerializer
    filterset_class = UnitApiFilter
    http_method_names = ["get", "head", "options", "post"]

    def get_queryset(self) -> QuerySet:
        queryset = super().get_queryset()
        return queryset.with_standing(clock.today())  # type: ignore[attr-defined]

    def _row(self) -> Unit:
        row: Unit = self.get_object()
        require(self.request.user, "sites.edit_site", row.site)
        return row

    @extend_schema(request=UnitInput, responses={201: UnitSerializer})
    def create(self, request: Request) -> Response:
        """Put a unit on a site's roster."""
        if not editable_sites(request.user).exists():
            raise PermissionDenied("You may not change the roster of any site.")
        given = self.sent(UnitInput)
        return self.once(lambda: services.list_unit(by=request.user, **given))

    @extend_schema(responses=UnitChangeSerializer(many=True), filters=False)
    @action(detail=True, pagination_class=None)
    def changes(self, request: Request, pk: str) -> Response:
        """Each step of a unit with its date, oldest first."""
        return self._changes(self.get_object().pk)

    def _changes(self, pk: int | str, status: int = 200) -> Response:
        rows = UnitChange.objects.filter(unit=pk)
        return self.tagged(UnitChangeSerializer(rows, many=True).data, status=status)

    @extend_schema(request=UnitChangeInput, responses={201: UnitChangeSerializer(many=True)}, filters=False)
    @changes.mapping.post
    def record_change(self, request: Request, pk: str) -> Response:
        """Record where a unit stands from a day on; earlier steps stay."""
        row = self._row()
        given = self.sent(UnitChangeInput)

        def write() -> Unit:
            services.record_unit_change(by=request.user, unit=row, **given)
            return row

        return self.once(write, show=self._changes)

    @extend_schema(responses=UnitContactSerializer(many=True), filters=False)
    @action(detail=True, pagination_class=None)
    def contacts(self, request: Request, pk: str) -> Response:
        """Every contact with a unit, newest first."""
        return self._contacts(self.get_object().pk)

    def _contacts(self, pk: int | str, status: int = 200) -> Response:
        rows = UnitContact.objects.filter(unit=pk).select_related("recorded_by__person")
        return self.tagged(UnitContactSerializer(rows, many=True).data, status=status)

    @extend_schema(request=UnitContactInput, responses={201: UnitContactSerializer(many=True)}, filters=False)
    @contacts.mapping.post
    def record_contact(self, request: Request, pk: str) -> Response:
        """Record a contact with a unit. One that was not approached yet counts as approached from that day."""
        row = self._row()
        given = self.sent(UnitContactInput)

        def write() -> Unit:
            record_contact(by=request.user, unit=row, **given)
            return row

        return self.once(write, show=self._contacts)

    @extend_schema(request=DelistInput, responses=UnitSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def delist(self, request: Request, pk: str) -> Response:
        """Take a unit off the roster after a day; earlier figures keep it."""
        row = self._row()
        given = self.sent(DelistInput)
        return self.once(lambda: services.delist_unit(by=request.user, unit=row, **given), status=200)
