"""What people say of what was arranged for them: that it is not right, and, after the meeting, how it was."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from impact.core.access import audit
from impact.core.access.permissions import SYSTEM, Actor
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from networks.meetings.models import Meeting
from networks.meetings.planning.bookings.models import Booking, BookingNeed
from networks.meetings.services import locked

State = Booking.State


def _require_own(by: Actor, need: BookingNeed) -> None:
    """Of the person themselves, signed in or by the link in their invitation."""
    if by is not SYSTEM and (need.person.user_id is None or need.person.user_id != by.pk):
        raise PermissionDenied("This is about someone else.")


def _own(need: BookingNeed) -> BookingNeed:
    meeting = locked(need.meeting)  # the meeting before what belongs to it, as everywhere
    row = BookingNeed.objects.select_for_update(of=("self",)).select_related("person", "booking").get(pk=need.pk)
    row.meeting = meeting
    return row


@transaction.atomic
def say_wrong(*, by: Actor, need: BookingNeed, words: str) -> BookingNeed:
    """A person says that what is arranged for them is not right, before the meeting; those who plan it see it at once."""
    _require_own(by, need)
    row = _own(need)
    if row.meeting.act != "prepare":
        raise StateConflict("The meeting has begun, is over or was cancelled. Say how it went instead.")
    if not words.strip():
        raise ValidationError({"words": "Say what is not right."})
    row.wrong, row.wrong_at = words.strip(), clock.now()
    row.full_clean()
    row.save(update_fields=["wrong", "wrong_at"])
    audit.record(by, "booking_need.questioned", row)
    return row


@transaction.atomic
def say_worked(*, by: Actor, need: BookingNeed, worked: str, words: str = "") -> BookingNeed:
    """After the meeting: was it there, and did it work. The next booking of this kind shows it."""
    _require_own(by, need)
    row = _own(need)
    if not row.meeting.has_started or row.meeting.status == Meeting.Status.CANCELLED:
        raise StateConflict("The meeting has not taken place. Say so after it.")
    if row.booking is None or row.booking.state == State.CANCELLED:
        raise StateConflict("Nothing was booked, so there is nothing to say of it.")
    if worked not in BookingNeed.Worked.values:
        raise ValidationError({"worked": "Choose one of the answers."})
    row.worked, row.worked_words = worked, words.strip()
    row.full_clean()
    row.save(update_fields=["worked", "worked_words"])
    audit.record(by, "booking_need.rated", row)
    return row
