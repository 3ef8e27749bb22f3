"""Forms for topics and their scores."""

from typing import Any

from django import forms

from impact.core.web.forms import Versioned
from sites.topics.models import Topic


class TopicForm(Versioned):
    class Meta:
        model = Topic
        fields = ["name", "summary", "source", "proposed_for"]
        labels = {
            "summary": "What it is about",
            "source": "Where it came from",
            "proposed_for": "Candidate for the year",
        }
        help_texts = {"summary": "One or two sentences.", "proposed_for": "For example 2024. Empty: already chosen."}
        widgets = {"summary": forms.Textarea(attrs={"rows": 3})}


SCORE_CHOICES = [("", "Not scored yet"), *[(n, f"{n} out of 5") for n in range(6)]]


class ScoreForm(Versioned):
    """A topic's four scores."""

    class Meta:
        model = Topic
        fields = [field for field, _label in Topic.CRITERIA]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in Topic.CRITERIA:
            self.fields[name] = forms.TypedChoiceField(
                label=label, choices=SCORE_CHOICES, coerce=int, empty_value=None, required=False
            )
