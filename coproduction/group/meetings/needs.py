"""Support that members asked for at meetings, as needs that a coordinator books for."""

from collections.abc import Sequence
from typing import Any

from coproduction.group.meetings.models import SupportBooking
from networks.meetings.models import Meeting
from networks.meetings.planning.bookings.needs import Asked
from networks.meetings.planning.directory.kinds import Kind

AS_KIND = {
    SupportBooking.Kind.INTERPRETER: Kind.INTERPRETING,
    SupportBooking.Kind.BSL: Kind.BSL,
    SupportBooking.Kind.PERSONAL_ASSISTANT: Kind.ASSISTANT,
    SupportBooking.Kind.EQUIPMENT: Kind.EQUIPMENT,
    SupportBooking.Kind.TRANSPORT: Kind.TRAVEL,
    SupportBooking.Kind.OTHER: Kind.OTHER,
}


def support_asked(meetings: Sequence[Meeting]) -> list[Asked]:
    """What members asked for at these meetings. What is confirmed there needs no booking of its own."""
    rows = SupportBooking.objects.filter(meeting__in=[m.pk for m in meetings], cancelled_on__isnull=True)
    return [
        Asked(
            meeting_id=row.meeting_id,
            person=row.person,
            kind=AS_KIND[SupportBooking.Kind(row.kind)],
            words=" ".join(row.words.split()),
            is_arranged=row.state == SupportBooking.State.CONFIRMED,
            href=row.get_absolute_url(),
        )
        for row in rows.select_related("person", "meeting")
    ]


def meetings_asked() -> Any:
    """The meetings at which someone asked for support."""
    return SupportBooking.objects.filter(cancelled_on__isnull=True).values("meeting")
