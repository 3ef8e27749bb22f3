"""Two people at one booking at the same moment. Without the lock, the fault is there to see."""

import threading
from datetime import date

import pytest
from django.core.exceptions import ValidationError

from impact.core.access.models import AuditEvent
from impact.core.basics.states import StateConflict
from networks.meetings.planning.bookings import making, services
from networks.meetings.planning.bookings.models import Booking, BookingNeed
from networks.meetings.planning.bookings.own import said
from networks.meetings.planning.directory.services import add_provider
from tests import factories
from tests.coproduction.at_once import at_once, meet, without_locks
from tests.networks.meetings.test_bookings import needing, problems_of

pytestmark = [pytest.mark.postgresql_only, pytest.mark.database, pytest.mark.django_db(transaction=True)]


@pytest.fixture(params=[True, False], ids=["locked", "without the lock"])
def is_locked(request, monkeypatch):
    """Each race twice: as it is, and with the protection off, to see that the fault bites."""
    if not request.param:
        without_locks(monkeypatch)
    return request.param


@pytest.fixture
def asked(circle):
    """An interpreter who was asked for one member with an account."""
    circle.staff = factories.UserFactory(roles=["staff"])
    circle.account = factories.UserFactory()
    circle.person = needing(circle, 0, account=circle.account, access_arrangements="BSL interpreter")
    circle.signers = add_provider(by=circle.staff, name="Clear Hands", kinds=["bsl"], phone="0300 000 0000")
    circle.book = lambda by=None: making.book(
        by=by or circle.coordinator,
        meetings=[circle.later],
        kind="bsl",
        people=[circle.person],
        provider=circle.signers,
        requested_on=date(2023, 1, 16),
    )[0]
    circle.booking = circle.book()
    return circle


def first(monkeypatch, owner: object, name: str):
    """What the other act does once this one has come to a step, where it waits until the other has ended or is held up."""
    reached = threading.Event()
    meet(monkeypatch, owner, name)
    wait = getattr(owner, name)
    monkeypatch.setattr(owner, name, lambda *args, **kwargs: (reached.set(), wait(*args, **kwargs))[1])
    return lambda act: lambda: (reached.wait(60), act())[1]


def test_a_booking_that_is_confirmed_and_cancelled_at_once_ends_as_the_last_one_said(asked, is_locked, monkeypatch):
    w, booking = asked, asked.booking
    then = first(monkeypatch, services, "_confirm")
    at_once(
        lambda: services.confirm_booking(by=w.coordinator, booking=booking),
        then(lambda: services.cancel_booking(by=w.staff, booking=booking, reason="Moved online")),
    )
    said_last = AuditEvent.objects.filter(type__startswith="booking.").order_by("pk").last().type
    state = Booking.objects.get().state
    assert (said_last, state) == (
        ("booking.cancelled", "cancelled") if is_locked else ("booking.confirmed", "confirmed")
    ), "without the lock a cancelled booking is confirmed, and the person is told that it is"


def test_a_need_is_booked_once_by_two_coordinators_at_once(asked, is_locked, monkeypatch):
    w = asked
    services.cancel_booking(by=w.coordinator, booking=w.booking, reason="They are ill")
    meet(monkeypatch, Booking, "full_clean")
    found = at_once(w.book, lambda: w.book(w.staff))
    assert Booking.objects.live().count() == (1 if is_locked else 2)
    refused = [str(one) for one in found if isinstance(one, ValidationError)]
    assert len(refused) == is_locked and all("arranged already" in words for words in refused)


def test_what_a_person_says_while_their_booking_is_confirmed_is_not_lost(asked, is_locked, monkeypatch):
    """The coordinator has the page open; the person says that it is not right; the coordinator confirms."""
    w, need = asked, BookingNeed.objects.get()
    seen = services.needs_mark(w.booking)
    then = first(monkeypatch, services, "_save")
    confirmed, spoken = at_once(
        lambda: services.confirm_booking(by=w.coordinator, booking=w.booking, seen=seen),
        then(lambda: said.say_wrong(by=w.account, need=need, words="I need two")),
    )
    assert isinstance(spoken, BookingNeed) and not isinstance(confirmed, StateConflict)
    assert (problems_of(w.booking) == ["wrong"]) == is_locked, "settled by someone who never read it"
