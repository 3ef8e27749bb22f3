"""Groups and who belongs to them."""

from functools import partial
from typing import Any

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.access.permissions import require
from impact.core.api.fields import Day, Input, ModelInput, Moment, VisiblePk, VisibleSlug
from impact.core.api.views import EditableViewSet
from impact.core.people.models import Person
from impact.core.web.columns import Column, value
from networks.documents.api import DocumentInput, DocumentSerializer, asked_for
from networks.documents.services import request_action_plan
from networks.groups import services
from networks.groups.filters import GroupApiFilter
from networks.groups.models import Group, GroupExplanation, Membership, Network
from networks.groups.serializers import Linked, NetworkLink
from networks.meetings.api import meetings_seen_by
from networks.meetings.invitations.services import MOST_ANNOUNCED, announce_meetings
from networks.meetings.models import Meeting
from networks.meetings.planning.services import plan_series
from networks.meetings.serializers import MeetingSerializer
from networks.members.guard import guard_for
from networks.members.services import appoint_coordinator


class MemberSerializer(serializers.ModelSerializer):
    name = serializers.CharField(source="person.name")

    class Meta:
        model = Membership
        fields = ["name", "role", "perspective", "starts_on", "ends_on"]


class GroupSerializer(Linked):
    network = serializers.SerializerMethodField(help_text="The network it is part of, if any.")
    member_count = serializers.IntegerField(help_text="Members today, without coordinators and supporters.")
    next_meeting_at = serializers.DateTimeField(allow_null=True, help_text="Start of the next planned meeting.")
    members = serializers.SerializerMethodField(help_text="Who belongs today. Null unless you may see people here.")

    class Meta:
        model = Group
        fields = [
            "slug",
            "name",
            "kind",
            "network",
            "nation",
            "place",
            "about",
            "starts_on",
            "ends_on",
            "size_min",
            "size_max",
            "meetings_planned",
            "months_planned",
            "leaders_planned",
            "lead_days",
            "member_count",
            "next_meeting_at",
            "members",
            "is_illustrative",
            "url",
        ]

    def file_columns(self) -> dict[str, Column]:
        return {
            "network.slug": value("site__slug"),
            "network.name": value("site__name"),
            "url": self.url_column("networks:group-detail", "slug"),
        }

    @extend_schema_field(NetworkLink(allow_null=True))
    def get_network(self, group: Group) -> dict[str, Any] | None:
        return {"slug": group.site.slug, "name": group.site.name} if group.site else None

    @extend_schema_field(MemberSerializer(many=True, allow_null=True))
    def get_members(self, group: Group) -> list[dict[str, Any]] | None:
        if not self._permitted("networks.view_people", group.pk):
            return None
        return list(MemberSerializer(group.current_memberships, many=True).data)  # type: ignore[attr-defined]


_USUAL = {name: {"required": False} for name in ("size_min", "size_max", "meetings_planned", "months_planned")}


class GroupInput(ModelInput):
    network = VisibleSlug(
        source="site", queryset=Network.objects.all(), required=False, allow_null=True, help_text="Its short name."
    )

    class Meta:
        model = Group
        fields = [
            "kind",
            "name",
            "network",
            "nation",
            "place",
            "about",
            "starts_on",
            "ends_on",
            "size_min",
            "size_max",
            "meetings_planned",
            "months_planned",
            "leaders_planned",
            "lead_days",
        ]
        extra_kwargs = _USUAL


class GroupChange(ModelInput):
    """Its kind, network and nation stay: they decide who may see it."""

    class Meta:
        model = Group
        fields = [name for name in GroupInput.Meta.fields if name not in ("kind", "network", "nation")]


class AppointInput(Input):
    person = serializers.IntegerField(min_value=1, max_value=2**63 - 1, help_text="Id of the person's record.")
    starts_on = Day(required=False, help_text="First day; today unless you say otherwise.")
    takes_over_from = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=2**63 - 1,
        help_text="Id of the membership that ends the day before, where several coordinators are planned.",
    )


class ExplainInput(Input):
    guard = serializers.ChoiceField(choices=GroupExplanation.Guard.choices)
    reason = serializers.CharField(max_length=400, allow_blank=True, help_text="Leave empty to remove the explanation.")


class TimesInput(Input):
    starts_at = Moment()
    ends_at = Moment()


class SeriesInput(ModelInput):
    times = TimesInput(many=True, min_length=1, max_length=50, help_text="In order.")

    class Meta:
        model = Meeting
        fields = ["times", "mode", "place", "join_url", "access_arrangements"]


class AnnounceInput(Input):
    meetings = VisiblePk(queryset=Meeting.objects.all(), many=True, allow_empty=False, max_length=MOST_ANNOUNCED)


class CautionSerializer(serializers.Serializer):
    """One thing about a group that is outside its settings."""

    guard = serializers.ChoiceField(choices=GroupExplanation.Guard.choices)
    title = serializers.CharField()
    detail = serializers.CharField()
    reason = serializers.CharField(help_text="Why, where someone has said so.")
    explained_on = serializers.DateField(allow_null=True)


class GroupViewSet(EditableViewSet):
    """Groups: all for national readers, others those to which they belong."""

    queryset = Group.objects.all()
    parts = ("memberships",)
    serializer_class = GroupSerializer
    filterset_class = GroupApiFilter
    lookup_field = "slug"

    def get_queryset(self) -> QuerySet:
        current = Membership.objects.current().select_related("person").order_by("person__name")
        return (
            super()
            .get_queryset()
            .select_related("site")
            .with_facts()  # type: ignore[attr-defined]
            .prefetch_related(Prefetch("memberships", current, to_attr="current_memberships"))
        )

    @extend_schema(request=GroupInput, responses={201: GroupSerializer})
    def create(self, request: Request) -> Response:
        """Start a group, with the size and rhythm usual for its kind unless told otherwise."""
        require(request.user, "networks.add_group")
        given = self.sent(GroupInput)
        return self.once(lambda: services.add_group(by=request.user, **given))

    @extend_schema(request=GroupChange, responses=GroupSerializer)
    def partial_update(self, request: Request, slug: str) -> Response:
        """Change a group's name, place, dates or settings."""
        group = self.get_object()
        require(request.user, "networks.edit_group", group)
        given = self.sent(GroupChange, partial=True)
        services.update_group(by=request.user, group=group, expected=self.matched(group), **given)
        return self.shown(group)

    @extend_schema(responses=CautionSerializer(many=True), filters=False)
    @action(detail=True, url_path="cautions", pagination_class=None)
    def cautions(self, request: Request, slug: str) -> Response:
        """What is outside its settings today: size, perspectives, number of meetings, coordinator. Never a refusal."""
        group = get_object_or_404(Group.objects.visible_to(request.user).with_guard_data(request.user), slug=slug)
        return self.tagged(CautionSerializer(guard_for(request.user, group), many=True).data)

    @extend_schema(request=ExplainInput, responses=CautionSerializer(many=True), filters=False)
    @cautions.mapping.post
    def explain(self, request: Request, slug: str) -> Response:
        """Explain why a group is outside its settings. The warning is then shown as explained."""
        group = self.get_object()
        require(request.user, "networks.edit_group", group)
        given = self.sent(ExplainInput)

        def explain() -> Group:
            services.explain_guard(by=request.user, group=group, **given)
            return group

        return self.once(explain, status=200, show=lambda pk, status: self.cautions(request, slug))

    @extend_schema(request=AppointInput, responses=GroupSerializer)
    @action(detail=True, methods=["post"], url_path="coordinators")
    def appoint(self, request: Request, slug: str) -> Response:
        """Make someone a coordinator from a day on.

        Where one is planned, the previous coordinator hands over on the day before.
        """
        group = self.get_object()
        require(request.user, "networks.appoint_coordinator", group)
        given = self.sent(AppointInput)
        person = Person.objects.filter(pk=given.pop("person")).first()
        if person is None:
            raise serializers.ValidationError({"person": "There is no such person."})
        if before := given.pop("takes_over_from", None):
            leaders = group.memberships.filter(role=Membership.Role.COORDINATOR, ends_on__isnull=True)
            given["takes_over_from"] = leaders.filter(pk=before).first()
            if given["takes_over_from"] is None:
                raise serializers.ValidationError({"takes_over_from": "This person does not coordinate the group now."})

        def appoint() -> Group:
            appoint_coordinator(by=request.user, group=group, person=person, **given)
            return group

        return self.once(appoint, status=200)

    @extend_schema(request=SeriesInput, responses={201: MeetingSerializer(many=True)}, filters=False)
    @action(detail=True, methods=["post"], pagination_class=None)
    def series(self, request: Request, slug: str) -> Response:
        """Plan several meetings as drafts, in order: all or none."""
        group = self.get_object()
        require(request.user, "networks.plan_meeting", group)
        given = self.sent(SeriesInput)
        times = [(row["starts_at"], row["ends_at"]) for row in given.pop("times")]

        def plan() -> list[int]:
            return [m.pk for m in plan_series(by=request.user, group=group, times=times, **given)]

        return self.once(plan, show=self._meetings)

    @extend_schema(request=AnnounceInput, responses=MeetingSerializer(many=True), filters=False)
    @action(detail=True, methods=["post"], pagination_class=None)
    def announce(self, request: Request, slug: str) -> Response:
        """Tell members of several drafts: all or none."""
        group = self.get_object()
        require(request.user, "networks.plan_meeting", group)
        given = self.sent(AnnounceInput)
        if any(meeting.group_id != group.pk for meeting in given["meetings"]):
            raise serializers.ValidationError({"meetings": "Choose meetings of this group."})

        def tell() -> list[int]:
            return [m.pk for m in announce_meetings(by=request.user, group=group, **given)]

        return self.once(tell, status=200, show=self._meetings)

    @extend_schema(request=DocumentInput, responses={202: DocumentSerializer, 200: DocumentSerializer}, filters=False)
    @action(detail=True, methods=["post"], url_path="action-plan", pagination_class=None)
    def action_plan(self, request: Request, slug: str) -> Response:
        """Freeze the group's action plan as it is now and have a worker build it as a PDF."""
        group = self.get_object()
        require(request.user, "networks.build_document", group)
        return asked_for(self, partial(request_action_plan, by=request.user, about=group))

    def _meetings(self, pks: list[int], status: int) -> Response:
        rows = meetings_seen_by(self.request.user).filter(pk__in=pks).order_by("starts_at")
        return Response(MeetingSerializer(rows, many=True, context=self.get_serializer_context()).data, status=status)
