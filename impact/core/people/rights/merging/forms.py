"""Forms for joining two records of one person."""

from typing import Any

from django import forms

from impact.core.people.models import Person
from impact.core.people.rights.merging.services import differences
from impact.core.web.forms import Form

LABELS = {
    "name": "Full name",
    "email": "Email address",
    "nation": "Nation",
    "preferred_format": "How they like to read papers",
    "preferred_language": "Language",
    "access_arrangements": "What they need in order to take part",
}


class FindForm(Form):
    """Who else could be the same person."""

    q = forms.CharField(required=False, max_length=120, label="Name or email of the other record")


class MergeForm(Form):
    """Which of two values is right where the records differ, and that it is one person."""

    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, kept: Person, other: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked = differences(kept, other)
        for name, values in self.asked.items():
            words = dict(Person._meta.get_field(name).flatchoices)  # type: ignore[union-attr]
            self.fields[name] = forms.ChoiceField(
                label=LABELS[name],
                choices=[(value, words.get(value, value)) for value in values],
                widget=forms.RadioSelect,
                error_messages={"required": "Choose which of the two is right"},
            )
        self.fields["is_one"] = forms.BooleanField(
            label="This is one person: I asked them, or know them",
            help_text="An address that both have is no proof. Couples and services share one.",
            error_messages={"required": "Make sure that it is one person, then tick the box"},
        )

    @property
    def says(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.asked}
