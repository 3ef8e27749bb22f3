"""Forms of the directory."""

from typing import Any

from django import forms

from impact.core.basics.vocabulary import Nation
from impact.core.web.forms import Form, Versioned, area
from networks.meetings.planning.directory.kinds import FEATURES, Kind
from networks.meetings.planning.directory.models import Provider, Venue

KNOWN = [("unknown", "Not known yet"), ("true", "Yes"), ("false", "No")]


def _answer(value: Any) -> bool | None:
    return {"true": True, True: True, "false": False, False: False}.get(value)


class VenueForm(Versioned):
    """A place to meet and its access list."""

    class Meta:
        model = Venue
        fields = ["name", "address", "nation", "website", "contact", *FEATURES, "notes", "checked_on"]
        labels = {
            **{name: label for name, (label, _words) in FEATURES.items()},
            "contact": "Phone or email of the place",
            "notes": "What else helps to know",
            "checked_on": "Last checked in person on",
        }
        help_texts = {
            "checked_on": "The day you or a colleague went through this list there. Your name is saved with it.",
            "notes": "For example which door to use, or how far it is from the bus stop.",
        }
        widgets = {"notes": area(3)}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, (label, _words) in FEATURES.items():
            there = getattr(self.instance, name)
            shown = {True: "true", False: "false"}.get(there, "unknown")
            self.fields[name] = forms.TypedChoiceField(
                choices=KNOWN, label=label, widget=forms.RadioSelect, coerce=_answer, empty_value=None, required=False
            )
            self.initial[name] = shown
        self.order_fields([*self.Meta.fields, "version"])

    def _post_clean(self) -> None:
        """The service checks the row as a whole; here only what was typed is checked."""


class ProviderForm(Versioned):
    """An agency, firm or person who provides something."""

    kinds = forms.MultipleChoiceField(choices=Kind, label="What they provide", widget=forms.CheckboxSelectMultiple)
    nations = forms.MultipleChoiceField(
        choices=[(value, label) for value, label in Nation.choices if value != Nation.UK],
        label="Where they work",
        help_text="Leave all empty for everywhere.",
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    class Meta:
        model = Provider
        fields = [
            "name",
            "kinds",
            "nations",
            "languages",
            "phone",
            "email",
            "website",
            "rates",
            "notes",
            "is_one_person",
            "is_active",
        ]
        labels = {
            "is_one_person": "This is one person, who cannot be in two places at once",
            "is_active": "They can be chosen for new bookings",
        }
        help_texts = {"notes": "Nothing about an interpreter’s private life.", "is_one_person": "", "is_active": ""}
        widgets = {"notes": area(3)}

    def _post_clean(self) -> None:
        """The service checks the row as a whole; here only what was typed is checked."""


class LeadTimesForm(Form):
    """How long before a meeting each kind has to be asked for."""

    def __init__(self, *args: Any, times: dict[str, tuple[int, bool]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in Kind:
            days, is_working = times[kind]
            self.fields[f"{kind}_days"] = forms.IntegerField(
                label=f"{kind.label}: days before the meeting", min_value=0, max_value=180, initial=days
            )
            self.fields[f"{kind}_working"] = forms.BooleanField(
                label=f"{kind.label}: count working days only", required=False, initial=is_working
            )

    @property
    def times(self) -> dict[str, tuple[int, bool]]:
        data = self.cleaned_data
        return {kind.value: (data[f"{kind}_days"], data[f"{kind}_working"]) for kind in Kind}
