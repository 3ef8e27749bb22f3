"""An advisory group of four members, and its charter in each state."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from coproduction.agreement import services
from impact.core.basics import clock
from tests import factories


@pytest.fixture
def today():
    """Tests stand on one day, so that deadlines are exact."""
    with clock.standing_on(date(2022, 9, 15)):
        yield date(2022, 9, 15)


@pytest.fixture
def world(db, engagement_lead, today):
    """A group with one member who has an account, three who have none, and a charter whose version 1 is a draft."""
    w = SimpleNamespace(today=today, lead=engagement_lead)
    w.group = factories.AdvisoryGroupFactory(slug="advisory-group", name="The advisory group")
    w.member = factories.user_in(w.group)
    w.people = [factories.MembershipFactory(group=w.group).person for _ in range(3)]
    w.charter = factories.CharterFactory(group=w.group)
    w.version = factories.CharterVersionFactory(charter=w.charter, number=1)
    w.section = w.charter.sections.get(key="vision")
    w.known = w.charter.sections.get(key="structure")
    return w


@pytest.fixture
def proposed(world):
    """Version 1 is with the members for two weeks."""
    world.agreement = services.propose_version(
        by=world.lead, version=world.version, closes_on=world.today + timedelta(days=14)
    )
    world.version.refresh_from_db()
    return world


def stand(world, person, stance="agree", reason="", told="phone", **kwargs):
    """A position that the engagement lead writes down for a member, who told them by phone."""
    return services.take_position(
        by=world.lead,
        agreement=world.agreement,
        text_hash=world.version.text_hash,
        stance=stance,
        reason=reason,
        person=person,
        told=told,
        **kwargs,
    )


@pytest.fixture
def agreed(proposed):
    """Version 1 is agreed by all four members, and in force."""
    for person in [*proposed.people, proposed.member.person]:
        stand(proposed, person)
    services.agree_version(by=proposed.lead, version=proposed.version)
    proposed.version.refresh_from_db()
    proposed.agreement.refresh_from_db()
    return proposed
