"""From a need to a booking, or to the reason why there is none this time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics import clock
from impact.core.basics.dates import day
from impact.core.people.models import Person
from networks.documents.materials.models import Material
from networks.meetings.models import Meeting
from networks.meetings.planning.bookings.models import Booking, BookingNeed
from networks.meetings.planning.bookings.needs import Need, people_needing, standing_of
from networks.meetings.planning.bookings.services import note_request, require_in_use, require_to_come
from networks.meetings.planning.directory.kinds import FOR_NO_ONE, Kind
from networks.meetings.planning.directory.models import Provider
from networks.meetings.services import locked

State = Booking.State
MOST_AT_ONCE = 12  # meetings of a series


# --- Booking -------------------------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True)
class _Wish:
    """What to book, the same at each meeting of a series."""

    kind: str
    material: Material | None
    what: str
    due_on: date | None
    provider: Provider | None
    requested_on: date | None
    sent: str
    estimate_pence: int | None


@transaction.atomic
def book(
    *,
    by: Actor,
    meetings: Sequence[Meeting],
    kind: str,
    people: Iterable[Person] = (),
    material: Material | None = None,
    what: str = "",
    due_on: date | None = None,
    provider: Provider | None = None,
    requested_on: date | None = None,
    sent: str = "",
    estimate_pence: int | None = None,
) -> list[Booking]:
    """Turn a need into a booking, at one meeting or at several of a series at once: all of them, or none.

    ``people``: who it is for at the first meeting. At the others it is for those of them who need it there too.
    With ``requested_on`` the provider has been asked already.
    """
    if not meetings:
        raise ValidationError({"meetings": "Choose at least one meeting."})
    if len(meetings) > MOST_AT_ONCE:
        raise ValidationError({"meetings": f"Book for at most {MOST_AT_ONCE} meetings at a time."})
    if material and len(meetings) > 1:
        raise ValidationError({"meetings": "A paper belongs to one meeting. Book the others one by one."})
    wish = _Wish(
        kind=kind,
        material=material,
        what=" ".join(what.split()),
        due_on=due_on,
        provider=provider,
        requested_on=requested_on,
        sent=sent,
        estimate_pence=estimate_pence,
    )
    wanted = list(people)
    made = []
    for number, given in enumerate(meetings):
        require(by, "networks.arrange_bookings", given)
        meeting = locked(given)
        require_to_come(meeting)
        found = {
            need.person.pk: need
            for need in people_needing(standing_of(meeting), kind, material.pk if material else None)
        }
        chosen = [found[person.pk] for person in wanted if person.pk in found]
        if number == 0 and len(chosen) < len(wanted):
            raise ValidationError({"people": "Choose only people who need this at the meeting."})
        if not chosen and kind not in FOR_NO_ONE:
            if number == 0:
                raise ValidationError({"people": "Choose who it is for."})
            continue
        made.append(_book_one(by, meeting, chosen, wish))
    return made


def _book_one(by: Actor, meeting: Meeting, needs: list[Need], wish: _Wish) -> Booking:
    if wish.material and wish.material.meeting_id != meeting.pk:
        raise ValidationError({"material": "Choose a paper of this meeting."})
    if wish.due_on and wish.due_on > meeting.starts_on:
        raise ValidationError(
            {"due_on": f"The meeting is on {day(meeting.starts_on)}. Choose that day or an earlier one."}
        )
    booking = Booking(
        meeting=meeting,
        kind=wish.kind,
        material=wish.material,
        what=wish.what,
        due_on=wish.due_on or (meeting.materials_due_on if wish.kind == Kind.EASY_READ else None),
        estimate_pence=wish.estimate_pence,
        arranged_by_id=by.pk,
        is_illustrative=meeting.is_illustrative,
    )
    if wish.requested_on:
        note_request(booking, wish.provider, wish.requested_on, wish.sent)
    elif wish.provider:
        require_in_use(booking, wish.provider)
        booking.provider = wish.provider
    booking.full_clean()
    booking.save()
    for need in needs:
        _decide(by, meeting, need, booking=booking)
    facts: dict[str, Any] = {"kind": booking.get_kind_display(), "people": len(needs)}
    audit.record(by, "booking.requested" if wish.requested_on else "booking.added", booking, **facts)
    return booking


def _decide(
    by: Actor, meeting: Meeting, need: Need, *, booking: Booking | None = None, reason: str = ""
) -> BookingNeed:
    """Keep what was decided about one need. What is booked for it already stays until that is cancelled or given up."""
    row = need.row
    if row is not None and row.booking is not None and row.booking.is_live:
        raise ValidationError({"people": f"This is arranged already: {row.booking.title}. Open that booking."})
    material = booking.material if booking else need.material
    if row is None or row.material_id != (material.pk if material else None):
        row = BookingNeed(meeting=meeting, person=need.person, kind=need.kind, material=material)
    row.booking, row.not_needed, row.words = booking, reason, need.words
    row.wrong, row.wrong_at, row.worked, row.worked_words = "", None, "", ""
    row.decided_by_id, row.decided_at = by.pk, clock.now()
    row.full_clean()
    row.save()
    return row


@transaction.atomic
def put_aside(
    *, by: Actor, meeting: Meeting, kind: str, reason: str, people: Iterable[Person], material: Material | None = None
) -> int:
    """Say that nothing is booked for a need this time, and why; for how many people. It opens again when the need changes."""
    require(by, "networks.arrange_bookings", meeting)
    meeting = locked(meeting)
    require_to_come(meeting)
    if not reason.strip():
        raise ValidationError({"reason": "Say why it is not needed this time."})
    wanted = {person.pk for person in people}
    needs = [
        n
        for n in people_needing(standing_of(meeting), kind, material.pk if material else None)
        if n.person.pk in wanted
    ]
    if not needs or len(needs) < len(wanted):
        raise ValidationError({"people": "Choose people who need this at the meeting."})
    for need in needs:
        need.material = material
        row = _decide(by, meeting, need, reason=reason.strip())
        audit.record(by, "booking_need.put_aside", row, kind=row.get_kind_display())
    return len(needs)
