"""Filters of lists of sites."""

import django_filters

from impact.core.api.views import NationFilter
from impact.core.basics.vocabulary import Nation
from impact.core.web.forms import FilterForm, Searching, search_rows
from sites.registry.models import DeliveryModel, Site


class SiteFilter(Searching):
    q = search_rows("Name, place, topic or host")
    delivery_model = django_filters.ChoiceFilter(
        choices=DeliveryModel, label="Delivery model", empty_label="All delivery models"
    )
    nation = NationFilter(choices=Nation.choices, label="Nation", empty_label="All nations")
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
    status = django_filters.ChoiceFilter(choices=Site.Status)
    topic = django_filters.CharFilter(field_name="topic__slug", label="A topic's slug")

    class Meta:
        model = Site
        fields: list[str] = []
