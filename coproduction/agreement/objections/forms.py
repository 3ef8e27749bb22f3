"""Forms for working on an objection."""

from typing import Any

from django import forms

from coproduction.agreement.objections.models import Objection
from coproduction.agreement.objections.services import possible_talkers
from coproduction.charter.models import CharterVersion
from coproduction.suggestions.models import Suggestion
from impact.core.people.models import Person
from impact.core.web.forms import Form, area


class NoteForm(Form):
    """Add a note."""

    words = forms.CharField(
        label="Add a note",
        max_length=4000,
        widget=area(4),
        help_text="The member and the engagement lead read it, and no one else.",
    )


class AboutObjection(Form):
    """A form about one objection that remembers which version of it the page showed."""

    hide_optional = True

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, objection: Objection, **kwargs: Any) -> None:
        kwargs["initial"] = {"version": objection.version, **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)


class PlanTalkForm(AboutObjection):
    """Say who talks to the member and by when."""

    talker = forms.ModelChoiceField(
        queryset=Person.objects.none(),
        label="Who talks with the member?",
        empty_label="Choose a person",
        help_text="The engagement lead, or another member whom the member is happy to talk with.",
    )
    talk_by = forms.DateField(label="By when?")

    def __init__(self, *args: Any, objection: Objection, **kwargs: Any) -> None:
        super().__init__(*args, objection=objection, **kwargs)
        self.fields["talker"].queryset = possible_talkers(objection)  # type: ignore[attr-defined]
        self.initial = {**self.initial, "talker": objection.talker_id, "talk_by": objection.talk_by}


class TalkedForm(AboutObjection):
    """Write down a talk."""

    talked_on = forms.DateField(label="When did you talk?")
    words = forms.CharField(
        label="What was said",
        max_length=4000,
        widget=area(6),
        help_text="The member and the engagement lead read it, and no one else.",
    )


class SettleForm(AboutObjection):
    """Say how it ended when the member did not change their answer."""

    status = forms.ChoiceField(
        label="How did it end?",
        choices=[
            (Objection.Status.ADAPTED.value, "The text is changed because of it"),
            (Objection.Status.RECORDED.value, "It is recorded as disagreement"),
        ],
        widget=forms.RadioSelect,
        help_text="If the member agrees after the talk, they change their own answer and this ends by itself.",
    )
    led_to_version = forms.ModelChoiceField(
        queryset=CharterVersion.objects.none(), label="The draft that it led to", required=False, empty_label="None"
    )
    led_to_suggestion = forms.ModelChoiceField(
        queryset=Suggestion.objects.none(), label="The suggestion that it led to", required=False, empty_label="None"
    )
    reason = forms.CharField(
        label="How it ended, and why", max_length=2000, widget=area(4), help_text="The member reads this."
    )

    def __init__(self, *args: Any, objection: Objection, **kwargs: Any) -> None:
        super().__init__(*args, objection=objection, **kwargs)
        version = objection.round.version
        later = CharterVersion.objects.filter(charter=version.charter_id, number__gt=version.number)
        about = Suggestion.objects.filter(section__charter=version.charter_id).select_related("section")
        self.fields["led_to_version"].queryset = later  # type: ignore[attr-defined]
        self.fields["led_to_suggestion"].queryset = about  # type: ignore[attr-defined]
