"""What holds for the questions of a version together: conditions point back, every fact once, and all can be answered."""

from collections.abc import Iterable, Sequence

from sites.calls.rounds.models import Round
from sites.calls.rounds.questions.answering import choices_for
from sites.calls.rounds.questions.facts import KINDS
from sites.calls.rounds.questions.models import Fact, Kind, Question, Section

CHOSEN = frozenset({Kind.ONE_OF, Kind.SEVERAL_OF, Kind.YES_NO})  # what a condition can ask about


def quoted(questions: Iterable[Question]) -> str:
    """The questions by their words: “One” and “Two”."""
    names = [f"“{question.label}”" for question in questions]
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def depending_on(key: str, questions: Iterable[Question]) -> list[Question]:
    """The questions that are asked only if the one with ``key`` was answered in some way."""
    return [question for question in questions if question.only_if_key == key]


def missing_facts(round: Round, questions: Iterable[Question]) -> list[Fact]:
    """What the mix is chosen by and no question asks for. Recruitment has no mix."""
    if round.is_recruitment:
        return []
    known = {question.fact for question in questions}
    return [fact for fact in Fact if fact not in known]


def condition_problems(round: Round, questions: Sequence[Question]) -> list[str]:
    """Each condition that could not be met as the questions stand, in a sentence."""
    found: list[str] = []
    place = {question.key: number for number, question in enumerate(questions)}
    for number, question in enumerate(questions):
        if not question.only_if_key:
            continue
        if question.only_if_key not in place:
            found.append(f"“{question.label}” depends on a question that is not there. Change its condition.")
            continue
        earlier = questions[place[question.only_if_key]]
        if place[question.only_if_key] >= number:
            found.append(f"“{question.label}” depends on “{earlier.label}”, so it has to come after it.")
        elif earlier.kind not in CHOSEN:
            found.append(f"“{question.label}” depends on “{earlier.label}”, which has no answers to choose from.")
        elif gone := set(question.only_if_values) - {value for value, _words in choices_for(round, earlier)}:
            answers = ", ".join(f"“{value}”" for value in sorted(gone))
            found.append(f"“{question.label}” depends on {answers}, which “{earlier.label}” does not offer.")
    return found


def question_problems(questions: Sequence[Question]) -> list[str]:
    """What is wrong with keys, facts and kinds, in sentences."""
    found: list[str] = []
    for name, words in (("key", "key"), ("fact", "fact")):
        values = [getattr(question, name) for question in questions if getattr(question, name)]
        twice = sorted({value for value in values if values.count(value) > 1})
        found += [f"Two questions have the {words} “{value}”. Change or remove one." for value in twice]
    for question in questions:
        if question.fact and question.kind != KINDS[question.fact]:
            kind = Kind(KINDS[question.fact]).label.lower()
            found.append(f"“{question.label}” gives a fact for the mix, so it has to ask for {kind}.")
    return found


def section_problems(sections: Sequence[Section], questions: Sequence[Question]) -> list[str]:
    """What is wrong with the order and the contents of sections, in sentences."""
    found: list[str] = []
    seen_other = False
    for section in sections:
        if section.is_eligibility and seen_other:
            found.append(f"“{section.title}” decides who can apply, so it has to come first.")
        seen_other = seen_other or not section.is_eligibility
    eligibility = {section.pk for section in sections if section.is_eligibility}
    for question in questions:
        if question.must_be and question.section_id not in eligibility:
            found.append(f"“{question.label}” decides who can apply, so it belongs in an eligibility section.")
        if question.kind == Kind.FILE and question.section_id in eligibility:
            found.append(f"“{question.label}” asks for a file, which comes only after an application is begun.")
    return found


def problems_of(round: Round, sections: Sequence[Section], questions: Sequence[Question]) -> list[str]:
    """Everything that has to be put right before a version can be published, in sentences."""
    if not questions:
        return ["There are no questions yet. Add at least one."]
    filled = {question.section_id for question in questions}
    found = [
        f"The section “{s.title}” has no questions. Add one, or remove it." for s in sections if s.pk not in filled
    ]
    if all(section.is_eligibility for section in sections if section.pk in filled):
        found.append("All questions are about eligibility. Add a section for the application itself.")
    for question in questions:
        if question.kind in CHOSEN and not choices_for(round, question):
            what = "topics" if question.fact == Fact.TOPIC else "delivery models"
            found.append(f"“{question.label}” has nothing to choose from. Give the round its {what} first.")
    return [
        *found,
        *section_problems(sections, questions),
        *question_problems(questions),
        *condition_problems(round, questions),
    ]
