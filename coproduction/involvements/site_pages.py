"""What a site's page tells of the involvements that the site asked for, to those who may read them."""

from typing import Any

from django.urls import reverse

from coproduction.group.members import say_day
from coproduction.involvements.models import Involvement
from sites.registry.models import Site

SHOWN = 5


def involvements_of(user: Any, site: Site) -> dict[str, Any] | None:
    """A block for a site's page: its newest involvements, and a link to all of them. None where there are none to see."""
    rows = list(Involvement.objects.visible_to(user).filter(site=site).order_by("-asked_on", "-pk")[:SHOWN])
    if not rows:
        return None
    return {
        "title": "Members were asked",
        "id": "involvements",
        "href": f"{reverse('coproduction:involvement-list')}?site={site.pk}",
        "link": "All of this site",
        "rows": [
            {
                "title": row.title,
                "href": row.get_absolute_url(),
                "key": row.stands,
                "label": row.step_label,
                "note": f"Asked on {say_day(row.asked_on)}",
            }
            for row in rows
        ],
    }
