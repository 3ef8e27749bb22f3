"""Freezing the data of a report, and asking for an edition."""

import hashlib
import json
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.jobs import queue
from impact.core.jobs.models import Job
from reports.editions.models import Snapshot
from reports.figures.gather import gather_figures, last_day
from reports.formats import document
from reports.writing import placing
from reports.writing.models import AnnualReport, ReportSection
from reports.writing.services import Status, locked_report

BUILD = "reports.build_edition"


def frozen(report: AnnualReport) -> dict[str, Any]:
    """What a snapshot of ``report`` taken now would hold: plain JSON values, no dates of taking and no row ids of it."""
    return {
        "format": 1,
        "report": {
            "year": report.year,
            "title": report.title,
            "subtitle": report.subtitle,
            "is_illustrative": report.is_illustrative,
        },
        "as_of": last_day(report.year).isoformat(),
        "sections": dict(report.sections.order_by("position").values_list("key", "body")),
        "figures": gather_figures(report.year),
    }


def canonical(data: dict[str, Any]) -> str:
    """The one way to write ``data`` as JSON text: sorted keys, no spaces. Its SHA-256 is the snapshot's identity."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


@transaction.atomic
def take_snapshot(*, by: Actor, report: AnnualReport) -> Snapshot:
    """Freeze the report's words and figures as they are now; unchanged data gives the row that is there already.

    Raises UnknownName, with the section and line, where a section places something that the report does not have.
    """
    require(by, "reports.build_edition", report)
    data = frozen(report)
    placing.check(data, dict(ReportSection.Key.choices))
    text = canonical(data)
    snapshot, is_new = Snapshot.objects.get_or_create(
        report=report,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        defaults={"data": json.loads(text), "taken_by_id": by.pk},
    )
    if is_new:
        audit.record(by, "snapshot.taken", snapshot, report=report.year)
    return snapshot


@transaction.atomic
def request_edition(*, by: Actor, report: AnnualReport) -> tuple[Snapshot, Job]:
    """Freeze the report and have a worker build it. The same data and renderer give the same job, and so one edition.

    Asking again for a build that failed tries it again.
    """
    require(by, "reports.build_edition", report)
    report = locked_report(report)
    if report.status in (Status.APPROVED, Status.PUBLISHED):
        raise ValidationError(
            f"This report is approved as edition {report.approved_edition.number}. "  # type: ignore[union-attr]
            "An approved report is not built again."
        )
    snapshot = take_snapshot(by=by, report=report)
    job = queue.enqueue(
        by=by,
        kind=BUILD,
        dedupe_key=f"edition:{report.pk}:{snapshot.sha256}:{document.renderer()}",
        payload={"snapshot": snapshot.pk, "renderer": document.renderer()},
    )
    if job.state == Job.State.FAILED:
        job = queue.retry(by=by, job=job)
    elif job.state == Job.State.QUEUED and job.attempt == 0:
        audit.record(by, "report.edition_requested", report)
    return snapshot, job


def latest_job(report: AnnualReport) -> Job | None:
    """The newest build of ``report``, whatever became of it."""
    return (
        Job.objects.filter(kind=BUILD, dedupe_key__startswith=f"edition:{report.pk}:").order_by("-created_at").first()
    )
