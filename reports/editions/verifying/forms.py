"""The form on which people check a copy of a report."""

from typing import Any

from django import forms
from django.template.defaultfilters import filesizeformat

from impact.core.web.files.uploads import MB
from impact.core.web.forms import Form
from reports.editions.verifying.services import hash_of, tidy_hash

LARGEST = 30 * MB


class VerifyForm(Form):
    """A file, or its check code."""

    hide_optional = True

    file = forms.FileField(
        label="The file",
        required=False,
        help_text=f"A report that you downloaded or were sent, of up to {LARGEST // MB} MB. We do not keep it.",
    )
    sha256 = forms.CharField(
        label="Or its check code (SHA-256)",
        required=False,
        max_length=200,
        help_text="64 letters and figures. Programs that check files print it.",
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file and file.size > LARGEST:
            raise forms.ValidationError(
                f"This file is {filesizeformat(file.size)}. None of our reports is larger than {LARGEST // MB} MB, "
                "so it is not one of ours. Choose another file."
            )
        return file

    def clean_sha256(self) -> str:
        given = self.cleaned_data["sha256"].strip()
        if given and not tidy_hash(given):
            raise forms.ValidationError("A check code has 64 characters: figures, and letters from a to f.")
        return tidy_hash(given)

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if not self.errors and not found.get("file") and not found.get("sha256"):
            raise forms.ValidationError("Choose a file, or enter its check code.")
        return found

    def found_hash(self) -> str:
        """The hash of what was given; a file counts before a typed code."""
        file = self.cleaned_data.get("file")
        return hash_of(file) if file else str(self.cleaned_data["sha256"])
