"""The advisory group with a supporter of two members, and a meeting that is still to come."""

from datetime import timedelta

import pytest

from coproduction.group.people.services import name_supporter
from tests import factories


@pytest.fixture
def group_world(world):
    """``supporter`` supports ``one`` and ``two``, who have no account; ``meeting`` is in two weeks."""
    w = world
    w.supporter = factories.user_in(w.group, "supporter")
    w.one, w.two, w.three = w.people
    for person, name in zip(w.people, ("Ada One", "Bea Two", "Cy Three"), strict=True):
        person.name = name
        person.save()
    for member in (w.one, w.two):
        name_supporter(by=w.lead, group=w.group, member=member, supporter=w.supporter.person)
    start = factories.at(2022, 9, 29)
    w.meeting = factories.MeetingFactory(group=w.group, number=1, title="The next meeting", starts_at=start)
    w.soon = w.today + timedelta(days=7)
    return w
