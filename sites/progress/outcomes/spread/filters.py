"""Filters of the places that took up a site's work."""

import django_filters

from impact.core.basics.vocabulary import Nation
from impact.core.web.forms import Searching, search_rows
from sites.progress.outcomes.spread.models import Uptake


class UptakeApiFilter(Searching):
    """Filters of /api/v1/uptakes/."""

    search = search_rows("Words in the place, its organisation or what was taken up")
    site = django_filters.CharFilter(field_name="site__slug", label="A site's slug")
    nation = django_filters.ChoiceFilter(choices=Nation)
    how = django_filters.ChoiceFilter(choices=Uptake.How)

    class Meta:
        model = Uptake
        fields: list[str] = []
