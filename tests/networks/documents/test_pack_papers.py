"""The papers in a pack: PDFs, pictures and words joined by a limited child; what cannot be joined is said, and harms nothing."""

import io
import shutil
import subprocess
import zipfile
import zlib
from typing import Any

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from impact.core.documents import drawing, joining
from impact.core.documents.join import CannotJoin, prepare_pdf
from impact.core.jobs import queue
from impact.core.jobs.models import Job
from impact.core.web.files import uploads
from networks.documents.materials import services
from networks.documents.materials.models import Material
from networks.documents.models import Document
from networks.documents.pack import pack_contents
from networks.documents.services import is_out_of_date, request_pack
from networks.management.demo.papers import small_pdf
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def silent(monkeypatch):
    """Send no broker notifications; the tests run the jobs."""
    monkeypatch.setattr(queue, "notify_worker", lambda job_id: None)


def add(circle, title: str, data: bytes, name: str, **more: Any) -> Material:
    return services.add_material(
        by=circle.coordinator,
        meeting=circle.later,
        title=title,
        evidence_kind="research",
        file=SimpleUploadedFile(name, data),
        **more,
    )


def build(circle, **more: Any) -> Document:
    document, job = request_pack(by=circle.coordinator, meeting=circle.later, **more)
    assert queue.run(job.pk), Job.objects.get(pk=job.pk).error
    document.refresh_from_db()
    return document


def words_of(document: Document) -> str:
    program = shutil.which("pdftotext")
    assert program, "pdftotext is missing; ./test installs it"
    command = [program, "-layout", document.file.path, "-"]
    return " ".join(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())


def saved(pdf: pikepdf.Pdf, **more: Any) -> bytes:
    out = io.BytesIO()
    pdf.save(out, **more)
    return out.getvalue()


def blank(pages: int = 1, size: tuple[int, int] = (595, 842)) -> pikepdf.Pdf:
    pdf = pikepdf.new()
    for _page in range(pages):
        pdf.add_blank_page(page_size=size)
    return pdf


def word_file() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "x")
        archive.writestr("word/document.xml", "x")
    return out.getvalue()


# --- What is joined --------------------------------------------------------------------------------
@pytest.mark.slow
def test_a_pack_holds_pdfs_pictures_and_words_with_a_bookmark_and_a_page_number_each(circle):
    pdf = add(circle, "Summary", small_pdf("Summary", ["What was found out."]), "a.pdf")
    add(circle, "Flip chart", factories.picture(), "b.jpg")
    add(circle, "Letter", b"Dear <b>friends</b>,\n\nit helped me.", "c.txt")
    add(circle, "Minutes", word_file(), "d.docx")
    document = build(circle)
    words = words_of(document)
    assert "What was found out." in words and "Dear <b>friends</b>," in words and "it helped me." in words
    assert (
        "Minutes Standard Not in this pack: Word," in words and "The papers that are not in this pack are on" in words
    )
    with pikepdf.open(document.file.path) as built:
        assert len(built.pages) == document.pages
        assert built.Root.MarkInfo.Marked and "/StructTreeRoot" in built.Root
        with built.open_outline() as outline:
            titles = [item.title for item in outline.root[0].children] or [item.title for item in outline.root]
            titles += [item.title for item in outline.root]
        assert {"Summary", "Flip chart", "Letter"} <= set(titles) and "Minutes" not in titles
        alternatives = {
            str(thing.Alt) for thing in built.objects if isinstance(thing, pikepdf.Dictionary) and "/Alt" in thing
        }
        assert any(text.startswith("Page 1 of 1 of “Summary”.") for text in alternatives)
        number = next(n for n, page in enumerate(built.pages, start=1) if "What was found out." in text_of(document, n))
    assert f"Summary Standard In this pack, page {number}" in words
    assert pdf.newest_files[0].sha256 in str(document.contents)


def text_of(document: Document, page: int) -> str:
    command = ["pdftotext", "-f", str(page), "-l", str(page), document.file.path, "-"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.slow
def test_the_same_papers_give_the_same_bytes(circle):
    add(circle, "Summary", small_pdf("Summary", ["Words."]), "a.pdf")
    first = build(circle)
    Job.objects.filter(pk=first.job_id).update(state="queued", progress=0)
    assert queue.run(first.job_id)
    assert Document.objects.get(pk=first.pk).sha256 == first.sha256


def test_a_large_print_pack_takes_the_large_print_file_and_a_new_version_makes_a_pack_out_of_date(circle):
    paper = add(circle, "Summary", b"Standard words", "a.txt")
    services.add_material_version(
        by=circle.coordinator, material=paper, file=SimpleUploadedFile("l.txt", b"Large"), format="large_print"
    )

    def format_in(**more: bool) -> str:
        return pack_contents(circle.later, **more)["papers"][0]["rows"][0]["file"]["format"]

    assert (format_in(), format_in(is_large=True)) == ("Standard", "Large print")
    document, _job = request_pack(by=circle.coordinator, meeting=circle.later)
    assert not is_out_of_date(document)
    services.add_material_version(
        by=circle.coordinator, material=paper, file=SimpleUploadedFile("n.txt", b"New"), format="standard", note="All"
    )
    assert is_out_of_date(document)


# --- What cannot be joined -------------------------------------------------------------------------
@pytest.mark.slow
def test_papers_that_are_protected_damaged_missing_or_too_long_are_listed_and_the_rest_is_joined(circle):
    add(circle, "Good", small_pdf("Good", ["It is here."]), "a.pdf")
    add(circle, "Locked", saved(blank(), encryption=pikepdf.Encryption(owner="o", user="u")), "b.pdf")
    add(circle, "Restricted", saved(blank(), encryption=pikepdf.Encryption(owner="o", user="")), "c.pdf")
    add(circle, "Torn", b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\n%%EOF\n", "d.pdf")
    add(circle, "Long", saved(blank(121)), "e.pdf")
    lost = add(circle, "Lost", small_pdf("Lost", ["gone"]), "f.pdf").newest_files[0]
    lost.file.storage.delete(lost.file.name)
    words = words_of(build(circle))
    assert "It is here." in words and "Good Standard In this pack, page" in words
    for title, problem in [
        ("Locked", "it is protected with a password"),
        ("Restricted", "it is protected"),
        ("Torn", "it is damaged, or too large to open"),
        ("Long", "it has 121 pages"),
        ("Lost", "its file is missing"),
    ]:
        assert f"{title} Standard Could not be included: {problem}" in words, title


@pytest.mark.slow
def test_a_paper_that_unpacks_into_more_than_the_child_may_have_is_listed_and_harms_no_other(circle, monkeypatch):
    monkeypatch.setattr(joining, "MEMORY_MB", 320)
    press = zlib.compressobj(9)
    packed = b"".join(press.compress(b"q Q " * 250_000) for _part in range(400)) + press.flush()
    pdf = blank()
    pdf.pages[0].obj.Contents = pikepdf.Stream(pdf, packed, Filter=pikepdf.Name.FlateDecode)
    bomb = saved(pdf, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)
    assert len(bomb) < 2_000_000
    add(circle, "Bomb", bomb, "a.pdf")
    add(circle, "Good", b"Still here.", "b.txt")
    words = words_of(build(circle))
    assert "Bomb Standard Could not be included: it is damaged, or too large to open" in words
    assert "Still here." in words


@pytest.mark.slow
def test_a_paper_that_forges_our_placeholders_stands_in_its_own_place_alone(circle):
    pdf = blank()
    forged = pikepdf.Stream(pdf, b"\x1d\x70\x5e\x00\x00\x01")
    forged.Type, forged.Subtype, forged.Width, forged.Height = pikepdf.Name.XObject, pikepdf.Name.Image, 2, 1
    forged.ColorSpace, forged.BitsPerComponent = pikepdf.Name.DeviceRGB, 8
    pdf.pages[0].obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(I=pdf.make_indirect(forged)))
    pdf.pages[0].obj.Contents = pikepdf.Stream(pdf, b"q 99 0 0 99 0 0 cm /I Do Q")
    add(circle, "Forger", saved(pdf), "a.pdf")
    add(circle, "Summary", small_pdf("Summary", ["Said once."]), "b.pdf")
    assert words_of(build(circle)).count("Said once.") == 1


@pytest.mark.slow
def test_active_content_in_a_paper_is_not_joined(circle):
    pdf = blank()
    script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
    pdf.Root.OpenAction = pdf.make_indirect(script)
    pdf.pages[0].obj.AA = pikepdf.Dictionary(O=script)
    link = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 90, 90], Border=[0, 0, 0],
        A=pikepdf.Dictionary(S=pikepdf.Name.Launch, F="evil-program"),
    )  # fmt: skip
    pdf.pages[0].obj.Annots = pikepdf.Array([pdf.make_indirect(link)])
    data = saved(pdf)
    services.add_material(
        by=circle.coordinator,
        meeting=circle.later,
        title="Acts",
        evidence_kind="research",
        file=uploads.accept_paper(SimpleUploadedFile("a.pdf", data), send_anyway=True),
    )
    document = build(circle)
    assert "Acts Standard In this pack" in words_of(document)
    with pikepdf.open(document.file.path) as built:
        held = " ".join(repr(thing) for thing in built.objects)
    assert "JavaScript" not in held and "evil-program" not in held and "Launch" not in held


@pytest.mark.slow
def test_a_pack_that_fails_with_its_papers_is_built_without_them_and_says_so(circle, monkeypatch):
    add(circle, "Summary", small_pdf("Summary", ["Not in it."]), "a.pdf")
    draw = drawing.draw

    def refuses(*args: Any, sheets: Any = (), **kwargs: Any) -> drawing.Drawn:
        if sheets:
            raise queue.JobRefused("The document needed more than 1536 MB of memory.")
        return draw(*args, **kwargs)

    monkeypatch.setattr(drawing, "draw", refuses)
    words = words_of(build(circle))
    assert "Summary Standard Could not be included: it takes too much memory or time" in words
    assert "Not in it." not in words


# --- Pages -----------------------------------------------------------------------------------------
def test_a_page_that_is_turned_or_cropped_has_the_size_in_which_it_is_looked_at(tmp_path):
    pdf = blank(3)
    pdf.pages[1].obj.Rotate = 90
    pdf.pages[2].obj.CropBox = [100, 100, 400, 300]
    (tmp_path / "a.pdf").write_bytes(saved(pdf))
    assert prepare_pdf(tmp_path / "a.pdf", tmp_path / "b.pdf") == [[595, 842], [842, 595], [300, 200]]


@pytest.mark.parametrize("size", [[0, 0, 0, 0], [0, 0, 5, 800], [0, 0, 99_999, 99_999]])
def test_a_page_without_a_sensible_size_is_refused(tmp_path, size):
    pdf = blank()
    pdf.pages[0].obj.MediaBox = size
    (tmp_path / "a.pdf").write_bytes(saved(pdf))
    with pytest.raises(CannotJoin, match="damaged"):
        prepare_pdf(tmp_path / "a.pdf", tmp_path / "b.pdf")
