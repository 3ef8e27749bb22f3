"""Reflections over the API: grouped and suppressed figures. No one's answers are read or written here."""

from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from coproduction.charter.api import Linked
from coproduction.reflections import services
from coproduction.reflections.figures import GOOD_WORDS, REST_WORDS, Area
from coproduction.reflections.models import Reflection
from impact.core.access.permissions import require
from impact.core.api.fields import Day, Input, VisibleSlug
from impact.core.api.views import EditableViewSet, YearFilter
from networks.groups.models import Group


class ReflectionWordsSerializer(serializers.Serializer):
    """What people wrote about one area, in mixed order."""

    area = serializers.SlugField(help_text="relationships, time, space or trust.")
    words = serializers.ListField(child=serializers.CharField())


def _people(area: Area, group: str, words: str) -> serializers.IntegerField:
    return serializers.IntegerField(
        source=f"figures.{area}_{group}",
        allow_null=True,
        help_text=f"{area.label}: people who said “{words.lower()}”, rounded to 5. Null: withheld, or not closed yet.",
    )


class ReflectionSerializer(Linked):
    group = serializers.SlugRelatedField(slug_field="slug", read_only=True, help_text="Slug of the group.")
    is_closed = serializers.BooleanField(help_text="Figures are given once it has closed.")
    answered = serializers.IntegerField(allow_null=True, help_text="People, rounded to 5. Null: too few to say.")
    words = serializers.SerializerMethodField(
        help_text="For the group and its engagement lead, once enough people answered; else empty."
    )
    relationships_good = _people(Area.RELATIONSHIPS, "good", GOOD_WORDS)
    relationships_rest = _people(Area.RELATIONSHIPS, "rest", REST_WORDS)
    time_good = _people(Area.TIME, "good", GOOD_WORDS)
    time_rest = _people(Area.TIME, "rest", REST_WORDS)
    space_good = _people(Area.SPACE, "good", GOOD_WORDS)
    space_rest = _people(Area.SPACE, "rest", REST_WORDS)
    trust_good = _people(Area.TRUST, "good", GOOD_WORDS)
    trust_rest = _people(Area.TRUST, "rest", REST_WORDS)

    class Meta:
        model = Reflection
        fields = [
            *("id", "group", "year", "opened_on", "closes_on", "is_closed", "asked", "answered"),
            *(f"{area}_{name}" for area in ("relationships", "time", "space", "trust") for name in ("good", "rest")),
            *("words", "is_illustrative", "version", "url"),
        ]

    @extend_schema_field(ReflectionWordsSerializer(many=True))
    def get_words(self, row: Reflection) -> list[dict[str, Any]]:
        named: frozenset[int] | None = self.context.get("named_groups")
        if named is None:
            groups = Group.objects.permitted(self.context["request"].user, "coproduction.view_names")
            named = frozenset(groups.values_list("pk", flat=True))
            self.context["named_groups"] = named  # type: ignore[index]
        if row.group_id not in named:
            return []
        return [{"area": area, "words": words} for area, words in row.words.items()]


class ReflectionApiFilter(django_filters.FilterSet):
    """Filters of /api/v1/reflections/."""

    group = django_filters.CharFilter(field_name="group__slug", label="A group's slug")
    year = YearFilter(field_name="year", label="The year")

    class Meta:
        model = Reflection
        fields: list[str] = []


class ReflectionInput(Input):
    group = VisibleSlug(queryset=Group.objects.all())
    closes_on = Day(help_text="The last day for answers.")


class ReflectionClosingInput(Input):
    closes_on = Day(help_text="The last day for answers.")


class ReflectionViewSet(EditableViewSet):
    """Yearly reflections of groups. The engagement lead opens one and moves its last day; answers come by other ways."""

    queryset = Reflection.objects.select_related("group").prefetch_related("answers")
    unwatched = ("answers",)  # when one came in is kept nowhere; a list shows them only once the reflection has closed
    serializer_class = ReflectionSerializer
    filterset_class = ReflectionApiFilter
    http_method_names = ["get", "head", "options", "post", "patch"]

    @extend_schema(request=ReflectionInput, responses={201: ReflectionSerializer})
    def create(self, request: Request) -> Response:
        """Open this year's reflection of a group, and send each member a private link. For the engagement lead."""
        require(request.user, "coproduction.open_reflection")
        given = self.sent(ReflectionInput)
        return self.once(lambda: services.open_reflection(by=request.user, **given))

    @extend_schema(request=ReflectionClosingInput, responses=ReflectionSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Move the last day, while it is open. For the engagement lead."""
        row = self.get_object()
        require(request.user, "coproduction.open_reflection", row)
        expected = self.matched(row)
        given = self.sent(ReflectionClosingInput)
        services.change_closing(by=request.user, reflection=row, expected=expected, **given)
        return self.shown(row)
