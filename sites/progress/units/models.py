"""The units of a site (general practices, for example), and each step from approached to joined."""

from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Max, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from impact.core.access.permissions import has_perm
from impact.core.basics.privacy import NotPersonal
from sites.registry.models import Site

QUIET_DAYS = 30  # without a contact, after which a unit is on the work list


class UnitQuerySet(models.QuerySet["Unit"]):
    def visible_to(self, user: Any) -> "UnitQuerySet":
        """The rosters of sites whose inside ``user`` may see: national readers all, a site's team their own."""
        if has_perm(user, "sites.view_internal"):
            return self
        return self.filter(site__in=Site.objects.worked_at_by(user))

    def on_roster(self, on: date) -> "UnitQuerySet":
        """Units on the roster in force on a day."""
        return self.filter(Q(listed_to__isnull=True) | Q(listed_to__gte=on), listed_from__lte=on)

    def with_standing(self, on: date) -> "UnitQuerySet":
        """Each with ``state`` and ``since`` (None: nothing recorded) on a day, and ``last_contact`` up to that day."""
        newest = UnitChange.objects.filter(unit=OuterRef("pk"), on__lte=on).order_by("-on", "-pk")
        not_approached = Value(UnitChange.State.NOT_APPROACHED.value)
        return self.annotate(
            state=Coalesce(Subquery(newest.values("state")[:1]), not_approached),
            since=Subquery(newest.values("on")[:1]),
            last_contact=Max("contacts__on", filter=Q(contacts__on__lte=on)),
        )

    def quiet_for(self, days: int, on: date) -> "UnitQuerySet":
        """Of ``with_standing``: those that have not declined and were not in contact in the ``days`` before ``on``.

        One that was never in contact counts from its first day on the roster.
        """
        limit = on - timedelta(days=days)
        never = Q(last_contact__isnull=True, listed_from__lte=limit)
        return self.exclude(state=UnitChange.State.DECLINED).filter(never | Q(last_contact__lte=limit))

    def search(self, q: str) -> "UnitQuerySet":
        return self.filter(name__icontains=q) if q else self


class Unit(models.Model):
    """One member of a site's roster, for example one general practice (rule 2)."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="units")
    name = models.CharField(max_length=160)
    listed_from = models.DateField(help_text="First day on the roster.")
    listed_to = models.DateField(null=True, blank=True, help_text="Last day on the roster, when it left.")

    privacy = NotPersonal("A practice or team.")

    objects = UnitQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["site", "name"], name="unit_once_per_site"),
            models.CheckConstraint(
                condition=Q(listed_to__isnull=True) | Q(listed_to__gte=F("listed_from")),
                name="unit_leaves_after_it_joins",
                violation_error_message="The last day on the roster is before the first.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("sites:unit-detail", args=[self.site.slug, self.pk])


class UnitChange(models.Model):
    """Where a unit stood from a date on. The newest one on or before a date is the one in force that day."""

    class State(models.TextChoices):
        NOT_APPROACHED = "not_approached", "Not yet approached"
        APPROACHED = "approached", "Approached"
        JOINED = "joined", "Joined"
        DECLINED = "declined", "Declined"

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="changes")
    state = models.CharField(max_length=20, choices=State)
    on = models.DateField()
    reason = models.CharField(max_length=400, blank=True)

    privacy = NotPersonal("Where a practice or team stood.")

    class Meta:
        ordering = ["on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="declined") | ~Q(reason=""),
                name="declined_unit_has_a_reason",
                violation_error_message="Say why it declined, as far as you know.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.unit}: {self.get_state_display()}"


class UnitContact(models.Model):
    """One contact with a unit, such as a visit or a call: what was said and what comes next. For the inside of the site."""

    class How(models.TextChoices):
        VISIT = "visit", "Visit"
        CALL = "call", "Call"
        EMAIL = "email", "Email"
        LETTER = "letter", "Letter"
        EVENT = "event", "Event"
        MEETING = "meeting", "Online meeting"

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="contacts")
    on = models.DateField("date")
    how = models.CharField(max_length=10, choices=How)
    words = models.CharField("what was said", max_length=1000, help_text="Short, and without names of people.")
    next_step = models.CharField(max_length=200, blank=True)
    next_on = models.DateField("by when", null=True, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    recorded_at = models.DateTimeField(default=timezone.now)

    privacy = NotPersonal("A talk with a practice or team.", recorders=("recorded_by",), may_name_people=True)

    class Meta:
        ordering = ["-on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(next_on__isnull=True) | ~Q(next_step=""),
                name="contact_date_has_a_step",
                violation_error_message="Say what is to be done by then.",
            ),
            models.CheckConstraint(
                condition=Q(next_on__isnull=True) | Q(next_on__gte=F("on")),
                name="contact_step_is_after_it",
                violation_error_message="The next step is before the contact. Enter a later date.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_how_display()} with {self.unit}"
