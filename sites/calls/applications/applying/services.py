"""What an applicant does besides writing: files, submitting, withdrawing; and deleting what was never opened."""

from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict
from impact.core.people.rights.erasure.rows import at_held
from impact.core.web.files import uploads
from impact.core.web.files.store import Kept, kept
from impact.core.web.files.uploads import MB
from sites.calls.applications import services
from sites.calls.applications.applying import links
from sites.calls.applications.models import Application, ApplicationFile, MailboxLink, Revision
from sites.calls.rounds.questions.answering import asked
from sites.calls.rounds.questions.models import Fact, Kind, Question

FOLDER = "applications"
FILE_LIMIT = 10 * MB
FILE_KINDS = ("pdf", "docx", "odt", "xlsx", "png", "jpg", "txt")
UNOPENED_FOR = timedelta(days=14)
State = Application.State


def unmet(questions: Collection[Question], answers: Mapping[str, Any]) -> list[Question]:
    """The eligibility questions whose answer means that this organisation cannot apply."""
    rules = [question for question in asked(questions, answers) if question.must_be]
    return [question for question in rules if answers.get(question.key) not in (None, "", question.must_be)]


def name_in(application: Application) -> str:
    """The organisation that an application is from, as far as it has been written."""
    if application.organisation_name:
        return application.organisation_name
    questions = application.question_set.questions()
    key = next((question.key for question in questions if question.fact == Fact.ORGANISATION_NAME), "")
    return str(application.draft.get(key) or "")


@transaction.atomic
def add_file(*, by: Actor, application: Application, question: Question, file: Any) -> ApplicationFile:
    """Keep a file as the answer to a question, in place of an earlier one. What it is is told by its contents."""
    require(by, "sites.enter_application")
    application = Application.objects.select_for_update(of=("self",)).select_related("round").get(pk=application.pk)
    services.refuse_when_over(by, application)
    if question.kind != Kind.FILE:
        raise ValidationError("This question does not take a file.")
    upload = uploads.accept_paper(file, allowed=FILE_KINDS, limit=FILE_LIMIT)
    before = application.draft.get(question.key)
    row = ApplicationFile(
        application=application,
        question_key=question.key,
        file=uploads.keep(upload, under=FOLDER),
        name=upload.name,
        content_type=upload.content_type,
        size=upload.size,
        sha256=upload.sha256,
        added_at=clock.now(),
    )
    row.full_clean()
    row.save()
    services.save_draft(by=by, application=application, answers={question.key: row.pk})
    _drop_file(application, before)
    audit.record(by, "application.file_added", application)
    return row


@transaction.atomic
def remove_file(*, by: Actor, application: Application, question: Question) -> None:
    """Take the file off a question. One that was submitted stays with the revision that names it."""
    require(by, "sites.enter_application")
    application = Application.objects.select_for_update(of=("self",)).select_related("round").get(pk=application.pk)
    before = application.draft.get(question.key)
    if question.kind != Kind.FILE or not before:
        return
    services.save_draft(by=by, application=application, answers={question.key: None})
    _drop_file(application, before)
    audit.record(by, "application.file_removed", application)


def _drop_file(application: Application, pk: Any) -> None:
    """Delete the row of a file that no answer names any more; ``manage.py check_files`` finds the file itself."""
    if not pk:
        return
    row = application.files.filter(pk=pk).first()
    revisions = application.revisions.values_list("answers", flat=True)
    if row and not any(answers.get(row.question_key) == row.pk for answers in revisions):
        row.delete()


@transaction.atomic
def submit_online(*, by: Actor, application: Application, expected: int) -> Revision:
    """Submit what the applicant has just checked, and confirm it by email without repeating any of it.

    ``expected`` is the version that they checked: Conflict when someone changed it since. Sent twice, it counts once.
    """
    require(by, "sites.enter_application")
    application = Application.objects.select_for_update(of=("self",)).select_related("round").get(pk=application.pk)
    newest = application.revision
    if application.version != expected:
        if newest and not has_unsent_changes(application, newest):
            return newest  # the same button twice
        raise Conflict(application)
    questions = application.question_set.questions()
    if wrong := unmet(questions, application.draft):
        raise ValidationError({question.key: "With this answer you cannot apply." for question in wrong})
    revision = services.submit_application(by=by, application=application)
    if newest is None or revision.pk != newest.pk:
        links.send(application.email, "application_submitted", application=application, revision=revision)
    return revision


def has_unsent_changes(application: Application, newest: Revision) -> bool:
    """Whether what is written now differs from what was submitted last."""
    questions = asked(application.question_set.questions(), application.draft)
    now = {q.key: application.draft[q.key] for q in questions if q.key in application.draft}
    return newest.question_set_id != application.question_set_id or _plain(now) != _plain(newest.answers)


def _plain(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Answers in a form in which the same amount typed in two ways, or a list in another order, is the same."""
    found: dict[str, Any] = {}
    for key, value in answers.items():
        if isinstance(value, list):
            found[key] = sorted(value)
        else:
            found[key] = str(value).replace("£", "").replace(",", "").removesuffix(".00").strip()
    return found


@transaction.atomic
def withdraw_online(*, by: Actor, application: Application, with_deletion: bool = False) -> None:
    """Withdraw at the applicant's wish, end every link, and confirm it by email.

    ``with_deletion``: they also ask for everything in it to be deleted. Staff do that, once they have seen who asked.
    """
    require(by, "sites.enter_application")
    application = services.withdraw_application(by=by, application=application)
    if with_deletion:
        _note_request(by, application)
    links.send(application.email, "application_withdrawn", application=application)


@transaction.atomic
def ask_for_deletion(*, by: Actor, application: Application) -> None:
    """Ask for a withdrawn application to be deleted as well, also long after the round. Asked twice, it counts once."""
    require(by, "sites.enter_application")
    application = Application.objects.select_for_update(of=("self",)).select_related("round").get(pk=application.pk)
    if application.state != State.WITHDRAWN:
        raise StateConflict(
            "Only a withdrawn application can be deleted at the applicant’s request.", code="not_withdrawn"
        )
    if application.erasure_asked_on is not None:
        return
    _note_request(by, application)
    links.send(application.email, "application_deletion_asked", application=application)


def _note_request(by: Actor, application: Application) -> None:
    """Keep the day on which the applicant asked; staff see it on their first page."""
    application.erasure_asked_on = clock.today()
    application.version += 1
    application.save(update_fields=["erasure_asked_on", "version", "updated_at"])
    audit.record(by, "application.erasure_asked", application)


@transaction.atomic
def delete_unopened(*, by: Actor) -> int:
    """Delete applications whose link was never opened in two weeks: the mailbox was wrong, or its owner asked for nothing.

    Links to the lists of mailboxes go too, once they have had their day.
    """
    require(by, "sites.enter_application")
    MailboxLink.objects.filter(created_at__lt=clock.now() - MailboxLink.LIVES).delete()
    rows = Application.objects.filter(
        state=State.DRAFT,
        source=Application.Source.ONLINE,
        created_at__lt=timezone.now() - UNOPENED_FOR,
        links__isnull=False,
    ).exclude(links__opened_at__isnull=False)
    found = list(rows.exclude(at_held("email")).distinct())
    for application in found:
        audit.record(by, "application.deleted_unopened", application)
        application.delete()
    return len(found)


@kept(FOLDER)
def application_files() -> Iterator[Kept]:
    """Every file that answers a question."""
    for row in ApplicationFile.objects.select_related("application").iterator():
        what = f"“{row.name}”, a file of application {row.application.reference}"
        yield Kept(what, row.file.name or "", row.sha256, row.size)
