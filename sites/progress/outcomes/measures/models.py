"""What a site set out to change, measured: each measure in one of five frames, with its readings over time."""

from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.urls import reverse

from impact.core.basics import clock
from impact.core.basics.dates import day
from impact.core.basics.privacy import NotPersonal
from sites.progress.outcomes.measures.figures import with_unit
from sites.registry.models import Site


class Frame(models.TextChoices):
    """The five things that every site is asked about, so that sites can be compared."""

    REACH = "reach", "Reach"
    EQUITY = "equity", "Equity"
    PRACTICE = "practice", "Practice changed"
    SUSTAINED = "sustained", "Sustained"
    COST = "cost", "Cost"


FRAME_MEANS: dict[str, str] = {
    Frame.REACH: "How many people it came to, of those it is for.",
    Frame.EQUITY: "Whether it came to those who usually miss out.",
    Frame.PRACTICE: "What people who work in care now do differently.",
    Frame.SUSTAINED: "Whether it goes on once the project is over.",
    Frame.COST: "What it takes in money and time.",
}


class MeasureQuerySet(models.QuerySet["OutcomeMeasure"]):
    def visible_to(self, user: Any) -> "MeasureQuerySet":
        """Every one for national readers, for others those of the sites they work at."""
        return self.filter(site__in=Site.objects.inside_for(user))

    def with_latest(self) -> "MeasureQuerySet":
        """Each with ``latest_value`` and ``latest_on``; None where nothing was read yet."""
        newest = Reading.objects.filter(measure=OuterRef("pk")).order_by("-on")
        return self.annotate(
            latest_value=Subquery(newest.values("value")[:1]), latest_on=Subquery(newest.values("on")[:1])
        )

    def search(self, q: str) -> "MeasureQuerySet":
        """Measures in whose name, definition or source ``q`` stands."""
        if not q:
            return self
        return self.filter(Q(name__icontains=q) | Q(definition__icontains=q) | Q(source__icontains=q))


class OutcomeMeasure(models.Model):
    """One thing that is counted at a site, how it is counted, and where it stood before."""

    class Better(models.TextChoices):
        HIGHER = "higher", "Higher"
        LOWER = "lower", "Lower"
        NEITHER = "neither", "Neither"

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="measures")
    frame = models.CharField(max_length=10, choices=Frame)
    name = models.CharField(max_length=160)
    definition = models.TextField(max_length=2000, help_text="What is counted, and how.")
    unit = models.CharField(max_length=40, help_text="For example people, % or £.")
    better = models.CharField(max_length=10, choices=Better, default=Better.HIGHER)
    source = models.CharField(max_length=200, help_text="Where the numbers come from.")
    baseline_value = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    baseline_on = models.DateField(null=True, blank=True)
    is_illustrative = models.BooleanField(default=False, help_text="Invented for the demonstration.")
    version = models.PositiveIntegerField(default=1)

    privacy = NotPersonal("What is counted at a site.")

    objects = MeasureQuerySet.as_manager()

    class Meta:
        ordering = ["site", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["site", "name"],
                name="outcome_measure_once_per_site",
                violation_error_message="This site already has a measure with this name.",
            ),
            models.CheckConstraint(
                condition=Q(baseline_value__isnull=True, baseline_on__isnull=True)
                | Q(baseline_value__isnull=False, baseline_on__isnull=False),
                name="outcome_baseline_has_value_and_day",
                violation_error_message="Enter both the baseline and its date, or neither.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("sites:outcome-detail", args=[self.site.slug, self.pk])

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.site.roles_of(user)

    def in_words(self, value: Decimal | None) -> str:
        """ "£1,200", "45%" or "12 people"."""
        return with_unit(value, self.unit)


class Reading(models.Model):
    """What a measure showed on a day."""

    measure = models.ForeignKey(OutcomeMeasure, on_delete=models.CASCADE, related_name="readings")
    on = models.DateField("date", default=clock.today)
    value = models.DecimalField(max_digits=12, decimal_places=2)
    note = models.CharField(max_length=400, blank=True)
    version = models.PositiveIntegerField(default=1)

    privacy = NotPersonal("A number on a day.")

    class Meta:
        ordering = ["on"]
        constraints = [
            models.UniqueConstraint(
                fields=["measure", "on"],
                name="one_reading_a_day",
                violation_error_message="There is a reading for this day already. Edit that one.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.measure.in_words(self.value)} on {day(self.on)}"


def change_in_words(measure: OutcomeMeasure, value: Decimal | None) -> tuple[str, str]:
    """How far ``value`` is from the baseline ("up 12 people, better"), and a status for the colour of a tag."""
    if value is None or measure.baseline_value is None:
        return "", ""
    moved = value - measure.baseline_value
    if not moved:
        return "no change", "unchanged"
    size = with_unit(abs(moved), "percentage points" if measure.unit == "%" else measure.unit)
    words = f"{'up' if moved > 0 else 'down'} {size}"
    if measure.better == OutcomeMeasure.Better.NEITHER:
        return words, "changed"
    is_better = (moved > 0) == (measure.better == OutcomeMeasure.Better.HIGHER)
    return f"{words}, {'better' if is_better else 'worse'}", "met" if is_better else "at_risk"
