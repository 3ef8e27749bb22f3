"""Forms about the mix of a round, and about portfolios."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms

from impact.core.web.forms import FilterForm, Form, Versioned, area
from sites.calls.portfolios.characteristics import Candidate, Group
from sites.calls.portfolios.models import Mix, Portfolio, Target

Choices = list[tuple[str, Any]]


def grouped(groups: Iterable[Group]) -> Choices:
    """Every trait under its characteristic, as a list with headings."""
    return [(group.label, [(value.trait, value.label) for value in group.values]) for group in groups]


class LimitsForm(Versioned):
    """How many applications can be chosen, and the money for all of them."""

    class Meta:
        model = Mix
        fields = ["most", "money"]
        labels = {"most": "Most applications to choose", "money": "Money available, in pounds"}
        help_texts = {
            "most": "Leave empty if there is no limit.",
            "money": "For all awards together. Leave empty if there is no limit.",
        }


class TargetForm(Form):
    """One target: at least or at most so many applications with a trait."""

    trait = forms.ChoiceField(label="What to count")
    bound = forms.ChoiceField(label="How", choices=Target.Bound, widget=forms.RadioSelect)
    number = forms.IntegerField(label="How many", min_value=0, max_value=1000)

    def __init__(self, *args: Any, groups: Sequence[Group], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["trait"].choices = [("", "Choose one"), *grouped(groups)]  # type: ignore[attr-defined]


class LockForm(Form):
    """Confirms that the targets are fixed. A late lock says why."""

    is_sure = forms.BooleanField(
        label="I understand that the targets cannot be changed after this",
        error_messages={"required": "Tick the box to lock the targets"},
    )
    reason = forms.CharField(
        label="Why the targets are locked only now",
        help_text="An assessment has already been submitted. The reason is shown with the targets and in the report.",
        widget=area(3),
        max_length=1000,
        error_messages={"required": "Say why the targets are locked only after an assessment was submitted"},
    )

    def __init__(self, *args: Any, is_late: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_late:
            del self.fields["reason"]


class PortfolioForm(Versioned):
    """A portfolio's name, and what it is for."""

    class Meta:
        model = Portfolio
        fields = ["name", "note"]
        labels = {"note": "What this portfolio is meant to show"}
        help_texts = {"name": "For example “Strong on small organisations”.", "note": ""}
        widgets = {"note": area(3)}


class NameForm(Form):
    """A name for a copy, or for a suggestion that is kept."""

    name = forms.CharField(label="Name", max_length=120)


class ShownForm(FilterForm):
    """Which applications the table shows, and in which order. What is ticked stays ticked."""

    q = forms.CharField(label="Organisation, place or reference", required=False, max_length=100)
    ticked = forms.ChoiceField(
        label="Show", required=False, choices=[("", "All applications"), ("yes", "Ticked"), ("no", "Not ticked")]
    )
    order = forms.ChoiceField(label="In order of", required=False)

    def __init__(self, *args: Any, groups: Sequence[Group], has_values: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        orders = [("name", "Name"), ("money", "Money asked for"), ("reference", "Reference")]
        self.fields["order"].choices = [("value", "Value"), *orders] if has_values else orders  # type: ignore[attr-defined]
        for group in groups:
            choices = [("", "All"), *((value.trait, value.label) for value in group.values)]
            self.fields[f"show_{group.name}"] = forms.ChoiceField(label=group.label, required=False, choices=choices)

    @property
    def traits(self) -> set[str]:
        """The traits that a row must have to be shown."""
        return {value for name, value in self.cleaned_data.items() if name.startswith("show_") and value}

    def shows(self, row: Candidate, *, is_ticked: bool) -> bool:
        """Whether the table shows a row."""
        q = self.cleaned_data.get("q", "").lower()
        found = not q or any(q in text.lower() for text in (row.name, row.place, row.reference))
        ticked = self.cleaned_data.get("ticked")
        return found and self.traits <= row.traits and (not ticked or (ticked == "yes") == is_ticked)

    def in_order(self, rows: Iterable[Candidate]) -> list[Candidate]:
        """Rows in the order that was asked for: the highest value or the least money first."""
        order = self.cleaned_data.get("order") or next(iter(self.fields["order"].choices))[0]  # type: ignore[attr-defined]
        keys: dict[str, Any] = {
            "value": lambda row: (-(row.value if row.value is not None else -1), row.name),
            "money": lambda row: (row.money, row.name),
            "reference": lambda row: row.reference,
            "name": lambda row: (row.name.lower(), row.reference),
        }
        return sorted(rows, key=keys[order])


class SuggestForm(Form):
    """What a suggestion must keep to."""

    hide_optional = True
    targets = forms.MultipleChoiceField(
        label="Targets and limits to keep", required=False, widget=forms.CheckboxSelectMultiple
    )
    picks = forms.MultipleChoiceField(
        label="Always in",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Applications that every mix has.",
    )
    left_out = forms.MultipleChoiceField(
        label="Never in", required=False, widget=forms.CheckboxSelectMultiple, help_text="Applications that no mix has."
    )
    mixes = forms.TypedChoiceField(
        label="How many mixes to show",
        choices=[(n, str(n)) for n in range(1, 6)],
        coerce=int,
        empty_value="3",
        required=False,
    )

    def __init__(self, *args: Any, limits: Choices, candidates: Sequence[Candidate], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = [(str(row.key), f"{row.name or row.reference}, {row.reference}") for row in candidates]
        self.fields["targets"].choices = limits  # type: ignore[attr-defined]
        self.fields["picks"].choices = rows  # type: ignore[attr-defined]
        self.fields["left_out"].choices = rows  # type: ignore[attr-defined]
