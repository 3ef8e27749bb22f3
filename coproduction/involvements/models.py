"""What members were asked, what they said, and what changed."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.urls import reverse

from coproduction.group.members import groups_seen_by
from networks.groups.models import Group


class InvolvementQuerySet(models.QuerySet["Involvement"]):
    def visible_to(self, user: Any) -> "InvolvementQuerySet":
        return self.filter(group__in=groups_seen_by(user))

    def search(self, q: str) -> "InvolvementQuerySet":
        if not q:
            return self
        return self.filter(
            Q(title__icontains=q) | Q(asked__icontains=q) | Q(said__icontains=q) | Q(changed__icontains=q)
        )

    def in_year(self, year: int) -> "InvolvementQuerySet":
        """What a year's figures count: asked, or settled, in that year."""
        return self.filter(Q(asked_on__year=year) | Q(changed_on__year=year))

    def awaiting_response(self) -> "InvolvementQuerySet":
        """Asked, and the members' answer is not recorded yet."""
        return self.filter(outcome=Involvement.Outcome.WAITING, said_on__isnull=True)

    def awaiting_change(self) -> "InvolvementQuerySet":
        """The members have responded; the team that asked has not said what changed."""
        return self.filter(outcome=Involvement.Outcome.WAITING, said_on__isnull=False)

    def settled(self) -> "InvolvementQuerySet":
        return self.exclude(outcome=Involvement.Outcome.WAITING)


class Involvement(models.Model):
    """One thing that members were asked to shape: what was asked, what they said, what changed (rule 17)."""

    class Outcome(models.TextChoices):
        WAITING = "waiting", "Waiting"
        CHANGED = "changed", "Changed"
        PARTLY = "partly", "Partly changed"
        NOT_CHANGED = "not_changed", "Not changed"

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="involvements")
    title = models.CharField(max_length=160)
    asked_by = models.CharField(max_length=120, help_text="The team or site that asked.")
    asked = models.TextField(max_length=4000, help_text="What the members were asked to shape.")
    asked_on = models.DateField()
    said = models.TextField(blank=True, max_length=4000, help_text="What they said.")
    said_on = models.DateField(null=True, blank=True)
    changed = models.TextField(blank=True, max_length=4000, help_text="What changed, or why nothing did.")
    changed_on = models.DateField(null=True, blank=True)
    outcome = models.CharField(max_length=12, choices=Outcome, default=Outcome.WAITING)
    is_good_practice = models.BooleanField(default=False, help_text="Worth telling others about.")
    is_illustrative = models.BooleanField(default=False, help_text="Invented for the demonstration.")
    version = models.PositiveIntegerField(default=1)

    objects = InvolvementQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="waiting") | (~Q(changed="") & Q(changed_on__isnull=False)),
                name="settled_involvement_says_what_changed",
                violation_error_message="Say what changed, or why nothing did, and when.",
            ),
            models.CheckConstraint(
                condition=Q(said_on__isnull=True) | Q(said_on__gte=models.F("asked_on")),
                name="involvement_said_after_asked",
                violation_error_message="The answer is dated before the question.",
            ),
            models.CheckConstraint(
                condition=Q(said_on__isnull=True) | ~Q(said=""),
                name="said_involvement_has_words",
                violation_error_message="Write down what the members said.",
            ),
            models.CheckConstraint(
                condition=Q(changed_on__isnull=True) | Q(said_on__isnull=True) | Q(changed_on__gte=models.F("said_on")),
                name="involvement_changed_after_said",
                violation_error_message="The change is dated before the members spoke.",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("coproduction:involvement-detail", args=[self.pk])

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.group.roles_of(user)

    @property
    def step(self) -> str:
        """How far it is: asked, said, or settled."""
        if self.outcome != self.Outcome.WAITING:
            return "settled"
        return "said" if self.said_on else "asked"

    @property
    def stands(self) -> str:
        """The key of where it stands: asked, said, or the outcome."""
        return self.outcome if self.step == "settled" else self.step

    @property
    def step_label(self) -> str:
        """Where it stands, in the words of the register."""
        if self.step == "settled":
            return str(self.get_outcome_display())
        return "Waiting for a change" if self.step == "said" else "Waiting for members"
