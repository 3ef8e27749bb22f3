"""Every form of a report carries the same words and figures, gives the same bytes, and lets nothing hostile through."""

import csv
import importlib.util
import io
import itertools
import json
import re
import zipfile
from collections.abc import Callable
from functools import cache

import docx
import openpyxl
import pytest
from django.utils import translation

from impact.core.documents import drawing
from reports.figures.catalogue import INDICATORS, values
from reports.formats import document
from reports.formats.content import language
from reports.formats.content.blocks import Heading, Item, Paragraph, Picture, Table, blocks_of, tables_of, words
from reports.formats.content.phrases import FIXED, PATTERNS
from reports.formats.content.source import Source
from reports.formats.content.tree import parse, write
from reports.formats.easy_read.drawings import drawings
from reports.formats.files import data, easy_read, page, printed, sheets, word
from reports.formats.files.kinds import KINDS, renderer
from reports.formats.files.picture import UnknownShape, png_of
from reports.subjects.printing import parts
from reports.writing.models import ReportSection
from tests.reports import subject_samples
from tests.reports.formats.test_pdf import HOSTILE, nearly_empty_pages, text_of, thin_pages
from tests.reports.sample import Follower, snapshot
from tests.reports.subject_samples import NATIONS

ROOT = document.printing.ROOT
LONG = (
    "Working together was demanding, and **rewarding**. Cyngor Llŷn and Tŷ Gŵyr were named with care.\n\n"
    "1. First make room.\n2. Then ask again.\n   - and again\n\n# What we learned\n\n> Time is never wasted on people.\n\n"
    "| Month | Met |\n|---|---|\n| July | 4 |\n\n[Read more](https://example.org/more)\n\nHeld: {{figure:meetings-held}}."
)


def source(body: str = LONG, tongue: str = "en", **size: int) -> Source:
    one = snapshot(body, **size)
    return Source(data=one.data, sha256=one.sha256, taken_at=one.taken_at, number=1, language=tongue)


@cache
def report(kind: str, tongue: str = "en") -> Source:
    """What the forms of the annual report, or of another, are made from."""
    return source(tongue=tongue) if kind == "annual" else subject_samples.source(kind, tongue)


REPORTS = ("annual", "network", "site", "funders")


@pytest.fixture(scope="module")
def english() -> Source:
    return report("annual")


@pytest.fixture(scope="module")
def welsh() -> Source:
    return report("annual", "cy")


# --- Reading each form back --------------------------------------------------------------------------
def docx_text(made: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(made)) as package:
        xml = package.read("word/document.xml").decode()
    tree = parse(xml)
    said = [node.attrs["descr"] for node in tree.walk() if node.tag == "wp:docpr"]
    paragraphs = ["".join(n.text if n.tag == "w:t" else " " for n in p.walk() if n.tag in ("w:t", "w:br"))
                  for p in tree.walk() if p.tag == "w:p"]  # fmt: skip
    return " ".join([*_whole(made), *said, *paragraphs])


def _whole(made: bytes) -> list[str]:
    """Runs joined without the spaces that a tree puts between elements."""
    book = docx.Document(io.BytesIO(made))
    cells = [cell.text for table in book.tables for row in table.rows for cell in row.cells]
    links = [link.text for paragraph in book.paragraphs for link in paragraph.hyperlinks]
    return [*(paragraph.text for paragraph in book.paragraphs), *cells, *links]


def html_text(made: bytes) -> str:
    tree = parse(made.decode())
    said = [node.attrs[name] for node in tree.walk() for name in ("alt", "aria-label") if name in node.attrs]
    return " ".join([tree.text, *said])


def xlsx_text(made: bytes) -> str:
    book = openpyxl.load_workbook(io.BytesIO(made))
    found = []
    for sheet in book.worksheets:
        for cell in (cell for row in sheet.iter_rows() for cell in row if cell.value is not None):
            found.append(f"{cell.value:.0%}" if cell.number_format == "0%" else str(cell.value))
    return " ".join(found)


def csv_text(made: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(made)) as package:
        files = [package.read(name).decode("utf-8-sig") for name in package.namelist()]
    return " ".join(cell for text in files for row in csv.reader(io.StringIO(text)) for cell in row)


def json_text(made: bytes) -> str:
    found: list[str] = []

    def walk(value: object) -> None:
        if isinstance(value, dict):
            walk(list(value.values()))
        elif isinstance(value, list):
            for one in value:
                walk(one)
        else:
            found.append(str(value))

    walk(json.loads(made))
    return " ".join(found)


FORMS: dict[str, tuple[Callable[[Source], bytes], Callable[[bytes], str]]] = {
    "docx": (word.make, docx_text),
    "html": (page.make, html_text),
    "xlsx": (sheets.make_xlsx, xlsx_text),
    "csv": (sheets.make_csv, csv_text),
    "json": (data.make, json_text),
}


# Of what a record holds, what programs alone read, and kinds and states that are told in other words or by place.
FOR_PROGRAMS = {"key", "state", "held_words", "definition", "unit_name", "first", "last", "closed_on", "means", "label"}


def tokens(text: str) -> list[str]:
    return re.findall(r"[\w’']+%?", text)


def said_in_the_report(one: Source) -> str:
    """Every word of the chapters, read from the HTML that the PDF is drawn from, with what charts show."""
    html, _assets = one.compose()
    tree = parse(html[html.index('class="chapter') - 10 :])
    alts = [node.attrs["alt"] for node in tree.walk() if node.tag == "img"]
    return " ".join([tree.text, *alts])


# --- Every word and figure -----------------------------------------------------------------------------
@pytest.mark.parametrize("kind", REPORTS)
@pytest.mark.parametrize("form", FORMS)
def test_every_word_table_and_figure_of_a_report_is_in_the_form(form, kind):
    one = report(kind)
    make, read = FORMS[form]
    said = read(make(one))
    words_there, there = set(tokens(said)), " ".join(said.split())
    assert len(words_there) > 200
    assert not [token for token in tokens(said_in_the_report(one)) if token not in words_there]
    tables = [table for _chapter, table in tables_of(one.blocks)]
    assert len(tables) > (15 if kind == "annual" else 3)
    for table in tables:
        assert table.title in there
        for row in table.body:
            assert all(" ".join(cell.text.split()) in there for cell in row)
    assert len(one.figures) == (len(INDICATORS) if kind == "annual" else 6)
    for row in one.figures:
        assert row["code"] in there and row["title"] in there and row["words"] in there and row["definition"] in there


@pytest.mark.parametrize("kind", REPORTS[1:])
def test_what_the_records_hold_is_in_the_report(kind):
    """Read from the frozen data and not from the templates, so that a part left out of a template is missed."""
    one, found = report(kind), []

    def walk(value: object, name: str = "") -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                walk(inner, key)
        elif isinstance(value, list):
            for inner in value:
                walk(inner, name)
        elif isinstance(value, str) and name not in FOR_PROGRAMS:
            found.append(value)

    walk(one.data["figures"])
    said = " ".join(said_in_the_report(one).split()).lower()
    said += " ".join(NATIONS).lower() if "all four nations" in said else ""
    days = [text for text in found if re.fullmatch(r"\d{4}-\d\d-\d\d", text)]
    assert len(found) > 30 and len(days) >= 3
    for text in found:  # the summary of a site is told where no one wrote words of their own
        shown = parts.on(text).removesuffix(" 2022") if text in days else text.replace("**", "").rstrip(".")
        assert shown.lower() in said or shown == "Crynodeb y safle", text


def test_a_figure_placed_by_name_is_in_every_form(english):
    held = english.data["figures"]["meetings"]["held"]
    for make, read in FORMS.values():
        assert re.search(rf"Held: {held}\b", " ".join(read(make(english)).split()))


def test_a_reference_says_the_number_of_its_table_in_every_form():
    words = "Who came is in {{ref:attendance-by-perspective}}, and {{ref:positions}} is for another year."
    for tongue, label in (("en", "Table 3.2"), ("cy", "Tabl 3.2")):
        made = source(words, tongue)
        assert re.search(
            rf"{label}\W+People who came" if tongue == "en" else label, printed.compose(made)[0].replace("</span>", "")
        )
        said = f"Who came is in {label}, and Where members stand (F28) is for another year."
        for form, (make, read) in FORMS.items():
            assert said in " ".join(read(make(made)).split()), (form, tongue)
        for html in (printed.compose(made)[0], page.make(made).decode()):
            assert re.search(rf'<a class="see" href="#table-3-2"[^>]*>{label}</a>', html) and 'id="table-3-2"' in html


def test_the_chapters_refer_to_their_own_tables(english):
    text = " ".join(words(block.runs) for block in english.blocks if isinstance(block, Paragraph | Item))
    labels = {
        words(block.caption).split(" ")[1] for block in english.blocks if isinstance(block, Table) and block.caption
    }
    referred = re.findall(r"See Table ([\d.]+)\.", text)
    assert len(referred) >= 2 and set(referred) <= labels


def test_the_name_of_a_local_network_is_the_same_in_charts_and_tables(welsh):
    html = page.make(welsh).decode()
    assert "Network 0, England" in html and "Network 0, Lloegr" not in html
    with translation.override("cy"):
        assert language._chart_said("Ask, England: 2") == "Ask, England: 2"
        assert language._chart_said("England 2, Wales 1") == "Lloegr 2, Cymru 1"


def test_json_holds_the_catalogue_with_definitions(english):
    made = json.loads(data.make(english))
    assert made["figures"] == json.loads(json.dumps(values(english.data["figures"])))
    assert all(row["definition"] and row["code"] for row in made["figures"])
    assert [one["key"] for one in made["chapters"]] == ReportSection.Key.values
    assert (made["edition"], made["as_of"], made["snapshot_sha256"]) == (1, "2022-12-31", english.sha256)


# --- The same bytes --------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", REPORTS[1:])
def test_the_same_edition_of_another_report_gives_the_same_bytes(kind):
    for make, _read in FORMS.values():
        assert make(subject_samples.source(kind, "cy")) == make(subject_samples.source(kind, "cy"))
        assert make(subject_samples.source(kind, "cy")) != make(subject_samples.source(kind, "cy", "Other words."))


@pytest.mark.parametrize("tongue", ["en", "cy"])
@pytest.mark.parametrize("form", FORMS)
def test_the_same_snapshot_gives_the_same_bytes(form, tongue):
    make, _read = FORMS[form]
    assert make(source(tongue=tongue)) == make(source(tongue=tongue))
    assert make(source(tongue=tongue)) != make(source("Other words.", tongue=tongue))


@pytest.mark.parametrize("form", ["docx", "xlsx", "csv"])
def test_packages_hold_no_clock(form, english):
    with zipfile.ZipFile(io.BytesIO(FORMS[form][0](english))) as package:
        assert {info.date_time for info in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert package.testzip() is None


# --- Word ------------------------------------------------------------------------------------------------
def test_word_gets_real_styles_headings_and_lists(english):
    book = docx.Document(io.BytesIO(word.make(english)))
    styles = [paragraph.style.name for paragraph in book.paragraphs]
    assert styles.count("Title") == 1
    assert styles.count("Heading 1") == 13  # twelve chapters and the list of every figure
    assert {"Heading 2", "List Bullet", "List Number", "Quote", "Caption"} <= set(styles)
    levels = [int(name[-1]) for name in styles if name.startswith("Heading")]
    assert levels[0] == 1 and all(b <= a + 1 for a, b in itertools.pairwise(levels))
    numbered = [p for p in book.paragraphs if p.style.name == "List Number"]
    lists = {p._p.pPr.numPr.numId.val for p in numbered}
    assert len(lists) == len(numbered) / 2, "each list counts from 1 again"


def test_word_tables_have_header_rows_and_charts_have_words(english):
    book = docx.Document(io.BytesIO(word.make(english)))
    for table in book.tables:
        first = table._tbl.tr_lst[0]
        assert first.trPr.xpath("w:tblHeader") and table._tbl.tblPr.xpath("w:tblLook[@w:firstRow='1']")
    said = [shape._inline.docPr.get("descr") for shape in book.inline_shapes]
    assert len(said) >= 6 and all(len(alt) > 40 for alt in said)
    assert len({shape._inline.docPr.get("id") for shape in book.inline_shapes}) == len(said)


def test_word_knows_its_title_language_and_day(english, welsh):
    for one, tag in ((english, "en-GB"), (welsh, "cy")):
        made = word.make(one)
        core = docx.Document(io.BytesIO(made)).core_properties
        assert (core.title, core.language) == (one.title, tag)
        assert core.created.date().isoformat() == "2023-01-16" and core.author.startswith("IMPACT")
        with zipfile.ZipFile(io.BytesIO(made)) as package:
            assert f'<w:lang w:val="{tag}"' in package.read("word/styles.xml").decode()


def test_a_welsh_word_document_marks_what_is_english(welsh):
    with zipfile.ZipFile(io.BytesIO(word.make(welsh))) as package:
        xml = package.read("word/document.xml").decode()
    assert re.search(r'<w:lang w:val="en-GB"/></w:rPr><w:t[^>]*>Working together', xml)
    assert not re.search(r'<w:lang w:val="en-GB"/></w:rPr><w:t[^>]*>Cipolwg ar y flwyddyn', xml)


# --- Hostile words -----------------------------------------------------------------------------------------
HOSTILE_TOO = (
    HOSTILE + '\n\n=HYPERLINK("http://evil.example/")\n\n| a | b |\n|---|---|\n| =1+1 | @SUM(A1) |\n\n\x0b\x08 control'
)


def test_hostile_words_do_nothing_in_the_web_page():
    made = page.make(source(HOSTILE_TOO)).decode()
    tags = {node.tag for node in parse(made).walk()}
    assert not tags & {"script", "iframe", "object", "embed", "form", "base"}
    assert "<script>" not in made and "&lt;script&gt;alert(1)&lt;/script&gt;" in made
    for node in parse(made).walk():
        assert not [name for name in node.attrs if name.startswith("on") or name == "style"]
        assert not node.attrs.get("src")
        href = node.attrs.get("href", "")
        assert href.startswith("#") or href == "https://example.org/" or not href
    assert "default-src 'none'" in made and "url(" not in made and "@import" not in made


def test_hostile_words_load_nothing_in_word():
    made = word.make(source(HOSTILE_TOO))
    with zipfile.ZipFile(io.BytesIO(made)) as package:
        links = parse(package.read("word/_rels/document.xml.rels").decode())
        xml = package.read("word/document.xml").decode()
        names = package.namelist()
    outside = [n.attrs for n in links.walk() if n.attrs.get("targetmode") == "External"]
    assert {one["type"].rsplit("/", 1)[1] for one in outside} == {"hyperlink"}
    assert {one["target"] for one in outside} == {"https://example.org/"}
    codes = re.findall(r"<w:instrText[^>]*>([^<]*)", xml)
    assert {code.split()[0] for code in codes} == {"TOC"}
    assert not [name for name in names if "vba" in name.lower() or "embeddings" in name or "activeX" in name]


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_hostile_words_are_no_formulas_in_tables(form):
    made = FORMS[form][0](source(HOSTILE_TOO))
    with zipfile.ZipFile(io.BytesIO(made)) as package:
        if form == "xlsx":
            parts = [package.read(name).decode() for name in package.namelist() if name.endswith((".xml", ".rels"))]
            assert not [part for part in parts if "<f>" in part or "<f " in part or 'TargetMode="External"' in part]
            return
        texts = [package.read(name).decode("utf-8-sig") for name in package.namelist()]
    cells = [cell for text in texts for row in csv.reader(io.StringIO(text)) for cell in row]
    assert cells and not [cell for cell in cells if cell.startswith(("=", "+", "@", "\t", "\r"))]


@pytest.mark.parametrize("kind", REPORTS)
def test_only_what_the_report_says_is_in_the_forms(kind):
    """Keys of rows, addresses and what a snapshot may hold for other uses are in no form."""
    one = source() if kind == "annual" else subject_samples.source(kind)
    if kind == "annual":
        one.data["figures"]["sites"]["rows"][0]["slug"] = "canary-slug"
        one.data["figures"]["involvements"]["rows"][0]["pk"] = 987654321
    one.data["canary"] = {"name": "Canary Person", "email": "canary@example.org"}
    for make, read in FORMS.values():
        said = read(make(one))
        assert not [w for w in ("canary-slug", "Canary", "canary@", "canary-held", "987654321") if w in said]


@pytest.mark.parametrize("tongue", ["en", "cy"])
@pytest.mark.parametrize("kind", ["annual", "network"])
def test_withheld_counts_stay_withheld_in_every_form(kind, tongue):
    one = report(kind, tongue)
    shown = re.escape(f"{one.say('Front-line worker')} {one.say('withheld: too few')}")
    for name, (make, read) in FORMS.items():
        assert re.search(shown, " ".join(read(make(one)).split())), name


# --- Print ---------------------------------------------------------------------------------------------------
@pytest.mark.slow
def test_large_print_carries_every_word_at_18_points_and_gives_the_same_bytes(english, tmp_path):
    import pikepdf

    def drawn(name: str) -> drawing.Drawn:
        (tmp_path / name).mkdir()
        return drawing.draw(
            Follower(), lambda: printed.compose_large(source()), tmp_path / name, identifier=english.identifier("large")
        )

    one, again = drawn("one"), drawn("again")
    assert one.sha256 == again.sha256
    captions = [words(block.caption) for block in english.blocks if isinstance(block, Picture)]
    there = set(tokens(text_of(one.path))) | set(tokens(" ".join(captions)))  # of charts, which are told in words here
    assert not [token for token in tokens(said_in_the_report(english)) if token not in there]
    with pikepdf.open(one.path) as file:
        assert str(file.Root.Lang) == "en-GB" and file.Root.MarkInfo.Marked
    large = (ROOT / "static/css/report-large.css").read_text()
    others = re.findall(
        r"([^{}\n]+) \{[^}]*font-size: ([\d.]+)pt", (ROOT / "static/css/report-subject.css").read_text()
    )
    assert [selector for selector, size in others if float(size) < 18 and selector not in large] == []
    smallest = re.findall(r"font-size: (\d+)pt", large)
    assert min(int(size) for size in smallest[2:]) >= 18
    assert thin_pages(one.path) == []


@pytest.mark.slow
def test_the_welsh_pdf_is_a_welsh_document(welsh, tmp_path):
    import pikepdf

    one = drawing.draw(Follower(), lambda: printed.compose(welsh), tmp_path, identifier=welsh.identifier("pdf"))
    with pikepdf.open(one.path) as file:
        assert str(file.Root.Lang) == "cy"
    said = text_of(one.path)
    assert "Cynnwys" in said and "Ffigurau hyd at 31 Rhagfyr 2022" in " ".join(said.split())
    assert "Working together" in said
    assert thin_pages(one.path) == [] and nearly_empty_pages(one.path) == []


# --- Welsh -----------------------------------------------------------------------------------------------------
def compiler() -> object:
    spec = importlib.util.spec_from_file_location("compile_words", ROOT / "scripts" / "compile_words.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_compiled_welsh_is_that_of_the_words():
    made = compiler()
    for po in (ROOT / "reports" / "formats" / "locale").rglob("*.po"):
        found = made.messages(po.read_text(encoding="utf-8"))
        assert po.with_suffix(".mo").read_bytes() == made.compiled(found), "run python scripts/compile_words.py"
        assert set(found) - {""} == FIXED | set(PATTERNS)
        text = po.read_text(encoding="utf-8")
        assert text.count("# To be reviewed by a translator.") == len(found) - 1
        for english_words, welsh_words in found.items():
            assert set(re.findall(r"%\(\w+\)s", english_words)) == set(re.findall(r"%\(\w+\)s", welsh_words))


def test_titles_captions_heads_and_dates_are_in_welsh(welsh):
    for block in welsh.blocks:
        if isinstance(block, Heading) and block.level == 2:
            assert not any(run.lang for run in block.runs), words(block.runs)
    for _chapter, table in tables_of(welsh.blocks):
        if not table.caption or "Month" in table.head[0][0].text:
            continue
        assert not any(run.lang for run in table.caption if "Network" not in run.text), table.title
        assert not any(run.lang for cell in table.head[0] for run in cell.runs), [c.text for c in table.head[0]]
    assert welsh.say("Figures to 31 December 2022.") == "Ffigurau hyd at 31 Rhagfyr 2022."
    assert welsh.say("about 10") == "tua 10" and welsh.say("Words of a person") == "Words of a person"


def test_kinds_of_meetings_in_a_list_are_in_welsh_and_are_no_day():
    said = language.in_welsh("meetings held: 8 local network, 3 advisory group, 10 assembly")
    assert said == "cyfarfod a gynhaliwyd: 8 rhwydwaith lleol, 3 grŵp cynghori, 10 cynulliad"
    assert language.in_welsh("Bangor, 24 January 2023") == "Bangor, 24 Ionawr 2023"


GIVEN = re.compile(
    r"Theme \d|Host, Place|Siart|Teils|Cwmpas|Site Canolog: Y"
)  # made of what the snapshot of this test holds
SAME_IN_BOTH = {"person", "Cost", "IMPACT", "IMPACT Co-production Advisory Group"}  # Welsh that looks like its English


@pytest.mark.parametrize("kind", REPORTS)
def test_nothing_of_the_frame_is_left_in_english_in_any_printed_form(kind):
    """Whatever is English in a Welsh report is a name or words that people gave; charts told in words too."""
    one = report(kind, "cy")
    given = " ".join(json.dumps(one.data, ensure_ascii=False).split()).replace("**", "")

    def left(node) -> list[str]:
        if node.tag in ("style", "script") or node.classes & {"words", "quote"}:
            return []
        texts = [" ".join(child.split()) for child in node.children if isinstance(child, str)]
        is_english = node.attrs.get("lang") == "en-GB"
        own = [text for text in texts if is_english and language.in_welsh(text) is None]
        return own + [text for child in node.children if not isinstance(child, str) for text in left(child)]

    for compose in (printed.compose, printed.compose_large):
        html, assets = compose(one)
        tree = parse(html)
        english_words = [text for text in left(tree) if re.search(r"[A-Za-z]{3}", text) and "IMPACT" not in text]
        own = [text for text in english_words if text.strip(" .,:;“”") not in given]
        assert [text for text in own if not GIVEN.match(text)] == []
        told = " ".join(node.attrs.get("alt", "") for node in tree.walk())
        for fixed in ("Bar chart", "Tiles", "enablers", "return in", "meeting 1", " sites", "joined ", "still to come"):
            assert fixed not in told + html, fixed
    assert b'" of "' not in assets["report.css"] and tree.first("body").attrs["data-title"] == one.title
    drawn = " ".join(svg.decode() for name, svg in assets.items() if name.endswith(".svg"))
    assert ">sites<" not in drawn and ">meetings held<" not in drawn


@pytest.mark.parametrize("kind", REPORTS)
def test_no_fixed_english_word_is_left_in_the_welsh_annex(kind):
    """Every cell of Excel, CSV and JSON that differs from the words people gave is Welsh: none is a fixed English text."""
    english, welsh = report(kind), report(kind, "cy")
    fixed = {w for w in FIXED if language.in_welsh(w) != w} - SAME_IN_BOTH
    given = {w for w in fixed if json.dumps(w, ensure_ascii=False) in json.dumps(welsh.data, ensure_ascii=False)}
    book = openpyxl.load_workbook(io.BytesIO(sheets.make_xlsx(welsh)))
    assert [book.sheetnames[0], book.sheetnames[-1]] == ["Ffigurau", "Geiriau"]
    cells = {cell.value for sheet in book for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)}
    with zipfile.ZipFile(io.BytesIO(sheets.make_csv(welsh))) as package:
        files = [package.read(name).decode("utf-8-sig") for name in package.namelist()]
    cells |= {cell for text in files for row in csv.reader(io.StringIO(text)) for cell in row}
    made = json.loads(data.make(welsh))
    cells |= {
        row[name]
        for row in made["figures"]
        for name in ("title", "definition", "unit", "source", "owner")
        if name in row
    }
    assert len(cells) > 60
    left = (cells & fixed) - given
    assert not left, sorted(left)
    assert {row["definition"] for row in made["figures"]} & {row["definition"] for row in english.figures} == set()


def test_what_people_wrote_is_marked_as_english_in_a_welsh_page(welsh):
    made = page.make(welsh).decode()
    assert made.startswith("<!DOCTYPE html>") and '<html lang="cy">' in made
    assert re.search(r'<div class="words" lang="en-GB">\s*<p>Working together', made)
    assert "Crynodeb i'r arweinwyr" in made


def test_a_welsh_report_says_the_same_figures(english, welsh):
    def figures(one: Source) -> list[str]:
        return [
            cell.text for _c, table in tables_of(one.blocks) for row in table.body for cell in row if cell.is_number
        ]

    numbers = [re.findall(r"\d+", text) for text in figures(english)]
    assert numbers == [re.findall(r"\d+", text) for text in figures(welsh)] and len(numbers) > 30


# --- Parts -------------------------------------------------------------------------------------------------------
def test_blocks_keep_the_order_and_kind_of_what_is_said():
    found = blocks_of(
        parse(
            '<h2 id="k">One <b>two</b></h2><p>A<br>b</p><ol start="3"><li>x<ul><li>y</li></ul></li></ol><pre>p  q\n r</pre>'
        )
    )
    assert [type(block) for block in found] == [Heading, Paragraph, Item, Item, Paragraph]
    assert (found[2].number, found[2].level, found[3].number, found[3].level) == (3, 1, 0, 2)
    assert words(found[1].runs) == "A\nb" and words(found[4].runs) == "p  q\nr"


def test_a_tree_writes_what_it_read():
    html = '<p class="a">x &lt;b&gt; <strong>y</strong><br></p>'
    assert write(parse(html)) == html


def test_a_figure_is_a_picture_with_its_words():
    found = blocks_of(parse('<figure><img src="asset:a.svg" alt="Alt"><figcaption>Cap</figcaption></figure>'))
    assert found == [Picture("a.svg", "Alt", found[0].caption)] and words(found[0].caption) == "Cap"


def test_a_shape_that_cannot_be_drawn_is_refused():
    with pytest.raises(UnknownShape, match="ellipse"):
        png_of('<svg viewBox="0 0 10 10"><ellipse/></svg>')


def test_every_chart_and_drawing_can_be_drawn_for_word(english):
    for svg in english.assets.values():
        assert png_of(svg.decode()).startswith(b"\x89PNG")
    files = {path.stem: path for path in (ROOT / "static/img/easy-read").glob("*.svg")}
    assert set(files) == set(drawings()) and 12 <= len(files) <= 24
    for path in files.values():
        assert png_of(path.read_text()).startswith(b"\x89PNG")
        assert not {node.tag for node in parse(path.read_text()).walk()} - {
            "root",
            "svg",
            "rect",
            "circle",
            "path",
            "g",
        }


def test_each_form_can_be_loaded_and_its_version_is_stable():
    assert all(callable(kind.load()) for kind in KINDS.values())
    before = renderer()
    renderer.cache_clear()
    assert renderer() == before and len(before) <= 60


def test_a_report_without_tables_is_written_in_every_form():
    empty = source("", networks=0, sites=0, involvements=0)
    empty.data["figures"]["coverage"] = []
    for make, read in FORMS.values():
        assert "Summary for leadership" in read(make(empty))


def test_easy_read_composes_its_own_sentences_with_drawings():
    contents = {
        "is_reviewed": False,
        "sections": [
            {
                "key": "summary",
                "title": "Summary",
                "lines": [{"words": "We met. <b>", "picture": "meeting", "alt": "People at a table."}],
                "reviewed_by": "",
                "reviewed_on": None,
            }
        ],
    }
    one = snapshot()
    made = Source(data=one.data, sha256=one.sha256, taken_at=one.taken_at, number=1, easy_read=contents)
    html, assets = easy_read.compose(made)
    assert "We met. &lt;b&gt;" in html and "People at a table." in html and "This is a draft." in html
    assert "meeting.svg" in assets and "Working together" not in html
    sizes = re.findall(r"font-size: (\d+)pt", (ROOT / "static/css/easy-read.css").read_text())
    assert min(int(size) for size in sizes) >= 16


def test_tables_and_language_know_their_kinds():
    assert isinstance(blocks_of(parse("<table><tr><td>1</td></tr></table>"))[0], Table)
    assert language.localised("<p>Contents</p>", "en") == "<p>Contents</p>"
