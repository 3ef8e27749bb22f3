"""Background work of reading: building the PDF of a version."""

from collections.abc import Iterator
from typing import Any

from django.core.files.storage import default_storage

from coproduction.charter.reading import printing
from coproduction.charter.reading.making.services import FOLDER
from coproduction.charter.reading.models import CharterPdf, EasyReadLine, Recording
from impact.core.access import audit
from impact.core.access.permissions import SYSTEM
from impact.core.documents import drawing
from impact.core.jobs import queue
from impact.core.jobs.models import Job
from impact.core.web.files.store import Kept, kept

PDF_FOLDER = "charter-pdfs"
PAGES_GUESSED = 6


@queue.handles(printing.BUILD, "PDF of the charter")
def build_charter_pdf(claim: queue.Claim) -> queue.Finish:
    """Draw a version from its frozen contents and keep the file; ``finish`` writes where it is."""
    pdf = CharterPdf.objects.select_related("version__charter").get(pk=claim.payload["pdf"])
    if claim.payload["renderer"] != printing.renderer():
        raise queue.JobRefused(
            "The platform was updated after you asked for this. Build it again to use the new version."
        )
    with drawing.work_folder(claim) as folder:
        drawn = drawing.draw(
            claim, lambda: printing.compose(pdf), folder, identifier=pdf.contents_sha256, guess=PAGES_GUESSED
        )
        claim.progress(95, "Saving the file")
        name = drawing.keep(default_storage, drawn, under=PDF_FOLDER)

    def finish(job: Job) -> dict[str, Any]:
        CharterPdf.objects.filter(pk=pdf.pk).update(file=name, sha256=drawn.sha256, size=drawn.size, pages=drawn.pages)
        by = job.created_by or SYSTEM
        audit.record(by, "charter_pdf.built", pdf.version, version=pdf.version.name, pages=drawn.pages)
        return {"pdf": pdf.pk, "file": name, "pages": drawn.pages}

    return finish


@kept(PDF_FOLDER)
def built_pdfs() -> Iterator[Kept]:
    """Every PDF of a charter that was built."""
    for row in CharterPdf.objects.ready().select_related("version__charter").defer("contents").iterator():
        yield Kept(str(row), row.file.name or "", row.sha256, row.size)


@kept(FOLDER)
def pictures_and_sound() -> Iterator[Kept]:
    """Every picture of an Easy Read, and every recording."""
    for line in EasyReadLine.objects.exclude(picture="").iterator():
        yield Kept(f"Picture beside “{line.words[:40]}”", line.picture.name or "", line.sha256, line.size)
    for row in Recording.objects.select_related("version__charter", "text__version").iterator():
        yield Kept(str(row), row.file.name or "", row.sha256, row.size)
