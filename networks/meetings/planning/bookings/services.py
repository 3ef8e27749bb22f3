"""The steps of a booking: asked for, confirmed, not found, cancelled, done."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics import clock
from impact.core.basics.dates import day
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import mark, save_changes
from impact.core.basics.vocabulary import Format
from impact.core.notices.services import tell
from networks.documents.materials.models import Material
from networks.meetings.invitations.services import is_announced
from networks.meetings.models import Meeting
from networks.meetings.planning.bookings.models import Booking
from networks.meetings.planning.bookings.needs import Need, place_of, standing_of
from networks.meetings.planning.directory.kinds import Kind
from networks.meetings.planning.directory.models import Provider
from networks.meetings.services import locked

State = Booking.State


def require_to_come(meeting: Meeting) -> None:
    """Refuse what only makes sense before a meeting."""
    if meeting.act != "prepare":
        raise StateConflict("This meeting has started, is over or was cancelled, so nothing can be booked for it.")


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


def require_in_use(booking: Booking, provider: Provider) -> None:
    """Refuse a provider who is no longer used, except for what is already booked with them."""
    if not provider.is_active and provider.pk != booking.provider_id:
        raise ValidationError({"provider": "This provider is no longer used. Choose another."})


def note_request(booking: Booking, provider: Provider | None, on: date | None, sent: str) -> None:
    """Set who was asked and when, for the time and place of the meeting as they are. The caller saves it."""
    if provider is None:
        raise ValidationError({"provider": "Choose whom you asked."})
    require_in_use(booking, provider)
    booking.provider, booking.requested_on, booking.sent = provider, _past(on, "requested_on"), sent.strip()
    booking.state, booking.closed_on = State.REQUESTED, None
    booking.booked_for, booking.booked_place = booking.meeting.starts_at, place_of(booking.meeting)


def _save(booking: Booking, changes: dict[str, Any], expected: int | None) -> list[str]:
    fresh = Booking.objects.select_related("meeting__group").get(pk=booking.pk)
    changed = save_changes(fresh, changes, expected=expected)
    booking.version = fresh.version
    return changed


def _changed(booking: Booking) -> list[Need]:
    """The needs of those it is for that have changed since it was decided."""
    needs = [need for line in standing_of(booking.meeting).lines for need in line.needs]
    return [need for need in needs if need.is_changed and need.booking and need.booking.pk == booking.pk]


def needs_mark(booking: Booking) -> str:
    """A mark of what people need and say of this booking, by which to tell later whether it changed since a page showed it."""
    now = {
        need.person.pk: need.words
        for line in standing_of(booking.meeting).lines
        for need in line.needs
        if need.booking and need.booking.pk == booking.pk
    }
    rows = booking.needs.order_by("person_id").values_list("person_id", "wrong")
    return mark(*[value for person, wrong in rows for value in (person, wrong, now.get(person, ""))])


def _require_seen(booking: Booking, seen: str | None) -> None:
    if seen and seen != needs_mark(booking):
        raise StateConflict(
            "What someone needs, or says of this booking, has changed since you opened this page. Read it on the page "
            "of the booking. Then save again.",
            code="needs",
        )


def _settle(booking: Booking) -> None:
    """Mark what people said is wrong, and how their needs changed, as dealt with."""
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
    seen: str | None = None,
) -> Booking:
    """Note which provider was asked, when, and what they were sent. It can be asked again after the meeting moved."""
    row = _held(by, booking)
    _require_live(row, also=[State.NOT_FOUND])
    require_to_come(row.meeting)
    _require_seen(row, seen)
    note_request(row, provider, requested_on, sent)
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
    seen: str | None = None,
) -> Booking:
    """Say that it is booked, for the time and place of the meeting as they are now; the people it is for are told.

    ``seen``: ``needs_mark`` of the page on which this was decided. What people said since is not settled unread.
    """
    row = _held(by, booking)
    _require_live(row, also=[State.NOT_FOUND])
    require_to_come(row.meeting)
    if row.kind == Kind.EASY_READ and row.material and Format.EASY_READ not in row.material.available:
        raise StateConflict("Add the Easy Read file to the paper: that confirms it.")
    is_moved = (row.booked_for, row.booked_place) != (row.meeting.starts_at, place_of(row.meeting))
    is_questioned = row.needs.exclude(wrong="").exists() or bool(_changed(row))
    if row.state == State.CONFIRMED and not is_moved and not is_questioned:
        raise StateConflict("This is confirmed already, for the time and place that the meeting has now.")
    _require_seen(row, seen)
    _confirm(
        by,
        row,
        on=confirmed_on,
        reference=reference,
        who_comes=who_comes,
        provider=provider,
        expected=expected,
    )
    return row


def _confirm(
    by: Actor,
    row: Booking,
    *,
    reference: str,
    who_comes: str,
    on: date | None = None,
    provider: Provider | None = None,
    expected: int | None = None,
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
        require_in_use(row, provider)
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
    """Tell those it is for, unless they cannot come or the meeting is a draft, over or cancelled. About a draft they read in
    their invitation."""
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
        _confirm(by, row, reference=row.reference, who_comes=row.who_comes)


@transaction.atomic
def give_up_booking(
    *,
    by: Actor,
    booking: Booking,
    reason: str,
    offered: str,
    told_on: date | None = None,
    expected: int | None = None,
    seen: str | None = None,
) -> Booking:
    """Say that it could not be found, why, what is offered instead, and when the person was told of that."""
    row = _held(by, booking)
    _require_live(row, also=[State.NOT_FOUND])
    _require_seen(row, seen)
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
