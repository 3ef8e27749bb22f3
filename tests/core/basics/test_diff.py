"""The comparison of two texts, word by word."""

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impact.core.basics.words.diff import ADDED, REMOVED, SAME, Piece, plain, word_diff

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


def long_text(words: list[str], letters: int, seed: int) -> str:
    choose = random.Random(seed)
    return " ".join(choose.choice(words) for _ in range(letters // (len(words[0]) + 1)))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a " * 24_000, "b a " * 12_000),
        ("." * 49_000, ".," * 24_000),
        (long_text(list("abcd"), 49_000, 1), long_text(list("abcd"), 49_000, 2)),
        (
            long_text([f"w{n:03}" for n in range(200)], 49_000, 1),
            long_text([f"w{n:03}" for n in range(200)], 49_000, 2),
        ),
        ("a b.\n" * 9_000, "b a.\n" * 9_000),
    ],
    ids=["one word", "signs", "four words", "two hundred words", "one line again and again"],
)
def test_long_texts_of_few_words_are_compared_in_about_a_second(before, after):
    """Two of 49 kB took 18 seconds. Whatever is given up, nothing is lost."""
    started = time.process_time()
    pieces = word_diff(before, after)
    assert time.process_time() - started < 4  # about one; machines differ
    assert "".join(p.text for p in pieces if p.kind != ADDED) == before
    assert "".join(p.text for p in pieces if p.kind != REMOVED) == after


def test_a_small_change_in_a_long_text_is_still_shown_word_by_word():
    sentences = [f"In meeting {n} we spoke of plan {n * 7} and of how people are asked about it." for n in range(500)]
    before = " ".join(sentences)
    after = before.replace("In meeting 250 we spoke", "In meeting 250 we wrote").replace(
        "plan 2807 and", "plan 2807 or"
    )
    changed = [(p.kind, p.text) for p in word_diff(before, after) if p.kind != SAME]
    assert changed == [(REMOVED, "spoke"), (ADDED, "wrote"), (REMOVED, "and"), (ADDED, "or")]
