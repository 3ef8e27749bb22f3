"""What an application was worth to its assessors: one definition for every page, file, suggestion and report."""

from collections.abc import Iterable, Mapping

from sites.calls.assessment.models import HIGHEST

OUTLIER_SPREAD = 30.0  # points of 100 between the highest and the lowest assessor


def value_of_scores(scores: Mapping[int, int], weights: Mapping[int, int]) -> float | None:
    """One assessor's weighted score, from 0 to 100. None unless every criterion is scored.

    ``scores`` and ``weights`` are keyed by criterion id.
    """
    if not weights or set(weights) - set(scores):
        return None
    total = sum(weights.values())
    return 100 * sum(scores[key] * weight for key, weight in weights.items()) / (HIGHEST * total)


def assessed_value(values: Iterable[float | None]) -> float | None:
    """An application's value from 0 to 100: the mean over its submitted assessments; None without one."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def spread_of(values: Iterable[float | None]) -> float | None:
    """The points between the highest and the lowest submitted assessment; None with fewer than two."""
    known = [value for value in values if value is not None]
    return max(known) - min(known) if len(known) > 1 else None


def is_outlier(spread: float | None) -> bool:
    """Whether assessors of an application differ so much that staff should look at it."""
    return spread is not None and spread >= OUTLIER_SPREAD
