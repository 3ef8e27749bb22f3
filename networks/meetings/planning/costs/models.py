"""What leadership was last shown of a year’s costs."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from impact.core.basics.privacy import NotPersonal


class CostsShown(models.Model):
    """One year’s costs by category as leadership reads them, from one month to the next.

    ``cells``: category → column → the amount shown (empty: withheld) and the bookings that are in it, each with its
    pence. So the next figures can be compared with these, and are shown only where the change is about enough people.
    """

    year = models.PositiveSmallIntegerField(unique=True, validators=[MinValueValidator(2000), MaxValueValidator(2100)])
    cells = models.JSONField(default=dict)
    renewed_on = models.DateField()

    privacy = NotPersonal(
        "Sums by category, and the numbers of the bookings in them. For whom something was booked is not here."
    )

    class Meta:
        ordering = ["-year"]
        verbose_name_plural = "costs shown"

    def __str__(self) -> str:
        return f"Costs of {self.year}"
