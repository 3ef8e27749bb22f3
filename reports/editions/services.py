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
from reports.editions.models import HeldQuote, Snapshot
from reports.figures.gather import gather_figures, last_day
from reports.figures.rows.keeping import digests, gather_rows, keep_rows
from reports.formats import document, placing
from reports.quotes.frozen import quotes_for
from reports.writing.models import AnnualReport, ReportSection
from reports.writing.services import Status, locked_report

BUILD = "reports.build_edition"


def frozen(report: AnnualReport, *, is_live: bool = False, figures: dict[str, Any] | None = None) -> dict[str, Any]:
    """What a snapshot of ``report`` taken now would hold: plain JSON values, no dates of taking and no row ids of it.

    ``is_live`` is for reading it without taking one: see ``gather_figures``. ``figures``: those that were counted already.
    """
    is_read = is_live or figures is not None
    figures = figures or gather_figures(report.year, is_live=is_live)
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
        "figures": figures,
        "quotes": quotes_for(report, figures, is_frozen=not is_read),
        "responses_last_year": responses_last_year(report),
    }


def responses_last_year(report: AnnualReport) -> list[dict[str, Any]]:
    """What the leadership team answered to the published report of the year before: areas, decisions and words."""
    last = AnnualReport.objects.filter(year=report.year - 1, status=Status.PUBLISHED).first()
    if last is None:
        return []
    return [
        {
            "area": row.area,
            "decision": row.get_decision_display() if row.decision else "",
            "words": row.words,
            "due_on": row.due_on.isoformat() if row.due_on else "",
        }
        for row in last.responses.order_by("position", "area", "pk")
    ]


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
    rows = gather_rows(report.year)
    text = canonical({**data, "rows": digests(rows)})
    snapshot, is_new = Snapshot.objects.get_or_create(
        report=report,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        defaults={"data": json.loads(text), "taken_by_id": by.pk},
    )
    if is_new:
        keep_rows(snapshot, rows)
        held = [HeldQuote(snapshot=snapshot, quote_id=row["id"]) for row in snapshot.data["quotes"]]
        HeldQuote.objects.bulk_create(held)
        audit.record(by, "snapshot.taken", snapshot, report=report.year)
    return snapshot


@transaction.atomic
def request_edition(*, by: Actor, report: AnnualReport) -> tuple[Snapshot, Job]:
    """Freeze the report and have a worker build it. The same data and renderer give the same job, and so one edition.

    Asking again for a build that failed or was cancelled tries it again.
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
    if job.may_run_again:
        job = queue.retry(by=by, job=job)
    elif job.state == Job.State.QUEUED and job.attempt == 0:
        audit.record(by, "report.edition_requested", report)
    return snapshot, job


@transaction.atomic
def cancel_edition(*, by: Actor, report: AnnualReport) -> Job:
    """Stop the build that waits or runs for ``report``. Words, figures and earlier editions stay as they are."""
    require(by, "reports.build_edition", report)
    job = latest_job(report)
    if job is None or job.is_finished:
        raise ValidationError(
            "No build is running, so there is nothing to cancel. Reload the page to see what is there."
        )
    job = queue.cancel(by=by, job=job)
    audit.record(by, "report.build_cancelled", report)
    return job


def latest_job(report: AnnualReport) -> Job | None:
    """The newest build of ``report``, whatever became of it."""
    return (
        Job.objects.filter(kind=BUILD, dedupe_key__startswith=f"edition:{report.pk}:").order_by("-created_at").first()
    )
