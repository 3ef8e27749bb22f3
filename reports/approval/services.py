"""From writing to approved to published."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from impact.core.access import audit
from impact.core.access.permissions import Actor, has_perm, require
from impact.core.basics import clock
from impact.core.basics.versions import save_changes
from reports.editions.models import Edition
from reports.writing.models import AnnualReport, ReportSection
from reports.writing.services import Status, locked_report

# Rule 14: what the advisory group reports on. These, and the summary, must be written before it goes to leadership.
MUST_BE_WRITTEN = [
    ReportSection.Key.SUMMARY,
    ReportSection.Key.PROGRESS,
    ReportSection.Key.GOOD_PRACTICE,
    ReportSection.Key.DEVELOPMENT,
]


def _change_status(by: Actor, report: AnnualReport, status: str, event: str, **changes: Any) -> AnnualReport:
    was = report.status
    changed = save_changes(report, {"status": status, **changes}, expected=report.version)
    audit.record(by, event, report, fields=changed, was=was, now=status)
    return report


@transaction.atomic
def submit_for_approval(*, by: Actor, report: AnnualReport) -> AnnualReport:
    """Give the report to the leadership team, once the chapters that it must have are written (rule 14)."""
    require(by, "reports.edit_report", report)
    report = locked_report(report)
    if report.status != Status.WRITING:
        raise ValidationError(f"The report is {report.get_status_display().lower()} already.")
    empty = report.sections.filter(key__in=MUST_BE_WRITTEN, body="").order_by("position")
    if names := [section.get_key_display() for section in empty]:
        raise ValidationError(f"Write these sections first: {', '.join(names)}.")
    return _change_status(by, report, Status.SUBMITTED, "report.submitted", status_note="")


@transaction.atomic
def return_to_writing(*, by: Actor, report: AnnualReport, note: str = "") -> AnnualReport:
    """Send a submitted report back: by the leadership team, saying what to change, or by those who write it."""
    is_writer = has_perm(by, "reports.edit_report", report)
    if not is_writer:
        require(by, "reports.approve_report", report)
    report = locked_report(report)
    if report.status != Status.SUBMITTED:
        raise ValidationError(
            f"Only a report that is with the leadership team can go back; this one is "
            f"{report.get_status_display().lower()}."
        )
    note = note.strip()
    if not note and not is_writer:
        raise ValidationError({"note": "Say what should change, so that the writers know what to change."})
    return _change_status(by, report, Status.WRITING, "report.sent_back", status_note=note)


@transaction.atomic
def approve_report(*, by: Actor, report: AnnualReport, edition: Edition) -> AnnualReport:
    """Approve one exact edition, for the leadership team. A newer edition, if there is one, must be read first."""
    require(by, "reports.approve_report", report)
    report = locked_report(report)
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
def publish_report(*, by: Actor, report: AnnualReport) -> AnnualReport:
    """Put the approved edition where everybody can read it."""
    require(by, "reports.publish_report", report)
    report = locked_report(report)
    if report.status != Status.APPROVED:
        raise ValidationError("Only an approved report can be published. Ask the leadership team to approve it.")
    return _change_status(by, report, Status.PUBLISHED, "report.published", published_on=clock.today())
