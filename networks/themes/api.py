"""Themes: the words under which contributions stand together, looked after by the networks team."""

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.access.permissions import has_perm, require
from impact.core.api.fields import Input, ModelInput, VisibleSlug
from impact.core.api.schema import IF_MATCH_WELCOME
from impact.core.api.views import EditableViewSet
from networks.groups.models import Group
from networks.themes import curate
from networks.themes.filters import ThemeApiFilter
from networks.themes.models import Theme, ThemeChange

HISTORY_SHOWN = 200


class ThemeSerializer(serializers.ModelSerializer):
    merged_into = serializers.SlugRelatedField(
        slug_field="slug",
        read_only=True,
        allow_null=True,
        help_text="The theme that this one was merged into; null: in use.",
    )

    class Meta:
        model = Theme
        fields = ["id", "slug", "name", "description", "merged_into"]


class ThemeChangeSerializer(serializers.ModelSerializer):
    """One step in a theme's history."""

    theme = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    other = serializers.SlugRelatedField(slug_field="slug", read_only=True, allow_null=True)

    class Meta:
        model = ThemeChange
        fields = ["id", "kind", "theme", "other", "was", "now", "reason", "at"]


class ThemeInput(ModelInput):
    class Meta:
        model = Theme
        fields = ["name", "description"]


class MergeInput(Input):
    into = VisibleSlug(queryset=Theme.objects.in_use(), help_text="Short name of the theme to merge it into.")
    reason = serializers.CharField(max_length=400, required=False, allow_blank=True)


class UndoInput(Input):
    reason = serializers.CharField(max_length=400, required=False, allow_blank=True)


class ThemeViewSet(EditableViewSet):
    """Themes. Whether one helps or hinders is a matter of each contribution, not of the theme."""

    queryset = Theme.objects.select_related("merged_into")
    serializer_class = ThemeSerializer
    filterset_class = ThemeApiFilter
    lookup_field = "slug"

    def get_queryset(self) -> QuerySet:
        return super().get_queryset().distinct()

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        """Lists leave out what no log uses unless it is asked for; the address of one theme leads there all the same."""
        return queryset if self.detail else super().filter_queryset(queryset)

    @extend_schema(request=ThemeInput, responses=ThemeSerializer)
    def partial_update(self, request: Request, slug: str) -> Response:
        """Rename or describe a theme. Its earlier name and address keep leading to it."""
        theme = self.get_object()
        require(request.user, "networks.curate_theme")
        given = {"name": theme.name, "description": theme.description, **self.sent(ThemeInput, partial=True)}
        curate.revise_theme(by=request.user, theme=theme, expected=self.matched(theme), **given)
        return self.shown(theme)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, slug: str) -> Response:
        """Delete a theme that no log uses, and the names that it had before. One that anything leads to is merged."""
        theme = self.get_object()
        require(request.user, "networks.curate_theme")
        curate.delete_theme(by=request.user, theme=theme, expected=self.matched(theme))
        return Response(status=204)

    @extend_schema(responses=ThemeChangeSerializer(many=True), filters=False)
    @action(detail=True, pagination_class=None)
    def history(self, request: Request, slug: str) -> Response:
        """What was done to it, newest first. For those who read figures across groups."""
        theme, user = self.get_object(), request.user
        reads = "networks.view_aggregates"
        if not has_perm(user, reads) and not Group.objects.permitted(user, reads).exists():
            raise PermissionDenied
        changes = ThemeChange.objects.filter(Q(theme=theme) | Q(other=theme)).select_related("theme", "other")
        return self.tagged(ThemeChangeSerializer(changes[:HISTORY_SHOWN], many=True).data)

    @extend_schema(parameters=[IF_MATCH_WELCOME], request=MergeInput, responses=ThemeSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def merge(self, request: Request, slug: str) -> Response:
        """Merge a theme into another: everything coded with it moves there, and its name leads there."""
        theme = self.get_object()
        require(request.user, "networks.curate_theme")
        given = self.sent(MergeInput)

        def merge() -> Theme:
            expected = self.matched(theme, is_required=False)
            curate.merge_theme(by=request.user, theme=theme, expected=expected, **given)
            return theme

        return self.once(merge, status=200)

    @extend_schema(request=UndoInput, responses=ThemeSerializer, filters=False)
    @action(detail=True, methods=["post"], url_path="undo-merge")
    def undo_merge(self, request: Request, slug: str) -> Response:
        """Undo the last merge: what it moved returns, unless it has been given another theme since."""
        theme = self.get_object()
        require(request.user, "networks.curate_theme")
        given = self.sent(UndoInput)

        def undo() -> Theme:
            change = curate.undoable_merge(theme)
            if change is None:
                raise ValidationError("This theme has not been merged, so there is no merge to undo.")
            return curate.undo_merge(by=request.user, change=change, **given)

        return self.once(undo, status=200)


class ThemeLink(serializers.ModelSerializer):
    class Meta:
        model = Theme
        fields = ["slug", "name"]
