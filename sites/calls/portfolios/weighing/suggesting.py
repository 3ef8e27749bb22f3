"""A round's question to the optimiser, and its answer in words. It only suggests: a person decides, and says why."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from impact.core.basics.states import StateConflict
from impact.core.basics.vocabulary import pounds
from sites.calls.portfolios import optimising
from sites.calls.portfolios.characteristics import Candidate, groups_of
from sites.calls.portfolios.models import Mix
from sites.calls.portfolios.weighing.candidates import candidates_of
from sites.calls.portfolios.weighing.figures import Figures, Wishes, figures
from sites.calls.portfolios.weighing.services import wishes_of

MIXES = 3
NO_TIME = (
    "No mix was found within 5 seconds. Leave out some targets, or fix or leave out some applications, then try again."
)


@dataclass(frozen=True)
class SuggestedMix:
    """One mix with its figures."""

    candidates: list[Candidate]
    figures: Figures
    only_here: list[Candidate]  # what the best mix does not have
    missing: list[Candidate]  # what only the best mix has


@dataclass(frozen=True)
class Cost:
    """What one limit costs in value. None: there was no time to work it out."""

    words: str
    value: float | None


@dataclass(frozen=True)
class Answer:
    """What was found, in words."""

    mixes: list[SuggestedMix] = field(default_factory=list)
    costs: list[Cost] = field(default_factory=list)
    clash: list[str] = field(default_factory=list)
    unassessed: int = 0  # left aside, because no one has assessed them
    is_proven: bool = True
    problem: str = ""


def _problem(
    candidates: Sequence[Candidate], wishes: Wishes, picks: Collection[int], left_out: Collection[int]
) -> optimising.Problem:
    return optimising.Problem(
        rows=[optimising.Row(row.key, row.value or 0.0, row.money, row.traits) for row in candidates],
        goals=[optimising.Goal(each.key, each.trait, each.number, each.is_minimum) for each in wishes.targets],
        places=wishes.places,
        money=wishes.money,
        picks=frozenset(picks),
        left_out=frozenset(left_out),
    )


def _names(candidates: Sequence[Candidate], keys: Collection[int]) -> str:
    return ", ".join(sorted(row.name or row.reference for row in candidates if row.key in keys))


def _words_of(
    limit: str, wishes: Wishes, candidates: Sequence[Candidate], picks: Collection[int], left_out: Collection[int]
) -> str:
    """A limit as people know it."""
    if limit == optimising.PLACES:
        return f"Places, at most {wishes.places}"
    if limit == optimising.MONEY:
        return f"Money, at most {pounds(wishes.money or Decimal(0))}"
    if limit == optimising.PICKS:
        return f"Always in: {_names(candidates, picks)}"
    if limit == optimising.LEFT_OUT:
        return f"Never in: {_names(candidates, left_out)}"
    return next(each.words for each in wishes.targets if each.key == limit)


def suggest_for(
    mix: Mix,
    *,
    targets: Collection[str] | None = None,
    with_places: bool = True,
    with_money: bool = True,
    picks: Collection[int] = (),
    left_out: Collection[int] = (),
    mixes: int = MIXES,
    seconds: float = optimising.SECONDS,
) -> Answer:
    """The best mixes of a round within its targets, or those of ``targets`` (their keys) that someone wants to keep.

    Applications that no one has assessed are only in where someone fixed them. Refused before the targets are locked.
    """
    if not mix.is_locked:
        raise StateConflict("Lock the targets first. Suggestions show scores, and no one should see them before.")
    all_rows = candidates_of(mix.round, with_values=True)
    wanted = wishes_of(mix)
    wishes = Wishes(
        targets=[each for each in wanted.targets if targets is None or each.key in targets],
        places=wanted.places if with_places else None,
        money=wanted.money if with_money else None,
    )
    both = set(picks) & set(left_out)
    if both:
        return Answer(problem=f"{_names(all_rows, both)}: always in and never in at once. Choose one of them.")
    rows = [row for row in all_rows if row.value is not None or row.key in picks]
    unassessed = len(all_rows) - len(rows)
    if not any(row.value is not None for row in rows):
        return Answer(
            unassessed=unassessed, problem="No application has been assessed yet, so there is no value to go by."
        )
    problem = _problem(rows, wishes, picks, left_out)
    try:
        found = optimising.suggest(problem, mixes=mixes, seconds=seconds)
    except optimising.OutOfTime:
        return Answer(unassessed=unassessed, problem=NO_TIME)
    words = {limit: _words_of(limit, wishes, all_rows, picks, left_out) for limit in problem.limits()}
    groups = groups_of(mix.round)
    best = found.mixes[0].keys if found.mixes else frozenset()
    return Answer(
        mixes=[
            SuggestedMix(
                candidates=(inside := [row for row in rows if row.key in each.keys]),
                figures=figures(inside, wanted, groups),
                only_here=[row for row in inside if row.key not in best],
                missing=[row for row in rows if row.key in best - each.keys],
            )
            for each in found.mixes
        ],
        costs=[Cost(words[limit], value) for limit, value in found.costs.items()],
        clash=[words[limit] for limit in found.clash],
        unassessed=unassessed,
        is_proven=found.is_proven,
    )


def clash_of(mix: Mix) -> list[str]:
    """A smallest set of the round's targets and limits that its applications cannot meet together; empty if they can.

    Scores play no part, so staff may see it before the targets are locked.
    """
    rows, wishes = candidates_of(mix.round, with_values=False), wishes_of(mix)
    try:
        clash = optimising.can_be_met(_problem(rows, wishes, (), ()))
    except optimising.OutOfTime:
        return []
    return [_words_of(limit, wishes, rows, (), ()) for limit in clash]


def as_data(answer: Answer) -> dict[str, Any]:
    """An answer as plain data, for a script."""
    return {
        "mixes": [
            {
                "value": each.figures.value,
                "money": str(each.figures.money),
                "applications": [row.reference for row in each.candidates],
                "targets": [
                    {"target": standing.words, "count": str(standing.count), "is_met": standing.is_met}
                    for standing in each.figures.standings
                ],
            }
            for each in answer.mixes
        ],
        "costs": [{"target": cost.words, "value": cost.value} for cost in answer.costs],
        "clash": answer.clash,
        "not_assessed": answer.unassessed,
        "is_proven": answer.is_proven,
        "problem": answer.problem,
    }
