"""Forms for building what a round asks, and the preview of it."""

from typing import Any

from django import forms
from django.utils.safestring import mark_safe

from impact.core.basics.markdown import render_markdown
from impact.core.web.forms import MARKDOWN_HELP, Form, HintedRadios, Versioned, area
from sites.calls.rounds.models import Round
from sites.calls.rounds.questions.answering import AnswerForm, choices_for
from sites.calls.rounds.questions.changes import limits_in_words
from sites.calls.rounds.questions.models import Kind, Question, QuestionSet, Section
from sites.calls.rounds.questions.services import BY_KIND

KIND_HINTS = {
    Kind.SHORT: "A name, or a line or two.",
    Kind.LONG: "Some paragraphs, with a limit of words.",
    Kind.NUMBER: "For example how many people.",
    Kind.MONEY: "In pounds.",
    Kind.DATE: "A day, picked from a calendar.",
    Kind.ONE_OF: "They choose one from your list.",
    Kind.SEVERAL_OF: "They choose as many as fit.",
    Kind.YES_NO: "In an eligibility section, the answer can decide who may apply.",
    Kind.FILE: "A document of theirs. Ask for one only if you cannot do without.",
    Kind.PLACE: "A town, district or county.",
}


class SectionForm(Versioned):
    """A section of questions."""

    class Meta:
        model = Section
        fields = ["title", "intro", "is_eligibility"]
        labels = {
            "title": "Title",
            "intro": "Introduction",
            "is_eligibility": "These questions decide who can apply",
        }
        help_texts = {
            "intro": MARKDOWN_HELP,
            "is_eligibility": "They come first, before an application is begun.",
        }
        widgets = {"intro": area(4)}

    def _post_clean(self) -> None:
        """The service checks the row as a whole; here only what was typed is checked."""


class KindForm(Form):
    """Which kind of question to add."""

    kind = forms.ChoiceField(choices=Kind, widget=HintedRadios(KIND_HINTS), label="What kind of answer do you need?")


class LinesField(forms.CharField):
    """A list of texts, one on each line."""

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return [line.strip() for line in (super().to_python(value) or "").splitlines() if line.strip()]


class QuestionForm(Versioned):
    """One question, with only the fields that its kind needs."""

    choices = LinesField(
        label="Choices", help_text="One on each line.", widget=area(6), error_messages={"required": "Give two or more"}
    )

    class Meta:
        model = Question
        fields = [
            "label",
            "help_text",
            "choices",
            "word_limit",
            "least",
            "most",
            "must_be",
            "is_required",
            "names_applicant",
        ]
        labels = {
            "label": "Question",
            "help_text": "What a good answer says",
            "word_limit": "Most words",
            "least": "Smallest allowed",
            "most": "Largest allowed",
            "must_be": "Answer that lets them apply",
            "is_required": "It must be answered",
            "names_applicant": "The answer can show who applies",
        }
        help_texts = {
            "help_text": MARKDOWN_HELP,
            "word_limit": "Leave empty for no limit of its own.",
            "must_be": "For eligibility: people with another answer are told that they cannot apply.",
            "names_applicant": "It is withheld from assessors in a round that is assessed without names.",
        }
        widgets = {"help_text": area(4), "label": forms.TextInput()}

    def __init__(self, *args: Any, question: Question, **kwargs: Any) -> None:
        """``question``: a saved one, or a new one that has its section and kind."""
        super().__init__(*args, instance=question, **kwargs)
        allowed = BY_KIND.get(question.kind, frozenset())
        if question.fact:
            allowed -= {"choices"}
        if not question.section.is_eligibility:
            allowed -= {"must_be"}
        for name in ("choices", "word_limit", "least", "most", "must_be"):
            if name not in allowed:
                del self.fields[name]
        if "must_be" in self.fields:
            self.fields["must_be"].choices = [("", "Either"), ("yes", "Yes"), ("no", "No")]  # type: ignore[attr-defined]

    def _post_clean(self) -> None:
        """The service checks the row as a whole; here only what was typed is checked."""


class EarlierForm(Form):
    """Which earlier question a condition is about."""

    on = forms.ChoiceField(widget=forms.RadioSelect, label="Which earlier question does it depend on?")

    def __init__(self, *args: Any, earlier: list[Question], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].choices = [(question.key, question.label) for question in earlier]  # type: ignore[attr-defined]


class ConditionForm(Form):
    """The answers to an earlier question for which a question is asked."""

    values = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        label="Ask it if the answer is one of these",
        error_messages={"required": "Choose at least one answer"},
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, round: Round, earlier: Question, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["values"].choices = choices_for(round, earlier)  # type: ignore[attr-defined]


class CopyForm(Form):
    """The version to start from."""

    source = forms.ModelChoiceField(
        queryset=QuestionSet.objects.none(), label="Copy from", empty_label="Choose a round"
    )

    def __init__(self, *args: Any, sources: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source"].queryset = sources  # type: ignore[attr-defined]


class PublishForm(Form):
    """What applicants who began on an earlier version are told."""

    what_changed = forms.CharField(
        label="What changed, for applicants",
        error_messages={"required": "Say what changed, for applicants who began on an earlier version"},
        help_text="We compared the two versions for you. Change the words as you like; people who have begun get this in an "
        "email and on their application.",
        widget=area(8),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, is_first: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_first:
            del self.fields["what_changed"]


class PreviewForm(AnswerForm):
    """The questions as an applicant sees them. Nothing is kept; unanswered, those with a condition are there too."""

    def __init__(self, question_set: QuestionSet, data: Any = None, **kwargs: Any) -> None:
        super().__init__(question_set, data, **kwargs)
        if data is None:
            everything = question_set.questions()
            answers = {question.only_if_key: question.only_if_values for question in everything if question.only_if_key}
            super().__init__(question_set, None, answers=answers, **kwargs)
        for question in self.asked:
            field = self.fields[question.key]
            if question.kind == Kind.FILE:
                self.fields[question.key] = field = forms.FileField(label=question.label, required=False)
            limits = limits_in_words(question)
            parts = [str(render_markdown(question.help_text)), f"<p>{limits.capitalize()}.</p>" if limits else ""]
            field.help_text = mark_safe("".join(part for part in parts if part))  # noqa: S308  both are made by us
