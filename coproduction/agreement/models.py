"""Agreement rounds and positions."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.urls import reverse

from coproduction.charter.models import Charter, CharterVersion
from coproduction.group.members import DECIDING_ROLES, deciding_members
from coproduction.group.models import SaidByMember, SupportLink
from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.basics.privacy import Blank, Forever, NotPersonal, Part, Personal
from impact.core.people.models import Person
from networks.groups.models import Membership


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


class AgreementRoundQuerySet(models.QuerySet["AgreementRound"]):
    def visible_to(self, user: Any) -> "AgreementRoundQuerySet":
        """Rounds on the texts that a user may read."""
        return self.filter(version__in=CharterVersion.objects.visible_to(user))

    def running(self) -> "AgreementRoundQuerySet":
        """Rounds in which members are being asked."""
        return self.filter(closed_on__isnull=True, version__status=CharterVersion.Status.PROPOSED)

    def in_force(self) -> "AgreementRoundQuerySet":
        """Rounds that agreed the text in force, which members who join later are asked about too."""
        return self.filter(closed_on__isnull=False, version__status=CharterVersion.Status.AGREED)


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
    row_version = models.PositiveIntegerField(default=1, db_default=1)  # "version" is the text that it is about

    privacy = NotPersonal("When a text was put to members.")

    objects = AgreementRoundQuerySet.as_manager()

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

    def get_absolute_url(self) -> str:
        return reverse("coproduction:agreement", args=[self.version.charter_id])

    def tally(self, on: date | None = None, *, at_closing: bool = False) -> Tally:
        """Count the members' positions: those of today's members while it is open, afterwards of those who belonged to
        the group when it closed and, unless ``at_closing``, of those who joined later and answered.

        ``at_closing``: as they stood when the round closed; none while it is open.
        """
        day = on or clock.today()
        stances: Counter[str] = Counter()
        asked = set(
            deciding_members(self.version.charter.group, self.closed_on or day).values_list("person", flat=True)
        )
        positions = self.positions.at_closing() if at_closing else self.positions.counting(day)
        for person, stance in positions.values_list("person", "stance"):
            stances[stance] += 1
            asked.add(person)
        return Tally(members=len(asked), **{stance: stances[stance] for stance in Position.Stance.values})

    def waiting(self, on: date | None = None) -> "models.QuerySet[Membership]":
        """The memberships of today's deciding members who have no position on this text."""
        answered = self.positions.in_force().values("person")
        return deciding_members(self.version.charter.group, on).exclude(person__in=answered)


class PositionQuerySet(models.QuerySet["Position"]):
    def in_force(self) -> "PositionQuerySet":
        """The newest position of each person; older ones are kept and no longer count."""
        return self.filter(replaced_at__isnull=True)

    def at_closing(self) -> "PositionQuerySet":
        """Those that counted when their round closed, whatever came later; none while it is open.

        Figures for readers who see no names are these alone: a number that moves would say what one person answered.
        """
        return self.filter(counted_at_closing=True)

    def counting(self, on: date | None = None) -> "PositionQuerySet":
        """The positions that count: not those of people who left the group before the round closed.

        While a round is open, its members are those of the day; once it is closed, those of the closing day. Someone
        who joined after it closed counts by having answered.
        """
        day = Value(on or clock.today(), output_field=models.DateField())
        then = Coalesce(OuterRef("round__closed_on"), day)
        members = Membership.objects.filter(
            Q(ends_on__isnull=True) | Q(ends_on__gte=then),
            group=OuterRef("round__version__charter__group"),
            person=OuterRef("person"),
            role__in=DECIDING_ROLES,
            starts_on__lte=then,
        )
        joined_later = Q(round__closed_on__isnull=False, is_late=True, taken_on__gte=F("round__closed_on"))
        return self.in_force().filter(Exists(members) | joined_later)

    def visible_to(self, user: Any) -> "PositionQuerySet":
        """What someone answered and why is for that member, the engagement lead, and a supporter who wrote it down."""
        rows = self.filter(round__version__charter__in=Charter.objects.visible_to(user))
        if has_perm(user, "coproduction.view_positions"):
            return rows
        supported = (
            SupportLink.objects.in_force()
            .who_take_positions()
            .filter(
                group=OuterRef("round__version__charter__group"), member=OuterRef("person"), supporter__user_id=user.pk
            )
        )
        mine = Q(person__user_id=user.pk, person__user__isnull=False)
        return rows.filter(mine | (Q(recorded_by_id=user.pk) & Exists(supported)))


def counted(stance: str, path: str, *, at_closing: bool = False) -> Coalesce:
    """How many positions of one kind count, as a column of rounds ("round") or of versions ("round__version").

    ``at_closing``: as they stood when the round closed, for readers who see rounded numbers.
    """
    positions = Position.objects.at_closing() if at_closing else Position.objects.counting()
    rows = positions.filter(stance=stance, **{path: OuterRef("pk")}).order_by()
    number = rows.values(path).annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(number, output_field=models.IntegerField()), 0)


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
    counted_at_closing = models.BooleanField(
        default=False, db_default=False, help_text="It counted when the round closed. What came later changes nothing."
    )

    privacy = Personal(
        part=Part.CHARTER,
        heading="Where you stood on a text",
        of=("person",),
        recorders=("recorded_by",),
        shown=(
            "round__version__charter__title",
            "round__version__number",
            "round__version__correction",
            "stance",
            "reason",
            "taken_on",
            "is_late",
            "replaced_at",
            "told",
        ),
        on_erasure=Blank(removed=("reason",)),
        keep=Forever("What a charter was agreed on is its record."),
    )

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

    @property
    def is_own(self) -> bool:
        """Whether the member gave it themselves. No one else can then change it."""
        return not self.told and self.recorded_by_id in (None, self.person.user_id)

    @property
    def may_be_talked_through(self) -> bool:
        """Whether the engagement lead may plan a talk about it; about an objection one is always waiting to be planned."""
        return self.stance in (self.Stance.RESERVATION, self.Stance.STAND_ASIDE)
