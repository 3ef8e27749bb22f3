"""Taking an application that was begun on earlier questions over to the newest ones."""

from dataclasses import dataclass, field

from django.db import transaction

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict
from sites.calls.applications.models import Application
from sites.calls.applications.services import newest_questions
from sites.calls.rounds.questions.answering import AnswerForm
from sites.calls.rounds.questions.changes import Change, changes_between


@dataclass(frozen=True)
class Moved:
    """What an applicant is told after their application moved to the newest questions."""

    changes: list[Change] = field(default_factory=list)
    what_changed: str = ""  # staff's own words for each version that was passed, newest last. Markdown.
    is_restated: bool = False  # what is offered and asked has a new wording too
    set_aside: list[str] = field(default_factory=list)  # questions whose answer no longer fits and was left out

    def __bool__(self) -> bool:
        return bool(self.changes or self.is_restated)


@transaction.atomic
def move_to_newest(*, by: Actor, application: Application, expected: int | None = None) -> Moved:
    """Put a draft under the newest questions and statement of its round, for its applicant, and say what changed.

    Answers stay with their question's key. One that cannot be an answer to the question any more (another kind, or a
    choice that is gone) is left out, and named. Nothing happens when the application is on the newest already.
    """
    require(by, "sites.enter_application")
    application = Application.objects.select_for_update(of=("self",)).select_related("round").get(pk=application.pk)
    if expected is not None and application.version != expected:
        raise Conflict(application)
    if application.state in {Application.State.WITHDRAWN, Application.State.ERASED}:
        raise StateConflict("This application was withdrawn, so it can no longer be changed.", code="withdrawn")
    questions, statement = newest_questions(application.round), application.round.statement
    if questions is None or statement is None:
        return Moved()
    old, is_restated = application.question_set, application.statement_id != statement.pk
    if old.pk == questions.pk and not is_restated:
        return Moved()
    passed = application.round.question_sets.filter(number__gt=old.number, number__lte=questions.number)
    kept = {question.key: question for question in questions.questions()}
    draft = {key: answer for key, answer in application.draft.items() if key in kept}
    form = AnswerForm(questions, draft, complete=False)
    misfits = [key for key in form.errors if key in kept and not _is_about_length(form, key)]
    application.draft = {key: answer for key, answer in draft.items() if key not in misfits}
    application.question_set, application.statement = questions, statement
    application.version += 1
    application.full_clean()
    application.save(update_fields=["draft", "question_set", "statement", "version", "updated_at"])
    audit.record(by, "application.moved", application, questions=questions.number, statement=statement.number)
    return Moved(
        changes=changes_between(old, questions),
        what_changed="\n\n".join(version.what_changed for version in passed if version.what_changed),
        is_restated=is_restated,
        set_aside=[kept[key].label for key in misfits],
    )


def _is_about_length(form: AnswerForm, key: str) -> bool:
    """Whether an answer is only too long or too large: the applicant shortens it, so it stays."""
    codes = {error.code for error in form.errors[key].as_data()}
    return codes <= {"too_many_words", "max_value", "min_value"}
