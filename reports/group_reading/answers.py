"""What the leadership team has answered of a report, point by point, and what waits."""

from typing import Any

from reports.group_reading.points import points_of
from reports.writing.models import AnnualReport


def points_to_answer(report: AnnualReport) -> list[dict[str, Any]]:
    """Each point of the approved edition with the response that it has got; then responses to anything else."""
    given = {row.area: row for row in report.responses.all()}
    data = report.approved_edition.snapshot.data if report.approved_edition else {}
    found: list[dict[str, Any]] = [
        {"label": point.label, "area": point.title, "place": n, "response": given.pop(point.title, None)}
        for n, point in enumerate(points_of(data), start=1)
    ]
    found += [
        {"label": "Another point", "area": area, "place": len(found) + n, "response": row}
        for n, (area, row) in enumerate(((a, r) for a, r in given.items() if a), start=1)
    ]
    return [{"label": "", "area": "", "place": 0, "response": given.get("")}, *found]


def unanswered(report: AnnualReport) -> int:
    """How many points of an approved report the leadership team has not answered; one where it has answered nothing, and
    where nothing is approved yet."""
    if report.approved_edition is None:
        return 1
    points = points_to_answer(report)
    asked = [point for point in points if point["area"]] or points
    return sum(point["response"] is None for point in asked)
