"""Filters of lists of updates."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet

from impact.core.basics.vocabulary import Nation
from impact.core.web.forms import FilterForm, Searching, search_rows
from sites.registry.models import DeliveryModel, Site
from sites.updates.models import Update


class NewsFilter(Searching):
    """Narrow the news."""

    q = search_rows("Words in the news")
    kind = django_filters.ChoiceFilter(choices=Update.Kind, label="Kind", empty_label="All kinds")
    nation = django_filters.ChoiceFilter(
        choices=Nation.choices, label="Nation", empty_label="All nations", method="by_nation"
    )
    model = django_filters.ChoiceFilter(
        field_name="site__delivery_model",
        choices=DeliveryModel,
        label="Delivery model",
        empty_label="All delivery models",
    )

    class Meta:
        model = Update
        fields: list[str] = []
        form = FilterForm

    def by_nation(self, queryset: Any, name: str, value: str) -> QuerySet:
        return queryset.filter(Q(site__in=Site.objects.in_nation(value)) | Q(site__isnull=True))


class UpdateApiFilter(Searching):
    """Filters of /api/v1/updates/."""

    search = search_rows("Words in the title or text")
    site = django_filters.CharFilter(field_name="site__slug", label="A site's slug")
    published_after = django_filters.DateFilter(
        field_name="published_at", lookup_expr="date__gte", label="Published on this day or later"
    )

    class Meta:
        model = Update
        fields: list[str] = []


class NewsApiFilter(Searching):
    """Filters of /api/v1/news/."""

    search = search_rows("Words in the title or text")
    kind = django_filters.ChoiceFilter(choices=Update.Kind, label="Kind")
    site = django_filters.CharFilter(field_name="site__slug", label="A site's slug")
    published_after = django_filters.DateFilter(
        field_name="published_at", lookup_expr="date__gte", label="Published on this day or later"
    )
    closes_after = django_filters.DateFilter(
        field_name="closes_on", lookup_expr="gte", label="Vacancies whose last day is this day or later"
    )

    class Meta:
        model = Update
        fields: list[str] = []
