"""Background work of the networks: building packs and action plans, reminders, the Monday digest."""

from datetime import date
from typing import Any

from django.core.files.storage import default_storage

from impact.core import audit, drawing, jobs
from impact.core.models import Job
from impact.core.permissions import SYSTEM
from networks import digests, documents, services
from networks.models import Document
from networks.services.documents import BUILD

REMIND = "networks.remind"
DIGEST = "networks.action_digest"
FOLDER = "documents"
PAGES_GUESSED = 5


@jobs.daily(REMIND, "Reminders of meetings")
def remind(claim: jobs.Claim) -> jobs.Finish:
    """Remind people of the meetings of the next days. All in ``finish``: a worker that dies has sent nothing."""
    on = date.fromisoformat(claim.payload["on"])

    def finish(job: Job) -> dict[str, Any]:
        return {"reminded": services.remind(by=SYSTEM, on=on)}

    return finish


@jobs.daily(DIGEST, "Emails about actions")
def digest(claim: jobs.Claim) -> jobs.Finish:
    """Tell those who run groups what is overdue, on Mondays. All in ``finish``: a worker that dies has sent nothing."""
    on = date.fromisoformat(claim.payload["on"])

    def finish(job: Job) -> dict[str, Any]:
        return {"sent": digests.send_digests(on=on)}

    return finish


@jobs.handles(BUILD, "Meeting pack or action plan")
def build_document(claim: jobs.Claim) -> jobs.Finish:
    """Draw one document from its frozen contents and keep its file; ``finish`` writes where it is."""
    document = Document.objects.get(pk=claim.payload["document"])
    if claim.payload["renderer"] != documents.renderer():
        raise jobs.JobRefused(
            "The platform was updated after this was asked for. Build it again to use the new version."
        )
    with drawing.work_folder(claim) as folder:
        drawn = drawing.draw(
            claim,
            lambda: documents.compose(document),
            folder,
            identifier=document.contents_sha256,
            guess=PAGES_GUESSED,
        )
        claim.progress(95, "Keeping the file")
        name = drawing.keep(default_storage, drawn, under=FOLDER)

    def finish(job: Job) -> dict[str, Any]:
        Document.objects.filter(pk=document.pk).update(
            file=name, sha256=drawn.sha256, size=drawn.size, pages=drawn.pages
        )
        by = job.created_by or SYSTEM
        audit.record(by, "document.built", document, number=document.number, pages=drawn.pages, attempt=job.attempt)
        return {"document": document.pk, "file": name, "pages": drawn.pages}

    return finish
