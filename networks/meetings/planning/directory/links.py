"""The pages that belong together around bookings, for links from one to the other."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from impact.core.access.permissions import has_perm
from networks.meetings.planning.directory.models import Venue

PAGES = [
    ("Bookings", "networks:booking-list"),
    ("Venues", "networks:venue-list"),
    ("Providers", "networks:provider-list"),
    ("How early to ask", "networks:lead-times"),
]


def sees_costs(user: Any) -> bool:
    """Whether the reader may open what taking part costs: all of it, or the totals."""
    return has_perm(user, "networks.view_costs") or has_perm(user, "networks.view_cost_totals")


def places(request: HttpRequest) -> list[dict[str, Any]]:
    """The same pages as tabs, the one that is open marked. Empty for readers who may open only one."""
    if not has_perm(request.user, "networks.view_directory", Venue()):
        return []
    pages = [*PAGES, ("Costs", "networks:booking-costs")] if sees_costs(request.user) else PAGES
    found = [(label, reverse(name)) for label, name in pages]
    return [{"label": label, "href": href, "current": request.path == href} for label, href in found]
