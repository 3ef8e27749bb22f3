"""The annual co-production report: its sections, the frozen data and the files built from it."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.urls import reverse

from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.people.models import User


class AnnualReportQuerySet(models.QuerySet["AnnualReport"]):
    def visible_to(self, user: Any) -> "AnnualReportQuerySet":
        """Those who write and approve reports see all; everybody else, signed in or not, the published ones. Members of
        the group that a report was given to, and their supporters, keep sight of it from then on."""
        if has_perm(user, "reports.view_unpublished"):
            return self
        published = self.filter(status=AnnualReport.Status.PUBLISHED)
        if not getattr(user, "is_authenticated", False):
            return published
        readings = self.model._meta.get_field("readings").related_model._default_manager.visible_to(user)  # type: ignore[union-attr]
        return self.filter(Q(status=AnnualReport.Status.PUBLISHED) | Q(pk__in=readings.values("report_id")))


class AnnualReport(models.Model):
    """A year's report to the leadership team: progress, good practice, areas for further development (rule 14)."""

    class Status(models.TextChoices):
        WRITING = "writing", "Being written"
        GROUP = "group", "With the advisory group"
        SUBMITTED = "submitted", "With the leadership team"
        APPROVED = "approved", "Approved"
        PUBLISHED = "published", "Published"

    year = models.PositiveSmallIntegerField(unique=True)
    title = models.CharField(max_length=160)
    subtitle = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=12, choices=Status, default=Status.WRITING)
    status_note = models.CharField(
        max_length=400, blank=True, help_text="What to change, when it came back from the leadership team."
    )
    sent_by = models.ForeignKey(
        User,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Who sent it to the leadership team the last time. They cannot approve it.",
    )
    review_due_on = models.DateField(
        null=True, blank=True, help_text="Until when the leadership team is asked to approve it or send it back."
    )
    approved_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    approved_on = models.DateField(null=True, blank=True)
    approved_edition = models.ForeignKey("Edition", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    published_on = models.DateField(null=True, blank=True)
    group_override = models.CharField(
        max_length=400,
        blank=True,
        db_default="",
        default="",
        help_text="Why it was approved before the group had had its say. Members read this.",
    )
    is_illustrative = models.BooleanField(default=False, help_text="Parts are invented for the demonstration.")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AnnualReportQuerySet.as_manager()

    class Meta:
        ordering = ["-year"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status__in=["approved", "published"])
                | Q(approved_on__isnull=False, approved_edition__isnull=False),
                name="approved_report_names_its_edition",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | Q(sent_by__isnull=True) | ~Q(approved_by=models.F("sent_by")),
                name="report_approved_by_another_than_its_sender",
                violation_error_message="Someone who did not send the report has to approve it.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.year}"

    def get_absolute_url(self) -> str:
        return reverse("reports:detail", args=[self.year])

    def roles_of(self, user: Any) -> frozenset[str]:
        return frozenset()


class ReportWriter(models.Model):
    """Someone who wrote words of a report. They cannot approve it."""

    report = models.ForeignKey(AnnualReport, on_delete=models.CASCADE, related_name="writers")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    since = models.DateField(default=clock.today)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["report", "user"], name="writer_once_per_report")]

    def __str__(self) -> str:
        return f"Writer of {self.report}"


class ReportSection(models.Model):
    """What people write in a chapter. The figures beside it are filled in from the snapshot."""

    class Key(models.TextChoices):
        SUMMARY = "summary", "Summary for leadership"
        FIGURES = "figures", "The year in figures"
        PROGRESS = "progress", "Progress during the year"
        GOOD_PRACTICE = "good_practice", "Good practice"
        DEVELOPMENT = "development", "Areas for further development"
        CHARTER = "charter", "The charter and its waypoints"
        NETWORKS = "networks", "Networks and what they said"
        SITES = "sites", "Sites by delivery model and nation"
        METHOD = "method", "Method and data notes"

    report = models.ForeignKey(AnnualReport, on_delete=models.CASCADE, related_name="sections")
    key = models.CharField(max_length=20, choices=Key)
    position = models.PositiveSmallIntegerField()
    body = models.TextField(blank=True, max_length=50_000, help_text="Markdown.")
    figures_seen = models.JSONField(
        null=True,
        blank=True,
        editable=False,
        help_text="[label, value] of each figure when the words were last checked.",
    )
    version = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["report", "key"], name="section_once_per_report")]

    def __str__(self) -> str:
        return f"{self.get_key_display()} ({self.report.year})"

    def get_absolute_url(self) -> str:
        return reverse("reports:section-edit", args=[self.report.year, self.key])

    def roles_of(self, user: Any) -> frozenset[str]:
        return frozenset()
