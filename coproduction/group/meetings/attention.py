"""What someone should look at about support at meetings."""

from typing import Any

from django.urls import reverse

from coproduction.group.meetings.models import SupportBooking
from coproduction.group.members import say_day
from impact.core.basics import clock
from networks.groups.models import Group

FEW = 4


def support_attention(user: Any) -> list[dict[str, str]]:
    """Support that is still to be arranged, for those who arrange it: the nearest meetings first."""
    groups = Group.objects.permitted(user, "coproduction.arrange_support")
    rows = SupportBooking.objects.to_arrange().filter(meeting__group__in=groups)
    rows = rows.select_related("meeting__group", "person").order_by("meeting__starts_at", "pk")
    today = clock.today()
    items = []
    found = list(rows[: FEW + 1])
    for booking in found[:FEW]:
        late = booking.is_late(today)
        by = f" It should be arranged by {say_day(booking.arrange_by)}." if booking.arrange_by else ""
        items.append(
            {
                "title": f"{booking.get_kind_display()} for {booking.person.name}: {booking.state_label.lower()}",
                "href": booking.get_absolute_url(),
                "detail": f"The {booking.meeting.group.name} meets on {say_day(booking.meeting.starts_on)}.{by}",
                "tone": "red" if late else "yellow",
            }
        )
    if len(found) > FEW:
        items.append(
            {
                "title": "More support to arrange",
                "href": reverse("coproduction:support-booking-list") + "?state=open",
                "detail": "",
                "tone": "yellow",
            }
        )
    return items
