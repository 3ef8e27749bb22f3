"""Filters of lists of evidence and of evidence gaps. Topics and sites are those that the reader may see."""

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet

from impact.core.basics.vocabulary import EvidenceKind
from impact.core.web.forms import FilterForm, Searching, search_rows
from sites.progress.evidence.models import EvidenceGap, EvidenceItem, Strength
from sites.registry.models import Site
from sites.topics.models import Topic


def _topics(request: Any) -> QuerySet[Topic]:
    return Topic.objects.visible_to(request.user) if request else Topic.objects.none()


def _sites(request: Any) -> QuerySet[Site]:
    return Site.objects.visible_to(request.user) if request else Site.objects.none()


# A link to a topic or site that the reader may not see must not be found out by filtering.
class EvidenceFilter(Searching):
    q = search_rows("Title, summary or source")
    kind = django_filters.ChoiceFilter(choices=EvidenceKind, label="Kind", empty_label="All kinds")
    strength = django_filters.ChoiceFilter(choices=Strength, label="Strength", empty_label="Any strength")
    topic = django_filters.ModelChoiceFilter(
        queryset=_topics, to_field_name="slug", label="Topic", empty_label="All topics", method="by_topic"
    )
    site = django_filters.ModelChoiceFilter(
        queryset=_sites, to_field_name="slug", label="Site", empty_label="All sites", method="by_site"
    )

    class Meta:
        model = EvidenceItem
        fields: list[str] = []
        form = FilterForm

    def by_topic(self, queryset: Any, name: str, value: Topic) -> QuerySet:
        return queryset.about_topics(Topic.objects.filter(pk=value.pk))

    def by_site(self, queryset: Any, name: str, value: Site) -> QuerySet:
        return queryset.about_sites(Site.objects.filter(pk=value.pk))


class EvidenceApiFilter(Searching):
    """Filters of /api/v1/evidence/."""

    search = search_rows("Words in the title, summary or source")
    kind = django_filters.ChoiceFilter(choices=EvidenceKind)
    strength = django_filters.ChoiceFilter(choices=Strength)
    topic = django_filters.CharFilter(method="by_topic", label="A topic's slug")
    site = django_filters.CharFilter(method="by_site", label="A site's slug")

    class Meta:
        model = EvidenceItem
        fields: list[str] = []

    def by_topic(self, queryset: Any, name: str, value: str) -> QuerySet:
        return queryset.about_topics(_topics(self.request).filter(slug=value))

    def by_site(self, queryset: Any, name: str, value: str) -> QuerySet:
        return queryset.about_sites(_sites(self.request).filter(slug=value))


EVERY_STATE = "all"


class GapFilter(Searching):
    """Narrow the list of gaps, which shows the open ones unless asked for others."""

    q = search_rows("Question, reason or answer")
    state = django_filters.ChoiceFilter(
        choices=[*EvidenceGap.State.choices, (EVERY_STATE, "All")], label="State", empty_label=None, method="by_state"
    )
    topic = django_filters.ModelChoiceFilter(
        queryset=_topics, to_field_name="slug", label="Topic", empty_label="All topics"
    )
    site = django_filters.ModelChoiceFilter(
        queryset=_sites, to_field_name="slug", label="Site", empty_label="All sites"
    )
    long_open = django_filters.BooleanFilter(
        label="Open over 90 days", method="by_long_open", widget=forms.CheckboxInput
    )

    class Meta:
        model = EvidenceGap
        fields: list[str] = []
        form = FilterForm

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        data = data.copy() if data is not None else {}
        if not data.get("state"):
            data["state"] = EvidenceGap.State.OPEN.value
        super().__init__(data, *args, **kwargs)

    def by_state(self, queryset: Any, name: str, value: str) -> QuerySet:
        return queryset if value == EVERY_STATE else queryset.filter(state=value)

    def by_long_open(self, queryset: Any, name: str, value: bool) -> QuerySet:
        return queryset.long_open() if value else queryset


class GapApiFilter(Searching):
    """Filters of /api/v1/evidence-gaps/."""

    search = search_rows("Words in the question, in why it matters or in the answer")
    state = django_filters.ChoiceFilter(choices=EvidenceGap.State)
    topic = django_filters.CharFilter(field_name="topic__slug", label="Slug of the topic that it was raised from")
    site = django_filters.CharFilter(field_name="site__slug", label="Slug of the site that it was raised from")
    raised_before = django_filters.DateFilter(field_name="raised_on", lookup_expr="lt", label="Raised before this day")
    long_open = django_filters.BooleanFilter(method="by_long_open", label="Open for more than 90 days")

    class Meta:
        model = EvidenceGap
        fields: list[str] = []

    def by_long_open(self, queryset: Any, name: str, value: bool) -> QuerySet:
        late = EvidenceGap.objects.long_open().values("pk")
        return queryset.filter(pk__in=late) if value else queryset.exclude(pk__in=late)
