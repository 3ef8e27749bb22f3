"""Forms for suggestions."""

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet

from coproduction.charter.models import Charter, CharterSection, CharterVersion
from coproduction.group.models import Told
from coproduction.suggestions.models import Suggestion
from coproduction.suggestions.passages import LONGEST, Passage, Reading, paragraph_passage
from impact.core.web.forms import Form, Searching, area

SHOWN = 140  # characters of a paragraph in the list of paragraphs
AS_BUTTONS = 12  # paragraphs; more are chosen from a list
WHOLE, CHOSEN = "whole", "chosen"


def clipped(words: str, most: int = SHOWN) -> str:
    """The beginning of some words, for a list."""
    return words if len(words) <= most else f"{words[:most].rsplit(' ', 1)[0]}…"


class SuggestForm(Form):
    """Suggest a change in one section or a passage of it; for a member when someone writes it down for them."""

    section = forms.IntegerField(widget=forms.HiddenInput)
    version = forms.IntegerField(widget=forms.HiddenInput)
    key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1, max_value=2**31 - 1)
    quote = forms.CharField(widget=forms.HiddenInput, required=False, max_length=LONGEST)
    before = forms.CharField(widget=forms.HiddenInput, required=False, max_length=LONGEST, strip=False)
    after = forms.CharField(widget=forms.HiddenInput, required=False, max_length=LONGEST, strip=False)
    place = forms.ChoiceField(label="Which words is it about?", widget=forms.RadioSelect, required=False)
    words = forms.CharField(
        label="What should change, and why?",
        max_length=4000,
        required=False,
        widget=area(6),
        help_text="A few words are fine. You will get an answer, and the group can read both.",
    )
    told = forms.ChoiceField(label="How did they tell you?", widget=forms.RadioSelect, required=False)

    hide_optional = True

    def __init__(self, *args: Any, reading: Reading, member: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reading = reading
        quote = str(self["quote"].value() or "")
        chosen = [(CHOSEN, f"“{clipped(quote)}”")] if quote else []
        listed = [(f"p{number}", clipped(words)) for number, (_at, words) in enumerate(reading.paragraphs)]
        field = self.fields["place"]
        if len(listed) > AS_BUTTONS:
            field.widget = forms.Select()
        field.choices = [*chosen, (WHOLE, "The whole section"), *listed]  # type: ignore[attr-defined]
        field.initial = CHOSEN if quote else WHOLE
        if not reading.text:
            del self.fields["place"]
        if member:
            self.fields["words"].label = f"What should change, and why? In the words of {member}."
            self.fields["words"].help_text = "The member will get an answer, and the group can read both."
            self.fields["told"].label = f"How did {member} tell you?"
            self.fields["told"].choices = Told.choices  # type: ignore[attr-defined]
        else:
            del self.fields["told"]

    @property
    def passage(self) -> Passage | None:
        """The passage that was chosen, by selecting words or from the list of paragraphs; None: the whole section."""
        place = self.cleaned_data.get("place") or (CHOSEN if self.cleaned_data["quote"] else WHOLE)
        if place == CHOSEN:
            data = self.cleaned_data
            return Passage(data["quote"], data["before"], data["after"])
        return paragraph_passage(self.reading, int(place[1:])) if place != WHOLE else None


def _sections(request: Any) -> QuerySet[CharterSection]:
    charters = Charter.objects.visible_to(request.user) if request else Charter.objects.none()
    return CharterSection.objects.filter(charter__in=charters).order_by("charter__title", "position")


def _versions(request: Any) -> QuerySet[CharterVersion]:
    rows = CharterVersion.objects.visible_to(request.user) if request else CharterVersion.objects.none()
    return rows.filter(suggestions__isnull=False).exclude(suggestions__status="draft").distinct()


class SuggestionFilter(Searching):
    """Narrow the list of suggestions."""

    ANSWERED, TO_WRITE = "answered", "to_write"

    q = django_filters.CharFilter(label="Search", method="by_search")
    status = django_filters.ChoiceFilter(
        label="Answer",
        choices=[
            *(choice for choice in Suggestion.Status.choices if choice[0] != Suggestion.Status.DRAFT),
            (ANSWERED, "Answered, with any decision"),
            (TO_WRITE, "Taken in, in no version yet"),
        ],
        empty_label="Any",
        method="by_status",
    )
    section = django_filters.ModelChoiceFilter(queryset=_sections, label="Section", empty_label="Any")
    version = django_filters.ModelChoiceFilter(queryset=_versions, label="Version", empty_label="Any")
    mine = django_filters.BooleanFilter(label="Only mine", method="by_mine", widget=forms.CheckboxInput)

    class Meta:
        model = Suggestion
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.form.hide_optional = True
        self.form.fields["version"].label_from_instance = lambda row: f"Version {row.number}"

    def by_status(self, queryset: Any, name: str, value: str) -> QuerySet:
        if value == self.ANSWERED:
            return queryset.answered()
        return queryset.to_write() if value == self.TO_WRITE else queryset.filter(status=value)

    def by_mine(self, queryset: Any, name: str, value: bool) -> QuerySet:
        return queryset.of_person(self.request.user) if value else queryset
