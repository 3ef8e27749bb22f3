"""Suggestions that may be alike. Pure: it points them out, and a person decides."""

from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz import fuzz, utils

ENOUGH = 62.0  # of 100
SAME_SECTION, SAME_PASSAGE = 8.0, 8.0


@dataclass(frozen=True)
class Words:
    """What is compared of a suggestion."""

    pk: int
    section: int
    words: str
    quote: str = ""


def likeness(one: Words, other: Words) -> float:
    """How alike two suggestions are, from 0 to 100: their words, and a little for the same section and passage."""
    a, b = utils.default_process(one.words), utils.default_process(other.words)
    if not a or not b:
        return 0.0
    score = 0.6 * fuzz.token_set_ratio(a, b) + 0.4 * fuzz.token_sort_ratio(a, b)
    score += SAME_SECTION * (one.section == other.section)
    score += SAME_PASSAGE * (bool(one.quote) and one.quote == other.quote)
    return min(100.0, float(score))


def alike(one: Words, others: Iterable[Words], *, most: int = 5) -> list[int]:
    """Keys of those of ``others`` that are likely to say the same, the likeliest first."""
    scored = [(likeness(one, other), other.pk) for other in others if other.pk != one.pk]
    found = sorted((pair for pair in scored if pair[0] >= ENOUGH), key=lambda pair: (-pair[0], pair[1]))
    return [pk for _score, pk in found[:most]]
