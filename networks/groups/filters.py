"""Filters of lists of groups."""

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet

from impact.core.basics.vocabulary import Nation
from impact.core.web.forms import FilterForm, Searching
from networks.groups.models import Group, GroupKind

MANY_GROUPS = 150  # above this a list of groups to choose from is no help


class IdFilter(django_filters.NumberFilter):
    """The id of a row: a whole number that a database can hold."""

    field_class = forms.IntegerField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, min_value=1, max_value=2**63 - 1, **kwargs)

    def get_max_validator(self) -> None:
        """max_value says it."""


def visible_groups(request: Any) -> QuerySet[Group]:
    return Group.objects.visible_to(request.user) if request else Group.objects.none()


class GroupFilter(Searching):
    q = django_filters.CharFilter(label="Name or place", method="by_search")
    kind = django_filters.ChoiceFilter(choices=GroupKind, label="Kind", empty_label="All kinds")
    nation = django_filters.ChoiceFilter(choices=Nation, label="Nation", empty_label="All nations")

    class Meta:
        model = Group
        fields: list[str] = []
        form = FilterForm


class WithGroup(Searching):
    """A filter by group: a list to choose from, or its short name where there are too many."""

    group = django_filters.ModelChoiceFilter(
        queryset=visible_groups, to_field_name="slug", label="Group", empty_label="All groups"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "group" in self.filters and visible_groups(self.request)[MANY_GROUPS:].exists():
            self.filters["group"].label = "Short name of the group"
            self.filters["group"].extra["widget"] = forms.TextInput
            self.filters["group"].extra.pop("empty_label", None)


class GroupApiFilter(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(choices=GroupKind)
    nation = django_filters.ChoiceFilter(choices=Nation)
    network = django_filters.CharFilter(field_name="site__slug", label="Short name of the network.")

    class Meta:
        model = Group
        fields: list[str] = []
