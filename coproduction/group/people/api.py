"""Endpoint: what the caller wants to bring to their own groups."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from coproduction.group.people import services
from coproduction.group.people.models import Strengths
from impact.core.access.permissions import require
from impact.core.api.fields import Input, VisibleSlug
from impact.core.api.views import EditableViewSet
from networks.groups.models import Group


class StrengthsSerializer(serializers.ModelSerializer):
    group = serializers.SlugRelatedField(slug_field="slug", read_only=True, help_text="Short name of the group.")
    written_down_by = serializers.CharField(help_text="Who wrote it down for you; empty: you did.")

    class Meta:
        model = Strengths
        fields = ["id", "group", "words", "written_on", "told", "written_down_by", "version"]


class StrengthsInput(Input):
    group = VisibleSlug(queryset=Group.objects.filter(charter__isnull=False), help_text="Short name of the group.")
    words = serializers.CharField(max_length=2000, help_text="In your own words.")


class StrengthsChange(Input):
    words = serializers.CharField(max_length=2000, allow_blank=True, help_text="Empty: you take it back.")


class StrengthsViewSet(EditableViewSet):
    """What you want to bring to your groups, in your own words. Only your own."""

    queryset = Strengths.objects.select_related("group", "person", "recorded_by__person")
    serializer_class = StrengthsSerializer

    def get_queryset(self) -> QuerySet:
        return super().get_queryset().filter(person__user_id=self.request.user.pk)

    @extend_schema(request=StrengthsInput, responses={201: StrengthsSerializer})
    def create(self, request: Request) -> Response:
        """Write it down for the first time."""
        if not Group.objects.permitted(request.user, "coproduction.write_strengths").exists():
            raise PermissionDenied
        given = self.sent(StrengthsInput)
        require(request.user, "coproduction.write_strengths", given["group"])
        return self.once(lambda: services.write_strengths(by=request.user, expected=0, **given))

    @extend_schema(request=StrengthsChange, responses=StrengthsSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change your words."""
        row = self.get_object()
        given = self.sent(StrengthsChange)
        services.write_strengths(by=request.user, group=row.group, expected=self.matched(row), **given)
        return self.shown(row)
