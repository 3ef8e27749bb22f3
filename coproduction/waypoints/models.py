"""Waypoints: where are we, and are we heading as intended."""

from datetime import date
from typing import Any

from django.db import models
from django.db.models import Q
from django.urls import reverse

from coproduction.charter.models import Charter, CharterVersion
from impact.core.basics import clock


class WaypointQuerySet(models.QuerySet["Waypoint"]):
    def visible_to(self, user: Any) -> "WaypointQuerySet":
        return self.filter(charter__in=Charter.objects.visible_to(user))

    def ahead(self) -> "WaypointQuerySet":
        """Waypoints that have not been held, the nearest first."""
        return self.filter(held_on__isnull=True).order_by("due_on", "pk")

    def overdue(self, on: date | None = None) -> "WaypointQuerySet":
        """Waypoints that should have been held before ``on`` (today by default)."""
        return self.ahead().filter(due_on__lt=on or clock.today())


class Waypoint(models.Model):
    """A stop on the way: where are we, are we heading as intended (rule 16)."""

    class Outcome(models.TextChoices):
        NEW_VERSION = "new_version", "A new version of the charter"
        NO_CHANGE = "no_change", "No change needed"

    charter = models.ForeignKey(Charter, on_delete=models.CASCADE, related_name="waypoints")
    title = models.CharField(max_length=120)
    due_on = models.DateField()
    held_on = models.DateField(null=True, blank=True)
    where_we_are = models.TextField(blank=True, max_length=4000)
    heading = models.TextField(blank=True, max_length=4000, help_text="Are we heading as intended?")
    outcome = models.CharField(max_length=20, choices=Outcome, blank=True)
    led_to = models.ForeignKey(
        CharterVersion, null=True, blank=True, on_delete=models.SET_NULL, related_name="waypoints"
    )

    objects = WaypointQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(held_on__isnull=True) | ~Q(outcome=""),
                name="held_waypoint_has_an_outcome",
                violation_error_message="Say whether it led to a new version or to no change.",
            )
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("coproduction:waypoint-detail", args=[self.pk])

    def is_overdue(self, on: date) -> bool:
        return self.held_on is None and self.due_on < on

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.charter.roles_of(user)
