"""What every page's frame needs: navigation, who is signed in, whether this is a demonstration."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from impact.core.permissions import Role, has_any_role

# (label, URL name, path prefix, global roles that see it; None: everybody signed in)
NAVIGATION = [
    ("Home", "home", "/", None),
    ("Sites", "sites:list", "/sites/", None),
    ("Rounds", "sites:round-list", "/rounds/", None),
    ("Networks", "networks:list", "/networks/", None),
    ("Co-production", "coproduction:index", "/co-production/", None),
    ("Reports", "reports:list", "/reports/", None),
    ("People", "core:people", "/people/", {Role.ADMINISTRATOR, Role.STAFF, Role.ENGAGEMENT_LEAD}),
]

DEMO_ACCOUNTS = [
    {"email": "staff@impact.example", "role": "National staff"},
    {"email": "leadership@impact.example", "role": "Leadership team"},
    {"email": "engagement@impact.example", "role": "Lived Experience Engagement Lead"},
    {"email": "coordinator.england@impact.example", "role": "Coordinator, England"},
    {"email": "coordinator.scotland@impact.example", "role": "Coordinator, Scotland"},
    {"email": "coordinator.wales@impact.example", "role": "Coordinator, Wales"},
    {"email": "coordinator.ni@impact.example", "role": "Coordinator, Northern Ireland"},
    {"email": "member@impact.example", "role": "Advisory-group member"},
    {"email": "assessor@impact.example", "role": "Assessor"},
    {"email": "admin@impact.example", "role": "Administrator"},
]
DEMO_PASSWORD = "impact-demo-2022"  # noqa: S105  only loaded where IMPACT_DEMO is on


def site_context(request: HttpRequest) -> dict[str, Any]:
    """nav_items, me, is_demo and demo_accounts for base.html and the sign-in page."""
    context: dict[str, Any] = {"is_demo": settings.DEMO, "nav_items": [], "me": None}
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        if settings.DEMO:
            context |= {"demo_accounts": DEMO_ACCOUNTS, "demo_password": DEMO_PASSWORD}
        return context
    for label, name, prefix, roles in NAVIGATION:
        if roles is None or has_any_role(user, roles):
            current = request.path == prefix if prefix == "/" else request.path.startswith(prefix)
            context["nav_items"].append({"label": label, "url": reverse(name), "current": current})
    labels = [Role(role).label for role in sorted(user.global_roles)]
    context["me"] = {"name": user.display_name, "email": user.email, "role_label": ", ".join(labels)}
    return context
