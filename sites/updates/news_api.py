"""News, vacancies and outputs, of sites and of the centre. Everyone reads what is published, without an account."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.access.permissions import has_perm, require
from impact.core.api.defaults import ReadByAnyone
from impact.core.api.fields import Input, ModelInput, NoInput, VisibleSlug
from impact.core.api.lists.bulk import Bulk
from impact.core.api.views import EditableViewSet
from sites.registry.models import Site
from sites.registry.serializers import PageUrl, SiteLink, TopicLink, page_url
from sites.topics.models import Topic
from sites.updates import services
from sites.updates.filters import NewsApiFilter
from sites.updates.models import Update


class NewsSerializer(serializers.ModelSerializer):
    site = SiteLink(allow_null=True, read_only=True, help_text="Null: from the centre itself.")
    topic = TopicLink(source="subject", allow_null=True, read_only=True, help_text="What it is about.")
    is_closed = serializers.BooleanField(read_only=True, help_text="A vacancy whose last day has passed.")
    url = PageUrl()
    get_url = page_url

    class Meta:
        model = Update
        fields = [
            "id",
            "kind",
            "title",
            "body",
            "status",
            "published_at",
            "site",
            "topic",
            "employer",
            "closes_on",
            "is_closed",
            "web_address",
            "url",
        ]
        extra_kwargs = {"body": {"help_text": "Markdown."}}


class NewsChange(ModelInput):
    topic = VisibleSlug(
        queryset=Topic.objects.all(), required=False, allow_null=True, help_text="Of the centre's own news."
    )

    class Meta:
        model = Update
        fields = ["title", "body", "topic", "employer", "closes_on", "web_address"]


class NewsInput(NewsChange):
    site = VisibleSlug(
        queryset=Site.objects.all(), required=False, allow_null=True, help_text="Leave it out for the centre's own."
    )

    class Meta(NewsChange.Meta):
        fields = ["site", "kind", *NewsChange.Meta.fields]


class NewsWithdrawInput(Input):
    reason = serializers.CharField(max_length=400, help_text="Why it is no longer public, for those inside.")


class NewsViewSet(Bulk, EditableViewSet):
    """What is published, for everyone; drafts and what was withdrawn for those who work on it."""

    permission_classes = [ReadByAnyone]
    queryset = Update.objects.select_related("site__topic", "topic")
    serializer_class = NewsSerializer
    filterset_class = NewsApiFilter
    row_input = NewsInput
    http_method_names = ["get", "head", "options", "post", "patch"]

    def get_queryset(self) -> QuerySet:
        rows = super().get_queryset()
        if has_perm(self.request.user, "sites.view_internal"):
            return rows
        return rows.exclude(status=Update.Status.WITHDRAWN)

    def _row(self, permission: str) -> Update:
        row: Update = self.get_object()
        require(self.request.user, permission, row.site)
        return row

    @extend_schema(request=NewsInput, responses={201: NewsSerializer})
    def create(self, request: Request) -> Response:
        """Draft news, a vacancy or an output."""
        self.require_any()
        given = self.sent(NewsInput)
        require(request.user, "sites.edit_site", given.get("site"))
        return self.once(lambda: self.add(**given))

    def require_any(self) -> None:
        user = self.request.user
        if not has_perm(user, "sites.edit_site") and not Site.objects.worked_at_by(user).exists():
            raise PermissionDenied

    def add(self, **given: Any) -> Update:
        site = given.pop("site", None)
        require(self.request.user, "sites.edit_site", site)
        return services.write_update(by=self.request.user, site=site, **given)

    @extend_schema(request=NewsChange, responses=NewsSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change a draft, or what is already public."""
        row: Update = self.get_object()
        require(request.user, services.edit_permission(row), row.site)
        given = self.sent(NewsChange, partial=True)
        services.edit_update(by=request.user, update=row, expected=self.matched(row), **given)
        return self.shown(row)

    @extend_schema(request=NoInput, responses=NewsSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, pk: str) -> Response:
        """Make it public. Those who asked for such news are emailed half an hour later."""
        row = self._row("sites.publish_update")
        self.sent(NoInput)
        return self.once(lambda: services.publish_update(by=request.user, update=row), status=200)

    @extend_schema(request=NewsWithdrawInput, responses=NewsSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """Stop showing it in public, with a reason."""
        row = self._row("sites.publish_update")
        given = self.sent(NewsWithdrawInput)
        return self.once(lambda: services.withdraw_update(by=request.user, update=row, **given), status=200)
