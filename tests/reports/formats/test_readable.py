"""The PDF is readable by everyone: its colours stand out from their grounds, and charts need no colour to be told apart."""

import re
from itertools import combinations

import pytest

from impact.core.documents import charts, printing
from reports.formats.drawings import draw_charts
from tests.reports.sample import rows

SHEETS = ("print.css", "report.css", "report-large.css", "report-subject.css")
RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
COLOUR = re.compile(r"(?<![-\w])color: ([^;}\s]+)")
GROUND = re.compile(r"background(?:-color)?: (#[0-9a-f]+)")
WHITE, LEAST = "#ffffff", 4.5


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(one * 2 for one in digits) if len(digits) == 3 else digits
    parts = [int(digits[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def rules() -> list[tuple[str, str]]:
    """(selector, declarations) of all sheets that print a report; those of margin boxes too."""
    text = "".join((printing.ROOT / "static" / "css" / sheet).read_text() for sheet in SHEETS) + printing.ILLUSTRATIVE
    flat = re.sub(r"@page[^{]*\{", "", re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)).replace("}}", "}")
    return [(selector.strip(), inside) for selector, inside in RULE.findall(flat)]


def test_every_colour_of_the_printed_report_stands_out_from_every_ground_it_may_have():
    """Inside the cover the ground is the cover's; elsewhere a word may stand on paper or on any ground of the sheets."""
    text = (printing.ROOT / "static" / "css" / "report.css").read_text()
    cover = re.search(r"@page cover \{[^}]*background: (#[0-9a-f]+)", text)[1]
    page = re.findall(r"@page \w* ?\{[^}]*background: (#[0-9a-f]+)", text)
    grounds = {WHITE, *page} | {one for _selector, inside in rules() for one in GROUND.findall(inside)}
    grounds = {one for one in grounds if one != cover}
    assert {"#eef4f3", "#fcf3ea"} < grounds and cover not in grounds
    pairs = [
        (selector, colour, ground)
        for selector, inside in rules()
        for colour in COLOUR.findall(inside)
        for ground in ([cover] if ".cover" in selector else grounds)
    ]
    assert len(pairs) > 60
    assert [(*pair, round(contrast(*pair[1:]), 2)) for pair in pairs if contrast(*pair[1:]) < LEAST] == []


def test_words_of_charts_stand_out_from_what_they_stand_on():
    drawn = draw_charts(rows(), 2022)
    texts = {
        found
        for chart in drawn.values()
        for one in (chart if isinstance(chart, list) else [chart])
        for found in re.findall(r'<text[^>]*fill="(#[0-9a-f]+)"', one.svg)
    }
    assert {"#fff", charts.INK} < texts
    for colour in texts - {"#fff"}:  # on paper, and on the poster
        assert min(contrast(colour, WHITE), contrast(colour, "#eef4f3")) >= LEAST, colour
    for ground in (charts.TEAL,):  # white words stand on solid bars and tiles alone
        assert contrast("#fff", ground) >= LEAST
    assert contrast(charts.INK, charts.MINT) >= LEAST and contrast(charts.INK, charts.SAND) >= LEAST


def without_colours(svg: str) -> str:
    return re.sub(r"#[0-9a-f]{3,6}", "", svg)


def test_what_charts_tell_apart_stays_apart_in_black_and_white():
    marks = {state: without_colours(charts._mark(state, 0, 0)) for state in charts.SLOT_WORDS}
    assert len(marks) >= 4 and len(set(marks.values())) == len(marks), "told apart by shape"
    row = {"joined": 9, "approached": 4, "declined": 3, "not_approached": 2, "listed": 18}
    svg = charts.coverage("Coverage", row).svg
    fills = [fill for fill in re.findall(r'<rect[^>]*height="34[^>]*fill="(#[0-9a-f]+)"', svg) if fill != charts.SAND]
    assert len(fills) == 3 and svg.count("<path") == 2, "one of four is striped, in the bar and in its key"
    for one, other in combinations(fills, 2):
        assert contrast(one, other) >= 1.5, (one, other)
    assert contrast(charts.DEEP, charts.MINT) >= 3 and contrast(charts.DEEP, WHITE) >= 3, "the lines between them"
    assert all(f">{words}, {row[key]}<" in svg for key, words in [("joined", "Joined"), ("declined", "Declined")])


@pytest.mark.parametrize("name", ["themes", "top_themes"])
def test_enablers_and_barriers_differ_by_side_stripes_and_label(name):
    svg = draw_charts(rows(), 2022)[name].svg
    assert ">Barriers<" in svg and ">Enablers<" in svg
    solid = [float(x) for x in re.findall(rf'<rect x="([\d.]+)"[^>]*fill="{charts.TEAL}"', svg)]
    striped = [float(x) for x in re.findall(rf'<rect x="([\d.]+)"[^>]*fill="{charts.SAND}"', svg)]
    assert solid and striped and max(striped) < min(solid)
    assert svg.count(f'stroke="{charts.RUST}" stroke-width="1.6"') == len(striped)
