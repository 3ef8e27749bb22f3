"""Reading answers against the questions: one form made from a question set, the same for page, API, import and preview.

Answers are plain JSON under each question's key: texts, "yes" or "no", lists of chosen values, ISO dates, decimal
numbers as texts, and for a file the id of the stored file.
"""

import datetime
import decimal
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms

from sites.rounds.models import Round
from sites.rounds.questions.facts import choices_of
from sites.rounds.questions.models import Kind, Question, QuestionSet

SHORT_WORDS = 60  # a short answer without a limit of its own
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


def field_for(round: Round, question: Question, *, required: bool) -> forms.Field:
    """The form field that reads an answer to ``question``."""
    common: dict[str, Any] = {"label": question.label, "required": required}
    kind = question.kind
    if required:
        what = {Kind.ONE_OF: "Choose one", Kind.SEVERAL_OF: "Choose at least one", Kind.YES_NO: "Choose yes or no"}
        common["error_messages"] = {"required": what.get(Kind(kind), "Answer this question")}
    if kind in {Kind.SHORT, Kind.LONG, Kind.PLACE}:
        widget = forms.Textarea(attrs={"rows": 8}) if kind == Kind.LONG else forms.TextInput()
        longest = 60_000 if kind == Kind.LONG else 600
        return forms.CharField(
            widget=widget, max_length=longest, validators=[WordLimit(word_limit(question))], **common
        )
    if kind in {Kind.NUMBER, Kind.MONEY}:
        return forms.DecimalField(
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
