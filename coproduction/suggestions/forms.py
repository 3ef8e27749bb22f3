"""Forms for suggestions and their answers."""

from typing import Any

import django_filters
from django import forms

from coproduction.group.forms import MemberField
from coproduction.suggestions.models import Suggestion
from impact.core.web.forms import Form, Searching, area
from networks.groups.models import Group


# --- Suggestions and positions -------------------------------------------------------------------
class SuggestForm(Form):
    """Suggest a change in one section; for a member when someone writes it down for them."""

    section = forms.IntegerField(widget=forms.HiddenInput)
    version = forms.IntegerField(widget=forms.HiddenInput)
    words = forms.CharField(
        label="What should change, and why?",
        max_length=4000,
        widget=area(4),
        help_text="A few words are fine. You will get an answer, and the group can read both.",
    )

    def __init__(self, *args: Any, for_members_of: Group | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if for_members_of is not None:
            self.fields["person"] = MemberField(for_members_of, label="Whose suggestion is it?")
            self.fields["words"].help_text = "In the member’s own words."
            self.order_fields(["person", "words"])


class AnswerForm(Form):
    """Answer a suggestion."""

    status = forms.ChoiceField(
        choices=[c for c in Suggestion.Status.choices if c[0] != Suggestion.Status.WAITING],
        label="Decision",
        widget=forms.RadioSelect,
    )
    answer = forms.CharField(
        label="Answer to the member",
        max_length=4000,
        widget=area(5),
        help_text="Say what will change, or why not this time. The member and the group read this.",
    )


class SuggestionFilter(Searching):
    """Narrow the list of suggestions."""

    q = django_filters.CharFilter(label="Search", method="by_search")
    status = django_filters.ChoiceFilter(label="Answer", choices=Suggestion.Status.choices, empty_label="Any")

    class Meta:
        model = Suggestion
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.form.hide_optional = True
