"""The demonstration's venues and providers, and what is booked for meetings of the local networks."""

from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from functools import cache

from impact.core.access.permissions import SYSTEM, Actor
from impact.core.basics import clock
from impact.core.basics.vocabulary import Nation
from impact.core.management.demo import read
from impact.core.people.models import User
from networks.meetings.models import Meeting
from networks.meetings.planning.bookings import making, services
from networks.meetings.planning.bookings.models import Booking
from networks.meetings.planning.bookings.needs import people_needing, standing_of
from networks.meetings.planning.bookings.own import said
from networks.meetings.planning.directory.kinds import Kind
from networks.meetings.planning.directory.models import Provider, Venue
from networks.meetings.planning.directory.services import add_provider, add_venue
from networks.meetings.services import update_meeting


@dataclass(frozen=True, kw_only=True)
class ProviderRow:
    """A provider, as bookings.toml has it."""

    name: str
    kinds: list[str]
    nations: list[Nation] = field(default_factory=list)
    languages: str = ""
    phone: str = ""
    email: str = ""
    rates: str = ""
    is_one_person: bool = False


@dataclass(frozen=True, kw_only=True)
class VenueRow:
    """A venue, with what is known to be there and known not to be."""

    name: str
    address: str
    nation: Nation
    yes: list[str]
    no: list[str] = field(default_factory=list)
    notes: str = ""
    checked_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class BookingRow:
    """Something booked for one meeting of a group, by its number."""

    group: str
    meeting: int
    kind: Kind
    provider: str = ""
    requested_on: date
    sent: str = ""
    confirmed_on: date | None = None
    reference: str = ""
    who_comes: str = ""
    estimate_pence: int | None = None
    actual_pence: int | None = None
    worked: str = ""
    worked_words: str = ""


@dataclass(frozen=True, kw_only=True)
class Bookings:
    """bookings.toml."""

    providers: list[ProviderRow]
    venues: list[VenueRow]
    bookings: list[BookingRow]


@cache
def _data() -> Bookings:
    return read(__file__, "bookings.toml", Bookings)


def build_directory(staff: User, on: date) -> None:
    """Fill the directory, unless something is in it."""
    if Provider.objects.exists() or Venue.objects.exists():
        return
    for row in _data().providers:
        with clock.standing_on(on):
            add_provider(by=staff, is_illustrative=True, **asdict(row))
    for place in _data().venues:
        with clock.standing_on(place.checked_on or on):
            answers = {**dict.fromkeys(place.yes, True), **dict.fromkeys(place.no, False)}
            given = {name: getattr(place, name) for name in ("name", "address", "nation", "notes", "checked_on")}
            add_venue(by=staff, is_illustrative=True, **given, **answers)


def _rows_of(meeting: Meeting) -> list[BookingRow]:
    rows = _data().bookings
    return [row for row in rows if (row.group, row.meeting) == (meeting.group.slug, meeting.number)]


def book_for(by: Actor, meeting: Meeting) -> None:
    """Book what the data say for one meeting before it, and say which venue its place is."""
    venue = Venue.objects.filter(name=meeting.place, nation=meeting.group.nation).first() if meeting.place else None
    if venue:
        update_meeting(by=by, meeting=meeting, venue=venue)
    for row in _rows_of(meeting):
        with clock.standing_on(row.requested_on):
            needs = people_needing(standing_of(meeting), row.kind, None)
            provider = Provider.objects.filter(name=row.provider).first()
            [booking] = making.book(
                by=by,
                meetings=[meeting],
                kind=row.kind,
                people=[need.person for need in needs],
                provider=provider,
                requested_on=row.requested_on if provider else None,
                sent=row.sent,
                estimate_pence=row.estimate_pence,
            )
        if row.confirmed_on:
            with clock.standing_on(row.confirmed_on):
                services.confirm_booking(by=by, booking=booking, reference=row.reference, who_comes=row.who_comes)


def finish_for(by: Actor, meeting: Meeting) -> None:
    """Say after one meeting what its bookings cost, and what the people said of them."""
    for row in _rows_of(meeting):
        booking = Booking.objects.filter(meeting=meeting, kind=row.kind, state=Booking.State.CONFIRMED).first()
        if booking is None or row.actual_pence is None:
            continue
        with clock.standing_on(meeting.starts_on + timedelta(days=1)):
            services.finish_booking(by=by, booking=booking, actual_pence=row.actual_pence)
            for need in booking.needs.all() if row.worked else []:
                said.say_worked(by=SYSTEM, need=need, worked=row.worked, words=row.worked_words)
