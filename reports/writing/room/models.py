"""Who is writing in a section now."""

from datetime import timedelta

from django.db import models

from impact.core.basics.privacy import After, Delete, Part, Personal
from impact.core.people.models import User
from reports.writing.models import ReportSection

HERE_FOR = timedelta(seconds=75)  # a page says every 20 seconds that it is open


class WritingHere(models.Model):
    """That someone has a section's page open to write: when their page last said so."""

    section = models.ForeignKey(ReportSection, on_delete=models.CASCADE, related_name="writers")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    seen_at = models.DateTimeField()

    privacy = Personal(
        part=Part.REPORT,
        heading="Chapters that you have open",
        of=("user",),
        shown=("section__key", "seen_at"),
        on_erasure=Delete(),
        keep=After(since="seen_at", why="It says who is writing now.", days=1),
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["section", "user"], name="writer_once_per_section")]

    def __str__(self) -> str:
        return f"{self.user} at {self.section}"
