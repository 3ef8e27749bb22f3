"""What pages show of a site's outcomes."""

from typing import Any

from django.db.models import Prefetch

from impact.core.basics.dates import day
from sites.progress.outcomes.measures.chart import Point, line_chart
from sites.progress.outcomes.measures.models import FRAME_MEANS, Frame, OutcomeMeasure, Reading, change_in_words
from sites.registry.models import Site


def shown(measure: OutcomeMeasure) -> dict[str, Any]:
    """One measure with its readings, its chart, and how far it is from the baseline. Readings are prefetched."""
    readings = sorted(measure.readings.all(), key=lambda reading: reading.on)
    latest = readings[-1] if readings else None
    change, tone = change_in_words(measure, latest.value if latest else None)
    baseline = None
    if measure.baseline_on is not None and measure.baseline_value is not None:
        baseline = Point(measure.baseline_on, measure.baseline_value)
    return {
        "row": measure,
        "baseline": measure.in_words(measure.baseline_value),
        "latest": latest,
        "latest_words": measure.in_words(latest.value) if latest else "",
        "change": change,
        "tone": tone,
        "readings": [{"row": reading, "words": measure.in_words(reading.value)} for reading in readings],
        "chart": line_chart([Point(reading.on, reading.value) for reading in readings], baseline),
        "chart_title": _chart_title(measure, latest, change),
    }


def _chart_title(measure: OutcomeMeasure, latest: Reading | None, change: str) -> str:
    """What the chart says, for those who do not see it; the table says the rest."""
    words = [f"{measure.name} over time."]
    if measure.baseline_on:
        words.append(f"Baseline {measure.in_words(measure.baseline_value)} on {day(measure.baseline_on)}.")
    if latest:
        words.append(f"Latest {measure.in_words(latest.value)} on {day(latest.on)}{f', {change}' if change else ''}.")
    return " ".join(words)


def measures_of(site: Site) -> list[dict[str, Any]]:
    """The measures of a site in the order of the frame, always by the same number of queries."""
    order = list(Frame)
    rows = site.measures.prefetch_related(Prefetch("readings", Reading.objects.order_by("on")))
    return [shown(row) for row in sorted(rows, key=lambda row: (order.index(Frame(row.frame)), row.pk))]


def by_frame(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The five frames, each with what it asks and the measures in it."""
    return [
        {"frame": frame, "means": FRAME_MEANS[frame], "rows": [found for found in rows if found["row"].frame == frame]}
        for frame in Frame
    ]
