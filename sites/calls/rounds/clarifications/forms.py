"""Forms for questions about a round."""

from typing import Any

import django_filters
from django import forms

from impact.core.web.forms import MARKDOWN_HELP, FilterForm, Form, Versioned, area
from sites.calls.rounds.clarifications.models import Clarification


class AskForm(Form):
    """A question from anyone, with or without an address for the answer."""

    words = forms.CharField(
        label="Your question",
        max_length=Clarification.LONGEST,
        help_text="Do not name yourself, your organisation or anyone else: we publish the question with our answer.",
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": "Write your question"},
    )
    email = forms.EmailField(
        label="Your email address",
        required=False,
        help_text="Only if you would like the answer by email. We do not show it to anyone, and delete it afterwards.",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    website = forms.CharField(  # people do not see it; programs that fill in every field do
        label="Leave this empty",
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )


class AnswerForm(Versioned):
    """The question as everyone reads it, and the answer."""

    question = forms.CharField(
        label="The question, as everyone will read it",
        max_length=Clarification.LONGEST,
        help_text="Take out anything that could show who asked: names, places, the organisation, unusual details.",
        widget=area(4),
    )
    answer = forms.CharField(label="The answer", help_text=MARKDOWN_HELP, widget=area(8))

    class Meta:
        model = Clarification
        fields = ["question", "answer"]

    def __init__(self, *args: Any, instance: Clarification, **kwargs: Any) -> None:
        initial = {"question": instance.question or instance.words}
        super().__init__(*args, instance=instance, initial=initial, **kwargs)

    def _post_clean(self) -> None:
        """The service checks the row as a whole; here only what was typed is checked."""


class ClarificationFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(choices=Clarification.State, label="State", empty_label="All")

    class Meta:
        model = Clarification
        fields = ["state"]
        form = FilterForm
