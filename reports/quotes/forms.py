"""Forms and filters about quotes."""

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet

from coproduction.group.models import Told
from impact.core.web.forms import FilterForm, Form, area
from networks.log.models import Contribution
from networks.themes.models import Theme
from reports.quotes.models import MAX_WORDS, Quote


class WordsForm(Form):
    """Words as they would be printed."""

    words = forms.CharField(
        label="Words as they will be printed",
        help_text="Keep what the person said. You can shorten it; the speaker sees exactly this and decides.",
        max_length=MAX_WORDS,
        widget=area(5),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class AnswerForm(Form):
    """A speaker's answer; written down by a coordinator, also how the speaker told them."""

    told = forms.ChoiceField(label="How did they tell you?", choices=[("", "Choose one"), *Told.choices])
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, is_own: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_own:
            del self.fields["told"]


class OfferFilter(django_filters.FilterSet):
    """Narrow the words that may be asked for."""

    NEW = "new"
    state = django_filters.ChoiceFilter(
        choices=[(NEW, "Not asked for yet"), *Quote.State.choices],
        label="Where it stands",
        empty_label="All",
        method="by_state",
    )
    kind = django_filters.ChoiceFilter(choices=Contribution.Kind, label="Kind", empty_label="All kinds")
    theme = django_filters.ModelChoiceFilter(
        queryset=Theme.objects.in_use().order_by("name"), label="Theme", empty_label="All themes", to_field_name="slug"
    )
    q = django_filters.CharFilter(field_name="words", lookup_expr="icontains", label="Words")

    class Meta:
        model = Contribution
        fields: list[str] = []
        form = FilterForm

    def by_state(self, queryset: Any, name: str, value: str) -> QuerySet:
        return queryset.filter(quote_state__isnull=True) if value == self.NEW else queryset.filter(quote_state=value)
