"""Where someone belongs, for the page about them."""

from typing import Any

from impact.core.basics import clock
from impact.core.basics.dates import day
from impact.core.people.lookup import Place
from impact.core.people.models import Person
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
