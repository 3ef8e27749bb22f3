"""Filters of posts and of supervision."""

from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet

from impact.core.basics import clock
from impact.core.web.forms import FilterForm, Searching, search_rows
from sites.registry.caseload.models import Supervision
from sites.registry.caseload.queries import overdue_posts
from sites.registry.models import SiteRole


class _PostSearch(Searching):
    def by_search(self, queryset: Any, name: str, value: str) -> QuerySet:
        return queryset.filter(Q(person__name__icontains=value) | Q(site__name__icontains=value)) if value else queryset


class PostFilter(_PostSearch):
    """Narrow the caseload."""

    q = search_rows("Person or site")
    kind = django_filters.ChoiceFilter(choices=SiteRole.Kind, label="Post", empty_label="All posts")
    state = django_filters.ChoiceFilter(choices=SiteRole.State, label="Status", empty_label="All statuses")
    overdue = django_filters.BooleanFilter(label="Supervision overdue", method="by_overdue", widget=forms.CheckboxInput)

    class Meta:
        model = SiteRole
        fields: list[str] = []
        form = FilterForm

    def by_overdue(self, queryset: Any, name: str, value: bool) -> QuerySet:
        return overdue_posts(queryset, clock.today()) if value else queryset


class PostApiFilter(_PostSearch):
    """Filters of /api/v1/posts/."""

    search = search_rows("Words in the person's name or the site's")
    site = django_filters.CharFilter(field_name="site__slug", label="A site's slug")
    kind = django_filters.ChoiceFilter(choices=SiteRole.Kind)
    state = django_filters.ChoiceFilter(choices=SiteRole.State)
    overdue = django_filters.BooleanFilter(label="Supervision is overdue", method="by_overdue")

    class Meta:
        model = SiteRole
        fields: list[str] = []

    def by_overdue(self, queryset: Any, name: str, value: bool) -> QuerySet:
        late = overdue_posts(queryset, clock.today())
        return late if value else queryset.exclude(pk__in=late.values("pk"))


class SupervisionApiFilter(django_filters.FilterSet):
    """Filters of /api/v1/supervisions/."""

    post = django_filters.NumberFilter(field_name="role", label="Id of a post", min_value=1)
    site = django_filters.CharFilter(field_name="role__site__slug", label="A site's slug")
    is_held = django_filters.BooleanFilter(label="Held, or only planned")

    class Meta:
        model = Supervision
        fields: list[str] = []
