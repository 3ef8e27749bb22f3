"""Endpoint: support at meetings, for the member, their supporter and those who arrange it."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from coproduction.charter.api import Linked
from coproduction.group.meetings import services
from coproduction.group.meetings.forms import SupportFilter
from coproduction.group.meetings.models import SupportBooking
from coproduction.group.meetings.pages import may_speak_for
from coproduction.group.models import Told
from impact.core.access import audit
from impact.core.access.permissions import require
from impact.core.api.fields import Day, Input, NoInput, VisiblePk
from impact.core.api.schema import IF_MATCH_WELCOME
from impact.core.api.views import EditableViewSet
from impact.core.people.models import Person
from networks.groups.models import Group
from networks.meetings.models import Meeting


def told_field() -> serializers.ChoiceField:
    """How the member told the one who writes for them."""
    return serializers.ChoiceField(
        choices=Told.choices, required=False, help_text="How the member told you, when you write for them."
    )


class SupportBookingSerializer(Linked):
    group = serializers.SlugRelatedField(
        source="meeting.group", slug_field="slug", read_only=True, help_text="Short name of the group."
    )
    person = serializers.IntegerField(source="person_id", help_text="The member's number.")
    name = serializers.CharField(source="person.name", help_text="The member's name.")
    state = serializers.ChoiceField(choices=SupportBooking.State.choices, help_text="Where it stands.")
    arranged_by = serializers.SerializerMethodField(help_text="Who arranges it; empty while that is open.")
    written_down_by = serializers.CharField(help_text="Who wrote it down for the member; empty: the member.")

    class Meta:
        model = SupportBooking
        fields = [
            "id",
            "group",
            "meeting",
            "person",
            "name",
            "kind",
            "words",
            "asked_on",
            "told",
            "written_down_by",
            "arranged_by",
            "arrange_by",
            "confirmed_on",
            "arranged",
            "cancelled_on",
            "state",
            "version",
            "url",
        ]

    def get_arranged_by(self, booking: SupportBooking) -> str:
        return booking.arranged_by.display_name if booking.arranged_by else ""


class AskInput(Input):
    meeting = VisiblePk(queryset=Meeting.objects.all(), help_text="Number of the meeting.")
    person = serializers.IntegerField(
        required=False, min_value=1, max_value=2**31 - 1, help_text="The member's number; leave it out for yourself."
    )
    kind = serializers.ChoiceField(choices=SupportBooking.Kind.choices)
    words = serializers.CharField(max_length=1000, required=False, allow_blank=True, help_text="In their own words.")
    told = told_field()


class WordsInput(Input):
    words = serializers.CharField(max_length=1000, allow_blank=True, help_text="In their own words.")
    told = told_field()


class ArrangeInput(Input):
    arranged_by = serializers.EmailField(help_text="Address with which the one who arranges it signs in.")
    arrange_by = Day(help_text="The day by which it should be arranged.")


class ConfirmInput(Input):
    arranged = serializers.CharField(max_length=400, help_text="What is booked, for the member to know.")
    confirmed_on = Day(required=False, help_text="Today when left out.")


class SupportBookingViewSet(EditableViewSet):
    """Support at meetings: your own, that of members you support, or what you arrange."""

    queryset = SupportBooking.objects.select_related(
        "meeting__group", "person", "arranged_by__person", "recorded_by__person"
    )
    serializer_class = SupportBookingSerializer
    filterset_class = SupportFilter

    def list(self, request: Request) -> Any:
        """Support that you may know of; also as a file. Readings of what others need are put on record."""
        if self.get_queryset().exclude(person__user_id=request.user.pk).exists():
            is_file = request.accepted_renderer.format in ("csv", "xlsx")
            what = "support_exported" if is_file else "support"
            audit.record_reading(request.user, what, request.user, each_time=is_file)  # type: ignore[arg-type]
        return super().list(request)

    def retrieve(self, request: Request, pk: str) -> Response:
        """One booking. Reading what someone else needs is put on record."""
        booking = self.get_object()
        if booking.person.user_id != request.user.pk:
            audit.record_reading(request.user, "support", booking.meeting)
        return super().retrieve(request, pk=pk)

    @extend_schema(request=AskInput, responses={201: SupportBookingSerializer})
    def create(self, request: Request) -> Response:
        """Ask for support at a meeting, for yourself or for a member whom you may write for."""
        if not Group.objects.permitted(request.user, "coproduction.ask_for_support").exists():
            raise PermissionDenied
        given = self.sent(AskInput)
        require(request.user, "coproduction.ask_for_support", given["meeting"])
        person: Person | None = None
        if "person" in given:
            people = {p.pk: p for p in may_speak_for(request.user, given["meeting"].group)}
            person = people.get(given["person"])
            if person is None:
                raise serializers.ValidationError({"person": "You cannot ask for this member at that meeting."})
        given["person"] = person
        return self.once(lambda: services.ask_for_support(by=request.user, **given))

    @extend_schema(request=WordsInput, responses=SupportBookingSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Say more exactly what is needed, until it is confirmed."""
        booking = self.get_object()
        given = self.sent(WordsInput)
        services.change_support(by=request.user, booking=booking, expected=self.matched(booking), **given)
        return self.shown(booking)

    def _arranging(self) -> SupportBooking:
        booking: SupportBooking = self.get_object()
        require(self.request.user, "coproduction.arrange_support", booking)
        return booking

    @extend_schema(
        parameters=[IF_MATCH_WELCOME], request=ArrangeInput, responses=SupportBookingSerializer, filters=False
    )
    @action(detail=True, methods=["post"])
    def arrange(self, request: Request, pk: str) -> Response:
        """Say who arranges it, and by when."""
        booking = self._arranging()
        given = self.sent(ArrangeInput)
        email = given["arranged_by"].lower()
        people = services.people_who_arrange(booking.meeting.group)
        user = next((user for user in people if user.email.lower() == email), None)
        if user is None:
            raise serializers.ValidationError({"arranged_by": "This is no one who arranges support for the group."})

        def arrange() -> SupportBooking:
            expected = self.matched(booking, is_required=False)
            return services.arrange_support(
                by=request.user, booking=booking, arranged_by=user, arrange_by=given["arrange_by"], expected=expected
            )

        return self.once(arrange, status=200)

    @extend_schema(
        parameters=[IF_MATCH_WELCOME], request=ConfirmInput, responses=SupportBookingSerializer, filters=False
    )
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str) -> Response:
        """Say that it is booked. The member is told."""
        booking = self._arranging()
        given = self.sent(ConfirmInput)

        def confirm() -> SupportBooking:
            expected = self.matched(booking, is_required=False)
            return services.confirm_support(by=request.user, booking=booking, expected=expected, **given)

        return self.once(confirm, status=200)

    @extend_schema(parameters=[IF_MATCH_WELCOME], request=NoInput, responses=SupportBookingSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Cancel it. It can be asked for again."""
        booking = self.get_object()
        self.sent(NoInput)

        def cancel() -> SupportBooking:
            expected = self.matched(booking, is_required=False)
            return services.cancel_support(by=request.user, booking=booking, expected=expected)

        return self.once(cancel, status=200)
