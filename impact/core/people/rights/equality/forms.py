"""The equality questions as a form."""

from typing import Any

from django import forms

from impact.core.people.rights.equality.questions import UK, questions
from impact.core.web.forms import Form


class EqualityForm(Form):
    """The equality questions of a nation; all of them can be left out."""

    hide_optional = True

    def __init__(self, *args: Any, nation: str = UK, words: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for one in questions(nation, words=words):
            self.fields[one.key] = forms.ChoiceField(
                required=False, label=one.label, choices=one.choices, widget=forms.RadioSelect
            )
