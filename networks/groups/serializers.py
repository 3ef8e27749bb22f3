"""What the endpoints of this app share: short forms of rows, and what belongs to one group or one meeting."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import cached_property
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request

from impact.core.access.permissions import require
from impact.core.api.views import EditableViewSet
from impact.core.web.columns import Value, value
from networks.groups.models import Group, Network
from networks.meetings.models import Meeting


class Linked(serializers.ModelSerializer):
    """A row with the address of its page."""

    url = serializers.SerializerMethodField(help_text="The page for people.")

    @extend_schema_field(serializers.URLField())
    def get_url(self, row: Any) -> str:
        request = self.context.get("request")
        path = row.get_absolute_url()
        return request.build_absolute_uri(path) if request else path

    def url_column(self, view_name: str, path: str = "pk") -> Value:
        """The same address for a file, made from a row's key."""
        request = self.context.get("request")
        start = request.build_absolute_uri("/").rstrip("/") if request else ""
        before, _, after = reverse(view_name, args=["0"]).rpartition("0")  # once, not for each of 100,000 rows
        return value(path, read=lambda key: f"{start}{before}{key}{after}")

    def _permitted(self, permission: str, group_id: int) -> bool:
        """Whether the caller holds ``permission`` on a group; asked once for any number of rows."""
        known = self.context.setdefault("permitted", {})  # type: ignore[attr-defined]
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


class OfGroup(EditableViewSet):
    """Rows of one group. ``reads`` names the permission that it takes to read them, if seeing the group is too little."""

    reads = ""

    @cached_property
    def group(self) -> Group:
        """The group in the address; 404 unless the caller may see it, 403 unless they may read these rows."""
        group = get_object_or_404(Group.objects.visible_to(self.request.user), slug=self.kwargs["group"])
        if self.reads:
            require(self.request.user, self.reads, group)
        return group

    def get_queryset(self) -> QuerySet:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset.none()  # type: ignore[arg-type, union-attr]
        return self.queryset.filter(group=self.group)  # type: ignore[arg-type, union-attr]


class InMeeting:
    """What belongs to one meeting. ``reads`` as above."""

    reads = ""
    queryset: QuerySet
    kwargs: dict
    request: Request

    @cached_property
    def meeting(self) -> Meeting:
        """The meeting in the address; 404 unless the caller may see it, 403 unless they may read these rows."""
        rows = Meeting.objects.visible_to(self.request.user).select_related("group")
        meeting = get_object_or_404(rows, pk=self.kwargs["meeting"])
        if self.reads:
            require(self.request.user, self.reads, meeting)
        return meeting

    def get_queryset(self) -> QuerySet:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset.none()
        return self.queryset.filter(meeting=self.meeting)


class OfMeeting(InMeeting, EditableViewSet):
    """A list of what belongs to one meeting, and each by itself."""
