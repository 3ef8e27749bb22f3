"""Requests that wait for an answer, for the first page of those who answer them."""

from typing import Any

from django.urls import reverse

from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.basics.dates import day
from impact.core.people.rights.requests.models import RightsRequest

FEW = 3  # the rest are a link away


def requests_waiting(user: Any) -> list[dict[str, str]]:
    """Items of ``<c-attention>`` for requests about what is held, the soonest due first. No names: the page has them."""
    if not has_perm(user, "core.answer_requests"):
        return []
    today = clock.today()
    rows = RightsRequest.objects.waiting().order_by("due_on", "pk")
    items = [
        {
            "title": f"Request: {request.get_kind_display().lower()}",
            "href": request.get_absolute_url(),
            "detail": f"The answer was due on {day(request.due_on)}. The law gives us one month."
            if request.due_on < today
            else f"Received on {day(request.received_on)}. Answer by {day(request.due_on)}.",
            "tone": "red" if request.due_on < today else "yellow" if (request.due_on - today).days <= 7 else "blue",
        }
        for request in rows[:FEW]
    ]
    more = rows.count() - len(items)
    if more > 0:
        title = f"{more} more request{'' if more == 1 else 's'} about what we hold"
        items.append({"title": title, "href": reverse("core:rights-requests"), "tone": "grey"})
    return items
