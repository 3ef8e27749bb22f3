"""Forms about organisations, topics, sites, their parts, and rounds. Rules live in the services."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models

from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.basics.dates import day
from impact.core.basics.versions import Conflict
from impact.core.basics.vocabulary import Nation
from impact.core.people import lookup
from impact.core.people.models import Person
from impact.core.web.forms import Form, ModelForm
from sites.models import (
    DeliveryModel,
    Milestone,
    Organisation,
    OrganisationPart,
    Round,
    Site,
    SiteRole,
    Topic,
    Unit,
    UnitChange,
    Update,
)


def show_error(form: forms.BaseForm, error: ValidationError) -> None:
    """Put a service's refusal beside the field it is about, or on top; what was typed stays."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for field, errors in error.error_dict.items():
        form.add_error(field if field in form.fields and field != NON_FIELD_ERRORS else None, errors)


def _in_words(field: forms.Field, value: Any) -> str:
    if isinstance(field, forms.ModelMultipleChoiceField):
        return ", ".join(sorted(str(row) for row in value))
    if isinstance(field, forms.MultipleChoiceField):
        labels = dict(field.choices)  # type: ignore[arg-type]
        return ", ".join(str(labels.get(item, item)) for item in value)
    if isinstance(field, forms.ChoiceField) and not isinstance(field, forms.ModelChoiceField):
        return str(dict(field.choices).get(value, value))  # type: ignore[arg-type]
    return day(value) or ("" if value is None else str(value))


def show_conflict(form: Any, conflict: Conflict, now: Mapping[str, Any]) -> list[dict[str, str]]:
    """Somebody saved first: keep what was typed, take the new version, and give the differences side by side.

    ``now``: field → what is saved now. Returns dicts of label, theirs, yours for the fields that differ.
    """
    typed = dict(form.cleaned_data)
    form.data = form.data.copy()
    form.data["version"] = str(conflict.current.version)  # type: ignore[attr-defined]
    form.add_error(None, conflict.messages[0])
    rows = []
    for name, saved in now.items():
        field = form.fields[name]
        theirs, yours = _in_words(field, saved), _in_words(field, typed.get(name))
        if theirs != yours:
            rows.append({"label": form[name].label, "theirs": theirs, "yours": yours})
    return rows


def name_blanks(form: forms.BaseForm) -> None:
    """Give the empty answer of each list words instead of dashes."""
    for field in form.fields.values():
        if isinstance(field, forms.ChoiceField) and not isinstance(field, forms.ModelChoiceField):
            words = "Choose one" if field.required else "Not recorded"
            field.choices = [(v, words if v == "" and "--" in str(label) else label) for v, label in field.choices]  # type: ignore[misc]


class Versioned(ModelForm):
    """A form about one row that remembers which version it was opened with."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, instance: models.Model | None = None, **kwargs: Any) -> None:
        initial = kwargs.pop("initial", None) or {}
        if instance is not None:
            initial.setdefault("version", instance.version)  # type: ignore[attr-defined]
        super().__init__(*args, instance=instance, initial=initial, **kwargs)
        name_blanks(self)

    @property
    def changes(self) -> dict[str, Any]:
        """What was typed, without the version."""
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}


class OrganisationForm(Versioned):
    class Meta:
        model = Organisation
        fields = ["name", "kind", "nation", "summary", "website"]
        labels = {"kind": "What kind of organisation", "summary": "What it does", "website": "Web address"}
        help_texts = {
            "nation": "Leave empty when it is outside the UK.",
            "summary": "One or two sentences.",
            "website": "For example https://www.example.org",
        }
        widgets = {"summary": forms.Textarea(attrs={"rows": 3}), "website": forms.URLInput}


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


class SiteForm(Versioned):
    """What is recorded about a site. Hosts and topics are those that the writer may see."""

    nations = forms.MultipleChoiceField(
        choices=Nation,
        widget=forms.CheckboxSelectMultiple,
        label="Nations",
        help_text="Choose UK-wide, or one or more nations.",
        error_messages={"required": "Choose at least one nation"},
    )
    field_order = ["name", "delivery_model", "topic", "nations"]

    class Meta:
        model = Site
        fields = [
            "name",
            "delivery_model",
            "topic",
            "host",
            "place",
            "summary",
            "starts_on",
            "ends_on",
            "origin",
            "origin_note",
            "unit_name",
        ]
        labels = {
            "host": "Host organisation",
            "summary": "What it is about",
            "starts_on": "First day",
            "ends_on": "Last day",
            "origin": "Where it came from",
            "origin_note": "More about where it came from",
            "unit_name": "What its roster counts",
        }
        help_texts = {
            "name": "Short and plain. It heads the site's page.",
            "place": "For example a town, a county or a trust's area.",
            "summary": "For anybody to read. You can use Markdown.",
            "unit_name": "One of them, for example: general practice. Leave empty when the site has no roster.",
        }

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        site = kwargs.get("instance")
        if site is not None and site.pk:
            nations = list(site.nations.values_list("nation", flat=True))
            kwargs["initial"] = {**(kwargs.get("initial") or {}), "nations": nations}
        super().__init__(*args, **kwargs)
        if site is not None and site.pk and not has_perm(user, "sites.change_model", site):
            del self.fields["delivery_model"]
        host = self.fields["host"]
        host.queryset = Organisation.objects.visible_to(user)  # type: ignore[attr-defined]
        host.empty_label = "Not chosen yet"  # type: ignore[attr-defined]
        topic = self.fields["topic"]
        topic.queryset = Topic.objects.visible_to(user)  # type: ignore[attr-defined]
        topic.empty_label = "Choose a topic"  # type: ignore[attr-defined]


class StatusForm(Form):
    """Move a site one step on."""

    status = forms.ChoiceField(label="New status", widget=forms.RadioSelect)
    on = forms.DateField(label="From which day", widget=forms.DateInput)
    reason = forms.CharField(
        max_length=400,
        required=False,
        label="Why",
        help_text="Needed for a pause and for a step back. It is kept for the record.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        super().__init__(*args, initial={"version": site.version, "on": clock.today()}, **kwargs)
        choices = Site.NEXT_STATUSES[Site.Status(site.status)]
        self.fields["status"].choices = [(c.value, c.label) for c in choices]  # type: ignore[attr-defined]


class RoleForm(ModelForm):
    class Meta:
        model = SiteRole
        fields = ["kind", "employer"]
        labels = {"kind": "Which post", "employer": "Who employs them"}

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name_blanks(self)
        employer = self.fields["employer"]
        employer.queryset = Organisation.objects.visible_to(user)  # type: ignore[attr-defined]
        employer.empty_label = "Not known yet"  # type: ignore[attr-defined]


class WithdrawForm(Form):
    """Why news is no longer public."""

    reason = forms.CharField(
        max_length=400,
        label="Why",
        help_text="For those who work on the site, for example: the date was wrong.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class RosterPasteForm(Form):
    """Many units at once, one on each line."""

    names = forms.CharField(
        max_length=40_000, label="Names", help_text="One on each line.", widget=forms.Textarea(attrs={"rows": 12})
    )
    listed_from = forms.DateField(
        label="On the roster from",
        help_text="The first day on which they count towards the whole.",
        initial=clock.today,
    )


class PersonField(forms.ModelChoiceField):
    """One of the people we know, each with how they sign in, so that nobody is taken for a namesake."""

    def label_from_instance(self, obj: Any) -> str:
        return lookup.who(obj)


class AppointForm(Form):
    """Who takes a post, from when, and what they bring."""

    person = PersonField(
        queryset=Person.objects.select_related("user"),
        label="Who was appointed",
        empty_label="Choose a person",
        help_text="From the first day on they can see the inside of this site and keep it up to date.",
    )
    starts_on = forms.DateField(label="First day", widget=forms.DateInput, initial=clock.today)
    has_lived_experience = forms.BooleanField(required=False, label="Brings lived experience")
    has_practice_experience = forms.BooleanField(required=False, label="Brings practice experience")


class EndRoleForm(Form):
    ends_on = forms.DateField(label="Last day", widget=forms.DateInput, initial=clock.today)


class PartForm(ModelForm):
    """A funder, partner or friend of a site."""

    class Meta:
        model = OrganisationPart
        fields = ["organisation", "part", "note"]
        labels = {"part": "What part it plays"}
        help_texts = {"note": "A few words, for example what it pays for."}

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name_blanks(self)
        organisation = self.fields["organisation"]
        organisation.queryset = Organisation.objects.visible_to(user)  # type: ignore[attr-defined]
        organisation.empty_label = "Choose an organisation"  # type: ignore[attr-defined]


class MilestoneForm(ModelForm):
    class Meta:
        model = Milestone
        fields = ["title", "due_on"]
        labels = {"title": "What the site means to reach", "due_on": "By when"}


class CompleteMilestoneForm(Form):
    done_on = forms.DateField(label="Reached on", widget=forms.DateInput, initial=clock.today)


class UnitForm(ModelForm):
    class Meta:
        model = Unit
        fields = ["name", "listed_from"]
        labels = {"listed_from": "On the roster from"}
        help_texts = {"listed_from": "The first day on which it counts towards the whole."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {"listed_from": clock.today(), **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)


class UnitChangeForm(ModelForm):
    """Where a unit of the roster now stands."""

    unit = forms.ModelChoiceField(queryset=Unit.objects.none(), empty_label="Choose one")
    field_order = ["unit", "state", "on", "reason"]

    class Meta:
        model = UnitChange
        fields = ["state", "on", "reason"]
        labels = {"state": "Where it stands now", "on": "From which day"}
        help_texts = {"reason": "Needed when it declined. Otherwise only if it helps others to understand."}
        widgets = {"state": forms.RadioSelect, "reason": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        kwargs["initial"] = {"on": clock.today(), **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        unit = self.fields["unit"]
        unit.queryset = site.units.all()  # type: ignore[attr-defined]
        unit.label = (site.unit_name or "unit").capitalize()
        self.fields["state"].choices = UnitChange.State.choices  # type: ignore[attr-defined]


class DelistForm(Form):
    listed_to = forms.DateField(label="Last day on the roster", widget=forms.DateInput, initial=clock.today)


class UpdateForm(Versioned):
    class Meta:
        model = Update
        fields = ["title", "body"]
        labels = {"body": "What happened"}
        help_texts = {
            "title": "Say the news in a few words.",
            "body": "Short and plain, for anybody to read. Name no one who has not agreed. You can use Markdown.",
        }
        widgets = {"body": forms.Textarea(attrs={"rows": 12})}


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
        label="Who should think of applying",
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
    def statement(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in self.STATEMENT}

    @property
    def facts(self) -> dict[str, Any]:
        return {
            name: self.cleaned_data[name] for name in ("name", "opens_on", "closes_on", "topics", "delivery_models")
        }
