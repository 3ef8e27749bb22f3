"""Forms for rounds."""

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import from_current_timezone
from django.utils import timezone

from impact.core.basics.dates import when
from impact.core.basics.versions import tidy
from impact.core.web.forms import HintedRadios, Versioned
from sites.calls.rounds.models import Round
from sites.registry.models import DeliveryModel, Site
from sites.topics.models import Topic

PURPOSE_HINTS = {
    Round.Purpose.SITES: "Organisations say that they would like to host a site. The mix is chosen from what they say.",
    Round.Purpose.COORDINATORS: "People apply to run a local network. The questions are your own; there is no mix.",
    Round.Purpose.LOCAL_NETWORKS: "Organisations apply to host a local network. The questions are your own.",
}


def uk_time(day: date, at: time) -> datetime:
    """A day and a time of day in the UK as one moment. Refuses a time that the clocks skip or have twice."""
    try:
        return from_current_timezone(datetime.combine(day, at))
    except ValidationError:
        raise ValidationError(
            "The clocks change at this time, so it comes twice or not at all. Choose a time after 2am."
        ) from None


class RoundForm(Versioned):
    """A call for expressions of interest and its statement."""

    opens_on = forms.DateField(label="Opens on")
    opens_at = forms.TimeField(label="Opens at", help_text="UK time.", initial=time(9))
    closes_on = forms.DateField(label="Closes on")
    closes_at = forms.TimeField(
        label="Closes at",
        help_text="UK time. At the end of the day: 11:59pm.",
        initial=time(17),
    )
    reason = forms.CharField(
        max_length=400,
        required=False,
        label="If you move the closing time: why",
        help_text="Applicants read this on the page. Those who have begun also get it in an email.",
    )
    delivery_models = forms.MultipleChoiceField(
        choices=DeliveryModel,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Delivery models that hosts may ask for",
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
    field_order = [
        "purpose",
        "recruits_for",
        "name",
        "opens_on",
        "opens_at",
        "closes_on",
        "closes_at",
        "reason",
        "topics",
        "delivery_models",
        "who_for",
        "offered",
        "asked",
        "guidance",
    ]
    STATEMENT = ("offered", "asked", "who_for")
    DAYS = {"opens_at": "opens_on", "closes_at": "closes_on"}
    FACTS = ("name", "opens_at", "closes_at", "topics", "delivery_models", "guidance", "recruits_for")

    class Meta:
        model = Round
        fields = ["purpose", "recruits_for", "name", "topics", "delivery_models", "guidance"]
        labels = {
            "purpose": "What is this round for?",
            "recruits_for": "Network that it recruits for",
            "guidance": "Guidance for applicants",
        }
        help_texts = {
            "recruits_for": "Only for recruitment.",
            "topics": "What sites may be about. Recruitment needs none.",
            "guidance": "How to apply, how you choose, when they hear from you, whom to ask for help. You can use Markdown.",
        }
        widgets = {
            "topics": forms.CheckboxSelectMultiple,
            "purpose": HintedRadios(PURPOSE_HINTS),
            "guidance": forms.Textarea(attrs={"rows": 10}),
        }

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        round = kwargs.get("instance")
        initial = kwargs.get("initial") or {}
        if round is not None and round.pk:
            initial |= {name: getattr(round.statement, name, "") for name in self.STATEMENT}
            for name, day in self.DAYS.items():
                moment = timezone.localtime(getattr(round, name))
                initial |= {day: moment.date(), name: moment.time()}
        super().__init__(*args, **{**kwargs, "initial": initial})
        networks = Site.objects.visible_to(user).filter(delivery_model=DeliveryModel.NETWORK)
        self.fields["topics"].queryset = Topic.objects.visible_to(user)  # type: ignore[attr-defined]
        self.fields["recruits_for"].queryset = networks  # type: ignore[attr-defined]
        self.fields["recruits_for"].empty_label = "None"  # type: ignore[attr-defined]
        if round is not None and round.pk:
            del self.fields["purpose"]
            if not round.is_announced:
                del self.fields["reason"]
            unused = ["topics", "delivery_models"] if round.is_recruitment else ["recruits_for"]
            for name in unused:
                del self.fields[name]
        else:
            del self.fields["reason"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for name, day in self.DAYS.items():
            if data.get(day) and data.get(name):
                try:
                    data[name] = uk_time(data[day], data[name])
                except ValidationError as error:
                    self.add_error(name, error)
        if data.get("opens_at") and data.get("closes_at") and not self.errors and data["closes_at"] <= data["opens_at"]:
            self.add_error("closes_on", "The round closes before it opens. Choose a later closing time.")
        return data

    def groups(self) -> list[list[forms.BoundField]]:
        """The fields as the page shows them: a day beside its time of day, the rest each on a line."""
        days = {time: self[day] for time, day in self.DAYS.items()}
        return [
            [days[field.name], field] if field.name in days else [field]
            for field in self.visible_fields()
            if field.name not in self.DAYS.values()
        ]

    def _post_clean(self) -> None:
        """The service checks the row as a whole; here only what was typed is checked."""

    @property
    def statement(self) -> dict[str, Any]:
        """In the form in which it is kept: a browser's own line ends are not a new wording."""
        return {name: tidy(self.cleaned_data[name]) for name in self.STATEMENT}

    @property
    def facts(self) -> dict[str, Any]:
        """What the round itself keeps of what was typed, in the words of its services."""
        return {name: self.cleaned_data[name] for name in self.FACTS if name in self.cleaned_data}

    def saved(self, round: Round) -> dict[str, Any]:
        """What is saved now, in the words of the form's fields, to hold beside what was typed."""
        now = {name: getattr(round, name) for name in self.facts if name != "topics"}
        if "topics" in self.fields:
            now["topics"] = list(round.topics.all())
        now |= {name: getattr(round.statement, name, "") for name in self.STATEMENT}
        for name in self.DAYS:  # a moment is compared with its time of day
            now[name], self.cleaned_data[name] = when(now[name]), when(self.cleaned_data[name])
        return now
