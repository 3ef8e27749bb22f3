"""Forms for news by email."""

from typing import Any

from django import forms

from impact.core.web.forms import Form
from sites.topics.models import Topic
from sites.updates.subscriptions.models import Wish
from sites.updates.subscriptions.services import public_topics


class WishForm(Form):
    """What to hear about."""

    wishes = forms.MultipleChoiceField(
        choices=Wish,
        widget=forms.CheckboxSelectMultiple,
        label="What do you want to hear about?",
        error_messages={"required": "Choose at least one"},
    )
    topics = forms.ModelMultipleChoiceField(
        queryset=Topic.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Topics",
        help_text="Choose none to hear about all of them.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["topics"].queryset = public_topics()  # type: ignore[attr-defined]


class SignUpForm(WishForm):
    """An address, and what to hear about. ``website`` is hidden: only programs fill it in."""

    email = forms.EmailField(label="Email address", widget=forms.EmailInput(attrs={"autocomplete": "email"}))
    website = forms.CharField(required=False, widget=forms.HiddenInput)
    field_order = ["email", "wishes", "topics"]
