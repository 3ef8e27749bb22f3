"""How words are read."""

import pytest

from impact.core.web.search import words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Cŵn a Dŵr", ["cwn", "a", "dwr"]),
        ("Tŷ bach – tŷ'r cyfan", ["ty", "bach", "ty", "r", "cyfan"]),
        ("foo_bar-baz.qux", ["foo", "bar", "baz", "qux"]),
        ("decomposed w\u0302", ["decomposed", "w"]),
        ("😀 <b>", ["b"]),
    ],
)
def test_a_text_is_split_into_words_without_capitals_and_accents(text, found):
    assert words.split(text) == found


@pytest.mark.parametrize(
    ("word", "also"),
    [("carers", "carer"), ("meeting", "meetings"), ("meet", "meeting"), ("policies", "policy"), ("shared", "sharing")],
)
def test_a_word_is_found_in_its_usual_forms(word, also):
    assert also in words.forms(word) and word in words.forms(word)


@pytest.mark.parametrize("text", ["", "  ", "?!", "\0", '"', "a", "é", "*", "😀"])
def test_a_search_without_words_is_empty(text):
    assert words.ask(text).is_empty


def test_a_question_has_few_words_and_no_operators():
    question = words.ask('"unbalanced AND OR NEAR(' + " ".join(f"word{n}" for n in range(50)))
    assert len(question.groups) <= words.MOST_WORDS
    assert words.match(words.ask('x" OR "y'), []).count('"') % 2 == 0


def test_stop_words_count_where_there_is_nothing_else():
    assert words.ask("the carers").groups == words.ask("carers").groups
    assert not words.ask("not this").is_empty


def test_letters_that_are_no_word_are_enough_to_look_for():
    """The page says that nothing was found, and not to type more."""
    assert words.ask("zzzz").is_empty and words.is_enough("zzzz") and words.is_enough("7")
    assert not words.is_enough("a") and not words.is_enough("?!")
