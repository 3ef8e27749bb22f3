"""Forms about milestones, commitments and learning notes. Rules live in the services."""

from typing import Any

from django import forms

from impact.core.basics import clock
from impact.core.web.forms import Form, Versioned, area
from sites.progress.delivery.models import Commitment, LearningNote, Milestone


class MilestoneForm(Versioned):
    """Add or edit a milestone. Once it has a planned date, that is moved with ReplanForm."""

    class Meta:
        model = Milestone
        fields = ["title", "planned_on", "expected_on", "actual_on"]
        labels = {
            "title": "What the site aims to achieve",
            "planned_on": "Planned date",
            "expected_on": "Expected date",
            "actual_on": "Actual date",
        }
        help_texts = {
            "planned_on": "As first agreed. Once saved, you can only re-plan it, and say why.",
            "expected_on": "When people expect it as things stand today. Change it whenever that changes.",
            "actual_on": "The day it was completed. Leave this empty until then.",
        }

    def __init__(self, *args: Any, instance: Milestone | None = None, **kwargs: Any) -> None:
        super().__init__(*args, instance=instance, **kwargs)
        if instance is None:
            del self.fields["actual_on"]
        elif instance.planned_on:
            del self.fields["planned_on"]


class ReplanForm(Form):
    planned_on = forms.DateField(label="New planned date")
    reason = forms.CharField(
        max_length=400, label="Why", help_text="Everyone who can see inside the site can read this.", widget=area(2)
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class CompleteMilestoneForm(Form):
    actual_on = forms.DateField(label="Completed on", initial=clock.today)


class CommitmentForm(Versioned):
    """Add or change a commitment; whose it is stays."""

    class Meta:
        model = Commitment
        fields = ["side", "text", "due_on"]
        labels = {"side": "Who promises this?", "text": "What they promise", "due_on": "Due date"}
        help_texts = {"text": "One promise, in a sentence."}
        widgets = {"text": area(3)}

    side = forms.ChoiceField(choices=Commitment.Side, widget=forms.RadioSelect, label="Who promises this?")

    def __init__(self, *args: Any, instance: Commitment | None = None, **kwargs: Any) -> None:
        super().__init__(*args, instance=instance, **kwargs)
        if instance is not None:
            del self.fields["side"]
            self.fields[
                "text"
            ].help_text = "With a new wording it is marked as changed. The old wording stays readable."

    def _post_clean(self) -> None:
        """The service checks the row as a whole; here only what was typed is checked."""


class SettleForm(Form):
    """How a commitment ended."""

    OPEN = "open"
    hide_optional = True  # how or why is needed unless it is still open, which the service says

    state = forms.ChoiceField(
        choices=[(Commitment.State.KEPT.value, "It was kept"), (Commitment.State.NOT_KEPT.value, "It was not kept")],
        widget=forms.RadioSelect,
        label="Was it kept?",
    )
    outcome = forms.CharField(
        max_length=400, required=False, label="How, or why not", help_text="One or two sentences.", widget=area(3)
    )
    settled_on = forms.DateField(label="On which day", initial=clock.today)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, commitment: Commitment, **kwargs: Any) -> None:
        known = {"version": commitment.version}
        if commitment.is_settled:
            known |= {name: getattr(commitment, name) for name in ("state", "outcome", "settled_on")}
        super().__init__(*args, initial=known, **kwargs)
        if commitment.is_settled:
            still_open = (self.OPEN, "It is still open: what was recorded was a mistake")
            self.fields["state"].choices = [*self.fields["state"].choices, still_open]  # type: ignore[attr-defined]


class NoteForm(Versioned):
    class Meta:
        model = LearningNote
        fields = ["worked", "did_not_work", "for_whom", "setting", "noted_on"]
        labels = {
            "worked": "What worked",
            "did_not_work": "What did not work",
            "for_whom": "For whom",
            "setting": "In which setting",
            "noted_on": "Date",
        }
        help_texts = {
            "worked": "Fill in this, or the next, or both. Do not include names or anything that could identify someone.",
            "for_whom": "For example: older people who live alone, or care workers on night shifts.",
            "setting": "For example: general practices in rural areas, or supported living.",
        }
        widgets = {"worked": area(5), "did_not_work": area(5)}

    def _post_clean(self) -> None:
        """The service checks the row as a whole; here only what was typed is checked."""


class RemoveForm(Form):
    """Which row its reader saw before choosing to remove it."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    shown = forms.CharField(widget=forms.HiddenInput, required=False)
