"""Figures, tables, charts and quotes put where a section names them, and nothing else."""

import re
import time

import pytest
from django.utils.html import strip_tags
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.formats import document, placing
from reports.formats.placing import REF, WORDS, UnknownName, check, choices, place, to_html, with_links
from tests.reports import sample

DATA = {
    **sample.snapshot().data,
    "quotes": [{"id": "q7", "words": "Ask me <b>twice</b>.", "source": "A carer & more"}],
}


def html(words: str, **more) -> str:
    return str(to_html(place(words, DATA, section="Progress", **more)))


def refusals(words: str) -> list[str]:
    with pytest.raises(UnknownName) as refused:
        place(words, DATA, section="Progress")
    return refused.value.messages


def test_a_figure_in_a_sentence_is_the_number_of_today_with_its_code():
    held = DATA["figures"]["meetings"]["held"]
    found = html("We held **{{figure:meetings-held}}** meetings.")
    assert re.sub(r"<[^>]+>", "", found).strip() == f"We held {held} F6 meetings."
    (block,) = place("We held {{ figure : meetings-held }} meetings.", DATA)
    assert block.markdown == f"We held {held} (F6) meetings."


def test_a_figure_leads_to_its_rows_where_the_page_asks_for_it_and_the_words_stay_the_same():
    for words in ("{{figure:sites}} sites", "{{figure:sites}}", "{{table:sites}}"):
        plain = html(words)
        linked = with_links(plain, "/f/{}/?year=2022&edition=3")
        assert plain.count("figure-code") == linked.count('href="/f/F1/?year=2022&amp;edition=3"') == 1
        assert strip_tags(plain) == strip_tags(linked)


def test_a_table_stands_on_its_own_line_between_the_words():
    before, table, after = place("Before\n\n{{table:attendance-by-perspective}}\nAfter", DATA)
    assert [before.markdown.strip(), after.markdown.strip()] == ["Before", "After"]
    assert (table.kind, table.line, table.code) == ("table", 3, "F12")
    assert any("withheld" in row for row in table.rows)
    assert "<caption>" in html("{{table:attendance-by-perspective}}")


def test_days_and_markdown_in_a_table_are_shown_as_words():
    assert placing._cell("2022-12-08") == "8 December 2022" and placing._cell("2023-02-30") == "2023-02-30"
    assert placing._cell("**Time:** well\n- spent") == "Time: well • spent"


def test_a_chart_is_the_reports_own_by_the_figures_name_or_its_own():
    drawn = {name: {"alt": "Bars", "src": "asset:x.svg"} for name in document.draw_charts(DATA["figures"])}
    for name in ("themes", "contributions-by-kind", "kinds"):
        assert '<img src="asset:x.svg" alt="Bars">' in to_html(place(f"{{{{chart:{name}}}}}", DATA), drawn)


def test_a_quote_is_printed_word_for_word_and_escaped():
    assert "<p>Ask me &lt;b&gt;twice&lt;/b&gt;.</p><footer>A carer &amp; more</footer>" in html("{{quote:q7}}")


def test_a_reference_stands_in_a_sentence_for_a_table_or_chart_by_name():
    found = html("See {{ref:themes}}.\n\n{{ref:sites}}")
    assert re.findall(r'<a class="see" href="#see-(F\d+)">([^<]+)</a>', found) == [
        ("F17", "What helps and what gets in the way"),
        ("F1", "Sites"),
    ]
    assert html("[{{ref:sites}}](https://e.org/)").count("<a ") == 1, "no link within a link"
    (words,) = refusals("As in {{ref:theme}}")
    assert words == "“Progress”, line 1: there is no table or chart called “theme”. Did you mean “themes”?"
    assert "no table or chart called “meetings-cancelled”" in refusals("{{ref:meetings-cancelled}}")[0]


def test_an_unknown_name_is_refused_with_its_section_line_and_a_near_name():
    (words,) = refusals("One\n\nTwo {{figure:meeting-held}}")
    assert words == "“Progress”, line 3: there is no figure called “meeting-held”. Did you mean “meetings-held”?"


def test_everything_that_is_wrong_is_said_at_once():
    found = refusals(
        "{{figre:sites}}\nIn a sentence {{table:sites}}.\n{{quote:gone}}\n{{chart:attendance-by-perspective}}\n"
        "{{table:sites}}\n{{table:sites}}"
    )
    assert [re.search(r"line (\d+)", one)[1] for one in found] == ["1", "2", "3", "4", "6"]
    assert "Did you mean “figure”?" in found[0]
    assert "on a line of its own" in found[1]
    assert "that may be printed now" in found[2]
    assert "stands on line 5 already" in found[4]


def test_a_snapshot_is_refused_for_every_section_that_names_something_unknown():
    data = {**DATA, "sections": {"summary": "{{figure:nothing}}", "method": "{{table:nothing}}", "sites": "Fine"}}
    with pytest.raises(UnknownName) as refused:
        check(data, {"summary": "Summary for leadership"})
    assert [one.split(":")[0] for one in refused.value.messages] == [
        "“Summary for leadership”, line 1",
        "“method”, line 1",
    ]


def test_nothing_is_placed_in_code_nor_made_of_other_braces():
    assert html("```\n{{table:sites}}\n```") == "<pre><code>{{table:sites}}\n</code></pre>\n"
    assert "{{ not a mark }}" in html("{{ not a mark }} {{}} {{{")


@pytest.mark.parametrize(
    "words",
    [
        "[x](https://e.org/{{figure:sites}}) <https://e.org/{{figure:sites}}>",
        '<script>alert(1)</script> {{figure:sites}} <img src=x onerror="a">',
        "[x](javascript:alert(1)) \ue0000\ue001 \ue00099\ue001 {{figure:sites}}",
        '[a"><script>](https://e.org/"><script>{{figure:sites}})',
        "![{{figure:sites}}](x.svg) `{{figure:sites}}`",
    ],
)
def test_hostile_markdown_stays_clean(words):
    found = html(words)
    assert not re.search(r"<(script|img|svg|iframe)|href=\"javascript|\ue000|\ue001", found)
    for href in re.findall(r'href="([^"]*)"', found):
        assert "<" not in href


def test_long_and_odd_text_is_quick():
    began = time.monotonic()
    for words in ("{{figure:" + " " * 50_000, "{{" * 25_000, "{{figure:sites}} " * 2_500, "{{a:" * 12_000):
        try:
            html(words)
        except UnknownName as refused:
            assert len(refused.messages) <= 20
    assert time.monotonic() - began < 5


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["{{figure:sites}}", "\n", "\n\n", "{{", "}}", "<b>", "`", "```\n", "> ", "- ", "\ue0000\ue001", "x", "["]
        ),
        max_size=14,
    )
)
def test_no_text_lets_markup_through_or_loses_a_stand_in(pieces):
    found = html("".join(pieces))
    assert "<b>" not in found
    assert "\ue000" not in found


def test_everything_offered_can_be_placed():
    for choice in choices(DATA):
        (block,) = place(choice.mark, DATA)
        assert block.kind == (WORDS if choice.kind == REF else choice.kind)


def test_the_report_prints_what_a_section_places():
    one = sample.snapshot("{{figure:meetings-held}} meetings.\n\n{{chart:themes}}\n\n{{table:sites-by-model}}")
    text, _assets = document.compose(one)
    assert 'class="table placed-table"' in text
    assert 'src="asset:themes.svg"' in text.split("placed-chart")[1]
