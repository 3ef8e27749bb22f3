"""Forms for answering and merging suggestions."""

from typing import Any

from django import forms

from coproduction.suggestions.forms import clipped
from coproduction.suggestions.models import Suggestion
from impact.core.web.forms import Form, HintedRadios, area

MEANINGS: dict[Any, str] = {
    Suggestion.Status.TAKEN_UP: "It goes into the next version as it is.",
    Suggestion.Status.ADAPTED: "Part of it goes in, or in other words.",
    Suggestion.Status.NOT_NOW: "It does not go in. Say why.",
}


class AnswerForm(Form):
    """Answer a suggestion."""

    status = forms.ChoiceField(
        choices=[(status.value, status.label) for status in Suggestion.ANSWERS],
        label="Decision",
        widget=HintedRadios(MEANINGS),
    )
    answer = forms.CharField(
        label="Answer to the member",
        max_length=4000,
        widget=area(5),
        help_text="Say what will change, or why not this time. The member and the group read this.",
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1, max_value=2**31 - 1)


class MergeForm(Form):
    """Choose the suggestions that ask for the same."""

    others = forms.ModelMultipleChoiceField(
        queryset=Suggestion.objects.none(),
        label="Which ask for the same?",
        help_text="They get the same answer, and each member is told. You can undo this until you answer.",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one suggestion to merge"},
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1, max_value=2**31 - 1)

    def __init__(
        self, *args: Any, alike: list[Suggestion], rest: list[Suggestion], suggestion: Suggestion, **kwargs: Any
    ) -> None:
        super().__init__(*args, initial={"version": suggestion.revision}, **kwargs)
        field = self.fields["others"]
        rows = [*alike, *rest]
        field.queryset = Suggestion.objects.filter(pk__in=[row.pk for row in rows])  # type: ignore[attr-defined]
        near = {row.pk for row in alike}
        field.choices = [  # type: ignore[attr-defined]
            (row.pk, f"{'Looks alike: ' if row.pk in near else ''}“{clipped(row.words)}” ({row.section.title})")
            for row in rows
        ]
