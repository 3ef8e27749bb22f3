"""The catalogue: codes that never change, and the same numbers as the figures it reads."""

import json

import pytest

from reports.figures.catalogue import INDICATORS, by_code, by_name, values
from reports.formats import document
from tests.reports.sample import rows

pytestmark = pytest.mark.sqlite_only

# Printed in editions: a line may be added, none may change.
PRINTED = {
    "F1": "sites",
    "F2": "sites-by-model",
    "F5": "coverage",
    "F6": "meetings-held",
    "F10": "returns-missing",
    "F12": "attendance-by-perspective",
    "F16": "contributions-by-kind",
    "F17": "themes",
    "F19": "evidence-by-kind",
    "F28": "positions",
    "F33": "involvements-by-outcome",
    "F38": "areas-for-development",
    "F39": "equality",
}


def test_codes_run_on_from_1_and_a_printed_code_keeps_its_figure():
    assert [one.code for one in INDICATORS] == [f"F{n}" for n in range(1, len(INDICATORS) + 1)]
    assert len({one.name for one in INDICATORS}) == len(INDICATORS)
    assert {code: by_code(code).name for code in PRINTED} == PRINTED


def test_a_code_is_found_in_small_letters_and_an_unknown_one_is_none():
    assert by_code(" f12 ").name == "attendance-by-perspective"
    assert by_code("F999") is None
    assert by_name("attendance") is None


def test_each_figure_says_what_it_counts_in_what_unit_from_where_and_who_answers_for_it():
    for one in INDICATORS:
        assert all([one.title, one.unit, one.source, one.period, one.owner]), one.code
        assert one.definition.endswith("."), one.code


def test_values_are_those_of_the_snapshot_and_json_holds_them():
    figures = rows()
    found = {row["name"]: row for row in values(figures)}
    assert json.loads(json.dumps(found)) == found
    assert found["sites"]["value"] == figures["sites"]["total"]
    assert found["returns-missing"]["value"] == len(figures["meetings"]["missing_returns"]) == 2
    assert found["coverage"]["words"] == "64%"
    assert found["attendance-by-perspective"]["words"] == "about 20"
    table = found["attendance-by-perspective"]["table"]
    assert ["Front-line worker", None] in table["rows"]
    assert table["rows"][-1] == ["All shown", 20]


def test_a_snapshot_without_a_figure_has_no_value_for_it_and_no_error():
    for figures in ({}, {**rows(), "charter": None}):
        for row in values(figures):
            assert row["words"]
    assert all(row["value"] is None and row["table"] is None for row in values({}))


def test_each_chart_of_the_catalogue_is_one_that_the_report_draws():
    drawn = document.draw_charts(rows())
    for_the_pages = {"nations", "network_tiles", "top_themes"}  # of figures that have a chart of their own already
    assert {one.chart for one in INDICATORS if one.chart} == set(drawn) - for_the_pages
