"""What is booked for a meeting so that everyone can take part, for whom, and what it costs."""

from decimal import Decimal
from typing import Any

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse

from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.basics.privacy import After, Delete, NotPersonal, Part, Personal
from impact.core.basics.vocabulary import pounds
from impact.core.people.models import Person, User
from networks.groups.models import Group
from networks.meetings.models import Meeting
from networks.meetings.planning.directory.kinds import CATEGORY_OF, Category, Kind
from networks.meetings.planning.directory.models import Provider

MOST_PENCE = 10_000_000  # £100,000: more than this for one booking is a slip of the pen


def title_of(kind: str, material: Any) -> str:
    """What is booked in a few words: the kind, and the paper it is of."""
    label = str(Kind(kind).label)
    return f"{label} of “{material.title}”" if material else label


def in_pounds(pence: int | None) -> str:
    """ "£12.50"; "Withheld" where it may not be said."""
    return "Withheld" if pence is None else pounds(Decimal(pence) / 100)


class BookingQuerySet(models.QuerySet["Booking"]):
    def visible_to(self, user: Any) -> "BookingQuerySet":
        """For those who plan the meeting. What is booked says what someone needs, so members and leadership see none;
        a person reads what is arranged for them on the meeting's page."""
        if has_perm(user, "networks.view_costs"):
            return self
        return self.filter(meeting__group__in=Group.objects.permitted(user, "networks.arrange_bookings"))

    def live(self) -> "BookingQuerySet":
        """Neither cancelled nor given up."""
        return self.filter(state__in=Booking.LIVE)

    def search(self, q: str) -> "BookingQuerySet":
        if not q:
            return self
        words = Q(provider__name__icontains=q) | Q(reference__icontains=q) | Q(what__icontains=q)
        return self.filter(words | Q(meeting__title__icontains=q) | Q(meeting__group__name__icontains=q))


class Booking(models.Model):
    """One thing booked for one meeting: from needed to confirmed and done, or what is offered instead."""

    class State(models.TextChoices):
        NEEDED = "needed", "To be requested"
        REQUESTED = "requested", "Requested"
        CONFIRMED = "confirmed", "Confirmed"
        NOT_FOUND = "not_found", "Could not be found"
        DONE = "done", "Done"
        CANCELLED = "cancelled", "Cancelled"

    LIVE = [State.NEEDED, State.REQUESTED, State.CONFIRMED]

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="bookings")
    kind = models.CharField(max_length=20, choices=Kind)
    state = models.CharField(max_length=10, choices=State, default=State.NEEDED)
    what = models.CharField(max_length=200, blank=True, help_text="What exactly, without a name of who needs it.")
    material = models.ForeignKey(
        "networks.Material",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="bookings",
        help_text="The paper that is put into another format.",
    )
    due_on = models.DateField(null=True, blank=True, help_text="When the paper has to be ready, before the meeting.")
    provider = models.ForeignKey(
        Provider, null=True, blank=True, on_delete=models.PROTECT, related_name="bookings", help_text="Who provides it."
    )
    requested_on = models.DateField(null=True, blank=True)
    sent = models.CharField(max_length=400, blank=True, help_text="What the provider was told or sent.")
    confirmed_on = models.DateField(null=True, blank=True)
    reference = models.CharField(max_length=80, blank=True, help_text="The provider’s own number of the booking.")
    who_comes = models.CharField(
        max_length=80,
        blank=True,
        help_text="A first name, so that members know whom to expect. Nothing else about them.",
    )
    booked_for = models.DateTimeField(
        null=True, blank=True, help_text="When the meeting was to start when it was asked for."
    )
    booked_place = models.CharField(max_length=200, blank=True, help_text="Where the meeting was to be then.")
    reason = models.CharField(max_length=400, blank=True, help_text="Why it could not be found, or was cancelled.")
    offered = models.CharField(max_length=400, blank=True, help_text="What is offered instead.")
    told_on = models.DateField(null=True, blank=True, help_text="When the person was told that it could not be found.")
    closed_on = models.DateField(null=True, blank=True, help_text="When it was done, cancelled or given up.")
    estimate_pence = models.PositiveIntegerField(null=True, blank=True, validators=[MaxValueValidator(MOST_PENCE)])
    actual_pence = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MaxValueValidator(MOST_PENCE)],
        help_text="What is paid, VAT included; for a cancelled one what the late cancellation costs.",
    )
    arranged_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    is_illustrative = models.BooleanField(default=False, help_text="Invented for the demonstration.")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    privacy = NotPersonal(
        "What was booked for a meeting. For whom stands apart.",
        recorders=("arranged_by",),
        may_name_people=True,
    )

    objects = BookingQuerySet.as_manager()

    class Meta:
        ordering = ["meeting__starts_at", "pk"]
        indexes = [models.Index(fields=["state", "kind"], name="booking_by_state")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="requested") | Q(requested_on__isnull=False, provider__isnull=False),
                name="requested_booking_says_of_whom_and_when",
                violation_error_message="Say which provider was asked, and when.",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["confirmed", "done"]) | Q(confirmed_on__isnull=False),
                name="confirmed_booking_says_when",
                violation_error_message="Say when it was confirmed.",
            ),
            models.CheckConstraint(
                condition=~Q(state="not_found") | (~Q(reason="") & ~Q(offered="")),
                name="booking_not_found_says_what_is_offered",
                violation_error_message="Say why, and what is offered instead.",
            ),
            models.CheckConstraint(
                condition=~Q(state="cancelled") | ~Q(reason=""),
                name="cancelled_booking_says_why",
                violation_error_message="Say why it is cancelled.",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["needed", "requested", "confirmed"], closed_on__isnull=True)
                | Q(state__in=["not_found", "done", "cancelled"], closed_on__isnull=False),
                name="closed_booking_says_when",
            ),
            models.CheckConstraint(
                condition=Q(actual_pence__isnull=True) | Q(state__in=["done", "cancelled"]),
                name="only_a_closed_booking_has_a_cost",
                violation_error_message="What it cost is entered once it is done or cancelled.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} for {self.meeting}"

    def get_absolute_url(self) -> str:
        return reverse("networks:booking-detail", args=[self.pk])

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.meeting.group.roles_of(user)

    @property
    def category(self) -> Category:
        return CATEGORY_OF[self.kind]

    @property
    def title(self) -> str:
        return title_of(self.kind, self.material)

    @property
    def expected_pence(self) -> int | None:
        """What it is still expected to cost: nothing once it is cancelled or could not be found."""
        return 0 if self.state in (self.State.CANCELLED, self.State.NOT_FOUND) else self.estimate_pence

    @property
    def is_live(self) -> bool:
        return self.state in self.LIVE


class BookingNeedQuerySet(models.QuerySet["BookingNeed"]):
    def visible_to(self, user: Any) -> "BookingNeedQuerySet":
        """One's own, and those of meetings that the user plans."""
        if not getattr(user, "is_authenticated", False):
            return self.none()
        planned = Group.objects.permitted(user, "networks.arrange_bookings")
        own = Q(person__user_id=user.pk, meeting__in=Meeting.objects.visible_to(user))
        return self.filter(own | Q(meeting__group__in=planned))


class BookingNeed(models.Model):
    """One person's need at one meeting and what was done about it: a booking, or a reason why none this time."""

    class Worked(models.TextChoices):
        YES = "yes", "It was there and it worked"
        PARTLY = "partly", "It was there but did not work well"
        NO = "no", "It was not there"

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="booking_needs")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="booking_needs")
    kind = models.CharField(max_length=20, choices=Kind)
    material = models.ForeignKey(
        "networks.Material", null=True, blank=True, on_delete=models.CASCADE, related_name="booking_needs"
    )
    words = models.CharField(max_length=850, blank=True, help_text="What the need was when this was decided.")
    booking = models.ForeignKey(Booking, null=True, blank=True, on_delete=models.CASCADE, related_name="needs")
    not_needed = models.CharField(max_length=400, blank=True, help_text="Why nothing is booked for it this time.")
    wrong = models.CharField(max_length=400, blank=True, help_text="What the person says is wrong with it.")
    wrong_at = models.DateTimeField(null=True, blank=True)
    worked = models.CharField(max_length=8, choices=Worked, blank=True)
    worked_words = models.CharField(max_length=400, blank=True)
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(default=clock.now)

    privacy = Personal(
        part=Part.NEEDS,
        heading="What was arranged for you at meetings",
        of=("person",),
        recorders=("decided_by",),
        shown=(
            "meeting__title",
            "meeting__starts_at",
            "kind",
            "material__title",
            "words",
            "booking__state",
            "booking__offered",
            "booking__told_on",
            "not_needed",
            "wrong",
            "wrong_at",
            "worked",
            "worked_words",
            "decided_at",
        ),
        on_erasure=Delete(),  # the kind alone says what someone needs
        keep=After(since="meeting__starts_at", why="What you needed at one meeting is of no use later.", years=2),
    )

    objects = BookingNeedQuerySet.as_manager()

    class Meta:
        ordering = ["meeting__starts_at", "kind", "person__name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["meeting", "person", "kind"],
                condition=Q(material__isnull=True),
                name="need_decided_once",
                violation_error_message="This need is seen to already. Open what is booked for it.",
            ),
            models.UniqueConstraint(
                fields=["meeting", "person", "kind", "material"],
                condition=Q(material__isnull=False),
                name="need_of_a_paper_decided_once",
                violation_error_message="This need is seen to already. Open what is booked for it.",
            ),
            models.CheckConstraint(
                condition=(Q(booking__isnull=False) & Q(not_needed="")) | (Q(booking__isnull=True) & ~Q(not_needed="")),
                name="need_is_booked_or_has_a_reason",
                violation_error_message="Book something for it, or say why it is not needed this time.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} at {self.meeting}"

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.meeting.group.roles_of(user)
