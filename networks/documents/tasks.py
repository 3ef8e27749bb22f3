"""Background work of the networks: building packs and action plans, reminders, the Monday digest."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import structlog
from django.core.files.storage import default_storage

from impact.core.access import audit
from impact.core.access.permissions import SYSTEM
from impact.core.documents import drawing, joining
from impact.core.jobs import queue
from impact.core.jobs.models import Job
from impact.core.web.files.store import Kept, kept
from networks.documents import drawing as documents
from networks.documents.models import Document
from networks.documents.services import BUILD

FOLDER = "documents"
PAGES_GUESSED = 5

log = structlog.get_logger(__name__)


def _draw(claim: queue.Claim, document: Document, folder: Path) -> drawing.Drawn:
    """Draw a document with its papers in it; without them, where it fails with them. Then it says so of each."""
    prepared = joining.prepare(claim, documents.files_of(document), default_storage, folder)

    def draw(ready: list[joining.Prepared]) -> drawing.Drawn:
        sheets = documents.sheets_of(ready)
        return drawing.draw(
            claim,
            lambda: documents.compose(document, ready),
            folder,
            identifier=document.contents_sha256,
            guess=PAGES_GUESSED + len(sheets),
            sheets=sheets,
        )

    if not any(row.is_joined for row in prepared):
        return draw(prepared)
    if claim.attempt < Job.objects.values_list("attempts_allowed", flat=True).get(pk=claim.job_id):
        with contextlib.suppress(queue.JobRefused):
            return draw(prepared)
    log.warning("document.papers_left_out", document=document.pk, attempt=claim.attempt)
    return draw([replace(row, problem=row.problem or joining.TOO_MUCH) if row.kind else row for row in prepared])


@queue.handles(BUILD, "Meeting pack or action plan")
def build_document(claim: queue.Claim) -> queue.Finish:
    """Draw one document from its frozen contents and keep its file; ``finish`` writes where it is."""
    document = Document.objects.get(pk=claim.payload["document"])
    if claim.payload["renderer"] != documents.renderer():
        raise queue.JobRefused(
            "The platform was updated after you asked for this. Build it again to use the new version."
        )
    with drawing.work_folder(claim) as folder:
        drawn = _draw(claim, document, folder)
        claim.progress(95, "Saving the file")
        name = drawing.keep(default_storage, drawn, under=FOLDER)

    def finish(job: Job) -> dict[str, Any]:
        Document.objects.filter(pk=document.pk).update(
            file=name, sha256=drawn.sha256, size=drawn.size, pages=drawn.pages
        )
        by = job.created_by or SYSTEM
        audit.record(by, "document.built", document, number=document.number, pages=drawn.pages, attempt=job.attempt)
        return {"document": document.pk, "file": name, "pages": drawn.pages}

    return finish


@kept(FOLDER)
def built_documents() -> Iterator[Kept]:
    """Every pack and action plan that was built."""
    rows = Document.objects.ready().select_related("meeting__group", "group", "network")
    for row in rows.defer("contents").iterator():
        yield Kept(f"{row} of {row.about}", row.file.name or "", row.sha256, row.size)
