"""What the pages of a round share: the tabs to its parts, and its questions as people read them."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from impact.core.access.permissions import has_perm
from sites.calls.rounds.models import Round
from sites.calls.rounds.questions.answering import choices_for
from sites.calls.rounds.questions.changes import condition_in_words, limits_in_words
from sites.calls.rounds.questions.models import Kind, Question, QuestionSet, Section
from sites.calls.rounds.questions.rules import CHOSEN

# How applicants read what kind of answer a question takes, where the builder's words would not do.
KIND_WORDS: dict[str, str] = {Kind.ONE_OF: "Choose one", Kind.SEVERAL_OF: "Choose as many as fit"}
# The parts of a round that staff work on: key, label, name of the address, and who may open it.
TABS: list[tuple[str, str, str, str]] = [
    ("overview", "Overview", "sites:round-detail", "sites.view_rounds"),
    ("questions", "Application questions", "sites:round-questions-builder", "sites.view_rounds"),
    ("clarifications", "Questions and answers", "sites:clarification-list", "sites.edit_round"),
    ("applications", "Applications", "sites:application-list", "sites.view_applications"),
    ("assessment", "Assessment", "sites:assessment", "sites.view_portfolios"),
    ("mix", "Choosing", "sites:mix", "sites.view_portfolios"),
]


def round_tabs(user: Any, round: Round, current: str) -> list[dict[str, Any]]:
    """The tabs of a round's pages for ``user``; none for those who only read what is public."""
    shown = [tab for tab in TABS if has_perm(user, tab[3])]
    if len(shown) < 2:
        return []
    return [
        {"label": label, "href": reverse(name, args=[round.slug]), "current": key == current}
        for key, label, name, _permission in shown
    ]


@dataclass(frozen=True)
class Row:
    """One question as people read it before they answer."""

    question: Question
    kind: str
    limits: str
    choices: list[str]
    condition: str

    @property
    def facts(self) -> str:
        """What kind of answer it takes, in one line."""
        parts = [self.kind, self.limits, "" if self.question.is_required else "optional"]
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True)
class Part:
    """A section with its questions."""

    section: Section
    rows: list[Row]


def outline(questions: QuestionSet) -> list[Part]:
    """Every section of a version with its questions, in order. Sections without a question are there too."""
    asked = questions.questions()
    by_key = {question.key: question for question in asked}
    rows: dict[int, list[Row]] = {}
    for question in asked:
        choices = [words for _value, words in choices_for(questions.round, question)] if question.kind in CHOSEN else []
        rows.setdefault(question.section_id, []).append(
            Row(
                question=question,
                kind=KIND_WORDS.get(question.kind, Kind(question.kind).label),
                limits=limits_in_words(question),
                choices=[] if question.kind == Kind.YES_NO else choices,
                condition=condition_in_words(question, by_key.get(question.only_if_key)),
            )
        )
    return [Part(section, rows.get(section.pk, [])) for section in questions.sections.all()]
