"""Forms of the involvement register."""

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet

from coproduction.involvements.models import Involvement
from impact.core.basics import clock
from impact.core.web.forms import ModelForm, Searching, area

# --- You said, we did ----------------------------------------------------------------------------
ASKED = ["title", "asked_by", "asked", "asked_on"]
SAID = ["said", "said_on"]
CHANGED = ["outcome", "changed", "changed_on"]
SETTLED = [c for c in Involvement.Outcome.choices if c[0] != Involvement.Outcome.WAITING]
LABELS = {
    "title": "Title",
    "asked_by": "Who asked",
    "asked": "What members were asked to shape",
    "asked_on": "Day it was asked",
    "said": "What members said",
    "said_on": "Day they said it",
    "outcome": "Did something change?",
    "changed": "What changed, or why nothing did",
    "changed_on": "Day it was settled",
}
HELP = {
    "title": "A few words, such as “Plain words for the survey”.",
    "asked_by": "The team or site.",
    "asked": "",
    "said": "No names here. Say what was said, not who said it.",
    "changed": "Members read this. Be as plain about “no” as about “yes”.",
    "outcome": "",
}
WIDGETS = {"asked": area(5), "said": area(6), "changed": area(5), "outcome": forms.RadioSelect}


class _InvolvementForm(ModelForm):
    """What the forms of the register share: the row's version, and no writing to the instance."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "outcome" in self.fields:
            self.fields["outcome"].choices = SETTLED  # type: ignore[attr-defined]
        for name in [*SAID, *CHANGED]:
            if name in self.fields:
                self.fields[name].required = True
        for name in ("asked_on", "said_on", "changed_on"):
            if name in self.fields:
                self.initial[name] = self.initial.get(name) or clock.today()

    def _post_clean(self) -> None:
        """The service sets the fields and checks the row; the instance must stay as it is stored until then."""

    @property
    def changes(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}


class InvolvementForm(_InvolvementForm):
    """Add an involvement, or put one right: the parts that are recorded so far."""

    class Meta:
        model = Involvement
        fields = [*ASKED, *SAID, *CHANGED]
        labels, help_texts, widgets = LABELS, HELP, WIDGETS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        step = self.instance.step if self.instance.pk else "asked"
        hidden = {"asked": [*SAID, *CHANGED], "said": CHANGED, "settled": []}[step]
        for name in hidden:
            del self.fields[name]


class SaidForm(_InvolvementForm):
    """Record what members said."""

    class Meta:
        model = Involvement
        fields = SAID
        labels, help_texts, widgets = LABELS, HELP, WIDGETS


class ChangedForm(_InvolvementForm):
    """Record what changed because of it."""

    class Meta:
        model = Involvement
        fields = CHANGED
        labels, help_texts, widgets = LABELS, HELP, WIDGETS


# --- Filters -------------------------------------------------------------------------------------
def _years(request: Any) -> list[tuple[int, str]]:
    rows = Involvement.objects.visible_to(request.user) if request is not None else Involvement.objects.none()
    return [(day.year, str(day.year)) for day in rows.dates("asked_on", "year", order="DESC")]


STANDS = [
    ("asked", "Waiting for members"),
    ("said", "Waiting for a change"),
    ("changed", "Changed"),
    ("partly", "Partly changed"),
    ("not_changed", "Not changed"),
]


class InvolvementFilter(Searching):
    """Narrow the register."""

    q = django_filters.CharFilter(label="Search", method="by_search")
    outcome = django_filters.ChoiceFilter(label="Status", choices=STANDS, method="filter_outcome", empty_label="Any")
    year = django_filters.ChoiceFilter(label="Year", field_name="asked_on", lookup_expr="year", empty_label="All years")
    good_practice = django_filters.BooleanFilter(
        label="Good practice only", method="filter_good", widget=forms.CheckboxInput
    )

    class Meta:
        model = Involvement
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["year"].extra["choices"] = _years(self.request)
        self.form.hide_optional = True

    def filter_outcome(self, queryset: Any, name: str, value: str) -> QuerySet:
        if value == "asked":
            return queryset.awaiting_response()
        return queryset.awaiting_change() if value == "said" else queryset.filter(outcome=value)

    def filter_good(self, queryset: QuerySet, name: str, value: bool) -> QuerySet:
        return queryset.filter(is_good_practice=True) if value else queryset
