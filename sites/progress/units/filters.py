"""Narrowing the list of a site's units, on the page and in the API."""

from typing import Any

import django_filters
from django.db.models import QuerySet

from impact.core.basics import clock
from impact.core.web.forms import FilterForm, Searching, search_rows
from sites.progress.units.models import Unit, UnitChange

QUIET = [(30, "30 days"), (60, "60 days"), (90, "90 days"), (180, "6 months")]


class UnitFilter(Searching):
    """Narrow the roster to what there is to do."""

    q = search_rows("Name")
    state = django_filters.ChoiceFilter(label="Status", choices=UnitChange.State, empty_label="Any")
    quiet = django_filters.ChoiceFilter(
        label="No contact for", choices=QUIET, method="by_quiet", empty_label="Any time"
    )

    class Meta:
        model = Unit
        fields: list[str] = []
        form = FilterForm

    def by_quiet(self, queryset: Any, name: str, value: str) -> QuerySet:
        return queryset.quiet_for(int(value), clock.today())


class UnitApiFilter(Searching):
    """Filters of /api/v1/units/."""

    search = search_rows("Words in the name")
    site = django_filters.CharFilter(field_name="site__slug", label="A site's slug")
    state = django_filters.ChoiceFilter(label="Where it stands today", choices=UnitChange.State)
    quiet_days = django_filters.NumberFilter(
        label="Days without a contact, 1 to 3650; units that declined are left out",
        method="by_days",
        min_value=1,
        max_value=3650,
    )

    class Meta:
        model = Unit
        fields: list[str] = []

    def by_days(self, queryset: Any, name: str, value: Any) -> QuerySet:
        return queryset.quiet_for(int(value), clock.today())
