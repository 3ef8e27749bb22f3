"""Filters of lists of topics."""

from typing import Any

import django_filters

from impact.core.api.views import YearFilter
from impact.core.web.forms import FilterForm, Searching, search_rows
from sites.topics.models import Topic


def _years(request: Any) -> list[tuple[int, str]]:
    years = Topic.objects.visible_to(request.user).filter(proposed_for__isnull=False)
    found = years.order_by("-proposed_for").values_list("proposed_for", flat=True).distinct()
    return [(year, str(year)) for year in found if year is not None]


class TopicFilter(Searching):
    q = search_rows("Name")
    source = django_filters.ChoiceFilter(choices=Topic.Source, label="Where it came from", empty_label="Anywhere")
    proposed_for = django_filters.ChoiceFilter(label="Candidate for", empty_label="Any year")

    class Meta:
        model = Topic
        fields: list[str] = []
        form = FilterForm

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["proposed_for"].extra["choices"] = _years(self.request)


class TopicApiFilter(Searching):
    """Filters of /api/v1/topics/."""

    search = search_rows("Words in the name or summary")
    proposed_for = YearFilter(label="The year it is a candidate for")
    source = django_filters.ChoiceFilter(choices=Topic.Source)

    class Meta:
        model = Topic
        fields: list[str] = []
