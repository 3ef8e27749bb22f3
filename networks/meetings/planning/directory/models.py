"""Where meetings take place and who provides what people need: venues, providers, and how early to ask."""

from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Lower, Now
from django.urls import reverse

from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.basics.privacy import NotPersonal
from impact.core.basics.vocabulary import Nation
from impact.core.people.models import User
from networks.groups.lent import roles_in
from networks.groups.models import Membership
from networks.meetings.planning.directory.kinds import FEATURES, USUAL_LEAD, Kind

RECHECK_AFTER = timedelta(days=365)


def roles_anywhere(user: Any) -> frozenset[str]:
    """Coordinator, for someone who coordinates any group today or covers for someone who does. Remembered on the account
    for one request."""
    if not getattr(user, "is_authenticated", False):
        return frozenset()
    if "_roles_anywhere" not in user.__dict__:
        own = Membership.objects.current().filter(role=Membership.Role.COORDINATOR, person__user_id=user.pk)
        rows = own.order_by().values_list("role", Value(0), Value(0))
        lent = Membership.objects.covered_by(user)
        if lent is not None:
            rows = rows.union(lent.order_by().values_list("role", "person_id", "person__acted_for"))
        user._roles_anywhere = roles_in(list(rows))
    found: frozenset[str] = user._roles_anywhere
    return found


class Shared(models.Model):
    """What is shared by everyone who plans meetings: a coordinator of any group is its coordinator."""

    class Meta:
        abstract = True

    def roles_of(self, user: Any) -> frozenset[str]:
        return roles_anywhere(user)


# Whether something is there, in words, and the word by which its tag gets a colour.
ANSWERS: dict[bool | None, tuple[str, str]] = {
    True: ("yes", "yes"),
    False: ("no", "lacking"),
    None: ("not known", "not-known"),
}


class VenueQuerySet(models.QuerySet["Venue"]):
    def visible_to(self, user: Any) -> "VenueQuerySet":
        """For those who plan meetings, wherever they plan them."""
        return self if has_perm(user, "networks.view_directory", Venue()) else self.none()

    def search(self, q: str) -> "VenueQuerySet":
        return self.filter(Q(name__icontains=q) | Q(address__icontains=q)) if q else self


class Venue(Shared):
    """A place to meet, and what is known of getting into it and around it. Empty answers are not known yet."""

    name = models.CharField(max_length=160)
    address = models.CharField(max_length=200, blank=True)
    nation = models.CharField(max_length=20, choices=Nation)
    website = models.URLField(blank=True)
    contact = models.CharField(max_length=200, blank=True, help_text="Phone or email of the place, not of a person.")
    step_free = models.BooleanField(null=True, blank=True)
    lift = models.BooleanField(null=True, blank=True)
    hearing_loop = models.BooleanField(null=True, blank=True)
    accessible_toilet = models.BooleanField(null=True, blank=True)
    changing_places = models.BooleanField(null=True, blank=True)
    quiet_room = models.BooleanField(null=True, blank=True)
    parking = models.BooleanField(null=True, blank=True)
    adjustable_lighting = models.BooleanField(null=True, blank=True)
    notes = models.TextField(
        blank=True, max_length=2000, help_text="What else helps to know, such as which door to use."
    )
    checked_on = models.DateField(null=True, blank=True, help_text="When someone last went through the list there.")
    checked_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    is_illustrative = models.BooleanField(default=False, help_text="Invented for the demonstration.")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    privacy = NotPersonal("A place to meet.", recorders=("checked_by",), may_name_people=True)

    objects = VenueQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                Lower("name"),
                Lower("address"),
                name="venue_once",
                violation_error_message="This place is in the directory already. Change that entry instead.",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("networks:venue-detail", args=[self.pk])

    @property
    def as_place(self) -> str:
        """Its name and address in a line, as a meeting tells people where to go."""
        return ", ".join(filter(None, [self.name, self.address]))[:200]

    @property
    def features(self) -> list[tuple[str, bool | None]]:
        """(what, whether it is there; None: not known) for each thing on the list."""
        return [(label, getattr(self, name)) for name, (label, _words) in FEATURES.items()]

    @property
    def answers(self) -> list[tuple[str, str, str]]:
        """(what, whether it is there in words, the word by which its tag gets a colour)."""
        return [(label, *ANSWERS[there]) for label, there in self.features]

    @property
    def unknown(self) -> list[str]:
        return [label for label, there in self.features if there is None]

    @property
    def is_check_old(self) -> bool:
        """Whether the list was never gone through on the spot, or over a year ago."""
        return self.checked_on is None or self.checked_on < clock.today() - RECHECK_AFTER


class ProviderQuerySet(models.QuerySet["Provider"]):
    def visible_to(self, user: Any) -> "ProviderQuerySet":
        """For those who plan meetings, wherever they plan them."""
        return self if has_perm(user, "networks.view_directory", Provider()) else self.none()

    def search(self, q: str) -> "ProviderQuerySet":
        return self.filter(Q(name__icontains=q) | Q(languages__icontains=q)) if q else self


class Provider(Shared):
    """An agency, a firm or one person working alone who provides interpreting, Easy Read and the like."""

    name = models.CharField(max_length=160)
    kinds = models.JSONField(default=list, help_text="What they provide.")
    nations = models.JSONField(default=list, blank=True, help_text="Where they work. Empty: everywhere.")
    languages = models.CharField(max_length=200, blank=True, help_text="For example BSL, ISL, Welsh, Polish.")
    phone = models.CharField(max_length=40, blank=True)
    email = models.EmailField(blank=True)
    website = models.URLField(blank=True)
    rates = models.CharField(max_length=300, blank=True, help_text="For example £260 for half a day, two interpreters.")
    notes = models.TextField(blank=True, max_length=2000)
    is_one_person = models.BooleanField(default=False, help_text="One person, who cannot be in two places at once.")
    is_active = models.BooleanField(default=True, help_text="Can be chosen for new bookings.")
    is_illustrative = models.BooleanField(default=False, help_text="Invented for the demonstration.")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True, db_default=Now())

    privacy = NotPersonal("An agency or firm, with its own work address and phone.", may_name_people=True)

    objects = ProviderQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                Lower("name"),
                name="provider_once",
                violation_error_message="This provider is in the directory already. Change that entry instead.",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("networks:provider-edit", args=[self.pk])

    def clean(self) -> None:
        if unknown := set(self.kinds) - set(Kind.values):
            raise ValidationError({"kinds": f"Not something that can be booked: {', '.join(sorted(unknown))}."})
        if unknown := set(self.nations) - set(Nation.values):
            raise ValidationError({"nations": f"Not a nation: {', '.join(sorted(unknown))}."})

    @property
    def kind_labels(self) -> list[str]:
        return [Kind(value).label for value in Kind.values if value in self.kinds]

    @property
    def nation_labels(self) -> list[str]:
        return [Nation(value).label for value in Nation.values if value in self.nations] or ["Everywhere"]

    def fits(self, kind: str, nation: str) -> bool:
        """Whether they provide this, there."""
        return kind in self.kinds and (not self.nations or nation in self.nations or Nation.UK in self.nations)


class LeadTime(models.Model):
    """How long before a meeting one kind has to be asked for, where staff changed the usual time."""

    kind = models.CharField(max_length=20, choices=Kind, unique=True)
    days = models.PositiveSmallIntegerField(validators=[MinValueValidator(0), MaxValueValidator(180)])
    is_working_days = models.BooleanField(default=False)

    privacy = NotPersonal("How early to ask.")

    class Meta:
        ordering = ["kind"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {lead_words(self.days, self.is_working_days)}"


def lead_words(days: int, is_working_days: bool) -> str:
    """ "3 weeks", "10 working days"."""
    if is_working_days:
        return f"{days} working day{'' if days == 1 else 's'}"
    if days and days % 7 == 0:
        return f"{days // 7} week{'' if days == 7 else 's'}"
    return f"{days} day{'' if days == 1 else 's'}"


def lead_times() -> dict[str, tuple[int, bool]]:
    """For each kind how many days, and whether working days: the usual ones with what staff changed. One query."""
    changed = LeadTime.objects.values_list("kind", "days", "is_working_days")
    return USUAL_LEAD | {kind: (days, working) for kind, days, working in changed}


def ask_by(meeting_on: date, nation: str, lead: tuple[int, bool], is_off: Any) -> date:
    """The last day on which to ask for something; ``is_off(day, nation)`` says which days are bank holidays."""
    days, is_working_days = lead
    if not is_working_days:
        return meeting_on - timedelta(days=days)
    on = meeting_on
    while days:
        on -= timedelta(days=1)
        if on.weekday() < 5 and not is_off(on, nation):
            days -= 1
    return on
