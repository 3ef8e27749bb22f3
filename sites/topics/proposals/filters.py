"""Filters of lists of proposals and of the counts of the survey."""

from typing import Any

import django_filters
from django.apps import apps
from django.db.models import QuerySet

from impact.core.api.views import NationFilter, YearFilter
from impact.core.basics.vocabulary import Nation
from impact.core.web.forms import FilterForm, Searching, search_rows
from sites.topics.proposals.models import Proposal, SurveyCount


def _groups(request: Any) -> QuerySet:
    """The assemblies of the proposals that the reader may see."""
    groups = apps.get_model("networks", "Group").objects
    rows = Proposal.objects.visible_to(request.user).filter(group__isnull=False) if request else Proposal.objects.none()
    return groups.filter(pk__in=rows.order_by().values("group_id")).order_by("name")


def _years(request: Any) -> list[tuple[int, str]]:
    rows = Proposal.objects.visible_to(request.user).order_by("-year").values_list("year", flat=True).distinct()
    return [(year, str(year)) for year in rows]


class ProposalFilter(Searching):
    q = search_rows("Words in the proposal")
    year = django_filters.ChoiceFilter(label="For the year", empty_label="Any year")
    state = django_filters.ChoiceFilter(choices=Proposal.State, label="State", empty_label="Any state")
    source = django_filters.ChoiceFilter(choices=Proposal.Source, label="Who proposes it", empty_label="Anyone")
    group = django_filters.ModelChoiceFilter(
        queryset=_groups, to_field_name="slug", label="Assembly", empty_label="Any assembly"
    )
    nation = NationFilter(choices=Nation, label="Nation", empty_label="Any nation")

    class Meta:
        model = Proposal
        fields: list[str] = []
        form = FilterForm

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["year"].extra["choices"] = _years(self.request)


class ProposalApiFilter(Searching):
    """Filters of /api/v1/topic-proposals/."""

    search = search_rows("Words in the proposal")
    year = YearFilter(label="The year for which it is proposed")
    state = django_filters.ChoiceFilter(choices=Proposal.State)
    source = django_filters.ChoiceFilter(choices=Proposal.Source)
    group = django_filters.CharFilter(field_name="group__slug", label="An assembly's slug")
    topic = django_filters.CharFilter(field_name="topic__slug", label="Slug of the topic that it was taken on as")
    nation = NationFilter(choices=Nation, label="A nation that it is about")

    class Meta:
        model = Proposal
        fields: list[str] = []


class SurveyCountApiFilter(django_filters.FilterSet):
    """Filters of /api/v1/survey-counts/."""

    year = YearFilter(field_name="proposal__year", label="The year of the survey")
    nation = django_filters.ChoiceFilter(choices=Nation)

    class Meta:
        model = SurveyCount
        fields: list[str] = []
