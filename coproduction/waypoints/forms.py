"""Forms for waypoints."""

from typing import Any

from django import forms

from coproduction.waypoints.models import LONGEST_SUMMARY, QUESTIONS, Waypoint, usual_opening
from impact.core.basics import clock
from impact.core.web.forms import MARKDOWN_HELP, Form, ModelForm, Versioned, area

ASKED = {
    "label": "What members are asked",
    "help_text": "One question on each line, six at most. You can change them until members are asked.",
}


# --- Waypoints -----------------------------------------------------------------------------------
class WaypointForm(ModelForm):
    """Plan a waypoint."""

    class Meta:
        model = Waypoint
        fields = ["title", "due_on", "opens_on", "questions"]
        labels = {
            "title": "Name of the waypoint",
            "due_on": "When the group will take stock",
            "opens_on": "First day for answers",
            "questions": ASKED["label"],
        }
        help_texts = {
            "title": "For example: Spring waypoint.",
            "due_on": "Members can answer until this day.",
            "opens_on": "Leave empty for the usual number of days before.",
            "questions": ASKED["help_text"],
        }
        widgets = {"questions": area(4)}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["questions"] = self.initial.get("questions") or "\n".join(QUESTIONS)


class EditWaypointForm(Versioned):
    """Change what a waypoint is called, when it opens and what it asks."""

    class Meta:
        model = Waypoint
        fields = ["title", "opens_on", "questions"]
        labels = {"title": "Name of the waypoint", "opens_on": "First day for answers", "questions": ASKED["label"]}
        help_texts = {"opens_on": "", "questions": ASKED["help_text"]}
        widgets = {"questions": area(5)}

    def __init__(self, *args: Any, instance: Waypoint, **kwargs: Any) -> None:
        super().__init__(*args, instance=instance, **kwargs)
        self.initial["questions"] = "\n".join(instance.question_list)
        self.initial["opens_on"] = instance.opens_on or usual_opening(instance.due_on)
        self.fields["opens_on"].required = True
        if instance.opened_on:
            for name in ("opens_on", "questions"):
                self.fields[name].disabled = True

    def _post_clean(self) -> None:
        """The service sets the fields and checks the row."""


class MoveForm(Form):
    """Move a waypoint to another day."""

    due_on = forms.DateField(label="New day on which the group takes stock", help_text="Members can answer until then.")
    reason = forms.CharField(
        label="Why it is moved", max_length=400, widget=area(3), help_text="Members read this. Do not name people."
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


class CancelForm(Form):
    """Cancel a waypoint."""

    reason = forms.CharField(
        label="Why it is cancelled", max_length=400, widget=area(3), help_text="Members read this. Do not name people."
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


class RhythmForm(Form):
    """How often the group takes stock."""

    months = forms.IntegerField(
        label="Months from one waypoint to the next",
        min_value=0,
        max_value=36,
        help_text="The next waypoint is planned by itself once one is recorded. 0: you plan each one yourself.",
    )
    notice_days = forms.IntegerField(
        label="Days that members have to answer", min_value=1, max_value=90, help_text="Two weeks or more is fair."
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class RecordWaypointForm(ModelForm):
    """Keep what the group found at a waypoint."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Waypoint
        fields = ["held_on", "finding", "outcome", "no_change_reason"]
        labels = {
            "held_on": "Day it was held",
            "finding": "What the group found",
            "outcome": "What it led to",
            "no_change_reason": "Why no change is needed",
        }
        help_texts = {
            "outcome": "“No change” is an answer too.",
            "no_change_reason": "Only if nothing changes. Members read this.",
        }
        widgets = {
            "finding": forms.RadioSelect,
            "outcome": forms.RadioSelect,
            "no_change_reason": area(3),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.Meta.fields[:-1]:
            self.fields[name].required = True
        for number, question in enumerate(self.instance.question_list):
            self.fields[f"summary_{number}"] = forms.CharField(
                label=question,
                max_length=LONGEST_SUMMARY,
                widget=area(6),
                error_messages={"required": "Write down what the group said"},
                help_text="" if number else f"The group’s summary, from what members shared. No names. {MARKDOWN_HELP}",
            )
        self.order_fields(["held_on", *self._summary_fields])
        self.fields["finding"].choices = Waypoint.Finding.choices  # type: ignore[attr-defined]
        self.fields["outcome"].choices = Waypoint.Outcome.choices  # type: ignore[attr-defined]
        self.initial["held_on"] = self.initial.get("held_on") or clock.today()
        if self.instance.pk:
            self.initial["version"] = self.instance.version

    def _post_clean(self) -> None:
        """The service sets the fields and checks the row; the instance must stay as it is stored until then."""

    @property
    def _summary_fields(self) -> list[str]:
        return [f"summary_{number}" for number in range(len(self.instance.question_list))]

    @property
    def changes(self) -> dict[str, Any]:
        """What the service takes: the texts in the order of the questions."""
        given = {name: value for name, value in self.cleaned_data.items() if name in self.Meta.fields}
        return {**given, "summary": [self.cleaned_data[name] for name in self._summary_fields]}
