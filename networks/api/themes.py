"""Themes: the words under which contributions stand together."""

from rest_framework import serializers

from impact.core.api import ReadOnlyViewSet
from networks.models import Theme


class ThemeSerializer(serializers.ModelSerializer):
    merged_into = serializers.SlugRelatedField(
        slug_field="slug",
        read_only=True,
        allow_null=True,
        help_text="The theme in which this one lives on; null: in use.",
    )

    class Meta:
        model = Theme
        fields = ["slug", "name", "description", "merged_into"]


class ThemeViewSet(ReadOnlyViewSet):
    """Themes. Whether one helps or hinders is a matter of each contribution, not of the theme."""

    queryset = Theme.objects.select_related("merged_into")
    serializer_class = ThemeSerializer
    lookup_field = "slug"
