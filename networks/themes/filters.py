"""Filters of the list of themes."""

from typing import Any

import django_filters
from django.db.models import QuerySet

from impact.core.web.forms import FilterForm, Searching
from networks.themes.models import Theme


class ThemeFilter(Searching):
    USES = [("used", "Spoken of"), ("unused", "Not used yet"), ("undescribed", "Without a description")]

    q = django_filters.CharFilter(label="Name or description", method="by_search")
    use = django_filters.ChoiceFilter(choices=USES, label="Show", empty_label="All themes", method="by_use")

    class Meta:
        model = Theme
        fields: list[str] = []
        form = FilterForm

    def by_use(self, queryset: Any, name: str, value: str) -> QuerySet:
        if value == "undescribed":
            return queryset.filter(description="")
        return queryset.filter(used__gt=0) if value == "used" else queryset.filter(used=0)
