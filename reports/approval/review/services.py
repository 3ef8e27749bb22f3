"""Comments between the leadership team and the writers: made, resolved, carried. Every write, one function each."""

from django.core.exceptions import ValidationError
from django.db import transaction

from coproduction.suggestions.passages import LONGEST, choose, read_markdown
from impact.core.access import audit
from impact.core.access.permissions import Actor, has_perm, require
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import save_changes, tidy
from impact.core.notices.services import tell
from impact.core.people.models import Person
from reports.approval.review.models import ReviewComment
from reports.approval.review.people import leaders
from reports.writing.models import AnnualReport, ReportSection
from reports.writing.services import OPEN, Status, locked_report, tell_owner, writers_of


def _people_but(by: Actor, people: list[Person]) -> list[Person]:
    return [person for person in people if by.pk is None or person.user_id != by.pk]


@transaction.atomic
def comment_on_report(
    *,
    by: Actor,
    report: AnnualReport,
    words: str,
    section: ReportSection | None = None,
    passage: str = "",
    before: str = "",
    after: str = "",
    text: str | None = None,
) -> ReviewComment:
    """Say what should change in a section, a passage of it or the whole report, for the leadership team and those who
    write. ``before`` and ``after``: what stands around the passage, to tell it from the same words elsewhere.
    ``text``: the section as its reader saw it, with the figures in their places.
    """
    require(by, "reports.comment", report)
    report = locked_report(report)
    if report.status not in OPEN:
        raise StateConflict(
            f"The report is {report.get_status_display().lower()}, so comments would change nothing any more.", "closed"
        )
    if section is not None and section.report_id != report.pk:
        raise ValidationError({"section": "Choose a section of this report."})
    words = tidy(words)
    if not words:
        raise ValidationError({"words": "Write what should change, and why."})
    row = ReviewComment(report=report, section=section, words=words, made_by_id=by.pk, made_on=clock.today())
    if passage.strip():
        _set_passage(row, passage, before, after, text)
    row.full_clean()
    row.save()
    audit.record(by, "report.review_commented", report, section=row.about)
    if section is not None and section.owner_id not in (None, by.pk):
        tell_owner(
            section,
            f"A comment on “{section.get_key_display()}”",
            f"Someone commented on your section of the {report.year} report. Read it and answer it on the page.",
            f"comment:{row.pk}",
        )
    if has_perm(by, "reports.approve_report"):
        tell(
            people=_people_but(by, writers_of(report)),
            event="review-comment-writers",
            title=f"The leadership team commented on the {report.year} report",
            words=f"It is about: {row.about}. Read it and answer it on the page.",
            path=row.get_absolute_url(),
            about=row,
            key=f"review-comment:{row.pk}",
        )
    elif report.status == Status.SUBMITTED:
        tell(
            people=_people_but(by, leaders()),
            event="review-comment-leaders",
            title=f"The writers commented on the {report.year} report",
            words=f"It is about: {row.about}.",
            path=row.get_absolute_url(),
            about=row,
            key=f"review-comment:{row.pk}",
        )
    return row


def _set_passage(row: ReviewComment, passage: str, before: str, after: str, text: str | None) -> None:
    """Keep the passage with its surroundings, as the section has it now."""
    if text is None:
        text = read_markdown(row.section.body).text if row.section else ""
    found = choose(text, passage, before, after)
    if len(passage) > LONGEST:
        raise ValidationError({"passage": "Choose fewer words, or comment on the whole section."})
    if found is None:
        raise ValidationError({"passage": "The section does not have these words any more. Select them again."})
    row.passage, row.prefix, row.suffix, row.is_only = found.quote, found.prefix, found.suffix, found.is_only


@transaction.atomic
def settle_comment(
    *, by: Actor, comment: ReviewComment, status: str, answer: str, expected: int | None = None
) -> ReviewComment:
    """Resolve a comment, or carry it to next year's report, with a word why. The one who made it is told."""
    require(by, "reports.edit_report", comment.report)
    report = locked_report(comment.report)
    row = ReviewComment.objects.select_for_update(of=("self",)).select_related("section", "made_by").get(pk=comment.pk)
    row.report = report
    if report.status == Status.PUBLISHED:
        raise StateConflict("The report is published, so its comments are closed.", "closed")
    if row.status != ReviewComment.Status.OPEN:
        raise StateConflict("This comment has been settled already. Reload the page to read how.", "settled")
    if status not in (ReviewComment.Status.RESOLVED, ReviewComment.Status.CARRIED):
        raise ValidationError({"status": "Choose what becomes of the comment."})
    answer = tidy(answer)
    if not answer:
        raise ValidationError({"answer": "Say what you changed, or why it is carried to next year."})
    changes = {"status": status, "answer": answer, "answered_by_id": by.pk, "answered_on": clock.today()}
    save_changes(row, changes, expected=expected)
    event = "report.review_resolved" if status == ReviewComment.Status.RESOLVED else "report.review_carried"
    audit.record(by, event, report, section=row.about)
    _tell_settled(by, row)
    return row


def _tell_settled(by: Actor, row: ReviewComment) -> None:
    person = Person.objects.filter(user=row.made_by).first() if row.made_by_id else None
    if person is None or person.user_id == by.pk:
        return
    tell(
        people=[person],
        event="review-comment-settled",
        title=f"Your comment on the {row.report.year} report has an answer",
        words=f"It is about: {row.about}. {row.get_status_display()}: {row.answer[:1000]}",
        path=row.get_absolute_url(),
        about=row,
        key=f"review-comment:{row.pk}:settled",
    )


def carry_open_comments(*, by: Actor, report: AnnualReport, because: str) -> int:
    """Carry what is still open when a report is published, with the reason; how many. Without one, refuse."""
    rows = list(ReviewComment.objects.open().filter(report=report).select_related("section", "made_by"))
    because = tidy(because)
    if rows and not because:
        open_ones = "1 comment is" if len(rows) == 1 else f"{len(rows)} comments are"
        raise ValidationError(
            {"carried_because": f"{open_ones} still open. Settle them first, or say why you publish now."}
        )
    for row in rows:
        row.report = report
        changes = {
            "status": ReviewComment.Status.CARRIED,
            "answer": because,
            "answered_by_id": by.pk,
            "answered_on": clock.today(),
        }
        save_changes(row, changes, expected=row.version)
        audit.record(by, "report.review_carried", report, section=row.about)
        _tell_settled(by, row)
    return len(rows)


def carried_to(section: ReportSection) -> list[ReviewComment]:
    """What was carried to this section from the report before it."""
    before = AnnualReport.objects.filter(year__lt=section.report.year).order_by("-year").first()
    if before is None:
        return []
    rows = ReviewComment.objects.filter(report=before, section__key=section.key)
    return list(rows.filter(status=ReviewComment.Status.CARRIED).select_related("section"))
