"""Forms about the charter, agreement, waypoints and the involvement register."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet

from coproduction.models import (
    Charter,
    CharterSection,
    CharterVersion,
    Involvement,
    Position,
    Suggestion,
    Waypoint,
    deciding_members,
)
from coproduction.standing import MEANINGS
from impact.core.basics import clock
from impact.core.people.models import Person
from impact.core.web.forms import Form, ModelForm
from networks.groups.models import Group

MARKDOWN_HELP = "Plain words. Leave a line between paragraphs; start a line with “- ” for a list."


def area(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class HintedRadios(forms.RadioSelect):
    """Radio buttons with a line beside each that says what choosing it means."""

    def __init__(self, hints: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.hints = hints

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        hint = self.hints.get(value)
        if hint and option["attrs"].get("id"):
            option |= {"hint": hint, "hint_id": f"{option['attrs']['id']}_hint"}
            option["attrs"]["aria-describedby"] = option["hint_id"]
        return option


class MemberField(forms.ModelChoiceField):
    """A member on whose behalf somebody writes, from today's members of the group."""

    def __init__(self, group: Group, **kwargs: Any) -> None:
        members = Person.objects.filter(pk__in=deciding_members(group).values("person")).order_by("name")
        super().__init__(
            queryset=members, empty_label="Choose a member", error_messages={"required": "Choose a member"}, **kwargs
        )


# --- The charter ---------------------------------------------------------------------------------
class CharterForm(ModelForm):
    """Start a charter."""

    class Meta:
        model = Charter
        fields = ["title"]
        labels = {"title": "Title of the charter"}
        help_texts = {"title": "For example: How we work together."}


class SectionForm(ModelForm):
    """Add a section."""

    class Meta:
        model = CharterSection
        fields = ["title", "kind"]
        labels = {"title": "Title of the section", "kind": "What is in it"}
        help_texts = {"kind": "Something fixed from the start, or room for the group to fill."}
        widgets = {"kind": forms.RadioSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = CharterSection.Kind.choices


class SectionTextForm(Form):
    """The words of one section of a draft."""

    hide_optional = True

    revision = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)
    seen = forms.CharField(max_length=64, widget=forms.HiddenInput)
    body = forms.CharField(
        label="Words of this section",
        required=False,
        max_length=20_000,
        widget=area(10),
        help_text=MARKDOWN_HELP,
        strip=True,
    )


class ProposeForm(Form):
    """Put a draft to the members."""

    hide_optional = True

    change_note = forms.CharField(
        label="What changed, and why",
        max_length=400,
        required=False,
        widget=area(3),
        help_text="Members read this first. Not needed for the first version.",
    )
    closes_on = forms.DateField(
        label="Answer by", help_text="The last day to answer. Two weeks or more is kind to people who need time."
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["closes_on"].initial = clock.today() + timedelta(days=15)


class WithdrawForm(Form):
    """Take a text back."""

    reason = forms.CharField(
        label="Why it is withdrawn",
        max_length=400,
        widget=area(3),
        help_text="Everybody who may read the text sees this.",
    )


class DraftForm(Form):
    """Choose which words the next draft starts from."""

    start_from = forms.ModelChoiceField(
        queryset=CharterVersion.objects.none(), label="Start from the words of", empty_label=None
    )

    def __init__(self, *args: Any, charter: Charter, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["start_from"]
        field.queryset = charter.versions.order_by("-number")
        field.label_from_instance = lambda v: f"Version {v.number} ({v.get_status_display().lower()})"
        field.initial = charter.agreed_version or charter.versions.first()


# --- Suggestions and positions -------------------------------------------------------------------
class SuggestForm(Form):
    """Suggest a change in one section; for a member when somebody writes it down for them."""

    section = forms.IntegerField(widget=forms.HiddenInput)
    version = forms.IntegerField(widget=forms.HiddenInput)
    words = forms.CharField(
        label="What should change, and why?",
        max_length=4000,
        widget=area(4),
        help_text="A few words are fine. You will get an answer, and the group can read both.",
    )

    def __init__(self, *args: Any, for_members_of: Group | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if for_members_of is not None:
            self.fields["person"] = MemberField(for_members_of, label="Whose suggestion is it?")
            self.fields["words"].help_text = "In the member’s own words."
            self.order_fields(["person", "words"])


class AnswerForm(Form):
    """Answer a suggestion."""

    status = forms.ChoiceField(
        choices=[c for c in Suggestion.Status.choices if c[0] != Suggestion.Status.WAITING],
        label="What becomes of it",
        widget=forms.RadioSelect,
    )
    answer = forms.CharField(
        label="Answer to the member",
        max_length=4000,
        widget=area(5),
        help_text="Say what will change, or why not this time. The member and the group read this.",
    )


class PositionForm(Form):
    """Say where you stand on one exact text."""

    hide_optional = True

    text_hash = forms.CharField(widget=forms.HiddenInput, required=False)
    stance = forms.ChoiceField(
        choices=Position.Stance.choices, label="Where do you stand?", widget=HintedRadios(MEANINGS)
    )
    reason = forms.CharField(
        label="Your reason",
        max_length=2000,
        required=False,
        widget=area(4),
        help_text="Needed unless you agree. Members of the group and the engagement lead can read it.",
    )

    def __init__(self, *args: Any, for_members_of: Group | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if for_members_of is not None:
            self.fields["person"] = MemberField(for_members_of, label="Which member?")
            self.fields["stance"].label = "Where do they stand?"
            self.fields["reason"].label = "Their reason"
            self.order_fields(["person", "stance", "reason"])


class ExtendForm(Form):
    """Give members more time."""

    closes_on = forms.DateField(label="New day to answer by")


# --- Waypoints -----------------------------------------------------------------------------------
class WaypointForm(ModelForm):
    """Plan a waypoint."""

    class Meta:
        model = Waypoint
        fields = ["title", "due_on"]
        labels = {"title": "What to call it", "due_on": "When the group will stop and look"}
        help_texts = {"title": "For example: Spring waypoint."}


class RecordWaypointForm(ModelForm):
    """Keep what the group found at a waypoint."""

    class Meta:
        model = Waypoint
        fields = ["held_on", "where_we_are", "heading", "outcome"]
        labels = {
            "held_on": "Day it was held",
            "where_we_are": "Where are we?",
            "heading": "Are we heading as intended?",
            "outcome": "What it led to",
        }
        help_texts = {"where_we_are": MARKDOWN_HELP, "heading": "", "outcome": "“No change” is an answer too."}
        widgets = {"where_we_are": area(6), "heading": area(6), "outcome": forms.RadioSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.Meta.fields:
            self.fields[name].required = True
        self.fields["outcome"].choices = Waypoint.Outcome.choices
        self.initial["held_on"] = self.initial.get("held_on") or clock.today()

    def _post_clean(self) -> None:
        """The service sets the fields and checks the row; the instance must stay as it is stored until then."""


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
            self.fields["outcome"].choices = SETTLED
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


class InvolvementFilter(django_filters.FilterSet):
    """Narrow the register."""

    q = django_filters.CharFilter(label="Words", method="filter_q")
    outcome = django_filters.ChoiceFilter(
        label="Where it stands", choices=STANDS, method="filter_outcome", empty_label="Any"
    )
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

    def filter_q(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.search(value)

    def filter_outcome(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        if value == "asked":
            return queryset.to_be_said()
        return queryset.to_be_changed() if value == "said" else queryset.filter(outcome=value)

    def filter_good(self, queryset: QuerySet, name: str, value: bool) -> QuerySet:
        return queryset.filter(is_good_practice=True) if value else queryset


class SuggestionFilter(django_filters.FilterSet):
    """Narrow the list of suggestions."""

    q = django_filters.CharFilter(label="Words", method="filter_q")
    status = django_filters.ChoiceFilter(label="Answer", choices=Suggestion.Status.choices, empty_label="Any")

    class Meta:
        model = Suggestion
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.form.hide_optional = True

    def filter_q(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.search(value)
