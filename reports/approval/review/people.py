"""Who is concerned by each step of a report's way to publication."""

from impact.core.access.models import RoleGrant
from impact.core.access.permissions import GRANTS
from impact.core.people.models import Person


def holders_of(permission: str) -> list[Person]:
    """The people who hold a permission by a global role today."""
    users = RoleGrant.objects.in_force().filter(role__in=GRANTS[permission]).values("user")
    return list(Person.objects.filter(user__in=users, user__is_active=True).order_by("pk"))


def leaders() -> list[Person]:
    """The leadership team, who approve the report."""
    return holders_of("reports.approve_report")
