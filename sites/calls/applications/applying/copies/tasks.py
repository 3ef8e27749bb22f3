"""Drawing copies of applications, in a child process with limits of memory and time."""

from collections.abc import Iterator
from typing import Any

from django.core.files.storage import default_storage

from impact.core.documents import drawing as pdf
from impact.core.jobs import queue
from impact.core.jobs.models import Job
from impact.core.web.files.store import Kept, kept
from sites.calls.applications.applying.copies import drawing
from sites.calls.applications.applying.copies.models import ApplicationCopy
from sites.calls.applications.applying.copies.services import BUILD

FOLDER = "application-copies"
PAGES_GUESSED = 3


@queue.handles(BUILD, "Copy of an application")
def build_copy(claim: queue.Claim) -> queue.Finish:
    """Draw one revision and keep its file; ``finish`` writes where it is."""
    rows = ApplicationCopy.objects.select_related("revision__application__round", "revision__question_set")
    copy = rows.filter(pk=claim.payload["copy"]).first()
    if copy is None:
        raise queue.JobRefused("This application was deleted.")
    identifier = f"{copy.revision.application.reference}-{copy.revision.number}"
    with pdf.work_folder(claim) as folder:
        drawn = pdf.draw(
            claim, lambda: drawing.compose(copy.revision), folder, identifier=identifier, guess=PAGES_GUESSED
        )
        claim.progress(95, "Saving the file")
        name = pdf.keep(default_storage, drawn, under=FOLDER)

    def finish(job: Job) -> dict[str, Any]:
        ApplicationCopy.objects.filter(pk=copy.pk).update(file=name, sha256=drawn.sha256, size=drawn.size)
        return {"copy": copy.pk, "pages": drawn.pages}

    return finish


@kept(FOLDER)
def built_copies() -> Iterator[Kept]:
    """Every copy that was built."""
    rows = ApplicationCopy.objects.exclude(file="").select_related("revision__application")
    for row in rows.iterator():
        what = f"Copy of application {row.revision.application.reference}, revision {row.revision.number}"
        yield Kept(what, row.file.name or "", row.sha256, row.size)
