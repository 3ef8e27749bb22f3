"""A correction from start to publication: opened, written, built, sent, approved, published. Every write, one function
each."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from impact.core.access import audit
from impact.core.access.permissions import Actor, has_perm, require
from impact.core.basics import clock
from impact.core.basics.dates import day
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import save_changes, tidy
from impact.core.jobs import queue
from impact.core.jobs.models import Job
from impact.core.notices.services import tell
from impact.core.people.models import Person
from reports.approval.corrections.freezing import KINDS, take
from reports.approval.corrections.models import Correction
from reports.approval.review.people import leaders
from reports.approval.services import authors_of, require_quotes
from reports.editions.models import Edition
from reports.editions.services import BUILD
from reports.formats import document, placing
from reports.group_reading.services import latest_reading, members_of
from reports.quotes.frozen import no_longer_printable
from reports.writing.models import LONGEST_SECTION, AnnualReport, ReportWriter
from reports.writing.services import locked_report, note_writer, too_long

Status = Correction.Status
BUILT = (Status.WRITING, Status.SUBMITTED)  # while it may be built


def open_correction_of(report: AnnualReport) -> Correction | None:
    """The correction of a report that is not finished."""
    return Correction.objects.open().select_related("replaces__snapshot", "report").filter(report=report).first()


def _locked(correction: Correction) -> Correction:
    locked_report(correction.report)
    rows = Correction.objects.select_for_update(of=("self",)).select_related("replaces__snapshot", "report")
    return rows.get(pk=correction.pk)


def _require(correction: Correction, *statuses: str) -> None:
    if correction.status not in statuses:
        raise StateConflict(
            f"This correction is {correction.get_status_display().lower()}, so this cannot be done now. Reload the page.",
            "correction_state",
        )


def _recounted(kinds: Iterable[str]) -> list[str]:
    given = set(kinds)
    if unknown := given - set(KINDS):
        raise ValidationError({"recounted": f"There are no such figures: {', '.join(sorted(unknown))}."})
    return [kind for kind in KINDS if kind in given]


def _reason(reason: str) -> str:
    reason = tidy(reason)
    if not reason:
        raise ValidationError({"reason": "Say what is corrected, and why. Everyone reads this."})
    return reason


def _save(by: Actor, correction: Correction, event: str, expected: int | None = None, **changes: Any) -> Correction:
    changed = save_changes(correction, changes, expected=correction.version if expected is None else expected)
    if changed:
        audit.record(by, event, correction.report, edition=correction.replaces.number)
    return correction


def _tell(by: Actor, correction: Correction, people: Iterable[Person], event: str, title: str, words: str) -> None:
    tell(
        people=[person for person in people if by.pk is None or person.user_id != by.pk],
        event=event,
        title=title,
        words=words,
        path=correction.get_absolute_url(),
        about=correction.report,
        key=f"correction:{correction.pk}:{event}:{correction.version}",
    )


# --- By those who write the report -------------------------------------------------------------------
@transaction.atomic
def open_correction(*, by: Actor, report: AnnualReport, reason: str, recounted: Iterable[str] = ()) -> Correction:
    """Start to correct a published report. It stays published as it is until the corrected edition replaces it.

    Quotes that may no longer be printed are taken out of the words at once.
    """
    require(by, "reports.edit_report", report)
    report = locked_report(report)
    if report.status != AnnualReport.Status.PUBLISHED:
        raise StateConflict(
            "Only a published report can be corrected. Send an approved one back to writing instead.", "not_published"
        )
    former = report.approved_edition
    assert former  # noqa: S101  a constraint says so
    if Correction.objects.open().filter(report=report).exists():
        raise StateConflict("This report has a correction that is not finished. Open that one.", "is_open")
    row = Correction(report=report, replaces=former, reason=_reason(reason), recounted=_recounted(recounted))
    row.words = _without_withdrawn(former, {})
    row.opened_by_id = by.pk
    row.full_clean(exclude=["opened_by"])
    row.save()
    note_writer(by, report)
    audit.record(by, "report.correction_opened", report, edition=former.number)
    return row


def _without_withdrawn(former: Edition, words: dict[str, str]) -> dict[str, str]:
    """The changed sections of a correction, without the lines that place quotes which may no longer be printed."""
    gone = no_longer_printable(former.snapshot.data)
    found = dict(words)
    for key, body in former.snapshot.data["sections"].items():
        now = words.get(key, body)
        if (without := placing.without_quotes(now, gone)) != now:
            found[key] = without
    return found


@transaction.atomic
def change_correction(
    *, by: Actor, correction: Correction, reason: str, recounted: Iterable[str], expected: int | None = None
) -> Correction:
    """Change what is corrected, or which figures are counted again. It then has to be built again."""
    require(by, "reports.edit_report", correction.report)
    row = _locked(correction)
    _require(row, Status.WRITING)
    changes = {"reason": _reason(reason), "recounted": _recounted(recounted)}
    if (changes["reason"], changes["recounted"]) == (row.reason, row.recounted):
        return row
    note_writer(by, row.report)
    return _save(by, row, "report.correction_changed", expected, **changes, snapshot=None)


@transaction.atomic
def correct_words(*, by: Actor, correction: Correction, key: str, body: str, expected: int | None = None) -> Correction:
    """Change the words of one section in the corrected edition."""
    require(by, "reports.edit_report", correction.report)
    row = _locked(correction)
    _require(row, Status.WRITING)
    former = row.replaces.snapshot.data["sections"]
    if key not in former:
        raise ValidationError("The edition does not have this section.")
    body = body.replace("\r\n", "\n").strip()
    if len(body) > LONGEST_SECTION:
        raise ValidationError({"body": too_long(body)})
    if former[key] and not body:
        raise ValidationError({"body": "The section cannot be empty. Write what it should say."})
    if body == row.words.get(key, former[key]):
        return row
    words = {**row.words, key: body}
    if body == former[key]:
        del words[key]
    note_writer(by, row.report)
    return _save(by, row, "report.correction_written", expected, words=words, snapshot=None)


@transaction.atomic
def build_correction(*, by: Actor, correction: Correction) -> Job:
    """Freeze the correction and have a worker build its edition. Quotes that were withdrawn meanwhile are left out."""
    require(by, "reports.build_edition", correction.report)
    row = _locked(correction)
    _require(row, *BUILT)
    words = _without_withdrawn(row.replaces, row.words)
    if words != row.words:
        save_changes(row, {"words": words}, expected=row.version)
    snapshot = take(by=by, correction=row)
    if snapshot.pk != row.snapshot_id:
        save_changes(row, {"snapshot": snapshot}, expected=row.version)
    job = queue.enqueue(
        by=by,
        kind=BUILD,
        dedupe_key=f"edition:{row.report_id}:{snapshot.sha256}:{document.renderer()}",
        payload={"snapshot": snapshot.pk, "renderer": document.renderer()},
    )
    if job.may_run_again:
        job = queue.retry(by=by, job=job)
    elif job.state == Job.State.QUEUED and job.attempt == 0:
        audit.record(by, "report.edition_requested", row.report)
    return job


def _built(correction: Correction) -> Edition:
    edition = correction.built()
    if edition is None:
        raise StateConflict("The corrected edition has not been built as it stands now. Build it first.", "not_built")
    return edition


@transaction.atomic
def send_correction(*, by: Actor, correction: Correction) -> Correction:
    """Give the built correction to the leadership team."""
    require(by, "reports.edit_report", correction.report)
    row = _locked(correction)
    _require(row, Status.WRITING)
    edition = _built(row)
    require_quotes(edition)
    _save(by, row, "report.correction_sent", status=Status.SUBMITTED, sent_by_id=by.pk, status_note="")
    _tell(
        *(by, row, leaders(), "report-submitted"),
        f"A correction of the {row.report.year} report is with you to approve",
        f"Edition {edition.number} is to replace edition {row.replaces.number}. What is corrected: {row.reason}",
    )
    return row


@transaction.atomic
def return_correction(*, by: Actor, correction: Correction, note: str = "") -> Correction:
    """Send a correction back to be written: by the leadership team, saying what to change, or by those who write it."""
    is_writer = has_perm(by, "reports.edit_report", correction.report)
    if not is_writer:
        require(by, "reports.approve_report", correction.report)
    row = _locked(correction)
    _require(row, Status.SUBMITTED, Status.APPROVED)
    note = tidy(note)
    if not note and (not is_writer or row.status == Status.APPROVED):
        raise ValidationError({"note": "Say what should change, so that the writers know what to change."})
    changes: dict[str, Any] = {"status": Status.WRITING, "status_note": note, "edition": None}
    _save(by, row, "report.correction_returned", **changes, approved_by_id=None, approved_on=None)
    _tell(
        *(by, row, leaders() if is_writer else authors_of(row.report), "report-sent-back"),
        f"The correction of the {row.report.year} report is being written again",
        f"What should change: {note}" if note else "The writers took it back to change it. It will come again.",
    )
    return row


@transaction.atomic
def drop_correction(*, by: Actor, correction: Correction) -> Correction:
    """Drop a correction. The published edition stays, and so do editions that were built."""
    require(by, "reports.edit_report", correction.report)
    row = _locked(correction)
    _require(row, Status.WRITING)
    return _save(by, row, "report.correction_dropped", status=Status.DROPPED)


# --- By the leadership team, and to everyone ------------------------------------------------------------
def why_not_approve(by: Actor, correction: Correction) -> str:
    """Why someone cannot approve a correction: they sent it, or wrote words of the report. Empty: they can."""
    if by.pk is not None and correction.sent_by_id == by.pk:
        return "You sent this correction to the leadership team, so someone else has to approve it."
    if by.pk is not None and ReportWriter.objects.filter(report=correction.report_id, user_id=by.pk).exists():
        return "You wrote part of this report, so someone else in the leadership team has to approve it."
    return ""


@transaction.atomic
def approve_correction(*, by: Actor, correction: Correction, edition: Edition) -> Correction:
    """Approve one exact edition to take the place of the published one."""
    require(by, "reports.approve_report", correction.report)
    row = _locked(correction)
    _require(row, Status.SUBMITTED)
    if reason := why_not_approve(by, row):
        raise StateConflict(reason, "own_report")
    built = _built(row)
    if edition.pk != built.pk:
        raise ValidationError(f"Edition {built.number} has been built since. Read it, then approve that one.")
    require_quotes(built)
    changes = {"status": Status.APPROVED, "edition": built, "approved_by_id": by.pk, "approved_on": clock.today()}
    _save(by, row, "report.correction_approved", **changes)
    _tell(
        *(by, row, authors_of(row.report), "report-approved-writers"),
        f"The correction of the {row.report.year} report is approved",
        f"You can publish edition {built.number} now. It then replaces edition {row.replaces.number}.",
    )
    return row


@transaction.atomic
def publish_correction(*, by: Actor, correction: Correction) -> Correction:
    """Replace the published edition with the corrected one. The former one is kept, and marked as replaced.

    The report's sections take the corrected words too: a search finds them, and next year's report starts from them.
    """
    require(by, "reports.publish_report", correction.report)
    row = _locked(correction)
    _require(row, Status.APPROVED)
    edition, report = row.edition, locked_report(row.report)
    assert edition  # noqa: S101  a constraint says so
    require_quotes(edition)
    _save(by, row, "report.correction_published", status=Status.PUBLISHED, published_on=clock.today())
    changes = {"approved_edition": edition, "approved_on": row.approved_on, "approved_by_id": row.approved_by_id}
    save_changes(report, {**changes, "sent_by_id": row.sent_by_id}, expected=report.version)
    for section in report.sections.filter(key__in=list(row.words)):
        save_changes(section, {"body": row.words[section.key]}, expected=None)
    audit.record(by, "report.corrected", report, edition=edition.number, replaces=row.replaces.number)
    reading = latest_reading(report)
    concerned = [*leaders(), *authors_of(report), *(members_of(reading.group) if reading else [])]
    tell(
        people=[person for person in concerned if by.pk is None or person.user_id != by.pk],
        event="report-corrected",
        title=f"The {report.year} report was corrected",
        words=f"Edition {edition.number} replaces edition {row.replaces.number} from {day(clock.today())}. "
        f"What was corrected: {row.reason}",
        path=report.get_absolute_url(),
        about=report,
        key=f"corrected:{row.pk}",
    )
    return row
