"""The posts that somebody holds or held at sites, for the page about them."""

from typing import Any

from impact.core.basics import clock
from impact.core.basics.dates import day
from impact.core.people.lookup import Place
from impact.core.people.models import Person
from sites.registry.models import Site, SiteRole


def posts_of(person: Person, reader: Any) -> list[Place]:
    """A person's posts at the sites that the reader may see, those of today first."""
    rows = SiteRole.objects.filter(person=person, site__in=Site.objects.visible_to(reader)).select_related("site")
    today = clock.today()
    places = [
        Place(
            name=role.site.name,
            href=role.site.get_absolute_url(),
            role=role.get_kind_display(),
            when=f"{day(role.starts_on) or 'no first day'} to {day(role.ends_on) if role.ends_on else 'present'}",
            is_current=not role.ends_on or role.ends_on >= today,
        )
        for role in rows.order_by("-starts_on", "pk")
    ]
    return sorted(places, key=lambda place: not place.is_current)
