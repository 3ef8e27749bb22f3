"""Filters of lists of actions."""

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet

from impact.core.web.forms import FilterForm
from networks.actions.models import Action
from networks.groups.filters import IdFilter, WithGroup


class ActionFilter(WithGroup):
    q = django_filters.CharFilter(label="Action or owner", method="by_search")
    status = django_filters.ChoiceFilter(choices=Action.Status, label="Status", empty_label="All")
    overdue = django_filters.BooleanFilter(label="Only overdue", method="by_overdue", widget=forms.CheckboxInput)

    class Meta:
        model = Action
        fields: list[str] = []
        form = FilterForm

    def by_search(self, queryset: Any, name: str, value: str) -> QuerySet:
        return queryset.search(value, self.request.user)

    def by_overdue(self, queryset: Any, name: str, value: bool) -> QuerySet:
        return queryset.overdue() if value else queryset


class ActionApiFilter(django_filters.FilterSet):
    group = django_filters.CharFilter(field_name="group__slug", label="Short name of the group.")
    meeting = IdFilter(field_name="meeting_id", label="Id of the meeting.")
    status = django_filters.ChoiceFilter(choices=Action.Status)
    overdue = django_filters.BooleanFilter(method="by_overdue", label="Open, and due before today.")
    due_before = django_filters.DateFilter(field_name="due_on", lookup_expr="lt", label="Due before this day.")

    class Meta:
        model = Action
        fields: list[str] = []

    def by_overdue(self, queryset: Any, name: str, value: bool) -> QuerySet:
        late = Action.objects.overdue().values("pk")
        return queryset.filter(pk__in=late) if value else queryset.exclude(pk__in=late)
