"""The comparison of two texts, word by word."""

import time

from hypothesis import given
from hypothesis import strategies as st

from impact.core.diff import ADDED, REMOVED, SAME, Piece, plain, word_diff

texts = st.text(alphabet="ab’-. \n", max_size=60)


@given(texts, texts)
def test_nothing_is_lost_or_invented(before, after):
    pieces = word_diff(before, after)
    assert "".join(p.text for p in pieces if p.kind != ADDED) == before
    assert "".join(p.text for p in pieces if p.kind != REMOVED) == after


def test_a_changed_word_shows_as_old_and_new():
    assert word_diff("We meet three times.", "We meet four times.") == [
        Piece(SAME, "We meet "),
        Piece(REMOVED, "three"),
        Piece(ADDED, "four"),
        Piece(SAME, " times."),
    ]


def test_neighbouring_changes_read_as_one():
    pieces = word_diff("a long paper", "one page paper")
    assert [(p.kind, p.text) for p in pieces] == [(REMOVED, "a long"), (ADDED, "one page"), (SAME, " paper")]


def test_a_full_stop_is_not_part_of_the_word_before_it():
    assert [p.text for p in word_diff("It is decided.", "It is decided") if p.kind == REMOVED] == ["."]


def test_readers_compare_words_and_not_markdown():
    assert plain("# Title\n\n- **one**\n* two\r\n") == "Title\n\n• one\n• two\n"


def test_two_long_and_awkward_texts_are_compared_in_reasonable_time():
    start = time.monotonic()
    for before, after in [("a " * 10_000, "b a " * 5_000), ("." * 20_000, ".," * 10_000), ("a " * 299, "b a " * 149)]:
        word_diff(before, after)
    assert time.monotonic() - start < 10
