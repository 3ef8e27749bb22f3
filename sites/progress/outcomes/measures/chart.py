"""A line chart of a measure over time, worked out on the server: where each point, line and label stands.

Pure: rows in, places out. ``templates/components/chart_line.html`` draws it.
"""

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, NamedTuple

from sites.progress.outcomes.measures.figures import compact

WIDTH, HEIGHT = 360, 190
LEFT, RIGHT, TOP, BOTTOM = 52, 344, 14, 150  # of the area in which the line runs
LABEL_GAP = 64  # between dates below the line, so that they do not overlap


class Point(NamedTuple):
    """What was read on a day."""

    on: date
    value: Decimal


def nice_step(span: Decimal, steps: int = 4) -> Decimal:
    """The smallest of 1, 2, 2.5, 5 or 10 times a power of ten that covers ``span`` in at most ``steps`` steps."""
    if span <= 0:
        return Decimal(1)
    rough = span / steps
    power = Decimal(10) ** rough.adjusted()
    return next(power * factor for factor in map(Decimal, ("1", "2", "2.5", "5", "10")) if power * factor >= rough)


def scale_of(values: Sequence[Decimal]) -> list[Decimal]:
    """The values of the lines across, from at or below the lowest to at or above the highest; zero is among them."""
    low, high = min([*values, Decimal(0)]), max([*values, Decimal(0)])
    step = nice_step(high - low)
    first = (low / step).to_integral_value(ROUND_FLOOR)
    last = max((high / step).to_integral_value(ROUND_CEILING), first + 1)
    return [step * number for number in range(int(first), int(last) + 1)]


def line_chart(points: Sequence[Point], baseline: Point | None) -> dict[str, Any] | None:
    """Where everything stands; None with fewer than two points, of which no line can be drawn.

    The baseline is the first point, drawn hollow, and goes on as a dashed line to compare with.
    """
    rows = [*([baseline] if baseline else []), *sorted(points)]
    if len(rows) < 2:
        return None
    ticks = scale_of([row.value for row in rows])
    days = (rows[-1].on - rows[0].on).days or 1

    def across(on: date) -> float:
        return round(LEFT + (RIGHT - LEFT) * (on - rows[0].on).days / days, 1)

    def up(value: Decimal) -> float:
        return round(BOTTOM - (BOTTOM - TOP) * float((value - ticks[0]) / (ticks[-1] - ticks[0])), 1)

    places = [{"x": across(row.on), "y": up(row.value), "on": row.on, "value": row.value} for row in rows]
    for place in places:
        place["is_baseline"] = place["on"] == baseline.on if baseline else False
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "left": LEFT,
        "right": RIGHT,
        "bottom": BOTTOM,
        "points": places,
        "line": " ".join(f"{place['x']},{place['y']}" for place in places),
        "baseline_y": up(baseline.value) if baseline else None,
        "ticks": [{"y": up(value), "label": compact(value)} for value in ticks],
        "dates": _dates(places),
    }


def _dates(places: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The days to write below: the first, the last, and those between that have room."""
    first, last = places[0], places[-1]
    shown = [{"x": first["x"], "on": first["on"], "anchor": "start"}]
    taken = first["x"] + LABEL_GAP / 2
    for place in places[1:-1]:
        if place["x"] - taken >= LABEL_GAP and last["x"] - place["x"] >= LABEL_GAP * 1.5:
            shown.append({"x": place["x"], "on": place["on"], "anchor": "middle"})
            taken = place["x"]
    return [*shown, {"x": last["x"], "on": last["on"], "anchor": "end"}]
