"""From the first answer to a numbered revision: what is checked, kept and refused."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import Error, transaction

from impact.core.access.permissions import SYSTEM
from impact.core.basics.states import StateConflict
from sites.calls.applications import services
from sites.calls.rounds.questions.models import Question, Section
from tests.sites.calls.applications.build import ANSWERS, open_round, started, submitted

pytestmark = pytest.mark.django_db


def test_a_submission_takes_the_facts_of_the_mix_from_the_answers():
    round = open_round()
    application = submitted(round, nation="england", region="north_west")
    assert (application.state, application.nation, application.region) == ("submitted", "england", "north_west")
    assert (application.money, application.is_user_led, application.needs) == (
        Decimal("12000"),
        True,
        ["carers", "older"],
    )
    assert application.topic == round.topics.get()


def test_a_question_that_does_not_apply_is_neither_required_nor_kept():
    application = submitted(open_round(), nation="wales", region="north_west")
    assert application.region == ""
    assert "region" not in application.revision.answers


def test_each_submission_is_a_numbered_revision_and_the_same_answers_make_none():
    application = submitted(open_round())
    services.submit_application(by=SYSTEM, application=application)
    assert application.revisions.count() == 1
    services.save_draft(by=SYSTEM, application=application, answers={"place": "Bala"})
    assert services.submit_application(by=SYSTEM, application=application).number == 2
    assert [r.answers["place"] for r in application.revisions.all()] == ["Llanfair", "Bala"]


def test_an_incomplete_application_is_refused_question_by_question():
    application = started(open_round())
    services.save_draft(by=SYSTEM, application=application, answers={**ANSWERS, "what": "word " * 21, "money": "-1"})
    with pytest.raises(ValidationError) as error:
        services.submit_application(by=SYSTEM, application=application)
    assert set(error.value.message_dict) == {"what", "money", "topic"}
    assert error.value.message_dict["what"] == ["Your answer has 21 words. Shorten it by 1 word, to 20 at most."]


def test_what_was_submitted_and_what_was_asked_never_change():
    application = submitted(open_round())
    revision, question = application.revision, Question.objects.get(key="what")
    for change in (
        lambda: type(revision).objects.filter(pk=revision.pk).update(answers={}),
        lambda: Question.objects.filter(pk=question.pk).update(label="Something else"),
        lambda: Question.objects.filter(pk=question.pk).delete(),
        lambda: Section.objects.filter(pk=question.section_id).update(title="Other"),
        lambda: Question.objects.create(section=question.section, key="new", kind="short", label="New"),
    ):
        with pytest.raises(Error), transaction.atomic():
            change()


def test_a_withdrawn_application_takes_no_more_answers():
    application = submitted(open_round())
    services.withdraw_application(by=SYSTEM, application=application)
    with pytest.raises(StateConflict):
        services.save_draft(by=SYSTEM, application=application, answers={"place": "Bala"})
