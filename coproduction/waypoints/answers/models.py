"""What members answered at a waypoint: each one's own, private until they share it."""

from datetime import date
from typing import Any

from django.db import models
from django.db.models import OuterRef, Q

from coproduction.group.models import SaidByMember, SupportLink
from coproduction.waypoints.models import Waypoint
from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.people.models import Consent, Person
from networks.groups.models import Group, Membership


class WaypointAnswerQuerySet(models.QuerySet["WaypointAnswer"]):
    def visible_to(self, user: Any) -> "WaypointAnswerQuerySet":
        """One's own; those one wrote down for a member; and what was shared with a group whose members one may know.

        A private answer is for the member and for who wrote it down, as long as they still write for that member. The
        engagement lead, leadership and administrators have no way to it.
        """
        if not getattr(user, "is_authenticated", False):
            return self.none()
        supported = SupportLink.objects.in_force().filter(
            group=OuterRef("waypoint__charter__group"), member=OuterRef("person"), supporter__user_id=user.pk
        )
        still_writes = Q(models.Exists(supported))
        if has_perm(user, "coproduction.record_for_member"):
            still_writes |= Q(pk__isnull=False)
        seen = Q(person__user_id=user.pk) | (Q(recorded_by_id=user.pk) & still_writes)
        return self.filter(seen | (Q(is_shared=True) & Q(waypoint__charter__group__in=_named_groups(user))))

    def shared(self) -> "WaypointAnswerQuerySet":
        return self.filter(is_shared=True)

    def of(self, user: Any) -> "WaypointAnswerQuerySet":
        """A user's own answers."""
        return self.filter(person__user_id=user.pk, person__user__isnull=False)


def _named_groups(user: Any) -> models.QuerySet[Group]:
    """Groups whose members' words a user may read: their own, or every one for the engagement lead."""
    if has_perm(user, "coproduction.view_names"):
        return Group.objects.all()
    return Group.objects.filter(pk__in=Membership.objects.current().filter(person__user_id=user.pk).values("group_id"))


class WaypointAnswer(SaidByMember):
    """One member's answer to the questions of one waypoint."""

    waypoint = models.ForeignKey(Waypoint, on_delete=models.CASCADE, related_name="answers")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="waypoint_answers")
    words = models.JSONField(help_text="One text for each question, in the order of the questions.")
    is_shared = models.BooleanField(default=False, help_text="Whether the group and the engagement lead read it.")
    answered_on = models.DateField(default=clock.today)
    version = models.PositiveIntegerField(default=1)

    objects = WaypointAnswerQuerySet.as_manager()

    class Meta:
        ordering = ["answered_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["waypoint", "person"],
                name="one_answer_per_member_and_waypoint",
                violation_error_message="This member has answered already. Change that answer.",
            )
        ]

    def __str__(self) -> str:
        return f"An answer to {self.waypoint}"

    def get_absolute_url(self) -> str:
        return self.waypoint.get_absolute_url()

    def roles_of(self, user: Any) -> frozenset[str]:
        return self.waypoint.roles_of(user)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Each question with what was answered; a question left empty is left out."""
        questions = self.waypoint.question_list
        return [(asked, said) for asked, said in zip(questions, self.words, strict=False) if said]


def names_shown(answers: list[WaypointAnswer], user: Any, on: date | None = None) -> dict[int, str]:
    """The name beside each answer, by its pk, as far as ``user`` may know it; empty where they may not.

    A member's name is seen by themselves, by who wrote the answer down, by the engagement lead, and by the other members
    if the member has agreed that those who answered may be named.
    """
    people = {answer.person_id for answer in answers}
    agreed = names_agreed(people, on or clock.today())
    is_lead = has_perm(user, "coproduction.record_for_member")
    return {
        answer.pk: str(answer.person)
        if is_lead or answer.person.user_id == user.pk or answer.recorded_by_id == user.pk or answer.person_id in agreed
        else ""
        for answer in answers
    }


def names_agreed(people: set[int], on: date) -> set[int]:
    """Those of some people whose newest answer is that other members may see that they have answered."""
    newest: dict[int, Consent] = {}
    rows = Consent.objects.filter(person__in=people, purpose=Consent.Purpose.ANSWERED).order_by("given_on", "pk")
    for consent in rows:
        newest[consent.person_id] = consent
    return {pk for pk, consent in newest.items() if consent.is_given and not _is_over(consent, on)}


def _is_over(consent: Consent, on: date) -> bool:
    return consent.expires_on is not None and consent.expires_on <= on
