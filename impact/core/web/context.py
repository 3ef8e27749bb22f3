"""What every page's frame needs: navigation, who is signed in, whether this is a demonstration."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from impact.core.access.acting.models import ActingFor, acts_for_someone
from impact.core.access.permissions import Role, has_any_role

# What belongs to networks though its address does not begin with the word.
OF_NETWORKS = (
    "/networks/",
    "/groups/",
    "/memberships/",
    "/meetings/",
    "/invitations/",
    "/materials/",
    "/restricted-notes/",
    "/photos/",
    "/learning/",
    "/themes/",
    "/actions/",
    *("/bookings/", "/booking-needs/", "/booking-costs/", "/venues/", "/providers/", "/lead-times/"),
)
OF_SITES = (
    "/commitments/",
    *("/sites/", "/topics/", "/organisations/", "/evidence/", "/evidence-gaps/", "/learning-notes/", "/news/"),
    *("/questions/", "/outcomes/", "/co-production-checks/"),
)
# (label, URL name, what the addresses of its pages begin with, global roles that see it; None: everybody signed in)
NAVIGATION: list[tuple[str, str, tuple[str, ...], set[Role] | None]] = [
    ("Home", "home", (), None),
    ("Sites", "sites:list", OF_SITES, None),
    ("Rounds", "sites:round-list", ("/rounds/",), None),
    ("Assessing", "sites:assessing", ("/assessing/",), {Role.ASSESSOR}),
    ("Networks", "networks:list", OF_NETWORKS, None),
    ("Co-production", "coproduction:index", ("/co-production/", "/equality/"), None),
    ("Reports", "reports:list", ("/reports/",), None),
    ("People", "core:people", ("/people/", "/imports/"), {Role.ADMINISTRATOR, Role.STAFF, Role.ENGAGEMENT_LEAD}),
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
    {"email": "supporter@impact.example", "role": "Supporter of two members"},
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
    for label, name, prefixes, roles in NAVIGATION:
        if roles is None or has_any_role(user, roles):
            url = reverse(name)
            current = request.path == url or request.path.startswith(prefixes)
            context["nav_items"].append({"label": label, "url": url, "current": current})
    labels = [Role(role).label for role in sorted(user.global_roles)]
    if acts_for_someone(user):
        context["acting_rows"] = list(ActingFor.objects.by(user).select_related("person"))
    context["me"] = {"name": user.display_name, "email": user.email, "role_label": ", ".join(labels)}
    return context
