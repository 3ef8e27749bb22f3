"""The units of a site (general practices, for example), and each step from approached to joined."""

from django.db import models
from django.db.models import F, Q

from sites.registry.models import Site


class Unit(models.Model):
    """One member of a site's roster, for example one general practice (rule 2)."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="units")
    name = models.CharField(max_length=160)
    listed_from = models.DateField(help_text="First day on the roster.")
    listed_to = models.DateField(null=True, blank=True, help_text="Last day on the roster, when it left.")

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
