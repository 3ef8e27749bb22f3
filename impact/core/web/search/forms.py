"""What one can search for, and the filters."""

from django import forms

from impact.core.basics.vocabulary import Nation
from impact.core.web.forms import Form
from impact.core.web.search.registry import KINDS
from impact.core.web.search.words import LONGEST


def kind_choices(*, is_signed_in: bool = True) -> list[tuple[str, str]]:
    """Every kind that there is for someone, and what several of it are called."""
    return [(kind.kind, kind.many) for kind in KINDS.values() if is_signed_in or kind.is_public]


class SearchForm(Form):
    """The search box with its filters."""

    hide_optional = True  # a search needs nothing in particular

    q = forms.CharField(
        label="Search for",
        max_length=LONGEST,
        required=False,
        error_messages={"max_length": f"Search for fewer words: {LONGEST} characters are the most."},
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "spellcheck": "true"}),
    )
    kind = forms.ChoiceField(label="Kind", required=False)
    nation = forms.ChoiceField(label="Nation", required=False, choices=[("", "Any nation"), *Nation.choices])
    after = forms.DateField(label="From", required=False)
    before = forms.DateField(label="To", required=False)

    def __init__(self, *args: object, is_signed_in: bool = True, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [("", "Everything"), *kind_choices(is_signed_in=is_signed_in)]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, object]:
        """The first day is not after the last."""
        data: dict[str, object] = super().clean() or {}
        after, before = self.cleaned_data.get("after"), self.cleaned_data.get("before")
        if after and before and after > before:
            self.add_error("before", "Choose a last day that is not before the first.")
        return data
