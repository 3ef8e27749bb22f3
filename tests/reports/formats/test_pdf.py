"""The PDF itself: same bytes, tags that a screen reader can use, nothing fetched from anywhere, nothing hostile let in."""

import hashlib
import logging
import os
import re
import shutil
import signal
import subprocess
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pikepdf
import pytest
from weasyprint.urls import FatalURLFetchingError

from impact.core.documents import drawing, pdf, printing, warm
from impact.core.documents.chapters import drawing as chapters
from impact.core.jobs import queue
from reports.formats import document
from reports.formats.content.tree import parse
from tests.reports.sample import draw, snapshot

WORDS = {"h1", "h2", "h3", "h4", "p", "li", "caption", "figcaption"}
HOSTILE = """<script>alert(1)</script> <img src="file:///etc/passwd"> <style>* { display: none }</style>

![picture](file:///etc/passwd) ![remote](http://127.0.0.1:9/x.png) [click](javascript:alert(1)) [ok](https://example.org/)

<svg><image href="http://127.0.0.1:9/"/></svg>
"""


def program(name: str) -> str:
    path = shutil.which(name)
    assert path, f"{name} is missing; ./test installs it"
    return path


def text_of(path: Path) -> str:
    out = subprocess.run([program("pdftotext"), "-layout", path, "-"], capture_output=True, text=True, check=True)
    return out.stdout


@pytest.fixture(scope="module")
def drawn(tmp_path_factory) -> drawing.Drawn:
    return draw(snapshot(), tmp_path_factory.mktemp("drawn"))


@pytest.fixture(scope="module")
def opened(drawn) -> Any:
    with pikepdf.open(drawn.path) as file:
        yield file


def elements(node: Any, found: list[Any] | None = None) -> list[Any]:
    """Every structure element, in reading order."""
    found = [] if found is None else found
    kids = node.get("/K")
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            found.append(kid)
            elements(kid, found)
    return found


@pytest.fixture(scope="module")
def tags(opened) -> list[Any]:
    return elements(opened.Root.StructTreeRoot)


def of(tags: list[Any], *names: str) -> list[Any]:
    return [tag for tag in tags if str(tag.S)[1:] in names]


# --- Sound, and the same every time ----------------------------------------------------------------
def test_qpdf_finds_nothing_wrong(drawn):
    result = subprocess.run([program("qpdf"), "--check", drawn.path], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "No syntax or stream encoding errors" in result.stdout


def test_two_processes_draw_the_same_bytes(drawn, tmp_path):
    again = draw(snapshot(), tmp_path / "again")
    assert (again.sha256, again.pages, again.size) == (drawn.sha256, drawn.pages, drawn.size)
    assert again.path.read_bytes() == drawn.path.read_bytes()
    assert hashlib.sha256(drawn.path.read_bytes()).hexdigest() == drawn.sha256


def test_different_text_gives_different_bytes(drawn, tmp_path):
    assert draw(snapshot("Other words."), tmp_path / "other").sha256 != drawn.sha256


def test_its_date_and_its_identity_come_from_the_snapshot(opened):
    assert str(opened.docinfo["/CreationDate"]).startswith("D:20230116")
    assert str(opened.docinfo["/ModDate"]).startswith("D:20230116")
    assert str(opened.trailer.ID[0] if b"abab" in bytes(opened.trailer.ID[0]) else opened.trailer.ID[1]).startswith(
        "abab"
    )


@pytest.mark.parametrize("changed", ["templates/reports/formats/pdf/chapters/method.html", "static/css/print.css"])
def test_the_renderers_version_changes_with_what_shapes_the_page(monkeypatch, tmp_path, changed):
    before = document.renderer()
    document.renderer.cache_clear()
    assert document.renderer() == before
    copy = tmp_path / "copy"
    for folder in ("templates/reports/formats/pdf", "static/css", "static/vendor/fonts", "reports", "impact/core"):
        shutil.copytree(printing.ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / changed).write_text("changed")
    monkeypatch.setattr(printing, "ROOT", copy)
    document.renderer.cache_clear()
    try:
        assert document.renderer() != before
    finally:
        document.renderer.cache_clear()


# --- What it says --------------------------------------------------------------------------------
def test_the_pdf_contains_the_text_and_the_figures(drawn):
    words = " ".join(text_of(drawn.path).split())
    for phrase in (
        "Co-production annual report",
        "Illustrative demonstration data",
        "Figures to 31 December 2022",
        "Working together was demanding and rewarding",
        "Cyngor Llŷn and Tŷ Gŵyr",
        "No return has come in yet from Northern Ireland",
        "Network 0, Northern Ireland: meetings 1 and 2",
        "withheld",
        "9 of 14 general practices take part: 64%",
        "Out here there is one provider.",
    ):
        assert phrase in words, phrase


def test_the_contents_give_the_page_on_which_each_chapter_starts(drawn):
    pages = text_of(drawn.path).split("\f")
    contents = pages[1] + pages[2]
    for number, title in enumerate(["Summary for leadership", "The year in figures", "Method and data notes"], start=1):
        found = re.search(rf"{title}\s+(\d+)\n", contents)
        assert found, (title, contents)
        assert re.search(rf"^\s*(\d)?\s*\n*\s*{title}", pages[int(found[1]) - 1], re.MULTILINE), (number, found[1])


def test_every_page_but_the_cover_carries_its_number_and_the_title(drawn):
    pages = text_of(drawn.path).split("\f")[: drawn.pages]
    for number, page in enumerate(pages[1:], start=2):
        last = page.strip().splitlines()[-1]
        assert last.endswith(f"{number} of {drawn.pages}") and "Co-production annual report 2022" in last


def test_a_site_counts_under_its_own_nation_in_the_table(tmp_path):
    """JSON sorts keys; the table's columns must not follow it."""
    html, _assets = document.compose(snapshot(sites=4))
    table = html[
        re.search(r"<caption>(?:(?!</caption>).)*Sites by delivery model and nation", html, re.DOTALL).start() :
    ]
    heads = re.findall(r'<th scope="col"[^>]*>([^<]+)', table[: table.index("</thead>")])
    row = re.search(r'<th scope="row">Facilitator</th>(.*?)</tr>', table, re.DOTALL)
    cells = re.findall(r'data-label="([^"]+)" class="num">(?:<strong>)?(\d+)', row[1])
    assert [label for label, _n in cells] == heads[1:]
    assert dict(cells)["Northern Ireland"] == "1" and dict(cells)["UK-wide"] == "0"


# --- Tags ----------------------------------------------------------------------------------------
def test_it_is_marked_as_tagged_pdf_ua_in_english_with_a_title(opened):
    root = opened.Root
    assert root.MarkInfo.Marked
    assert str(root.Lang) == "en-GB"
    assert bool(root.ViewerPreferences.DisplayDocTitle)
    with opened.open_metadata() as metadata:
        assert metadata["pdfuaid:part"] == "1"
        assert metadata["dc:title"] == "Co-production annual report 2022"


def test_headings_go_down_one_level_at_a_time(tags):
    levels = [int(str(tag.S)[2:]) for tag in of(tags, "H1", "H2", "H3", "H4")]
    assert levels[0] == 1 and levels.count(1) == 1
    assert levels.count(2) == 15  # twelve chapters, contents, figures and tables, the poster
    for above, below in pairwise(levels):
        assert below <= above + 1


def test_every_picture_says_in_words_what_it_shows(tags):
    figures = of(tags, "Figure")
    assert len(figures) >= 6
    said = [str(figure.Alt) for figure in figures]
    assert all(len(words) > 40 for words in said)
    assert any("Northern Ireland: meeting 1 return missing" in words for words in said)


def test_every_table_has_a_caption_and_headers_with_a_scope(tags):
    tables = of(tags, "Table")
    assert len(tables) >= 6
    for table in tables:
        inside = elements(table)
        headers = of(inside, "TH")
        assert {str(th.A.Scope) for th in headers} == {"/Row", "/Column"}
        assert all("/Headers" in td.A for td in of(inside, "TD"))
    assert len(of(tags, "Caption")) >= len(tables) - 2  # a table that runs on to a next page has one caption


def test_links_lists_and_paragraphs_are_tagged_and_chapters_are_bookmarked(opened, tags):
    assert len(of(tags, "Link")) >= 9 and of(tags, "L") and of(tags, "LI") and len(of(tags, "P")) > 30
    with opened.open_outline() as outline:
        names = [item.title for item in outline.root]
    assert names[0].startswith("Co-production annual report") and "Networks and what they said" in names


def test_fonts_are_the_readable_ones_and_embedded(drawn):
    listed = subprocess.run([program("pdffonts"), drawn.path], capture_output=True, text=True, check=True).stdout
    rows = listed.splitlines()[2:]
    assert rows and all("Atkinson" in row and re.search(r"yes\s+yes\s+yes", row) for row in rows), listed


# --- Nothing fetched, nothing hostile ----------------------------------------------------------------
@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "http://127.0.0.1:9/",
        "https://example.org/x.css",
        "data:text/css,x",
        "asset:../secret",
        "asset:other.css",
        "ftp://x/",
    ],
)
def test_the_fetcher_answers_named_parts_only(url):
    with pytest.raises(FatalURLFetchingError):
        pdf.NamedAssets({"report.css": b"p {}"}).fetch(url)


def test_the_fetcher_answers_what_it_was_given():
    response = pdf.NamedAssets({"report.css": b"p {}"}).fetch("asset:report.css")
    assert (response.read(), response.content_type) == (b"p {}", "text/css")


@pytest.mark.parametrize(
    "reference", ['<img alt="x" src="file:///etc/passwd">', '<link rel="stylesheet" href="http://127.0.0.1:9/">']
)
def test_html_that_asks_for_anything_else_ends_the_build(reference, tmp_path):
    with pytest.raises(FatalURLFetchingError, match="not one of its own parts"):
        pdf.render(
            f'<html lang="en"><title>x</title>{reference}',
            {},
            identifier=b"x",
            target=str(tmp_path / "x.pdf"),
            tell=lambda s, p: None,
        )
    assert not (tmp_path / "x.pdf").exists()


def test_hostile_markdown_is_only_words_in_the_pdf(tmp_path):
    html, _assets = document.compose(snapshot(HOSTILE))
    body = html[html.index("chapter--summary") :]
    assert not re.search(r"<(script|style|svg|image|iframe|link)\b", body)
    assert {source.split(":")[0] for source in re.findall(r'<img src="([^"]+)', body)} == {"asset"}
    assert {to for to in re.findall(r'<a href="([^"]+)', body) if not to.startswith("#")} == {"https://example.org/"}
    drawn = draw(snapshot(HOSTILE), tmp_path / "hostile")
    words = text_of(drawn.path)
    assert "<script>alert(1)</script>" in words and "root:" not in words
    with pikepdf.open(drawn.path) as file:
        uris = {str(a.A.URI) for page in file.pages for a in page.get("/Annots", []) if "/URI" in a.get("/A", {})}
    assert uris == {"https://example.org/"}


def test_a_hostile_title_and_theme_are_only_words(tmp_path):
    one = snapshot(title='<b>T</b>"><img src=x>')
    one.data["figures"]["contributions"]["themes"][0]["theme"] = '</text><image href="http://127.0.0.1:9/"/>'
    drawn = draw(one, tmp_path / "title")
    assert "<b>T</b>" in text_of(drawn.path)


def test_drawing_needs_nothing_from_the_environment(tmp_path, monkeypatch):
    """No key of ours reaches the processes that draw."""
    warm.stop()
    monkeypatch.setenv("SECRET_KEY", "not for children")
    monkeypatch.setenv("DATABASE_URL", "postgres://not/for/children")
    parent = warm.start()
    try:
        seen = Path(f"/proc/{parent.process.pid}/environ").read_bytes() if Path("/proc").exists() else b""
        assert b"not for children" not in seen and b"postgres" not in seen
    finally:
        warm.stop()


# --- When it goes wrong ----------------------------------------------------------------------------
def test_a_report_that_needs_too_much_memory_ends_with_a_reason(tmp_path, monkeypatch):
    monkeypatch.setattr(chapters, "MEMORY_MB", 170)
    with pytest.raises((queue.JobRefused, queue.TryAgain), match="memory"):
        draw(snapshot("word " * 9000, networks=3, involvements=300), tmp_path / "large")


def test_a_child_that_is_killed_ends_with_a_reason(tmp_path, monkeypatch):
    original = drawing._start

    def start_and_kill(order, folder):
        started = original(order, folder)
        os.kill(started.child.pid, signal.SIGKILL)
        return started

    monkeypatch.setattr(drawing, "_start", start_and_kill)
    with pytest.raises(queue.TryAgain, match="stopped the build part-way"):
        draw(snapshot(), tmp_path / "killed")


def test_a_child_that_says_nothing_is_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(drawing, "STALL_SECONDS", -1)
    with pytest.raises(queue.TryAgain, match="came to a halt"):
        draw(snapshot(), tmp_path / "stalled")


def test_a_child_that_gets_on_may_take_as_long_as_it_needs(tmp_path, monkeypatch):
    now, words = [0.0], [{"step": "write", "page": page} for page in range(30)] + [{"pages": 29}]
    monkeypatch.setattr(drawing, "time", SimpleNamespace(monotonic=lambda: now[0]))
    read_end, write_end = os.pipe()
    os.close(write_end)  # so there is always something to read

    def read():
        now[0] += drawing.STALL_SECONDS - 1  # three quarters of an hour in all
        child.is_ended = not words
        return [words.pop(0)] if words else []

    child = SimpleNamespace(pipe=read_end, code=0, is_ended=False, read=read, close=lambda: os.close(read_end))
    monkeypatch.setattr(drawing, "_start", lambda order, folder: drawing.Running(order, child, now[0], {}))
    heard = []
    answers = drawing.follow([drawing.Order("slow", {})], tmp_path, tell=heard.append)
    assert answers == {"slow": {"pages": 29}} and len(heard) > 20, "the lease was not renewed all the while"


CHART = """<svg xmlns="http://www.w3.org/2000/svg" width="200" height="60" font-family="Atkinson Hyperlegible Next">
<text x="10" y="20">Meetings held</text><text x="10 25 40 55 70" y="40">Wales</text></svg>"""


def test_a_charts_words_are_drawn_in_one_and_every_page_is_told_of_when_laid_out_and_when_written(tmp_path):
    target, told = tmp_path / "chart.pdf", []
    html = '<html lang="en"><title>x</title><p><img src="asset:c.svg" alt="c"><p style="break-before: page">Two'
    pdf.render(
        html, {"c.svg": CHART.encode()}, identifier=b"x", target=str(target), tell=lambda *words: told.append(words)
    )
    assert {("layout", 1), ("layout", 2), ("write", 1), ("write", 2)} <= set(told)
    with pikepdf.open(target) as file:
        placed = [str(operator) for _, operator in pikepdf.parse_content_stream(file.pages[0])].count("Tm")
    assert placed == 1 + len("Wales"), "words in one, and letters that have places of their own where those are"
    assert (
        "Meetings held" in subprocess.run(["pdftotext", target, "-"], capture_output=True, text=True, check=True).stdout
    )


def test_progress_only_goes_forward_and_names_what_is_happening(tmp_path, monkeypatch):
    from tests.reports.sample import Follower

    monkeypatch.setattr(drawing, "RENEW_SECONDS", 0)
    follower = Follower()
    draw(snapshot(), tmp_path / "p", follower)
    percents = [percent for percent, _step in follower.told]
    assert percents == sorted(percents) and percents[-1] >= 85
    steps = [step for _percent, step in follower.told]
    assert any(re.match(r"\d of \d chapters ready\. Drawing .+, page \d+$", step) for step in steps), steps
    assert steps[-1] == "Joining the chapters"


def test_logging_is_as_it_was_after_drawing(tmp_path):
    before = list(logging.getLogger("weasyprint.progress").handlers)
    pdf.render(
        '<html lang="en"><title>x</title><p>x',
        {},
        identifier=b"x",
        target=str(tmp_path / "x.pdf"),
        tell=lambda s, p: None,
    )
    assert logging.getLogger("weasyprint.progress").handlers == before


def _filled(path: Path) -> tuple[list[float], list[bool]]:
    """Of each page how far down its lowest words stand, running feet apart, and whether a part begins there: a big heading."""
    out = subprocess.run([program("pdftotext"), "-bbox-layout", path, "-"], capture_output=True, text=True, check=True)
    pages = re.findall(r'<page width="[\d.]+" height="([\d.]+)">(.*?)</page>', out.stdout, re.DOTALL)
    filled, begins = [], []
    for height, inside in pages:
        lines = re.findall(
            r'<line xMin="[\d.]+" yMin="([\d.]+)" xMax="[\d.]+" yMax="([\d.]+)">(.*?)</line>', inside, re.DOTALL
        )
        body = [(float(top), float(bottom)) for top, bottom, _words in lines if float(bottom) < float(height) * 0.92]
        filled.append(max((bottom for _top, bottom in body), default=0) / float(height))
        begins.append(any(bottom - top > 24 and top < 150 for top, bottom in body))
    assert len(filled) > 1
    return filled, begins


def nearly_empty_pages(path: Path) -> list[int]:
    """Pages with a few lines on them, though they end a part."""
    return [n for n, full in enumerate(_filled(path)[0], start=1) if full < 0.25]


def thin_pages(path: Path, *, parts: int = 1) -> list[int]:
    """Pages less than 40% full that do not end a part. A part ends before the next big heading; there are at least so many."""
    filled, begins = _filled(path)
    ends_part = [*begins[1:], True]
    assert sum(begins) >= parts
    return [n for n, (full, ends) in enumerate(zip(filled, ends_part, strict=True), start=1) if full < 0.4 and not ends]


def test_no_page_is_left_more_than_half_empty_but_the_last_of_a_part(drawn):
    assert thin_pages(drawn.path, parts=6) == []


def test_words_come_out_of_the_file_in_the_order_of_the_page(drawn):
    """Every heading, paragraph, item and caption, as a program gets them that reads the file aloud or copies from it."""
    out = subprocess.run([program("pdftotext"), "-raw", drawn.path, "-"], capture_output=True, text=True, check=True)
    copied, at, read = "".join(out.stdout.split()), 0, 0
    body = parse(document.compose(snapshot())[0]).first("body")
    for node in body.walk():
        has_own = node.tag in WORDS and not any(inner.tag in WORDS for inner in node.walk() if inner is not node)
        words = "".join(node.text.split()) if has_own else ""
        for part in (words,) if copied.find(words, at) >= 0 else (words[:25], words[-25:]):  # one page ends within it
            found = copied.find(part, at)
            assert found >= 0, f"“{node.text}” does not come after “{copied[at - 60 : at]}”"
            at, read = found + len(part), read + 1
    assert read > 150 and at > len(copied) * 0.95
