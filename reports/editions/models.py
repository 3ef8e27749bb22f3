"""Snapshots and editions, neither of which changes."""

from typing import Any

from django.db import models
from django.urls import reverse

from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.basics.privacy import NotPersonal
from impact.core.jobs.models import Job
from impact.core.people.models import User
from reports.quotes.models import Quote
from reports.writing.models import AnnualReport


class Snapshot(models.Model):
    """The frozen data that an edition is built from; the same data is the same row."""

    report = models.ForeignKey(AnnualReport, on_delete=models.CASCADE, related_name="snapshots")
    sha256 = models.CharField(max_length=64)
    data = models.JSONField()
    taken_at = models.DateTimeField(default=clock.now, editable=False)
    taken_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    keeps_people = models.BooleanField(
        default=False,
        db_default=False,
        help_text="A correction whose numbers of people are those of the edition that it replaces.",
    )

    privacy = NotPersonal("The frozen figures and words of a report, without names.", recorders=("taken_by",))

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["report", "sha256"], name="snapshot_once_per_report")]

    def __str__(self) -> str:
        return f"Snapshot {self.sha256[:12]} of {self.report}"


class HeldQuote(models.Model):
    """Words of a person that a snapshot holds, so that a withdrawal finds every edition with them."""

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="holdings")
    quote = models.ForeignKey(Quote, on_delete=models.PROTECT, related_name="holdings")

    privacy = NotPersonal("Which words a snapshot holds.")

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["snapshot", "quote"], name="quote_once_per_snapshot")]

    def __str__(self) -> str:
        return f"{self.quote} in {self.snapshot}"


class EditionQuerySet(models.QuerySet["Edition"]):
    def visible_to(self, user: Any) -> "EditionQuerySet":
        """All editions for those who write and approve reports; for everybody the approved one of a published report and
        those that it replaced."""
        if has_perm(user, "reports.view_unpublished"):
            return self
        replaced = self.model._default_manager.filter(corrected_by__published_on__isnull=False).values("pk")
        return self.filter(
            models.Q(report__approved_edition=models.F("pk")) | models.Q(pk__in=replaced),
            report__status=AnnualReport.Status.PUBLISHED,
        )

    def with_standing(self) -> "EditionQuerySet":
        """Each with ``holds_withdrawn``: whether its files hold words that their speaker has taken back."""
        held = HeldQuote.objects.filter(snapshot=models.OuterRef("snapshot"), quote__in=Quote.objects.withdrawn())
        return self.annotate(holds_withdrawn=models.Exists(held))


class Edition(models.Model):
    """One built file. Never changed after it is made (a trigger refuses it)."""

    report = models.ForeignKey(AnnualReport, on_delete=models.CASCADE, related_name="editions")
    number = models.PositiveIntegerField()
    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="editions")
    renderer = models.CharField(max_length=40, help_text="Version of what drew it.")
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    file = models.CharField(max_length=200, help_text="Name in the file storage.")
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField(help_text="Bytes.")
    pages = models.PositiveIntegerField()
    seconds = models.FloatField(help_text="How long the build took.")
    built_at = models.DateTimeField(default=clock.now, editable=False)

    privacy = NotPersonal("A built report.")

    objects = EditionQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["report", "number"], name="edition_number_once_per_report"),
            models.UniqueConstraint(fields=["snapshot", "renderer"], name="edition_once_per_snapshot_and_renderer"),
        ]

    def __str__(self) -> str:
        return f"{self.report}, edition {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("reports:edition-download", args=[self.report.year, self.number])

    def is_held_back_from(self, user: Any) -> bool:
        """Whether someone can no longer have its files, because they hold words that their speaker has taken back."""
        return not has_perm(user, "reports.view_unpublished") and self.holds_withdrawn_words()

    def holds_withdrawn_words(self) -> bool:
        """Whether its files hold words that their speaker has taken back."""
        return HeldQuote.objects.filter(snapshot=self.snapshot_id, quote__in=Quote.objects.withdrawn()).exists()

    @property
    def file_name(self) -> str:
        """What the file is called when someone saves it."""
        return f"impact-co-production-report-{self.report.year}-edition-{self.number}.pdf"
