"""The form of a year's list: a place and a reason for each candidate."""

from typing import Any

from django import forms

from impact.core.web.forms import MARKDOWN_HELP, Form, area
from sites.topics.lists.services import Choice
from sites.topics.models import Topic
from sites.topics.scoring.models import TopicYear


class ListForm(Form):
    """Which topics are chosen, in order, and why each is or is not."""

    hide_optional = True

    introduction = forms.CharField(
        max_length=4000,
        required=False,
        widget=area(4),
        label="How the list was chosen",
        help_text=f"Everyone reads this above the list. {MARKDOWN_HELP}",
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, *args: Any, year: TopicYear, topics: list[Topic], is_correction: bool = False, **kwargs: Any
    ) -> None:
        held = {entry.topic_id: entry for entry in year.entries.all()}
        initial: dict[str, Any] = {"introduction": year.introduction, "version": year.version}
        for topic in topics:
            if topic.pk in held:
                initial |= {f"place_{topic.pk}": held[topic.pk].place, f"reason_{topic.pk}": held[topic.pk].reason}
        super().__init__(*args, initial=initial, **kwargs)
        self.topics = topics
        places = [("", "Not chosen"), *[(n, f"Number {n}") for n in range(1, len(topics) + 1)]]
        for topic in topics:
            self.fields[f"place_{topic.pk}"] = forms.TypedChoiceField(
                label=f"Place of {topic.name}", choices=places, coerce=int, empty_value=None, required=False
            )
            self.fields[f"reason_{topic.pk}"] = forms.CharField(
                label=f"Reason for {topic.name}",
                max_length=600,
                required=False,
                widget=area(3),
                help_text="Why it is chosen, or why not this year. Everyone reads this.",
            )
        if is_correction:
            self.fields["correction"] = forms.CharField(
                max_length=400,
                widget=area(2),
                label="What is corrected",
                help_text="Everyone reads this beside the list. What was published before stays readable.",
            )

    @property
    def parts(self) -> list[tuple[Topic, Any, Any]]:
        """(topic, place, reason) for each candidate."""
        return [(topic, self[f"place_{topic.pk}"], self[f"reason_{topic.pk}"]) for topic in self.topics]

    @property
    def choices(self) -> list[Choice]:
        """What was decided about each candidate."""
        data = self.cleaned_data
        return [Choice(topic, data[f"place_{topic.pk}"], data[f"reason_{topic.pk}"]) for topic in self.topics]
