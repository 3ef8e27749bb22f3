"""Figures about the charter and involvements: pure functions over plain rows."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from impact.core.basics.suppression import people_by
from reports.figures.indicators import Figures, percent


class InvolvementRow(NamedTuple):
    """One thing that members were asked to shape."""

    pk: int
    title: str
    asked_by: str
    asked: str
    said: str
    changed: str
    outcome: str
    is_good_practice: bool
    is_development: bool = False


class VersionRow(NamedTuple):
    """One version of a charter."""

    charter: int
    number: int
    status: str
    change_note: str
    agreed_on: date | None
    name: str = ""  # "2.1" for a minor correction; empty: the number


class WaypointRow(NamedTuple):
    """One stop at which a group asks where its charter stands."""

    charter: int
    title: str
    due_on: date
    held_on: date | None
    outcome: str
    where_we_are: str = ""  # of editions and waypoints from before each question had a text
    heading: str = ""
    summary: Sequence[Mapping[str, str]] = ()  # [question, words]


def _place(row: VersionRow) -> list[int]:
    """Versions in their order: 2, 2.1, 2.10, 3."""
    return [int(part) for part in (row.name or str(row.number)).split(".")]


# --- The charter (rules 15 and 16) ---------------------------------------------------------------
def charter(
    *,
    title: str,
    versions: Sequence[VersionRow],
    suggestions: Mapping[str, int],
    positions: Mapping[str, int],
    waypoints: Sequence[WaypointRow],
    on: date,
    labels: Mapping[str, Mapping[str, str]],
    published: Mapping[str, Mapping[str, Any]] | None = None,
) -> Figures:
    """How far a charter is: versions, the share of suggestions answered, where members stand, waypoints.

    Suggestions: whole suggestions; answered ÷ made as a percentage (every one gets an answer, rule 15). Positions are
    people, so they go through ``suppress``, after what was ``published`` of each version. Waypoints: held, due (not held, date past) or coming. Shape: title,
    versions [number, name, status, note, agreed_on], agreed (the newest agreed one, or None), suggestions {made, answered,
    percent, rows}, positions {rows, total}, waypoints [title, due_on, held_on, state, outcome, where_we_are, heading,
    summary [question, words]].
    """
    made = sum(suggestions.values())
    answered = made - suggestions.get("waiting", 0)
    lines = [
        {
            "number": row.number,
            "name": row.name or str(row.number),
            "status": labels["version"].get(row.status, row.status),
            "key": row.status,
            "note": row.change_note,
            "agreed_on": row.agreed_on.isoformat() if row.agreed_on else "",
        }
        for row in sorted(versions, key=_place)
    ]
    agreed = [line for line in lines if line["key"] == "agreed"]
    before = (published or {}).get(str(agreed[-1]["name"])) if agreed else None
    stops = []
    for row in sorted(waypoints, key=lambda row: (row.due_on, row.title)):
        is_held = row.held_on is not None and row.held_on <= on
        stops.append(
            {
                "title": row.title,
                "due_on": row.due_on.isoformat(),
                "held_on": row.held_on.isoformat() if is_held and row.held_on else "",
                "state": "held" if is_held else "due" if row.due_on <= on else "coming",
                "outcome": labels["waypoint"].get(row.outcome, "") if is_held else "",
                "where_we_are": row.where_we_are if is_held else "",
                "heading": row.heading if is_held else "",
                "summary": [dict(part) for part in row.summary] if is_held else [],
            }
        )
    return {
        "title": title,
        "versions": lines,
        "agreed": agreed[-1] if agreed else None,
        "suggestions": {
            "made": made,
            "answered": answered,
            "percent": percent(answered, made),
            "rows": [
                {"key": k, "label": label, "value": suggestions.get(k, 0)} for k, label in labels["suggestion"].items()
            ],
        },
        "positions": people_by(positions, labels["position"], before),
        "waypoints": stops,
    }


# --- Involvements (rule 17) ----------------------------------------------------------------------
def involvements(rows: Sequence[InvolvementRow], outcomes: Mapping[str, str]) -> Figures:
    """What members were asked, what they said and what changed: whole involvements, by outcome.

    ``led_to_change`` counts those changed in full or in part. Shape: total, led_to_change, answered, percent (led to
    change ÷ answered), good_practice, development (how many are marked so), by_outcome [key, label, value], rows [pk,
    title, asked_by, asked, said, changed, outcome, key, is_good_practice, is_development], in the order given.
    """
    counts = Counter(row.outcome for row in rows)
    changed = counts["changed"] + counts["partly"]
    answered = len(rows) - counts["waiting"]
    return {
        "total": len(rows),
        "answered": answered,
        "led_to_change": changed,
        "percent": percent(changed, answered),
        "good_practice": sum(row.is_good_practice for row in rows),
        "development": sum(row.is_development for row in rows),
        "by_outcome": [{"key": k, "label": label, "value": counts[k]} for k, label in outcomes.items()],
        "rows": [
            {**row._asdict(), "outcome": outcomes.get(row.outcome, row.outcome), "key": row.outcome} for row in rows
        ],
    }
