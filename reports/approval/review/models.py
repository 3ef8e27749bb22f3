"""What the leadership team and those who write the report say to each other about it, section by section."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.urls import reverse

from coproduction.suggestions.passages import CONTEXT, LONGEST, Passage
from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.basics.privacy import Forever, Keep, Part, Personal
from impact.core.people.models import User
from reports.writing.models import AnnualReport, ReportSection


class ReviewCommentQuerySet(models.QuerySet["ReviewComment"]):
    def visible_to(self, user: Any) -> "ReviewCommentQuerySet":
        """For those who write and approve reports. What members say is apart from this (``reports.group_reading``)."""
        return self if has_perm(user, "reports.view_unpublished") else self.none()

    def open(self) -> "ReviewCommentQuerySet":
        return self.filter(status=ReviewComment.Status.OPEN)


class ReviewComment(models.Model):
    """A comment of the leadership team, or of those who write, on a section or the whole report, and what became of it."""

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        RESOLVED = "resolved", "Resolved"
        CARRIED = "carried", "Carried to next year"

    report = models.ForeignKey(AnnualReport, on_delete=models.CASCADE, related_name="review_comments")
    section = models.ForeignKey(
        ReportSection,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="review_comments",
        help_text="Empty: the whole report.",
    )
    passage = models.CharField(
        max_length=LONGEST, blank=True, help_text="The words of the report that it is about. Empty: all of the section."
    )
    prefix = models.CharField(max_length=CONTEXT, blank=True, default="", db_default="")
    suffix = models.CharField(max_length=CONTEXT, blank=True, default="", db_default="")
    is_only = models.BooleanField(default=True, db_default=True, help_text="The passage stood in one place.")
    words = models.TextField(max_length=4000)
    made_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    made_on = models.DateField(default=clock.today)
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    answer = models.TextField(max_length=4000, blank=True)
    answered_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    answered_on = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    privacy = Personal(
        part=Part.REPORT,
        heading="Comments in the review",
        of=("made_by",),
        recorders=("answered_by",),
        shown=("report__year", "words", "made_on", "status", "answer", "answered_on"),
        withheld={
            "passage": "The words of the draft that it is about.",
            "prefix": "The words before them.",
            "suffix": "The words after them.",
        },
        on_erasure=Keep("It belongs to the review of the report; its writer goes by a pseudonym."),
        keep=Forever("What was said about a draft, and the answer, belong to the report."),
    )

    objects = ReviewCommentQuerySet.as_manager()

    class Meta:
        ordering = ["report", "section__position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="open", answer="", answered_on__isnull=True)
                | (~Q(status="open") & ~Q(answer="") & Q(answered_on__isnull=False)),
                name="settled_comment_says_why",
            ),
            models.CheckConstraint(condition=~Q(words=""), name="review_comment_has_words"),
        ]

    def __str__(self) -> str:
        return f"Comment on {self.section or self.report}"

    def get_absolute_url(self) -> str:
        return reverse("reports:review-comment", args=[self.pk])

    def roles_of(self, user: Any) -> frozenset[str]:
        return frozenset()

    @property
    def state_word(self) -> str:
        """The word that gives its status a colour: one that is open waits."""
        return "waiting" if self.status == self.Status.OPEN else self.status

    @property
    def about(self) -> str:
        """What it is about, in words."""
        return self.section.get_key_display() if self.section else "The whole report"

    @property
    def place(self) -> Passage | None:
        """The passage with what stood around it, to be found again in a later text."""
        return Passage(self.passage, self.prefix, self.suffix, self.is_only) if self.passage else None
