"""What the page about one's own data has to know of groups with a charter."""

from django.urls import reverse

from coproduction.group.meetings.models import SupportBooking
from impact.core.people.models import Person
from impact.core.people.rights.holdings.looked import Together
from networks.groups.models import Membership


def seen_at_meetings(person: Person) -> list[Together]:
    """The meetings whose page shows the support that this person asked for, beside that of others."""
    meetings = SupportBooking.objects.filter(person=person).values_list("meeting_id", flat=True).distinct()
    return [Together("networks.meeting", str(meeting)) for meeting in meetings]


def member_pages(person: Person) -> list[tuple[str, str]]:
    """Where a member changes who supports them and what they want to bring."""
    rows = Membership.objects.current().filter(person=person, group__charter__isnull=False).select_related("group")
    return [
        (
            f"Your supporters and what you want to bring: {row.group.name}",
            reverse("coproduction:member-detail", args=[row.pk]),
        )
        for row in rows
    ]
