"""The forms of an applicant: one section of questions, and the few facts that a private link needs."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.safestring import SafeString

from impact.core.basics.markdown import render_markdown
from impact.core.web.files.uploads import MB, PAPERS
from impact.core.web.forms import DateInput, Form
from sites.calls.applications.applying.saving import mark_of, read
from sites.calls.applications.applying.services import FILE_KINDS, FILE_LIMIT
from sites.calls.applications.models import ApplicationFile
from sites.calls.rounds.models import Round
from sites.calls.rounds.questions.answering import asked, field_for, in_words, word_limit
from sites.calls.rounds.questions.changes import condition_in_words, limits_in_words
from sites.calls.rounds.questions.models import Kind, Question

WORDY = {Kind.SHORT, Kind.LONG, Kind.PLACE}
FILE_HINT = f"Up to {FILE_LIMIT // MB} MB: {', '.join(PAPERS[kind][1] for kind in FILE_KINDS)}."
NOT_IN_A_NAME = ("://", "www.", "@", "<", ">")


def may_be_asked(questions: Collection[Question], section: int, draft: Mapping[str, Any]) -> list[Question]:
    """The questions of a section that apply, and those that would with another answer in the same section."""
    applies = {question.key for question in asked(questions, draft)}
    found: dict[str, Question] = {}
    for question in questions:
        if question.section_id == section and (question.key in applies or question.only_if_key in found):
            found[question.key] = question
    return list(found.values())


def _help(question: Question, condition: str) -> SafeString:
    """What stands below a question: what a good answer says, its limits, and when it is asked, as clean HTML."""
    limits = limits_in_words(question)
    if question.kind == Kind.LONG and not limits:
        limits = f"up to {word_limit(question):,} words"
    texts = [question.help_text, *(f"{text[0].upper()}{text[1:]}." for text in (limits, condition) if text)]
    if question.kind == Kind.FILE:
        texts.append(FILE_HINT)
    return render_markdown("\n\n".join(filter(None, texts)))


@dataclass
class Row:
    """One question as a page shows it."""

    question: Question
    field: forms.BoundField
    mark: str
    limit: int | None = None  # words, where they are counted while someone types
    file: ApplicationFile | None = None
    theirs: str = ""  # what someone else wrote in the meantime
    is_clash: bool = False

    @property
    def only_if(self) -> str:
        """The answers with which it is asked, as JSON for the page's script; empty when its condition is elsewhere."""
        is_here = self.question.only_if_key in self.field.form.fields
        return json.dumps(self.question.only_if_values) if is_here else ""


class SectionForm(forms.Form):
    """The questions of one section as a draft: nothing is required, and what was typed stays whatever it is.

    A question that depends on an answer in the same section is on the page from the start: scripts hide it while it
    does not apply, and without them its hint says when it does.
    """

    use_required_attribute = False
    hide_optional = True  # the labels say it

    def __init__(
        self,
        round: Round,
        questions: Collection[Question],
        draft: Mapping[str, Any],
        data: Mapping[str, Any] | None = None,
        *,
        is_final: bool = False,
        files: Mapping[int, ApplicationFile] | None = None,
    ) -> None:
        """``questions`` are those of ``may_be_asked``. ``is_final``: answers are required, as in the check of who can apply."""
        self.questions = {question.key: question for question in questions}
        typed = {key: read(question, data) for key, question in self.questions.items()} if data is not None else None
        super().__init__(typed, initial={key: draft.get(key) for key in self.questions})
        self.draft, self.kept_files = dict(draft), dict(files or {})
        self.clashes: dict[str, Any] = {}
        for key, question in self.questions.items():
            self.fields[key] = self._field(round, question, is_final=is_final)

    def _field(self, round: Round, question: Question, *, is_final: bool) -> forms.Field:
        earlier = self.questions.get(question.only_if_key)
        label = question.label if question.is_required else f"{question.label} (optional)"
        if question.kind == Kind.FILE:
            field: forms.Field = forms.FileField(required=False)
            field.widget = forms.FileInput(attrs={"accept": ",".join(f".{kind}" for kind in FILE_KINDS)})
        else:
            field = field_for(round, question, required=is_final and question.is_required and earlier is None)
        if question.kind == Kind.DATE:
            field.widget = DateInput()
        field.label = label
        field.help_text = _help(question, condition_in_words(question, earlier) if earlier else "")
        field.widget.attrs.pop("maxlength", None)  # browsers cut what is pasted, without a word
        return field

    def rows(self) -> list[Row]:
        """Every question with what stands around its field."""
        return [
            Row(
                question,
                self[key],
                mark_of(self.clashes[key] if key in self.clashes else self.draft.get(key)),
                limit=word_limit(question)
                if question.kind in WORDY and (question.word_limit or question.kind == Kind.LONG)
                else None,
                file=self.kept_files.get(self.draft.get(key) or 0) if question.kind == Kind.FILE else None,
                theirs=in_words(question, self.clashes.get(key)),
                is_clash=key in self.clashes,
            )
            for key, question in self.questions.items()
        ]

    def problems(self) -> dict[str, list[str]]:
        """What is wrong with what was typed, for the questions that apply."""
        if not self.is_bound:
            return {}
        typed = {**self.draft, **dict(self.data)}
        applies = {question.key for question in asked(list(self.questions.values()), typed)}
        applies |= {key for key, question in self.questions.items() if question.only_if_key not in self.questions}
        return {key: [str(words) for words in errors] for key, errors in self.errors.items() if key in applies}


class MailboxForm(Form):
    """An email address that a link is sent to. The second box is for programs that fill in every box they find."""

    email = forms.EmailField(
        label="Email address",
        help_text="We send a private link there. Only people who can read that mailbox get in.",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"invalid": "Enter an email address, such as name@example.org."},
    )
    website = forms.CharField(required=False, max_length=500)

    @property
    def is_from_a_program(self) -> bool:
        return bool(self.data.get("website"))


class DetailsForm(MailboxForm):
    """Who applies, once it is clear that they can."""

    contact_name = forms.CharField(
        max_length=120, label="Your name", widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    passed = forms.CharField(required=False, widget=forms.HiddenInput)
    field_order = ["contact_name", "email", "passed", "website"]

    def clean_contact_name(self) -> str:
        name = " ".join(self.cleaned_data["contact_name"].split())
        if any(part in name.lower() for part in NOT_IN_A_NAME):
            raise ValidationError("Enter a name, without web or email addresses.")
        return name


class HelperForm(Form):
    """A colleague who is asked to help."""

    email = forms.EmailField(
        label="Your colleague’s email address",
        help_text="They get a link of their own. They can read and change every answer, but not submit or withdraw.",
        error_messages={"invalid": "Enter an email address, such as name@example.org."},
    )


class SubmitForm(Form):
    """What the applicant confirms."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    declaration = forms.BooleanField(
        label="I have read what is offered and what is asked in return, and may apply for my organisation",
        error_messages={"required": "Tick the box to submit your application"},
    )
