"""Find the best mixes: integer programming on HiGHS, over plain rows. No database and no Django here.

Each application is a variable that is 0 or 1. The best mix has the most assessed value in sum, keeps to the places and the
money, meets every goal, holds each fixed pick and none of those left out. Values count in hundredths, money in pence, so
that "best" and "within the money" are exact. The same question always gets the same answer.

HiGHS is loaded when it is first needed: a web process that suggests nothing does not carry it.
"""

import itertools
import os
import sys
import time
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import lru_cache
from typing import Any

SECONDS = 5.0  # for one suggestion, whatever is asked of it
MOST_MIXES = 5
PLACES, MONEY, PICKS, LEFT_OUT = "places", "money", "picks", "left_out"  # limits that are no goals


@dataclass(frozen=True)
class Row:
    """An application as the optimiser sees it."""

    key: int
    value: float
    money: Decimal
    traits: frozenset[str]


@dataclass(frozen=True)
class Goal:
    """At least or at most so many chosen applications with a trait."""

    key: str
    trait: str
    number: int
    is_minimum: bool = True

    def is_met(self, count: int) -> bool:
        return count >= self.number if self.is_minimum else count <= self.number


@dataclass(frozen=True)
class Problem:
    """What to choose from, and what the mix must keep to."""

    rows: Sequence[Row]
    goals: Sequence[Goal] = ()
    places: int | None = None
    money: Decimal | None = None
    picks: frozenset[int] = frozenset()
    left_out: frozenset[int] = frozenset()

    def limits(self) -> list[str]:
        """The name of each limit that the mix must keep to."""
        found = [goal.key for goal in self.goals]
        found += [PLACES] if self.places is not None else []
        found += [MONEY] if self.money is not None else []
        found += [PICKS] if self.picks else []
        return found + ([LEFT_OUT] if self.left_out else [])

    def keeping(self, limits: Iterable[str]) -> "Problem":
        """The same choice with only these limits."""
        kept = set(limits)
        return replace(
            self,
            goals=[goal for goal in self.goals if goal.key in kept],
            places=self.places if PLACES in kept else None,
            money=self.money if MONEY in kept else None,
            picks=self.picks if PICKS in kept else frozenset(),
            left_out=self.left_out if LEFT_OUT in kept else frozenset(),
        )


@dataclass(frozen=True)
class Mix:
    """A set of applications, with what they are worth and ask for together."""

    keys: frozenset[int]
    value: float
    money: Decimal


@dataclass(frozen=True)
class Suggestion:
    """The best mixes, best first; or, when there is none, a smallest set of limits that cannot be kept together."""

    mixes: list[Mix] = field(default_factory=list)
    costs: dict[str, float | None] = field(default_factory=dict)  # limit → value it costs; None: no time to tell
    clash: list[str] = field(default_factory=list)
    is_proven: bool = True  # False: time ran out, so a better mix may exist


class OutOfTime(Exception):
    """The time was over before anything was found."""


def worth(value: float) -> int:
    """A value in hundredths, as it is compared."""
    return round(value * 100)


def suggest(problem: Problem, *, mixes: int = 3, seconds: float = SECONDS, with_costs: bool = True) -> Suggestion:
    """The ``mixes`` best mixes, each at least a fifth different from those before it, and what each limit costs.

    A limit's cost is how much more value the best mix would have without it. Raises OutOfTime when not even one mix was
    found in time.
    """
    until = time.monotonic() + seconds
    rows = sorted(problem.rows, key=lambda row: row.key)  # the order in which they come must not matter
    problem = replace(problem, rows=rows)
    best, is_proven = _solve(problem, until=until)
    if best is None:
        return Suggestion(clash=smallest_clash(problem.limits(), lambda kept: _can(problem.keeping(kept), until)))
    found = [best]
    while len(found) < mixes:
        try:
            another, is_best = _solve(problem, until=until, unlike=found)
        except OutOfTime:
            is_proven = False
            break
        if another is None:
            break
        is_proven = is_proven and is_best
        found.append(another)
    costs = _costs(problem, found[0], until) if with_costs else {}
    found.sort(key=lambda mix: -worth(mix.value))  # where time ran out, a later mix can be better than an earlier one
    return Suggestion(mixes=found, costs=costs, is_proven=is_proven)


def _costs(problem: Problem, best: Mix, until: float) -> dict[str, float | None]:
    """How much value each goal, and the money, costs: the best mix without it, less the best mix."""
    costs: dict[str, float | None] = {}
    limits = problem.limits()
    for limit in limits:
        if limit in (PLACES, PICKS, LEFT_OUT):
            continue
        try:
            without, is_best = _solve(problem.keeping(set(limits) - {limit}), until=until, start=best)
        except OutOfTime:
            without, is_best = None, False
        costs[limit] = max(0, worth(without.value) - worth(best.value)) / 100 if without and is_best else None
    return costs


def apart(mix: Mix) -> int:
    """How many of a mix's applications another suggestion must leave out to count as a different one."""
    return max(1, len(mix.keys) // 5)


def can_be_met(problem: Problem, *, seconds: float = SECONDS) -> list[str]:
    """A smallest set of limits that cannot be kept together; empty when all can. Values do not matter here."""
    until = time.monotonic() + seconds
    if _can(problem, until):
        return []
    return smallest_clash(problem.limits(), lambda kept: _can(problem.keeping(kept), until))


def _can(problem: Problem, until: float) -> bool:
    """Whether any mix keeps to all the limits."""
    worthless = [replace(row, value=0.0) for row in problem.rows]
    return _solve(replace(problem, rows=worthless), until=until)[0] is not None


def smallest_clash(limits: Sequence[Hashable], can: Callable[[list[Any]], bool]) -> list[Any]:
    """A smallest set of ``limits`` that ``can`` says cannot be kept together; ``can`` must say so of all of them.

    Whatever can be kept together leaves something out that every clash must touch. So take the smallest set that touches
    each such remainder: once it cannot be kept, no smaller set clashes.
    """
    remainders: list[set[Hashable]] = []
    while True:
        guess = _smallest_touching(limits, remainders)
        if not can(guess):
            return guess
        kept = list(guess)
        for limit in limits:
            if limit not in kept and can([*kept, limit]):
                kept.append(limit)
        remainders.append(set(limits) - set(kept))


def _smallest_touching(limits: Sequence[Hashable], remainders: Sequence[set[Hashable]]) -> list[Hashable]:
    for size in range(len(limits) + 1):
        for some in itertools.combinations(limits, size):
            if all(remainder.intersection(some) for remainder in remainders):
                return list(some)
    raise AssertionError("All limits together touch every remainder, because none is empty.")


def _solve(
    problem: Problem, *, until: float, unlike: Sequence[Mix] = (), start: Mix | None = None
) -> tuple[Mix | None, bool]:
    """The best mix, and whether that is proven. None: no mix keeps to all the limits.

    ``start`` is a mix that keeps to them, from which to begin: much less to search.
    """
    rows = problem.rows
    place = {row.key: n for n, row in enumerate(rows)}
    if not problem.picks <= place.keys() or problem.picks & problem.left_out:
        return None, True
    if not rows:
        is_met = all(goal.is_met(0) for goal in problem.goals)
        return (Mix(frozenset(), 0.0, Decimal(0)) if is_met and not unlike else None), True
    left = until - time.monotonic()
    if left <= 0:
        raise OutOfTime
    first = [float(row.key in start.keys) for row in rows] if start else None
    status, chosen = _run(_model(problem, place, unlike), left, first)
    if status == "infeasible":
        return None, True
    if chosen is None:
        raise OutOfTime
    picked = [row for row, is_in in zip(rows, chosen, strict=True) if is_in]
    value = sum(worth(row.value) for row in picked) / 100
    money = sum((row.money for row in picked), Decimal(0))
    return Mix(frozenset(row.key for row in picked), value, money), status == "optimal"


def _model(problem: Problem, place: dict[int, int], unlike: Sequence[Mix]) -> Any:
    """The problem as HiGHS takes it: columns are applications, rows are limits."""
    import numpy as np

    highspy = _highs()
    rows, count = problem.rows, len(problem.rows)
    lines: list[tuple[list[int], list[float], float, float]] = []  # columns, factors, lower, upper
    infinity = highspy.kHighsInf
    for goal in problem.goals:
        having = [n for n, row in enumerate(rows) if goal.trait in row.traits]
        low, high = (goal.number, infinity) if goal.is_minimum else (-infinity, goal.number)
        lines.append((having, [1.0] * len(having), low, high))
    if problem.places is not None:
        lines.append((list(range(count)), [1.0] * count, -infinity, problem.places))
    if problem.money is not None:
        asked = [float(row.money) for row in rows]
        lines.append((list(range(count)), asked, -infinity, float(problem.money) + 0.004))  # less than a penny over
    for mix in unlike:
        members = [place[key] for key in mix.keys]
        lines.append((members, [1.0] * len(members), -infinity, len(members) - apart(mix)))
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = count, len(lines)
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.col_cost_ = np.array([worth(row.value) for row in rows], dtype=float)
    lp.col_lower_ = np.array([1.0 if row.key in problem.picks else 0.0 for row in rows])
    lp.col_upper_ = np.array([0.0 if row.key in problem.left_out else 1.0 for row in rows])
    lp.integrality_ = [highspy.HighsVarType.kInteger] * count
    lp.row_lower_ = np.array([line[2] for line in lines], dtype=float)
    lp.row_upper_ = np.array([line[3] for line in lines], dtype=float)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.array([0, *itertools.accumulate(len(line[0]) for line in lines)], dtype=np.int32)
    lp.a_matrix_.index_ = np.array([n for line in lines for n in line[0]], dtype=np.int32)
    lp.a_matrix_.value_ = np.array([factor for line in lines for factor in line[1]], dtype=float)
    return lp


@lru_cache(maxsize=1)
def _highs() -> Any:
    """HiGHS, loaded once. The first solver of a process prints who made it; that is sent to the error output, so that
    what a command prints can be read by a program."""
    import highspy

    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        highspy.Highs()
    finally:
        os.dup2(kept, 1)
        os.close(kept)
    return highspy


def _run(lp: Any, seconds: float, start: list[float] | None) -> tuple[str, list[bool] | None]:
    """Solve one model: "optimal", "infeasible" or "stopped", and which columns are in, where a solution was found."""
    highspy = _highs()
    solver = highspy.Highs()
    for option, setting in {
        "output_flag": False,
        "threads": 1,  # the same answer each time, and no more than the request's own processor
        "random_seed": 0,
        "time_limit": seconds,
        "mip_rel_gap": 0.0,
        "mip_abs_gap": 0.5,  # values are whole hundredths
    }.items():
        solver.setOptionValue(option, setting)
    solver.passModel(lp)
    if start is not None:
        solution = highspy.HighsSolution()
        solution.col_value = start
        solver.setSolution(solution)
    solver.run()
    status = solver.getModelStatus()
    if status == highspy.HighsModelStatus.kInfeasible:
        return "infeasible", None
    is_found = solver.getInfo().primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    chosen = [x > 0.5 for x in solver.getSolution().col_value] if is_found else None
    return ("optimal" if status == highspy.HighsModelStatus.kOptimal else "stopped"), chosen
