"""What members answered at a waypoint: each one's own, private until they share it."""

from typing import Any

from django.db import models
from django.db.models import OuterRef, Q, Subquery

from coproduction.group.members import groups_named_to
from coproduction.group.models import SaidByMember, SupportLink
from coproduction.waypoints.models import Waypoint
from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.basics.privacy import Delete, Forever, Part, Personal
from impact.core.people.models import Consent, Person


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
        return self.filter(seen | (Q(is_shared=True) & Q(waypoint__charter__group__in=groups_named_to(user))))

    def named(self) -> "WaypointAnswerQuerySet":
        """With the person, and the newest answer to whether other members may see that they have answered."""
        newest = Consent.objects.filter(person=OuterRef("person"), purpose=Consent.Purpose.ANSWERED)
        newest = newest.order_by("-given_on", "-pk")
        return self.select_related("person", "recorded_by__person", "waypoint__charter__group").annotate(
            consent_given=Subquery(newest.values("is_given")[:1]),
            consent_ends=Subquery(newest.values("expires_on")[:1]),
        )

    def shared(self) -> "WaypointAnswerQuerySet":
        return self.filter(is_shared=True)

    def of(self, user: Any) -> "WaypointAnswerQuerySet":
        """A user's own answers."""
        return self.filter(person__user_id=user.pk, person__user__isnull=False)


class WaypointAnswer(SaidByMember):
    """One member's answer to the questions of one waypoint."""

    waypoint = models.ForeignKey(Waypoint, on_delete=models.CASCADE, related_name="answers")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="waypoint_answers")
    words = models.JSONField(help_text="One text for each question, in the order of the questions.")
    is_shared = models.BooleanField(default=False, help_text="Whether the group and the engagement lead read it.")
    answered_on = models.DateField(default=clock.today)
    version = models.PositiveIntegerField(default=1)

    privacy = Personal(
        part=Part.CHARTER,
        heading="Answers at waypoints",
        of=("person",),
        recorders=("recorded_by",),
        shown=("waypoint__title", "words", "is_shared", "answered_on", "told"),
        on_erasure=Delete(),
        keep=Forever("A waypoint compares with the one before."),
    )

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


def name_shown(answer: WaypointAnswer, user: Any) -> str:
    """The name beside an answer of ``named()``, as far as ``user`` may know it; empty where they may not.

    A member's name is seen by themselves, by who wrote the answer down, by the engagement lead, and by the other members
    if the member has agreed that those who answered may be named.
    """
    ends = answer.consent_ends  # type: ignore[attr-defined]
    agreed = answer.consent_given and (ends is None or ends > clock.today())  # type: ignore[attr-defined]
    is_known = answer.person.user_id == user.pk or answer.recorded_by_id == user.pk
    may_know = agreed or is_known or has_perm(user, "coproduction.record_for_member")
    return str(answer.person) if may_know else ""
