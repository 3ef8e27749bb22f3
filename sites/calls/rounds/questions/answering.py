"""Reading answers against the questions: one form made from a question set, the same for page, API, import and preview.

Answers are plain JSON under each question's key: texts, "yes" or "no", lists of chosen values, ISO dates, decimal
numbers as texts, and for a file the id of the stored file.
"""

import contextlib
import datetime
import decimal
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms

from impact.core.basics.dates import day
from sites.calls.rounds.models import Round
from sites.calls.rounds.questions.facts import choices_of
from sites.calls.rounds.questions.models import Fact, Kind, Question, QuestionSet, Section

SHORT_WORDS = 60  # a short answer without a limit of its own
LONGEST_FACTS: dict[str, int] = {Fact.ORGANISATION_NAME: 160, Fact.PLACE: 120}  # characters that an application keeps
YES_NO = [("yes", "Yes"), ("no", "No")]


def words_in(text: str) -> int:
    """How many words a text holds, as people count them: runs of characters between white space."""
    return len(text.split())


def word_limit(question: Question) -> int:
    """The most words that an answer may hold."""
    if question.word_limit:
        return question.word_limit
    return SHORT_WORDS if question.kind == Kind.SHORT else Question.LONGEST_ANSWER


def choices_for(round: Round, question: Question) -> list[tuple[str, str]]:
    """The values and words of a question's list."""
    if question.kind == Kind.YES_NO:
        return YES_NO
    if question.fact:
        return choices_of(round, question.fact)
    return [(choice, choice) for choice in question.choices]


def asked(questions: Iterable[Question], answers: Mapping[str, Any]) -> list[Question]:
    """The questions that apply, given the answers so far. A condition on a question that is not asked is not met."""
    found: list[Question] = []
    keys: set[str] = set()
    for question in questions:
        if question.only_if_key:
            given = answers.get(question.only_if_key)
            values = given if isinstance(given, list) else [given]
            if question.only_if_key not in keys or not set(values) & set(question.only_if_values):
                continue
        found.append(question)
        keys.add(question.key)
    return found


def in_words(question: Question, answer: Any) -> str:
    """An answer as people read it; empty for none, and for a file, whose name its row knows."""
    if answer in (None, "", []) or question.kind == Kind.FILE:
        return ""
    if question.kind in {Kind.ONE_OF, Kind.SEVERAL_OF, Kind.YES_NO}:
        words = dict(choices_for(question.section.question_set.round, question))
        chosen = answer if isinstance(answer, list) else [answer]
        return ", ".join(words.get(value, str(value)) for value in chosen)
    if question.kind == Kind.DATE:
        with contextlib.suppress(ValueError):
            return day(datetime.date.fromisoformat(str(answer)))
    if question.kind in {Kind.MONEY, Kind.NUMBER}:
        with contextlib.suppress(forms.ValidationError):
            number = Amount().clean(answer)
            amount = f"{number:,}".removesuffix(".00")
            return f"£{amount}" if question.kind == Kind.MONEY else amount
    return str(answer)


class WordLimit:
    """Refuses an answer with too many words, and says by how many."""

    def __init__(self, most: int) -> None:
        self.most = most

    def __call__(self, text: str) -> None:
        if (count := words_in(text)) > self.most:
            over = count - self.most
            raise forms.ValidationError(
                f"Your answer has {count:,} words. Shorten it by {over:,} {'word' if over == 1 else 'words'}, "
                f"to {self.most:,} at most.",
                code="too_many_words",
            )


class Amount(forms.DecimalField):
    """A number as people type it: "£12,000" is 12000. A text box, so that a phone shows digits and nothing typed is lost."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.TextInput(attrs={"inputmode": "decimal"}), **kwargs)
        self.error_messages["invalid"] = "Enter a number in digits, such as 12000."

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = value.replace("£", "").replace(",", "").replace(" ", "")
        return super().to_python(value)


def field_for(round: Round, question: Question, *, required: bool) -> forms.Field:
    """The form field that reads an answer to ``question``."""
    common: dict[str, Any] = {"label": question.label, "required": required}
    kind = question.kind
    if required:
        what = {Kind.ONE_OF: "Choose one", Kind.SEVERAL_OF: "Choose at least one", Kind.YES_NO: "Choose yes or no"}
        common["error_messages"] = {"required": what.get(Kind(kind), "Answer this question")}
    if kind in {Kind.SHORT, Kind.LONG, Kind.PLACE}:
        widget = forms.Textarea(attrs={"rows": 8}) if kind == Kind.LONG else forms.TextInput()
        longest = 60_000 if kind == Kind.LONG else LONGEST_FACTS.get(question.fact, 600)
        return forms.CharField(
            widget=widget, max_length=longest, validators=[WordLimit(word_limit(question))], **common
        )
    if kind in {Kind.NUMBER, Kind.MONEY}:
        return Amount(
            min_value=question.least if question.least is not None else (0 if kind == Kind.MONEY else None),
            max_value=question.most,
            max_digits=12,
            decimal_places=2,
            **common,
        )
    if kind == Kind.DATE:
        return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}), **common)
    if kind == Kind.SEVERAL_OF:
        return forms.MultipleChoiceField(
            choices=choices_for(round, question), widget=forms.CheckboxSelectMultiple, **common
        )
    if kind in {Kind.ONE_OF, Kind.YES_NO}:
        return forms.ChoiceField(choices=choices_for(round, question), widget=forms.RadioSelect, **common)
    return forms.IntegerField(min_value=1, widget=forms.HiddenInput(), **common)  # the id of a stored file


def plain(value: Any) -> Any:
    """A cleaned value as it is kept in JSON."""
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    return value


class AnswerForm(forms.Form):
    """Answers to some questions. ``complete``: required questions must be answered, as on submission."""

    def __init__(
        self,
        question_set: QuestionSet,
        data: Mapping[str, Any] | None = None,
        *,
        complete: bool = True,
        section: int | None = None,
        answers: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Build the fields of those questions that apply: all of them, or of one section (its primary key).

        ``answers`` are those given before, in other sections, which conditions may ask about.
        """
        super().__init__(data, **kwargs)
        known = {**(answers or {}), **({key: data.get(key) for key in data} if data is not None else {})}
        getlist = getattr(data, "getlist", None)
        questions = question_set.questions()
        if getlist is not None:
            known |= {q.key: getlist(q.key) for q in questions if q.kind == Kind.SEVERAL_OF and q.key in (data or {})}
        self.asked = [
            question for question in asked(questions, known) if section is None or question.section_id == section
        ]
        for question in self.asked:
            self.fields[question.key] = field_for(
                question_set.round, question, required=complete and question.is_required
            )

    def answers(self) -> dict[str, Any]:
        """What was answered, as plain JSON; questions without an answer are left out."""
        found = {key: plain(value) for key, value in self.cleaned_data.items()}
        return {key: value for key, value in found.items() if value not in ("", None, [])}


@dataclass
class Chapter:
    """A section as someone answers it: what applies, what was said, and what still needs attention."""

    section: Section
    questions: list[Question] = field(default_factory=list)
    given: dict[str, Any] = field(default_factory=dict)
    problems: dict[str, list[str]] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        return not self.problems

    @property
    def state(self) -> str:
        if not self.problems:
            return "Complete" if self.given else "Nothing required"
        if not self.given:
            return "Not started"
        is_wrong = any(key in self.given for key in self.problems)
        return "Needs attention" if is_wrong else "In progress"


def chapters_of(question_set: QuestionSet, answers: Mapping[str, Any]) -> list[Chapter]:
    """The sections of a round's questions with the answers given so far, checked as on submission."""
    form = AnswerForm(question_set, answers)
    found: dict[int, Chapter] = {}
    for question in form.asked:
        chapter = found.setdefault(question.section_id, Chapter(question.section))
        chapter.questions.append(question)
        if answers.get(question.key) not in (None, "", []):
            chapter.given[question.key] = answers[question.key]
        if question.key in form.errors:
            chapter.problems[question.key] = [str(words) for words in form.errors[question.key]]
    return list(found.values())
