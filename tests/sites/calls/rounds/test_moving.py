"""An application that was begun on earlier questions goes on with the newest ones and loses no answer that still fits."""

import pytest

from impact.core.access.permissions import SYSTEM
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict
from sites.calls.applications import services
from sites.calls.applications.moving import move_to_newest
from sites.calls.rounds.models import RoundStatement
from sites.calls.rounds.questions.models import Kind, Question, QuestionSet, Section
from tests.sites.calls.applications.build import open_round, started

pytestmark = pytest.mark.django_db


def next_version(round, *questions: dict) -> QuestionSet:
    made = QuestionSet.objects.create(round=round, number=round.question_sets.count() + 1, what_changed="Shorter.")
    section = Section.objects.create(question_set=made, title="Your plan")
    for order, fields in enumerate(questions):
        Question.objects.create(section=section, order=order, **{"kind": Kind.LONG, "label": fields["key"], **fields})
    QuestionSet.objects.filter(pk=made.pk).update(published_at="2023-01-01T09:00:00Z")
    return made


def test_answers_stay_with_their_question_and_the_applicant_reads_what_changed():
    round = open_round()
    application = started(round)
    services.save_draft(by=SYSTEM, application=application, answers={"what": "A shared diary.", "place": "Bala"})
    newest = next_version(round, {"key": "what", "label": "What would you try?"}, {"key": "why", "label": "Why you?"})
    moved = move_to_newest(by=SYSTEM, application=application)
    application.refresh_from_db()
    assert (application.question_set, application.draft) == (newest, {"what": "A shared diary."})
    assert {change.key for change in moved.changes} >= {"what", "why", "place"}
    assert (moved.what_changed, moved.is_restated, moved.set_aside) == ("Shorter.", False, [])


def test_an_answer_that_is_only_too_long_now_stays_and_one_of_another_kind_is_set_aside():
    round = open_round()
    application = started(round)
    services.save_draft(by=SYSTEM, application=application, answers={"what": "One two three four", "place": "Bala"})
    next_version(
        round,
        {"key": "what", "word_limit": 2},
        {"key": "place", "label": "Where?", "kind": Kind.ONE_OF, "choices": ["Here", "There"]},
    )
    moved = move_to_newest(by=SYSTEM, application=application)
    application.refresh_from_db()
    assert application.draft == {"what": "One two three four"} and moved.set_aside == ["Where?"]


def test_a_new_statement_alone_is_moved_to_as_well():
    round = open_round()
    application = started(round)
    RoundStatement.objects.create(round=round, number=2, offered="A coach and money.", asked="Share it.")
    moved = move_to_newest(by=SYSTEM, application=application)
    application.refresh_from_db()
    assert application.statement.number == 2 and moved.is_restated and not moved.changes and moved


def test_an_application_on_the_newest_questions_is_left_as_it_is():
    application = started(open_round())
    assert not move_to_newest(by=SYSTEM, application=application)
    assert type(application).objects.get().version == 1


def test_a_stale_page_and_a_withdrawn_application_do_not_move():
    round = open_round()
    application = started(round)
    next_version(round, {"key": "what"})
    with pytest.raises(Conflict):
        move_to_newest(by=SYSTEM, application=application, expected=9)
    services.withdraw_application(by=SYSTEM, application=application)
    with pytest.raises(StateConflict):
        move_to_newest(by=SYSTEM, application=application)
    application.refresh_from_db()
    assert application.question_set.number == 1
