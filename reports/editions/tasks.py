"""Building an edition: a worker composes the HTML, a child process draws it, the file is kept, a row written.

What ends a job writes its row, so a worker that lost its lease records nothing.
"""

import time
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models import Max
from django.urls import reverse

from impact.core.access import audit
from impact.core.access.permissions import SYSTEM
from impact.core.documents import drawing
from impact.core.documents.chapters import drawing as chapters
from impact.core.jobs import outbox, queue
from impact.core.jobs.models import Job
from impact.core.web.files.store import Kept, kept
from reports.editions import overview
from reports.editions.models import Edition, Snapshot
from reports.editions.services import BUILD
from reports.formats import document
from reports.writing.models import AnnualReport

FOLDER = "reports"


@queue.handles(BUILD, "Annual report")
def build_edition(claim: queue.Claim) -> queue.Finish:
    """Draw the edition of one snapshot and keep its file; the row is written by ``finish``."""
    began = time.monotonic()
    snapshot = Snapshot.objects.select_related("report").get(pk=claim.payload["snapshot"])
    if claim.payload["renderer"] != document.renderer():
        raise queue.JobRefused(
            "The platform was updated after you asked for this build. Build the report again to use the new version."
        )
    with drawing.work_folder(claim) as folder:
        drawn = chapters.draw(claim, lambda: document.in_pieces(snapshot), folder, default_storage)
        claim.progress(95, "Saving the file")
        name = drawing.keep(default_storage, drawn, under=FOLDER)
    seconds = round(time.monotonic() - began, 2)

    def finish(job: Job) -> dict[str, Any]:
        return _record(job, snapshot, name, drawn, seconds)

    return finish


def _record(job: Job, snapshot: Snapshot, name: str, drawn: drawing.Drawn, seconds: float) -> dict[str, Any]:
    """The edition's row, its audit entry and the email to the person who asked, in the transaction that ends the job."""
    report = AnnualReport.objects.select_for_update().get(pk=snapshot.report_id)
    newest = report.editions.aggregate(newest=Max("number"))["newest"] or 0
    edition = Edition(
        report=report,
        number=newest + 1,
        snapshot=snapshot,
        renderer=job.payload["renderer"],
        job=job,
        file=name,
        sha256=drawn.sha256,
        size=drawn.size,
        pages=drawn.pages,
        seconds=seconds,
    )
    edition.full_clean()
    edition.save()
    by = job.created_by or SYSTEM
    audit.record(by, "edition.built", edition, edition=edition.number, pages=edition.pages, attempt=job.attempt)
    audit.record(by, "report.edition_built", report, edition=edition.number, pages=edition.pages)
    if job.created_by and job.created_by.is_active:
        outbox.send_later(
            event="edition-ready",
            to=job.created_by.email,
            subject=f"Edition {edition.number} of the {report.year} report is ready",
            body=(
                f"Hello,\n\nEdition {edition.number} of the {report.title} {report.year} is ready. "
                f"It has {edition.pages} pages.\n\nRead it here:\n"
                f"{settings.SITE_URL}{reverse('reports:detail', args=[report.year])}\n"
            ),
        )
    return {"edition": edition.number, "file": name, "pages": edition.pages}


@queue.handles(overview.COUNT, "Figures of a report")
def count_overview(claim: queue.Claim) -> queue.Finish:
    """Count the figures that the report's pages show."""
    overview.count_overview(claim.payload["year"])
    return lambda job: {}


@kept(FOLDER)
def editions() -> Iterator[Kept]:
    """Every edition of every report."""
    for row in Edition.objects.select_related("report").iterator():
        yield Kept(str(row), row.file, row.sha256, row.size)
