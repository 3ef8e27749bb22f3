"""Building what a round asks: sections, questions, conditions, ready-made sections, and versions that never change."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from impact.core.access.models import AuditEvent
from impact.core.access.permissions import SYSTEM
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict
from impact.core.jobs.models import OutboxEmail
from sites.calls.portfolios.models import Release
from sites.calls.rounds.questions import services
from sites.calls.rounds.questions.blocks import BLOCKS, blocks_for
from sites.calls.rounds.questions.facts import KINDS
from sites.calls.rounds.questions.models import Fact, Kind, Question, QuestionSet, Section
from sites.calls.rounds.questions.rules import missing_facts, problems_of
from tests import factories
from tests.sites.calls.applications.build import open_round, started

pytestmark = pytest.mark.django_db


@pytest.fixture
def version(staff) -> QuestionSet:
    """The first version of a new round, in preparation and empty."""
    round = factories.RoundFactory(closes_at=factories.at(2099, 1, 1))
    round.topics.add(factories.TopicFactory())
    return services.start_version(by=staff, round=round)


@pytest.fixture
def section(staff, version) -> Section:
    return services.add_section(by=staff, questions=version, title="Your plan")


def keys(version: QuestionSet) -> list[str]:
    return [question.key for question in QuestionSet.objects.get(pk=version.pk).questions()]


def refusal(error) -> str:
    return " ".join(error.value.messages)


def ask(by, section, label, kind=Kind.LONG, **fields) -> Question:
    return services.add_question(by=by, section=section, kind=kind, label=label, **fields)


def depend(by, question, on, *values) -> Question:
    return services.set_condition(by=by, question=question, only_if_key=on.key, only_if_values=list(values))


# --- Questions -----------------------------------------------------------------------------------
def test_a_question_gets_a_key_of_its_words_that_stays_when_they_change(staff, section):
    question = ask(staff, section, "What would you change?")
    again = ask(staff, section, "What would you change?")
    odd = ask(staff, section, "2023: what else?")
    assert [question.key, again.key, odd.key] == [
        "what_would_you_change",
        "what_would_you_change_2",
        "q_2023_what_else",
    ]
    services.update_question(by=staff, question=question, label="What would you try?")
    assert Question.objects.get(pk=question.pk).key == "what_would_you_change"


def test_a_question_takes_only_what_its_kind_has(staff, section):
    with pytest.raises(TypeError):
        ask(staff, section, "How many?", Kind.NUMBER, word_limit=9)
    number = ask(staff, section, "How many?", Kind.NUMBER, least=1, most=9)
    with pytest.raises(ValidationError, match="largest number allowed is below the smallest"):
        services.update_question(by=staff, question=number, most=0)
    with pytest.raises(ValidationError, match="at least two choices"):
        ask(staff, section, "Which?", Kind.ONE_OF, choices=["One"])
    with pytest.raises(ValidationError, match="Two choices are the same"):
        ask(staff, section, "Which?", Kind.ONE_OF, choices=["One", "One"])


def test_two_people_editing_one_question_lose_nothing_and_two_questions_do_not_clash(staff, section):
    first, second = ask(staff, section, "First?"), ask(staff, section, "Second?")
    stale = Question.objects.get(pk=first.pk)
    services.update_question(by=staff, question=first, expected=1, label="First, theirs?")
    services.update_question(by=staff, question=second, expected=1, label="Second, ours?")
    with pytest.raises(Conflict):
        services.update_question(by=staff, question=stale, expected=1, label="First, ours?")
    assert Question.objects.get(pk=first.pk).label == "First, theirs?"


def test_questions_move_within_a_section_and_over_its_edge(staff, version, section):
    other = services.add_section(by=staff, questions=version, title="More")
    a, _, c = (ask(staff, section, name) for name in "abc")
    ask(staff, other, "d")
    services.move_question(by=staff, question=c, up=True)
    assert keys(version) == ["a", "c", "b", "d"]
    services.move_question(by=staff, question=Question.objects.get(key="b"), up=False)
    assert Question.objects.get(key="b").section == other and keys(version) == ["a", "c", "b", "d"]
    services.move_question(by=staff, question=Question.objects.get(key="b"), up=True)
    assert Question.objects.get(key="b").section == section and keys(version) == ["a", "c", "b", "d"]
    services.move_question(by=staff, question=a, up=True)  # the first one stays
    assert keys(version) == ["a", "c", "b", "d"]


# --- Conditions ----------------------------------------------------------------------------------
def test_a_question_that_others_depend_on_is_not_removed_and_they_are_named(staff, section):
    paid = ask(staff, section, "Paid?", Kind.YES_NO)
    for label in ("By whom?", "How much?"):
        depend(staff, ask(staff, section, label), paid, "yes")
    with pytest.raises(ValidationError) as error:
        services.remove_question(by=staff, question=paid)
    assert refusal(error) == (
        "2 questions depend on this one: “By whom?” and “How much?”. Change their conditions first."
    )
    for question in Question.objects.filter(only_if_key=paid.key):
        services.set_condition(by=staff, question=question, only_if_key="", only_if_values=[])
    services.remove_question(by=staff, question=paid)
    assert keys(section.question_set) == ["by_whom", "how_much"]


def test_a_condition_points_to_an_earlier_question_with_answers_to_choose_from(staff, section):
    text, paid, later = (
        ask(staff, section, "Why?"),
        ask(staff, section, "Paid?", Kind.YES_NO),
        ask(staff, section, "Sure?", Kind.YES_NO),
    )
    for on, value, words in (
        (later, "yes", "“Paid?” depends on “Sure?”, so it has to come after it."),
        (text, "yes", "which has no answers to choose from"),
        (paid, "yes", "so it has to come after it"),
    ):
        with pytest.raises(ValidationError) as error:
            depend(staff, Question.objects.get(pk=paid.pk), on, value)
        assert words in refusal(error)
    with pytest.raises(ValidationError, match="“maybe”, which “Paid\\?” does not offer"):
        depend(staff, later, paid, "maybe")
    assert not Question.objects.exclude(only_if_key="").exists()


def test_a_move_that_would_put_a_question_before_the_one_it_depends_on_is_refused(staff, version, section):
    paid = ask(staff, section, "Paid?", Kind.YES_NO)
    depend(staff, ask(staff, section, "By whom?"), paid, "yes")
    with pytest.raises(ValidationError, match="it has to come after it"):
        services.move_question(by=staff, question=paid, up=False)
    with pytest.raises(ValidationError, match="it has to come after it"):
        services.move_question(by=staff, question=Question.objects.get(key="by_whom"), up=True)
    assert keys(version) == ["paid", "by_whom"]


def test_a_section_or_a_choice_that_a_condition_needs_stays(staff, version, section):
    which = ask(staff, section, "Which?", Kind.ONE_OF, choices=["Red", "Blue"])
    more = services.add_section(by=staff, questions=version, title="More")
    depend(staff, ask(staff, more, "Why red?"), which, "Red")
    with pytest.raises(ValidationError, match="One question depends on a question here: “Why red\\?”"):
        services.remove_section(by=staff, section=section)
    with pytest.raises(ValidationError, match="depends on “Red”, which “Which\\?” does not offer"):
        services.update_question(by=staff, question=which, choices=["Green", "Blue"])
    with pytest.raises(ValidationError, match="come after it"):
        services.move_section(by=staff, section=more, up=True)
    assert Question.objects.get(pk=which.pk).choices == ["Red", "Blue"]


# --- Sections and ready-made ones ----------------------------------------------------------------
def test_a_section_that_decides_who_can_apply_comes_first(staff, version, section):
    who = services.add_section(by=staff, questions=version, title="Can you apply?", is_eligibility=True)
    assert [s.title for s in version.sections.all()] == ["Can you apply?", "Your plan"]
    with pytest.raises(ValidationError, match="decides who can apply, so it has to come first"):
        services.move_section(by=staff, section=who, up=False)
    with pytest.raises(ValidationError, match="asks for a file, which comes only after"):
        ask(staff, who, "Your accounts", Kind.FILE)
    with pytest.raises(ValidationError, match="belongs in an eligibility section"):
        ask(staff, section, "Ready?", Kind.YES_NO, must_be="yes")


def test_ready_made_sections_ask_for_every_fact_of_the_mix(staff, version):
    assert missing_facts(version.round, version.questions()) == list(Fact)
    services.add_block(by=staff, questions=version, block="organisation")
    fresh = QuestionSet.objects.get(pk=version.pk)
    assert [fact.label for fact in missing_facts(fresh.round, fresh.questions())] == [
        "Population and its needs",
        "Topic",
        "Delivery model",
        "Money asked for",
    ]
    services.add_block(by=staff, questions=version, block="plan")
    fresh = QuestionSet.objects.get(pk=version.pk)
    assert missing_facts(fresh.round, fresh.questions()) == []
    with pytest.raises(ValidationError, match="All of these questions are here already"):
        services.add_block(by=staff, questions=version, block="plan")


def test_what_the_mix_lacks_is_added_at_once(staff, version, section):
    ask(staff, section, "Where?", Kind.PLACE, fact="place")
    added = services.add_missing_facts(by=staff, questions=version)
    fresh = QuestionSet.objects.get(pk=version.pk)
    assert missing_facts(fresh.round, fresh.questions()) == [] and added.questions.count() == len(Fact) - 1
    assert problems_of(fresh.round, list(fresh.sections.all()), fresh.questions()) == []


@pytest.mark.parametrize("block", BLOCKS)
def test_every_ready_made_section_can_be_published_as_it_is(staff, block):
    """With a section of its own for the application, where the block is only about eligibility."""
    purpose = next(iter(BLOCKS[block].purposes))
    round = factories.RoundFactory(closes_at=factories.at(2099, 1, 1), purpose=purpose)
    round.topics.add(factories.TopicFactory())
    version = services.start_version(by=staff, round=round)
    services.add_block(by=staff, questions=version, block=block)
    if BLOCKS[block].is_eligibility:
        ask(staff, services.add_section(by=staff, questions=version, title="Plan"), "What?")
    assert services.publish_version(by=staff, questions=version).is_published
    assert all(question.kind == KINDS[question.fact] for question in version.questions() if question.fact)


def test_recruitment_has_sections_of_its_own_and_no_mix(staff):
    round = factories.RoundFactory(purpose="coordinators", closes_at=factories.at(2099, 1, 1))
    version = services.start_version(by=staff, round=round)
    assert set(blocks_for(round)) == {"coordinator"} and missing_facts(round, []) == []
    with pytest.raises(ValidationError, match="no such ready-made section"):
        services.add_block(by=staff, questions=version, block="plan")


# --- Versions ------------------------------------------------------------------------------------
def test_a_published_version_takes_no_change_of_any_kind(staff):
    round = open_round()
    version = round.question_sets.get()
    question = version.questions()[0]
    for change in (
        lambda: services.add_section(by=staff, questions=version, title="More"),
        lambda: services.update_section(by=staff, section=question.section, title="Other"),
        lambda: services.remove_section(by=staff, section=question.section),
        lambda: services.add_question(by=staff, section=question.section, kind=Kind.LONG, label="More"),
        lambda: services.update_question(by=staff, question=question, label="Other"),
        lambda: services.set_condition(by=staff, question=question, only_if_key="", only_if_values=[]),
        lambda: services.move_question(by=staff, question=question, up=False),
        lambda: services.remove_question(by=staff, question=question),
        lambda: services.replace_questions(by=staff, questions=version, sections=[]),
        lambda: services.publish_version(by=staff, questions=version),
        lambda: services.discard_version(by=staff, questions=version),
    ):
        with pytest.raises(StateConflict, match="has been published"):
            change()


def test_the_next_version_is_a_copy_with_the_same_keys_and_there_is_one_at_a_time(staff):
    round = open_round()
    first = round.question_sets.get()
    second = services.start_version(by=staff, round=round, copy_of=first)
    assert keys(second) == keys(first) and second.number == 2
    assert [q.only_if_key for q in second.questions()] == [q.only_if_key for q in first.questions()]
    with pytest.raises(StateConflict, match="already being prepared"):
        services.start_version(by=staff, round=round)
    services.discard_version(by=staff, questions=second)
    assert services.start_version(by=staff, round=round).number == 2


def test_publishing_tells_those_who_began_what_changed_and_keeps_their_version(staff):
    round = open_round(name="Spring round")
    application = started(round, contact_name="Sam")
    version = services.start_version(by=staff, round=round, copy_of=round.question_sets.get())
    services.update_question(
        by=staff, question=Question.objects.get(section__question_set=version, key="what"), word_limit=30
    )
    assert services.suggested_words(version) == "- Your answer to “What would you do?” may now be up to 30 words."
    with pytest.raises(ValidationError, match="Say what changed"):
        services.publish_version(by=staff, questions=version)
    services.publish_version(by=staff, questions=version, what_changed="You may write more.")
    application.refresh_from_db()
    assert application.question_set.number == 1
    mail = OutboxEmail.objects.get()
    assert mail.to == application.email and mail.subject == "The questions of Spring round have changed"
    assert "You may write more." in mail.body and application.reference in mail.body
    assert AuditEvent.objects.filter(type="questions.published", object_id=str(round.pk)).exists()


def test_a_version_without_a_difference_or_with_something_to_put_right_is_not_published(staff, version, section):
    with pytest.raises(ValidationError, match="There are no questions yet"):
        services.publish_version(by=staff, questions=version)
    ask(staff, section, "What?")
    services.add_section(by=staff, questions=version, title="Empty")
    with pytest.raises(ValidationError, match="The section “Empty” has no questions"):
        services.publish_version(by=staff, questions=version)
    services.remove_section(by=staff, section=Section.objects.get(title="Empty"))
    services.publish_version(by=staff, questions=version)
    same = services.start_version(by=staff, round=version.round, copy_of=version)
    with pytest.raises(ValidationError, match="Nothing differs"):
        services.publish_version(by=staff, questions=same, what_changed="Nothing")


def test_questions_are_not_published_after_closing_nor_prepared_after_release(staff):
    now = clock.now()
    round = factories.RoundFactory(closes_at=now)
    version = services.start_version(by=staff, round=round)
    ask(staff, services.add_section(by=staff, questions=version, title="Plan"), "What?")
    with pytest.raises(StateConflict, match="has closed"):
        services.publish_version(by=staff, questions=version)
    services.discard_version(by=staff, questions=version)
    Release.objects.create(round=round, at=now)
    with pytest.raises(StateConflict, match="decisions of this round have been sent"):
        services.start_version(by=staff, round=round)


def test_a_list_with_nothing_to_choose_from_is_not_published(staff):
    round = factories.RoundFactory(closes_at=factories.at(2099, 1, 1))
    version = services.start_version(by=staff, round=round)
    services.add_block(by=staff, questions=version, block="plan")
    with pytest.raises(ValidationError, match="has nothing to choose from"):
        services.publish_version(by=staff, questions=version)


def test_questions_copied_from_another_round_with_other_topics_can_still_be_edited(staff):
    """A condition about a topic that the new round does not have is put right before publishing, not before editing."""
    source, topic = factories.RoundFactory(closes_at=factories.at(2099, 1, 1)), factories.TopicFactory(slug="carers")
    source.topics.add(topic)
    first = services.start_version(by=staff, round=source)
    section = services.add_section(by=staff, questions=first, title="Plan")
    on = ask(staff, section, "Which topic?", Kind.ONE_OF, fact="topic")
    depend(staff, ask(staff, section, "Which carers?"), on, "carers")
    services.publish_version(by=staff, questions=first)
    round = factories.RoundFactory(closes_at=factories.at(2099, 1, 1))
    round.topics.add(factories.TopicFactory(slug="other"))
    copy = services.start_version(by=staff, round=round, copy_of=first)
    more = services.add_section(by=staff, questions=copy, title="More")
    ask(staff, more, "Anything else?")
    with pytest.raises(ValidationError, match="“carers”, which “Which topic\\?” does not offer"):
        services.publish_version(by=staff, questions=copy)
    question = Question.objects.get(section__question_set=copy, only_if_key=on.key)
    services.set_condition(by=staff, question=question, only_if_key="", only_if_values=[])
    assert services.publish_version(by=staff, questions=copy).is_published


def test_a_whole_version_is_written_at_once_or_not_at_all(staff, version):
    sections = [
        {"title": "Plan", "questions": [{"key": "paid", "kind": "yes_no", "label": "Paid?"}]},
        {
            "title": "More",
            "questions": [
                {"key": "who", "kind": "short", "label": "Who?", "only_if_key": "paid", "only_if_values": ["yes"]}
            ],
        },
    ]
    services.replace_questions(by=staff, questions=version, sections=sections)
    assert keys(version) == ["paid", "who"]
    with pytest.raises(ValidationError, match="it has to come after it"):
        services.replace_questions(by=staff, questions=version, sections=sections[::-1])
    sections[0]["questions"][0]["word_limit"] = 5
    with pytest.raises(ValidationError, match="“Paid\\?” asks for yes or no, so it takes no word_limit"):
        services.replace_questions(by=staff, questions=version, sections=sections)
    assert keys(version) == ["paid", "who"]


def test_only_staff_build_questions_and_others_read_what_is_published(staff, leader, outsider, version, section):
    for user in (leader, outsider):
        with pytest.raises(PermissionDenied):
            ask(user, section, "What?")
        with pytest.raises(PermissionDenied):
            services.start_version(by=user, round=factories.RoundFactory())
    assert not QuestionSet.objects.visible_to(outsider).exists()
    assert QuestionSet.objects.visible_to(leader).get() == version
    ask(SYSTEM, section, "What?")
    services.publish_version(by=staff, questions=version)
    assert QuestionSet.objects.visible_to(outsider).get() == version
