"""The figures: what counts, what is missing, and what may not be told."""

from collections import defaultdict
from datetime import date
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impact.core.basics.suppression import people_by, suppress
from reports.figures import indicators
from reports.figures.coproduction import InvolvementRow, VersionRow, WaypointRow, charter, involvements
from reports.figures.indicators import GroupRow, MeetingRow, SaidRow, SiteRow, UnitRow, percent

pytestmark = pytest.mark.sqlite_only

NATIONS = {
    "england": "England",
    "northern_ireland": "Northern Ireland",
    "scotland": "Scotland",
    "wales": "Wales",
    "uk": "UK-wide",
}
KINDS = {"local_network": "Local network", "advisory_group": "Advisory group"}
COUNTS = st.dictionaries(st.sampled_from("abcdefg"), st.integers(0, 400), max_size=7)


# --- Small numbers -------------------------------------------------------------------------------
@given(COUNTS)
def test_nothing_from_1_to_4_is_ever_shown_and_all_else_is_a_multiple_of_5(counts):
    safe = suppress(counts)
    for name, cell in safe.cells.items():
        if 0 < counts[name] < 5:
            assert cell is None
        assert cell is None or (cell % 5 == 0 and abs(cell - counts[name]) <= 2)
    assert safe.total is None or safe.total % 5 == 0


@given(COUNTS)
def test_a_total_beside_a_withheld_cell_holds_nothing_that_the_cells_do_not(counts):
    safe = suppress(counts)
    if None in safe.cells.values():
        assert (safe.total or 0) == sum(cell or 0 for cell in safe.cells.values())


@given(st.dictionaries(st.sampled_from("abc"), st.integers(0, 6), min_size=2))
def test_in_a_small_group_no_one_and_everybody_are_not_told(counts):
    if 0 < sum(counts.values()) < 15:
        safe = suppress(counts)
        assert 0 not in safe.cells.values()
        if list(counts.values()).count(0) == len(counts) - 1:
            assert set(safe.cells.values()) == {None}


def possible_values(cells: int, top: int, publish) -> dict:
    """For everything that could be published, what each withheld cell may have been."""
    behind = defaultdict(lambda: defaultdict(set))
    for truth in product(range(top), repeat=cells):
        shown = publish(dict(enumerate(truth)))
        for n in range(cells):
            if shown[0][n] is None:
                behind[tuple(shown[0].items()), shown[1]][n].add(truth[n])
    return behind


def naive(counts: dict[int, int]) -> tuple[dict, int | None]:
    """What suppressing and rounding alone would publish: the true total, rounded."""

    def safe(n: int) -> int | None:
        return None if 0 < n < 5 else 5 * ((n + 2) // 5)

    return {name: safe(n) for name, n in counts.items()}, safe(sum(counts.values()))


@pytest.mark.parametrize(("cells", "top"), [(1, 30), (2, 30), (3, 20), (4, 11)])
def test_an_attacker_who_knows_the_rules_never_narrows_a_withheld_cell_below_four_values(cells, top):
    def published(counts):
        safe = suppress(counts)
        return safe.cells, safe.total

    for hidden in possible_values(cells, top, published).values():
        assert all(len(values) >= 4 for values in hidden.values())


def test_that_attack_does_find_cells_when_only_rounding_protects_them():
    found = possible_values(3, 20, naive)
    assert any(len(values) == 1 for hidden in found.values() for values in hidden.values())


def test_a_negative_count_is_refused():
    with pytest.raises(ValueError, match="negative"):
        suppress({"a": -1})


def test_people_are_listed_in_the_order_of_the_labels_without_empty_rows():
    table = people_by({"b": 12, "a": 31, "c": 3}, {"a": "A", "b": "B", "c": "C", "d": "D"})
    assert [(row["label"], row["value"]) for row in table["rows"]] == [("A", 30), ("B", 10), ("C", None)]
    assert (table["total"], table["is_withheld"]) == (40, True)


# --- Percentages and coverage ----------------------------------------------------------------------
@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_a_percentage_is_honest_at_both_ends(one, other):
    part, whole = sorted((one, other))
    result = percent(part, whole)
    if whole == 0:
        assert result is None
        return
    assert 0 <= result <= 100
    assert (result == 0) == (part == 0) and (result == 100) == (part == whole)


def test_a_part_larger_than_the_whole_is_refused():
    with pytest.raises(ValueError):
        percent(3, 2)


@given(
    st.lists(
        st.tuples(st.sampled_from(["joined", "approached", "declined", "not_approached"]), st.integers(0, 50)),
        max_size=12,
    )
)
def test_coverage_adds_up_whatever_the_roster(states):
    rows = [UnitRow("A", "a", "practice", state, n) for state, n in states]
    for row in indicators.coverage(rows):
        assert row["listed"] == sum(row[s] for s in ("joined", "approached", "declined", "not_approached"))
        assert row["percent"] == percent(row["joined"], row["listed"])


def test_most_but_not_all_practices_take_part():
    rows = [
        UnitRow("A", "a", "practice", s, n)
        for s, n in [("joined", 10), ("approached", 2), ("declined", 1), ("not_approached", 1)]
    ]
    assert indicators.coverage(rows)[0] | {"site": ""} == {
        "site": "",
        "slug": "a",
        "unit_name": "practice",
        "listed": 14,
        "joined": 10,
        "approached": 2,
        "declined": 1,
        "not_approached": 1,
        "percent": 71,
    }


# --- Sites ---------------------------------------------------------------------------------------
def test_a_site_in_two_nations_counts_in_both_and_once_in_the_total():
    rows = [
        SiteRow("B", "b", "network", "active", ("england", "wales"), "T", "", ""),
        SiteRow("A", "a", "network", "setting_up", ("uk",), "T", "", ""),
    ]
    result = indicators.sites(
        rows,
        models={"network": "Network", "ask": "Ask"},
        nations=NATIONS,
        statuses={"active": "Active", "setting_up": "Setting up"},
    )
    assert result["total"] == 2 and result["nations_reached"] == 2 and result["is_uk_wide"]
    assert result["by_model"][0]["nations"] == {"england": 1, "northern_ireland": 0, "scotland": 0, "wales": 1, "uk": 1}
    assert [row["value"] for row in result["by_nation"]] == [1, 0, 0, 1, 1]
    assert [row["name"] for row in result["rows"]] == ["A", "B"]
    assert [(row["label"], row["value"]) for row in result["by_status"]] == [("Active", 1), ("Setting up", 1)]


# --- Meetings ------------------------------------------------------------------------------------
def group(nation: str, kind: str = "local_network", planned: int = 4) -> GroupRow:
    return GroupRow(f"g-{nation}", f"Local, {nation}", kind, nation, "Choice", planned)


def meet(*meetings: MeetingRow, groups=("england", "northern_ireland"), on=date(2022, 12, 31)):
    return indicators.meetings([group(n) for n in groups], meetings, on=on, kinds=KINDS, nations=NATIONS)


def states(result, nation: str) -> list[str]:
    row = next(r for r in result["networks"][0]["rows"] if r["nation"] == NATIONS[nation])
    return [slot["state"] for slot in row["slots"]]


def test_a_meeting_that_was_never_planned_has_no_return_to_miss():
    result = meet(MeetingRow("g-england", 1, "complete", date(2022, 7, 26)))
    assert result["missing_returns"] == []
    assert states(result, "northern_ireland") == ["none", "none", "none", "none"]
    assert states(result, "england") == ["returned", "none", "none", "none"]


def test_a_meeting_that_is_over_without_a_log_is_missing_and_one_to_come_is_not():
    over = MeetingRow("g-england", 1, "planned", date(2022, 7, 26))
    to_come = MeetingRow("g-england", 2, "planned", date(2022, 9, 26))
    result = meet(over, to_come, on=date(2022, 8, 1))
    assert states(result, "england")[:2] == ["missing", "planned"]
    assert states(meet(over, to_come), "england")[:2] == ["missing", "missing"]


def test_a_meeting_of_another_year_fills_its_round_and_is_not_counted():
    last_year = MeetingRow("g-england", 1, "complete", date(2022, 11, 26))
    to_come = MeetingRow("g-england", 3, "planned", date(2024, 1, 24), False)
    result = meet(last_year, MeetingRow("g-england", 2, "logged", date(2023, 2, 1)), to_come, on=date(2023, 12, 31))
    assert states(result, "england") == ["returned", "returned", "planned", "none"]
    assert result["held"] == 1 and result["missing_returns"] == []


def test_a_meeting_of_today_is_not_missing_before_it_is_over():
    assert (
        states(meet(MeetingRow("g-england", 1, "planned", date(2022, 8, 1), False), on=date(2022, 8, 1)), "england")[0]
        == "planned"
    )


def test_a_meeting_called_off_with_a_reason_is_not_missing():
    result = meet(
        MeetingRow("g-england", 1, "complete", date(2022, 7, 26)),
        MeetingRow("g-northern_ireland", 1, "cancelled", date(2022, 7, 26)),
    )
    assert result["missing_returns"] == [] and result["cancelled"] == 1


def test_meetings_are_counted_by_kind_of_group_for_kinds_that_met_or_set_a_date():
    groups = [group("england"), GroupRow("adv", "Advisory", "advisory_group", "uk", "", 3)]
    result = indicators.meetings(
        groups, [MeetingRow("adv", 1, "logged", date(2022, 3, 1))], on=date(2022, 12, 31), kinds=KINDS, nations=NATIONS
    )
    assert result["by_kind"] == [
        {"key": "advisory_group", "label": "Advisory group", "groups": 1, "held": 1, "planned": 3}
    ]
    assert (result["held"], result["planned"]) == (1, 7)


# --- What was said -------------------------------------------------------------------------------
def said(*rows: SaidRow):
    return indicators.contributions(
        rows,
        kinds={"enabler": "Enabler", "barrier": "Barrier", "question": "Question"},
        nations=NATIONS,
        levels={"human": "Human"},
    )


def test_one_theme_can_help_and_hinder():
    result = said(
        SaidRow("Relationships", "rel", "england", "enabler", "human", 2),
        SaidRow("Relationships", "rel", "wales", "barrier", "", 3),
        SaidRow("Time", "time", "wales", "barrier", "", 1),
        SaidRow("", "", "wales", "question", "", 1),
    )
    first = result["themes"][0]
    assert (first["theme"], first["enablers"], first["barriers"]) == ("Relationships", 2, 3)
    assert first["nations"]["wales"] == {"enablers": 0, "barriers": 3}
    assert (result["total"], result["enablers"], result["barriers"]) == (7, 2, 4)
    assert [line["theme"] for line in result["themes"]] == ["Relationships", "No theme yet", "Time"]
    assert next(row for row in result["by_nation"] if row["key"] == "wales")["kinds"] == [0, 4, 1]
    assert "uk" not in {row["key"] for row in result["by_nation"]}


def test_the_balance_of_evidence_and_of_actions():
    rows = indicators.evidence_balance({"a": 1, "b": 3}, {"a": "A", "b": "B", "c": "C"})
    assert [(row["value"], row["percent"]) for row in rows] == [(1, 25), (3, 75), (0, 0)]
    assert indicators.actions({"done": 3, "open": 1, "dropped": 2}, 1)["percent_done"] == 75
    assert indicators.actions({}, 0)["percent_done"] is None


# --- The charter and involvements ------------------------------------------------------------------
def test_a_waypoint_is_held_due_or_coming_and_only_a_held_one_says_how_it_went():
    on = date(2022, 12, 31)
    stops = [
        WaypointRow(1, "Held", date(2022, 6, 1), date(2022, 6, 2), "no_change", "Here", "Yes"),
        WaypointRow(1, "Later", date(2022, 12, 1), date(2023, 1, 9), "no_change", "Not yet known", "?"),
        WaypointRow(1, "Coming", date(2023, 6, 1), None, "", "", ""),
    ]
    result = charter(
        title="Ours",
        versions=[
            VersionRow(1, 2, "agreed", "Better", date(2022, 7, 1)),
            VersionRow(1, 1, "superseded", "", None),
        ],
        suggestions={"taken_up": 3, "waiting": 1},
        positions={"agree": 8, "reservation": 2},
        waypoints=stops,
        on=on,
        labels={
            "version": {},
            "suggestion": {"waiting": "Waiting", "taken_up": "Taken up"},
            "position": {"agree": "Agree", "reservation": "With"},
            "waypoint": {"no_change": "No change needed"},
        },
    )
    assert [(w["state"], w["where_we_are"]) for w in result["waypoints"]] == [
        ("held", "Here"),
        ("due", ""),
        ("coming", ""),
    ]
    assert result["suggestions"]["percent"] == 75
    assert result["agreed"]["number"] == 2 and [v["number"] for v in result["versions"]] == [1, 2]
    assert [row["value"] for row in result["positions"]["rows"]] == [10, None]


def test_partly_changed_counts_as_a_change_and_waiting_does_not_count_as_answered():
    rows = [
        InvolvementRow(n, str(n), "", "", "", "", o, False)
        for n, o in enumerate(["changed", "partly", "not_changed", "waiting"])
    ]
    result = involvements(rows, {"waiting": "Waiting", "changed": "Changed", "partly": "Partly", "not_changed": "Not"})
    assert (result["total"], result["answered"], result["led_to_change"], result["percent"]) == (4, 3, 2, 67)
