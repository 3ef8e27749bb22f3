"""What earlier snapshots say about numbers of people, so that no comparison of two of them tells more than either.

Numbers of people change only when a snapshot is taken, and then as ``impact.core.basics.suppression`` allows. Pages that
count everything else live show those of the newest snapshot.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import Max

People = Mapping[str, Any]
NOT_YET: dict[str, Any] = {"rows": [], "total": None, "is_withheld": True, "is_waiting": True}


@dataclass(frozen=True)
class Published:
    """Tables of people in the newest snapshots: a year's attendance, and the positions on each agreed charter."""

    attendance: People | None
    positions: Mapping[str, People]  # by the name of the version of the charter

    @classmethod
    def before(cls, year: int) -> "Published":
        """What has been published of the people whom the figures of ``year`` count. Two queries."""
        snapshots = _counted_snapshots()
        newest = [pk for _report, pk in snapshots.values_list("report").annotate(newest=Max("pk"))]
        attendance, positions = None, {}
        charter = "data__figures__charter"
        columns = ("report__year", "data__figures__attendance", f"{charter}__agreed", f"{charter}__positions")
        # Positions are on a text and not of a year, so those of every report count; the one published last comes last.
        # A table that waits (for the year to end, or for a first edition) has told nothing.
        for of_year, came, agreed, stood in snapshots.filter(pk__in=newest).order_by("pk").values_list(*columns):
            if of_year == year and came and not came.get("is_waiting"):
                attendance = came
            if agreed and stood and not stood.get("is_waiting"):
                positions[agreed.get("name") or str(agreed["number"])] = stood
        return cls(attendance, positions)


def _counted_snapshots() -> Any:
    """Snapshots that counted people: a corrected edition that keeps the numbers of an earlier one tells nothing newer."""
    return apps.get_model("reports", "Snapshot").objects.filter(keeps_people=False).order_by()


def withheld_in_reports(people: People, years: set[int]) -> dict[str, Any]:
    """A table of people with what the newest annual reports of ``years`` withhold left out of it as well: someone who
    reads both learns no more than from either."""
    snapshots = _counted_snapshots()
    newest = [
        pk for _report, pk in snapshots.filter(report__year__in=years).values_list("report").annotate(newest=Max("pk"))
    ]
    hidden = {
        row["key"]
        for came in snapshots.filter(pk__in=newest).values_list("data__figures__attendance", flat=True)
        if came and not came.get("is_waiting")
        for row in came["rows"]
        if row["value"] is None
    }
    return without(people, hidden)


def without(people: People, hidden: set[str]) -> dict[str, Any]:
    """A table of people with more cells withheld. Its total is then that of the cells shown."""
    rows = [{**row, "value": None if row["key"] in hidden else row["value"]} for row in people["rows"]]
    if rows == list(people["rows"]):
        return dict(people)
    return {"rows": rows, "total": sum(row["value"] or 0 for row in rows) or None, "is_withheld": True}
