"""Bookings over the API, for those who plan the meetings. Each says for how many people it is, and names none of them."""

from collections.abc import Callable

import django_filters
from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.access.permissions import require
from impact.core.api.fields import Day, Input, ModelInput, Several, VisiblePk
from impact.core.api.schema import IF_MATCH_WELCOME
from impact.core.api.views import EditableViewSet
from impact.core.basics.vocabulary import Nation
from impact.core.people.models import Person
from networks.documents.materials.models import Material
from networks.groups.filters import IdFilter
from networks.groups.models import Group, GroupKind
from networks.groups.serializers import GroupLink, Linked
from networks.meetings.models import Meeting
from networks.meetings.planning.bookings import making, services
from networks.meetings.planning.bookings.models import MOST_PENCE, Booking
from networks.meetings.planning.bookings.needs import people_needing, standing_of
from networks.meetings.planning.directory.kinds import Category, Kind
from networks.meetings.planning.directory.models import Provider

MOST_PEOPLE = 100


class BookingSerializer(Linked):
    group = GroupLink(source="meeting.group")
    category = serializers.ChoiceField(
        choices=Category.choices, help_text="The heading under which its cost is counted."
    )
    estimate_pence = serializers.IntegerField(
        allow_null=True,
        help_text="What it was expected to cost. The costs leave it out once it is cancelled or could not be found.",
    )
    provider = serializers.CharField(source="provider.name", default="", help_text="Who provides it.")
    people = serializers.IntegerField(help_text="For how many people it is.")
    problems = serializers.SerializerMethodField(
        help_text="What has to be looked at: moved, place, meeting_cancelled, not_coming, need_gone, fewer, changed, wrong, "
        "file_gone, overdue, clash, not_told, to_close. Only in the answer about one booking."
    )

    class Meta:
        model = Booking
        fields = [
            "id",
            "group",
            "meeting",
            "kind",
            "category",
            "state",
            "what",
            "material",
            "due_on",
            "people",
            "provider",
            "requested_on",
            "sent",
            "confirmed_on",
            "reference",
            "who_comes",
            "booked_for",
            "booked_place",
            "reason",
            "offered",
            "told_on",
            "closed_on",
            "estimate_pence",
            "actual_pence",
            "problems",
            "updated_at",
            "version",
            "url",
        ]

    def get_problems(self, booking: Booking) -> list[str]:
        if getattr(self.context.get("view"), "action", "") in ("list", "export_csv", "export_xlsx"):
            return []
        booked = next(one for one in standing_of(booking.meeting).booked if one.booking.pk == booking.pk)
        return [code for code, _words in booked.problems]


class BookingInput(Input):
    meeting = VisiblePk(queryset=Meeting.objects.all())
    kind = serializers.ChoiceField(choices=Kind.choices)
    people = Several(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1),
        max_length=MOST_PEOPLE,
        required=False,
        help_text="Ids of the people it is for. Left out: everyone who needs it at the meeting.",
    )
    material = VisiblePk(queryset=Material.objects.all(), required=False, allow_null=True)
    what = serializers.CharField(max_length=200, required=False, allow_blank=True)
    due_on = Day(required=False, allow_null=True)
    provider = VisiblePk(queryset=Provider.objects.all(), required=False, allow_null=True)
    requested_on = Day(required=False, allow_null=True)
    sent = serializers.CharField(max_length=400, required=False, allow_blank=True)
    estimate_pence = serializers.IntegerField(min_value=0, max_value=MOST_PENCE, required=False, allow_null=True)


class BookingChange(ModelInput):
    class Meta:
        model = Booking
        fields = ["what", "due_on", "estimate_pence"]


class RequestBooking(Input):
    provider = VisiblePk(queryset=Provider.objects.all())
    requested_on = Day(required=False)
    sent = serializers.CharField(max_length=400, required=False, allow_blank=True)
    estimate_pence = serializers.IntegerField(min_value=0, max_value=MOST_PENCE, required=False, allow_null=True)


class ConfirmBooking(Input):
    confirmed_on = Day(required=False)
    reference = serializers.CharField(max_length=80, required=False, allow_blank=True)
    who_comes = serializers.CharField(max_length=80, required=False, allow_blank=True)
    provider = VisiblePk(queryset=Provider.objects.all(), required=False)


class GiveUpBooking(Input):
    reason = serializers.CharField(max_length=400)
    offered = serializers.CharField(max_length=400)
    told_on = Day(required=False, allow_null=True)


class CancelBooking(Input):
    reason = serializers.CharField(max_length=400)
    cost_pence = serializers.IntegerField(min_value=0, max_value=MOST_PENCE, required=False, allow_null=True)


class FinishBooking(Input):
    actual_pence = serializers.IntegerField(min_value=0, max_value=MOST_PENCE, required=False, allow_null=True)


class BookingApiFilter(django_filters.FilterSet):
    group = django_filters.CharFilter(field_name="meeting__group__slug", label="Short name of the group.")
    meeting = IdFilter(field_name="meeting_id", label="Id of the meeting.")
    kind = django_filters.ChoiceFilter(choices=Kind)
    state = django_filters.ChoiceFilter(choices=Booking.State)
    nation = django_filters.ChoiceFilter(choices=Nation, field_name="meeting__group__nation")
    group_kind = django_filters.ChoiceFilter(choices=GroupKind, field_name="meeting__group__kind")
    after = django_filters.DateFilter(
        field_name="meeting__starts_at", lookup_expr="date__gte", label="Of meetings from this day on."
    )
    before = django_filters.DateFilter(
        field_name="meeting__starts_at", lookup_expr="date__lte", label="Of meetings up to this day."
    )

    class Meta:
        model = Booking
        fields: list[str] = []


class BookingViewSet(EditableViewSet):
    """What is booked for the meetings that you plan, and what it costs; staff see all of them."""

    queryset = Booking.objects.select_related("meeting__group", "meeting__venue", "provider", "material")
    serializer_class = BookingSerializer
    filterset_class = BookingApiFilter

    def get_queryset(self) -> QuerySet:
        return super().get_queryset().annotate(people=Count("needs"))

    def _row(self) -> Booking:
        row: Booking = self.get_object()
        require(self.request.user, "networks.arrange_bookings", row)
        return row

    @extend_schema(request=BookingInput, responses={201: BookingSerializer})
    def create(self, request: Request) -> Response:
        """Turn a need into a booking; with ``requested_on`` the provider has been asked already."""
        if not Group.objects.permitted(request.user, "networks.arrange_bookings").exists():
            raise PermissionDenied
        given = self.sent(BookingInput)
        meeting = given.pop("meeting")
        require(request.user, "networks.arrange_bookings", meeting)
        ids = given.pop("people", None)

        def book() -> Booking:
            people = _people(meeting, given["kind"], given.get("material"), ids)
            return making.book(by=request.user, meetings=[meeting], people=people, **given)[0]

        return self.once(book)

    @extend_schema(request=BookingChange, responses=BookingSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what exactly is booked, when a paper is due, or what it is expected to cost."""
        row = self._row()
        now = {name: getattr(row, name) for name in ("what", "due_on", "estimate_pence")}
        given = now | self.sent(BookingChange, partial=True)
        services.change_booking(by=request.user, booking=row, expected=self.matched(row), **given)
        return self.shown(row)

    def _step(self, kind: type[serializers.Serializer], service: Callable[..., Booking]) -> Response:
        row = self._row()
        given = self.sent(kind)

        def step() -> Booking:
            expected = self.matched(row, is_required=False)
            return service(by=self.request.user, booking=row, expected=expected, **given)

        return self.once(step, status=200)

    @extend_schema(
        operation_id="booking_request",
        parameters=[IF_MATCH_WELCOME],
        request=RequestBooking,
        responses=BookingSerializer,
    )
    @action(detail=True, methods=["post"], url_path="request", url_name="request")
    def ask(self, request: Request, pk: str) -> Response:
        """Note that a provider was asked."""
        return self._step(RequestBooking, services.request_booking)

    @extend_schema(parameters=[IF_MATCH_WELCOME], request=ConfirmBooking, responses=BookingSerializer)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str) -> Response:
        """Say that it is booked; the people it is for are told."""
        return self._step(ConfirmBooking, services.confirm_booking)

    @extend_schema(parameters=[IF_MATCH_WELCOME], request=GiveUpBooking, responses=BookingSerializer)
    @action(detail=True, methods=["post"], url_path="not-found")
    def not_found(self, request: Request, pk: str) -> Response:
        """Say that it could not be found, and what is offered instead."""
        return self._step(GiveUpBooking, services.give_up_booking)

    @extend_schema(parameters=[IF_MATCH_WELCOME], request=CancelBooking, responses=BookingSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Cancel it, with what that costs."""
        return self._step(CancelBooking, services.cancel_booking)

    @extend_schema(parameters=[IF_MATCH_WELCOME], request=FinishBooking, responses=BookingSerializer)
    @action(detail=True, methods=["post"])
    def done(self, request: Request, pk: str) -> Response:
        """Say that it took place, and what it cost."""
        return self._step(FinishBooking, services.finish_booking)


def _people(meeting: Meeting, kind: str, material: Material | None, ids: list[int] | None) -> list[Person]:
    """The people that a caller names among those who need it; everyone who does where none are named."""
    found = {
        n.person.pk: n.person for n in people_needing(standing_of(meeting), kind, material.pk if material else None)
    }
    if ids is None:
        return list(found.values())
    if unknown := [pk for pk in ids if pk not in found]:
        listed = ", ".join(str(pk) for pk in unknown)
        raise ValidationError({"people": f"Choose only people who need this at the meeting, not {listed}."})
    return [found[pk] for pk in ids]
