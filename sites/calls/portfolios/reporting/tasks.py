"""Background work: drawing the report of a round."""

from collections.abc import Iterator
from typing import Any

from django.core.files.storage import default_storage

from impact.core.access import audit
from impact.core.access.permissions import SYSTEM
from impact.core.documents import drawing
from impact.core.jobs import queue
from impact.core.jobs.models import Job
from impact.core.web.files.store import Kept, kept
from sites.calls.portfolios.models import RoundReport
from sites.calls.portfolios.reporting import drawing as report_drawing
from sites.calls.portfolios.reporting.services import BUILD

FOLDER = "round-reports"


@queue.handles(BUILD, "Report of a round")
def build_report(claim: queue.Claim) -> queue.Finish:
    """Draw one report from its frozen contents and keep its file; ``finish`` writes where it is."""
    report = RoundReport.objects.get(pk=claim.payload["report"])
    if claim.payload["renderer"] != report_drawing.renderer():
        raise queue.JobRefused(
            "The platform was updated after you asked for this. Build it again to use the new version."
        )
    with drawing.work_folder(claim) as folder:
        drawn = drawing.draw(
            claim, lambda: report_drawing.compose(report), folder, identifier=report.contents_sha256, guess=5
        )
        claim.progress(95, "Saving the file")
        name = drawing.keep(default_storage, drawn, under=FOLDER)

    def finish(job: Job) -> dict[str, Any]:
        RoundReport.objects.filter(pk=report.pk).update(
            file=name, sha256=drawn.sha256, size=drawn.size, pages=drawn.pages
        )
        by = job.created_by or SYSTEM
        audit.record(by, "round_report.built", report, number=report.number, pages=drawn.pages)
        return {"report": report.pk, "file": name, "pages": drawn.pages}

    return finish


@kept(FOLDER)
def built_reports() -> Iterator[Kept]:
    """Every report of a round that was built."""
    for row in RoundReport.objects.ready().select_related("round").defer("contents").iterator():
        yield Kept(str(row), row.file.name or "", row.sha256, row.size)
