"""The demonstration's papers as real files: small PDFs written here, the same bytes every time."""

import textwrap
from collections.abc import Sequence
from datetime import timedelta
from functools import cache

from django.core.files.uploadedfile import SimpleUploadedFile

from impact.core.access.permissions import Actor
from impact.core.basics import clock
from impact.core.basics.vocabulary import EvidenceKind, Format, Nation
from impact.core.management.demo import read
from networks.documents.materials import services
from networks.documents.materials.models import Material
from networks.management.demo import shapes
from networks.meetings.models import Meeting

INVENTED = "This paper is invented for the demonstration."
SIZES = {Format.STANDARD: 12, Format.EASY_READ: 16, Format.LARGE_PRINT: 18}


@cache
def _papers() -> shapes.Papers:
    return read(__file__, "papers.toml", shapes.Papers)


def small_pdf(title: str, paragraphs: list[str], *, size: int = 12) -> bytes:
    """One page of words as PDF, in a typeface that every reader has."""
    lines = [(title, size + 6), ("", size)]
    for paragraph in [*paragraphs, INVENTED]:
        lines += [(line, size) for line in textwrap.wrap(paragraph, 900 // size)] + [("", size)]
    drawn = "".join(f"/F1 {points} Tf 0 -{points * 1.5:g} Td ({_escaped(line)}) Tj\n" for line, points in lines)
    page = f"BT 60 800 Td\n{drawn}ET".encode("cp1252", "replace")
    objects = [
        b"<</Type/Catalog/Pages 2 0 R/Lang(en-GB)>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(page), page),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    data, places = b"%PDF-1.4\n", []
    for n, part in enumerate(objects, start=1):
        places.append(len(data))
        data += b"%d 0 obj%s\nendobj\n" % (n, part)
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    end = f"xref\n0 6\n0000000000 65535 f \n{table}trailer<</Size 6/Root 1 0 R>>\nstartxref\n{len(data)}\n%%EOF\n"
    return data + end.encode()


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def _file(title: str, paragraphs: list[str], size: int) -> SimpleUploadedFile:
    return SimpleUploadedFile(f"{title}.pdf", small_pdf(title, paragraphs, size=size), "application/pdf")


def give_files(by: Actor, material: Material, formats: Sequence[str]) -> None:
    """Add a file for each format that words on a page can be in; the others stay ticked."""
    says = _papers().says[EvidenceKind(material.evidence_kind)]
    for format in formats:
        if size := SIZES.get(Format(format)):
            file = _file(material.title, says, size)
            services.add_material_version(by=by, material=material, file=file, format=format)


def give_history(by: Actor, meeting: Meeting, nation: str) -> None:
    """In England one paper gets a second version before the first meeting, and is used again at the third."""
    if nation != Nation.ENGLAND or meeting.number not in (1, 3):
        return
    paper = Material.objects.filter(meeting__group=meeting.group, meeting__number=1).order_by("pk")[0]
    if meeting.number == 1:
        with clock.standing_on(meeting.starts_on - timedelta(days=13)):
            file = _file(paper.title, _papers().says[EvidenceKind.RESEARCH][:2], SIZES[Format.STANDARD])
            note = _papers().note
            services.add_material_version(by=by, material=paper, file=file, format=Format.STANDARD, note=note)
    else:
        with clock.standing_on(meeting.starts_on - timedelta(days=14)):
            again = services.use_material_again(by=by, material=paper, meeting=meeting)
            services.mark_material_sent(by=by, material=again)
