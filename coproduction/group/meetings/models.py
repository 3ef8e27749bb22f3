"""Meetings of a group, seen from its members: the support that they ask for, and the charter text put before them."""

from datetime import date, timedelta
from typing import Any

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse

from coproduction.charter.models import CharterVersion
from coproduction.group.models import SaidByMember, SupportLink
from impact.core.basics import clock
from impact.core.basics.privacy import After, Delete, NotPersonal, Part, Personal
from impact.core.people.models import Person, User
from networks.groups.models import Group
from networks.meetings.models import Meeting

SOON = timedelta(days=14)


class SupportBookingQuerySet(models.QuerySet["SupportBooking"]):
    def visible_to(self, user: Any) -> "SupportBookingQuerySet":
        """What a member asked for is seen by the member, by who supports them, and by those who arrange it."""
        if not getattr(user, "is_authenticated", False):
            return self.none()
        links = SupportLink.objects.in_force().filter(
            supporter__user_id=user.pk, group=OuterRef("meeting__group"), member=OuterRef("person")
        )
        arranged = Group.objects.permitted(user, "coproduction.arrange_support")
        seen = Group.objects.visible_to(user)
        return self.filter(
            Q(person__user_id=user.pk, meeting__group__in=seen)
            | Q(Exists(links), meeting__group__in=seen)
            | Q(meeting__group__in=arranged)
        )

    def open(self) -> "SupportBookingQuerySet":
        """Not cancelled, for meetings that are still to come."""
        return self.filter(
            cancelled_on__isnull=True, meeting__status=Meeting.Status.PLANNED, meeting__ends_at__gte=clock.now()
        )

    def to_arrange(self) -> "SupportBookingQuerySet":
        """Open, and not confirmed for the time at which the meeting is now."""
        return self.open().exclude(confirmed_on__isnull=False, confirmed_for=F("meeting__starts_at"))


class SupportBooking(SaidByMember):
    """Support that a member asks for at one meeting, who arranges it by when, and whether it is confirmed."""

    class Kind(models.TextChoices):
        INTERPRETER = "interpreter", "Interpreter"
        BSL = "bsl", "British Sign Language"
        PERSONAL_ASSISTANT = "personal_assistant", "Personal assistant"
        EQUIPMENT = "equipment", "Equipment"
        TRANSPORT = "transport", "Transport"
        OTHER = "other", "Something else"

    class State(models.TextChoices):
        ASKED = "asked", "Asked for"
        ARRANGING = "arranging", "Being arranged"
        CONFIRMED = "confirmed", "Confirmed"
        CHECK = "check", "To confirm again"
        CANCELLED = "cancelled", "Cancelled"

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="support_bookings")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="support_bookings")
    kind = models.CharField(max_length=20, choices=Kind)
    words = models.TextField(max_length=1000, blank=True, help_text="What the member needs, in their own words.")
    asked_on = models.DateField(default=clock.today)
    arranged_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    arrange_by = models.DateField(null=True, blank=True, help_text="The day by which it should be arranged.")
    confirmed_on = models.DateField(null=True, blank=True)
    confirmed_for = models.DateTimeField(null=True, blank=True, help_text="When the meeting was to start by then.")
    arranged = models.CharField(max_length=400, blank=True, help_text="What is booked, for the member to know.")
    cancelled_on = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    privacy = Personal(
        part=Part.GROUPS,
        heading="Support that you asked for at meetings",
        of=("person",),
        recorders=("recorded_by", "arranged_by"),
        shown=(
            "meeting__title",
            "meeting__starts_at",
            "kind",
            "words",
            "asked_on",
            "arrange_by",
            "confirmed_on",
            "arranged",
            "cancelled_on",
            "told",
        ),
        on_erasure=Delete(),
        keep=After(since="meeting__starts_at", why="What you needed at one meeting is of no use later.", years=2),
    )

    objects = SupportBookingQuerySet.as_manager()

    class Meta:
        ordering = ["meeting__starts_at", "person__name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["meeting", "person", "kind"],
                condition=Q(cancelled_on__isnull=True) & ~Q(kind="other"),
                name="support_asked_for_once",
                violation_error_message="This support is asked for already. Change what you asked for instead.",
            ),
            models.CheckConstraint(
                condition=~Q(kind="other") | ~Q(words=""),
                name="other_support_is_described",
                violation_error_message="Write down what is needed.",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_on__isnull=True, confirmed_for__isnull=True)
                | Q(confirmed_on__isnull=False, confirmed_for__isnull=False),
                name="confirmed_support_is_for_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} at {self.meeting}"

    def get_absolute_url(self) -> str:
        return reverse("coproduction:support-booking-detail", args=[self.pk])

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.meeting.group.roles_of(user)

    @property
    def state(self) -> str:
        """Where it stands. A booking confirmed before its meeting moved has to be confirmed again."""
        if self.cancelled_on:
            return self.State.CANCELLED
        if self.confirmed_on:
            return self.State.CONFIRMED if self.confirmed_for == self.meeting.starts_at else self.State.CHECK
        return self.State.ARRANGING if self.arranged_by_id else self.State.ASKED

    @property
    def state_label(self) -> str:
        return str(self.State(self.state).label)

    @property
    def is_open(self) -> bool:
        """Whether anything can still be done about it."""
        meeting = self.meeting
        return self.cancelled_on is None and meeting.status == Meeting.Status.PLANNED and not meeting.is_over

    def is_late(self, on: date) -> bool:
        """Whether the day by which it should be arranged has passed."""
        late = self.arrange_by is not None and self.arrange_by < on
        return self.is_open and late and self.state != self.State.CONFIRMED


class CharterBeforeMeetingQuerySet(models.QuerySet["CharterBeforeMeeting"]):
    def visible_to(self, user: Any) -> "CharterBeforeMeetingQuerySet":
        """For those who may read the text; a draft is for its writers until it is put to the members."""
        return self.filter(version__in=CharterVersion.objects.visible_to(user))


class CharterBeforeMeeting(models.Model):
    """A version of the charter was put before a meeting: the first draft before the induction, later ones as they come."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="charter_texts")
    version = models.ForeignKey(CharterVersion, on_delete=models.CASCADE, related_name="meetings")
    is_induction = models.BooleanField(default=False, help_text="The meeting at which members were introduced.")
    recorded_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    privacy = NotPersonal("A text that was put before a meeting.", recorders=("recorded_by",))

    objects = CharterBeforeMeetingQuerySet.as_manager()

    class Meta:
        ordering = ["meeting__starts_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["meeting", "version"],
                name="version_once_before_a_meeting",
                violation_error_message="This version is on that meeting’s page already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.version} before {self.meeting}"

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.meeting.group.roles_of(user)
