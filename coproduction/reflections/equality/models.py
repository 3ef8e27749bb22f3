"""A round of equality monitoring: whom it asks, the links that were sent, and answers that lead to no one."""

import uuid
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.basics.privacy import After, Delete, NotPersonal, Part, Personal
from impact.core.people.models import Person, User
from networks.groups.models import GroupKind

CLOSES = "coproduction.close_equality_rounds"


class EqualityRoundQuerySet(models.QuerySet["EqualityRound"]):
    def visible_to(self, user: Any) -> "EqualityRoundQuerySet":
        return self if has_perm(user, "coproduction.view_equality") else self.none()

    def closed(self) -> "EqualityRoundQuerySet":
        return self.filter(figures__isnull=False)


class EqualityRound(models.Model):
    """One year's equality monitoring. When it closes, its figures are worked out once and everything else is deleted."""

    year = models.PositiveSmallIntegerField(
        unique=True, error_messages={"unique": "There is a round for this year already."}
    )
    kinds = models.JSONField(default=list, help_text="The kinds of group whose members are asked.")
    opened_on = models.DateField()
    closes_on = models.DateField(help_text="The last day for answers.")
    opened_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    strata = models.JSONField(
        default=dict, help_text="How many people were asked, by kind of group and nation; not who."
    )
    figures = models.JSONField(null=True, help_text="Published when it closed. A trigger refuses any change.")
    is_illustrative = models.BooleanField(default=False, help_text="Invented for the demonstration.")
    version = models.PositiveIntegerField(default=1)

    privacy = NotPersonal("A year’s equality monitoring: figures that are safe to show.", recorders=("opened_by",))

    objects = EqualityRoundQuerySet.as_manager()

    class Meta:
        ordering = ["-year"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_on__gt=F("opened_on")),
                name="equality_round_closes_after_it_opens",
                violation_error_message="Choose a last day after the day on which it opens.",
            ),
        ]

    def __str__(self) -> str:
        return f"Equality monitoring {self.year}"

    def get_absolute_url(self) -> str:
        return reverse("coproduction:equality-round", args=[self.pk])

    def roles_of(self, user: Any) -> frozenset[str]:
        return frozenset()

    @property
    def is_open(self) -> bool:
        """Whether answers are still taken: until the end of the last day, and never after figures are published."""
        return self.figures is None and self.closes_on >= clock.today()

    @property
    def asked(self) -> int:
        """How many people were asked."""
        return sum(self.strata.values())

    @property
    def answered(self) -> int | None:
        """At least how many answered, as the figures tell. None: too few to say, or not closed yet."""
        return self.figures["answered"] if self.figures else None

    @property
    def kind_words(self) -> str:
        return ", ".join(GroupKind(kind).label for kind in self.kinds)


class EqualityInvitation(models.Model):
    """Someone who is asked in an open round, and whether a link of theirs was used. Deleted when the round closes.

    It says no more than that, and when nothing: neither when a link was used nor with which answer.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    round = models.ForeignKey(EqualityRound, on_delete=models.CASCADE, related_name="invitations")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    stratum = models.CharField(max_length=45)
    is_used = models.BooleanField(default=False)

    privacy = Personal(
        of=("person",),
        part=Part.SENT,
        heading="Equality monitoring that you were asked to answer",
        shown=("round__year", "round__closes_on"),
        withheld={
            "stratum": "Which kind of group and nation your answers would count in. Your groups are shown above.",
            "is_used": "Whether you answered is not shown to anyone, so that no one can ask you to show it.",
        },
        on_erasure=Delete(),
        keep=After(
            since="round__closes_on",
            days=1,
            by=CLOSES,
            why="Once the round has closed, no one needs to be asked again.",
        ),
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["round", "person"], name="one_equality_invitation_a_person")]

    def __str__(self) -> str:
        return "Asked to answer the equality questions"


class EqualityLink(models.Model):
    """A private link that was sent or printed: a hash by which it is recognised, and nothing that leads to an answer."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    invitation = models.ForeignKey(EqualityInvitation, on_delete=models.CASCADE, related_name="links")
    token_hash = models.CharField(max_length=64, unique=True)

    privacy = NotPersonal("A hash of a private link, deleted with the invitation when the round closes.")

    def __str__(self) -> str:
        return "A link to the equality questions"


class EqualityReply(models.Model):
    """One person's answers, under a pseudonym that only their own link gives. Deleted when the round closes.

    No foreign key to a person or link, no time, no running number, and all rows are rewritten in mixed order whenever one
    comes in. It has no admin page, no API and no search.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    round = models.ForeignKey(EqualityRound, on_delete=models.CASCADE, related_name="replies")
    stratum = models.CharField(max_length=45)
    pseudonym = models.CharField(max_length=64, unique=True)
    answers = models.JSONField(default=dict)

    privacy = NotPersonal(
        "Answers to the equality questions under a pseudonym that only the person’s own link can work out. Nothing here "
        "leads to a person, so they cannot be shown to one or found when someone is erased."
    )

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return "Answers to the equality questions"
