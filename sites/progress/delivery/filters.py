"""Filters of lists of milestones, commitments and learning notes."""

from typing import Any

import django_filters
from django.db.models import QuerySet

from impact.core.api.views import NationFilter
from impact.core.basics import clock
from impact.core.basics.vocabulary import Nation
from impact.core.web.forms import FilterForm, Searching, search_rows
from sites.progress.delivery.models import Commitment, LearningNote, Milestone
from sites.registry.models import DeliveryModel, Site


class OfSiteInNation(NationFilter):
    """Rows of sites that work in a nation; those of UK-wide sites count everywhere."""

    def filter(self, qs: Any, value: str) -> Any:
        return qs.filter(site__in=Site.objects.in_nation(value)) if value else qs


def sites_with_notes(request: Any) -> QuerySet[Site]:
    """Sites whose learning notes the reader may see, and that have some."""
    if not request:
        return Site.objects.none()
    notes = LearningNote.objects.visible_to(request.user)
    return Site.objects.filter(pk__in=notes.order_by().values("site_id"))


class SiteNoteFilter(Searching):
    """Filters of the notes of one site."""

    q = search_rows("Words in a note")

    class Meta:
        model = LearningNote
        fields: list[str] = []
        form = FilterForm


class NoteFilter(SiteNoteFilter):
    """Filters of the notes of all sites."""

    site = django_filters.ModelChoiceFilter(
        queryset=sites_with_notes, to_field_name="slug", label="Site", empty_label="All sites"
    )
    delivery_model = django_filters.ChoiceFilter(
        field_name="site__delivery_model",
        choices=DeliveryModel,
        label="Delivery model",
        empty_label="All delivery models",
    )
    nation = OfSiteInNation(choices=Nation.choices, label="Nation", empty_label="All nations")


class NoteApiFilter(Searching):
    """Filters of /api/v1/learning-notes/."""

    search = search_rows("Words in the note or the name of its site")
    site = django_filters.CharFilter(field_name="site__slug", label="A site's slug")
    delivery_model = django_filters.ChoiceFilter(field_name="site__delivery_model", choices=DeliveryModel)
    nation = OfSiteInNation(
        choices=Nation.choices, label="Notes of sites that work there; those of UK-wide sites count everywhere"
    )

    class Meta:
        model = LearningNote
        fields: list[str] = []


OVERDUE = "overdue"


class CommitmentFilter(Searching):
    """Filters of the commitments of all sites."""

    q = search_rows("Words in the commitment or in how it ended")
    state = django_filters.ChoiceFilter(
        choices=[(OVERDUE, "Overdue"), *Commitment.State.choices],
        label="State",
        empty_label="All states",
        method="by_state",
    )
    side = django_filters.ChoiceFilter(choices=Commitment.Side, label="Who promises", empty_label="Both sides")
    nation = OfSiteInNation(choices=Nation.choices, label="Nation", empty_label="All nations")

    class Meta:
        model = Commitment
        fields: list[str] = []
        form = FilterForm

    def by_state(self, queryset: Any, name: str, value: str) -> QuerySet:
        return queryset.overdue(clock.today()) if value == OVERDUE else queryset.filter(state=value)


class CommitmentApiFilter(Searching):
    """Filters of /api/v1/commitments/."""

    search = search_rows("Words in the commitment or in how it ended")
    site = django_filters.CharFilter(field_name="site__slug", label="A site's slug")
    side = django_filters.ChoiceFilter(choices=Commitment.Side)
    state = django_filters.ChoiceFilter(choices=Commitment.State)
    overdue = django_filters.BooleanFilter(method="by_overdue", label="Due before today, and not known how it ended.")

    class Meta:
        model = Commitment
        fields: list[str] = []

    def by_overdue(self, queryset: Any, name: str, value: bool) -> QuerySet:
        late = Commitment.objects.overdue(clock.today()).values("pk")
        return queryset.filter(pk__in=late) if value else queryset.exclude(pk__in=late)


class MilestoneApiFilter(Searching):
    """Filters of /api/v1/milestones/."""

    search = search_rows("Words in the title")
    site = django_filters.CharFilter(field_name="site__slug", label="A site's slug")
    complete = django_filters.BooleanFilter(
        field_name="actual_on", lookup_expr="isnull", exclude=True, label="Whether it has an actual date"
    )
    overdue = django_filters.BooleanFilter(method="by_overdue", label="Planned for before today, and not complete.")

    class Meta:
        model = Milestone
        fields: list[str] = []

    def by_overdue(self, queryset: Any, name: str, value: bool) -> QuerySet:
        late = Milestone.objects.overdue(clock.today()).values("pk")
        return queryset.filter(pk__in=late) if value else queryset.exclude(pk__in=late)
