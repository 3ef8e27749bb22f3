"""Forms for minor corrections: making one, and deciding about one."""

from typing import Any

from django import forms

from coproduction.charter.forms import LONGEST
from coproduction.group.models import Told
from impact.core.web.forms import Form, area


class FixForm(Form):
    """One section, to correct."""

    hide_optional = True

    title = forms.CharField(label="Title", max_length=120)
    body = forms.CharField(label="Section text", required=False, widget=area(8), strip=True)

    def clean_body(self) -> str:
        body: str = self.cleaned_data["body"]
        if len(body) > LONGEST:
            raise forms.ValidationError(f"This text has {len(body):,} characters, and a section holds {LONGEST:,}.")
        return body


class CorrectionForm(Form):
    """What is corrected, and that it is no more than that."""

    text_hash = forms.CharField(max_length=64, widget=forms.HiddenInput)
    note = forms.CharField(
        label="What is corrected",
        max_length=400,
        widget=area(2),
        help_text="Members read this first. For example: “A spelling mistake in When we meet.”",
    )
    is_sure = forms.BooleanField(label="None of these changes alters the meaning", required=False)

    def __init__(self, *args: Any, asks_if_sure: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not asks_if_sure:
            del self.fields["is_sure"]


class ForMember(Form):
    """What a member says about a correction. ``people``: those for whom the reader may write it down; None: a member's own."""

    hide_optional = True

    def __init__(self, *args: Any, people: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if people is None:
            return
        self.fields["person"] = forms.ModelChoiceField(
            people.order_by("name"),
            label="Which member?",
            empty_label="Choose a member",
            error_messages={"required": "Choose a member."},
        )
        self.fields["told"] = forms.ChoiceField(
            label="How did the member tell you?",
            choices=Told.choices,
            widget=forms.RadioSelect,
            error_messages={"required": "Choose how the member told you."},
        )
        self.order_fields(["person", "told", "reason"])
        if "reason" in self.fields:
            self.fields["reason"].label = "Their reason, if they would like to give one"


class ConfirmForm(ForMember):
    """Say that a correction is fine."""


class StopForm(ForMember):
    """Stop a correction."""

    reason = forms.CharField(
        label="Your reason, if you would like to give one",
        max_length=400,
        required=False,
        widget=area(3),
        help_text="You do not have to. Members of the group and the engagement lead can read it, without your name.",
    )


class UndoForm(Form):
    """Undo a correction."""

    reason = forms.CharField(
        label="Why is it undone?",
        max_length=400,
        widget=area(3),
        help_text="All who can read the charter can read this.",
        error_messages={"required": "Say why, so that members know the reason."},
    )
