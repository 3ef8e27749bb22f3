"""Filters of what was said across a network."""

from datetime import date
from typing import Any

import django_filters
from django.db.models import QuerySet

from impact.core.access.permissions import has_perm
from impact.core.basics.vocabulary import Nation, Perspective
from impact.core.web.forms import FilterForm
from networks.groups.filters import IdFilter
from networks.log.models import Contribution


class SaidFilter(django_filters.FilterSet):
    """Narrows what was said in one network: for the matrix, for a theme across the nations, for the list of words.

    Figures for one perspective, level or meeting of another local network come down to one person's words, so only
    national readers narrow figures like that.
    """

    NARROWING = ("level", "perspective", "round", "after", "before")
    counts_others = True  # figures over every local network, not only rows that the reader may read
    OTHER = "other"
    KINDS = [
        *Contribution.Kind.choices[:2],
        (OTHER, "Experiences, ideas and questions"),
        *Contribution.Kind.choices[2:],
    ]

    kind = django_filters.ChoiceFilter(choices=KINDS, label="Kind", empty_label="All kinds", method="by_kind")
    level = django_filters.ChoiceFilter(choices=Contribution.Level, label="Level", empty_label="Both levels")
    perspective = django_filters.ChoiceFilter(choices=Perspective, label="Perspective", empty_label="All perspectives")
    round = django_filters.ChoiceFilter(field_name="meeting__number", label="Meeting", empty_label="All meetings")
    after = django_filters.DateFilter(field_name="meeting__starts_at", lookup_expr="date__gte", label="From")
    before = django_filters.DateFilter(field_name="meeting__starts_at", lookup_expr="date__lte", label="To")

    class Meta:
        model = Contribution
        fields: list[str] = []
        form = FilterForm

    def __init__(self, *args: Any, rounds: list[int] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["round"].extra["choices"] = [(str(n), f"Meeting {n}") for n in rounds or []]
        if self.counts_others and not has_perm(self.request.user, "networks.view_all"):
            for name in self.NARROWING:
                del self.filters[name]

    def by_kind(self, queryset: Any, name: str, value: str) -> QuerySet:
        if value == self.OTHER:
            return queryset.exclude(kind__in=[Contribution.Kind.ENABLER, Contribution.Kind.BARRIER])
        return queryset.filter(kind=value)

    def covers(self, number: int, on: date) -> bool:
        """Whether a meeting is among those asked about."""
        asked = self.form.cleaned_data if self.form.is_valid() else {}
        after, before, round = asked.get("after"), asked.get("before"), asked.get("round")
        return (not round or str(number) == round) and (not after or on >= after) and (not before or on <= before)


class SaidByNationFilter(SaidFilter):
    nation = django_filters.ChoiceFilter(
        choices=Nation, field_name="meeting__group__nation", label="Nation", empty_label="All nations"
    )


class SaidListFilter(SaidByNationFilter):
    counts_others = False

    theme = django_filters.ChoiceFilter(
        choices=[("coded", "With a theme"), ("none", "Without a theme")],
        label="Theme",
        empty_label="With or without",
        method="by_theme",
    )

    def by_theme(self, queryset: Any, name: str, value: str) -> QuerySet:
        return queryset.filter(theme__isnull=value == "none")


class SaidCountFilter(SaidListFilter):
    """The same for how many there are in all, by any speaker."""

    counts_others = True


class ContributionFilter(django_filters.FilterSet):
    """For the API."""

    meeting = IdFilter(field_name="meeting_id", label="Id of the meeting.")
    group = django_filters.CharFilter(field_name="meeting__group__slug", label="Short name of the group.")
    network = django_filters.CharFilter(field_name="meeting__group__site__slug", label="Short name of the network.")
    theme = django_filters.CharFilter(field_name="theme__slug", label="Short name of the theme.")
    kind = django_filters.ChoiceFilter(choices=Contribution.Kind)
    level = django_filters.ChoiceFilter(choices=Contribution.Level)
    nation = django_filters.ChoiceFilter(choices=Nation, field_name="meeting__group__nation")

    class Meta:
        model = Contribution
        fields: list[str] = []
