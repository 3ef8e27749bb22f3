"""Filters of lists of documents."""

import django_filters

from networks.documents.models import Document
from networks.groups.filters import IdFilter


class DocumentApiFilter(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(choices=Document.Kind)
    meeting = IdFilter(field_name="meeting_id", label="Id of the meeting.")
    group = django_filters.CharFilter(field_name="group__slug", label="Short name of the group.")
    network = django_filters.CharFilter(field_name="network__slug", label="Short name of the network.")

    class Meta:
        model = Document
        fields: list[str] = []
