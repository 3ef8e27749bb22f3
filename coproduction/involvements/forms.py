"""Forms of the involvement register."""

from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet

from coproduction.involvements.models import Involvement, Workstream
from impact.core.basics import clock
from impact.core.web.forms import ModelForm, Searching, area, name_blanks
from sites.organisations.models import Organisation
from sites.progress.evidence.models import EvidenceItem
from sites.registry.models import Site

# --- You said, we did ----------------------------------------------------------------------------
ASKED_BY = ["site", "workstream", "organisation", "asked_by"]
ASKED = ["title", *ASKED_BY, "asked", "purpose", "asked_on", "wanted_by", "time_needed", "payment"]
SAID = ["said", "said_on"]
CHANGED = ["outcome", "changed", "changed_on", "evidence", "evidence_link"]
SETTLED = [c for c in Involvement.Outcome.choices if c[0] != Involvement.Outcome.WAITING]
LABELS = {
    "title": "Title",
    "site": "Site that asked",
    "workstream": "Workstream that asked",
    "organisation": "Organisation that asked",
    "asked_by": "Who asked, in words",
    "purpose": "What the answer is for",
    "wanted_by": "Answer wanted by",
    "time_needed": "How much time it takes",
    "payment": "Is it paid?",
    "evidence": "Evidence of the change",
    "evidence_link": "Web page that shows the change",
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
    "site": "Choose one: a site, a workstream or an organisation.",
    "workstream": "",
    "organisation": "An outside body that is on the list of organisations.",
    "asked_by": "For others, or to say which team it was. No names of people.",
    "purpose": "What the team will do with what members say.",
    "wanted_by": "",
    "time_needed": "For example: two hours online, and an hour to read.",
    "payment": "",
    "evidence": "Items of the evidence library.",
    "evidence_link": "",
    "asked": "",
    "said": "No names here. Say what was said, not who said it.",
    "changed": "Members read this. Be as plain about “no” as about “yes”.",
    "outcome": "",
}
WIDGETS = {
    "purpose": area(2),
    "evidence": forms.CheckboxSelectMultiple,
    "asked": area(5),
    "said": area(6),
    "changed": area(5),
    "outcome": forms.RadioSelect,
}


def _evidence(user: Any, involvement: Involvement) -> QuerySet:
    """Items about the site that asked and those linked already; all where no site asked."""
    seen = EvidenceItem.objects.visible_to(user)
    if not involvement.pk or involvement.site_id is None:
        return seen
    linked = involvement.evidence.values("pk")
    return seen.filter(Q(pk__in=seen.filter(sites=involvement.site_id).values("pk")) | Q(pk__in=linked))


class _InvolvementForm(ModelForm):
    """What the forms of the register share: the row's version, and no writing to the instance."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name_blanks(self)
        for name, rows in (
            ("site", Site.objects.visible_to(user)),
            ("organisation", Organisation.objects.visible_to(user)),
            ("evidence", _evidence(user, self.instance)),
        ):
            if name in self.fields:
                self.fields[name].queryset = rows  # type: ignore[attr-defined]
                if name != "evidence":
                    self.fields[name].empty_label = "None of these"  # type: ignore[attr-defined]
        if "evidence" in self.fields and not self.fields["evidence"].queryset.exists():  # type: ignore[attr-defined]
            del self.fields["evidence"]
        if "workstream" in self.fields:
            self.fields["workstream"].choices = [("", "None of these"), *Workstream.choices]  # type: ignore[attr-defined]
        if "outcome" in self.fields:
            self.fields["outcome"].choices = SETTLED  # type: ignore[attr-defined]
        for name in [*SAID, "outcome", "changed", "changed_on"]:
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
            self.fields.pop(name, None)


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


def _sites_asking(request: Any) -> QuerySet:
    """Sites that asked something which the caller may read, as far as they may see the site."""
    if request is None:
        return Site.objects.none()
    asked = Involvement.objects.visible_to(request.user).filter(site__isnull=False).order_by()
    return Site.objects.visible_to(request.user).filter(pk__in=asked.values("site"))


STANDS = [
    ("asked", "Waiting for members"),
    ("said", "Waiting for a change"),
    ("overdue", "No answer for too long"),
    ("changed", "Changed"),
    ("partly", "Partly changed"),
    ("not_changed", "Not changed"),
]


class InvolvementFilter(Searching):
    """Narrow the register."""

    q = django_filters.CharFilter(label="Search", method="by_search")
    outcome = django_filters.ChoiceFilter(label="Status", choices=STANDS, method="filter_outcome", empty_label="Any")
    site = django_filters.ModelChoiceFilter(label="Site", queryset=_sites_asking, empty_label="All sites")
    workstream = django_filters.ChoiceFilter(
        label="Workstream", choices=Workstream.choices, empty_label="All workstreams"
    )
    year = django_filters.ChoiceFilter(label="Year", field_name="asked_on", lookup_expr="year", empty_label="All years")
    good_practice = django_filters.BooleanFilter(
        label="Good practice only", method="filter_good", widget=forms.CheckboxInput
    )

    development = django_filters.BooleanFilter(
        label="Areas for development only", method="filter_development", widget=forms.CheckboxInput
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
        if value == "overdue":
            return queryset.overdue()
        return queryset.awaiting_change() if value == "said" else queryset.filter(outcome=value)

    def filter_good(self, queryset: QuerySet, name: str, value: bool) -> QuerySet:
        return queryset.filter(is_good_practice=True) if value else queryset

    def filter_development(self, queryset: QuerySet, name: str, value: bool) -> QuerySet:
        return queryset.filter(is_development=True) if value else queryset
