"""From writing to approved to published."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from impact.core.access import audit
from impact.core.access.permissions import Actor, has_perm, require
from impact.core.basics import clock
from impact.core.basics.dates import day
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import save_changes
from impact.core.notices.services import tell
from impact.core.people.models import Person
from reports.approval.review.people import leaders
from reports.approval.review.services import carry_open_comments
from reports.editions.models import Edition
from reports.group_reading.models import ReadingComment
from reports.group_reading.services import is_heard, latest_reading, members_of
from reports.quotes.frozen import no_longer_printable
from reports.writing.models import AnnualReport, ReportWriter
from reports.writing.services import MUST_BE_WRITTEN, Status, locked_report, writers_of

NOT_HEARD = (
    "The advisory group has not had its say: its deadline has not passed, and not every member is ready. Wait, send the "
    "report back so that it goes to the group, or explain why you approve it now. Members read your reason."
)


def _change_status(by: Actor, report: AnnualReport, status: str, event: str, **changes: Any) -> AnnualReport:
    was = report.status
    changed = save_changes(report, {"status": status, **changes}, expected=report.version)
    audit.record(by, event, report, fields=changed, was=was, now=status)
    return report


def _others(by: Actor, people: Iterable[Person]) -> list[Person]:
    return [person for person in people if by.pk is None or person.user_id != by.pk]


def authors_of(report: AnnualReport) -> list[Person]:
    """Those who hear how the report gets on: who wrote words of it, and who sent it."""
    found = {person.pk: person for person in writers_of(report)}
    sender = Person.objects.filter(user=report.sent_by_id).first() if report.sent_by_id else None
    if sender is not None:
        found[sender.pk] = sender
    return list(found.values())


@transaction.atomic
def submit_for_approval(*, by: Actor, report: AnnualReport, due_on: date | None = None) -> AnnualReport:
    """Give the report to the leadership team, once the chapters that it must have are written (rule 14).

    ``due_on``: until when they are asked to approve it or send it back; they are reminded of it.
    """
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
    if due_on is not None and due_on <= clock.today():
        raise ValidationError({"due_on": "Choose a day after today, so that they have time to read."})
    changes = {"status_note": "", "sent_by_id": by.pk, "review_due_on": due_on}
    sent = _change_status(by, report, Status.SUBMITTED, "report.submitted", **changes)
    until = f" They ask for your answer by {day(due_on)}." if due_on else ""
    tell(
        people=_others(by, leaders()),
        event="report-submitted",
        title=f"The {report.year} report is with you to approve",
        words=f"Read the newest edition, comment on it, and approve it or send it back with reasons.{until}",
        path=report.get_absolute_url(),
        about=report,
        key=f"submitted:{report.pk}:{sent.version}",
    )
    return sent


@transaction.atomic
def return_to_writing(*, by: Actor, report: AnnualReport, note: str = "") -> AnnualReport:
    """Send a report back: by the leadership team, saying what to change, or by those who write it.

    An approved report that is not published yet can go back too, with a reason: its approval ends.
    """
    is_writer = has_perm(by, "reports.edit_report", report)
    if not is_writer:
        require(by, "reports.approve_report", report)
    report = locked_report(report)
    if report.status not in (Status.SUBMITTED, Status.APPROVED):
        raise ValidationError(
            f"Only a report that is with the leadership team can go back; this one is "
            f"{report.get_status_display().lower()}."
        )
    note = note.strip()
    was_approved = report.status == Status.APPROVED
    if not note and (was_approved or not is_writer):
        raise ValidationError({"note": "Say what should change, so that the writers know what to change."})
    changes: dict[str, Any] = {"status_note": note, "review_due_on": None}
    if was_approved:
        changes |= {"approved_by_id": None, "approved_on": None, "approved_edition": None, "group_override": ""}
    event = "report.taken_back" if is_writer and not note else "report.sent_back"
    concerned = leaders() if is_writer else authors_of(report)
    back = _change_status(by, report, Status.WRITING, event, **changes)
    tell(
        people=_others(by, concerned),
        event="report-sent-back",
        title=f"The {report.year} report is being written again",
        words=f"What should change: {note}" if note else "The writers took it back to change it. It will come again.",
        path=report.get_absolute_url(),
        about=report,
        key=f"sent-back:{report.pk}:{back.version}",
    )
    return back


def why_not_approve(by: Actor, report: AnnualReport) -> str:
    """Why someone cannot approve a report: they sent it, or wrote words of it. Empty when nothing speaks against it."""
    if by.pk is not None and report.sent_by_id == by.pk:
        return "You sent this report to the leadership team, so someone else has to approve it."
    if by.pk is not None and ReportWriter.objects.filter(report=report, user_id=by.pk).exists():
        return "You wrote part of this report, so someone else in the leadership team has to approve it."
    return ""


def require_quotes(edition: Edition) -> None:
    """Refuse an edition that holds words which may not be printed any more."""
    number = len(no_longer_printable(edition.snapshot.data))
    if number:
        held = "words" if number == 1 else f"{number} quotes"
        raise StateConflict(
            f"Edition {edition.number} holds {held} that may no longer be quoted: the consent or the approval was withdrawn "
            "or has run out. Build the report again; the new edition leaves them out.",
            "quotes_withdrawn",
        )


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
    if reason := why_not_approve(by, report):
        raise StateConflict(reason, "own_report")
    newest = report.editions.select_related("snapshot").order_by("-number").first()
    if edition.report_id != report.pk or newest is None:
        raise ValidationError("Choose an edition of this report.")
    if edition.pk != newest.pk:
        raise ValidationError(f"Edition {newest.number} has been built since. Read it, then approve that one.")
    require_quotes(newest)
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
    tell(
        people=_others(by, authors_of(approved)),
        event="report-approved-writers",
        title=f"Edition {newest.number} of the {report.year} report is approved",
        words="You can publish it now. The leadership team answers its points one by one.",
        path=report.get_absolute_url(),
        about=report,
        key=f"approved-writers:{report.pk}:{approved.version}",
    )
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
        event="report-approved",
        title=f"The leadership team has approved the {report.year} report",
        words="Their response comes next." + (why if report.group_override else ""),
        path=reading.get_absolute_url(),
        about=reading,
        key=f"approved:{report.pk}:{report.version}",
    )


@transaction.atomic
def publish_report(*, by: Actor, report: AnnualReport, carried_because: str = "") -> AnnualReport:
    """Put the approved edition where everybody can read it.

    Comments that are still open are carried to next year, with the reason in ``carried_because``.
    """
    require(by, "reports.publish_report", report)
    report = locked_report(report)
    if report.status != Status.APPROVED:
        raise ValidationError("Only an approved report can be published. Ask the leadership team to approve it.")
    assert report.approved_edition  # noqa: S101  a constraint says so
    require_quotes(report.approved_edition)
    carry_open_comments(by=by, report=report, because=carried_because)
    published = _change_status(by, report, Status.PUBLISHED, "report.published", published_on=clock.today())
    reading = latest_reading(report)
    concerned = [*leaders(), *authors_of(report), *(members_of(reading.group) if reading else [])]
    tell(
        people=_others(by, concerned),
        event="report-published",
        title=f"The {report.year} report is published",
        words="Everyone can read it now. The leadership team’s response stands beside it, point by point.",
        path=report.get_absolute_url(),
        about=report,
        key=f"published:{report.pk}",
    )
    return published
