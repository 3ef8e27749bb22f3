"""Networks with their theme matrix."""

import re
from functools import partial

from django.db.models import Count, Q
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.access.permissions import require
from impact.core.api.fields import Day, Input, ModelInput, VisibleSlug
from impact.core.api.lists.following import Inside
from impact.core.api.views import ApiViewSet, EditableViewSet
from impact.core.basics.vocabulary import FOUR_NATIONS, Nation
from impact.core.web.columns import Column
from networks.documents.api import DocumentInput, DocumentSerializer, asked_for
from networks.documents.services import request_action_plan
from networks.groups.models import GroupKind, Network
from networks.groups.serializers import Linked
from networks.groups.services import explain_nations
from networks.members.guard import nations_caution
from networks.network import services
from networks.network.matrix import theme_matrix
from sites.organisations.models import Organisation
from sites.topics.models import Topic


class CellSerializer(serializers.Serializer):
    """What was said about one theme in one nation."""

    nation = serializers.ChoiceField(choices=Nation.choices)
    enablers = serializers.IntegerField(help_text="How many said that it helps.")
    barriers = serializers.IntegerField(help_text="How many said that it gets in the way.")
    others = serializers.IntegerField(help_text="Experiences, solutions and questions.")


class RowSerializer(serializers.Serializer):
    """One theme across the nations."""

    theme = serializers.CharField()
    slug = serializers.CharField(help_text="Of the theme; empty where the row is not about one theme.")
    enablers = serializers.IntegerField(help_text="In all nations.")
    barriers = serializers.IntegerField(help_text="In all nations.")
    others = serializers.IntegerField(help_text="In all nations.")
    cells = CellSerializer(many=True, help_text="One a nation, in the order of `nations`.")


class MissingSerializer(serializers.Serializer):
    """A local network whose meetings are over and not logged."""

    group = serializers.SlugField(source="group.slug")
    nation = serializers.ChoiceField(source="group.nation", choices=Nation.choices)
    meetings = serializers.ListField(
        source="numbers", child=serializers.IntegerField(), help_text="Numbers of the meetings."
    )
    text = serializers.CharField(help_text="In a sentence.")


class MatrixSerializer(serializers.Serializer):
    """Themes × nations, from logged meetings."""

    nations = serializers.ListField(child=serializers.ChoiceField(choices=Nation.choices))
    rows = RowSerializer(many=True, help_text="Most mentioned first.")
    no_theme = RowSerializer(allow_null=True, help_text="What has no theme yet; null when everything has one.")
    totals = RowSerializer(help_text="Everything said, with a theme or without.")
    missing = MissingSerializer(many=True, help_text="Returns that are not in, so not in the counts.")


class NetworkSerializer(Linked):
    topic = serializers.CharField(source="topic.name", help_text="What it is about.")
    local_networks = serializers.IntegerField(help_text="How many local networks it has.")

    class Meta:
        model = Network
        fields = ["slug", "name", "topic", "status", "starts_on", "ends_on", "local_networks", "is_illustrative", "url"]

    def file_columns(self) -> dict[str, Column]:
        return {"url": self.url_column("networks:detail", "slug")}


class LocalNetworkInputSerializer(Input):
    """One local network to begin."""

    nation = serializers.ChoiceField(choices=[(nation.value, nation.label) for nation in FOUR_NATIONS])
    name = serializers.CharField(max_length=160, required=False, help_text="Else the network's name and the nation.")
    place = serializers.CharField(max_length=120, required=False)
    starts_on = Day(required=False, help_text="Else the network's.")
    ends_on = Day(required=False, help_text="Else the network's.")
    coordinator_name = serializers.CharField(max_length=120, required=False, help_text="Only if they are new to us.")
    coordinator_email = serializers.EmailField(required=False)


class NetworkInput(ModelInput):
    topic = VisibleSlug(queryset=Topic.objects.all(), help_text="Its short name.")
    host = VisibleSlug(queryset=Organisation.objects.all(), required=False, help_text="Short name of the organisation.")
    local_networks = LocalNetworkInputSerializer(many=True, min_length=1, max_length=20)

    class Meta:
        model = Network
        fields = ["name", "topic", "host", "place", "summary", "starts_on", "ends_on", "local_networks"]


class NationsSerializer(serializers.Serializer):
    """Which of the four nations has no local network, and why."""

    title = serializers.CharField()
    detail = serializers.CharField()
    reason = serializers.CharField(help_text="Why, where someone has said so.")
    explained_on = serializers.DateField(allow_null=True)


class NationsInput(Input):
    reason = serializers.CharField(max_length=400, allow_blank=True, help_text="Leave empty to remove the explanation.")


class NetworkViewSet(EditableViewSet):
    """Networks: all for national readers, for a coordinator those with a local network of theirs."""

    queryset = Network.objects.select_related("topic").annotate(
        local_networks=Count("groups", filter=Q(groups__kind=GroupKind.LOCAL_NETWORK))
    )
    serializer_class = NetworkSerializer
    lookup_field = "slug"

    def inside(self) -> Inside:
        """The dates of a network, which visitors do not see of a site."""
        return Inside(Network.objects.all(), shows=("",))

    @extend_schema(request=NetworkInput, responses={201: NetworkSerializer})
    def create(self, request: Request) -> Response:
        """Begin a network with its local networks and their coordinators: all or nothing."""
        require(request.user, "networks.add_group")
        given = self.sent(NetworkInput)
        local = [services.LocalNetworkInput(**row) for row in given.pop("local_networks")]
        return self.once(lambda: services.start_network(by=request.user, local_networks=local, **given))

    @extend_schema(responses=MatrixSerializer, filters=False)
    @action(detail=True, url_path="theme-matrix", pagination_class=None)
    def theme_matrix(self, request: Request, slug: str) -> Response:
        """Enablers and barriers by theme and nation, and the returns that are missing."""
        return self.tagged(MatrixSerializer(theme_matrix(self.get_object())).data)

    @extend_schema(responses=NationsSerializer(many=True), filters=False)
    @action(detail=True, pagination_class=None)
    def cautions(self, request: Request, slug: str) -> Response:
        """Whether a nation is missing, and why. Empty when all four are there. Never a refusal."""
        network = self.get_object()
        caution = nations_caution(network, network.groups.local_networks())
        return self.tagged(NationsSerializer([caution] if caution else [], many=True).data)

    @extend_schema(request=NationsInput, responses=NationsSerializer(many=True), filters=False)
    @cautions.mapping.post
    def explain(self, request: Request, slug: str) -> Response:
        """Explain why a network is not in all four nations. The warning is then shown as explained."""
        network = self.get_object()
        require(request.user, "networks.add_group")
        given = self.sent(NationsInput)

        def explain() -> Network:
            explain_nations(by=request.user, network=network, **given)
            return network

        return self.once(explain, status=200, show=lambda pk, status: self.cautions(request, slug))

    @extend_schema(request=DocumentInput, responses={202: DocumentSerializer, 200: DocumentSerializer}, filters=False)
    @action(detail=True, methods=["post"], url_path="action-plan", pagination_class=None)
    def action_plan(self, request: Request, slug: str) -> Response:
        """Freeze the whole network's action plan and have a worker build it. For those who read across groups."""
        network = self.get_object()
        require(request.user, "networks.build_document", network)
        require(request.user, "networks.view_all")
        return asked_for(self, partial(request_action_plan, by=request.user, about=network))


SLUG = re.compile(r"[-\w]{1,80}", re.ASCII)


class SiteMatrixViewSet(ApiViewSet):
    """The theme matrix of a site whose delivery model is Network, by the site's short name or its number."""

    queryset = Network.objects.all()
    serializer_class = MatrixSerializer
    pagination_class = None
    filter_backends: list = []

    @extend_schema(responses=MatrixSerializer)
    def theme_matrix(self, request: Request, site: str) -> Response:
        """Enablers and barriers by theme and nation, and the returns that are missing."""
        rows = self.get_queryset()
        network = rows.filter(slug=site).first() if SLUG.fullmatch(site) else None
        if network is None and site.isdecimal() and len(site) < 19:
            network = rows.filter(pk=int(site)).first()
        if network is None:
            raise Http404
        return self.tagged(MatrixSerializer(theme_matrix(network)).data)
