"""Read endpoints: sites, topics, organisations, updates, rounds. What is inside a site is empty for those outside it."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from impact.core.access.permissions import GRANTS, Role, has_perm
from impact.core.api.views import ReadOnlyViewSet
from impact.core.basics import clock
from impact.core.basics.vocabulary import Nation
from sites import roster
from sites.filters import OrganisationApiFilter, SiteApiFilter, TopicApiFilter, UpdateApiFilter
from sites.models import DeliveryModel, Organisation, OrganisationPart, Round, RoundStatement, Site, Topic, Unit, Update


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
def _page_url(serializer: serializers.BaseSerializer, row: Any) -> str:
    path = row.get_absolute_url()
    request = serializer.context.get("request")
    return request.build_absolute_uri(path) if request else path


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
    url = PageUrl()
    get_url = _page_url

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
            known = self.context["inside"] = (everywhere, own_ids)
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


class SiteViewSet(ReadOnlyViewSet):
    """Sites: every one for national readers, others those they work at and those with a published update."""

    queryset = Site.objects.select_related("topic", "host").prefetch_related(
        "nations", Prefetch("units", Unit.objects.prefetch_related("changes"))
    )
    serializer_class = SiteSerializer
    filterset_class = SiteApiFilter
    lookup_field = "slug"


class TopicSerializer(serializers.ModelSerializer):
    total = serializers.IntegerField(allow_null=True, help_text="Out of 20; null until all four are scored.")
    url = PageUrl()
    get_url = _page_url

    class Meta:
        model = Topic
        fields = [
            "slug",
            "name",
            "summary",
            "source",
            "proposed_for",
            "makes_a_difference",
            "tackles_inequalities",
            "good_use_of_resources",
            "enough_evidence",
            "total",
            "is_illustrative",
            "url",
        ]


class TopicViewSet(ReadOnlyViewSet):
    """Topics with their scores on the four criteria."""

    queryset = Topic.objects.with_total()
    serializer_class = TopicSerializer
    filterset_class = TopicApiFilter
    lookup_field = "slug"


class PartSerializer(serializers.ModelSerializer):
    site = SiteLink(allow_null=True, help_text="Null: for the centre as a whole.")

    class Meta:
        model = OrganisationPart
        fields = ["part", "site", "note"]


class OrganisationSerializer(serializers.ModelSerializer):
    hosts = SiteLink(many=True, source="hosts_seen", help_text="Sites that it hosts, as far as you may see them.")
    parts = PartSerializer(many=True, source="parts_seen", help_text="Other parts it plays.")
    url = PageUrl()
    get_url = _page_url

    class Meta:
        model = Organisation
        fields = ["slug", "name", "kind", "nation", "summary", "website", "hosts", "parts", "is_illustrative", "url"]


class OrganisationViewSet(ReadOnlyViewSet):
    """Organisations: every one for national readers, others those of the sites where they work."""

    queryset = Organisation.objects.all()
    serializer_class = OrganisationSerializer
    filterset_class = OrganisationApiFilter
    lookup_field = "slug"

    def get_queryset(self) -> QuerySet:
        queryset = super().get_queryset()
        seen = Site.objects.visible_to(self.request.user) if self.request else Site.objects.none()
        parts = OrganisationPart.objects.select_related("site")
        parts = parts.filter(site__isnull=True) | parts.filter(site__in=seen)
        return queryset.prefetch_related(
            Prefetch("hosted_sites", seen, to_attr="hosts_seen"), Prefetch("parts", parts, to_attr="parts_seen")
        )


class UpdateSerializer(serializers.ModelSerializer):
    site = SiteLink(help_text="Where the news comes from.")
    url = PageUrl()
    get_url = _page_url

    class Meta:
        model = Update
        fields = ["id", "title", "body", "published_at", "site", "url"]
        extra_kwargs = {"body": {"help_text": "Markdown."}}


class UpdateViewSet(ReadOnlyViewSet):
    """Published updates. Drafts are on the pages only."""

    queryset = Update.objects.published().select_related("site")
    serializer_class = UpdateSerializer
    filterset_class = UpdateApiFilter


class StatementSerializer(serializers.ModelSerializer):
    class Meta:
        model = RoundStatement
        fields = ["number", "offered", "asked", "who_for"]
        extra_kwargs = {"number": {"help_text": "The version; earlier wordings are kept."}}


class RoundSerializer(serializers.ModelSerializer):
    topics = TopicLink(many=True, help_text="What sites may be about.")
    delivery_models = serializers.ListField(child=serializers.ChoiceField(choices=DeliveryModel.choices))
    is_open = serializers.SerializerMethodField(help_text="Whether it takes expressions of interest today.")
    statement = serializers.SerializerMethodField(help_text="What is offered and asked, in its newest wording.")
    url = PageUrl()
    get_url = _page_url

    class Meta:
        model = Round
        fields = [
            "slug",
            "name",
            "opens_on",
            "closes_on",
            "is_announced",
            "is_open",
            "topics",
            "delivery_models",
            "statement",
            "is_illustrative",
            "url",
        ]

    def get_is_open(self, round: Round) -> bool:
        return round.is_open(clock.today())

    @extend_schema_field(StatementSerializer(allow_null=True))
    def get_statement(self, round: Round) -> dict[str, Any] | None:
        statements = list(round.statements.all())  # prefetched, in order
        return StatementSerializer(statements[-1]).data if statements else None


class RoundViewSet(ReadOnlyViewSet):
    """Calls for expressions of interest: those announced, and for staff the drafts too."""

    queryset = Round.objects.prefetch_related("topics", "statements")
    serializer_class = RoundSerializer
    lookup_field = "slug"


ENDPOINTS: list[tuple] = [
    ("sites", SiteViewSet, "site"),
    ("topics", TopicViewSet, "topic"),
    ("organisations", OrganisationViewSet, "organisation"),
    ("updates", UpdateViewSet, "update"),
    ("rounds", RoundViewSet, "round"),
]
