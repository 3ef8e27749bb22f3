"""Filters of lists of sites."""

from typing import Any

import django_filters

from impact.core.api.views import NationFilter
from impact.core.basics.vocabulary import Nation, Region
from impact.core.web.forms import FilterForm, Searching, search_rows
from sites.registry.models import ANYWHERE, DeliveryModel, Site

REGIONS = [*Region.choices, (ANYWHERE, "England, no one region")]


class RegionFilter(django_filters.ChoiceFilter):
    """Filter by region of England through the queryset's own ``in_region``."""

    def filter(self, qs: Any, value: str) -> Any:
        return qs.in_region(value) if value else qs


class SiteFilter(Searching):
    q = search_rows("Name, place, topic or host")
    delivery_model = django_filters.ChoiceFilter(
        choices=DeliveryModel, label="Delivery model", empty_label="All delivery models"
    )
    nation = NationFilter(choices=Nation.choices, label="Nation", empty_label="All nations")
    region = RegionFilter(choices=REGIONS, label="Region of England", empty_label="All regions")
    status = django_filters.ChoiceFilter(choices=Site.Status, label="Status", empty_label="All statuses")

    class Meta:
        model = Site
        fields: list[str] = []
        form = FilterForm


class SiteApiFilter(Searching):
    """Filters of /api/v1/sites/."""

    search = search_rows("Words in the name, place, topic or host")
    delivery_model = django_filters.ChoiceFilter(choices=DeliveryModel)
    nation = NationFilter(choices=Nation.choices, label="Sites that work there; UK-wide sites count everywhere")
    region = RegionFilter(choices=REGIONS, label="Region of England; none: sites there that are not in one region")
    status = django_filters.ChoiceFilter(choices=Site.Status)
    topic = django_filters.CharFilter(field_name="topic__slug", label="A topic's slug")

    class Meta:
        model = Site
        fields: list[str] = []
