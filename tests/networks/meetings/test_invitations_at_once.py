"""A person's new address and a change of their meeting at the same moment."""

import threading

import pytest

from impact.core.people.services import update_person
from networks.meetings.invitations import services
from networks.meetings.invitations.services import announce_meeting
from networks.meetings.models import Meeting
from networks.meetings.services import update_meeting
from tests import factories
from tests.coproduction.at_once import at_once, meet

pytestmark = [pytest.mark.postgresql_only, pytest.mark.database, pytest.mark.django_db(transaction=True)]


def test_a_new_address_and_a_new_place_at_once_do_not_wait_for_each_other(circle, monkeypatch):
    """Both lock the meeting first. With the invitation first, each would hold what the other needs."""
    person = circle.members[0].person
    person.email = "one@example.org"
    person.save()
    Meeting.objects.filter(pk=circle.later.pk).update(announced_at=None)
    meeting = Meeting.objects.get(pk=circle.later.pk)
    announce_meeting(by=circle.coordinator, meeting=meeting)
    staff, meeting = factories.UserFactory(roles=["staff"]), Meeting.objects.get(pk=meeting.pk)
    key = meeting.invitations.get(person=person).key
    reached = threading.Event()
    meet(monkeypatch, services, "match_group")
    wait = services.match_group
    monkeypatch.setattr(services, "match_group", lambda group: (reached.set(), wait(group))[1])
    found = at_once(
        lambda: update_person(by=staff, person=person, email="new@example.org"),
        lambda: (
            reached.wait(60),
            update_meeting(by=circle.coordinator, meeting=meeting, place="The Barn", reason="Warmer"),
        )[1],
    )
    assert not [one for one in found if isinstance(one, Exception)]
    invitation = meeting.invitations.get(person=person)
    assert invitation.key != key and Meeting.objects.get(pk=meeting.pk).place == "The Barn"
