"""Filters of lists of rounds."""

import django_filters

from impact.core.web.forms import FilterForm
from sites.calls.rounds.models import Round


class RoundFilter(django_filters.FilterSet):
    """The list of rounds is short: it is ordered, not narrowed."""

    class Meta:
        model = Round
        fields: list[str] = []
        form = FilterForm
