"""Pounds, pence and tax years."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from coproduction.claims.money import MOST, in_pence, in_pounds, pay_for, tax_year_of, totals_by_tax_year

DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))


@given(st.integers(1, MOST))
def test_pence_come_back_from_pounds_unchanged(pence):
    assert in_pence(Decimal(pence) / 100) == pence
    assert Decimal(in_pounds(pence).removeprefix("£").replace(",", "")) * 100 == pence


@pytest.mark.parametrize("amount", ["0", "-1", "0.001", "5000.01", "1E+9"])
def test_what_is_no_amount_to_pay_is_refused(amount):
    with pytest.raises(ValidationError):
        in_pence(Decimal(amount))


def test_hours_at_a_rate_are_rounded_to_the_nearest_penny():
    assert [pay_for(Decimal(h), r) for h, r in (("2.5", 2000), ("0.25", 1002), ("0.25", 1001))] == [5000, 251, 250]


def test_a_tax_year_begins_on_6_april():
    days = [date(2022, 4, 5), date(2022, 4, 6), date(2023, 1, 1), date(2023, 4, 5), date(2023, 4, 6)]
    assert [tax_year_of(day) for day in days] == [2021, 2022, 2022, 2022, 2023]


@given(st.lists(st.tuples(DAYS, st.booleans(), st.integers(1, MOST))))
def test_the_years_together_hold_every_penny_once(payments):
    totals = totals_by_tax_year(payments)
    assert sum(t.time for t in totals) == sum(pence for _day, is_time, pence in payments if is_time)
    assert sum(t.expenses for t in totals) == sum(pence for _day, is_time, pence in payments if not is_time)
    assert [t.year for t in totals] == sorted({tax_year_of(day) for day, _time, _pence in payments}, reverse=True)
