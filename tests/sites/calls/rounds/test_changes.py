"""What changed between two versions of a round's questions, told to those who began on the earlier one."""

import pytest

from sites.calls.rounds.questions.changes import What, changes_between, condition_in_words, in_markdown, limits_in_words
from sites.calls.rounds.questions.models import Kind, Question, QuestionSet, Section
from tests import factories

pytestmark = pytest.mark.django_db


def question_set(round, *questions: dict) -> QuestionSet:
    """A version with one section and these questions, in this order."""
    made = QuestionSet.objects.create(round=round, number=round.question_sets.count() + 1)
    section = Section.objects.create(question_set=made, title="Your plan")
    for order, fields in enumerate(questions):
        Question.objects.create(section=section, order=order, **{"kind": Kind.LONG, "label": fields["key"], **fields})
    QuestionSet.objects.filter(pk=made.pk).update(published_at="2022-12-01T09:00:00Z")
    return made


def told(old: dict, new: dict) -> list[tuple[What, str, bool]]:
    """The changes of one question from ``old`` to ``new``."""
    round = factories.RoundFactory()
    before = question_set(round, {"key": "plan", "label": "What would you do?", **old})
    after = question_set(round, {"key": "plan", "label": "What would you do?", **new})
    return [(change.what, change.words, change.needs_answer) for change in changes_between(before, after)]


def test_a_question_that_came_and_one_that_went_are_told_by_key():
    round = factories.RoundFactory()
    before = question_set(round, {"key": "why", "label": "Why you?"}, {"key": "plan"})
    after = question_set(round, {"key": "plan"}, {"key": "who", "label": "Who will do it?", "is_required": False})
    changes = changes_between(before, after)
    assert [(c.key, c.what, c.needs_answer) for c in changes] == [
        ("who", What.ADDED, False),
        ("why", What.REMOVED, False),
    ]
    assert in_markdown(changes) == (
        "- New question: “Who will do it?”. You do not have to answer it.\n- We no longer ask “Why you?”."
    )


def test_a_question_that_only_moved_or_got_another_space_has_not_changed():
    round = factories.RoundFactory()
    before = question_set(round, {"key": "a", "label": "One  two"}, {"key": "b"})
    after = question_set(round, {"key": "b"}, {"key": "a", "label": "One two "})
    assert changes_between(before, after) == []


@pytest.mark.parametrize(
    ("old", "new", "what", "words", "needs_answer"),
    [
        (
            {},
            {"label": "What will you do?"},
            What.REWORDED,
            "“What would you do?” now reads “What will you do?”.",
            True,
        ),
        (
            {"word_limit": 300},
            {"word_limit": 200},
            What.LIMIT,
            "Your answer to “What would you do?” may now be up to 200 words.",
            True,
        ),
        (
            {"word_limit": 200},
            {"word_limit": 300},
            What.LIMIT,
            "Your answer to “What would you do?” may now be up to 300 words.",
            False,
        ),
        ({"is_required": False}, {}, What.REQUIRED, "“What would you do?” must now be answered.", True),
        ({}, {"is_required": False}, What.REQUIRED, "“What would you do?” no longer has to be answered.", False),
        (
            {},
            {"kind": Kind.SHORT},
            What.KIND,
            "“What would you do?” now asks for a short answer. Please answer it again.",
            True,
        ),
        ({}, {"help_text": "Be brief."}, What.HELP, "The advice on answering “What would you do?” changed.", False),
        (
            {"kind": Kind.ONE_OF, "choices": ["A", "B", "C"]},
            {"kind": Kind.ONE_OF, "choices": ["A", "D"]},
            What.CHOICES,
            "In “What would you do?”, you can now choose “D” and “B”, “C” are gone.",
            True,
        ),
        (
            {"kind": Kind.YES_NO},
            {"kind": Kind.YES_NO, "must_be": "yes"},
            What.ELIGIBILITY,
            "The answer to “What would you do?” must now be yes to apply.",
            True,
        ),
    ],
)
def test_each_way_in_which_a_question_can_change_is_one_sentence(old, new, what, words, needs_answer):
    assert told(old, new) == [(what, words, needs_answer)]


def test_a_new_condition_names_the_earlier_question_and_its_answers():
    round = factories.RoundFactory()
    nation = {"key": "nation", "fact": "nation", "kind": Kind.ONE_OF, "label": "Which nation?"}
    before = question_set(round, nation, {"key": "region", "label": "Which region?"})
    region = {
        "key": "region",
        "label": "Which region?",
        "only_if_key": "nation",
        "only_if_values": ["england", "wales"],
    }
    after = question_set(round, nation, region)
    (change,) = changes_between(before, after)
    assert change.what == What.CONDITION
    assert change.words == "We now ask “Which region?” only if you answer “England” or “Wales” to “Which nation?”."
    assert condition_in_words(Question(), None) == ""


def test_limits_are_said_in_words_and_money_in_pounds():
    assert limits_in_words(Question(kind=Kind.SHORT)) == ""
    assert limits_in_words(Question(kind=Kind.LONG, word_limit=1)) == "up to 1 word"
    assert limits_in_words(Question(kind=Kind.MONEY, least=0, most=50000)) == "from £0 to £50,000"
    assert limits_in_words(Question(kind=Kind.NUMBER, least=2)) == "at least 2"
    assert limits_in_words(Question(kind=Kind.NUMBER, most=2.5)) == "at most 2.50"


def test_comparing_takes_two_queries_however_many_questions(django_assert_num_queries):
    round = factories.RoundFactory()
    before = question_set(round, *({"key": f"q{n}"} for n in range(3)))
    after = question_set(round, *({"key": f"q{n}", "label": "Other"} for n in range(20)))
    with django_assert_num_queries(2):
        changes_between(before, after)
