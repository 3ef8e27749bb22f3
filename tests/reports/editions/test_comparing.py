"""Two editions compared: the cells of tables in which they differ."""

from types import SimpleNamespace

from reports.editions.comparing import compare
from reports.figures.tables import Table


def test_rows_of_the_same_name_are_told_apart_however_many_they_are(monkeypatch):
    """Comparing took hours where thousands of rows had the same name."""

    def one(*rows: tuple[str, int]) -> dict:
        return {"figures": Table(("Network", "People"), rows)}

    figure = SimpleNamespace(
        code="F1", title="People", table="people", table_of=lambda table: table, words=lambda _: ""
    )
    monkeypatch.setattr(compare, "INDICATORS", [figure])
    many = [("Hilltop", number) for number in range(8000)]
    (row,) = compare.figures_compared(one(*many), one(*many[:-1], ("Hilltop", 1)))
    assert row.cells == (compare.CellChange("Hilltop (8000)", "People", "7999", "1"),)
    (row,) = compare.figures_compared(one(("Hilltop", 1), ("Hilltop (2)", 2), ("Hilltop", 3)), one())
    assert [cell.row for cell in row.cells] == ["Hilltop", "Hilltop (2)", "Hilltop (3)"]
