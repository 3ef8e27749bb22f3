"""Passages are found again after edits elsewhere, and said to have changed when they are gone. Pure."""

import re
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coproduction.suggestions.passages import (
    LONGEST,
    Mark,
    Passage,
    choose,
    find,
    highlight,
    paragraph_passage,
    read_html,
    read_markdown,
)
from impact.core.basics.markdown import render_markdown

WORDS = st.lists(st.sampled_from("we meet four times a year in the hall with tea and cake".split()), max_size=14)  # noqa: SIM905
SENTENCE = WORDS.map(" ".join)


@settings(max_examples=200, deadline=None)
@given(before=SENTENCE, after=SENTENCE, new_before=SENTENCE, new_after=SENTENCE)
def test_edits_elsewhere_keep_a_passage_found_and_deleting_it_says_changed(before, after, new_before, new_after):
    quote = "Papers come early"
    text = read_markdown(f"{before}\n\n{quote}\n\n{after}").text
    passage = choose(text, quote)
    assert passage is not None and passage.is_only
    later = read_markdown(f"{new_before}\n\n- **Papers come** early\n\n{new_after}").text
    start, end = find(later, passage)
    assert later[start:end] == quote
    assert find(read_markdown(f"{new_before}\n\n{new_after}").text, passage) is None


@settings(max_examples=200, deadline=None)
@given(far=SENTENCE, near=SENTENCE)
def test_of_two_places_with_the_same_words_the_chosen_one_is_found(far, near):
    """Its double, in other surroundings, is not taken for it: not while it stands, and not once it is deleted."""
    ours = "In spring and in autumn, at the hall, we meet twice. Then we rest for a while."
    double = "Others say that they wish we meet twice, whatever that may bring to them all."
    text = f"{double} {ours}"
    passage = choose(text, "we meet twice", "In spring and in autumn, at the hall, ", ". Then we rest")
    assert passage is not None and not passage.is_only
    start, _end = find(text, passage)
    assert start == text.index("we meet twice. Then")
    later = f"{far} {ours} {near} {double}"
    start, _end = find(later, passage)
    assert start == later.index("we meet twice. Then")
    assert find(f"{far} {double} {near}", passage) is None


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=300), st.integers(0, 300), st.integers(2, 60))
def test_whatever_is_chosen_in_a_text_is_found_in_it(body, start, length):
    text = read_markdown(body).text
    passage = choose(text, text[start : start + length], text[:start], text[start + length :])
    if passage is None:
        assert len(text[start : start + length].strip()) < 2
    else:
        at, end = find(text, passage)
        assert text[at:end] == passage.quote


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="ab <>&\"'*_[](`)#-\n1.", max_size=200), st.data())
def test_highlighting_changes_no_words_and_adds_only_marks_and_links(body, data):
    html = str(render_markdown(body))
    reading = read_html(html)
    if len(reading.text) < 2:
        return
    start = data.draw(st.integers(0, len(reading.text) - 2))
    end = data.draw(st.integers(start + 1, len(reading.text)))
    marked = highlight(html, [Mark(start, end)])
    assert read_html(marked).text == reading.text
    assert re.sub(r"</?mark[^>]*>", "", marked) == re.sub(r"", "", "".join(_as_written(html)))


def _as_written(html: str) -> list[str]:
    """The HTML with its text escaped as highlighting does it."""
    from html import escape

    return [what if kind != "text" else escape(what, quote=False) for kind, what in read_html(html).parts]


def test_hostile_words_stay_words():
    body = 'Come <script>alert(1)</script> & see <img src=x onerror="alert(1)"> us'
    html = render_markdown(body)
    text = read_html(html).text
    passage = choose(text, "<script>alert(1)</script> & see")
    marked = highlight(html, [Mark(*find(text, passage), href='/x/"><script>', label="1", words="<b>")])
    assert "<script>" not in marked and "<img" not in marked and "<b>" not in marked
    assert "<script>alert(1)</script> & see" in unescape(re.sub(r"</?mark[^>]*>", "", marked))


def test_the_space_after_a_passage_is_not_marked():
    html = render_markdown("We meet. Then\nwe rest.")
    text = read_html(html).text
    marked = [highlight(html, [Mark(*find(text, choose(text, words)))]) for words in ("We meet.", "Then we")]
    assert '<mark class="passage">We meet.</mark> Then' in marked[0]
    assert "we</mark> rest" in marked[1]


def test_a_link_to_a_suggestion_never_stands_inside_another_link():
    html = render_markdown("Read [the long guide](https://example.org/) first")
    text = read_html(html).text
    start, end = find(text, choose(text, "the long"))
    marked = str(highlight(html, [Mark(start, end, "/suggestion/", "1", "Suggestion 1")]))
    assert marked.index("</a>") < marked.index("/suggestion/")


def test_each_paragraph_can_be_chosen_without_selecting_words():
    reading = read_markdown(
        "# Title\n\nOne **bold** line\n\n- first\n- second\n\nsecond\n\n| a1 | b2 |\n|---|---|\n| c3 | d4 |"
    )
    words = [words for _at, words in reading.paragraphs]
    assert words == ["Title", "One bold line", "first", "second", "second", "a1", "b2", "c3", "d4"]
    listed, alone = paragraph_passage(reading, 3), paragraph_passage(reading, 4)
    assert find(reading.text, listed) != find(reading.text, alone)
    assert paragraph_passage(reading, 99) is None


def test_a_very_long_paragraph_is_cut_at_a_word():
    reading = read_markdown("word " * 2000)
    passage = paragraph_passage(reading, 0)
    assert passage is not None and len(passage.quote) <= LONGEST and passage.quote.endswith("word")


@pytest.mark.parametrize("quote", ["", " ", "x", "not in the text", "y" * 5000])
def test_what_is_no_passage_of_the_text_is_refused(quote):
    assert choose("Some words of ours x", quote) is None


def test_line_ends_and_spaces_of_a_selection_do_not_matter():
    text = read_markdown("One line\nand another\n\nlast").text
    assert choose(text, " line\r\n and   another ") == Passage("line and another", "One ", " last", True)
