"""What pages about a group's members share."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse

from coproduction.group.members import deciding_members, groups_seen_by
from coproduction.group.models import SupportLink
from coproduction.group.people.models import Strengths, Term, memberships_for
from impact.core.basics import clock
from impact.core.people.models import Consent, Person
from impact.core.web.forms import Crumbs
from networks.groups.models import Group, Membership


def find_chartered(request: HttpRequest, slug: str) -> Group:
    """A group with a charter that the reader may see, or 404."""
    return get_object_or_404(groups_seen_by(request.user).filter(charter__isnull=False), slug=slug)


def find_member(request: HttpRequest, pk: int) -> Membership:
    """A membership whose page the reader may open, or 404."""
    return get_object_or_404(memberships_for(request.user).select_related("group__charter", "person"), pk=pk)


def crumbs_of(group: Group) -> Crumbs:
    return [
        ("Co-production", reverse("coproduction:index")),
        ("The group", reverse("coproduction:group-detail", args=[group.slug])),
    ]


def member_crumbs(membership: Membership) -> Crumbs:
    href = reverse("coproduction:member-detail", args=[membership.pk])
    return [*crumbs_of(membership.group), (membership.person.name, href)]


def is_own(user: Any, person: Person) -> bool:
    """Whether the reader is this person."""
    return person.user_id is not None and person.user_id == user.pk


def supported_by(user: Any, group: Group) -> list[Membership]:
    """The members of a group whom the reader supports today, by name."""
    links = SupportLink.objects.in_force().filter(group=group, supporter__user_id=user.pk)
    rows = deciding_members(group).filter(person__in=links.values("member"))
    return list(rows.select_related("person").order_by("person__name", "pk"))


@dataclass
class Row:
    """A member on the page of their group, as far as the reader may know of them."""

    membership: Membership
    term: Term | None
    terms: int
    strengths: Strengths | None
    is_open: bool

    @property
    def role(self) -> str:
        return str(self.membership.get_role_display())


def people_rows(group: Group, user: Any) -> list[Row]:
    """The members of today with their term and, where the reader may see them, strengths: chair first, then by name."""
    rows = list(deciding_members(group).select_related("person").order_by("person__name", "pk"))
    terms: dict[int, list[Term]] = {}
    for term in Term.objects.visible_to(user).filter(membership__in=rows).order_by("starts_on"):
        terms.setdefault(term.membership_id, []).append(term)
    strengths = Strengths.objects.visible_to(user).filter(group=group).exclude(words="")
    by_person = {row.person_id: row for row in strengths.select_related("person", "recorded_by__person")}
    open_ids = set(memberships_for(user).filter(group=group).values_list("pk", flat=True))
    order = {Membership.Role.CHAIR: 0, Membership.Role.VICE_CHAIR: 1}
    found = [
        Row(
            membership=m,
            term=terms[m.pk][-1] if m.pk in terms else None,
            terms=len(terms.get(m.pk, [])),
            strengths=by_person.get(m.person_id),
            is_open=m.pk in open_ids,
        )
        for m in rows
    ]
    return sorted(found, key=lambda row: order.get(Membership.Role(row.membership.role), 2))


def shows_strengths(person: Person) -> bool:
    """Whether the group sees this person's strengths today."""
    rows = Consent.objects.filter(person=person, purpose=Consent.Purpose.STRENGTHS)
    newest = rows.order_by("-given_on", "-pk").first()
    today = clock.today()
    return newest is not None and newest.is_given and (newest.expires_on is None or newest.expires_on > today)
