"""Sites. What is inside a site is empty for those outside it."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.access.permissions import GRANTS, Role, has_perm, require
from impact.core.api.defaults import ReadByAnyone, SignedIn
from impact.core.api.fields import Day, Input, ModelInput, Several, VisibleSlug
from impact.core.api.lists.following import Inside
from impact.core.api.schema import IF_MATCH_WELCOME
from impact.core.api.views import EditableViewSet
from impact.core.basics import clock
from impact.core.basics.vocabulary import Nation
from sites.organisations.models import Organisation
from sites.progress.delivery.api import MilestoneSerializer
from sites.progress.units import roster
from sites.progress.units.models import Unit
from sites.registry import services
from sites.registry.filters import SiteApiFilter
from sites.registry.models import LINKS_LENGTH, Site
from sites.registry.serializers import (
    CoverageSerializer,
    OrganisationLink,
    PageUrl,
    TopicLink,
    page_url,
)
from sites.topics.models import Topic


class PolicyLinkInput(Input):
    """A page on the web about policy, and what it is called."""

    web_address = serializers.URLField(max_length=400)
    title = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class PolicyLinkSerializer(serializers.Serializer):
    web_address = serializers.URLField()
    title = serializers.CharField()


class SiteSerializer(serializers.ModelSerializer):
    topic = TopicLink(help_text="What it is about.")
    nations = serializers.SerializerMethodField(help_text="Where it works.")
    host = serializers.SerializerMethodField(help_text="The host organisation. Null outside the site.")
    place = serializers.SerializerMethodField(help_text="Null outside the site.")
    starts_on = serializers.SerializerMethodField(help_text="First day. Null outside the site.")
    ends_on = serializers.SerializerMethodField(help_text="Last day. Null outside the site.")
    origin = serializers.SerializerMethodField(help_text="Where it came from. Null outside the site.")
    strategic_issue = serializers.SerializerMethodField(help_text="Of a Demonstrator. Null outside the site.")
    evaluation_plan = serializers.SerializerMethodField(help_text="Of a Demonstrator; Markdown. Null outside the site.")
    policy_links = serializers.SerializerMethodField(help_text="Of a Demonstrator. Null outside the site.")
    host_service = serializers.SerializerMethodField(help_text="Of a Facilitator. Null outside the site.")
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
            "region",
            "summary",
            "status",
            "status_on",
            "host",
            "place",
            "starts_on",
            "ends_on",
            "origin",
            "strategic_issue",
            "evaluation_plan",
            "policy_links",
            "host_service",
            "coverage",
            "milestones",
            "is_illustrative",
            "url",
        ]
        extra_kwargs = {
            "summary": {"help_text": "Markdown."},
            "region": {"help_text": "Of England. Empty elsewhere, and where it is not one region."},
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

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_strategic_issue(self, site: Site) -> str | None:
        return site.strategic_issue if self._is_inside(site) else None

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_evaluation_plan(self, site: Site) -> str | None:
        return site.evaluation_plan if self._is_inside(site) else None

    @extend_schema_field(PolicyLinkSerializer(many=True, allow_null=True))
    def get_policy_links(self, site: Site) -> list[dict[str, str]] | None:
        if not self._is_inside(site):
            return None
        return [{"web_address": link.address, "title": link.title} for link in site.links]

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_host_service(self, site: Site) -> str | None:
        return site.host_service if self._is_inside(site) else None

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


def _as_lines(given: dict[str, Any]) -> dict[str, Any]:
    """What was sent, with the policy links as the model keeps them: one a line."""
    if "policy_links" in given:
        links = [f"{row['web_address']} {' '.join(row['title'].split())}".strip() for row in given["policy_links"]]
        given["policy_links"] = "\n".join(links)
        if len(given["policy_links"]) > LINKS_LENGTH:
            raise serializers.ValidationError({"policy_links": "These are too long. Send fewer, or shorter names."})
    return given


class SiteInput(ModelInput):
    topic = VisibleSlug(queryset=Topic.objects.all(), help_text="A topic's slug.")
    host = VisibleSlug(
        queryset=Organisation.objects.all(), required=False, allow_null=True, help_text="An organisation's slug."
    )
    nations = Several(
        child=serializers.ChoiceField(choices=Nation.choices), max_length=5, help_text="uk, or one or more nations."
    )
    policy_links = serializers.ListField(
        child=PolicyLinkInput(), max_length=20, required=False, help_text="Of a Demonstrator."
    )

    class Meta:
        model = Site
        fields = [
            *("name", "delivery_model", "topic", "nations", "region", "host", "place", "summary"),
            *("starts_on", "ends_on", "origin", "origin_note", "unit_name"),
            *("strategic_issue", "evaluation_plan", "policy_links", "host_service"),
        ]
        validators: list[Any] = []  # the service says in words that a name is taken


class StatusInput(Input):
    status = serializers.ChoiceField(choices=Site.Status.choices)
    on = Day(required=False, allow_null=True, help_text="From which day. Left out: today.")
    reason = serializers.CharField(
        max_length=400,
        required=False,
        allow_blank=True,
        default="",
        help_text="Needed for a pause and for a step back.",
    )


class SiteViewSet(EditableViewSet):
    """Sites: every one for national readers, others those they work at and those with a published update. The latter
    everyone may read, without an account."""

    permission_classes = [ReadByAnyone]
    http_method_names = ["get", "head", "options", "post", "patch"]
    queryset = Site.objects.select_related("topic", "host").prefetch_related(
        "nations", "milestones", Prefetch("units", Unit.objects.prefetch_related("changes"))
    )
    serializer_class = SiteSerializer
    filterset_class = SiteApiFilter
    lookup_field = "slug"
    inside_parts = ("milestones", "units")

    def get_queryset(self) -> QuerySet:
        if self.request.user.is_authenticated:
            return super().get_queryset()
        return self.queryset.with_news()

    def inside(self) -> Inside:
        """What only those who may read the inside of a site are shown of it."""
        return Inside(Site.objects.inside_for(self.request.user), shows=("",), only=("host",))

    def may_change(self, row: Site) -> bool:
        return has_perm(self.request.user, "sites.edit_site", row)

    @extend_schema(request=SiteInput, responses={201: SiteSerializer})
    def create(self, request: Request) -> Response:
        """Propose a site."""
        require(request.user, "sites.add_site")
        given = _as_lines(self.sent(SiteInput))
        return self.once(lambda: services.add_site(by=request.user, **given))

    @extend_schema(request=SiteInput, responses=SiteSerializer)
    def partial_update(self, request: Request, slug: str) -> Response:
        """Change what is recorded about a site. What only one delivery model has is refused for the others."""
        row = self.get_object()
        require(request.user, "sites.edit_site", row)
        given = _as_lines(self.sent(SiteInput, partial=True))
        services.update_site(by=request.user, site=row, expected=self.matched(row), **given)
        return self.shown(row)

    @extend_schema(parameters=[IF_MATCH_WELCOME], request=StatusInput, responses=SiteSerializer, filters=False)
    @action(detail=True, methods=["post"], url_path="change-status", permission_classes=[SignedIn])
    def change_status(self, request: Request, slug: str) -> Response:
        """Move a site one step in its life."""
        row = self.get_object()
        require(request.user, "sites.change_status", row)
        given = self.sent(StatusInput)
        expected = self.matched(row, is_required=False)
        return self.once(
            lambda: services.change_status(by=request.user, site=row, expected=expected, **given), status=200
        )
