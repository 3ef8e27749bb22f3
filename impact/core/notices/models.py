"""Notices: what one person is told about."""

from typing import Any

from django.db import models
from django.utils import timezone

from impact.core.people.models import Person


class NoticeKind(models.TextChoices):
    """What notices are about. People choose for each kind how they hear of it."""

    CHARTER = "charter", "The charter: new texts and changes"
    AGREEMENT = "agreement", "Agreement: what waits for my answer, and deadlines"
    SUGGESTION = "suggestion", "Answers to what I suggested"
    WAYPOINT = "waypoint", "Waypoints"
    INVOLVEMENT = "involvement", "What I was asked to shape, and what changed"
    MEETING = "meeting", "Meetings, papers and support booked for me"
    GROUP = "group", "The group: terms of office"
    CLAIM = "claim", "My hours, expenses and payments"
    REPORT = "report", "The annual report"


class NoticeQuerySet(models.QuerySet["Notice"]):
    def visible_to(self, user: Any) -> "NoticeQuerySet":
        """A notice is for one person, and for nobody else."""
        if not getattr(user, "is_authenticated", False):
            return self.none()
        return self.filter(person__user_id=user.pk)

    def unread(self) -> "NoticeQuerySet":
        return self.filter(read_at__isnull=True)


class Notice(models.Model):
    """One thing that one person is told, kept on the site; email about it follows the person's choices."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=20, choices=NoticeKind)
    title = models.CharField(max_length=200, help_text="A whole sentence, or the heading of an email.")
    words = models.TextField(max_length=2000, help_text="Plain text: what happened, and what the person can do.")
    path = models.CharField(max_length=300, help_text="Where on the site to read more or to answer.")
    key = models.CharField(max_length=120, help_text="One person hears of one thing once.")
    made_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True, blank=True)
    emailed_at = models.DateTimeField(null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["person", "key"], name="one_notice_per_person_and_thing")]

    def __str__(self) -> str:
        return self.title
