"""Filters of lists of members."""

from typing import Any

import django_filters
from django.db.models import QuerySet

from networks.groups.models import Membership


class MemberApiFilter(django_filters.FilterSet):
    role = django_filters.ChoiceFilter(choices=Membership.Role)
    current = django_filters.BooleanFilter(method="by_current", label="Belonging today.")

    class Meta:
        model = Membership
        fields: list[str] = []

    def by_current(self, queryset: Any, name: str, value: bool) -> QuerySet:
        now = Membership.objects.current().values("pk")
        return queryset.filter(pk__in=now) if value else queryset.exclude(pk__in=now)
