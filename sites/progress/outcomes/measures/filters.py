"""Filters of lists of outcome measures."""

import django_filters

from impact.core.basics.vocabulary import Nation
from impact.core.web.forms import FilterForm, Searching, search_rows
from sites.progress.delivery.filters import OfSiteInNation
from sites.progress.outcomes.measures.models import Frame, OutcomeMeasure
from sites.registry.models import DeliveryModel


class MeasureFilter(Searching):
    """Filters of the measures of all sites."""

    q = search_rows("Name, definition or source")
    frame = django_filters.ChoiceFilter(choices=Frame, label="About", empty_label="All five")
    delivery_model = django_filters.ChoiceFilter(
        field_name="site__delivery_model",
        choices=DeliveryModel,
        label="Delivery model",
        empty_label="All delivery models",
    )
    nation = OfSiteInNation(choices=Nation.choices, label="Nation", empty_label="All nations")

    class Meta:
        model = OutcomeMeasure
        fields: list[str] = []
        form = FilterForm


class MeasureApiFilter(Searching):
    """Filters of /api/v1/outcome-measures/."""

    search = search_rows("Words in the name, definition or source")
    site = django_filters.CharFilter(field_name="site__slug", label="A site's slug")
    frame = django_filters.ChoiceFilter(choices=Frame)

    class Meta:
        model = OutcomeMeasure
        fields: list[str] = []
