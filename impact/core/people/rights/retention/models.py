"""What each run of the retention schedule deleted, by counts only."""

from django.db import models
from django.utils import timezone

from impact.core.basics.privacy import NotPersonal


class RetentionRun(models.Model):
    """One run: how many rows of each kind were deleted or emptied. No word of what stood in them."""

    at = models.DateTimeField(default=timezone.now)
    done = models.JSONField(default=dict, help_text="Heading → how many.")
    held = models.PositiveIntegerField(default=0, help_text="Rows that a legal hold kept.")

    privacy = NotPersonal("It holds counts alone.")

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"Retention, {self.at:%-d %B %Y}"

    @property
    def number(self) -> int:
        return sum(self.done.values())
