"""Invitations that wait for a member's yes or no."""

from typing import Any

from django.urls import reverse

from coproduction.group.members import say_day
from coproduction.involvements.models import Involvement
from coproduction.involvements.taking_part.models import Participation


def invitations(user: Any) -> list[dict[str, str]]:
    """Dicts of title, href, detail and tone for ``<c-attention>``: what a member is invited to and has not answered."""
    if not user.pk:
        return []
    mine = Participation.objects.filter(person__user_id=user.pk, state=Participation.State.INVITED)
    rows = Involvement.objects.visible_to(user).filter(
        outcome=Involvement.Outcome.WAITING, pk__in=mine.values("involvement")
    )
    return [
        {
            "title": f"Would you like to take part? {row.title}",
            "href": reverse("coproduction:involvement-reply", args=[row.pk]),
            "detail": f"Wanted by {say_day(row.wanted_by)}." if row.wanted_by else "Say yes or no.",
            "tone": "yellow",
        }
        for row in rows.order_by("wanted_by", "pk")
    ]
