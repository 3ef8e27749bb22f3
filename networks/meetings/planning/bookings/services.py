"""Bookings for a meeting, from needed to done; what people say of what was arranged for them."""

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
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import save_changes
from impact.core.basics.vocabulary import Format
from impact.core.notices.services import tell
from impact.core.people.models import Person
from networks.documents.materials.models import Material
from networks.meetings.invitations.services import is_announced
from networks.meetings.models import Meeting
from networks.meetings.planning.bookings.models import Booking, BookingNeed
from networks.meetings.planning.bookings.needs import Need, people_needing, place_of, standing_of
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


def _require_to_come(meeting: Meeting) -> None:
    if meeting.act != "prepare":
        raise StateConflict("This meeting has started, is over or was cancelled, so nothing can be booked for it.")


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

    ``people`` are those of the first meeting for whom it is; at the others it is for those of them who need it there too.
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
        _require_to_come(meeting)
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
        _request(booking, wish.provider, wish.requested_on, wish.sent)
    elif wish.provider:
        _require_in_use(booking, wish.provider)
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
        raise ValidationError({"people": f"This is seen to already: {row.booking.title}. Open that booking."})
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
    _require_to_come(meeting)
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


# --- Steps ---------------------------------------------------------------------------------------
def _held(by: Actor, booking: Booking) -> Booking:
    """The booking as it is now, held; its meeting is held first, as moving the meeting does."""
    require(by, "networks.arrange_bookings", booking)
    meeting = locked(booking.meeting)
    rows = Booking.objects.select_for_update(of=("self",)).select_related("provider", "material")
    row = rows.get(pk=booking.pk)
    row.meeting = meeting
    return row


def _require_live(booking: Booking, *, also: Iterable[str] = ()) -> None:
    if not booking.is_live and booking.state not in also:
        raise StateConflict(f"This booking is {booking.get_state_display().lower()}. Book it again if it is needed.")


def _past(value: date | None, name: str) -> date:
    on = value or clock.today()
    if on > clock.today():
        raise ValidationError({name: "Date cannot be in the future. Enter today or an earlier day."})
    return on


def _require_in_use(booking: Booking, provider: Provider) -> None:
    if not provider.is_active and provider.pk != booking.provider_id:
        raise ValidationError({"provider": "This provider is not used any more. Choose another."})


def _request(booking: Booking, provider: Provider | None, on: date | None, sent: str) -> None:
    if provider is None:
        raise ValidationError({"provider": "Choose whom you asked."})
    _require_in_use(booking, provider)
    booking.provider, booking.requested_on, booking.sent = provider, _past(on, "requested_on"), sent.strip()
    booking.state, booking.closed_on = State.REQUESTED, None
    booking.booked_for, booking.booked_place = booking.meeting.starts_at, place_of(booking.meeting)


def _save(booking: Booking, changes: dict[str, Any], expected: int | None) -> list[str]:
    fresh = Booking.objects.select_related("meeting__group").get(pk=booking.pk)
    changed = save_changes(fresh, changes, expected=expected)
    booking.version = fresh.version
    return changed


def _changed(booking: Booking) -> list[Need]:
    """What those it is for need differently now than when it was decided."""
    needs = [need for line in standing_of(booking.meeting).lines for need in line.needs]
    return [need for need in needs if need.is_changed and need.booking and need.booking.pk == booking.pk]


def _settle(booking: Booking) -> None:
    """What people said is wrong, or need differently now, has been seen to."""
    booking.needs.exclude(wrong="").update(wrong="", wrong_at=None)
    for need in _changed(booking):
        booking.needs.filter(person=need.person).update(words=need.words)


@transaction.atomic
def request_booking(
    *,
    by: Actor,
    booking: Booking,
    provider: Provider,
    requested_on: date | None = None,
    sent: str = "",
    estimate_pence: int | None = None,
    expected: int | None = None,
) -> Booking:
    """Note that a provider was asked: whom, when, and what they were sent. Again after the meeting moved."""
    row = _held(by, booking)
    _require_live(row, also=[State.NOT_FOUND])
    _require_to_come(row.meeting)
    _request(row, provider, requested_on, sent)
    names = ["provider", "requested_on", "sent", "state", "closed_on", "booked_for", "booked_place"]
    changes = {name: getattr(row, name) for name in names} | {"arranged_by_id": by.pk, "told_on": None}
    if estimate_pence is not None:
        changes["estimate_pence"] = estimate_pence
    _save(row, changes, expected)
    _settle(row)
    audit.record(by, "booking.requested", row, kind=row.get_kind_display())
    return row


@transaction.atomic
def confirm_booking(
    *,
    by: Actor,
    booking: Booking,
    confirmed_on: date | None = None,
    reference: str = "",
    who_comes: str = "",
    provider: Provider | None = None,
    expected: int | None = None,
) -> Booking:
    """Say that it is booked, for the time and place of the meeting as they are now; the people it is for are told."""
    row = _held(by, booking)
    _require_live(row, also=[State.NOT_FOUND])
    _require_to_come(row.meeting)
    if row.kind == Kind.EASY_READ and row.material and Format.EASY_READ not in row.material.available:
        raise StateConflict("Add the Easy Read file to the paper: that confirms it.")
    is_moved = (row.booked_for, row.booked_place) != (row.meeting.starts_at, place_of(row.meeting))
    is_questioned = row.needs.exclude(wrong="").exists() or bool(_changed(row))
    if row.state == State.CONFIRMED and not is_moved and not is_questioned:
        raise StateConflict("This is confirmed already, for the time and place that the meeting has now.")
    _confirm(by, row, confirmed_on, reference, who_comes, provider, expected)
    return row


def _confirm(
    by: Actor,
    row: Booking,
    on: date | None,
    reference: str,
    who_comes: str,
    provider: Provider | None,
    expected: int | None,
) -> None:
    changes: dict[str, Any] = {
        "state": State.CONFIRMED,
        "confirmed_on": _past(on, "confirmed_on"),
        "reference": reference.strip(),
        "who_comes": " ".join(who_comes.split()),
        "booked_for": row.meeting.starts_at,
        "booked_place": place_of(row.meeting),
        "closed_on": None,
    }
    if provider is not None:
        _require_in_use(row, provider)
        changes["provider"] = provider
    _save(row, changes, expected)
    _settle(row)
    audit.record(by, "booking.confirmed", row, kind=row.get_kind_display())
    on_day = day(row.meeting.starts_on)
    _tell_people(
        row,
        event="support-confirmed",
        title=f"Your support is booked for {on_day}",
        words=f"Something that you need is booked for the meeting on {on_day}. Open the page, or the link "
        "in your invitation, to read what it is, and to say if it is not right.",
        key=f"booking-confirmed:{row.pk}:{row.version}",
    )


def _tell_people(booking: Booking, *, event: str, title: str, words: str, key: str) -> None:
    """Tell those it is for, unless they cannot come. Of drafts they read in their invitation; of past meetings no one
    has to know."""
    meeting = booking.meeting
    if not is_announced(meeting):
        return
    absent = set(meeting.invitations.filter(answer="no").values_list("person", flat=True))
    people = [need.person for need in booking.needs.select_related("person") if need.person_id not in absent]
    tell(people=people, event=event, about=meeting, title=title, words=words, path=meeting.get_absolute_url(), key=key)


def confirm_by_file(by: Actor, material: Material, format: str) -> None:
    """An Easy Read file was put with a paper: what was booked for it is confirmed by that."""
    if format != Format.EASY_READ:
        return
    rows = Booking.objects.filter(material=material, kind=Kind.EASY_READ, state__in=[State.NEEDED, State.REQUESTED])
    for row in rows.select_for_update(of=("self",)).select_related("meeting__group"):
        _confirm(by, row, None, row.reference, row.who_comes, None, None)


@transaction.atomic
def give_up_booking(
    *,
    by: Actor,
    booking: Booking,
    reason: str,
    offered: str,
    told_on: date | None = None,
    expected: int | None = None,
) -> Booking:
    """Say that it could not be found, why, what is offered instead, and when the person was told of that."""
    row = _held(by, booking)
    _require_live(row, also=[State.NOT_FOUND])
    for name, words, ask in (("reason", reason, "Say why."), ("offered", offered, "Say what is offered instead.")):
        if not words.strip():
            raise ValidationError({name: ask})
    if told_on:
        _past(told_on, "told_on")
    changes = {
        "state": State.NOT_FOUND,
        "reason": reason.strip(),
        "offered": offered.strip(),
        "told_on": told_on,
        "closed_on": row.closed_on or clock.today(),
    }
    is_new_offer = row.is_live or row.offered != changes["offered"]
    _save(row, changes, expected)
    if is_new_offer:
        _settle(row)
    audit.record(by, "booking.not_found", row, kind=row.get_kind_display(), told="yes" if told_on else "no")
    return row


@transaction.atomic
def cancel_booking(
    *, by: Actor, booking: Booking, reason: str, cost_pence: int | None = None, expected: int | None = None
) -> Booking:
    """Cancel it, with the reason and what cancelling so late costs. Needs that are still there are open again."""
    row = _held(by, booking)
    _require_live(row)
    if not reason.strip():
        raise ValidationError({"reason": "Say why it is cancelled."})
    changes = {
        "state": State.CANCELLED,
        "reason": reason.strip(),
        "actual_pence": cost_pence,
        "closed_on": clock.today(),
    }
    was_confirmed = row.state == State.CONFIRMED
    _save(row, changes, expected)
    _settle(row)
    audit.record(by, "booking.cancelled", row, kind=row.get_kind_display())
    if was_confirmed:
        on_day = day(row.meeting.starts_on)
        _tell_people(
            row,
            event="support-cancelled",
            title=f"A change to your support on {on_day}",
            words=f"Something that was booked for you on {on_day} is cancelled. Open the page to read more, or ask the "
            "coordinator.",
            key=f"booking-cancelled:{row.pk}",
        )
    return row


@transaction.atomic
def finish_booking(
    *, by: Actor, booking: Booking, actual_pence: int | None = None, expected: int | None = None
) -> Booking:
    """Say that it took place, and what it cost. Also to put the cost right later."""
    row = _held(by, booking)
    _require_live(row, also=[State.DONE])
    if not row.meeting.has_started or row.meeting.status == Meeting.Status.CANCELLED:
        raise StateConflict("The meeting has not taken place. Say so after it.")
    changes = {
        "state": State.DONE,
        "actual_pence": actual_pence,
        "confirmed_on": row.confirmed_on or row.meeting.starts_on,  # it came, so it was confirmed by then
        "closed_on": row.closed_on or clock.today(),
    }
    if _save(row, changes, expected):
        audit.record(by, "booking.done", row, kind=row.get_kind_display())
    return row


@transaction.atomic
def change_booking(
    *,
    by: Actor,
    booking: Booking,
    what: str,
    due_on: date | None = None,
    estimate_pence: int | None = None,
    expected: int | None = None,
) -> Booking:
    """Say more exactly what is booked, when a paper is due, or what it is expected to cost."""
    row = _held(by, booking)
    _require_live(row)
    if due_on and due_on > row.meeting.starts_on:
        raise ValidationError({"due_on": "Choose the day of the meeting or an earlier one."})
    changes = {"what": " ".join(what.split()), "due_on": due_on, "estimate_pence": estimate_pence}
    if changed := _save(row, changes, expected):
        audit.record(by, "booking.changed", row, fields=changed)
    return row
