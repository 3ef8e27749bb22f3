"""Filters of lists of meetings."""

from typing import Any

import django_filters
from django.db.models import QuerySet

from impact.core.basics.vocabulary import Nation
from impact.core.web.forms import FilterForm
from networks.groups.filters import WithGroup
from networks.meetings.models import Meeting


class MeetingFilter(WithGroup):
    WAITING = "to_log"

    q = django_filters.CharFilter(label="Title or group", method="by_search")
    nation = django_filters.ChoiceFilter(
        choices=Nation, field_name="group__nation", label="Nation", empty_label="All nations"
    )
    status = django_filters.ChoiceFilter(
        choices=[(WAITING, "Over, not logged yet"), *Meeting.Status.choices],
        label="Status",
        empty_label="All statuses",
        method="by_status",
    )
    after = django_filters.DateFilter(field_name="starts_at", lookup_expr="date__gte", label="From")
    before = django_filters.DateFilter(field_name="starts_at", lookup_expr="date__lte", label="To")

    class Meta:
        model = Meeting
        fields: list[str] = []
        form = FilterForm

    def by_status(self, queryset: Any, name: str, value: str) -> QuerySet:
        return queryset.to_log() if value == self.WAITING else queryset.filter(status=value)


class MeetingApiFilter(django_filters.FilterSet):
    group = django_filters.CharFilter(field_name="group__slug", label="Short name of the group.")
    network = django_filters.CharFilter(field_name="group__site__slug", label="Short name of the network.")
    nation = django_filters.ChoiceFilter(choices=Nation, field_name="group__nation")
    status = django_filters.ChoiceFilter(choices=Meeting.Status)
    after = django_filters.DateFilter(field_name="starts_at", lookup_expr="date__gte", label="First day.")
    before = django_filters.DateFilter(field_name="starts_at", lookup_expr="date__lte", label="Last day.")

    class Meta:
        model = Meeting
        fields: list[str] = []
