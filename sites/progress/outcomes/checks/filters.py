"""Filters of the co-production check."""

from typing import Any

import django_filters
from django.db.models import QuerySet

from impact.core.api.views import NationFilter
from impact.core.basics.vocabulary import Nation, Perspective
from impact.core.web.forms import FilterForm, Searching, search_rows
from sites.progress.outcomes.checks.models import CoproductionEntry
from sites.registry.models import DeliveryModel, Site


class SiteCheckFilter(Searching):
    """Narrow the check across sites."""

    WITH, WITHOUT = "with", "without"

    q = search_rows("Name, place, topic or host")
    delivery_model = django_filters.ChoiceFilter(
        choices=DeliveryModel, label="Delivery model", empty_label="All delivery models"
    )
    nation = NationFilter(choices=Nation.choices, label="Nation", empty_label="All nations")
    recent = django_filters.ChoiceFilter(
        choices=[(WITH, "With a recent entry"), (WITHOUT, "Without one")],
        label="Recent entry",
        empty_label="All sites",
        method="by_recent",
    )

    class Meta:
        model = Site
        fields: list[str] = []
        form = FilterForm

    def by_recent(self, queryset: Any, name: str, value: str) -> QuerySet:
        return queryset.filter(recent_entries__gt=0) if value == self.WITH else queryset.filter(recent_entries=0)


class EntryApiFilter(Searching):
    """Filters of /api/v1/co-production-entries/."""

    search = search_rows("Words in an entry or the name of its site")
    site = django_filters.CharFilter(field_name="site__slug", label="A site's slug")
    perspective = django_filters.ChoiceFilter(choices=Perspective)
    part = django_filters.ChoiceFilter(choices=CoproductionEntry.Part)
    since = django_filters.DateFilter(field_name="on", lookup_expr="gte", label="On this day or later")

    class Meta:
        model = CoproductionEntry
        fields: list[str] = []
