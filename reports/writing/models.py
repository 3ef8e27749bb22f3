"""The annual co-production report: its sections, the frozen data and the files built from it."""

from datetime import date
from typing import Any

from django.db import models
from django.db.models import Q
from django.urls import reverse

from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.basics.privacy import Forever, Keep, NotPersonal, Part, Personal
from impact.core.people.models import User

LONGEST_SECTION = 50_000  # characters


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

    privacy = NotPersonal("A year’s report.", recorders=("sent_by", "approved_by"))

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


class ReportSectionQuerySet(models.QuerySet["ReportSection"]):
    def visible_to(self, user: Any) -> "ReportSectionQuerySet":
        """The words as they are being written: for those who write and approve reports."""
        return self if has_perm(user, "reports.view_unpublished") else self.none()

    def owed(self) -> "ReportSectionQuerySet":
        """Sections that their owners still have to write, of reports that can be written."""
        return self.filter(
            report__status=AnnualReport.Status.WRITING, status__in=ReportSection.UNFINISHED, due_on__isnull=False
        )


class ReportWriter(models.Model):
    """Someone who wrote words of a report. They cannot approve it."""

    report = models.ForeignKey(AnnualReport, on_delete=models.CASCADE, related_name="writers")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    since = models.DateField(default=clock.today)

    privacy = Personal(
        part=Part.REPORT,
        heading="Reports that you wrote",
        of=("user",),
        shown=("report__year", "since"),
        on_erasure=Keep("A writer cannot approve; the writer goes by a pseudonym."),
        keep=Forever("A writer cannot approve what they wrote."),
    )

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["report", "user"], name="writer_once_per_report")]

    def __str__(self) -> str:
        return f"Writer of {self.report}"


class ReportSection(models.Model):
    """What people write in a chapter. The figures beside it are filled in from the snapshot."""

    class Key(models.TextChoices):
        SUMMARY = "summary", "Summary for leadership"
        LAST_RESPONSE = "last_response", "Leadership’s response last year"
        FIGURES = "figures", "The year in figures"
        PROGRESS = "progress", "Progress during the year"
        GOOD_PRACTICE = "good_practice", "Good practice"
        DEVELOPMENT = "development", "Areas for further development"
        EQUALITY = "equality", "Equality and inclusion"
        CHARTER = "charter", "The charter and its waypoints"
        NETWORKS = "networks", "Networks and what they said"
        SITES = "sites", "Sites by delivery model and nation"
        LOOKING_AHEAD = "looking_ahead", "Looking ahead"
        METHOD = "method", "Method and data notes"

    class Status(models.TextChoices):
        NOT_BEGUN = "not_begun", "Not begun"
        WRITING = "writing", "Being written"
        REVIEW = "review", "Ready for review"
        DONE = "done", "Done"

    UNFINISHED = (Status.NOT_BEGUN, Status.WRITING)

    report = models.ForeignKey(AnnualReport, on_delete=models.CASCADE, related_name="sections")
    key = models.CharField(max_length=20, choices=Key)
    position = models.PositiveSmallIntegerField()
    body = models.TextField(blank=True, max_length=LONGEST_SECTION, help_text="Markdown.")
    owner = models.ForeignKey(
        User,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Who sees that it is written.",
    )
    due_on = models.DateField("due on", null=True, blank=True, help_text="The day by which its owner has written it.")
    status = models.CharField(max_length=12, choices=Status, default=Status.NOT_BEGUN, db_default=Status.NOT_BEGUN)
    guidance = models.TextField(
        blank=True, max_length=2000, default="", db_default="", help_text="What belongs in this section. Plain words."
    )
    figures_seen = models.JSONField(
        null=True,
        blank=True,
        editable=False,
        help_text="[label, value] of each figure when the words were last checked.",
    )
    version = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField(auto_now=True)

    privacy = NotPersonal("The words of a chapter.", recorders=("owner",), may_name_people=True)

    objects = ReportSectionQuerySet.as_manager()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["report", "key"], name="section_once_per_report"),
            models.CheckConstraint(
                condition=Q(status__in=["not_begun", "writing", "review", "done"]), name="section_status_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_key_display()} ({self.report.year})"

    def get_absolute_url(self) -> str:
        return reverse("reports:section-edit", args=[self.report.year, self.key])

    def roles_of(self, user: Any) -> frozenset[str]:
        return frozenset()

    def is_overdue(self, on: date) -> bool:
        """Whether its day has passed and its owner has not finished it: the day itself still counts."""
        return self.due_on is not None and self.due_on < on and self.status in self.UNFINISHED


class SectionVersionQuerySet(models.QuerySet["SectionVersion"]):
    def visible_to(self, user: Any) -> "SectionVersionQuerySet":
        return self if has_perm(user, "reports.view_unpublished") else self.none()


class SectionVersion(models.Model):
    """A section's words as one person left them.

    What saves itself while they write goes into one version, until they save by hand or a quarter of an hour is over.
    """

    section = models.ForeignKey(ReportSection, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    body = models.TextField(blank=True, max_length=LONGEST_SECTION)
    saved_at = models.DateTimeField(default=clock.now)
    saved_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    is_open = models.BooleanField(
        default=False, db_default=False, help_text="The same writer's next save goes into it."
    )
    restored = models.PositiveIntegerField(
        null=True, blank=True, help_text="The version that was put back with this one."
    )

    privacy = NotPersonal("A chapter’s words as they once stood.", recorders=("saved_by",), may_name_people=True)

    objects = SectionVersionQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["section", "number"], name="section_version_numbered_once")]

    def __str__(self) -> str:
        return f"Version {self.number} of {self.section}"
