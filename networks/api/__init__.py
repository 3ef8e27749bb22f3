"""Read endpoints: networks with their theme matrix, groups, meetings, contributions, actions, themes.

Names of people are given only to those who may see who is in a group; a log that is still being written only to
those who keep it.
"""

from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.api import ReadOnlyViewSet
from impact.core.vocabulary import Format, Nation, Perspective
from networks.filters import ActionApiFilter, ContributionFilter, GroupApiFilter, MeetingApiFilter
from networks.matrix import theme_matrix
from networks.models import (
    Action,
    AgendaItem,
    Attendance,
    Contribution,
    Group,
    GroupKind,
    Material,
    Meeting,
    Membership,
    Network,
    Theme,
)


class _Linked(serializers.ModelSerializer):
    """A row with the address of its page."""

    url = serializers.SerializerMethodField(help_text="The page for people.")

    @extend_schema_field(serializers.URLField())
    def get_url(self, row: Any) -> str:
        request = self.context.get("request")
        path = row.get_absolute_url()
        return request.build_absolute_uri(path) if request else path

    def _permitted(self, permission: str, group_id: int) -> bool:
        """Whether the caller holds ``permission`` on a group; asked once for any number of rows."""
        known = self.context.setdefault("permitted", {})
        if permission not in known:
            user = self.context["request"].user
            known[permission] = set(Group.objects.permitted(user, permission).values_list("pk", flat=True))
        return group_id in known[permission]


class NetworkLink(serializers.ModelSerializer):
    class Meta:
        model = Network
        fields = ["slug", "name"]


class GroupLink(serializers.ModelSerializer):
    class Meta:
        model = Group
        fields = ["slug", "name", "nation"]


class ThemeLink(serializers.ModelSerializer):
    class Meta:
        model = Theme
        fields = ["slug", "name"]


# --- Networks ------------------------------------------------------------------------------------
class CellSerializer(serializers.Serializer):
    """What was said about one theme in one nation."""

    nation = serializers.ChoiceField(choices=Nation.choices)
    enablers = serializers.IntegerField(help_text="How many said that it helps.")
    barriers = serializers.IntegerField(help_text="How many said that it gets in the way.")
    others = serializers.IntegerField(help_text="Experiences, solutions and questions.")


class RowSerializer(serializers.Serializer):
    """One theme across the nations."""

    theme = serializers.CharField()
    slug = serializers.SlugField()
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
    rows = RowSerializer(many=True, help_text="Most spoken of first.")
    missing = MissingSerializer(many=True, help_text="Returns that are not in, so not in the counts.")


class NetworkSerializer(_Linked):
    topic = serializers.CharField(source="topic.name", help_text="What it is about.")
    local_networks = serializers.IntegerField(help_text="How many local networks it has.")

    class Meta:
        model = Network
        fields = ["slug", "name", "topic", "status", "starts_on", "ends_on", "local_networks", "is_illustrative", "url"]


class NetworkViewSet(ReadOnlyViewSet):
    """Networks: all for national readers, for a coordinator those with a local network of theirs."""

    queryset = Network.objects.select_related("topic").annotate(
        local_networks=Count("groups", filter=Q(groups__kind=GroupKind.LOCAL_NETWORK))
    )
    serializer_class = NetworkSerializer
    lookup_field = "slug"

    @extend_schema(responses=MatrixSerializer, filters=False)
    @action(detail=True, url_path="theme-matrix", pagination_class=None)
    def theme_matrix(self, request: Request, slug: str) -> Response:
        """Enablers and barriers by theme and nation, and the returns that are missing."""
        return Response(MatrixSerializer(theme_matrix(self.get_object())).data)


# --- Groups --------------------------------------------------------------------------------------
class MemberSerializer(serializers.ModelSerializer):
    name = serializers.CharField(source="person.name")

    class Meta:
        model = Membership
        fields = ["name", "role", "perspective", "starts_on", "ends_on"]


class GroupSerializer(_Linked):
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
            "member_count",
            "next_meeting_at",
            "members",
            "is_illustrative",
            "url",
        ]

    @extend_schema_field(NetworkLink(allow_null=True))
    def get_network(self, group: Group) -> dict[str, Any] | None:
        return {"slug": group.site.slug, "name": group.site.name} if group.site else None

    @extend_schema_field(MemberSerializer(many=True, allow_null=True))
    def get_members(self, group: Group) -> list[dict[str, Any]] | None:
        if not self._permitted("networks.view_people", group.pk):
            return None
        return MemberSerializer(group.current_memberships, many=True).data  # type: ignore[attr-defined]


class GroupViewSet(ReadOnlyViewSet):
    """Groups: all for national readers, others those to which they belong."""

    queryset = Group.objects.all()
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


# --- Meetings ------------------------------------------------------------------------------------
class AgendaItemSerializer(serializers.ModelSerializer):
    is_carried = serializers.SerializerMethodField(help_text="Whether an earlier debrief put it here.")

    class Meta:
        model = AgendaItem
        fields = ["position", "title", "minutes", "owner", "is_carried"]

    def get_is_carried(self, item: AgendaItem) -> bool:
        return item.carried_from_id is not None


class MaterialSerializer(serializers.ModelSerializer):
    formats = serializers.ListField(child=serializers.ChoiceField(choices=Format.choices))
    is_late = serializers.BooleanField(help_text="Sent, or still not sent, less than a week before the meeting.")

    class Meta:
        model = Material
        fields = ["title", "evidence_kind", "formats", "sent_on", "is_late"]


class CountsSerializer(serializers.Serializer):
    """What a log holds."""

    came = serializers.IntegerField(help_text="Members who came.")
    apologies = serializers.IntegerField(help_text="Members who sent apologies.")
    guests = serializers.IntegerField()
    enablers = serializers.IntegerField()
    barriers = serializers.IntegerField()
    contributions = serializers.IntegerField(help_text="All kinds together.")
    decisions = serializers.IntegerField()
    actions = serializers.IntegerField()


class AttendanceSerializer(serializers.ModelSerializer):
    name = serializers.CharField()
    perspective = serializers.ChoiceField(choices=Perspective.choices, allow_blank=True)

    class Meta:
        model = Attendance
        fields = ["name", "status", "perspective", "is_guest"]


class MeetingSerializer(_Linked):
    group = GroupLink()
    agenda = AgendaItemSerializer(source="agenda_items", many=True)
    materials = MaterialSerializer(many=True)
    notes = serializers.SerializerMethodField(help_text="Markdown. Null while the log is still being written.")
    decisions = serializers.SerializerMethodField(help_text="What was decided. Null while the log is being written.")
    counts = serializers.SerializerMethodField(help_text="Null while the log is still being written.")
    attendance = serializers.SerializerMethodField(help_text="Who came. Null unless you may see people here.")

    class Meta:
        model = Meeting
        fields = [
            "id",
            "group",
            "number",
            "title",
            "purpose",
            "starts_at",
            "ends_at",
            "mode",
            "place",
            "access_arrangements",
            "status",
            "status_reason",
            "agenda",
            "materials",
            "notes",
            "decisions",
            "counts",
            "attendance",
            "is_illustrative",
            "url",
        ]
        extra_kwargs = {"purpose": {"help_text": "Markdown."}}

    def _is_readable(self, meeting: Meeting) -> bool:
        return meeting.is_held or self._permitted("networks.log_meeting", meeting.group_id)

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_notes(self, meeting: Meeting) -> str | None:
        return meeting.notes if self._is_readable(meeting) else None

    @extend_schema_field(serializers.ListField(child=serializers.CharField(), allow_null=True))
    def get_decisions(self, meeting: Meeting) -> list[str] | None:
        return [row.words for row in meeting.decisions.all()] if self._is_readable(meeting) else None

    @extend_schema_field(CountsSerializer(allow_null=True))
    def get_counts(self, meeting: Meeting) -> dict[str, int] | None:
        if not self._is_readable(meeting):
            return None
        rows = meeting.attendances.all()
        present = [row for row in rows if row.status == Attendance.Status.PRESENT]
        return {
            "came": sum(not row.is_guest for row in present),
            "apologies": sum(row.status == Attendance.Status.APOLOGIES for row in rows),
            "guests": sum(row.is_guest for row in present),
            "enablers": meeting.enablers,  # type: ignore[attr-defined]
            "barriers": meeting.barriers,  # type: ignore[attr-defined]
            "contributions": meeting.said,  # type: ignore[attr-defined]
            "decisions": len(meeting.decisions.all()),
            "actions": meeting.todo,  # type: ignore[attr-defined]
        }

    @extend_schema_field(AttendanceSerializer(many=True, allow_null=True))
    def get_attendance(self, meeting: Meeting) -> list[dict[str, Any]] | None:
        if not self._permitted("networks.view_people", meeting.group_id):
            return None
        return AttendanceSerializer(meeting.attendances.all(), many=True).data


class MeetingViewSet(ReadOnlyViewSet):
    """Meetings of the groups that you may see."""

    queryset = (
        Meeting.objects.select_related("group")
        .with_counts()
        .prefetch_related(
            "agenda_items",
            "decisions",
            Prefetch("materials", Material.objects.select_related("meeting__group")),
            Prefetch("attendances", Attendance.objects.select_related("person")),
        )
    )
    serializer_class = MeetingSerializer
    filterset_class = MeetingApiFilter


# --- Contributions, actions, themes ------------------------------------------------------------------
class ContributionSerializer(serializers.ModelSerializer):
    meeting = serializers.PrimaryKeyRelatedField(read_only=True)
    group = GroupLink(source="meeting.group")
    theme = ThemeLink(allow_null=True)

    class Meta:
        model = Contribution
        fields = [
            "id",
            "meeting",
            "group",
            "kind",
            "theme",
            "level",
            "perspective",
            "words",
            "may_quote",
            "recorded_at",
        ]


class ContributionViewSet(ReadOnlyViewSet):
    """What was said, in groups that you may see: never by whom, only from which perspective."""

    queryset = Contribution.objects.select_related("meeting__group", "theme")
    serializer_class = ContributionSerializer
    filterset_class = ContributionFilter


class ActionSerializer(_Linked):
    group = GroupLink()
    meeting = serializers.PrimaryKeyRelatedField(read_only=True, allow_null=True, help_text="Where it was agreed.")
    contribution = serializers.PrimaryKeyRelatedField(
        read_only=True, allow_null=True, help_text="What was said that it comes from."
    )
    is_overdue = serializers.BooleanField(help_text="Open, and due before today.")

    class Meta:
        model = Action
        fields = [
            "id",
            "group",
            "meeting",
            "contribution",
            "what",
            "owner",
            "due_on",
            "status",
            "is_overdue",
            "outcome",
            "closed_on",
            "url",
        ]


class ActionViewSet(ReadOnlyViewSet):
    """Actions of the groups that you may see."""

    queryset = Action.objects.select_related("group")
    serializer_class = ActionSerializer
    filterset_class = ActionApiFilter


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


ENDPOINTS: list[tuple] = [
    ("networks", NetworkViewSet, "network"),
    ("groups", GroupViewSet, "group"),
    ("meetings", MeetingViewSet, "meeting"),
    ("contributions", ContributionViewSet, "contribution"),
    ("actions", ActionViewSet, "action"),
    ("themes", ThemeViewSet, "theme"),
]
