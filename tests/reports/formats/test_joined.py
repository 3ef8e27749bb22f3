"""A report drawn in pieces and joined: the same bytes however it was drawn, and nothing lost between the pieces."""

import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from django.conf import settings
from django.core.files.storage import FileSystemStorage

from impact.core.documents import drawing, pdf
from impact.core.documents.chapters import drawing as chapters
from impact.core.documents.chapters import pieces
from impact.core.documents.chapters.pieces import Piece, Whole
from reports.formats import document
from tests.reports.sample import Follower, draw, snapshot

pytestmark = pytest.mark.sqlite_only
SIZE = {"networks": 9, "sites": 12, "involvements": 5}


def text_of(path: Path) -> str:
    return subprocess.run(["pdftotext", path, "-"], capture_output=True, text=True, check=True).stdout


def words_of(path: Path) -> Counter[str]:
    """How often each word stands in a file; page numbers and running heads are the same on both sides."""
    return Counter(text_of(path).split())


def names_drawn(monkeypatch) -> list[str]:
    """The pieces that are drawn from now on."""
    drawn: list[str] = []
    original = drawing._start

    def start(order, folder):
        drawn.append(order.name)
        return original(order, folder)

    monkeypatch.setattr(drawing, "_start", start)
    return drawn


@pytest.fixture(scope="module")
def kept(tmp_path_factory) -> FileSystemStorage:
    return FileSystemStorage(location=tmp_path_factory.mktemp("kept"))


@pytest.fixture(scope="module")
def joined(tmp_path_factory, kept) -> drawing.Drawn:
    return draw(snapshot(**SIZE), tmp_path_factory.mktemp("joined"), storage=kept)


@pytest.fixture(scope="module")
def opened(joined) -> Any:
    with pikepdf.open(joined.path) as file:
        yield file


# --- The same bytes ------------------------------------------------------------------------------
def test_kept_pieces_give_the_same_bytes_as_drawn_ones(joined, kept, tmp_path, monkeypatch):
    drawn = names_drawn(monkeypatch)
    assert draw(snapshot(**SIZE), tmp_path / "again", storage=kept).sha256 == joined.sha256
    assert drawn == ["joined"]


def test_one_process_gives_the_same_bytes_as_two(joined, tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "DRAWING_PROCESSES", 1)
    assert draw(snapshot(**SIZE), tmp_path / "one").sha256 == joined.sha256


def test_a_changed_chapter_is_drawn_alone_and_the_file_is_as_if_all_were(joined, kept, tmp_path, monkeypatch):
    changed = snapshot(**SIZE)
    changed.data["sections"]["good_practice"] += "\n\nOne more sentence."
    drawn = names_drawn(monkeypatch)
    partly = draw(changed, tmp_path / "partly", storage=kept)
    assert drawn == ["progress", "joined"]  # the piece that good practice goes on in
    monkeypatch.undo()
    assert draw(changed, tmp_path / "wholly").sha256 == partly.sha256 != joined.sha256


def test_a_chapter_that_grows_moves_the_others_without_drawing_them(joined, kept, tmp_path, monkeypatch):
    grown = snapshot(**SIZE)
    grown.data["sections"]["summary"] += "\n\nOne more sentence." * 60
    drawn = names_drawn(monkeypatch)
    longer = draw(grown, tmp_path / "grown", storage=kept)
    assert drawn == ["summary", "front", "joined"] and longer.pages > joined.pages
    last = text_of(longer.path).split("\f")[longer.pages - 1]
    assert str(longer.pages) in last.split()


def test_a_kept_piece_that_is_damaged_is_drawn_again(joined, tmp_path):
    storage = FileSystemStorage(location=tmp_path / "kept")
    draw(snapshot(**SIZE), tmp_path / "first", storage=storage)
    for path in (tmp_path / "kept" / chapters.FOLDER).iterdir():
        path.write_bytes(path.read_bytes()[:-500])
    assert draw(snapshot(**SIZE), tmp_path / "second", storage=storage).sha256 == joined.sha256


def test_pieces_that_no_build_has_used_for_a_month_are_deleted(kept, joined, monkeypatch):
    chapters.tidy(kept)
    assert kept.listdir(chapters.FOLDER)[1]
    monkeypatch.setattr(chapters, "KEPT_HOURS", -1)
    chapters.tidy(kept)
    assert not kept.listdir(chapters.FOLDER)[1]


# --- Nothing lost ----------------------------------------------------------------------------------
def test_every_word_of_the_report_drawn_in_one_is_there(joined, tmp_path):
    html, assets = document.compose(snapshot(**SIZE))
    whole = tmp_path / "whole.pdf"
    drawn = pdf.render(html, assets, identifier=b"x", target=str(whole), tell=lambda step, page: None)
    assert drawn.pages == joined.pages
    assert words_of(whole) == words_of(joined.path)


def test_qpdf_finds_nothing_wrong(joined):
    result = subprocess.run(["qpdf", "--check", joined.path], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_each_page_and_link_has_its_own_number_in_the_parent_tree(opened):
    listed = list(opened.Root.StructTreeRoot.ParentTree.Nums)
    numbers = [int(number) for number in listed[::2]]
    assert numbers == sorted(set(numbers))
    parents = dict(zip(numbers, listed[1::2], strict=True))
    assert int(opened.Root.StructTreeRoot.ParentTreeNextKey) == max(numbers) + 1
    used = set()
    for page in opened.pages:
        own = int(page.obj.StructParents)
        used.add(own)
        marked = {
            int(operands[1]["/MCID"])
            for operands, operator in pikepdf.parse_content_stream(page)
            if str(operator) == "BDC" and "/MCID" in operands[1]
        }
        elements = list(parents[own])
        assert max(marked) < len(elements)
        for mark in marked:
            assert elements[mark].Pg.objgen == page.obj.objgen
        for link in page.obj.get("/Annots", []):
            used.add(int(link.StructParent))
            kids = list(parents[int(link.StructParent)].K)
            assert any(isinstance(kid, pikepdf.Dictionary) and kid.get("/Obj") == link for kid in kids)
    assert used == set(numbers)


def test_the_structure_tree_is_one_in_the_order_of_the_pages(opened):
    (root,) = opened.Root.StructTreeRoot.K
    assert str(root.S) == "/Document"
    places = {page.obj.objgen: number for number, page in enumerate(opened.pages)}
    order = [places[element.Pg.objgen] for element in root.K]
    assert order == sorted(order) and set(order) == set(range(len(opened.pages)))
    assert all(element.P.objgen == root.objgen for element in root.K)


def test_names_of_table_headers_are_unique_and_cells_name_headers_that_exist(opened):
    ids, wanted = [], set()
    for thing in opened.objects:
        if isinstance(thing, pikepdf.Dictionary) and thing.get("/Type") == pikepdf.Name.StructElem:
            if "/ID" in thing:
                ids.append(bytes(thing.ID))
            if "/A" in thing and isinstance(thing.A, pikepdf.Dictionary):
                wanted |= {bytes(header) for header in thing.A.get("/Headers", [])}
    assert len(ids) == len(set(ids)) and wanted <= set(ids)


def test_each_line_of_the_contents_leads_to_its_chapter(opened):
    listed = list(opened.Root.Names.Dests.Names)
    places = dict(zip([str(name) for name in listed[::2]], listed[1::2], strict=True))
    assert [bytes(name) for name in listed[::2]] == sorted(bytes(name) for name in listed[::2])
    pages = {page.obj.objgen: number for number, page in enumerate(opened.pages, start=1)}
    links = [link for link in opened.pages[1].obj.Annots if "/Dest" in link]
    targets = list(dict.fromkeys(str(link.Dest) for link in links))
    chapters_listed = [name for name in targets if name in document.ReportSection.Key.values]
    assert targets[0] == "glance" and chapters_listed == [
        key for key in document.ReportSection.Key.values if key in targets
    ]
    printed = [int(number) for number in re.findall(r"\s(\d+)\n", text_layout(opened, 2)) if int(number) > 2]
    assert [pages[places[name][0].objgen] for name in targets] == printed[: len(targets)] and len(targets) > 25
    assert not any("/A" in link and "elsewhere" in str(link.A.get("/URI", "")) for link in links)


def text_layout(opened: Any, page: int) -> str:
    command = ["pdftotext", "-layout", "-f", str(page), "-l", str(page), opened.filename, "-"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_bookmarks_of_a_chapter_in_several_pieces_stand_under_its_heading(opened):
    with opened.open_outline() as outline:
        tops = [item.title for item in outline.root]
        below = {item.title: [child.title for child in item.children] for item in outline.root}
    assert tops[:4] == ["Co-production annual report 2022", "Contents", "Figures and tables", "2022 at a glance"]
    assert len(tops) == 4 + 12  # the chapters
    assert {f"Network {n}" for n in range(9)} <= set(below["Networks and what they said"])
    assert int(opened.Root.Outlines.Count) == len(tops) + sum(len(children) for children in below.values())


def test_the_pieces_share_one_copy_of_each_font(opened):
    files = {
        thing.FontFile2.objgen
        for thing in opened.objects
        if isinstance(thing, pikepdf.Dictionary) and "/FontFile2" in thing
    }
    assert len(files) == 2


def test_page_numbers_are_passed_over_by_screen_readers(opened):
    marks = [
        operands
        for operands, operator in pikepdf.parse_content_stream(opened.pages[5])
        if str(operator) == "BDC" and str(operands[0]) == "/Artifact" and "/Subtype" in operands[1]
    ]
    assert [str(mark[1].Subtype) for mark in marks] == ["/Footer"]


# --- Pieces of any document --------------------------------------------------------------------------
def small(*bodies: str, foot: str = "counter(page)", align: str = "right") -> Whole:
    """A document of a few lines."""

    def page(body: str, style: str = "") -> str:
        return f'<html lang="en"><title>x</title><style>@page {{ size: A5 }} {style}</style>{body}'

    sample_style = f"@page {{ @bottom-{align} {{ content: {foot} }} }} p {{ break-before: page }}"
    return Whole(
        pieces=[Piece(f"p{n}", f"Part {n}", page(body), lists_pages="data" in body) for n, body in enumerate(bodies)],
        assets={},
        identifier="x",
        sample=page("<p></p>" * 10, sample_style),
    )


def lines(whole: Whole, folder: Path) -> list[list[str]]:
    folder.mkdir()
    claim: Any = Follower()
    drawn = chapters.draw(claim, lambda: whole, folder, FileSystemStorage(location=folder / "kept"))
    return [page.split("\n") for page in text_of(drawn.path).split("\f")[: drawn.pages]]


@pytest.mark.parametrize("align", ["left", "center", "right"])
def test_a_page_number_may_stand_at_either_side_and_say_how_many_there_are(tmp_path, align):
    foot = '"Page " counter(page) " of " counter(pages)'
    pages = lines(small(*["<h1>Part</h1>"] * 12, foot=foot, align=align), tmp_path / "x")
    assert [[line for line in page if line.startswith("Page")] for page in pages] == [
        [f"Page {n} of 12"] for n in range(1, 13)
    ]


def test_links_lead_to_other_pieces_and_those_to_nowhere_are_only_words(tmp_path):
    whole = small('<a href="#there">Over there</a> <a href="#nowhere">Nowhere</a>', '<h1 id="there">There</h1>')
    (tmp_path / "x").mkdir()
    claim: Any = Follower()
    drawn = chapters.draw(claim, lambda: whole, tmp_path / "x", FileSystemStorage(location=tmp_path / "kept"))
    with pikepdf.open(drawn.path) as file:
        (link,) = file.pages[0].obj.Annots
        assert str(link.Dest) == "there" and "/A" not in link and str(link.Contents) == "there"
        assert file.Root.Names.Dests.Names[1][0].objgen == file.pages[1].obj.objgen


def test_contents_longer_than_thought_move_the_pages_they_print():
    piece = Piece("p", "P", '<a href="#a">A</a>', lists_pages=True)
    linked = pieces.with_links_elsewhere(piece, {"a"}, {"a": 7})
    assert linked.html == '<a data-page="7" href="elsewhere:a">A</a>'
    assert pieces.with_links_elsewhere(piece, set(), {}).html == piece.html


def test_contents_and_the_list_of_figures_are_seldom_drawn_twice_and_a_long_list_is_cut(tmp_path, monkeypatch):
    monkeypatch.setattr(document, "MANY_LISTED", 50)
    many = "\n\n".join(f"# What we learned in week {week}\n\nMuch." for week in range(22))
    whole = document.in_pieces(snapshot(many, networks=30, sites=12, involvements=5))
    lists = [piece for piece in whole.pieces if piece.lists_pages]
    assert [piece.name for piece in lists] == ["front", "listed", "listed-1"]
    numbered = re.findall(r'contents__label">([^<]+)<', "".join(piece.html for piece in lists))
    assert 50 < len(numbered) == len(set(numbered)) < 100
    everywhere = {anchor for piece in whole.pieces for anchor in piece.anchors}
    for piece in lists:
        ready = pieces.with_links_elsewhere(piece, everywhere, dict.fromkeys(everywhere, 123))
        assets = pieces.assets_of(ready.html, whole.assets)
        target = str(tmp_path / f"{piece.name}.pdf")
        drawn = pdf.render(ready.html, assets, identifier=b"x", target=target, tell=lambda *_: None, piece=piece.name)
        assert drawn.pages == piece.pages_guessed, piece.name


def test_what_a_piece_looks_like_is_known_by_its_words_assets_and_renderer():
    piece, style = (
        Piece("p", "P", '<link href="asset:a.css">'),
        {"a.css": b"x { src: url(asset:f.ttf) }", "f.ttf": b"f"},
    )
    key = pieces.key_of(piece, style, "1")
    assert pieces.assets_of(piece.html, {**style, "other.svg": b""}) == style
    others = {
        pieces.key_of(piece, style, "2"),
        pieces.key_of(piece, {**style, "f.ttf": b"g"}, "1"),
        pieces.key_of(Piece("p", "P", "y"), style, "1"),
    }
    assert key not in others and len(others) == 3


def test_programs_are_there():
    assert shutil.which("qpdf") and shutil.which("pdftotext")
