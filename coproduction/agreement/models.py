"""Agreement rounds and positions."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import models
from django.db.models import Q

from coproduction.charter.models import CharterVersion
from coproduction.group.members import deciding_members
from coproduction.group.models import SaidByMember
from impact.core.basics import clock
from impact.core.people.models import Person


@dataclass(frozen=True)
class Tally:
    """Members' positions on one text: figures only, so that anyone who can read the charter can see them."""

    members: int
    agree: int
    reservation: int
    stand_aside: int
    object: int

    @property
    def answered(self) -> int:
        return self.agree + self.reservation + self.stand_aside + self.object

    @property
    def agreeing(self) -> int:
        """With or without a reservation."""
        return self.agree + self.reservation

    @property
    def still_to_answer(self) -> int:
        return max(0, self.members - self.answered)

    @property
    def has_majority(self) -> bool:
        return self.agreeing * 2 > self.members


class AgreementRound(models.Model):
    """Asking the members about one exact text, until a deadline."""

    version = models.ForeignKey(CharterVersion, on_delete=models.CASCADE, related_name="agreement_rounds")
    opened_on = models.DateField()
    closes_on = models.DateField()
    closed_on = models.DateField(null=True, blank=True)
    carried_from = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="The round whose positions a minor correction carries over.",
    )

    class Meta:
        ordering = ["-opened_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["version"], condition=Q(closed_on__isnull=True), name="one_open_round_per_version"
            ),
            models.CheckConstraint(
                condition=Q(closes_on__gte=models.F("opened_on")),
                name="agreement_round_closes_after_it_opens",
                violation_error_message="The deadline is before the day it opens.",
            ),
        ]

    def __str__(self) -> str:
        return f"Agreement on {self.version}"

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.version.roles_of(user)

    def is_open(self, on: date) -> bool:
        return self.closed_on is None and self.opened_on <= on

    def is_past_deadline(self, on: date) -> bool:
        """Whether it is still open after its deadline."""
        return self.is_open(on) and self.closes_on < on

    def counting(self, on: date | None = None) -> "models.QuerySet[Position]":
        """The positions that count: while it is open those of today's members, afterwards all that stand."""
        positions = self.positions.in_force()
        if self.closed_on is None:
            members = deciding_members(self.version.charter.group, on)
            positions = positions.filter(person__in=members.values("person"))
        return positions

    def tally(self, on: date | None = None) -> Tally:
        """Count the members' positions."""
        stances = Counter(self.counting(on).values_list("stance", flat=True))
        members = deciding_members(self.version.charter.group, on or self.closed_on).count()
        return Tally(members=members, **{stance: stances[stance] for stance in Position.Stance.values})


class PositionQuerySet(models.QuerySet["Position"]):
    def in_force(self) -> "PositionQuerySet":
        """The newest position of each person; older ones are kept and no longer count."""
        return self.filter(replaced_at__isnull=True)


class Position(SaidByMember):
    """Where one member stands on one exact text. A change of mind is kept as a new row; the newest counts."""

    class Stance(models.TextChoices):
        AGREE = "agree", "Agree"
        RESERVATION = "reservation", "Agree, with a reservation"
        STAND_ASIDE = "stand_aside", "Stand aside"
        OBJECT = "object", "Object"

    round = models.ForeignKey(AgreementRound, on_delete=models.CASCADE, related_name="positions")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="positions")
    stance = models.CharField(max_length=12, choices=Stance)
    reason = models.TextField(blank=True, max_length=2000)
    taken_on = models.DateField(default=clock.today)
    is_late = models.BooleanField(default=False, help_text="Taken after the deadline or by someone who joined later.")
    replaced_at = models.DateTimeField(null=True, blank=True)

    objects = PositionQuerySet.as_manager()

    class Meta:
        ordering = ["taken_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "person"],
                condition=Q(replaced_at__isnull=True),
                name="one_position_in_force_per_person",
            ),
            models.CheckConstraint(
                condition=Q(stance="agree") | ~Q(reason=""),
                name="position_other_than_agree_has_a_reason",
                violation_error_message="Say why, so that the group can think about it.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.get_stance_display()}"

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.round.roles_of(user)
