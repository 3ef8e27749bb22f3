"""From writing to approved to published."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from impact.core.access import audit
from impact.core.access.permissions import Actor, has_perm, require
from impact.core.basics import clock
from impact.core.basics.versions import save_changes
from impact.core.notices.models import NoticeKind
from impact.core.notices.services import tell
from reports.editions.models import Edition
from reports.group_reading.models import ReadingComment
from reports.group_reading.services import is_heard, latest_reading, members_of
from reports.writing.models import AnnualReport
from reports.writing.services import MUST_BE_WRITTEN, Status, locked_report

NOT_HEARD = (
    "The advisory group has not had its say: its deadline has not passed, and not every member is ready. Wait, send the "
    "report back so that it goes to the group, or explain why you approve it now. Members read your reason."
)


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
    waiting = ReadingComment.objects.waiting().filter(reading__report=report).count()
    if waiting:
        comments = "1 comment" if waiting == 1 else f"{waiting} comments"
        raise ValidationError(f"Answer the group’s comments first: {comments} wait for an answer.")
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
def approve_report(*, by: Actor, report: AnnualReport, edition: Edition, override: str = "") -> AnnualReport:
    """Approve one exact edition, for the leadership team. A newer edition, if there is one, must be read first.

    The advisory group reads it first: before its deadline has passed or every member is ready, approving needs an
    ``override``, the reason, which is kept and which members read.
    """
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
    override = override.strip()
    heard = is_heard(report)
    if not heard and not override:
        raise ValidationError({"override": NOT_HEARD})
    approved = _change_status(
        by,
        report,
        Status.APPROVED,
        "report.approved",
        approved_by_id=by.pk,
        approved_on=clock.today(),
        approved_edition=newest,
        group_override="" if heard else override,
    )
    _tell_of_approval(by, approved)
    return approved


def _tell_of_approval(by: Actor, report: AnnualReport) -> None:
    """Tell the group whose report it is; with the reason where it was approved without them."""
    if report.group_override:
        audit.record(by, "report.approved_before_group", report)
    reading = latest_reading(report)
    if reading is None:
        return
    why = f" They did so before your group had finished. Their reason: {report.group_override}"
    tell(
        people=members_of(reading.group),
        kind=NoticeKind.REPORT,
        title=f"The leadership team has approved the {report.year} report",
        words="Their response comes next." + (why if report.group_override else ""),
        path=reading.get_absolute_url(),
        key=f"approved:{report.pk}:{report.version}",
    )


@transaction.atomic
def publish_report(*, by: Actor, report: AnnualReport) -> AnnualReport:
    """Put the approved edition where everybody can read it."""
    require(by, "reports.publish_report", report)
    report = locked_report(report)
    if report.status != Status.APPROVED:
        raise ValidationError("Only an approved report can be published. Ask the leadership team to approve it.")
    return _change_status(by, report, Status.PUBLISHED, "report.published", published_on=clock.today())
