"""The demonstration's 60 invented applications to the 2023–24 round."""

from datetime import date
from typing import Any

from django.utils.text import slugify

from impact.core.access.permissions import SYSTEM, Actor
from impact.core.basics import clock
from impact.core.management.demo import read
from impact.core.people.models import User
from sites.calls.applications import services
from sites.calls.applications.models import Application
from sites.calls.rounds.models import Round
from sites.calls.rounds.questions.models import Fact
from sites.management.demo import round_shapes as shapes
from sites.management.demo.shapes import Topic

ROUND = "2023-24"


def build(accounts: dict[str, User]) -> None:
    """Enter the applications of the 2023–24 round, or find them."""
    round = Round.objects.get(slug=ROUND)
    topics = _topics()
    made = set(Application.objects.filter(round=round).values_list("reference", flat=True))
    for row in read(__file__, "applications.csv", list[shapes.Application]):
        if row.reference not in made:
            _application(round, row, topics, accounts)


def _topics() -> dict[str, str]:
    """The slug of each topic by its key in topics.csv."""
    return {row.key: slugify(row.name) for row in read(__file__, "topics.csv", list[Topic])}


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
    _submit(by, application, {"what_to_change": _change(row, row.first_idea or row.idea)}, row.submitted_on)
    if row.revised_on:
        _submit(by, application, {"what_to_change": _change(row, row.idea)}, row.revised_on)
    if row.withdrawn_on:
        with clock.standing_on(row.withdrawn_on):
            services.withdraw_application(by=by, application=application)


def _answers(application: Application, row: shapes.Application, topics: dict[str, str]) -> dict[str, Any]:
    """The row's answers by question; those on who can apply are as they must be."""
    given: dict[str, Any] = {fact: getattr(row, fact) for fact in Fact.values}
    given |= {"needs": row.needs.split(), "topic": topics[row.topic]}
    given |= {"what_to_change": _change(row, row.idea), "coproduction": row.who_shapes, "sharing": row.sharing}
    asked = application.question_set.questions()
    given |= {question.key: question.must_be for question in asked if question.must_be}
    return {question.key: given[question.key] for question in asked if given.get(question.key)}


def _change(row: shapes.Application, idea: str) -> str:
    """What they would change, and why now."""
    return "\n\n".join(filter(None, [idea, row.why_here, row.what_changes]))


def _submit(by: Actor, application: Application, answers: dict[str, Any], on: date) -> None:
    with clock.standing_on(on):
        services.save_draft(by=by, application=application, answers=answers)
        services.submit_application(by=by, application=application)
