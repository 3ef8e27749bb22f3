"""Invitations that wait for a member's yes or no."""

from typing import Any

from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse

from coproduction.group.members import say_day
from coproduction.group.models import SupportLink
from coproduction.involvements.models import Involvement
from coproduction.involvements.taking_part.models import Participation


def invitations(user: Any) -> list[dict[str, str]]:
    """Dicts of title, href, detail and tone for ``<c-attention>``: what a member is invited to and has not answered, and
    what members whom they support are invited to."""
    if not user.pk:
        return []
    links = SupportLink.objects.in_force().filter(
        supporter__user_id=user.pk, member=OuterRef("person"), group=OuterRef("involvement__group")
    )
    theirs = Q(person__user_id=user.pk, person__user__isnull=False) | Q(Exists(links))
    rows = Participation.objects.filter(
        theirs,
        state=Participation.State.INVITED,
        involvement__in=Involvement.objects.visible_to(user).filter(outcome=Involvement.Outcome.WAITING),
    )
    return [
        _entry(row, is_own=row.person.user_id == user.pk)
        for row in rows.select_related("involvement", "person").order_by(
            F("involvement__wanted_by").asc(nulls_last=True), "involvement", "pk"
        )
    ]


def _entry(row: Participation, *, is_own: bool) -> dict[str, str]:
    asked = row.involvement
    href = reverse("coproduction:involvement-reply", args=[asked.pk])
    if not is_own:
        href = reverse("coproduction:involvement-reply-for", args=[asked.pk, row.person_id])
    question = "Would you like to take part?" if is_own else f"Would {row.person} like to take part?"
    return {
        "title": f"{question} {asked.title}",
        "href": href,
        "detail": f"Wanted by {say_day(asked.wanted_by)}." if asked.wanted_by else "Say yes or no.",
        "tone": "yellow",
    }
