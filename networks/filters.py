"""What narrows each list; the API and the pages share the allow-list of what may be asked."""

from datetime import date
from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet

from impact.core.access.permissions import has_perm
from impact.core.basics.vocabulary import Nation, Perspective
from networks.models import (
    Action,
    Contribution,
    Document,
    Group,
    GroupKind,
    LearningReceipt,
    Meeting,
    Membership,
    SharedLearning,
    Theme,
)
from sites.filters import FilterForm, Searching

MANY_GROUPS = 150  # above this a list of groups to choose from is no help


class IdFilter(django_filters.NumberFilter):
    """The id of a row: a whole number that a database can hold."""

    field_class = forms.IntegerField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, min_value=1, max_value=2**63 - 1, **kwargs)

    def get_max_validator(self) -> None:
        """max_value says it."""


def _visible_groups(request: Any) -> QuerySet[Group]:
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
        queryset=_visible_groups, to_field_name="slug", label="Group", empty_label="All groups"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "group" in self.filters and _visible_groups(self.request)[MANY_GROUPS:].exists():
            self.filters["group"].label = "Short name of the group"
            self.filters["group"].extra["widget"] = forms.TextInput
            self.filters["group"].extra.pop("empty_label", None)


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


class ActionFilter(WithGroup):
    q = django_filters.CharFilter(label="Words or owner", method="by_search")
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
    """The same for how many there are in all, whoever said it."""

    counts_others = True


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
        queryset=_visible_groups,
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


class ThemeFilter(Searching):
    USES = [("used", "Spoken of"), ("unused", "Not used yet"), ("undescribed", "Without a description")]

    q = django_filters.CharFilter(label="Name or description", method="by_search")
    use = django_filters.ChoiceFilter(choices=USES, label="Show", empty_label="All themes", method="by_use")

    class Meta:
        model = Theme
        fields: list[str] = []
        form = FilterForm

    def by_use(self, queryset: Any, name: str, value: str) -> QuerySet:
        if value == "undescribed":
            return queryset.filter(description="")
        return queryset.filter(used__gt=0) if value == "used" else queryset.filter(used=0)


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


class GroupApiFilter(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(choices=GroupKind)
    nation = django_filters.ChoiceFilter(choices=Nation)
    network = django_filters.CharFilter(field_name="site__slug", label="Short name of the network.")

    class Meta:
        model = Group
        fields: list[str] = []


class MemberApiFilter(django_filters.FilterSet):
    role = django_filters.ChoiceFilter(choices=Membership.Role)
    current = django_filters.BooleanFilter(method="by_current", label="Belonging today.")

    class Meta:
        model = Membership
        fields: list[str] = []

    def by_current(self, queryset: Any, name: str, value: bool) -> QuerySet:
        now = Membership.objects.current().values("pk")
        return queryset.filter(pk__in=now) if value else queryset.exclude(pk__in=now)


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


class LearningApiFilter(django_filters.FilterSet):
    group = django_filters.CharFilter(field_name="group__slug", label="Short name of the group that shares.")
    theme = django_filters.CharFilter(field_name="theme__slug", label="Short name of the theme.")
    sent_to = django_filters.CharFilter(
        field_name="receipts__group__slug", label="Short name of a group that received it.", distinct=True
    )

    class Meta:
        model = SharedLearning
        fields: list[str] = []


class DocumentApiFilter(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(choices=Document.Kind)
    meeting = IdFilter(field_name="meeting_id", label="Id of the meeting.")
    group = django_filters.CharFilter(field_name="group__slug", label="Short name of the group.")
    network = django_filters.CharFilter(field_name="network__slug", label="Short name of the network.")

    class Meta:
        model = Document
        fields: list[str] = []
