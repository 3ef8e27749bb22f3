"""Learning that one group shares with others, and how they used it (rule 12)."""

import uuid
from typing import Any

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from impact.core.access.permissions import has_perm
from impact.core.basics.privacy import NotPersonal
from impact.core.people.models import User
from networks.groups.models import Group
from networks.log.models import Contribution
from networks.themes.models import Theme


class SharedLearningQuerySet(models.QuerySet["SharedLearning"]):
    def visible_to(self, user: Any) -> "SharedLearningQuerySet":
        """All for national readers; for others what their groups gave, or were sent and was not withdrawn."""
        if has_perm(user, "networks.view_all"):
            return self
        mine = Group.objects.visible_to(user).values("pk")
        sent = LearningReceipt.objects.filter(group__in=mine).values("learning_id")
        return self.filter(Q(group__in=mine) | Q(pk__in=sent, withdrawn_at__isnull=True))


class SharedLearning(models.Model):
    """One thing that a group learned and sends to others."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False, help_text="Made by the sender.")
    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="learning_given")
    contribution = models.ForeignKey(
        Contribution, null=True, blank=True, on_delete=models.SET_NULL, related_name="shared_as"
    )
    theme = models.ForeignKey(Theme, null=True, blank=True, on_delete=models.PROTECT, related_name="learning")
    title = models.CharField(max_length=160)
    words = models.TextField(max_length=2000, help_text="Markdown. What worked, and what it took.")
    shared_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    shared_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    withdrawn_reason = models.CharField(max_length=400, blank=True)
    version = models.PositiveIntegerField(default=1)

    privacy = NotPersonal(
        "Something that a group learned and shared.", recorders=("shared_by", "withdrawn_by"), may_name_people=True
    )

    objects = SharedLearningQuerySet.as_manager()

    class Meta:
        ordering = ["-shared_at", "-pk"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("networks:learning-detail", args=[self.pk])

    def roles_of(self, user: Any) -> frozenset[str]:
        """Roles on the group that gave it."""
        return self.group.roles_of(user)


class LearningReceipt(models.Model):
    """A group that a learning was sent to, and what it made of it."""

    class Answer(models.TextChoices):
        TRIED = "tried", "Tried it"
        ADAPTED = "adapted", "Adapted it"
        NOT_FOR_US = "not_for_us", "Not for us"

    learning = models.ForeignKey(SharedLearning, on_delete=models.CASCADE, related_name="receipts")
    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="learning_received")
    answer = models.CharField(max_length=12, choices=Answer, blank=True)
    why = models.CharField(max_length=400, blank=True, help_text="What happened, or why it does not fit.")
    answered_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    seen_by_giver_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    privacy = NotPersonal("What a group made of something learned.", recorders=("answered_by",), may_name_people=True)

    class Meta:
        ordering = ["group__name"]
        constraints = [
            models.UniqueConstraint(fields=["learning", "group"], name="learning_sent_once_to_a_group"),
            models.CheckConstraint(
                condition=Q(answer="") | (Q(answered_at__isnull=False) & ~Q(why="")),
                name="answered_learning_says_why",
                violation_error_message="Say in a word why.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group}: {self.get_answer_display() or 'no answer yet'}"

    def roles_of(self, user: Any) -> frozenset[str]:
        """Roles on the group that received it."""
        return self.group.roles_of(user)
