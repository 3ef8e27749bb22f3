"""Forms of the yearly reflection."""

from datetime import timedelta
from typing import Any

from django import forms

from coproduction.group.forms import MemberField
from coproduction.reflections.figures import QUESTIONS, SCALE, Area
from coproduction.reflections.services import LONGEST, Answers
from impact.core.basics import clock
from impact.core.web.forms import Form, StepForm, area
from networks.groups.models import Group


class ReflectForm(Form):
    """A point from 1 to 5 and words, for each of the four areas. All of it may be left out."""

    hide_optional = True

    def __init__(self, *args: Any, earlier: Answers | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for key in Area:
            self.fields[key] = forms.TypedChoiceField(
                label=QUESTIONS[key],
                choices=[(point, f"{point}. {words}") for point, words in SCALE.items()],
                coerce=int,
                empty_value=None,
                required=False,
                widget=forms.RadioSelect,
            )
            self.fields[f"{key}_words"] = forms.CharField(
                label=f"What would you like to say about {key.label.lower()}?",
                required=False,
                max_length=LONGEST,
                widget=area(3),
                help_text="Your own words. Please do not name anyone.",
            )
            if earlier:
                self.initial[key] = earlier.scales.get(key)
                self.initial[f"{key}_words"] = earlier.words.get(key, "")

    @property
    def parts(self) -> list[dict[str, Any]]:
        """The fields of each area, for a page with a heading for each."""
        return [{"label": key.label, "scale": self[key], "words": self[f"{key}_words"]} for key in Area]

    @property
    def answers(self) -> Answers:
        given = self.cleaned_data
        return Answers(
            {key.value: given[key] for key in Area if given[key]},
            {key.value: given[f"{key}_words"] for key in Area if given[f"{key}_words"]},
        )


class OpenForm(Form):
    """Open this year's reflection."""

    closes_on = forms.DateField(label="Last day for answers", help_text="Allow three weeks or more.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["closes_on"].initial = clock.today() + timedelta(days=28)


class ClosingForm(StepForm):
    """Change the last day for answers."""

    closes_on = forms.DateField(label="Last day for answers")


class LinksForm(Form):
    """Send new links: to everyone, or to one member who asked for it."""

    def __init__(self, *args: Any, group: Group, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = MemberField(group, label="Who gets a new link?", required=False)
        field.empty_label = "Every member"
        field.help_text = (
            "No one knows who has answered, so a reminder goes to every member. Earlier links go on working."
        )
        self.fields["person"] = field
