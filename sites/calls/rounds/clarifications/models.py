"""Questions that people ask about a round before they apply, and the answers that everyone can read."""

from typing import Any

from django.db import models
from django.db.models import Q

from impact.core.access.permissions import has_perm
from impact.core.basics.privacy import Blank, Forever, Part, Personal
from impact.core.people.models import User
from sites.calls.rounds.models import Round


class ClarificationQuerySet(models.QuerySet["Clarification"]):
    def visible_to(self, user: Any) -> "ClarificationQuerySet":
        """Staff see all; others those published in a round that has been announced."""
        if has_perm(user, "sites.edit_round"):
            return self
        return self.filter(state=Clarification.State.PUBLISHED, round__is_announced=True)

    def waiting(self) -> "ClarificationQuerySet":
        """Those that staff have not answered or set aside."""
        return self.filter(state=Clarification.State.WAITING)

    def published(self) -> "ClarificationQuerySet":
        """Those that everyone reads, in the order in which they were published."""
        return self.filter(state=Clarification.State.PUBLISHED).order_by("published_at", "pk")


class Clarification(models.Model):
    """One question about a round. What was sent stays with staff; what is published is in their words."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting for an answer"
        PUBLISHED = "published", "Published"
        SET_ASIDE = "set_aside", "Set aside"

    LONGEST = 2_000  # characters of a question

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="clarifications")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    words = models.TextField(max_length=LONGEST, help_text="As it was asked. Only staff read it.")
    email = models.EmailField(blank=True, help_text="Where to send the answer. Deleted once it is sent.")
    received_at = models.DateTimeField()
    question = models.TextField(
        max_length=LONGEST, blank=True, help_text="As it is published, without what could identify who asked."
    )
    answer = models.TextField(blank=True, help_text="Markdown.")
    answered_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)
    is_illustrative = models.BooleanField(default=False, help_text="Invented for the demonstration.")
    version = models.PositiveIntegerField(default=1)

    privacy = Personal(
        part=Part.ROUNDS,
        heading="Questions about a round",
        by_address=("email",),
        recorders=("answered_by",),
        shown=("round", "state", "words", "received_at", "published_at"),
        withheld={
            "email": "The address that this is about.",
            "question": "Staff’s words, on the round’s page.",
            "answer": "Staff’s words, on the round’s page.",
        },
        on_erasure=Blank(("words", "email")),
        keep=Forever("The address goes as soon as the answer is sent; the question is part of the round."),
    )

    objects = ClarificationQuerySet.as_manager()

    class Meta:
        ordering = ["-received_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="published") | (Q(published_at__isnull=False) & ~Q(question="") & ~Q(answer="")),
                name="published_clarification_is_answered",
                violation_error_message="Give the question and the answer before you publish them.",
            )
        ]

    def __str__(self) -> str:
        return f"Question about {self.round}"

    def get_absolute_url(self) -> str:
        return f"{self.round.get_absolute_url()}#questions-and-answers"

    def roles_of(self, user: Any) -> frozenset[str]:
        return frozenset()
