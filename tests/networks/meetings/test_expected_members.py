"""One answer to "who is expected?": invitations, the pack, the list in the log, and attendance reports ask the same."""

from datetime import date

import pytest

from networks.documents.materials.papers import needs_of
from networks.log.attendance.services import members_on_day
from networks.log.forms import LogForm
from networks.log.services import perspectives_on_day
from networks.meetings.invitations import services
from tests import factories

pytestmark = pytest.mark.django_db


def test_everyone_in_force_on_the_day_is_expected_in_every_place_and_no_one_else(circle):
    def join(name: str, **dates: date) -> int:
        person = factories.PersonFactory(name=name, access_arrangements="A hearing loop")
        return factories.MembershipFactory(group=circle.group, person=person, **dates).person_id

    last_day = join("Last day", starts_on=date(2022, 7, 1), ends_on=date(2023, 1, 10))
    first_day = join("First day", starts_on=date(2023, 1, 10))
    join("Gone", starts_on=date(2022, 7, 1), ends_on=date(2023, 1, 9))
    join("Yet to come", starts_on=date(2023, 1, 11))
    factories.MembershipFactory()  # of another group
    supporter = factories.MembershipFactory(group=circle.group, role="supporter").person_id
    expected = {*circle.ids, circle.coordinator.person.pk, last_day, first_day, supporter}

    meeting = circle.meeting
    assert {m.person_id for m in meeting.expected_members()} == expected
    assert {p.pk for p in services.invited_people(meeting)} == expected
    assert {m.pk for m in members_on_day(meeting)} == expected
    assert set(perspectives_on_day(meeting)) == expected
    assert {p.person.pk for p in LogForm(meeting).people} == expected
    assert {name for name, _needs in needs_of(meeting, [])["needs"]} == {"Last day", "First day"}
