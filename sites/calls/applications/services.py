"""From the first answer to a numbered revision, and out again: start, save, submit, withdraw."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.crypto import get_random_string

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict
from sites.calls.applications.models import Application, Revision
from sites.calls.rounds.models import Round
from sites.calls.rounds.questions.answering import AnswerForm
from sites.calls.rounds.questions.models import Fact, Kind, QuestionSet

UNAMBIGUOUS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # no letters or digits that are read for another
YES_NO_FACTS = {Fact.IS_FIRST_TIME, Fact.IS_USER_LED, Fact.IS_UNDER_PRESSURE}


def newest_questions(round: Round) -> QuestionSet | None:
    """The questions that a new application answers; None before the round has any."""
    return round.question_sets.filter(published_at__isnull=False).order_by("-number").first()


def free_reference(round: Round) -> str:
    """A reference that no application has, easy to read aloud: the round's slug and four characters."""
    while True:
        reference = f"{round.slug[:20]}-{get_random_string(4, UNAMBIGUOUS)}".upper()
        if not Application.objects.filter(reference=reference).exists():
            return reference


@transaction.atomic
def start_application(
    *,
    by: Actor,
    round: Round,
    email: str = "",
    contact_name: str = "",
    source: str = Application.Source.ONLINE,
    reference: str = "",
    is_illustrative: bool = False,
) -> Application:
    """Begin an application to a round: SYSTEM for an applicant on the public pages, staff for one on paper or by phone.

    An online application needs an open round; staff may enter one that came by another way until results are out.
    """
    require(by, "sites.enter_application")
    questions, statement = newest_questions(round), round.statement
    if questions is None or statement is None:
        raise StateConflict("This round has no questions yet, so applications cannot be started.", code="no_questions")
    refuse_when_released(round)
    if source == Application.Source.ONLINE and not round.takes_answers(clock.now()):
        raise StateConflict("This round is not open.", code="not_open")
    application = Application(
        round=round,
        reference=reference or free_reference(round),
        email=email.strip().lower(),
        contact_name=contact_name.strip(),
        source=source,
        entered_by_id=by.pk,
        question_set=questions,
        statement=statement,
        is_illustrative=is_illustrative,
    )
    application.full_clean()
    application.save()
    audit.record(by, "application.started", application, source=source)
    return application


@transaction.atomic
def save_draft(
    *, by: Actor, application: Application, answers: Mapping[str, Any], expected: int | None = None
) -> Application:
    """Keep answers as they are being written, complete or not. Keys that are not questions are refused."""
    require(by, "sites.enter_application")
    application = Application.objects.select_for_update(of=("self",)).select_related("round").get(pk=application.pk)
    refuse_when_over(by, application)
    if expected is not None and application.version != expected:
        raise Conflict(application)
    known = {question.key for question in application.question_set.questions()}
    if unknown := set(answers) - known:
        raise ValidationError(f"Not a question of this round: {', '.join(sorted(unknown))}.")
    draft = {**application.draft, **answers}
    application.draft = {key: value for key, value in draft.items() if value not in ("", None, [])}
    application.version += 1
    application.full_clean()
    application.save(update_fields=["draft", "version", "updated_at"])
    return application


def refuse_when_over(by: Actor, application: Application, at: datetime | None = None) -> None:
    """Raise unless answers may still be written at a moment (now). After closing staff may correct what was submitted, and
    write what they accepted late, until results are out."""
    at = at or clock.now()
    if application.state in {Application.State.WITHDRAWN, Application.State.ERASED}:
        raise StateConflict("This application was withdrawn, so it can no longer be changed.", code="withdrawn")
    is_staffs = by.pk is not None and (
        application.is_staffs_to_write or application.state == Application.State.SUBMITTED
    )
    refuse_when_released(application.round)
    is_online = application.source == Application.Source.ONLINE
    if not is_staffs and is_online and not application.round.takes_answers(at, begun=True):
        raise StateConflict("This round has closed, so answers can no longer be changed.", code="closed")


def refuse_when_released(round: Round) -> None:
    """Raise once the round's results are out: what they rest on no longer changes. Asks the database, not the row."""
    if apps.get_model("sites", "Release").objects.filter(round=round).exists():
        raise StateConflict("The results of this round are out, so its applications no longer change.", code="released")


@transaction.atomic
def submit_application(*, by: Actor, application: Application, at: datetime | None = None) -> Revision:
    """Check every answer and keep them as the next revision. Submitting the same answers twice keeps one revision.

    Raises ValidationError with one message for each question that needs attention, keyed by question.
    """
    require(by, "sites.enter_application")
    application = Application.objects.select_for_update(of=("self",)).select_related("round").get(pk=application.pk)
    moment = at or clock.now()
    refuse_when_over(by, application, moment)
    form = AnswerForm(application.question_set, application.draft)
    if not form.is_valid():
        raise ValidationError({key: list(messages) for key, messages in form.errors.items()})
    answers = form.answers()
    newest = application.revision
    if newest and newest.answers == answers and newest.question_set_id == application.question_set_id:
        return newest
    revision = Revision.objects.create(
        application=application,
        number=newest.number + 1 if newest else 1,
        question_set=application.question_set,
        statement=application.statement,
        answers=answers,
        submitted_at=moment,
    )
    take_facts(application, answers)
    application.state, application.submitted_at = Application.State.SUBMITTED, moment
    application.draft = answers
    application.version += 1
    application.full_clean()
    application.save()
    audit.record(by, "application.submitted", application, revision=revision.number)
    return revision


def take_facts(application: Application, answers: Mapping[str, Any]) -> None:
    """Copy what the mix is chosen by from the answers into the application's columns."""
    for question in application.question_set.questions():
        if not question.fact:
            continue
        value = answers.get(question.key)
        if question.fact == Fact.TOPIC:
            application.topic = application.round.topics.filter(slug=value).first() if value else None
        elif question.fact in YES_NO_FACTS:
            setattr(application, question.fact, None if value is None else value == "yes")
        elif question.kind == Kind.MONEY:
            application.money = Decimal(value) if value is not None else None
        else:
            setattr(
                application, question.fact, value if value is not None else ([] if question.fact == "needs" else "")
            )


@transaction.atomic
def withdraw_application(*, by: Actor, application: Application) -> Application:
    """Take an application out of the round, at the applicant's wish. What was submitted is kept for the record."""
    require(by, "sites.enter_application")
    application = Application.objects.select_for_update(of=("self",)).select_related("round").get(pk=application.pk)
    if application.state in {Application.State.WITHDRAWN, Application.State.ERASED}:
        raise StateConflict("This application was withdrawn before.", code="withdrawn")
    application.state, application.withdrawn_at = Application.State.WITHDRAWN, clock.now()
    application.version += 1
    application.save(update_fields=["state", "withdrawn_at", "version", "updated_at"])
    application.links.filter(ended_at__isnull=True).update(ended_at=clock.now())
    audit.record(by, "application.withdrawn", application)
    return application
