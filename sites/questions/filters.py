"""Filters of the queue of Ask IMPACT."""

from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet

from impact.core.basics import clock
from impact.core.basics.vocabulary import Nation
from impact.core.web.forms import FilterForm, Searching, search_rows
from sites.progress.evidence.models import EvidenceItem
from sites.questions.models import AskedQuestion
from sites.topics.models import Topic

WAITING, EVERY = "waiting", "all"


def _topics(request: Any) -> QuerySet[Topic]:
    return Topic.objects.visible_to(request.user) if request else Topic.objects.none()


class QuestionFilter(Searching):
    """Narrow the queue, which shows the questions that wait unless asked for others."""

    q = search_rows("Question, asker or answer")
    state = django_filters.ChoiceFilter(
        choices=[(WAITING, "Waiting"), *AskedQuestion.State.choices, (EVERY, "All")],
        label="State",
        empty_label=None,
        method="by_state",
    )
    topic = django_filters.ModelChoiceFilter(
        queryset=_topics, to_field_name="slug", label="Topic", empty_label="All topics"
    )
    nation = django_filters.ChoiceFilter(choices=Nation.choices, label="Nation", empty_label="All nations")
    mine = django_filters.BooleanFilter(label="Given to me", method="by_mine", widget=forms.CheckboxInput)
    overdue = django_filters.BooleanFilter(label="Overdue", method="by_overdue", widget=forms.CheckboxInput)

    class Meta:
        model = AskedQuestion
        fields: list[str] = []
        form = FilterForm

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        data = data.copy() if data is not None else {}
        if not data.get("state"):
            data["state"] = WAITING
        super().__init__(data, *args, **kwargs)

    def by_state(self, queryset: Any, name: str, value: str) -> QuerySet:
        if value == WAITING:
            return queryset.waiting()
        return queryset if value == EVERY else queryset.filter(state=value)

    def by_mine(self, queryset: Any, name: str, value: bool) -> QuerySet:
        return queryset.filter(assignee=self.request.user) if value else queryset

    def by_overdue(self, queryset: Any, name: str, value: bool) -> QuerySet:
        return queryset.overdue(clock.today()) if value else queryset


class QuestionApiFilter(Searching):
    """Filters of /api/v1/questions/."""

    search = search_rows("Words in the question, its asker or the answer")
    state = django_filters.ChoiceFilter(choices=AskedQuestion.State)
    site = django_filters.CharFilter(field_name="site__slug", label="Slug of an Ask IMPACT site")
    topic = django_filters.CharFilter(field_name="topic__slug", label="A topic's slug")
    nation = django_filters.ChoiceFilter(choices=Nation)
    waiting = django_filters.BooleanFilter(method="by_waiting", label="Neither shared nor declined")
    overdue = django_filters.BooleanFilter(method="by_overdue", label="Waiting, and due before today")
    evidence = django_filters.CharFilter(method="by_evidence", label="Slug of an item that the answer rests on")

    class Meta:
        model = AskedQuestion
        fields: list[str] = []

    def by_waiting(self, queryset: Any, name: str, value: bool) -> QuerySet:
        waits = Q(state__in=AskedQuestion.WAITING)
        return queryset.filter(waits if value else ~waits)

    def by_overdue(self, queryset: Any, name: str, value: bool) -> QuerySet:
        late = AskedQuestion.objects.overdue(clock.today()).values("pk")
        return queryset.filter(pk__in=late) if value else queryset.exclude(pk__in=late)

    def by_evidence(self, queryset: Any, name: str, value: str) -> QuerySet:
        seen = EvidenceItem.objects.visible_to(self.request.user).filter(slug=value)
        links = AskedQuestion.evidence.through.objects.filter(evidenceitem__in=seen.values("pk"))
        return queryset.filter(pk__in=links.values("askedquestion_id"))
