"""Filters of lists of updates."""

import django_filters

from impact.core.web.forms import Searching, search_rows
from sites.updates.models import Update


class UpdateApiFilter(Searching):
    """Filters of /api/v1/updates/."""

    search = search_rows("Words in the title or text")
    site = django_filters.CharFilter(field_name="site__slug", label="A site's slug")
    published_after = django_filters.DateFilter(
        field_name="published_at", lookup_expr="date__gte", label="Published on this day or later"
    )

    class Meta:
        model = Update
        fields: list[str] = []
