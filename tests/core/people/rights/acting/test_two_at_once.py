"""Two people at the same moment: cover, supporters and accounts that close. Without the lock, the fault is there to see."""

import threading
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction

from coproduction.group.models import SupportLink
from impact.core.access.acting.models import ActingFor
from impact.core.access.models import AuditEvent
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.people.models import User
from impact.core.people.rights.acting import leaving, services
from networks.groups.models import Membership
from networks.meetings.models import Meeting
from networks.meetings.services import plan_meeting
from networks.members.services import add_member, appoint_coordinator
from tests import factories
from tests.coproduction.at_once import at_once, meet, without_locks

pytestmark = [pytest.mark.postgresql_only, pytest.mark.database, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def today():
    with clock.standing_on(date(2023, 1, 2)):
        yield


@pytest.fixture(params=[True, False], ids=["locked", "without the lock"])
def is_locked(request, monkeypatch):
    """Each race twice: as it is, and with the protection off, to see that the fault bites."""
    if not request.param:
        without_locks(monkeypatch)
    return request.param


@pytest.fixture
def w():
    """Kim, who coordinates a group, Sam, who coordinates another, and a member of staff."""
    group = factories.GroupFactory(starts_on=None, ends_on=None)
    kim, sam = factories.user_in(group, "coordinator"), factories.user_in(factories.GroupFactory(), "coordinator")
    kim.group, kim.sam, kim.staff = group, sam, factories.UserFactory(roles=["staff"])
    return kim


def holds_first(monkeypatch, owner: object, name: str) -> threading.Event:
    """Set once the one act has come to a step. There it waits until the other has ended or waits for a lock."""
    reached = threading.Event()
    meet(monkeypatch, owner, name)
    wait = getattr(owner, name)

    def step(*args, **kwargs):
        reached.set()
        return wait(*args, **kwargs)

    monkeypatch.setattr(owner, name, step)
    return reached


def after(reached: threading.Event, act):
    """An act that begins once the other one has come to its step."""

    def begin():
        assert reached.wait(60)
        return act()

    return begin


class Both:
    """The end of two transactions: neither is kept before the other has done its part."""

    @staticmethod
    def done(found):
        return found

    @classmethod
    def together(cls, act):
        def run():
            with transaction.atomic():
                return cls.done(act())

        return run


def ask(w, *, by=None):
    return services.ask_for_cover(
        by=by or w,
        person=w.person,
        helper=w.sam.person,
        duties=[f"coordinate:{w.group.pk}"],
        starts_on=clock.today(),
        ends_on=clock.today() + timedelta(days=3),
    )


def events(*types: str) -> list[str]:
    return list(AuditEvent.objects.filter(type__in=types).order_by("pk").values_list("type", flat=True))


def test_what_the_cover_is_saving_is_saved_before_the_cover_ends_and_never_after(w, is_locked, monkeypatch):
    asked = ask(w)
    services.answer(by=w.sam, acting=asked, is_accepted=True)
    sam, at = User.objects.get(pk=w.sam.pk), clock.now() + timedelta(days=9)
    reached = holds_first(monkeypatch, Meeting, "full_clean")
    given = {"group": w.group, "title": "Late", "starts_at": at, "ends_at": at + timedelta(hours=1)}
    saved, ended = at_once(
        lambda: plan_meeting(by=sam, **given), after(reached, lambda: services.end(by=w, acting=asked))
    )
    assert isinstance(saved, Meeting) and isinstance(ended, ActingFor)
    assert events("meeting.planned", "cover.ended") == (
        ["meeting.planned", "cover.ended"] if is_locked else ["cover.ended", "meeting.planned"]
    )


def test_cover_that_is_asked_for_twice_at_once_is_there_once(w, is_locked, monkeypatch):
    meet(monkeypatch, ActingFor, "full_clean")
    found = at_once(lambda: ask(w), lambda: ask(w, by=w.staff))
    assert ActingFor.objects.count() == (1 if is_locked else 2)
    refused = [one for one in found if isinstance(one, ValidationError)]
    assert len(refused) == is_locked and all("covers this from" in str(one.messages) for one in refused)


def test_of_yes_and_no_said_at_once_one_counts(w, is_locked, monkeypatch):
    """The page is open on a phone and on a laptop."""
    asked = ask(w)
    meet(monkeypatch, ActingFor, "full_clean")
    found = at_once(
        lambda: services.answer(by=w.sam, acting=asked, is_accepted=True),
        lambda: services.answer(by=w.sam, acting=asked, is_accepted=False, reason="Away too"),
    )
    assert sum(isinstance(one, StateConflict) for one in found) == is_locked
    assert len(events("cover.accepted", "cover.declined")) == (1 if is_locked else 2)


def test_a_duty_is_not_given_to_someone_whose_account_closes_at_that_moment(w, is_locked, monkeypatch):
    """Else the group would be left with a coordinator who cannot sign in, and no one would be told."""
    admin = factories.UserFactory(roles=["administrator", "staff"])
    sam = w.sam.person
    Membership.objects.filter(person=sam).delete()
    Membership.objects.create(group=factories.GroupFactory(kind="coordinators"), person=sam, role="member")
    reached = holds_first(monkeypatch, Membership, "full_clean")
    given, closed = at_once(
        lambda: leaving.give(by=admin, person=w.person, helper=sam, duties=[f"coordinate:{w.group.pk}"]),
        after(reached, lambda: leaving.close_account(by=admin, person=sam)),
    )
    assert given == 1, given
    is_open = User.objects.get(pk=w.sam.pk).is_active
    assert is_open == is_locked
    if is_locked:
        assert "Give this away first" in str(closed)


def test_no_one_is_made_coordinator_whose_account_closes_at_that_moment(w, is_locked, monkeypatch):
    """By appointing them, as by giving them a duty: a group would be left with a coordinator who cannot sign in."""
    admin, lee = factories.UserFactory(roles=["administrator", "staff"]), factories.UserFactory().person
    group = factories.GroupFactory(starts_on=None, ends_on=None)
    reached = holds_first(monkeypatch, Membership, "full_clean")
    appointed, closed = at_once(
        lambda: appoint_coordinator(by=admin, group=group, person=lee),
        after(reached, lambda: leaving.close_account(by=admin, person=lee)),
    )
    assert isinstance(appointed, Membership), appointed
    assert User.objects.get(pk=lee.user_id).is_active == is_locked
    if is_locked:
        assert "Give this away first" in str(closed)


def test_a_group_that_is_joined_while_the_supporter_says_yes_is_not_forgotten(w, is_locked, monkeypatch):
    member, gwen = factories.UserFactory(), factories.UserFactory(email="g@example.org")
    acting = services.name_supporter(
        by=member, person=member.person, email=gwen.email, name="", scopes=["words"], ends_on=date(2023, 2, 2)
    )
    group = factories.AdvisoryGroupFactory()
    meet(monkeypatch, Both, "done")
    at_once(
        Both.together(lambda: services.answer(by=gwen, acting=acting, is_accepted=True)),
        Both.together(lambda: add_member(by=w.staff, group=group, person=member.person)),
    )
    assert SupportLink.objects.filter(group=group).count() == is_locked
