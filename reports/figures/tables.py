"""The tables of the report: pure functions from a snapshot's figures to columns and rows, for every form of it.

A snapshot may be older than a figure, so what it does not hold makes no table (None) rather than an error. A cell of
None is a count of people that is withheld.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Figures = Mapping[str, Any]
Cell = str | int | None
NO_VALUE = "–"
NATIONS = {"england": "England", "northern_ireland": "Northern Ireland", "scotland": "Scotland", "wales": "Wales"}
SLOTS = {
    "returned": "Return in",
    "missing": "Missing",
    "planned": "Still to come",
    "cancelled": "Cancelled",
    "none": "No date set",
}


@dataclass(frozen=True)
class Table:
    """Headings and rows; the first cell of a row names it. None: withheld."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def as_json(self) -> dict[str, Any]:
        """The table as plain lists."""
        return {"columns": list(self.columns), "rows": [list(row) for row in self.rows]}


def _table(columns: list[str], rows: list[list[Cell]]) -> Table | None:
    """A table, or None where it would have no rows."""
    return Table(tuple(columns), tuple(tuple(row) for row in rows)) if rows else None


def _counts(heading: str, unit: str, rows: list[Any]) -> Table | None:
    return _table([heading, unit], [[row["label"], row["value"]] for row in rows])


def _share(value: int | None) -> str:
    return NO_VALUE if value is None else f"{value}%"


def sites_by_model(figures: Figures) -> Table | None:
    """Delivery models down, nations across, and all."""
    sites = figures.get("sites")
    if not sites or not sites["total"]:
        return None
    nations = sites["by_nation"]
    rows: list[list[Cell]] = [
        [row["label"], *(row["nations"].get(nation["key"], 0) for nation in nations), row["total"]]
        for row in sites["by_model"]
    ]
    rows.append(["All", *(nation["value"] for nation in nations), sites["total"]])
    return _table(["Delivery model", *(nation["label"] for nation in nations), "All"], rows)


def sites_by_nation(figures: Figures) -> Table | None:
    """Sites in each nation; one that works in several counts in each."""
    return _counts("Nation", "Sites", figures.get("sites", {}).get("by_nation", []))


def sites_by_status(figures: Figures) -> Table | None:
    """Sites by where they stand."""
    return _counts("Status", "Sites", figures.get("sites", {}).get("by_status", []))


def site_list(figures: Figures) -> Table | None:
    """Every site with its model, nations, topic, host, place and status."""
    return _table(
        ["Site", "Delivery model", "Nations", "Topic", "Host", "Place", "Status"],
        [
            [
                row["name"],
                row["model"],
                ", ".join(row["nations"]),
                row["topic"],
                row["host"],
                row["place"],
                row["status"],
            ]
            for row in figures.get("sites", {}).get("rows", [])
        ],
    )


def coverage(figures: Figures) -> Table | None:
    """How far each site reaches into its roster."""
    return _table(
        ["Site", "Unit", "Joined", "Approached", "Declined", "Not yet approached", "All", "Coverage"],
        [
            [
                *(row["site"], row["unit_name"], row["joined"], row["approached"], row["declined"]),
                *(row["not_approached"], row["listed"], _share(row["percent"])),
            ]
            for row in figures.get("coverage", [])
        ],
    )


def meetings_by_kind(figures: Figures) -> Table | None:
    """Groups that met, and meetings held and planned, by kind of group."""
    return _table(
        ["Kind of group", "Groups", "Held", "Planned"],
        [
            [row["label"], row["groups"], row["held"], row["planned"]]
            for row in figures.get("meetings", {}).get("by_kind", [])
        ],
    )


def returns(figures: Figures) -> Table | None:
    """Each meeting of each local network: whether its return is in, and the day."""
    return _table(
        ["Network", "Local network", "Nation", "Meeting", "Return", "Date"],
        [
            [network["name"], row["local_network"], row["nation"], slot["number"], SLOTS[slot["state"]], slot["on"]]
            for network in figures.get("meetings", {}).get("networks", [])
            for row in network["rows"]
            for slot in row["slots"]
        ],
    )


def missing_returns(figures: Figures) -> Table | None:
    """Returns that are due and have not come in."""
    return _table(
        ["Local network", "Network", "Nation", "Meeting"],
        [
            [row["local_network"], row["network"], row["nation"], row["round"]]
            for row in figures.get("meetings", {}).get("missing_returns", [])
        ],
    )


def attendance(figures: Figures) -> Table | None:
    """People who came, by perspective, safe to show."""
    return _people("Perspective", figures.get("attendance"))


def positions(figures: Figures) -> Table | None:
    """People by the position they took on the agreed charter, safe to show."""
    charter = figures.get("charter")
    return _people("Position", charter["positions"]) if charter and charter["agreed"] else None


def equality(figures: Figures) -> Table | None:
    """Answers to the equality questions, safe to show: one row for each answer."""
    found = figures.get("equality")
    rows: list[list[Cell]] = [
        [one["label"], row["label"], row["value"], "More, withheld" if row["is_part"] and row["value"] else ""]
        for one in (found["questions"] if found else [])
        for row in one["rows"]
    ]
    return _table(["Question", "Answer", "People", "Note"], rows)


def _people(heading: str, people: Mapping[str, Any] | None) -> Table | None:
    if not people or not people["rows"]:
        return None
    rows: list[list[Cell]] = [[row["label"], row["value"]] for row in people["rows"]]
    rows.append(["All shown" if people["is_withheld"] else "All", people["total"]])
    return _table([heading, "People"], rows)


def contributions_by_nation(figures: Figures) -> Table | None:
    """Nations down, kinds of contribution across, and all."""
    said = figures.get("contributions")
    if not said or not said["total"]:
        return None
    rows: list[list[Cell]] = [[row["label"], *row["kinds"], row["value"]] for row in said["by_nation"]]
    rows.append(["All", *(row["value"] for row in said["by_kind"]), said["total"]])
    return _table(["Nation", *(f"{row['label']}s" for row in said["by_kind"]), "All"], rows)


def themes(figures: Figures) -> Table | None:
    """What helps and what gets in the way, by theme and nation."""
    columns = ["Theme", "Enablers", "Barriers", "Other", "All"]
    columns += [f"{label}: {kind}" for label in NATIONS.values() for kind in ("enablers", "barriers")]
    none = {"enablers": 0, "barriers": 0}
    return _table(
        columns,
        [
            [
                *(row["theme"], row["enablers"], row["barriers"], row["other"], row["total"]),
                *(row["nations"].get(key, none)[kind] for key in NATIONS for kind in ("enablers", "barriers")),
            ]
            for row in figures.get("contributions", {}).get("themes", [])
        ],
    )


def contributions_by_level(figures: Figures) -> Table | None:
    """Contributions by level: systemic or human."""
    return _counts("Level", "Contributions", figures.get("contributions", {}).get("by_level", []))


def evidence(figures: Figures) -> Table | None:
    """Materials and their share, by kind of evidence."""
    rows = figures.get("evidence", [])
    if not any(row["value"] for row in rows):
        return None
    return _table(
        ["Kind", "Materials", "Share"], [[row["label"], row["value"], _share(row["percent"])] for row in rows]
    )


def actions(figures: Figures) -> Table | None:
    """Actions by where they stand."""
    found = figures.get("actions")
    if not found or not found["total"]:
        return None
    names = {"done": "Done", "open": "Open", "dropped": "Dropped with a reason", "total": "All"}
    return _table(["Status", "Actions"], [[label, found[key]] for key, label in names.items()])


def suggestions(figures: Figures) -> Table | None:
    """Suggestions on the charter by the answer they got."""
    charter = figures.get("charter")
    if not charter or not charter["suggestions"]["made"]:
        return None
    return _counts("Answer", "Suggestions", charter["suggestions"]["rows"])


def charter_versions(figures: Figures) -> Table | None:
    """Each text of the charter that was put to the members."""
    return _table(
        ["Version", "Status", "Agreed on", "What changed"],
        [
            [f"Version {row.get('name') or row['number']}", row["status"], row["agreed_on"] or NO_VALUE, row["note"]]
            for row in (figures.get("charter") or {}).get("versions", [])
        ],
    )


def waypoints(figures: Figures) -> Table | None:
    """The stops at which members ask where the charter stands."""
    return _table(
        ["Waypoint", "Due on", "Held on", "Outcome", "Where we are", "Are we heading as intended?"],
        [
            [
                row["title"],
                row["due_on"],
                row["held_on"] or NO_VALUE,
                row["outcome"],
                row["where_we_are"],
                row["heading"],
            ]
            for row in (figures.get("charter") or {}).get("waypoints", [])
        ],
    )


def involvements_by_outcome(figures: Figures) -> Table | None:
    """Involvements by what came of them."""
    found = figures.get("involvements")
    return _counts("Outcome", "Involvements", found["by_outcome"]) if found and found["total"] else None


def you_said_we_did(figures: Figures) -> Table | None:
    """What members were asked, what they said and what changed."""
    return _table(
        ["What it was about", "Asked by", "We asked", "You said", "We did", "Outcome"],
        [
            [row["title"], row["asked_by"], row["asked"], row["said"], row["changed"], row["outcome"]]
            for row in figures.get("involvements", {}).get("rows", [])
        ],
    )


def good_practice(figures: Figures) -> Table | None:
    """Involvements worth telling others about, and what changed."""
    return _titles(["Good practice", "What changed"], figures, "changed", lambda row: row["is_good_practice"])


def development(figures: Figures) -> Table | None:
    """Involvements marked as areas for further development, and what members said."""
    return _titles(["Area for development", "You said"], figures, "said", lambda row: row.get("is_development"))


def waiting(figures: Figures) -> Table | None:
    """Involvements that wait for an answer."""
    return _titles(["What it was about", "We asked"], figures, "asked", lambda row: row["key"] == "waiting")


def _titles(columns: list[str], figures: Figures, words: str, is_one: Callable[[Any], Any]) -> Table | None:
    rows = [row for row in figures.get("involvements", {}).get("rows", []) if is_one(row)]
    return _table(columns, [[row["title"], row[words]] for row in rows])
