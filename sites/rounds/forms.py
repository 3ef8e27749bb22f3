"""Forms for rounds."""

from typing import Any

from django import forms

from impact.core.web.forms import Versioned
from sites.registry.models import DeliveryModel
from sites.rounds.models import Round
from sites.topics.models import Topic


class RoundForm(Versioned):
    """A call for expressions of interest and its statement."""

    delivery_models = forms.MultipleChoiceField(
        choices=DeliveryModel,
        widget=forms.CheckboxSelectMultiple,
        label="Delivery models that hosts may ask for",
        error_messages={"required": "Choose at least one delivery model"},
    )
    offered = forms.CharField(
        label="What we offer",
        help_text="Funding and support, in plain words. You can use Markdown.",
        widget=forms.Textarea(attrs={"rows": 7}),
    )
    asked = forms.CharField(
        label="What we ask in return",
        help_text="For example co-production, and sharing what is learned.",
        widget=forms.Textarea(attrs={"rows": 7}),
    )
    who_for = forms.CharField(
        label="Who should consider applying",
        required=False,
        help_text="Name the kinds of organisation that do not usually come forward.",
        widget=forms.Textarea(attrs={"rows": 7}),
    )
    field_order = ["name", "opens_on", "closes_on", "topics", "delivery_models", "offered", "asked", "who_for"]
    STATEMENT = ("offered", "asked", "who_for")

    class Meta:
        model = Round
        fields = ["name", "opens_on", "closes_on", "topics", "delivery_models"]
        labels = {"opens_on": "Opens on", "closes_on": "Closes on"}
        widgets = {"topics": forms.CheckboxSelectMultiple}

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        round = kwargs.get("instance")
        statement = round.statement if round is not None and round.pk else None
        if statement:
            words = {name: getattr(statement, name) for name in self.STATEMENT}
            kwargs["initial"] = {**(kwargs.get("initial") or {}), **words}
        super().__init__(*args, **kwargs)
        self.fields["topics"].queryset = Topic.objects.visible_to(user)  # type: ignore[attr-defined]

    @property
    def statement(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.STATEMENT}

    @property
    def facts(self) -> dict[str, Any]:
        return {
            name: self.cleaned_data[name] for name in ("name", "opens_on", "closes_on", "topics", "delivery_models")
        }
