"""Filters of lists of applications."""

from typing import Any

import django_filters
from django.db.models import QuerySet

from impact.core.basics.vocabulary import FOUR_NATIONS, Region
from impact.core.web.forms import FilterForm, Searching, search_rows
from sites.calls.applications.models import Application
from sites.calls.rounds.questions.facts import Area, Size
from sites.organisations.models import Organisation
from sites.registry.models import DeliveryModel

EVERY_STATE = "all"
NATIONS = [(nation.value, nation.label) for nation in FOUR_NATIONS]


class ApplicationFilter(Searching):
    """Narrow a round's list of applications, which shows those in the running unless asked for others."""

    q = search_rows("Organisation, place or reference")
    state = django_filters.ChoiceFilter(
        choices=[*Application.State.choices, (EVERY_STATE, "All")], label="State", empty_label=None, method="by_state"
    )
    nation = django_filters.ChoiceFilter(choices=NATIONS, label="Nation", empty_label="All nations")
    region = django_filters.ChoiceFilter(choices=Region, label="Region of England", empty_label="All regions")
    kind = django_filters.ChoiceFilter(
        field_name="organisation_kind", choices=Organisation.Kind, label="Type of organisation", empty_label="All types"
    )
    size = django_filters.ChoiceFilter(
        field_name="organisation_size", choices=Size, label="Size of organisation", empty_label="Any size"
    )
    topic = django_filters.ChoiceFilter(field_name="topic__slug", label="Topic", empty_label="All topics")
    model = django_filters.ChoiceFilter(
        field_name="delivery_model", choices=DeliveryModel, label="Delivery model", empty_label="All models"
    )
    source = django_filters.ChoiceFilter(choices=Application.Source, label="How it came", empty_label="Any way")

    class Meta:
        model = Application
        fields: list[str] = []
        form = FilterForm

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        data = data.copy() if data is not None else {}
        if not data.get("state"):
            data["state"] = Application.State.SUBMITTED.value
        super().__init__(data, *args, **kwargs)
        round = getattr(self.request, "round", None)  # the one in the address
        topics = round.topics.values_list("slug", "name") if round is not None else []
        self.filters["topic"].extra["choices"] = list(topics)

    def by_state(self, queryset: Any, name: str, value: str) -> QuerySet:
        return queryset if value == EVERY_STATE else queryset.filter(state=value)


class ApplicationApiFilter(Searching):
    """Filters of /api/v1/applications/."""

    search = search_rows("Words in the reference, organisation or place")
    round = django_filters.CharFilter(field_name="round__slug", label="A round's slug")
    state = django_filters.ChoiceFilter(choices=Application.State)
    source = django_filters.ChoiceFilter(choices=Application.Source)
    nation = django_filters.ChoiceFilter(choices=NATIONS)
    region = django_filters.ChoiceFilter(choices=Region)
    area = django_filters.ChoiceFilter(choices=Area)
    organisation_kind = django_filters.ChoiceFilter(choices=Organisation.Kind)
    organisation_size = django_filters.ChoiceFilter(choices=Size)
    topic = django_filters.CharFilter(field_name="topic__slug", label="A topic's slug")
    delivery_model = django_filters.ChoiceFilter(choices=DeliveryModel)
    organisation = django_filters.CharFilter(field_name="organisation__slug", label="Slug of a matched organisation")
    is_first_time = django_filters.BooleanFilter()
    is_user_led = django_filters.BooleanFilter()
    is_under_pressure = django_filters.BooleanFilter()

    class Meta:
        model = Application
        fields: list[str] = []
