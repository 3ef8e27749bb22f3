"""Numbers of people over time: who holds every edition of a year still cannot tell what one of them withheld."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impact.core.basics.suppression import Suppressed, people_by, suppress
from reports.figures.history import without

pytestmark = pytest.mark.sqlite_only

Truth = tuple[int, ...]
Publish = Callable[[Truth, Suppressed | None], Suppressed]
LABELS = {name: name.upper() for name in "abcdef"}
COUNTS = st.fixed_dictionaries({name: st.integers(0, 30) for name in "abc"})


def with_history(truth: Truth, before: Suppressed | None) -> Suppressed:
    return suppress(dict(enumerate(truth)), before)


def each_time_anew(truth: Truth, before: Suppressed | None) -> Suppressed:
    """What suppressing each edition on its own would publish."""
    return suppress(dict(enumerate(truth)))


def editions(history: Iterable[Truth], publish: Publish) -> Iterator[Suppressed]:
    shown = None
    for truth in history:
        shown = publish(truth, shown)
        yield shown


def left_open(histories: Iterable[tuple[Truth, ...]], publish: Publish) -> list[set[int]]:
    """For every series of editions that may be published, what each cell withheld in each of them may have been.

    The attacker knows the rules, and which histories are possible at all.
    """
    behind: dict = defaultdict(lambda: defaultdict(set))
    for history in histories:
        shown = list(editions(history, publish))
        key = tuple((tuple(one.cells.values()), one.total) for one in shown)
        for moment, one in enumerate(shown):
            for cell, value in one.cells.items():
                if value is None:
                    behind[key][moment, cell].add(history[moment][cell])
    return [values for cells in behind.values() for values in cells.values()]


def any_two_moments(cells: int, top: int) -> Iterator[tuple[Truth, ...]]:
    tables = list(product(range(top), repeat=cells))
    return product(tables, repeat=2)


def one_person_at_a_time(cells: int, top: int, moments: int) -> Iterator[tuple[Truth, ...]]:
    """Histories in which one person comes between each edition and the next, as the attacker knows."""
    for first in product(range(top), repeat=cells):
        for comers in product(range(cells), repeat=moments - 1):
            history, now = [first], list(first)
            for cell in comers:
                now[cell] += 1
                history.append(tuple(now))
            yield tuple(history)


@pytest.mark.parametrize(("cells", "top"), [(1, 40), (2, 14)])
def test_two_editions_taken_at_any_moments_leave_four_values_for_every_withheld_cell(cells, top):
    assert all(len(values) >= 4 for values in left_open(any_two_moments(cells, top), with_history))


@pytest.mark.parametrize(("cells", "top", "moments"), [(1, 12, 6), (2, 12, 4), (3, 8, 3)])
def test_even_one_person_at_a_time_a_withheld_cell_keeps_three_values(cells, top, moments):
    found = left_open(one_person_at_a_time(cells, top, moments), with_history)
    assert found and all(len(values) >= 3 for values in found)


def test_that_attack_finds_cells_when_each_edition_is_suppressed_on_its_own():
    found = left_open(one_person_at_a_time(1, 12, 3), each_time_anew)
    assert any(len(values) == 1 for values in found)


def test_a_network_report_beside_the_annual_one_tells_no_withheld_cell_and_no_difference():
    """An attacker who holds both, for everyone who may have come: to meetings of the network, and to others."""
    labels, few = {"a": "A", "b": "B"}, range(8)
    behind: dict = defaultdict(lambda: defaultdict(set))
    for of_network, others in product(product(few, repeat=2), repeat=2):
        every = {name: of_network[n] + others[n] for n, name in enumerate(labels)}
        annual = people_by(every, labels)
        hidden = {row["key"] for row in annual["rows"] if row["value"] is None}
        own = without(people_by(dict(zip(labels, of_network, strict=True)), labels), hidden)
        if any((row["value"] or 0) > 5 for table in (annual, own) for row in table["rows"]):
            continue  # larger ones would need more who may have come
        seen = tuple((tuple((row["key"], row["value"]) for row in one["rows"]), one["total"]) for one in (annual, own))
        for n, name in enumerate(labels):
            behind[seen]["annual", name].add(every[name])
            behind[seen]["network", name].add(of_network[n])
            behind[seen]["others", name].add(others[n])
    assert len(behind) >= 20
    for (annual_rows, own_rows), cells in behind.items():
        shown = {"annual": dict(annual_rows[0]), "network": dict(own_rows[0])}
        for (table, name), values in cells.items():
            if table == "others":
                assert len(values) > 1 or values == {0}, (annual_rows, own_rows, name)
            elif shown[table].get(name, 0) is None:
                assert len(values) >= 3, (annual_rows, own_rows, table, name)


@given(st.lists(COUNTS, min_size=2, max_size=6))
@settings(max_examples=60)
def test_withheld_stays_withheld_and_shown_stays_shown_and_moves_by_at_least_five(history):
    table = people_by(history[0], LABELS)
    for counts in history[1:]:
        following = people_by(counts, LABELS, table)
        if table["rows"]:
            was, now = ({row["key"]: row["value"] for row in one["rows"]} for one in (table, following))
            assert {k for k, v in was.items() if v is None} == {k for k, v in now.items() if v is None}
            for key in LABELS:
                if was.get(key, 0) is not None:
                    assert now.get(key, 0) % 5 == 0
            assert following["total"] == (sum(value or 0 for value in now.values()) or None)
        table = following


@given(COUNTS, COUNTS)
@settings(max_examples=60)
def test_the_same_people_counted_again_are_published_alike(first, second):
    once = people_by(first, LABELS)
    then = people_by(second, LABELS, once)
    assert people_by(second, LABELS, then)["rows"] == then["rows"]


def test_a_year_in_which_no_one_had_come_hides_nothing_of_the_next_edition():
    empty = people_by({}, LABELS)
    assert people_by({"a": 12, "b": 30}, LABELS, empty) == people_by({"a": 12, "b": 30}, LABELS)
