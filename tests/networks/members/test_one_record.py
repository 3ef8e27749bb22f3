"""Memberships of two records of one person that meet in one group."""

from datetime import date

import pytest

from tests import factories
from tests.core.people.rights.test_merging import merge, two, why_not

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("is_kept", [True, False], ids=["two of the record that stays", "two of the record that goes"])
def test_a_membership_that_meets_two_of_the_other_record_makes_one_of_all_three(is_kept):
    first, second = two()
    group = factories.GroupFactory()
    kept, other = (first, second) if is_kept else (second, first)
    rows = [
        (first, date(2022, 1, 1), date(2022, 3, 31)),
        (first, date(2022, 5, 1), None),
        (second, date(2022, 3, 1), date(2022, 6, 30)),
        (second, date(2021, 1, 1), date(2021, 6, 30)),  # alone in its days, so it moves as it is
    ]
    for person, starts_on, ends_on in rows:
        factories.MembershipFactory(
            group=group, person=person, perspective="carer", starts_on=starts_on, ends_on=ends_on
        )
    elsewhere = factories.MembershipFactory(person=other, perspective="carer", starts_on=date(2022, 1, 1))
    assert why_not(kept, other) == ""
    merge(factories.UserFactory(roles=["staff"]), kept, other)
    days = kept.memberships.order_by("starts_on").values_list("group", "starts_on", "ends_on")
    assert list(days.filter(group=group)) == [
        (group.pk, date(2021, 1, 1), date(2021, 6, 30)),
        (group.pk, date(2022, 1, 1), None),
    ]
    assert kept.memberships.filter(pk=elsewhere.pk).exists()
