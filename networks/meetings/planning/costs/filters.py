"""Filters of what taking part costs: the same on the page, in files and over the API."""

from typing import Any

import django_filters
from django import forms

from impact.core.basics.vocabulary import Nation
from impact.core.web.forms import FilterForm
from networks.groups.models import GroupKind
from networks.meetings.planning.bookings.models import Booking
from networks.meetings.planning.directory.kinds import CATEGORY_OF, Category


class YearFilter(django_filters.NumberFilter):
    """A calendar year."""

    field_class = forms.IntegerField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, min_value=2000, max_value=2100, **kwargs)

    def get_max_validator(self) -> None:
        """max_value says it."""


class CostFilter(django_filters.FilterSet):
    year = YearFilter(field_name="meeting__starts_at__year", label="Year")
    category = django_filters.ChoiceFilter(
        choices=Category, label="Category", empty_label="All categories", method="by_category"
    )
    nation = django_filters.ChoiceFilter(
        choices=Nation, field_name="meeting__group__nation", label="Nation", empty_label="All nations"
    )
    group_kind = django_filters.ChoiceFilter(
        choices=GroupKind, field_name="meeting__group__kind", label="Kind of group", empty_label="All kinds"
    )

    class Meta:
        model = Booking
        fields: list[str] = []
        form = FilterForm

    def by_category(self, queryset: Any, name: str, value: str) -> Any:
        return queryset.filter(kind__in=[kind for kind, category in CATEGORY_OF.items() if category == value])
