"""Whatever staff do to the questions of a round, in whatever order, they stay askable; and versions compare as they should."""

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from impact.core.access.permissions import SYSTEM
from sites.calls.rounds.questions import services
from sites.calls.rounds.questions.answering import asked
from sites.calls.rounds.questions.changes import What, changes_between
from sites.calls.rounds.questions.models import Kind, Question, QuestionSet, Section
from sites.calls.rounds.questions.rules import condition_problems, question_problems, section_problems
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once]

STEPS = [
    "add",
    "add",
    "choice",
    "condition",
    "condition",
    "move",
    "move_section",
    "remove",
    "section",
    "reword",
    "rechoose",
]
step = st.tuples(st.sampled_from(STEPS), st.integers(0, 30), st.integers(0, 30), st.booleans())


def fresh(version: QuestionSet) -> QuestionSet:
    return QuestionSet.objects.select_related("round").get(pk=version.pk)


def one(rows: list, number: int):
    return rows[number % len(rows)]


def do(version: QuestionSet, name: str, first: int, second: int, flag: bool) -> None:
    """One thing that staff may do, on rows picked by number; what is refused changes nothing."""
    sections, questions = list(version.sections.all()), fresh(version).questions()
    if name == "section" or not sections:
        services.add_section(by=SYSTEM, questions=version, title=f"Section {first}", is_eligibility=flag)
    elif name == "add":
        kind = Kind.YES_NO if flag else Kind.SHORT
        services.add_question(by=SYSTEM, section=one(sections, first), kind=kind, label=f"Question {second}?")
    elif name == "choice":
        services.add_question(
            by=SYSTEM, section=one(sections, first), kind=Kind.ONE_OF, label=f"Which {second}?", choices=["A", "B", "C"]
        )
    elif not questions:
        return
    elif name == "condition":
        on = one(questions, second)
        values = ["yes"] if on.kind == Kind.YES_NO else ["A"]
        key = on.key if first % 5 else ""
        services.set_condition(by=SYSTEM, question=one(questions, first), only_if_key=key, only_if_values=values)
    elif name == "move":
        services.move_question(by=SYSTEM, question=one(questions, first), up=flag)
    elif name == "move_section":
        services.move_section(by=SYSTEM, section=one(sections, first), up=flag)
    elif name == "remove" and flag:
        services.remove_section(by=SYSTEM, section=one(sections, first))
    elif name == "remove":
        services.remove_question(by=SYSTEM, question=one(questions, first))
    elif name == "reword":
        services.update_question(by=SYSTEM, question=one(questions, first), label=f"Reworded {second}?")
    elif one(questions, first).kind == Kind.ONE_OF:
        services.update_question(by=SYSTEM, question=one(questions, first), choices=["B", "C"] if flag else ["A", "D"])


@given(steps=st.lists(step, min_size=5, max_size=25))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_any_order_of_changes_leaves_questions_that_can_be_asked(db, steps):
    with transaction.atomic():
        round = factories.RoundFactory()
        version = services.start_version(by=SYSTEM, round=round)
        for name, first, second, flag in steps:
            before = [(q.key, q.label, q.only_if_key) for q in fresh(version).questions()]
            try:
                do(version, name, first, second, flag)
            except ValidationError:
                assert [(q.key, q.label, q.only_if_key) for q in fresh(version).questions()] == before
            found = fresh(version)
            sections, questions = list(found.sections.all()), found.questions()
            assert not condition_problems(round, questions)
            assert not question_problems(questions) and not section_problems(sections, questions)
        everything = {q.key: ["yes", "A", "B", "C", "D"] for q in questions}
        assert asked(questions, everything) == questions  # each can be reached
        transaction.set_rollback(True)


plain = st.fixed_dictionaries(
    {
        "label": st.sampled_from(["What?", "Why?", "Who?"]),
        "kind": st.sampled_from([Kind.LONG, Kind.SHORT]),
        "word_limit": st.sampled_from([None, 100, 200]),
        "is_required": st.booleans(),
        "help_text": st.sampled_from(["", "Be brief."]),
    }
)
sets = st.dictionaries(st.sampled_from(["a", "b", "c", "d", "e"]), plain, max_size=5)


def saved(round, questions: dict) -> QuestionSet:
    made = QuestionSet.objects.create(round=round, number=round.question_sets.count() + 1)
    section = Section.objects.create(question_set=made, title="Plan")
    Question.objects.bulk_create(
        Question(section=section, order=n, key=key, **fields) for n, (key, fields) in enumerate(questions.items())
    )
    QuestionSet.objects.filter(pk=made.pk).update(published_at="2022-12-01T09:00:00Z")
    return QuestionSet.objects.get(pk=made.pk)


@given(old=sets, new=sets)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_a_comparison_names_every_question_that_came_went_or_changed_and_no_other(db, old, new):
    with transaction.atomic():
        round = factories.RoundFactory()
        before, after = saved(round, old), saved(round, new)
        changes = changes_between(before, after)
        told = {change.key for change in changes}
        assert told == {key for key in old.keys() | new.keys() if old.get(key) != new.get(key)}
        assert {c.key for c in changes if c.what == What.ADDED} == new.keys() - old.keys()
        assert {c.key for c in changes if c.what == What.REMOVED} == old.keys() - new.keys()
        back = {(c.key, c.what) for c in changes_between(after, before)}
        assert {key for key, what in back if what == What.ADDED} == old.keys() - new.keys()
        assert changes_between(before, before) == [] and all(c.words.endswith(".") for c in changes)
        transaction.set_rollback(True)
