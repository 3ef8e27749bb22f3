"""Making a form of an edition: a worker makes the file from the snapshot alone, keeps it, and writes its row."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage

from impact.core.access import audit
from impact.core.access.permissions import SYSTEM
from impact.core.documents import drawing
from impact.core.jobs import queue
from impact.core.jobs.models import Job
from impact.core.web.files import store
from impact.core.web.files.store import Kept, kept
from reports.editions.making.models import EditionForm
from reports.editions.making.services import MAKE
from reports.editions.models import Edition
from reports.formats.content.source import Source
from reports.formats.files.kinds import KINDS, Kind, identifier, renderer

FOLDER = "report-forms"


@queue.handles(MAKE, "Form of the annual report")
def make_form(claim: queue.Claim) -> queue.Finish:
    """Make one form and keep its file; the row is written by ``finish``."""
    given = claim.payload
    edition = Edition.objects.select_related("report", "snapshot").get(pk=given["edition"])
    if given["renderer"] != renderer():
        raise queue.JobRefused("The platform was updated after you asked for this. Ask again to use the new version.")
    kind = KINDS[given["form"]]
    source = source_of(edition, given["language"], given.get("contents"))
    with drawing.work_folder(claim) as folder:
        try:
            made = _draw(claim, kind, source, edition, folder) if kind.is_drawn else _write(claim, kind, source, folder)
        except ValidationError as problem:  # the words name something that the report does not have
            raise queue.JobRefused(" ".join(problem.messages)) from None
        claim.progress(95, "Saving the file")
        name = f"{FOLDER}/{made.sha256}.{kind.extension}"
        name = store.keep(default_storage, made.path, name=name, sha256=made.sha256, size=made.size)

    def finish(job: Job) -> dict[str, Any]:
        return _record(job, edition, kind, name, made)

    return finish


def source_of(edition: Edition, language: str, contents: dict[str, Any] | None = None) -> Source:
    """What the forms of an edition are made from."""
    snapshot = edition.snapshot
    return Source(
        data=snapshot.data,
        sha256=snapshot.sha256,
        taken_at=snapshot.taken_at,
        number=edition.number,
        language=language,
        easy_read=contents or {},
    )


def _draw(claim: queue.Claim, kind: Kind, source: Source, edition: Edition, folder: Path) -> drawing.Drawn:
    compose = kind.load()
    return drawing.draw(
        claim, lambda: compose(source), folder, identifier=identifier(source, kind), guess=2 * edition.pages
    )


def _write(claim: queue.Claim, kind: Kind, source: Source, folder: Path) -> drawing.Drawn:
    """A form that is not a PDF: written here, a step for each chapter."""
    claim.progress(5, "Gathering text and figures")
    data = kind.load()(source, claim.progress)
    path = folder / f"made.{kind.extension}"
    path.write_bytes(data)
    return drawing.Drawn(path, hashlib.sha256(data).hexdigest(), len(data), 0)


def _record(job: Job, edition: Edition, kind: Kind, name: str, made: drawing.Drawn) -> dict[str, Any]:
    """The form's row and its audit entry, in the transaction that ends the job."""
    contents = job.payload.get("contents")
    form = EditionForm(
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
    form.full_clean()
    form.save()
    label = f"{kind.label}, {form.get_language_display()}"
    by = job.created_by or SYSTEM
    audit.record(by, "edition.form_made", edition, edition=edition.number, form=label)
    return {"form": form.pk, "file": name}


@kept(FOLDER)
def edition_forms() -> Iterator[Kept]:
    """Every form of every edition."""
    for row in EditionForm.objects.select_related("edition__report").defer("contents").iterator():
        yield Kept(str(row), row.file, row.sha256, row.size)
