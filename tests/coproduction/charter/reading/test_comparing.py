"""Comparing two versions: what is shown, applied to the old text, gives the new one."""

from itertools import combinations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from coproduction.charter.reading.comparing import Words, compare, in_order, sides
from impact.core.basics.words.diff import ADDED, REMOVED, plain

pytestmark = pytest.mark.sqlite_only

SENTENCES = ["We meet three times a year.", "**Papers** come early.", "- cameras on or off", "", "Ask, then ask again."]
bodies = st.lists(st.one_of(st.sampled_from(SENTENCES), st.text(max_size=40)), max_size=5).map("\n\n".join)
titles = st.sampled_from(["Who we are", "When we meet", "Our words", "Online"])
texts = st.lists(
    st.builds(Words, key=st.sampled_from("abcdefghij"), title=titles, body=bodies),
    max_size=10,
    unique_by=lambda words: words.key,
)


@st.composite
def edited(draw):
    """A text, and the same one after sections were reworded, renamed, moved, retired and added."""
    old = draw(texts)
    kept = [row for row in old if draw(st.booleans()) or draw(st.booleans())]
    rows = [
        Words(
            row.key,
            draw(titles) if draw(st.booleans()) else row.title,
            draw(bodies) if draw(st.booleans()) else row.body,
        )
        for row in kept
    ]
    added = [row for row in draw(texts) if row.key not in {one.key for one in old}]
    new = rows + added
    return old, draw(st.permutations(new)) if draw(st.booleans()) else new


def applied(old, shown):
    """Do to the old text what a page shows: (key, title, words) in the new order."""
    was = {row.key: plain(row.body) for row in old}
    rows = []
    for change in sorted((c for c in shown.sections if not c.is_retired), key=lambda c: c.new_place):
        before = "".join(piece.text for piece in sides(change.pieces)["before"])
        assert before == was.get(change.key, ""), "the words crossed out and kept are the old text"
        after = "".join(piece.text for piece in change.pieces if piece.kind != REMOVED)
        rows.append((change.key, change.title, after))
    return rows


@given(edited())
@example(([], []))
@example(([Words("a", "A", "")], []))
@example(([Words("a", "A", "x"), Words("b", "B", "y")], [Words("b", "B", "y"), Words("a", "A", "x")]))
def test_what_is_shown_applied_to_the_old_text_gives_the_new_one(pair):
    old, new = pair
    shown = compare(old, new)
    assert applied(old, shown) == [(row.key, row.title, plain(row.body)) for row in new]
    retired = {change.key for change in shown.sections if change.is_retired}
    assert retired == {row.key for row in old} - {row.key for row in new}
    for change in shown.sections:
        if change.is_retired:
            assert {piece.kind for piece in change.pieces} <= {REMOVED}
        if change.is_new:
            assert {piece.kind for piece in change.pieces} <= {ADDED}


@given(edited())
def test_the_sections_called_the_same_are_the_same_and_stand_in_the_same_order(pair):
    old, new = pair
    shown = compare(old, new)
    same = [change.key for change in shown.same]
    before = {row.key: row for row in old}
    after = {row.key: row for row in new}
    assert all(before[key] == after[key] for key in same)
    stayed = [c for c in shown.sections if not (c.is_new or c.is_retired or c.is_moved)]
    assert [c.old_place for c in sorted(stayed, key=lambda c: c.new_place)] == sorted(c.old_place for c in stayed)


@given(texts)
def test_a_text_compared_with_itself_has_no_changes(text):
    shown = compare(text, text)
    assert shown.changes == [] and shown.summary == "Nothing changed"


@given(st.permutations(range(1, 8)))
def test_as_few_sections_as_possible_are_called_moved(places):
    """No larger set of sections stands in the same order in both texts: tried against every set."""
    stayed = in_order(places)
    assert [p for p in places if p in stayed] == sorted(stayed)
    larger = combinations(places, len(stayed) + 1)
    assert not any(list(some) == sorted(some) for some in larger)


def words(*keys):
    return [Words(key, key.upper(), f"About {key}.") for key in keys]


def test_one_section_that_goes_to_the_end_is_the_only_one_moved():
    shown = compare(words("a", "b", "c", "d"), words("b", "c", "d", "a"))
    assert [c.key for c in shown.changes] == ["a"]
    assert (shown.changes[0].old_place, shown.changes[0].new_place) == (1, 4)
    assert shown.summary == "1 section moved"


def test_a_new_section_before_the_others_moves_none_of_them():
    shown = compare(words("a", "b"), words("new", "a", "b"))
    assert [(c.key, c.marks) for c in shown.changes] == [("new", ["New section"])]


def test_the_summary_counts_each_kind_of_change():
    old = [Words("a", "A", "One day."), *words("b", "c", "d")]
    new = [*words("c", "b"), Words("a", "A", "Two days."), Words("e", "E", "New."), Words("f", "F", "")]
    shown = compare(old, new)
    assert shown.summary == "1 section changed, 2 moved, 2 new, 1 retired"
    changed = next(c for c in shown.changes if c.key == "a")
    assert changed.counts == "2 words added, 2 removed" and "Words changed" in changed.marks


def test_a_retired_section_stands_where_it_was():
    shown = compare(words("a", "gone", "b"), words("a", "b"))
    assert [c.key for c in shown.sections] == ["a", "gone", "b"]
    assert compare(words("gone", "a"), words("a")).sections[0].is_retired


def test_a_change_of_layout_alone_is_said_and_no_word_is_marked():
    shown = compare([Words("a", "A", "We meet")], [Words("a", "A", "We **meet**")])
    (change,) = shown.changes
    assert change.marks == ["Layout changed"] and change.counts == ""


def test_a_new_title_is_a_change():
    shown = compare([Words("a", "Old name", "x")], [Words("a", "New name", "x")])
    assert shown.summary == "1 section renamed" and shown.changes[0].old_title == "Old name"
