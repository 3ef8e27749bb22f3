"""Filters of lists of shared learning."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet

from impact.core.web.forms import FilterForm
from networks.groups.filters import WithGroup, visible_groups
from networks.groups.models import Group, Membership
from networks.network.learning.models import LearningReceipt, SharedLearning
from networks.themes.models import Theme


def _themes_of_learning(request: Any) -> QuerySet[Theme]:
    """Themes of learning that the reader may see."""
    seen = SharedLearning.objects.visible_to(request.user) if request else SharedLearning.objects.none()
    return Theme.objects.in_use().filter(pk__in=seen.exclude(theme=None).order_by().values("theme_id"))


class LearningFilter(WithGroup):
    BOXES = [("received", "Received"), ("given", "Given")]
    ANSWERS = [("waiting", "Waiting for an answer"), *LearningReceipt.Answer.choices]

    box = django_filters.ChoiceFilter(
        choices=BOXES, label="My groups", empty_label="Given and received", method="by_box"
    )
    answer = django_filters.ChoiceFilter(choices=ANSWERS, label="Answer", empty_label="All answers", method="by_answer")
    theme = django_filters.ModelChoiceFilter(
        queryset=_themes_of_learning,
        to_field_name="slug",
        label="Theme",
        empty_label="All themes",
    )
    group = django_filters.ModelChoiceFilter(
        queryset=visible_groups,
        to_field_name="slug",
        label="From or to",
        empty_label="All groups",
        method="by_group",
    )

    class Meta:
        model = SharedLearning
        fields: list[str] = []
        form = FilterForm

    def by_box(self, queryset: Any, name: str, value: str) -> QuerySet:
        mine = Membership.objects.current().filter(person__user_id=self.request.user.pk).values("group_id")
        if value == "given":
            return queryset.filter(group__in=mine)
        return queryset.filter(pk__in=LearningReceipt.objects.filter(group__in=mine).values("learning_id"))

    def by_answer(self, queryset: Any, name: str, value: str) -> QuerySet:
        answered = LearningReceipt.objects.filter(answer="" if value == "waiting" else value)
        return queryset.filter(pk__in=answered.values("learning_id"))

    def by_group(self, queryset: Any, name: str, value: Group) -> QuerySet:
        sent = LearningReceipt.objects.filter(group=value).values("learning_id")
        return queryset.filter(Q(group=value) | Q(pk__in=sent))


class LearningApiFilter(django_filters.FilterSet):
    group = django_filters.CharFilter(field_name="group__slug", label="Short name of the group that shares.")
    theme = django_filters.CharFilter(field_name="theme__slug", label="Short name of the theme.")
    sent_to = django_filters.CharFilter(
        field_name="receipts__group__slug", label="Short name of a group that received it.", distinct=True
    )

    class Meta:
        model = SharedLearning
        fields: list[str] = []
