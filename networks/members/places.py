"""Where someone belongs, for the page about them."""

from collections.abc import Collection
from typing import Any

from impact.core.basics import clock
from impact.core.basics.dates import day
from impact.core.people.lookup import Place
from impact.core.people.models import Person
from impact.core.people.rights.holdings.looked import Together
from networks.groups.models import Group, Membership
from networks.members.joining.models import JoinInvitation


def groups_of(person: Person, reader: Any) -> list[Place]:
    """The groups of a person that the reader may see, those of today first, and what they are invited to."""
    seen = Group.objects.visible_to(reader)
    rows = Membership.objects.filter(person=person, group__in=seen).select_related("group").order_by("-starts_on")
    today = clock.today()
    places = [
        Place(
            name=m.group.name,
            href=m.group.get_absolute_url(),
            role=m.get_role_display(),
            when=f"{day(m.starts_on)} to {day(m.ends_on) if m.ends_on else 'present'}",
            is_current=m.is_current(today),
        )
        for m in rows
    ]
    if person.user:
        places += [
            Place(
                name=row.group.name,
                href=row.group.get_absolute_url() + "#invited",
                role=row.get_role_display(),
                when=f"invited on {day(row.sent_at)}, no answer yet",
                is_current=True,
            )
            for row in JoinInvitation.objects.visible_to(person.user)
            .unanswered()
            .filter(group__in=seen)
            .select_related("group")
        ]
    return sorted(places, key=lambda place: not place.is_current)


def seen_with_group(person: Person) -> list[Together]:
    """The groups whose pages show what this person needs beside what others need, while they belong to them."""
    rows = Membership.objects.filter(person=person).values_list("group_id", "starts_on", "ends_on")
    return [Together("networks.group", str(group), starts_on, ends_on) for group, starts_on, ends_on in rows]


def coordinators_among(accounts: Collection[int]) -> set[int]:
    """Which of these accounts have ever coordinated a group: they act for the platform, so people learn their names."""
    rows = Membership.objects.filter(role=Membership.Role.COORDINATOR, person__user__in=list(accounts))
    return set(rows.values_list("person__user_id", flat=True))


def coordinators_of(people: Collection[int]) -> dict[int, list[tuple[Person, str]]]:
    """Who coordinates the groups of these people today, or covers for them, with the page on which to ask them again."""
    today = clock.today()
    rows = Membership.objects.current(today).filter(person__in=list(people)).select_related("group")
    leaders: dict[int, list[Person]] = {}
    groups = {row.group_id for row in rows}
    for person, group in Membership.objects.current(today).filter(group__in=groups).who_runs():
        leaders.setdefault(group, []).append(person)
    asked: dict[int, list[tuple[Person, str]]] = {}
    for row in rows:
        path = row.group.get_absolute_url() + "#members"
        others = [(person, path) for person in leaders.get(row.group_id, []) if person.pk != row.person_id]
        asked.setdefault(row.person_id, []).extend(others)
    return asked
