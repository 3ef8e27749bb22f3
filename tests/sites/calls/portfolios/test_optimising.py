"""The optimiser against every possible mix of small random cases, and what it does when nothing fits."""

import itertools
import subprocess
import sys
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sites.calls.portfolios import optimising
from sites.calls.portfolios.optimising import (
    LEFT_OUT,
    MONEY,
    PICKS,
    PLACES,
    Goal,
    Problem,
    Row,
    can_be_met,
    suggest,
    worth,
)

pytestmark = pytest.mark.sqlite_only
TRAITS = ["nation:wales", "nation:scotland", "area:rural", "needs:carers"]


@st.composite
def problems(draw, most=8):
    rows = [
        Row(
            key=n,
            value=draw(st.integers(0, 400)) / 4,
            money=Decimal(draw(st.integers(0, 40_000))) / 100,
            traits=frozenset(draw(st.sets(st.sampled_from(TRAITS)))),
        )
        for n in range(draw(st.integers(0, most)))
    ]
    goals = [
        Goal(f"goal {n}", draw(st.sampled_from(TRAITS)), draw(st.integers(0, 4)), draw(st.booleans()))
        for n in range(draw(st.integers(0, 4)))
    ]
    keys = [row.key for row in rows]
    some = st.sets(st.sampled_from(keys), max_size=2) if keys else st.just(set())
    return Problem(
        rows=rows,
        goals=goals,
        places=draw(st.none() | st.integers(0, 6)),
        money=draw(st.none() | st.integers(0, 100_000).map(lambda pence: Decimal(pence) / 100)),
        picks=frozenset(draw(some)),
        left_out=frozenset(draw(some)),
    )


def keeps(problem, chosen):
    """Whether some rows keep to every limit, said in the plainest way."""
    keys = {row.key for row in chosen}
    return (
        all(goal.is_met(sum(goal.trait in row.traits for row in chosen)) for goal in problem.goals)
        and (problem.places is None or len(chosen) <= problem.places)
        and (problem.money is None or sum(row.money for row in chosen) <= problem.money)
        and problem.picks <= keys
        and not problem.left_out & keys
    )


def every_mix(problem):
    """All the sets of rows that keep to the limits."""
    sets = (some for n in range(len(problem.rows) + 1) for some in itertools.combinations(problem.rows, n))
    return [some for some in sets if keeps(problem, some)]


def value(chosen):
    return sum(worth(row.value) for row in chosen)


def best_value(problem):
    return max((value(some) for some in every_mix(problem)), default=None)


slow = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])


@slow
@given(problems())
def test_the_best_mix_is_the_best_of_all_and_keeps_to_every_limit(problem):
    found = suggest(problem, mixes=1, with_costs=False)
    expected = best_value(problem)
    assert bool(found.mixes) == (expected is not None)
    if found.mixes:
        chosen = [row for row in problem.rows if row.key in found.mixes[0].keys]
        assert keeps(problem, chosen)
        assert worth(found.mixes[0].value) == value(chosen) == expected
        assert found.mixes[0].money == sum((row.money for row in chosen), Decimal(0))
        assert found.is_proven


@slow
@given(problems(most=7))
def test_each_further_mix_is_the_best_of_those_unlike_the_earlier_ones(problem):
    found = suggest(problem, mixes=4, with_costs=False).mixes
    values = [worth(mix.value) for mix in found]
    assert values == sorted(values, reverse=True)
    assert len({mix.keys for mix in found}) == len(found)
    possible = [(value(some), frozenset(row.key for row in some)) for some in every_mix(problem)]
    for n in range(1, 4):
        earlier = found[:n]
        unlike = [worth for worth, keys in possible if all(len(m.keys - keys) >= optimising.apart(m) for m in earlier)]
        if n < len(found):
            assert values[n] == max(unlike)
        elif earlier:
            assert not unlike
            break


@slow
@given(problems(most=7))
def test_what_a_limit_costs_is_the_difference_of_two_best_mixes(problem):
    found = suggest(problem, mixes=1)
    if found.mixes:
        limits = problem.limits()
        assert set(found.costs) == set(limits) - {PLACES, PICKS, LEFT_OUT}
        for limit, cost in found.costs.items():
            without = best_value(problem.keeping(set(limits) - {limit}))
            assert worth(cost) == without - best_value(problem)


@slow
@given(problems(most=7))
def test_limits_that_clash_are_named_by_a_smallest_set(problem):
    clash = suggest(problem).clash
    assert clash == can_be_met(problem)
    assert bool(clash) == (best_value(problem) is None)
    if clash:
        assert not every_mix(problem.keeping(clash))
        for fewer in itertools.combinations(problem.limits(), len(clash) - 1):
            assert every_mix(problem.keeping(fewer))


@slow
@given(problems(), st.randoms())
def test_the_order_in_which_applications_come_does_not_matter(problem, random):
    shuffled = list(problem.rows)
    random.shuffle(shuffled)
    again = Problem(shuffled, problem.goals, problem.places, problem.money, problem.picks, problem.left_out)
    assert suggest(problem) == suggest(again)


def test_money_is_kept_to_the_penny():
    rows = [Row(1, 50, Decimal("0.10"), frozenset()), Row(2, 50, Decimal("0.20"), frozenset())]
    assert suggest(Problem(rows, money=Decimal("0.30"))).mixes[0].keys == {1, 2}
    assert len(suggest(Problem(rows, money=Decimal("0.29"))).mixes[0].keys) == 1


def test_three_targets_that_only_clash_together_are_all_named():
    """Two at least from each of three nations do not fit into five places; any two of them do."""
    rows = [Row(n, 50, Decimal(0), frozenset({f"nation:{n % 3}"})) for n in range(12)]
    goals = [Goal(f"n{n}", f"nation:{n}", 2) for n in range(3)]
    assert suggest(Problem(rows, goals, places=5)).clash == ["n0", "n1", "n2", PLACES]


def test_a_pick_that_costs_more_than_the_money_is_named():
    rows = [Row(1, 50, Decimal(900), frozenset()), Row(2, 60, Decimal(100), frozenset())]
    assert suggest(Problem(rows, money=Decimal(500), picks=frozenset({1}))).clash == [MONEY, PICKS]


def test_a_pick_that_is_not_among_the_applications_can_never_be_met():
    rows = [Row(1, 50, Decimal(1), frozenset())]
    assert suggest(Problem(rows, picks=frozenset({9}))).clash == [PICKS]


def test_no_time_is_said_and_not_passed_off_as_an_answer():
    rows = [Row(n, n, Decimal(n), frozenset()) for n in range(5)]
    with pytest.raises(optimising.OutOfTime):
        suggest(Problem(rows, money=Decimal(5)), seconds=0)


def test_costs_that_there_is_no_time_for_are_left_open(monkeypatch):
    solve = optimising._solve

    def only_without_a_start(problem, *, until, unlike=(), start=None):
        if start:
            raise optimising.OutOfTime
        return solve(problem, until=until, unlike=unlike)

    monkeypatch.setattr(optimising, "_solve", only_without_a_start)
    rows = [Row(n, n, Decimal(n), frozenset()) for n in range(5)]
    assert suggest(Problem(rows, money=Decimal(5))).costs == {MONEY: None}


def test_highs_is_loaded_only_when_it_is_needed_and_prints_nothing():
    code = (
        "import sys; from decimal import Decimal; from sites.calls.portfolios.optimising import Problem, Row, suggest\n"
        "assert 'highspy' not in sys.modules and 'numpy' not in sys.modules\n"
        "assert suggest(Problem([Row(1, 5, Decimal(1), frozenset())], money=Decimal(1))).mixes[0].keys == {1}\n"
        "assert 'highspy' in sys.modules\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (run.returncode, run.stdout) == (0, ""), run.stderr
