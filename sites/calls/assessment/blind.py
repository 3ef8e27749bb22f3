"""What an assessor may read of an application. In a round that is assessed without names, who applied is withheld.

Every page, file and answer of the API for assessors takes an application's words from here and nowhere else.
"""

import re
from dataclasses import dataclass
from typing import Any

from sites.calls.applications.intake.reading import in_words
from sites.calls.applications.models import Application, Revision
from sites.calls.rounds.questions.answering import asked, choices_for
from sites.calls.rounds.questions.models import Fact, Kind, Question

NAMING_FACTS = {Fact.ORGANISATION_NAME, Fact.PLACE}
WITHHELD = "[withheld]"
SHORTEST = 3  # characters of a name that is taken out of other answers: shorter ones are words of their own


@dataclass(frozen=True)
class Answer:
    """One question with what was answered, as an assessor may read it."""

    key: str
    label: str
    kind: str
    text: str  # in words
    is_withheld: bool = False
    file: int | None = None  # the key of the file that answers it

    @property
    def is_long(self) -> bool:
        return self.kind == Kind.LONG


@dataclass(frozen=True)
class Part:
    """A section of an application."""

    title: str
    answers: list[Answer]


def names_applicant(question: Question) -> bool:
    """Whether an answer says who applied."""
    return question.names_applicant or question.fact in NAMING_FACTS


def title_for_assessor(application: Application, *, is_blind: bool) -> str:
    """What an application is called for an assessor: its reference, and who applied unless names are withheld."""
    if is_blind or not application.organisation_name:
        return application.reference
    return f"{application.reference}: {application.organisation_name}"


def who_applied(application: Application, *, is_blind: bool) -> dict[str, str]:
    """Name and place, for asking about conflicts; empty in a round without names."""
    if is_blind:
        return {}
    return {"name": application.organisation_name, "place": application.place}


def read_application(revision: Revision, *, is_blind: bool) -> list[Part]:
    """A revision's answers in the order of its questions, without who applied where names are withheld.

    In a round without names an answer that names the applicant is left out, and the same names are taken out of all
    other answers, because people write them there as well.
    """
    application, answers = revision.application, revision.answers
    questions = asked(revision.question_set.questions(), answers)
    secrets = _secrets(application, questions, answers) if is_blind else None
    parts: list[Part] = []
    section = None
    for question in questions:
        if question.section.is_eligibility:  # the same for everyone who could apply
            continue
        if question.section_id != section:
            section = question.section_id
            parts.append(Part(question.section.title, []))
        is_withheld = is_blind and (names_applicant(question) or question.kind == Kind.FILE)
        labels = dict(choices_for(application.round, question))
        text = "" if is_withheld else in_words(question, answers.get(question.key), labels)
        if secrets is not None:
            text = secrets.sub(WITHHELD, text)
        file = answers.get(question.key) if question.kind == Kind.FILE and not is_withheld else None
        parts[-1].answers.append(Answer(question.key, question.label, question.kind, text, is_withheld, file))
    return parts


def _secrets(application: Application, questions: list[Question], answers: dict[str, Any]) -> re.Pattern[str] | None:
    """A pattern of every name by which the applicant could be known: of this revision, and of the newest."""
    texts = {application.organisation_name, application.place, application.contact_name, application.email}
    if application.organisation:
        texts.add(application.organisation.name)
    for question in questions:
        value = answers.get(question.key)
        if names_applicant(question) and isinstance(value, str):
            texts.add(value)
    names = sorted((" ".join(text.split()) for text in texts if text), key=len, reverse=True)
    patterns = [r"\s+".join(map(re.escape, name.split())) for name in names if SHORTEST <= len(name) <= 200]
    return re.compile(rf"(?<!\w)(?:{'|'.join(patterns)})(?!\w)", re.IGNORECASE) if patterns else None
