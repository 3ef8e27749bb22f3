"""Filters of the list of themes."""

from typing import Any

import django_filters
from django.db.models import QuerySet

from impact.core.web.forms import FilterForm, Searching
from networks.themes.models import Theme


class ThemeFilter(Searching):
    USES = [("used", "Mentioned"), ("undescribed", "Without a description")]

    q = django_filters.CharFilter(label="Name or description", method="by_search")
    use = django_filters.ChoiceFilter(choices=USES, label="Show", empty_label="All themes", method="by_use")

    class Meta:
        model = Theme
        fields: list[str] = []
        form = FilterForm

    def by_use(self, queryset: Any, name: str, value: str) -> QuerySet:
        if value == "undescribed":
            return queryset.filter(description="")
        return queryset.filter(used__gt=0)


class ThemeApiFilter(django_filters.FilterSet):
    """For the API. Themes that no log uses yet come only when they are asked for."""

    used = django_filters.BooleanFilter(
        method="by_used", label="False: themes that no log uses yet. Otherwise those that one does, and earlier names."
    )

    class Meta:
        model = Theme
        fields: list[str] = []

    def by_used(self, queryset: Any, name: str, value: bool) -> QuerySet:
        return queryset  # filter_queryset does it, because it also has to where nothing is asked

    def filter_queryset(self, queryset: Any) -> QuerySet:
        return queryset.unused() if self.form.cleaned_data.get("used") is False else queryset.spoken_of()
