"""What narrows each list; the API and the pages share the allow-list of what may be asked."""

from typing import Any

import django_filters
from django.db.models import QuerySet

from impact.core.api.views import NationFilter, YearFilter
from impact.core.basics.vocabulary import Nation
from impact.core.web.forms import Form
from sites.models import DeliveryModel, Organisation, Round, Site, Topic, Update


class FilterForm(Form):
    """All of a filter is optional, so no field says so."""

    hide_optional = True


class Searching(django_filters.FilterSet):
    """A filter whose search goes through the queryset's own ``search``."""

    def by_search(self, queryset: Any, name: str, value: str) -> QuerySet:
        return queryset.search(value)


def _search(label: str) -> django_filters.CharFilter:
    return django_filters.CharFilter(label=label, method="by_search")


class SiteFilter(Searching):
    q = _search("Name, place, topic or host")
    delivery_model = django_filters.ChoiceFilter(
        choices=DeliveryModel, label="Delivery model", empty_label="All delivery models"
    )
    nation = NationFilter(choices=Nation.choices, label="Nation", empty_label="All nations")
    status = django_filters.ChoiceFilter(choices=Site.Status, label="Status", empty_label="All statuses")

    class Meta:
        model = Site
        fields: list[str] = []
        form = FilterForm


class OrganisationFilter(Searching):
    q = _search("Name")
    kind = django_filters.ChoiceFilter(choices=Organisation.Kind, label="Kind", empty_label="All kinds")
    nation = django_filters.ChoiceFilter(choices=Nation, label="Nation", empty_label="All nations")

    class Meta:
        model = Organisation
        fields: list[str] = []
        form = FilterForm


def _years(request: Any) -> list[tuple[int, str]]:
    years = Topic.objects.visible_to(request.user).filter(proposed_for__isnull=False)
    return [
        (year, str(year)) for year in years.order_by("-proposed_for").values_list("proposed_for", flat=True).distinct()
    ]


class TopicFilter(Searching):
    q = _search("Name")
    source = django_filters.ChoiceFilter(choices=Topic.Source, label="Where it came from", empty_label="Anywhere")
    proposed_for = django_filters.ChoiceFilter(label="Candidate for", empty_label="Any year")

    class Meta:
        model = Topic
        fields: list[str] = []
        form = FilterForm

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["proposed_for"].extra["choices"] = _years(self.request)


class RoundFilter(django_filters.FilterSet):
    """The list of rounds is short: it is ordered, not narrowed."""

    class Meta:
        model = Round
        fields: list[str] = []
        form = FilterForm


class SiteApiFilter(Searching):
    """Filters of /api/v1/sites/."""

    search = _search("Words in the name, place, topic or host")
    delivery_model = django_filters.ChoiceFilter(choices=DeliveryModel)
    nation = NationFilter(choices=Nation.choices, label="Sites that work there; UK-wide sites count everywhere")
    status = django_filters.ChoiceFilter(choices=Site.Status)
    topic = django_filters.CharFilter(field_name="topic__slug", label="A topic's slug")

    class Meta:
        model = Site
        fields: list[str] = []


class TopicApiFilter(Searching):
    """Filters of /api/v1/topics/."""

    search = _search("Words in the name or summary")
    proposed_for = YearFilter(label="The year it is a candidate for")
    source = django_filters.ChoiceFilter(choices=Topic.Source)

    class Meta:
        model = Topic
        fields: list[str] = []


class OrganisationApiFilter(Searching):
    """Filters of /api/v1/organisations/."""

    search = _search("Words in the name or summary")
    kind = django_filters.ChoiceFilter(choices=Organisation.Kind)
    nation = django_filters.ChoiceFilter(choices=Nation)

    class Meta:
        model = Organisation
        fields: list[str] = []


class UpdateApiFilter(Searching):
    """Filters of /api/v1/updates/."""

    search = _search("Words in the title or text")
    site = django_filters.CharFilter(field_name="site__slug", label="A site's slug")
    published_after = django_filters.DateFilter(
        field_name="published_at", lookup_expr="date__gte", label="Published on this day or later"
    )

    class Meta:
        model = Update
        fields: list[str] = []
