"""Forms about themes. The rules live in the services."""

from typing import Any

from django import forms

from impact.core.web.forms import Form, Versioned
from networks.themes.models import Theme


class ThemeForm(Versioned):
    """A theme's name and what it covers."""

    class Meta:
        model = Theme
        fields = ["name", "description"]
        labels = {"description": "What it covers"}
        help_texts = {
            "name": "A few words that people would say. Not whether it helps or gets in the way.",
            "description": "One or two sentences, so that everyone codes in the same way.",
        }
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}

    def _post_clean(self) -> None:
        """The service checks the row as a whole; here only what was typed is checked."""


class MergeThemeForm(Form):
    """Which theme another lives on in, and why."""

    into = forms.ModelChoiceField(
        queryset=Theme.objects.none(),
        to_field_name="slug",
        label="Theme to keep",
        empty_label="Choose a theme",
    )
    reason = forms.CharField(
        max_length=400, required=False, label="Why they mean the same thing", widget=forms.Textarea(attrs={"rows": 2})
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    into_version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, theme: Theme, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.theme = theme
        self.fields["into"].queryset = Theme.objects.in_use().exclude(pk=theme.pk)  # type: ignore[attr-defined]
        if not self.is_bound:
            del self.fields["reason"]

    def for_confirming(self, into: Theme) -> "MergeThemeForm":
        """The same form with the versions that the preview shows; the choice is settled."""
        self.data = self.data.copy()  # type: ignore[attr-defined]
        self.data |= {"version": str(self.theme.version), "into_version": str(into.version)}  # type: ignore[operator]
        self.fields["into"].widget = forms.HiddenInput()
        return self
