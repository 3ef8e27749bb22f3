"""Forms about the papers of a meeting. Rules live in the services."""

from typing import Any

from django import forms

from impact.core.basics.vocabulary import EvidenceKind, Format
from impact.core.web.files import uploads
from impact.core.web.files.uploads import MB, PAPER_LIMIT, PAPERS
from impact.core.web.forms import Form
from networks.meetings.models import Meeting

TAKEN = ", ".join(words for _type, words in PAPERS.values())
FILE_HINT = f"Up to {PAPER_LIMIT // MB} MB. {TAKEN}."
ACCEPTED = {"accept": ",".join(f".{extension}" for extension in PAPERS)}


class MaterialChangeForm(Form):
    """What a paper is, and where it is."""

    title = forms.CharField(max_length=160, label="What it is")
    evidence_kind = forms.ChoiceField(choices=EvidenceKind.choices, widget=forms.RadioSelect, label="Kind of evidence")
    url = forms.URLField(
        required=False,
        label="Web address",
        help_text="Where it can be read, if it is on the web.",
        assume_scheme="https",
    )
    formats = forms.MultipleChoiceField(
        required=False,
        choices=Format.choices,
        widget=forms.CheckboxSelectMultiple,
        label="Formats that people get another way",
        help_text="On the web, by post or by email. The formats of files you upload are added automatically.",
    )


class SendAnyway(forms.Form):
    """Asks, once a file turns out to hold macros or JavaScript, whether it goes out as it is."""

    send_anyway = forms.BooleanField(required=False, label=uploads.SEND_ANYWAY, widget=forms.HiddenInput)

    def accepted(self, file: Any) -> uploads.Upload:
        field = self.fields["send_anyway"]
        try:
            return uploads.accept_paper(file, send_anyway=bool(self.data.get(self.add_prefix("send_anyway"))))
        except uploads.ActiveContent:
            field.widget = forms.CheckboxInput()
            raise

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        cleaned.pop("send_anyway", None)
        return cleaned


class MaterialForm(SendAnyway, MaterialChangeForm):
    """List something that goes out before a meeting."""

    field_order = ["title", "evidence_kind", "file", "send_anyway", "file_format", "url", "formats", "sent_on"]
    file = forms.FileField(
        required=False, label="File", help_text=FILE_HINT, widget=forms.ClearableFileInput(attrs=ACCEPTED)
    )
    file_format = forms.ChoiceField(
        choices=Format.choices, initial=Format.STANDARD, required=False, label="The format of this file"
    )
    sent_on = forms.DateField(required=False, label="Sent on", help_text="Leave empty if it has not gone out yet.")

    def clean_file_format(self) -> str:
        return self.cleaned_data["file_format"] or Format.STANDARD

    def clean_file(self) -> uploads.Upload | None:
        return self.accepted(self.cleaned_data["file"]) if self.cleaned_data["file"] else None


class MaterialVersionForm(SendAnyway, Form):
    """Another format of a paper, or a new version of one."""

    field_order = ["file", "send_anyway", "format", "note"]
    file = forms.FileField(label="File", help_text=FILE_HINT, widget=forms.ClearableFileInput(attrs=ACCEPTED))
    format = forms.ChoiceField(choices=Format.choices, label="Format")
    note = forms.CharField(
        max_length=200,
        required=False,
        label="What changed",
        help_text="For a new version. For example: the figures for Wales are corrected.",
    )

    def clean_file(self) -> uploads.Upload:
        return self.accepted(self.cleaned_data["file"])


class UseAgainForm(Form):
    """The meeting at which a paper is used again."""

    meeting = forms.ModelChoiceField(queryset=Meeting.objects.none(), label="Meeting", empty_label="Choose a meeting")

    def __init__(self, *args: Any, meetings: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["meeting"].queryset = meetings  # type: ignore[attr-defined]
