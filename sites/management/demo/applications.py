"""The demonstration's questions of the 2023–24 round, and 60 invented applications that answer them."""

from datetime import date, datetime, time
from typing import Any

from django.utils import timezone
from django.utils.text import slugify

from impact.core.access.permissions import SYSTEM, Actor
from impact.core.basics import clock
from impact.core.management.demo import read
from impact.core.people.models import User
from sites.applications import services
from sites.applications.models import Application
from sites.management.demo import shapes
from sites.rounds.models import Round
from sites.rounds.questions.facts import KINDS
from sites.rounds.questions.models import Fact, Question, QuestionSet, Section

ANSWERED = (*Fact.values, "idea", "why_here", "who_shapes", "what_changes", "sharing")


def build(accounts: dict[str, User]) -> None:
    """Publish the questions of the 2023–24 round and enter its applications, or find them."""
    round = Round.objects.get(slug=read(__file__, "round.toml", shapes.Round).slug)
    _questions(round)
    topics = _topics()
    made = set(Application.objects.filter(round=round).values_list("reference", flat=True))
    for row in read(__file__, "applications.csv", list[shapes.Application]):
        if row.reference not in made:
            _application(round, row, topics, accounts)


def _questions(round: Round) -> None:
    """Publish what the round asks, unless it has questions."""
    if round.question_sets.exists():
        return
    rows = read(__file__, "round_questions.toml", shapes.Questions)
    questions = QuestionSet.objects.create(round=round, number=1)
    for place, part in enumerate(rows.sections, start=1):
        section = Section.objects.create(
            question_set=questions,
            order=place,
            title=part.title,
            intro=part.intro,
            is_eligibility=part.is_eligibility,
        )
        for order, row in enumerate(part.questions, start=1):
            given = {**vars(row), "fact": row.fact or "", "kind": KINDS[row.fact] if row.fact else row.kind}
            question = Question(section=section, order=order, **given)
            question.full_clean()
            question.save()
    questions.published_at = timezone.make_aware(datetime.combine(rows.published_on, time(9)))
    questions.save(update_fields=["published_at"])


def _topics() -> dict[str, str]:
    """The slug of each topic by its key in topics.csv."""
    return {row.key: slugify(row.name) for row in read(__file__, "topics.csv", list[shapes.Topic])}


def _application(round: Round, row: shapes.Application, topics: dict[str, str], accounts: dict[str, User]) -> None:
    by: Actor = SYSTEM if row.source == Application.Source.ONLINE else accounts["staff"]
    with clock.standing_on(row.begun_on):
        application = services.start_application(
            by=by,
            round=round,
            email=row.mailbox,
            contact_name=row.contact,
            source=row.source,
            reference=row.reference,
            is_illustrative=True,
        )
        answers = _answers(application, row, topics)
        services.save_draft(by=by, application=application, answers=answers)
    if row.submitted_on is None:
        return
    _submit(by, application, {"idea": row.first_idea or row.idea}, row.submitted_on)
    if row.revised_on:
        _submit(by, application, {"idea": row.idea}, row.revised_on)
    if row.withdrawn_on:
        with clock.standing_on(row.withdrawn_on):
            services.withdraw_application(by=by, application=application)


def _answers(application: Application, row: shapes.Application, topics: dict[str, str]) -> dict[str, Any]:
    """The row's answers by question; those on who can apply are as they must be."""
    given: dict[str, Any] = {key: getattr(row, key) for key in ANSWERED}
    given |= {"needs": row.needs.split(), "topic": topics[row.topic]}
    asked = application.question_set.questions()
    given |= {question.key: question.must_be for question in asked if question.must_be}
    return {question.key: given[question.key] for question in asked if given.get(question.key)}


def _submit(by: Actor, application: Application, answers: dict[str, Any], on: date) -> None:
    with clock.standing_on(on):
        services.save_draft(by=by, application=application, answers=answers)
        services.submit_application(by=by, application=application)
