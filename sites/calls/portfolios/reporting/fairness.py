"""How often applications of each kind were chosen, safe to show outside: small numbers are withheld, the rest is rounded."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from impact.core.basics.suppression import suppress
from sites.calls.portfolios.characteristics import Candidate, Group


@dataclass(frozen=True)
class Rate:
    """One kind of applicant. None: withheld."""

    label: str
    applied: int | None
    chosen: int | None
    percent: int | None


@dataclass(frozen=True)
class Part:
    """The rates for one characteristic."""

    label: str
    rows: list[Rate]
    is_withheld: bool


def _rate(label: str, applied: int | None, chosen: int | None) -> Rate:
    """A share is worked out from the rounded counts, because one from the true counts would give those away."""
    percent = round(100 * chosen / applied) if applied and chosen is not None else None
    return Rate(label, applied, chosen, percent)


def fairness(candidates: Iterable[Candidate], chosen: Collection[int], groups: Sequence[Group]) -> list[Part]:
    """Chosen rates by characteristic, through the one function that makes counts of people and organisations safe.

    A characteristic of which an application can have several values is counted value by value, as having it or not.
    """
    rows = list(candidates)
    picked = [row for row in rows if row.key in chosen]
    parts = []
    for group in groups:
        traits = [value.trait for value in group.values]
        applied, taken = _counts(rows, traits, group), _counts(picked, traits, group)
        found = [
            _rate(value.label, applied[value.trait], taken[value.trait])
            for value in group.values
            if applied[value.trait] != 0
        ]
        is_withheld = any(rate.applied is None or rate.chosen is None for rate in found)
        parts.append(Part(group.label, found, is_withheld))
    return [part for part in parts if part.rows]


def _counts(rows: Sequence[Candidate], traits: Sequence[str], group: Group) -> dict[str, int | None]:
    """How many have each trait, made safe."""
    counts = {trait: sum(trait in row.traits for row in rows) for trait in traits}
    if not group.has_several:
        unsaid = len(rows) - sum(counts.values())
        cells = suppress({**counts, "": unsaid} if unsaid else counts).cells
        return {trait: cells[trait] for trait in traits}
    return {trait: suppress({"yes": n, "no": len(rows) - n}).cells["yes"] for trait, n in counts.items()}
