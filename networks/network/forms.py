"""Forms for starting a network and explaining its nations."""

from typing import Any

from django import forms
from django.forms import formset_factory

from impact.core.basics.vocabulary import FOUR_NATIONS, Nation
from impact.core.web.forms import Form
from networks.network.services import LocalNetworkInput
from sites.organisations.models import Organisation
from sites.topics.models import Topic


class NationsForm(Form):
    """Why a network is not in all four nations."""

    reason = forms.CharField(
        max_length=400,
        required=False,
        label="Reason",
        help_text="One or two sentences. Leave empty to remove an explanation.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class NetworkStartForm(Form):
    """What a new network is about."""

    name = forms.CharField(max_length=120, label="Name of the network", help_text="Short and plain.")
    topic = forms.ModelChoiceField(queryset=Topic.objects.none(), empty_label="Choose a topic")
    host = forms.ModelChoiceField(
        queryset=Organisation.objects.none(), required=False, empty_label="Not chosen yet", label="Host organisation"
    )
    summary = forms.CharField(
        required=False,
        max_length=5000,
        label="What it is about",
        help_text="Anyone can read this. You can use Markdown.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    starts_on = forms.DateField(label="First day")
    ends_on = forms.DateField(label="Last day", help_text="Six months are usual: time for four meetings.")

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["topic"].queryset = Topic.objects.visible_to(user)  # type: ignore[attr-defined]
        self.fields["host"].queryset = Organisation.objects.visible_to(user)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("starts_on") and data.get("ends_on") and data["ends_on"] < data["starts_on"]:
            self.add_error("ends_on", "The last day is before the first. Choose a later one.")
        return data


class LocalNetworkForm(Form):
    """One local network of a new network. Without a nation it is left out."""

    hide_optional = True
    nation = forms.ChoiceField(
        choices=[("", "Leave this one out"), *[(n.value, n.label) for n in FOUR_NATIONS]],
        required=False,
        label="Nation",
    )
    name = forms.CharField(
        max_length=160, required=False, label="Name", help_text="Leave empty for the network's name and the nation."
    )
    place = forms.CharField(max_length=120, required=False, label="Place")
    starts_on = forms.DateField(required=False, label="First day", help_text="Leave empty for the network's.")
    ends_on = forms.DateField(required=False, label="Last day", help_text="Leave empty for the network's.")
    coordinator_name = forms.CharField(max_length=120, required=False, label="Coordinator")
    coordinator_email = forms.EmailField(
        required=False, label="Their email address", help_text="If we know it, the name is not needed."
    )

    @property
    def given(self) -> LocalNetworkInput:
        return LocalNetworkInput(**{name: self.cleaned_data[name] for name in self.fields})


LocalNetworkFormSet = formset_factory(LocalNetworkForm, extra=0, max_num=20, absolute_max=20)
ONE_EACH = [{"nation": Nation(nation).value} for nation in FOUR_NATIONS]
