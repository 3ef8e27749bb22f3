"""Forms about whether Easy Read is clear."""

from typing import Any

from django import forms

from impact.core.web.forms import area as text_area
from reports.group_reading.forms import AnswerCommentForm, SpokenForm
from reports.group_reading.models import ReadingComment

Status = ReadingComment.Status


class ClearForm(SpokenForm):
    """Clear or not clear, with words if the member likes."""

    is_clear = forms.TypedChoiceField(
        label="Is this part clear?",
        choices=[("yes", "Clear"), ("no", "Not clear")],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    words = forms.CharField(
        label="Do you want to say more?",
        help_text="You can say what is hard to read, or which picture is wrong. You can leave this empty.",
        required=False,
        max_length=4000,
        widget=text_area(3),
    )
    seen = forms.CharField(max_length=64, widget=forms.HiddenInput)
    version = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)
    hide_optional = True
    field_order = ["is_clear", "words", "told", "seen", "version"]

    def __init__(self, *args: Any, is_own: bool, **kwargs: Any) -> None:
        super().__init__(*args, is_own=is_own, **kwargs)
        if not is_own:
            self.fields["is_clear"].label = "Is this part clear to them?"
            self.fields["words"].label = "What do they say about it?"
            self.fields["words"].help_text = "In the member’s own words. You can leave this empty."


class AnswerForm(AnswerCommentForm):
    """Answer what a member said about Easy Read. Nothing is carried: next year's Easy Read is a new text."""

    status = forms.ChoiceField(
        label="What becomes of it?",
        choices=[(status.value, status.label) for status in (Status.TAKEN_IN, Status.NOT_TAKEN_IN)],
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields[
            "answer"
        ].help_text = "Say what has changed in the Easy Read, or why not this time. The member reads this."
