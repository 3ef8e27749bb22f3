"""Corrections of a published report: what is wrong, what is put right, and the edition that replaces the former one."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.basics.privacy import NotPersonal
from impact.core.people.models import User
from reports.editions.models import Edition, Snapshot
from reports.writing.models import AnnualReport


class CorrectionQuerySet(models.QuerySet["Correction"]):
    def visible_to(self, user: Any) -> "CorrectionQuerySet":
        """All for those who write and approve reports; for everyone those that were published."""
        return self if has_perm(user, "reports.view_unpublished") else self.published()

    def open(self) -> "CorrectionQuerySet":
        return self.exclude(status__in=Correction.OVER)

    def published(self) -> "CorrectionQuerySet":
        return self.filter(status=Correction.Status.PUBLISHED)


class Correction(models.Model):
    """A correction of one published edition. The report stays published meanwhile, as that edition."""

    class Status(models.TextChoices):
        WRITING = "writing", "Being written"
        SUBMITTED = "submitted", "With the leadership team"
        APPROVED = "approved", "Approved"
        PUBLISHED = "published", "Published"
        DROPPED = "dropped", "Dropped"

    OVER = (Status.PUBLISHED, Status.DROPPED)

    report = models.ForeignKey(AnnualReport, on_delete=models.CASCADE, related_name="corrections")
    replaces = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="corrected_by")
    reason = models.CharField(max_length=400, help_text="What is corrected and why. Everyone reads this.")
    words = models.JSONField(
        default=dict, blank=True, help_text="The text of each section that is changed, by its key."
    )
    recounted = models.JSONField(default=list, blank=True, help_text="Kinds of figures that are counted again.")
    snapshot = models.ForeignKey(
        Snapshot,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The frozen data with the correction as it stands. Empty: it has changed since it was built.",
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.WRITING)
    status_note = models.CharField(max_length=400, blank=True, help_text="What to change, when it came back.")
    opened_on = models.DateField(default=clock.today)
    opened_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    sent_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    approved_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    approved_on = models.DateField(null=True, blank=True)
    edition = models.OneToOneField(
        Edition,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="correction",
        help_text="The approved one.",
    )
    published_on = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    privacy = NotPersonal(
        "A correction of a report.", recorders=("opened_by", "sent_by", "approved_by"), may_name_people=True
    )

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["report"],
                condition=~Q(status__in=["published", "dropped"]),
                name="one_correction_at_a_time",
                violation_error_message="This report has a correction that is not finished. Open that one.",
            ),
            models.UniqueConstraint(fields=["replaces"], condition=Q(status="published"), name="edition_replaced_once"),
            models.CheckConstraint(condition=~Q(reason=""), name="correction_says_why"),
            models.CheckConstraint(
                condition=~Q(status__in=["approved", "published"])
                | Q(approved_on__isnull=False, edition__isnull=False),
                name="approved_correction_names_its_edition",
            ),
            models.CheckConstraint(
                condition=Q(status="published", published_on__isnull=False)
                | (~Q(status="published") & Q(published_on__isnull=True)),
                name="published_correction_has_a_day",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | Q(sent_by__isnull=True) | ~Q(approved_by=F("sent_by")),
                name="correction_approved_by_another_than_its_sender",
                violation_error_message="Someone who did not send the correction has to approve it.",
            ),
        ]

    def __str__(self) -> str:
        return f"Correction of {self.replaces}"

    def get_absolute_url(self) -> str:
        return reverse("reports:correction", args=[self.report.year])

    def roles_of(self, user: Any) -> frozenset[str]:
        return frozenset()

    def built(self) -> Edition | None:
        """The edition that holds the correction as it stands; None while it has to be built."""
        if self.snapshot_id is None:
            return None
        return self.report.editions.filter(snapshot=self.snapshot_id).order_by("-number").first()
