"""Who was asked to take part in an involvement, who did, and what they said in their own words."""

from typing import Any

from django.db import models
from django.db.models import Q

from coproduction.group.models import SaidByMember
from coproduction.involvements.models import Involvement
from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.basics.privacy import Blank, Forever, Part, Personal
from impact.core.people.models import Consent, Person


class ParticipationQuerySet(models.QuerySet["Participation"]):
    def visible_to(self, user: Any) -> "ParticipationQuerySet":
        """Who takes part is known to each member about themselves, and to the engagement lead; all else are counts."""
        if has_perm(user, "coproduction.edit_involvement"):
            return self
        if not getattr(user, "is_authenticated", False):
            return self.none()
        return self.filter(person__user_id=user.pk)

    def involved(self) -> "ParticipationQuerySet":
        """Those who said yes, took part or said something."""
        return self.filter(Q(state=Participation.State.ACCEPTED) | Q(took_part=True) | ~Q(words=""))


class Participation(SaidByMember):
    """One member in one involvement: invited, answered, took part, and what they said themselves."""

    class State(models.TextChoices):
        INVITED = "invited", "Invited"
        ACCEPTED = "accepted", "Accepted"
        DECLINED = "declined", "Declined"

    involvement = models.ForeignKey(Involvement, on_delete=models.CASCADE, related_name="participations")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="participations")
    state = models.CharField(max_length=10, choices=State, default=State.INVITED)
    invited_on = models.DateField(default=clock.today)
    answered_on = models.DateField(null=True, blank=True)
    took_part = models.BooleanField(default=False)
    words = models.TextField(blank=True, max_length=4000, help_text="What the member said, in their own words.")
    words_on = models.DateField(null=True, blank=True)
    is_quoted = models.BooleanField(default=False, help_text="Whether the public summary quotes these words.")
    version = models.PositiveIntegerField(default=1)

    privacy = Personal(
        part=Part.GROUPS,
        heading="What you were invited to shape",
        of=("person",),
        recorders=("recorded_by",),
        shown=(
            "involvement__title",
            "state",
            "invited_on",
            "answered_on",
            "took_part",
            "words",
            "words_on",
            "is_quoted",
            "told",
        ),
        on_erasure=Blank(removed=("words",)),
        keep=Forever("That members took part in shaping something is its record."),
    )

    objects = ParticipationQuerySet.as_manager()

    class Meta:
        ordering = ["person__name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["involvement", "person"], name="member_once_per_involvement"),
            models.CheckConstraint(
                condition=Q(state="invited") | Q(answered_on__isnull=False), name="invitation_answered_on_a_day"
            ),
            models.CheckConstraint(condition=Q(words="") | Q(words_on__isnull=False), name="members_words_have_a_day"),
            models.CheckConstraint(condition=Q(is_quoted=False) | ~Q(words=""), name="quoted_participation_has_words"),
        ]

    def __str__(self) -> str:
        return f"{self.person} in {self.involvement}"

    def get_absolute_url(self) -> str:
        return self.involvement.get_absolute_url()

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.involvement.roles_of(user)


def may_quote(people: set[int]) -> set[int]:
    """Those of some people whose newest answer is that their words may be used in reports, and still counts today."""
    newest: dict[int, Consent] = {}
    for consent in Consent.objects.filter(person__in=people, purpose=Consent.Purpose.QUOTES).order_by("given_on", "pk"):
        newest[consent.person_id] = consent
    today = clock.today()
    return {pk for pk, c in newest.items() if c.is_given and (c.expires_on is None or c.expires_on > today)}
