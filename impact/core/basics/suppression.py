"""Counts of people made safe to show: the one function for pages, the report, the API and files (decisions 13 and 33)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SMALLEST_SHOWN = 5
SMALL_GROUP = 20


@dataclass(frozen=True)
class Suppressed:
    """Counts of people that are safe to publish. None: withheld."""

    cells: dict[str, int | None]
    total: int | None


def _to_five(count: int) -> int:
    return 5 * ((count + 2) // 5)


def suppress(counts: Mapping[str, int], before: Suppressed | None = None) -> Suppressed:
    """Counts of people, by whatever they were counted, made safe to publish.

    Use it for every figure about people's perspectives, positions or equality answers, on pages, in the report, the
    API and exports alike. Input: whole people by category, disjoint. 1 to 4 is withheld; everything else is rounded to
    the nearest 5. Where the cells that can be shown come to fewer than 20, an empty cell is withheld as well, and so is
    one that holds everybody: "nobody" and "all of them" say something about each member. The total is rounded too;
    beside a withheld cell it is the total of the cells shown, because rounding alone would often give the hidden one
    away.

    ``before`` is what was published of the same people earlier (a category that it does not name was empty). What was
    withheld stays withheld, what was shown stays shown, and a shown value changes only once the count is at least 5
    away from it, so that no comparison of two editions tells more than either. Raises ValueError for a negative count.
    See docs/decisions/0025 and the one on figures over time.
    """
    if any(count < 0 for count in counts.values()):
        raise ValueError("A count of people cannot be negative.")
    if before is None:
        return _suppress_once(counts)
    cells = {name: _after(before.cells.get(name, 0), count) for name, count in counts.items()}
    return Suppressed(cells, sum(cell or 0 for cell in cells.values()) or None)  # nothing that the cells do not tell


def _after(shown: int | None, count: int) -> int | None:
    """What follows a published value (None: withheld): the same, unless it was shown and the count has moved far."""
    if shown is None or abs(count - shown) < SMALLEST_SHOWN:
        return shown
    return max(SMALLEST_SHOWN, _to_five(count))


def _suppress_once(counts: Mapping[str, int]) -> Suppressed:
    """What may be published of counts that no one has seen yet."""
    total = sum(counts.values())
    # Smallness is judged by what a reader sees: judged by the true total, an empty cell would tell about that total.
    is_small = total > 0 and sum(_to_five(n) for n in counts.values() if n >= SMALLEST_SHOWN) < SMALL_GROUP

    def safe(count: int) -> int | None:
        if 0 < count < SMALLEST_SHOWN:
            return None
        if is_small and len(counts) > 1 and count in (0, total):
            return None
        return _to_five(count)

    cells = {name: safe(count) for name, count in counts.items()}
    if None in cells.values():
        return Suppressed(cells, sum(cell or 0 for cell in cells.values()) or None)
    return Suppressed(cells, _to_five(total))


def people_by(
    counts: Mapping[str, int], labels: Mapping[str, str], before: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """People by category as rows for a table: suppressed and rounded, in the order of ``labels``.

    Categories without anybody are left out where the group is large enough to say so. ``before``: the table of the same
    people that was published last.
    """
    safe = suppress({key: counts.get(key, 0) for key in labels}, as_published(before, labels))
    rows = [{"key": key, "label": labels[key], "value": safe.cells[key]} for key in labels if safe.cells[key] != 0]
    return {"rows": rows, "total": safe.total, "is_withheld": any(row["value"] is None for row in rows)}


def as_published(table: Mapping[str, Any] | None, labels: Mapping[str, str]) -> Suppressed | None:
    """A published table of people as what it tells; None where nothing has been published yet, or of no one."""
    if table is None or not table["rows"]:
        return None
    shown = {row["key"]: row["value"] for row in table["rows"]}
    return Suppressed({key: shown.get(key, 0) for key in labels}, table["total"])
