"""The annual report's life: written, frozen, built, submitted, approved, published. Every write, one function each."""

import hashlib
import json
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from impact.core.access import audit
from impact.core.access.permissions import has_perm, require
from impact.core.basics import clock
from impact.core.basics.versions import save_changes
from impact.core.jobs import queue
from impact.core.jobs.models import Job
from reports import document
from reports.facts import as_seen, facts_for, mark_of
from reports.gather import gather_figures, last_day
from reports.models import AnnualReport, Edition, ReportSection, Snapshot

BUILD = "reports.build_edition"
Status = AnnualReport.Status
# Rule 14: what the advisory group reports on. These, and the summary, must be written before it goes to leadership.
MUST_BE_WRITTEN = [
    ReportSection.Key.SUMMARY,
    ReportSection.Key.PROGRESS,
    ReportSection.Key.GOOD_PRACTICE,
    ReportSection.Key.DEVELOPMENT,
]


@transaction.atomic
def start_report(*, by: Any, year: int, title: str, subtitle: str = "", is_illustrative: bool = False) -> AnnualReport:
    """Open a year's report with every section empty, for those who write it."""
    require(by, "reports.edit_report")
    today = clock.today()
    if not 2022 <= year <= today.year:
        raise ValidationError({"year": f"Choose a year from 2022 to {today.year}: the report looks back on it."})
    if AnnualReport.objects.filter(year=year).exists():
        raise ValidationError({"year": f"There is already a report for {year}. Open it from the list of reports."})
    report = AnnualReport(year=year, title=title.strip(), subtitle=subtitle.strip(), is_illustrative=is_illustrative)
    report.full_clean()
    report.save()
    ReportSection.objects.bulk_create(
        ReportSection(report=report, key=key, position=position)
        for position, key in enumerate(ReportSection.Key.values, start=1)
    )
    audit.record(by, "report.started", report, year=year)
    return report


def _lock(report: AnnualReport) -> AnnualReport:
    return AnnualReport.objects.select_for_update().get(pk=report.pk)


@transaction.atomic
def write_section(
    *, by: Any, section: ReportSection, body: str, expected: int | None = None, shown: str | None = None
) -> ReportSection:
    """Save the words of one chapter. Raises Conflict when somebody saved it in the meantime.

    The chapter's figures count as seen, unless ``shown``, the mark of those that the writer had before them, is of others.
    """
    require(by, "reports.edit_report", section)
    report = _lock(section.report)
    if report.status != Status.WRITING:
        raise ValidationError(
            f"The report is {report.get_status_display().lower()}, so its words are settled. "
            "Take it back to writing first."
        )
    changed = save_changes(section, {"body": body.replace("\r\n", "\n").strip()}, expected=expected)
    if changed:
        audit.record(by, "section.written", section, fields=changed, characters=len(section.body))
        audit.record(by, "report.section_written", report, section=section.get_key_display())
    _see_figures(section, shown)
    return section


def _see_figures(section: ReportSection, shown: str | None) -> bool:
    """Keep the figures of a chapter as seen by its writer, if those of today are the ones that the page showed."""
    facts = facts_for(section.key, gather_figures(section.report.year))
    if shown not in (None, mark_of(facts)):
        return False
    section.figures_seen = as_seen(facts)
    ReportSection.objects.filter(pk=section.pk).update(figures_seen=section.figures_seen)
    return True


@transaction.atomic
def confirm_figures(*, by: Any, section: ReportSection, shown: str) -> ReportSection:
    """Record that the words of a chapter still hold beside the figures that the page showed, for its writer."""
    require(by, "reports.edit_report", section)
    report = _lock(section.report)
    if report.status in (Status.APPROVED, Status.PUBLISHED):
        raise ValidationError("The report is approved, so its figures no longer change.")
    if not _see_figures(section, shown):
        raise ValidationError("The figures have changed again while you were reading. Look at them once more.")
    audit.record(by, "section.figures_confirmed", section)
    audit.record(by, "report.figures_confirmed", report, section=section.get_key_display())
    return section


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
def take_snapshot(*, by: Any, report: AnnualReport) -> Snapshot:
    """Freeze the report's words and figures as they are now; unchanged data gives the row that is there already."""
    require(by, "reports.build_edition", report)
    text = canonical(frozen(report))
    snapshot, is_new = Snapshot.objects.get_or_create(
        report=report,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        defaults={"data": json.loads(text), "taken_by_id": by.pk},
    )
    if is_new:
        audit.record(by, "snapshot.taken", snapshot, report=report.year)
    return snapshot


@transaction.atomic
def request_edition(*, by: Any, report: AnnualReport) -> tuple[Snapshot, Job]:
    """Freeze the report and have a worker build it. The same data and renderer give the same job, and so one edition.

    Asking again for a build that failed tries it again.
    """
    require(by, "reports.build_edition", report)
    report = _lock(report)
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


def _change_status(by: Any, report: AnnualReport, status: str, event: str, **changes: Any) -> AnnualReport:
    was = report.status
    changed = save_changes(report, {"status": status, **changes}, expected=report.version)
    audit.record(by, event, report, fields=changed, was=was, now=status)
    return report


@transaction.atomic
def submit_for_approval(*, by: Any, report: AnnualReport) -> AnnualReport:
    """Give the report to the leadership team, once the chapters that it must have are written (rule 14)."""
    require(by, "reports.edit_report", report)
    report = _lock(report)
    if report.status != Status.WRITING:
        raise ValidationError(f"The report is {report.get_status_display().lower()} already.")
    empty = report.sections.filter(key__in=MUST_BE_WRITTEN, body="").order_by("position")
    if names := [section.get_key_display() for section in empty]:
        raise ValidationError(f"Write these sections first: {', '.join(names)}.")
    return _change_status(by, report, Status.SUBMITTED, "report.submitted", status_note="")


@transaction.atomic
def return_to_writing(*, by: Any, report: AnnualReport, note: str = "") -> AnnualReport:
    """Send a submitted report back: by the leadership team, saying what to change, or by those who write it."""
    is_writer = has_perm(by, "reports.edit_report", report)
    if not is_writer:
        require(by, "reports.approve_report", report)
    report = _lock(report)
    if report.status != Status.SUBMITTED:
        raise ValidationError(
            f"Only a report that is with the leadership team can go back; this one is "
            f"{report.get_status_display().lower()}."
        )
    note = note.strip()
    if not note and not is_writer:
        raise ValidationError({"note": "Say what should change, so that the writers know what to do."})
    return _change_status(by, report, Status.WRITING, "report.sent_back", status_note=note)


@transaction.atomic
def approve_report(*, by: Any, report: AnnualReport, edition: Edition) -> AnnualReport:
    """Approve one exact edition, for the leadership team. A newer edition, if there is one, must be read first."""
    require(by, "reports.approve_report", report)
    report = _lock(report)
    if report.status != Status.SUBMITTED:
        raise ValidationError(
            f"Only a report that was submitted can be approved; this one is {report.get_status_display().lower()}."
        )
    newest = report.editions.order_by("-number").first()
    if edition.report_id != report.pk or newest is None:
        raise ValidationError("Choose an edition of this report.")
    if edition.pk != newest.pk:
        raise ValidationError(f"Edition {newest.number} has been built since. Read it, then approve that one.")
    return _change_status(
        by,
        report,
        Status.APPROVED,
        "report.approved",
        approved_by_id=by.pk,
        approved_on=clock.today(),
        approved_edition=newest,
    )


@transaction.atomic
def publish_report(*, by: Any, report: AnnualReport) -> AnnualReport:
    """Put the approved edition where everybody can read it."""
    require(by, "reports.publish_report", report)
    report = _lock(report)
    if report.status != Status.APPROVED:
        raise ValidationError("Only an approved report can be published. Ask the leadership team to approve it.")
    return _change_status(by, report, Status.PUBLISHED, "report.published", published_on=clock.today())
