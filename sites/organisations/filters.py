"""Filters of lists of organisations."""

import django_filters

from impact.core.basics.vocabulary import Nation
from impact.core.web.forms import FilterForm, Searching, search_rows
from sites.organisations.models import Organisation


class OrganisationFilter(Searching):
    q = search_rows("Name")
    kind = django_filters.ChoiceFilter(choices=Organisation.Kind, label="Kind", empty_label="All kinds")
    nation = django_filters.ChoiceFilter(choices=Nation, label="Nation", empty_label="All nations")

    class Meta:
        model = Organisation
        fields: list[str] = []
        form = FilterForm


class OrganisationApiFilter(Searching):
    """Filters of /api/v1/organisations/."""

    search = search_rows("Words in the name or summary")
    kind = django_filters.ChoiceFilter(choices=Organisation.Kind)
    nation = django_filters.ChoiceFilter(choices=Nation)

    class Meta:
        model = Organisation
        fields: list[str] = []
