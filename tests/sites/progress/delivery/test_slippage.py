"""How far a milestone is from its plan, whatever its dates."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sites.progress.delivery.slippage import in_words, slippage

DAYS = st.dates(date(1990, 1, 1), date(2090, 1, 1))
MAYBE = st.none() | DAYS


@given(planned=DAYS, expected=MAYBE, actual=MAYBE, on=DAYS)
def test_slippage_is_the_day_it_ends_minus_the_planned_day(planned, expected, actual, on):
    found = slippage(planned=planned, expected=expected, actual=actual, on=on)
    assert found is not None
    ends_on = planned + timedelta(days=found)
    if actual:
        assert ends_on == actual
    elif expected and expected >= on:
        assert ends_on == expected
    elif (expected or planned) < on:
        assert ends_on == on
    else:
        assert ends_on == planned and found == 0


@given(planned=DAYS, expected=MAYBE, actual=MAYBE, on=DAYS, later=st.integers(0, 4000))
def test_waiting_never_makes_a_milestone_earlier(planned, expected, actual, on, later):
    now = slippage(planned=planned, expected=expected, actual=actual, on=on)
    then = slippage(planned=planned, expected=expected, actual=actual, on=on + timedelta(days=later))
    assert now is not None and then is not None and then >= now
    assert not actual or then == now


@given(expected=MAYBE, actual=MAYBE, on=DAYS)
def test_without_a_planned_date_there_is_no_slippage(expected, actual, on):
    assert slippage(planned=None, expected=expected, actual=actual, on=on) is None


@given(days=st.integers(-40_000, 40_000))
def test_the_words_say_the_number_and_the_direction(days):
    words = in_words(days)
    if days == 0:
        assert words == "on time"
        return
    number, unit, direction = words.split()
    assert int(number) == abs(days)
    assert unit == ("day" if abs(days) == 1 else "days")
    assert direction == ("late" if days > 0 else "early")


@pytest.mark.parametrize(
    ("days", "words"), [(12, "12 days late"), (1, "1 day late"), (-3, "3 days early"), (0, "on time"), (None, "")]
)
def test_slippage_in_words(days, words):
    assert in_words(days) == words
