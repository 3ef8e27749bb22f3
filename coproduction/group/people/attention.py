"""What someone should look at about members."""

from typing import Any

from django.urls import reverse

from coproduction.group.members import say_day
from coproduction.group.models import SupportLink
from coproduction.group.people.models import Term
from impact.core.access.permissions import has_perm
from impact.core.basics import clock

FEW = 4


def terms_attention(user: Any) -> list[dict[str, str]]:
    """Terms of office that end soon or have ended, for the engagement lead."""
    if not has_perm(user, "coproduction.edit_members"):
        return []
    today = clock.today()
    rows = list(Term.objects.running_out(today).select_related("membership__person")[: FEW + 1])
    return [
        {
            "title": f"Reappoint {term.membership.person.name}, or record their last day",
            "href": term.get_absolute_url() + "#terms",
            "detail": f"Their term {'ended' if term.ends_on < today else 'ends'} on {say_day(term.ends_on)}.",
            "tone": "red" if term.ends_on < today else "yellow",
        }
        for term in rows[:FEW]
    ]


def supporting_attention(user: Any) -> list[dict[str, str]]:
    """Whom a supporter writes things down for: a line for each group."""
    links = SupportLink.objects.visible_to(user).in_force().one_each().filter(supporter__user_id=user.pk)
    names: dict[tuple[str, str], list[str]] = {}
    for link in links.select_related("group", "member"):
        names.setdefault((link.group.slug, link.group.name), []).append(link.member.name)
    return [
        {
            "title": f"You support {' and '.join(members)}",
            "href": reverse("coproduction:supporting", args=[slug]),
            "detail": f"{group}. Choose who you write for.",
            "tone": "blue",
        }
        for (slug, group), members in names.items()
    ]
