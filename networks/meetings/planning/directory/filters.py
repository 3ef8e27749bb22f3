"""Filters of lists of venues and providers."""

from typing import Any

import django_filters
from django.db.models import QuerySet

from impact.core.basics.vocabulary import Nation
from impact.core.web.forms import FilterForm, Searching
from networks.meetings.planning.directory.kinds import FEATURES, Kind
from networks.meetings.planning.directory.models import Provider, Venue

HAS = [(name, label) for name, (label, _words) in FEATURES.items()]


class VenueFilter(Searching):
    q = django_filters.CharFilter(label="Name or address", method="by_search")
    nation = django_filters.ChoiceFilter(choices=Nation, label="Nation", empty_label="All nations")
    has = django_filters.ChoiceFilter(choices=HAS, label="With", empty_label="Anything", method="by_feature")

    class Meta:
        model = Venue
        fields: list[str] = []
        form = FilterForm

    def by_feature(self, queryset: Any, name: str, value: str) -> QuerySet:
        return queryset.filter(**{value: True})


class VenueApiFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(label="Part of the name or address.", method="by_search")
    nation = django_filters.ChoiceFilter(choices=Nation)
    has = django_filters.ChoiceFilter(choices=HAS, method="by_feature", label="Only with this.")

    class Meta:
        model = Venue
        fields: list[str] = []

    def by_search(self, queryset: Any, name: str, value: str) -> QuerySet:
        return queryset.search(value)

    def by_feature(self, queryset: Any, name: str, value: str) -> QuerySet:
        return queryset.filter(**{value: True})


class ProviderFilter(Searching):
    q = django_filters.CharFilter(label="Name or language", method="by_search")
    kind = django_filters.ChoiceFilter(choices=Kind, label="Provides", empty_label="Anything", method="by_kind")
    nation = django_filters.ChoiceFilter(choices=Nation, label="Works in", empty_label="Anywhere", method="by_nation")

    class Meta:
        model = Provider
        fields: list[str] = []
        form = FilterForm

    def by_kind(self, queryset: Any, name: str, value: str) -> QuerySet:
        return provide(queryset, value)

    def by_nation(self, queryset: Any, name: str, value: str) -> QuerySet:
        return work_in(queryset, value)


class ProviderApiFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(label="Part of the name or of the languages.", method="by_search")
    kind = django_filters.ChoiceFilter(choices=Kind, method="by_kind", label="Only who provides this.")
    nation = django_filters.ChoiceFilter(choices=Nation, method="by_nation", label="Only who works there.")
    is_active = django_filters.BooleanFilter(label="Only who can be chosen for new bookings.")

    class Meta:
        model = Provider
        fields: list[str] = []

    def by_search(self, queryset: Any, name: str, value: str) -> QuerySet:
        return queryset.search(value)

    def by_kind(self, queryset: Any, name: str, value: str) -> QuerySet:
        return provide(queryset, value)

    def by_nation(self, queryset: Any, name: str, value: str) -> QuerySet:
        return work_in(queryset, value)


def provide(rows: QuerySet, kind: str) -> QuerySet:
    """Providers of one kind."""
    # JSON lists compare differently on the two databases; the directory is a few hundred rows at most.
    return rows.filter(pk__in=[row.pk for row in Provider.objects.only("pk", "kinds") if kind in row.kinds])


def work_in(rows: QuerySet, nation: str) -> QuerySet:
    """Providers who work in one nation."""
    found = Provider.objects.only("pk", "nations")
    fitting = [row.pk for row in found if not row.nations or nation in row.nations or Nation.UK in row.nations]
    return rows.filter(pk__in=fitting)
