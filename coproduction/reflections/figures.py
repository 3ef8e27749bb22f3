"""What a group's answers come to: grouped, suppressed, and never next to anyone's words. Pure: plain answers in."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import models
from django.utils.crypto import salted_hmac

from impact.core.basics.suppression import SMALLEST_SHOWN, suppress


class Area(models.TextChoices):
    """What a reflection asks about."""

    RELATIONSHIPS = "relationships", "Relationships"
    TIME = "time", "Time"
    SPACE = "space", "Space"
    TRUST = "trust", "Trust"


QUESTIONS = {
    Area.RELATIONSHIPS: "I know the others in the group, and we work well together.",
    Area.TIME: "I have enough time to take part well.",
    Area.SPACE: "The places and the ways in which we meet work for me.",
    Area.TRUST: "I trust that what we say is listened to and changes something.",
}
SCALE = {1: "Not at all", 2: "A little", 3: "Partly", 4: "Mostly", 5: "Completely"}
GOOD = {4, 5}  # the points that count as "mostly or completely"; the others count as "partly or less"
GOOD_WORDS, REST_WORDS = "Mostly or completely", "Partly or less"


def area_figures(answers: Iterable[Mapping[str, int]]) -> dict[str, int | None]:
    """People by area in two groups, "relationships_good" and "relationships_rest", made safe to show. None: withheld.

    Input: one mapping of area to a point from 1 to 5 for each person; an area may be left out. The five points are not
    shown one by one: in a group of ten nearly each of them would be withheld, or say who stands where.
    """
    rows = list(answers)
    found: dict[str, int | None] = {}
    for area in Area.values:
        points = [row[area] for row in rows if area in row]
        counts = Counter("good" if point in GOOD else "rest" for point in points)
        safe = suppress({"good": counts["good"], "rest": counts["rest"]})
        found |= {f"{area}_{name}": cell if points else None for name, cell in safe.cells.items()}
    return found


def people_answered(count: int) -> int | None:
    """How many answered, made safe to show. None: too few to say."""
    return suppress({"answered": count}).cells["answered"] if count else None


def shuffled_words(words: Iterable[tuple[str, str]], answered: int, seed: str) -> dict[str, list[str]]:
    """(area, words) as lists by area; empty unless enough people answered (``answered``: how many did).

    The order is that of a keyed hash, so that it says nothing about who wrote or when, and differs from area to area.
    """
    if answered < SMALLEST_SHOWN:
        return {}
    found: dict[str, list[str]] = {}
    for area, text in words:
        found.setdefault(area, []).append(text)

    def place(area: str, text: str) -> str:
        return salted_hmac("coproduction.reflections.order", f"{seed}:{area}:{text}", algorithm="sha256").hexdigest()

    return {area: sorted(found[area], key=lambda text: place(area, text)) for area in Area.values if area in found}


def over_years(reflections: Iterable[Any]) -> list[dict[str, Any]]:
    """The years of a group side by side as rows of one chart, so that all bars have one scale: how many said "mostly or
    completely" about each area in each year."""
    rows = sorted(reflections, key=lambda reflection: reflection.year)
    return [
        {"label": f"{area.label}, {row.year}", "value": row.figures[f"{area}_good"]} for area in Area for row in rows
    ]
