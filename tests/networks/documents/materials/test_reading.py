"""The words of papers: read in a process with limits, found by those who may open the paper, gone with its files."""

import hashlib
import io
import zipfile
from datetime import timedelta

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command

from impact.core.documents.reading import extract, texts
from impact.core.jobs import queue
from impact.core.web.search.finding import Asked, find
from impact.core.web.search.models import SearchEntry
from networks.documents.materials import services
from networks.documents.materials.models import MaterialFile
from networks.documents.materials.reading.models import PaperText
from tests import factories
from tests.pages import html_of

pytestmark = [pytest.mark.django_db, pytest.mark.database]
WORD = '<w:document xmlns:w="http://w"><w:body>{}</w:body></w:document>'


def packed(parts: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in {"[Content_Types].xml": "<Types/>", **parts}.items():
            archive.writestr(name, part)
    return out.getvalue()


def docx(text: str) -> bytes:
    return packed({"word/document.xml": WORD.format(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>")})


def pdf(text: str = "", pages: int = 1, **save: object) -> bytes:
    paper = pikepdf.new()
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    for number in range(pages):
        page = paper.add_blank_page()
        if text:
            page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
            page.Contents = paper.make_stream(f"BT /F1 12 Tf 72 700 Td ({text} {number}) Tj ET".encode())
    out = io.BytesIO()
    paper.save(out, **save)
    return out.getvalue()


def upload(data: bytes, name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def found(user, word: str) -> list[str]:
    return [row.excerpt for row in find(user, Asked(word, "paper")).rows]


def test_a_paper_is_found_by_its_words_from_its_upload_until_it_is_replaced_or_removed(circle, sign_in):
    member, outsider = factories.user_in(circle.group), factories.UserFactory()
    circle.later.announced_at = None
    circle.later.save()
    file = upload(docx("We spoke of <w:del/>marmalade &amp; jam."), "a.docx")
    paper = services.add_material(
        by=circle.coordinator, meeting=circle.later, title="Summary", evidence_kind="research", file=file
    )
    assert found(circle.coordinator, "marmalade") == [], "read after the upload, by a job"
    queue.run_due()
    assert found(circle.coordinator, "marmalade") == ["We spoke of <mark>marmalade</mark> &amp; jam."]
    assert found(member, "marmalade") == [], "not out yet, as the paper"
    circle.later.announced_at = circle.later.starts_at - timedelta(days=14)
    circle.later.save()
    assert len(found(member, "marmalade")) == 1 and found(outsider, "marmalade") == []

    again = services.use_material_again(by=circle.coordinator, material=paper, meeting=circle.meeting)
    pages = upload(pdf("Of quinces"), "b.pdf")
    services.add_material_version(
        by=circle.coordinator, material=paper, file=pages, format="standard", note="Other fruit"
    )
    assert found(member, "marmalade") == [], "the words go with the file that was replaced"
    queue.run_due()
    assert found(circle.coordinator, "marmalade") == ["We spoke of <mark>marmalade</mark> &amp; jam."], (
        "where it is used again"
    )
    assert found(circle.coordinator, "quinces") == ["Of <mark>quinces</mark> 0"]
    services.remove_material(by=circle.coordinator, material=again)
    paper.delete()
    assert not PaperText.objects.exists() and not SearchEntry.objects.filter(kind="paper").exists()


def test_a_job_that_is_late_writes_nothing_down(circle, monkeypatch):
    """The file was replaced while the one before was read."""
    paper = services.add_material(
        by=circle.coordinator,
        meeting=circle.later,
        title="S",
        evidence_kind="research",
        file=upload(b"Damson", "a.txt"),
    )
    first = queue.Job.objects.get(kind="networks.read_paper")
    assert first.kind in queue.PATIENT, "a report does not wait for the words of eighty papers"

    def meanwhile(data: bytes, kind: str, most: int, renew: object) -> str:
        if data == b"Damson":
            new = upload(b"Quince", "a.txt")
            services.add_material_version(by=circle.coordinator, material=paper, file=new, format="standard", note="x")
        return data.decode()

    monkeypatch.setattr(texts, "text_of", meanwhile)
    assert queue.run(first.pk)
    assert not PaperText.objects.exists()
    queue.run_due()
    assert PaperText.objects.get().text == "Quince"


LAUGHS = '<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><w:t>&b;</w:t>'
HOSTILE = {
    "a password": (lambda: pdf("x", encryption=pikepdf.Encryption(user="u", owner="o")), "pdf", "it has a password"),
    "a scan": (pdf, "pdf", "it may be a scan, which is pictures of pages"),
    "cut off": (lambda: pdf("x", 50)[:3000], "pdf", "it is damaged"),
    "entities": (lambda: packed({"word/document.xml": LAUGHS}), "docx", "it is damaged"),
    "much and nothing": (lambda: docx("<w:r/>" * 900_000), "docx", "there are no words in it"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_file_without_text_that_can_be_read_says_why(case):
    data, kind, why = HOSTILE[case]
    with pytest.raises(texts.NoText, match=why):
        texts.text_of(data(), kind)


def test_limits_end_a_file_that_takes_too_much_and_keep_what_was_read(monkeypatch):
    paper = pikepdf.open(io.BytesIO(pdf("Marmalade", 2)))
    paper.pages[1].Contents = paper.make_stream(b"BT /F1 12 Tf 72 700 Td (jam) Tj ET " * 500_000)
    out = io.BytesIO()
    paper.save(out)
    data, renewed = out.getvalue(), []
    assert texts.text_of(data, "pdf", 5) == "Marma"
    monkeypatch.setattr(texts, "CPU_SECONDS", 2)
    monkeypatch.setattr(texts, "RENEW_SECONDS", 0.5)
    assert texts.text_of(data, "pdf", renew=lambda: renewed.append(1)) == "Marmalade 0" and renewed
    monkeypatch.setattr(texts, "MEMORY_MB", 64)
    with pytest.raises(texts.NoText, match="it takes too much memory or time"):
        texts.text_of(b"jam " * 10_000_000, "txt")


def test_each_kind_is_read_without_comments_and_what_was_struck_out():
    def read(kind: str, data: bytes) -> str:
        parts: list[str] = []
        extract.READERS[kind](data, parts.append)
        return texts.clean("".join(parts))

    change = "<w:del><w:r><w:delText>secret</w:delText></w:r></w:del>"
    body = f"<w:p><w:r><w:t>Co-pro</w:t></w:r><w:r><w:t>duction</w:t></w:r></w:p>{change}<w:p><w:t>works</w:t></w:p>"
    note = WORD.format("<w:t>a note</w:t>")
    word = {"word/document.xml": WORD.format(body), "word/footnotes.xml": note, "word/comments.xml": note * 2}
    assert read("docx", packed(word)) == "Co-production works a note"
    slides = {f"ppt/slides/slide{n}.xml": f"<a:p xmlns:a='http://a'><a:t>Slide {n}</a:t></a:p>" for n in (10, 9)}
    assert read("pptx", packed({**slides, "ppt/notesSlides/notesSlide9.xml": "<t>secret</t>"})) == "Slide 9 Slide 10"
    text = "<o:d xmlns:o='o'><o:p>One<o:annotation><o:p>secret</o:p></o:annotation></o:p><o:p>two</o:p></o:d>"
    assert read("odt", packed({"META-INF/manifest.xml": "<m/>", "content.xml": text})) == "One two"
    with pytest.raises(extract.Locked):
        read("odt", packed({"META-INF/manifest.xml": "<m:encryption-data/>", "content.xml": text}))


def test_a_text_is_such_as_both_databases_hold():
    assert texts.clean("a\0b \ud83d \x0c of\ufb01ce co\u00adpy\n\n x") == "a b office copy x"
    PaperText.objects.create(
        material=factories.MaterialFactory(), text=texts.clean(" ".join(f"각{n}한글말" for n in range(60_000)))
    )
    words = " ".join(chr(0xAC00 + n % 11_000) * 3 + chr(0x4E00 + n) for n in range(20_000)) * 3
    assert len(texts.clean(words)) < texts.MOST, "a row of PostgreSQL’s index would be too full"
    PaperText.objects.update(text=texts.clean(words))


def test_the_command_reads_what_is_there_and_the_page_says_what_could_not_be_read(circle, sign_in, capsys):
    paper = services.add_material(
        by=circle.coordinator,
        meeting=circle.later,
        title="S",
        evidence_kind="research",
        file=upload(b"Damson", "a.txt"),
    )
    scan = services.add_material(
        by=circle.coordinator, meeting=circle.later, title="Scan", evidence_kind="research", file=upload(pdf(), "s.pdf")
    )
    call_command("read_papers")
    said = capsys.readouterr().out
    assert "No text could be read in s.pdf (version 1)" in said and "Papers read: 2. Files without text: 1." in said
    assert found(circle.coordinator, "damson") == ["<mark>Damson</mark>"]
    page = html_of(sign_in(circle.coordinator).get(scan.get_absolute_url()))
    assert "No text could be read in “s.pdf”: it may be a scan, which is pictures of pages." in page
    assert "No text could be read" not in html_of(sign_in(circle.coordinator).get(paper.get_absolute_url()))
    call_command("read_papers")
    assert "Papers read: 0." in capsys.readouterr().out
    row = MaterialFile.objects.get(material=paper)
    assert row.sha256 == hashlib.sha256(b"Damson").hexdigest()
    MaterialFile.objects.filter(pk=row.pk).update(sha256="0" * 64)
    call_command("read_papers", "--again")
    assert "No text could be read in a.txt (version 1)" in capsys.readouterr().out
    assert found(circle.coordinator, "damson") == []
