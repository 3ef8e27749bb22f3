"""What waits for an answer about rounds, for the first page of staff."""

from typing import Any

from django.db.models import Count
from django.urls import reverse

from sites.calls.rounds.models import Round

FEW = 3


def clarifications_waiting(user: Any) -> list[dict[str, Any]]:
    """Rounds about which people asked something that no one has answered."""
    rows = (
        Round.objects.visible_to(user).filter(clarifications__state="waiting").annotate(asked=Count("clarifications"))
    )
    return [
        {
            "title": f"{r.asked} question{'' if r.asked == 1 else 's'} about {r.name}",
            "href": f"{reverse('sites:clarification-list', args=[r.slug])}?state=waiting",
            "detail": "Someone is waiting for an answer before they apply.",
            "tone": "yellow",
        }
        for r in rows.order_by("closes_at")[:FEW]
    ]
