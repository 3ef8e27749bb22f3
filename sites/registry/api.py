"""Read endpoints: sites. What is inside a site is empty for those outside it."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from impact.core.access.permissions import GRANTS, Role, has_perm
from impact.core.api.defaults import ReadByAnyone
from impact.core.api.views import ReadOnlyViewSet
from impact.core.basics import clock
from impact.core.basics.vocabulary import Nation
from sites.delivery.api import MilestoneSerializer
from sites.registry.filters import SiteApiFilter
from sites.registry.models import Site
from sites.registry.serializers import CoverageSerializer, OrganisationLink, PageUrl, TopicLink, page_url
from sites.units import roster
from sites.units.models import Unit


class SiteSerializer(serializers.ModelSerializer):
    topic = TopicLink(help_text="What it is about.")
    nations = serializers.SerializerMethodField(help_text="Where it works.")
    host = serializers.SerializerMethodField(help_text="The host organisation. Null outside the site.")
    place = serializers.SerializerMethodField(help_text="Null outside the site.")
    starts_on = serializers.SerializerMethodField(help_text="First day. Null outside the site.")
    ends_on = serializers.SerializerMethodField(help_text="Last day. Null outside the site.")
    origin = serializers.SerializerMethodField(help_text="Where it came from. Null outside the site.")
    coverage = serializers.SerializerMethodField(
        help_text="Units of its roster that take part today. Null without a roster, and outside the site."
    )
    milestones = serializers.SerializerMethodField(
        help_text="What it aims to achieve, by planned date. Null outside the site."
    )
    url = PageUrl()
    get_url = page_url

    class Meta:
        model = Site
        fields = [
            "slug",
            "name",
            "delivery_model",
            "topic",
            "nations",
            "summary",
            "status",
            "status_on",
            "host",
            "place",
            "starts_on",
            "ends_on",
            "origin",
            "coverage",
            "milestones",
            "is_illustrative",
            "url",
        ]
        extra_kwargs = {
            "summary": {"help_text": "Markdown."},
            "status_on": {"help_text": "The day since which the status holds."},
        }

    def _is_inside(self, site: Site) -> bool:
        """Whether the caller may see the inside of ``site``; asked once for any number of sites."""
        known = self.context.get("inside")
        if known is None:
            user = self.context["request"].user
            everywhere = has_perm(user, "sites.view_internal")
            own = Site.objects.worked_at_by(user)  # the sites whose roles_of(user) hold SITE_TEAM
            is_own_enough = Role.SITE_TEAM in GRANTS["sites.view_internal"] and not everywhere
            own_ids = set(own.values_list("pk", flat=True)) if is_own_enough else set()
            known = self.context["inside"] = (everywhere, own_ids)  # type: ignore[index]
        everywhere, own_ids = known
        return everywhere or site.pk in own_ids

    @extend_schema_field(serializers.ListField(child=serializers.ChoiceField(choices=Nation.choices)))
    def get_nations(self, site: Site) -> list[str]:
        return [row.nation for row in site.nations.all()]

    @extend_schema_field(OrganisationLink(allow_null=True))
    def get_host(self, site: Site) -> dict[str, Any] | None:
        return OrganisationLink(site.host).data if site.host and self._is_inside(site) else None

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_place(self, site: Site) -> str | None:
        return site.place if self._is_inside(site) else None

    @extend_schema_field(serializers.DateField(allow_null=True))
    def get_starts_on(self, site: Site) -> str | None:
        return site.starts_on.isoformat() if site.starts_on and self._is_inside(site) else None

    @extend_schema_field(serializers.DateField(allow_null=True))
    def get_ends_on(self, site: Site) -> str | None:
        return site.ends_on.isoformat() if site.ends_on and self._is_inside(site) else None

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_origin(self, site: Site) -> str | None:
        return site.origin if self._is_inside(site) else None

    @extend_schema_field(CoverageSerializer(allow_null=True))
    def get_coverage(self, site: Site) -> dict[str, Any] | None:
        units = site.units.all()  # with their changes, from the view's prefetch
        if not units or not self._is_inside(site):
            return None
        on = clock.today()
        figure = roster.coverage_of(roster.roster_of(units, on))
        return CoverageSerializer({"on": on, **figure._asdict()}).data

    @extend_schema_field(MilestoneSerializer(many=True, allow_null=True))
    def get_milestones(self, site: Site) -> list[dict[str, Any]] | None:
        return list(MilestoneSerializer(site.milestones.all(), many=True).data) if self._is_inside(site) else None


class SiteViewSet(ReadOnlyViewSet):
    """Sites: every one for national readers, others those they work at and those with a published update. The latter
    everyone may read, without an account."""

    permission_classes = [ReadByAnyone]
    queryset = Site.objects.select_related("topic", "host").prefetch_related(
        "nations", "milestones", Prefetch("units", Unit.objects.prefetch_related("changes"))
    )
    serializer_class = SiteSerializer
    filterset_class = SiteApiFilter
    lookup_field = "slug"

    def get_queryset(self) -> QuerySet:
        if self.request.user.is_authenticated:
            return super().get_queryset()
        return self.queryset.with_news()
