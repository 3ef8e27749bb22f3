"""An application as people read it: answers under their questions, and what changed between two revisions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from impact.core.basics.dates import day
from impact.core.basics.words.diff import Piece, word_diff
from sites.calls.applications.models import Revision
from sites.calls.rounds.questions.answering import asked, choices_for
from sites.calls.rounds.questions.models import Kind, Question, QuestionSet


@dataclass(frozen=True)
class Answer:
    """One question and what was answered, in words; empty: not answered."""

    question: Question
    words: str
    file: int | None = None  # the key of the file that answers it

    @property
    def is_long(self) -> bool:
        """Whether it is text to read rather than a fact to look up."""
        return bool(self.question.kind == Kind.LONG)


@dataclass(frozen=True)
class Part:
    """A section with the questions that applied."""

    pk: int
    title: str
    answers: list[Answer]


def in_words(question: Question, value: Any, choices: Mapping[str, str]) -> str:
    """An answer as people read it. ``choices``: value → words of the question's list."""
    if value in (None, "", []):
        return ""
    if isinstance(value, list):
        return ", ".join(choices.get(str(one), str(one)) for one in value)
    if question.kind == Kind.MONEY:
        return _pounds(value)
    if question.kind == Kind.DATE:
        return day(date.fromisoformat(str(value)))
    if question.kind == Kind.FILE:
        return "A file"
    return choices.get(str(value), str(value))


def _pounds(value: Any) -> str:
    """An amount, with pence only where there are some."""
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return str(value)
    return f"£{amount:,.0f}" if amount == amount.to_integral_value() else f"£{amount:,.2f}"


def laid_out(questions: QuestionSet, answers: Mapping[str, Any]) -> list[Part]:
    """The answers by section, in the order in which they were asked. Questions that did not apply are left out."""
    parts: dict[int, Part] = {}
    for question in asked(questions.questions(), answers):
        part = parts.setdefault(question.section_id, Part(question.section_id, question.section.title, []))
        value = answers.get(question.key)
        words = in_words(question, value, dict(choices_for(questions.round, question)))
        part.answers.append(Answer(question, words, value if question.kind == Kind.FILE else None))
    return list(parts.values())


@dataclass(frozen=True)
class Changed:
    """A question whose answer differs between two revisions, with the words that were added and removed."""

    label: str
    pieces: list[Piece]


def changes(old: Revision, new: Revision) -> list[Changed]:
    """What differs between two revisions, question by question, in the order of the newer one's questions."""
    before, after = _by_key(old), _by_key(new)
    found = []
    for key in [*after, *(key for key in before if key not in after)]:
        label, was = before.get(key, ("", ""))
        newer, now = after.get(key, ("", ""))
        if was != now:
            found.append(Changed(newer or label, word_diff(was, now)))
    return found


def _by_key(revision: Revision) -> dict[str, tuple[str, str]]:
    """Key → the question's label and the answer in words."""
    parts = laid_out(revision.question_set, revision.answers)
    return {answer.question.key: (answer.question.label, answer.words) for part in parts for answer in part.answers}
