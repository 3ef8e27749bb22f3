"""Making a file of an edition: a worker makes it from the frozen record alone, keeps it, and writes its row."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage

from impact.core.access import audit
from impact.core.access.permissions import SYSTEM
from impact.core.documents import drawing
from impact.core.jobs import outbox, queue
from impact.core.jobs.models import Job
from impact.core.web.files import store
from impact.core.web.files.store import Kept, kept
from reports.formats.content.language import ENGLISH
from reports.formats.files.kinds import STANDARD, Kind
from reports.subjects.models import FORMS, SubjectEdition, SubjectFile
from reports.subjects.printing.document import SubjectSource, renderer
from reports.subjects.services import MAKE

FOLDER = "subject-reports"
PAGES_GUESSED = {STANDARD: 8, "large-print": 16}


def source_of(
    edition: SubjectEdition, language: str = ENGLISH, contents: dict[str, Any] | None = None
) -> SubjectSource:
    """What the files of an edition are made from."""
    return SubjectSource(
        data=edition.data,
        sha256=edition.sha256,
        taken_at=edition.taken_at,
        number=edition.number,
        language=language,
        easy_read=contents or {},
    )


@queue.handles(MAKE, "Report about a network, a site or a quarter")
def make_file(claim: queue.Claim) -> queue.Finish:
    """Make one file and keep it; its row is written by ``finish``."""
    given = claim.payload
    edition = SubjectEdition.objects.select_related("report__site").get(pk=given["edition"])
    if given["renderer"] != renderer():
        raise queue.JobRefused("The platform was updated after you asked for this. Ask again to use the new version.")
    kind = FORMS[given["form"]]
    source = source_of(edition, given["language"], given.get("contents"))
    with drawing.work_folder(claim) as folder:
        made = _draw(claim, kind, source, folder) if kind.is_drawn else _write(claim, kind, source, folder)
        claim.progress(95, "Saving the file")
        name = f"{FOLDER}/{made.sha256}.{kind.extension}"
        name = store.keep(default_storage, made.path, name=name, sha256=made.sha256, size=made.size)

    def finish(job: Job) -> dict[str, Any]:
        return _record(job, edition, kind, name, made)

    return finish


def _draw(claim: queue.Claim, kind: Kind, source: SubjectSource, folder: Path) -> drawing.Drawn:
    compose = kind.load()
    return drawing.draw(
        claim,
        lambda: compose(source),
        folder,
        identifier=source.identifier(kind.key),
        guess=PAGES_GUESSED.get(kind.key, PAGES_GUESSED[STANDARD]),
    )


def _write(claim: queue.Claim, kind: Kind, source: SubjectSource, folder: Path) -> drawing.Drawn:
    """A form that is not a PDF: written here, a step for each chapter."""
    claim.progress(5, "Gathering text and figures")
    data = kind.load()(source, claim.progress)
    path = folder / f"made.{kind.extension}"
    path.write_bytes(data)
    return drawing.Drawn(path, hashlib.sha256(data).hexdigest(), len(data), 0)


def _record(job: Job, edition: SubjectEdition, kind: Kind, name: str, made: drawing.Drawn) -> dict[str, Any]:
    """The file's row, its audit entry and the email to the person who asked, in the transaction that ends the job."""
    contents = job.payload.get("contents")
    row = SubjectFile(
        edition=edition,
        form=kind.key,
        language=job.payload["language"],
        renderer=job.payload["renderer"],
        contents=contents,
        contents_sha256=job.payload.get("contents_sha256", ""),
        is_reviewed=contents["is_reviewed"] if contents else True,
        job=job,
        file=name,
        sha256=made.sha256,
        size=made.size,
        pages=made.pages or None,
    )
    row.full_clean()
    row.save()
    by, report = job.created_by or SYSTEM, edition.report
    audit.record(by, "subject_report.file_made", report, edition=edition.number, form=row.label)
    if (kind.key, row.language) == (STANDARD, ENGLISH) and job.created_by and job.created_by.is_active:
        outbox.send_later(
            event="subject-edition-ready",
            to=job.created_by.email,
            subject=f"Edition {edition.number} is ready",
            body=(
                f"Hello,\n\nEdition {edition.number} of “{report.title}” is ready. It has {made.pages} pages.\n\n"
                f"Read it here:\n{settings.SITE_URL}{report.get_absolute_url()}\n"
            ),
        )
    return {"file": row.pk, "pages": made.pages}


@kept(FOLDER)
def subject_files() -> Iterator[Kept]:
    """Every file of every edition of these reports."""
    for row in (
        SubjectFile.objects.select_related("edition__report__site").defer("edition__data", "contents").iterator()
    ):
        yield Kept(str(row), row.file, row.sha256, row.size)
