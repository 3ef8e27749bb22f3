"""Forms about correcting a published report."""

from django import forms

from impact.core.web.forms import MARKDOWN_HELP, Form
from impact.core.web.forms import area as text_area
from reports.approval.corrections.freezing import KINDS


class CorrectionForm(Form):
    """What is corrected, and which figures are counted again."""

    hide_optional = True

    reason = forms.CharField(
        label="What is corrected, and why?",
        help_text="Everyone reads this beside the report. Do not name the person it is about.",
        max_length=400,
        widget=text_area(4),
    )
    recounted = forms.MultipleChoiceField(
        label="Figures that are wrong and have to be counted again",
        help_text="They are counted up to the same day as before, and marked as changed. All others stay as they are.",
        choices=[(key, kind[0]) for key, kind in KINDS.items()],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class CorrectedWordsForm(Form):
    """The words of one section in the corrected edition."""

    body = forms.CharField(label="Text", help_text=MARKDOWN_HELP, widget=text_area(18), required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class ReturnForm(Form):
    """Send a correction back."""

    note = forms.CharField(label="What should change", max_length=400, required=False, widget=text_area(4))


class ApproveCorrectionForm(Form):
    """Approve the one edition that was read."""

    edition = forms.IntegerField(widget=forms.HiddenInput)
