"""How sites, topics and organisations are named in the API, and what endpoints of rows inside a site share."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from impact.core.access.permissions import has_perm, require
from impact.core.api.fields import VisibleSlug
from impact.core.api.views import EditableViewSet
from sites.organisations.models import Organisation
from sites.registry.models import Site
from sites.topics.models import Topic


class TopicLink(serializers.ModelSerializer):
    class Meta:
        model = Topic
        fields = ["slug", "name"]


class OrganisationLink(serializers.ModelSerializer):
    class Meta:
        model = Organisation
        fields = ["slug", "name"]


class SiteLink(serializers.ModelSerializer):
    class Meta:
        model = Site
        fields = ["slug", "name"]


def editable_sites(user: Any) -> QuerySet[Site]:
    """The sites that ``user`` may change."""
    return Site.objects.all() if has_perm(user, "sites.edit_site") else Site.objects.worked_at_by(user)


class EditableSite(VisibleSlug):
    """A site that the caller may change: another one is as unknown as a missing one."""

    def __init__(self, **kwargs: Any) -> None:
        defaults = {"queryset": Site.objects.all(), "help_text": "The slug of a site that you may edit."}
        super().__init__(**{**defaults, **kwargs})

    def get_queryset(self) -> QuerySet:
        request = self.context.get("request")
        return editable_sites(request.user) if request else Site.objects.none()


class CoverageSerializer(serializers.Serializer):
    """How many units of the roster take part."""

    on = serializers.DateField(help_text="The day for which this counts.")
    joined = serializers.IntegerField(help_text="Units that take part.")
    total = serializers.IntegerField(help_text="Units on the roster that day.")
    percent = serializers.IntegerField(allow_null=True, help_text="joined of total, rounded; null: an empty roster.")


class PageUrl(serializers.SerializerMethodField):
    """The address of a row's page."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(help_text="The page for people.", **kwargs)


@extend_schema_field(serializers.URLField())
def page_url(serializer: serializers.BaseSerializer, row: Any) -> str:
    path = row.get_absolute_url()
    request = serializer.context.get("request")
    return request.build_absolute_uri(path) if request else path


class OfSiteViewSet(EditableViewSet):
    """Rows inside a site, written by those who may change it."""

    http_method_names = ["get", "head", "options", "post", "patch", "delete"]
    permission = "sites.edit_site"

    def may_add(self) -> None:
        """Refuse a caller who may change no site at all, whatever they send."""
        if not editable_sites(self.request.user).exists():
            raise PermissionDenied("You may not change any site.")

    def writable(self) -> Any:
        """The row, for a write."""
        row = self.get_object()
        require(self.request.user, self.permission, row)
        return row
