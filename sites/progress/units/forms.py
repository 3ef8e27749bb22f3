"""Forms for units."""

from typing import Any

from django import forms

from impact.core.basics import clock
from impact.core.web.forms import Form, ModelForm
from sites.progress.units.models import Unit, UnitChange, UnitContact
from sites.registry.models import Site


class RosterPasteForm(Form):
    """Many units at once, one on each line."""

    names = forms.CharField(
        max_length=40_000, label="Names", help_text="One on each line.", widget=forms.Textarea(attrs={"rows": 12})
    )
    listed_from = forms.DateField(
        label="On the roster from",
        help_text="The first day they count towards coverage.",
        initial=clock.today,
    )


class UnitForm(ModelForm):
    class Meta:
        model = Unit
        fields = ["name", "listed_from"]
        labels = {"listed_from": "On the roster from"}
        help_texts = {"listed_from": "The first day it counts towards coverage."}

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
        labels = {"state": "Status", "on": "From which day"}
        help_texts = {"reason": "Needed when it declined. Otherwise only if it helps others to understand."}
        widgets = {"state": forms.RadioSelect, "reason": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        kwargs["initial"] = {"on": clock.today(), **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        unit = self.fields["unit"]
        unit.queryset = site.units.all()  # type: ignore[attr-defined]
        unit.label = (site.unit_name or "unit").capitalize()
        self.fields["state"].choices = UnitChange.State.choices  # type: ignore[attr-defined]


class RosterFileForm(Form):
    """A roster as a file."""

    file = forms.FileField(
        label="File",
        help_text="CSV or Excel (.xlsx), up to 2 MB and 2,000 rows.",
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx,.xls,.ods,text/csv"}),
    )
    listed_from = forms.DateField(
        label="On the roster from",
        help_text="For rows that do not say it: the first day they count towards coverage.",
        initial=clock.today,
    )


class ContactForm(ModelForm):
    """A contact with a unit."""

    class Meta:
        model = UnitContact
        fields = ["on", "how", "words", "next_step", "next_on"]
        labels = {"on": "Date", "how": "How you were in touch", "words": "What was said", "next_on": "By when"}
        help_texts = {
            "words": "Short, and without names of people. The site’s team and the national team read it.",
            "next_step": "What you agreed to do next.",
        }
        widgets = {"how": forms.RadioSelect, "words": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {"on": clock.today(), **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        self.fields["how"].choices = UnitContact.How.choices  # type: ignore[attr-defined]


class DelistForm(Form):
    listed_to = forms.DateField(label="Last day on the roster", widget=forms.DateInput, initial=clock.today)
