"""The catalogue of the report's figures: what each one is, who answers for it, and its value in any snapshot.

A code (``F12``) is printed beside a figure and never changes its meaning: a figure that is dropped keeps its code, and
a new one takes the next. Values and tables are pure functions from a snapshot's figures, so that the page, the API, the
PDF and every other form say the same.
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reports.figures import tables
from reports.figures.indicators import percent
from reports.figures.tables import Table

Figures = Mapping[str, Any]
Value = int | None

PERIODS = {"during": "From 1 January to the cut-off", "on_the_day": "As it stood at the cut-off"}
ABOUT = ("code", "name", "title", "definition", "unit", "source", "period", "owner", "is_people")


@dataclass(frozen=True)
class Indicator:
    """One figure of the report. ``value`` is None where it is withheld or where the snapshot does not hold it."""

    code: str
    name: str
    title: str
    definition: str
    unit: str
    source: str
    period: str
    owner: str
    value: Callable[[Figures], Value]
    table: Callable[[Figures], Table | None] | None
    chart: str | None  # in reports.formats.document.draw_charts; "networks" and "coverage" are lists there
    is_people: bool = False  # counts people, so its values are rounded and may be withheld

    def table_of(self, figures: Figures) -> Table | None:
        """The figure's table, or None where it has none or the snapshot holds nothing for it."""
        return self.table(figures) if self.table else None

    def words(self, figures: Figures) -> str:
        """The value as people read it: "12", "83%", "about 25", "withheld"; "not counted" where there is none."""
        value = self.value(figures)
        if value is None:
            return "withheld" if self.is_people and self.table_of(figures) else "not counted"
        if self.is_people:
            return f"about {value}"
        return f"{value}%" if self.unit == "percent" else str(value)


def _at(*path: str) -> Callable[[Figures], Value]:
    """The number at a place in the figures; None where the snapshot has no such place."""

    def value(figures: Figures) -> Value:
        found: Any = figures
        for key in path:
            found = found.get(key) if isinstance(found, Mapping) else None
        return found if isinstance(found, int) else None

    return value


def _length(*path: str) -> Callable[[Figures], Value]:
    """How many rows a list in the figures has."""

    def value(figures: Figures) -> Value:
        found: Any = figures
        for key in path:
            found = found.get(key) if isinstance(found, Mapping) else None
        return len(found) if isinstance(found, list) else None

    return value


_missing = _length("meetings", "missing_returns")


def _coverage(figures: Figures) -> Value:
    rows = figures.get("coverage", [])
    return percent(sum(row["joined"] for row in rows), sum(row["listed"] for row in rows))


def _returned(figures: Figures) -> Value:
    if "meetings" not in figures:
        return None
    networks = figures["meetings"]["networks"]
    return sum(slot["state"] == "returned" for one in networks for row in one["rows"] for slot in row["slots"])


def _materials(figures: Figures) -> Value:
    return sum(row["value"] for row in figures["evidence"]) if "evidence" in figures else None


def _due_waypoints(figures: Figures) -> Value:
    charter = figures.get("charter")
    return sum(row["state"] == "due" for row in charter["waypoints"]) if charter else None


def _waiting(figures: Figures) -> Value:
    found = figures.get("involvements")
    return sum(row["key"] == "waiting" for row in found["rows"]) if found else None


# How each figure of catalogue.toml is counted: its value and its table.
COUNTED: dict[str, tuple[Callable[[Figures], Value], Callable[[Figures], Table | None] | None]] = {
    "sites": (_at("sites", "total"), tables.site_list),
    "sites-by-model": (_at("sites", "total"), tables.sites_by_model),
    "nations-reached": (_at("sites", "nations_reached"), tables.sites_by_nation),
    "sites-by-status": (_at("sites", "total"), tables.sites_by_status),
    "coverage": (_coverage, tables.coverage),
    "meetings-held": (_at("meetings", "held"), tables.meetings_by_kind),
    "meetings-planned": (_at("meetings", "planned"), tables.meetings_by_kind),
    "meetings-by-kind": (_at("meetings", "held"), tables.meetings_by_kind),
    "meetings-cancelled": (_at("meetings", "cancelled"), None),
    "returns-missing": (_missing, tables.missing_returns),
    "returns-by-network": (_returned, tables.returns),
    "attendance-by-perspective": (_at("attendance", "total"), tables.attendance),
    "contributions": (_at("contributions", "total"), tables.contributions_by_nation),
    "enablers": (_at("contributions", "enablers"), tables.themes),
    "barriers": (_at("contributions", "barriers"), tables.themes),
    "contributions-by-kind": (_at("contributions", "total"), tables.contributions_by_nation),
    "themes": (_at("contributions", "total"), tables.themes),
    "contributions-by-level": (_at("contributions", "total"), tables.contributions_by_level),
    "evidence-by-kind": (_materials, tables.evidence),
    "actions": (_at("actions", "total"), tables.actions),
    "actions-done": (_at("actions", "done"), None),
    "actions-open": (_at("actions", "open"), None),
    "actions-overdue": (_at("actions", "overdue"), None),
    "actions-dropped": (_at("actions", "dropped"), None),
    "suggestions-made": (_at("charter", "suggestions", "made"), tables.suggestions),
    "suggestions-answered": (_at("charter", "suggestions", "percent"), tables.suggestions),
    "suggestions-by-answer": (_at("charter", "suggestions", "made"), tables.suggestions),
    "positions": (_at("charter", "positions", "total"), tables.positions),
    "charter-versions": (_length("charter", "versions"), tables.charter_versions),
    "waypoints": (_length("charter", "waypoints"), tables.waypoints),
    "waypoints-overdue": (_due_waypoints, None),
    "involvements": (_at("involvements", "total"), tables.you_said_we_did),
    "involvements-by-outcome": (_at("involvements", "total"), tables.involvements_by_outcome),
    "led-to-change": (_at("involvements", "led_to_change"), tables.involvements_by_outcome),
    "involvements-settled": (_at("involvements", "answered"), tables.involvements_by_outcome),
    "involvements-waiting": (_waiting, tables.waiting),
    "good-practice": (_at("involvements", "good_practice"), tables.good_practice),
    "areas-for-development": (_at("involvements", "development"), tables.development),
    "equality": (_at("equality", "answered"), tables.equality),
}


def _read() -> tuple[Indicator, ...]:
    """The catalogue's file, each figure with the functions that count it."""
    found = []
    for name, about in tomllib.loads(Path(__file__).with_suffix(".toml").read_text()).items():
        value, table = COUNTED[name]
        found.append(
            Indicator(
                **{"chart": None, **about, "period": PERIODS[about["period"]]}, name=name, value=value, table=table
            )
        )
    return tuple(found)


INDICATORS: tuple[Indicator, ...] = _read()
_BY_NAME = {indicator.name: indicator for indicator in INDICATORS}
_BY_CODE = {indicator.code: indicator for indicator in INDICATORS}


def by_name(name: str) -> Indicator | None:
    """The figure of a name, such as "attendance-by-perspective"; None where there is none."""
    return _BY_NAME.get(name)


def by_code(code: str) -> Indicator | None:
    """The figure of a printed code, such as "F12" or "f12"; None where there is none."""
    return _BY_CODE.get(code.strip().upper())


def values(figures: Figures) -> list[dict[str, Any]]:
    """Every figure of a snapshot as plain values for JSON, in the order of the codes."""
    found = []
    for one in INDICATORS:
        table = one.table_of(figures)
        found.append(
            {
                **{name: getattr(one, name) for name in ABOUT},
                "value": one.value(figures),
                "words": one.words(figures),
                "table": table.as_json() if table else None,
                "chart": one.chart,
            }
        )
    return found
