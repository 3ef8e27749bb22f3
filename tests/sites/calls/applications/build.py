"""A round that is open, with questions, and applications to it, made through the services."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from impact.core.access.permissions import SYSTEM
from impact.core.basics import clock
from sites.calls.applications import services
from sites.calls.applications.models import Application
from sites.calls.rounds.models import Round, RoundStatement
from sites.calls.rounds.questions.facts import KINDS
from sites.calls.rounds.questions.models import Fact, Kind, Question, QuestionSet, Section
from tests import factories

ANSWERS: dict[str, Any] = {
    "organisation_name": "Harbour Carers",
    "organisation_kind": "carer_led",
    "organisation_size": "up_to_10",
    "nation": "wales",
    "place": "Llanfair",
    "area": "rural",
    "needs": ["carers", "older"],
    "is_first_time": "yes",
    "is_user_led": "yes",
    "is_under_pressure": "no",
    "delivery_model": "demonstrator",
    "money": "12000.00",
    "what": "We would try a shared diary for carers.",
}


def open_round(**fields: Any) -> Round:
    """An announced round that is open today, with a topic, a statement and published questions."""
    now = clock.now()
    round = factories.RoundFactory(
        **{"opens_at": now - timedelta(days=1), "closes_at": now + timedelta(days=30), **fields}
    )
    topic = factories.TopicFactory()
    round.topics.add(topic)
    RoundStatement.objects.create(round=round, number=1, offered="A coach.", asked="Share what you learn.")
    publish_questions(round)
    return round


def publish_questions(round: Round, *, with_letter: bool = False, needs_letter: bool = False) -> QuestionSet:
    """Questions for every fact, one long question and one that is asked only sometimes; with a file if wanted."""
    questions = QuestionSet.objects.create(round=round, number=round.question_sets.count() + 1)
    about = Section.objects.create(question_set=questions, order=1, title="About you")
    for order, fact in enumerate(Fact):
        condition = {"only_if_key": "nation", "only_if_values": ["england"]} if fact == Fact.REGION else {}
        Question.objects.create(
            section=about, order=order, key=fact, fact=fact, kind=KINDS[fact], label=fact.label, **condition
        )
    plan = Section.objects.create(question_set=questions, order=2, title="Your plan")
    Question.objects.create(
        section=plan, order=1, key="what", kind=Kind.LONG, label="What would you do?", word_limit=20
    )
    if with_letter or needs_letter:
        Question.objects.create(
            section=plan, order=2, key="letter", kind=Kind.FILE, label="A letter", is_required=needs_letter
        )
    return publish(questions)


def publish(questions: QuestionSet) -> QuestionSet:
    """Publish questions, so that they never change again."""
    questions.published_at = timezone.now()
    questions.save()
    return questions


def started(round: Round, **fields: Any) -> Application:
    """An application that an applicant has begun online."""
    return services.start_application(by=SYSTEM, round=round, **{"email": "carers@harbour.example", **fields})


def submitted(round: Round, **answers: Any) -> Application:
    """An application with ``ANSWERS``, some of them replaced, submitted once."""
    application = started(round)
    given = {**ANSWERS, "topic": round.topics.first().slug, **answers}
    services.save_draft(by=SYSTEM, application=application, answers=given)
    services.submit_application(by=SYSTEM, application=application)
    application.refresh_from_db()
    return application
