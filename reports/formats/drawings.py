"""The charts of the report, by name, from a snapshot's figures alone."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.html import escape
from django.utils.safestring import mark_safe

from impact.core.basics.dates import day
from impact.core.basics.vocabulary import Nation
from impact.core.documents import charts

NATIONS = dict(Nation.choices)
THEMES_DRAWN = 14
THEMES_ON_POSTER = 6
NETWORKS_DRAWN = 14  # more than these of one network stand in a table
TILES = (Nation.NORTHERN_IRELAND, Nation.SCOTLAND, Nation.WALES, Nation.ENGLAND)  # roughly where they lie


def draw_charts(figures: Mapping[str, Any], year: int = 0) -> dict[str, Any]:
    """Every chart of the report by name; ``networks``, ``network_tiles`` and ``coverage`` hold a list each. Days of
    ``year`` are told without it."""
    said, sites = figures["contributions"], figures["sites"]
    themes = [row for row in said["themes"] if row["enablers"] or row["barriers"]]
    return {
        "models": charts.bars("Sites by delivery model", [(row["label"], row["total"]) for row in sites["by_model"]]),
        "nations": _nation_tiles(figures),
        "kinds": charts.bars("Contributions by kind", [(row["label"] + "s", row["value"]) for row in said["by_kind"]]),
        "evidence": charts.bars(
            "Materials by kind of evidence",
            [(row["label"], row["value"]) for row in figures["evidence"]],
            notes=["" if row["percent"] is None else f"{row['percent']}%" for row in figures["evidence"]],
        ),
        "outcomes": charts.bars(
            "Involvements by outcome", [(row["label"], row["value"]) for row in figures["involvements"]["by_outcome"]]
        ),
        "themes": charts.split(
            "What helps and what gets in the way, by theme",
            [(row["theme"], row["enablers"], row["barriers"]) for row in themes[:THEMES_DRAWN]],
        ),
        "top_themes": charts.split(
            "What was spoken about most, by theme",
            [(row["theme"], row["enablers"], row["barriers"]) for row in themes[:THEMES_ON_POSTER]],
        ),
        "networks": [
            charts.cadence(
                f"Returns from {network['name']}",
                [
                    (
                        row["local_network"],
                        [(slot["state"], slot_day(slot["on"], year)) for slot in row["slots"]],
                    )
                    for row in network["rows"][:NETWORKS_DRAWN]
                ],
            )
            for network in figures["meetings"]["networks"]
        ],
        "network_tiles": [_tiles_of(network) for network in figures["meetings"]["networks"]],
        "coverage": [charts.coverage(f"Coverage at {row['site']}", row) for row in figures["coverage"]],
    }


def on_page(chart: charts.Chart) -> dict[str, str]:
    """A chart drawn into a page, where it has the page's own typeface; charts escape every word that comes from data."""
    opening = f'<svg role="img" aria-label="{escape(chart.alt)}" '
    return {"inline": mark_safe(chart.svg_on_page.replace("<svg ", opening, 1)), "alt": chart.alt}  # noqa: S308


def charts_on_page(figures: Mapping[str, Any], wanted: set[str]) -> dict[str, Any]:
    """Some of the report's charts, by name, drawn for a page."""
    return {
        name: [on_page(one) for one in chart] if isinstance(chart, list) else on_page(chart)
        for name, chart in draw_charts(figures).items()
        if name in wanted
    }


def _nation_tiles(figures: Mapping[str, Any]) -> charts.Chart:
    """How many sites work in each nation, with how many contributions its local networks made."""
    sites = {row["key"]: row["value"] for row in figures["sites"]["by_nation"]}
    uk = sites.get(Nation.UK, 0)
    beside = f"{uk} more {'work' if uk > 1 else 'works'} across the UK" if uk else ""
    tiles = [(NATIONS[key], sites.get(key, 0), "site" if sites.get(key, 0) == 1 else "sites") for key in TILES]
    return charts.nations("Sites", tiles, beside=beside)


def _tiles_of(network: Mapping[str, Any]) -> charts.Chart:
    """How many returns have come in from each nation's local networks of one network."""
    held = {NATIONS[key]: 0 for key in TILES}
    for row in network["rows"]:
        held[row["nation"]] = held.get(row["nation"], 0) + row["held"]
    tiles = [
        (NATIONS[key], held[NATIONS[key]], "meeting held" if held[NATIONS[key]] == 1 else "meetings held")
        for key in TILES
    ]
    return charts.nations(f"Meetings held by {network['name']}", tiles)


def slot_day(on: str, year: int) -> str:
    """The day of a meeting; its year is only said where it is not the report's."""
    if not on:
        return ""
    meets = date.fromisoformat(on)
    return day(meets).rsplit(" ", 1)[0] if meets.year == year else day(meets)
