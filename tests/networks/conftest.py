"""A local network in full, on 16 January 2023."""

from collections.abc import Iterator
from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from impact.core.basics import clock
from impact.core.basics.vocabulary import LOCAL_NETWORK_PERSPECTIVES
from networks.groups.models import Membership
from tests import factories

TODAY = date(2023, 1, 16)


@pytest.fixture(autouse=True)
def today() -> Iterator[date]:
    """Everything here happens on one day, so that dates mean the same every time."""
    with clock.standing_on(TODAY):
        yield TODAY


@pytest.fixture
def circle(db) -> SimpleNamespace:
    """A local network with a coordinator, nine members, a meeting to log and one to come."""
    group = factories.GroupFactory(name="Local network, Wales", slug="local-wales", nation="wales")
    coordinator = factories.user_in(group, "coordinator")
    members = [
        factories.MembershipFactory(
            group=group,
            person=factories.PersonFactory(name=f"Member {n}"),
            perspective=LOCAL_NETWORK_PERSPECTIVES[n % 5],
        )
        for n in range(9)
    ]
    return SimpleNamespace(
        group=group,
        coordinator=coordinator,
        members=members,
        ids=[m.person_id for m in members],
        coordinator_membership=Membership.objects.get(group=group, role="coordinator"),
        meeting=factories.MeetingFactory(group=group, number=1, starts_at=factories.at(2023, 1, 10)),
        later=factories.MeetingFactory(
            group=group,
            number=2,
            starts_at=factories.at(2023, 1, 30),
            ends_at=factories.at(2023, 1, 30) + timedelta(hours=2),
        ),
    )
