"""Support at a meeting and the charter put before it, as other pages show them."""

from typing import Any

from django.urls import reverse

from coproduction.charter.models import CharterVersion
from coproduction.group.meetings.models import CharterBeforeMeeting, SupportBooking
from coproduction.group.models import SupportLink
from impact.core.access import audit
from impact.core.access.permissions import has_perm
from impact.core.people.models import Person
from networks.groups.models import Group, Membership
from networks.meetings.models import Meeting


def may_speak_for(user: Any, group: Group) -> list[Person]:
    """For whom the reader may ask for support at a meeting of a group: themselves first, then others by name."""
    members = Membership.objects.counted().filter(group=group).select_related("person").order_by("person__name", "pk")
    people = [membership.person for membership in members]
    if has_perm(user, "coproduction.arrange_support", group):
        found = people
    else:
        links = SupportLink.objects.in_force().filter(group=group, supporter__user_id=user.pk)
        supported = set(links.values_list("member", flat=True))
        found = [p for p in people if p.user_id == user.pk or p.pk in supported]
    return sorted(found, key=lambda p: p.user_id != user.pk)


def put_before(user: Any, version: CharterVersion) -> list[CharterBeforeMeeting]:
    """The meetings that looked at a version, as far as the reader may open them."""
    rows = CharterBeforeMeeting.objects.visible_to(user).filter(version=version)
    return list(rows.filter(meeting__in=Meeting.objects.visible_to(user)).select_related("meeting"))


def beside_meeting(user: Any, meeting: Meeting) -> list[dict[str, Any]]:
    """What stands beside a meeting: support booked, for those who may see it, and the charter text put before it."""
    parts: list[dict[str, Any]] = []
    texts = list(
        CharterBeforeMeeting.objects.visible_to(user).filter(meeting=meeting).select_related("version__charter")
    )
    if texts:
        parts.append({"template": "coproduction/group/meetings/_texts.html", "texts": texts})
    rows = (
        SupportBooking.objects.visible_to(user).filter(meeting=meeting).select_related("person", "arranged_by__person")
    )
    bookings = list(rows.order_by("person__name", "pk"))
    for booking in bookings:
        booking.meeting = meeting
    is_open = meeting.status == Meeting.Status.PLANNED and not meeting.is_over
    may_ask = is_open and has_perm(user, "coproduction.ask_for_support", meeting)
    may_ask = may_ask and bool(may_speak_for(user, meeting.group))
    arranges = has_perm(user, "coproduction.arrange_support", meeting)
    if bookings and arranges:
        audit.record_reading(user, "support", meeting)
    if bookings or may_ask:
        parts.append(
            {
                "template": "coproduction/group/meetings/_support.html",
                "bookings": bookings,
                "names": arranges or any(b.person.user_id != user.pk for b in bookings),
                "add_url": reverse("coproduction:support-booking-add", args=[meeting.pk]) if may_ask else "",
                "arranges": arranges,
            }
        )
    return parts
