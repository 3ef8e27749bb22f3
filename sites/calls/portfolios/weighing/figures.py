"""How a set of applications stands against the targets: pure figures over candidates, for page, comparison and report.

``static/js/mix.js`` works out the same figures in the browser; a test holds the two together.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from impact.core.basics.vocabulary import pounds
from sites.calls.portfolios.characteristics import Candidate, Group
from sites.calls.portfolios.optimising import worth


@dataclass(frozen=True)
class Wanted:
    """One target: at least or at most so many with a trait."""

    key: str
    trait: str
    label: str  # the trait in words
    number: int
    is_minimum: bool

    @property
    def words(self) -> str:
        """ "Nation: Wales, at least 2"."""
        return f"{self.label}, {'at least' if self.is_minimum else 'at most'} {self.number}"


@dataclass(frozen=True)
class Wishes:
    """What a round's mix is to be like."""

    targets: Sequence[Wanted] = ()
    places: int | None = None
    money: Decimal | None = None


@dataclass(frozen=True)
class Standing:
    """How many there are against how many there should be, in words and as a bar."""

    key: str
    trait: str  # or "places" or "money"
    words: str
    count: Decimal | int
    limit: Decimal | int
    is_minimum: bool
    is_met: bool
    shown: str  # "1 of 2"
    verdict: str  # "1 short"
    percent: int

    @property
    def units(self) -> str:
        """The limit for the browser: whole applications, or pence."""
        return str(int(self.limit * 100) if self.trait == "money" else self.limit)


@dataclass(frozen=True)
class Tally:
    """How many of a set have one value of a characteristic."""

    trait: str
    label: str
    count: int


@dataclass(frozen=True)
class Figures:
    """A set of applications as a mix."""

    count: int
    money: Decimal
    value: float
    unassessed: int
    standings: list[Standing]
    spread: list[tuple[Group, list[Tally]]]

    @property
    def met(self) -> int:
        return sum(standing.is_met for standing in self.standings)

    @property
    def summary(self) -> str:
        """One line, read out when a box is ticked."""
        words = f"{self.count} chosen, {pounds(self.money)}"
        return (
            f"{words}. {self.met} of {len(self.standings)} targets and limits met." if self.standings else f"{words}."
        )


def _standing(
    key: str, trait: str, words: str, count: Decimal | int, limit: Decimal | int, *, is_minimum: bool, is_money: bool
) -> Standing:
    say = pounds if is_money else str
    gap = limit - count if is_minimum else count - limit
    return Standing(
        key=key,
        trait=trait,
        words=words,
        count=count,
        limit=limit,
        is_minimum=is_minimum,
        is_met=gap <= 0,
        shown=f"{say(count)} of {say(limit)}",
        verdict="Met"
        if gap <= 0
        else f"{say(gap)} {'short' if is_minimum else 'too many' if not is_money else 'over'}",
        percent=int(min(100, 100 * count / limit)) if limit else (100 if count or is_minimum else 0),
    )


def figures(chosen: Iterable[Candidate], wishes: Wishes, groups: Sequence[Group]) -> Figures:
    """A set of candidates against what the round wants, with the whole spread of its traits."""
    rows = list(chosen)
    having = Counter(trait for row in rows for trait in row.traits)
    money = sum((row.money for row in rows), Decimal(0))
    standings = []
    if wishes.places is not None:
        words = f"Places, at most {wishes.places}"
        standings.append(
            _standing("places", "places", words, len(rows), wishes.places, is_minimum=False, is_money=False)
        )
    if wishes.money is not None:
        words = f"Money, at most {pounds(wishes.money)}"
        standings.append(_standing("money", "money", words, money, wishes.money, is_minimum=False, is_money=True))
    standings += [
        _standing(
            each.key,
            each.trait,
            each.words,
            having[each.trait],
            each.number,
            is_minimum=each.is_minimum,
            is_money=False,
        )
        for each in wishes.targets
    ]
    return Figures(
        count=len(rows),
        money=money,
        value=sum(worth(row.value or 0) for row in rows) / 100,
        unassessed=sum(row.value is None for row in rows),
        standings=standings,
        spread=[
            (group, [Tally(value.trait, value.label, having[value.trait]) for value in group.values])
            for group in groups
        ],
    )
