"""Forms for charters, sections and drafts."""

from typing import Any

from django import forms

from coproduction.charter.models import Charter, CharterSection, CharterVersion
from impact.core.web.forms import MARKDOWN_HELP, Form, ModelForm, area


# --- The charter ---------------------------------------------------------------------------------
class CharterForm(ModelForm):
    """Start a charter."""

    class Meta:
        model = Charter
        fields = ["title"]
        labels = {"title": "Title of the charter"}
        help_texts = {"title": "For example: How we work together."}


class SectionForm(ModelForm):
    """Add a section."""

    class Meta:
        model = CharterSection
        fields = ["title", "kind"]
        labels = {"title": "Title of the section", "kind": "Kind of section"}
        help_texts = {"kind": "Something known from the start, or left for the group to fill in."}
        widgets = {"kind": forms.RadioSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = CharterSection.Kind.choices  # type: ignore[attr-defined]


class SectionTextForm(Form):
    """The words of one section of a draft."""

    hide_optional = True

    revision = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)
    seen = forms.CharField(max_length=64, widget=forms.HiddenInput)
    body = forms.CharField(
        label="Section text",
        required=False,
        max_length=20_000,
        widget=area(10),
        help_text=MARKDOWN_HELP,
        strip=True,
    )


class DraftForm(Form):
    """Choose which words the next draft starts from."""

    start_from = forms.ModelChoiceField(
        queryset=CharterVersion.objects.none(), label="Start from the text of", empty_label=None
    )

    def __init__(self, *args: Any, charter: Charter, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["start_from"]
        field.queryset = charter.versions.order_by("-number")  # type: ignore[attr-defined]
        field.label_from_instance = lambda v: f"Version {v.number} ({v.get_status_display().lower()})"  # type: ignore[attr-defined]
        field.initial = charter.agreed_version or charter.versions.first()
