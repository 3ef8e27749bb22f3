"""Members with pay: one with an account, one without, and a supporter of two."""

from datetime import date
from decimal import Decimal

import pytest

from coproduction.claims import offers, services
from coproduction.group.models import SupportLink
from tests import factories


@pytest.fixture
def pay(world):
    """The advisory group with an offer to the member who has an account, and a supporter of two members."""
    world.person = world.member.person
    world.offer = offered(world)
    world.supporter = factories.UserFactory()
    for member in (world.person, world.people[0]):
        link = {"group": world.group, "member": member, "supporter": world.supporter.person}
        SupportLink.objects.create(**link, starts_on=date(2022, 1, 1))
    world.link = SupportLink.objects.get(member=world.person)
    world.other_link = SupportLink.objects.get(member=world.people[0])
    return world


def offered(w, **more):
    """An offer of three hours at £20, for 10 September 2022."""
    given = {"what": "Reading the draft", "on": date(2022, 9, 10), "hours": Decimal(3), "rate_pence": 2000} | more
    return offers.offer_time(by=w.lead, **({"group": w.group, "person": w.person} | given))


def fare(w, **more):
    """A bus fare of £4.80 on 10 September 2022, claimed by the member."""
    given = {"by": w.member, "group": w.group, "person": w.person, "kind": "travel", "what": "Bus to the meeting"}
    return services.claim_expense(**(given | {"on": date(2022, 9, 10), "amount": Decimal("4.80")} | more))


def claimed(w):
    """All three hours, taken up and claimed by the member."""
    claim = offers.answer_offer(by=w.member, claim=w.offer, hours=Decimal(3))
    return services.claim_time(by=w.member, claim=claim)
