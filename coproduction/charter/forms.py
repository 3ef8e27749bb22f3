"""Forms for charters, sections and drafts."""

from typing import Any

from django import forms

from coproduction.charter.models import Charter, CharterSection, CharterVersion
from impact.core.web.forms import MARKDOWN_HELP, Form, ModelForm, area

LONGEST = 20_000  # characters of one section


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
        fields = ["title", "kind", "questions"]
        labels = {"title": "Title of the section", "kind": "Kind of section", "questions": "Questions to the group"}
        help_texts = {
            "kind": "Something known from the start, or left for the group to fill in.",
            "questions": "One question a line. Members see them until the section has words.",
        }
        widgets = {"kind": forms.RadioSelect, "questions": area(3)}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = CharterSection.Kind.choices  # type: ignore[attr-defined]


class SectionTextForm(Form):
    """The words of one section of a draft."""

    hide_optional = True

    revision = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)
    seen = forms.CharField(max_length=64, widget=forms.HiddenInput)
    was = forms.CharField(max_length=120, required=False, widget=forms.HiddenInput)
    title = forms.CharField(label="Title", max_length=120, required=False)
    # No max_length on the text: a browser would cut a long paste without a word.
    body = forms.CharField(label="Section text", required=False, widget=area(10), help_text=MARKDOWN_HELP, strip=True)

    def clean_title(self) -> str | None:
        """None where the page sent no title."""
        if self.add_prefix("title") not in self.data:
            return None
        title: str = self.cleaned_data["title"]
        if not title:
            raise forms.ValidationError("Enter a title for the section. To remove the section, take it out.")
        return title

    def clean_body(self) -> str:
        body: str = self.cleaned_data["body"]
        if len(body) > LONGEST:
            raise forms.ValidationError(
                f"This text has {len(body):,} characters, and a section holds {LONGEST:,} (about six pages). Shorten it, or "
                "move part of it to a new section. It is not saved yet, and stays on this page."
            )
        return body


class DraftForm(Form):
    """Choose which words the next draft starts from."""

    start_from = forms.ModelChoiceField(
        queryset=CharterVersion.objects.none(), label="Start from the text of", empty_label=None
    )

    def __init__(self, *args: Any, charter: Charter, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["start_from"]
        field.queryset = charter.versions.order_by("-number")  # type: ignore[attr-defined]
        field.label_from_instance = lambda v: f"{v.label} ({v.get_status_display().lower()})"  # type: ignore[attr-defined]
        field.initial = charter.agreed_version or charter.versions.first()
