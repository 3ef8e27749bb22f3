"""What differs between two editions of a report: its figures side by side, and its words. Pure: two snapshots in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from coproduction.charter.reading.comparing import Comparison, Words, compare
from reports.figures.catalogue import INDICATORS
from reports.figures.tables import Table
from reports.writing.models import ReportSection

Data = Mapping[str, Any]


@dataclass(frozen=True)
class CellChange:
    """One cell of a table that differs: where it stands, what it was and what it is."""

    row: str
    column: str
    was: str
    now: str


@dataclass(frozen=True)
class FigureRow:
    """One figure in both editions, and the cells of its table that differ."""

    code: str
    title: str
    was: str
    now: str
    cells: tuple[CellChange, ...]

    @property
    def is_changed(self) -> bool:
        return self.was != self.now or bool(self.cells)

    @property
    def words(self) -> str:
        """What happened to it, for people who see no colours."""
        if self.was != self.now:
            return "Changed"
        return "Its table changed" if self.cells else "The same"


def figures_compared(old: Data, new: Data) -> list[FigureRow]:
    """Every figure of the catalogue as both editions say it, by its code."""
    before, after = old["figures"], new["figures"]
    rows, told = [], set()
    for one in INDICATORS:
        cells = _cells(one.table_of(before), one.table_of(after)) if one.table and one.table not in told else ()
        told.add(one.table)  # several figures share a table, which is told of once
        rows.append(FigureRow(one.code, one.title, one.words(before), one.words(after), cells))
    return rows


def _cells(old: Table | None, new: Table | None) -> tuple[CellChange, ...]:
    """The cells that differ, found by the name of their row and of their column."""
    was, now = _by_name(old), _by_name(new)
    return tuple(
        CellChange(row, column, was.get((row, column), "not there"), now.get((row, column), "not there"))
        for row, column in [*now, *(place for place in was if place not in now)]
        if was.get((row, column)) != now.get((row, column))
    )


def _by_name(table: Table | None) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    numbers: dict[str, int] = {}  # name of a row → the number that the next row of that name gets
    for row in table.rows if table else ():
        name = own = str(row[0])
        while name in numbers:
            numbers[own] += 1
            name = f"{own} ({numbers[own]})"
        numbers[name] = 1
        for column, cell in zip(table.columns[1:] if table else (), row[1:], strict=False):
            found[(name, column)] = "withheld" if cell is None else str(cell)
    return found


def quotes_compared(old: Data, new: Data) -> list[str]:
    """What happened to quotes, in sentences that do not repeat them: words taken back are not shown again here."""
    was, now = ({row["id"]: row["words"] for row in data.get("quotes", [])} for data in (old, new))
    gone, came = len(was.keys() - now.keys()), len(now.keys() - was.keys())
    reworded = sum(was[pk] != now[pk] for pk in was.keys() & now.keys())
    counts = ((gone, "left out"), (came, "new"), (reworded, "in other words"))
    return [f"{number} quote{'' if number == 1 else 's'} {what}" for number, what in counts if number]


def words_compared(old: Data, new: Data) -> Comparison:
    """Every chapter's words in both editions."""

    def chapters(data: Data) -> list[Words]:
        titles = dict(ReportSection.Key.choices)
        return [Words(key, titles[key], data["sections"][key]) for key in titles if key in data["sections"]]

    return compare(chapters(old), chapters(new))
