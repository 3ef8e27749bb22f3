"""Who acts for whom, over the API, to read. Agreeing and ending it is done on the pages."""

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from impact.core.access.acting.models import ActingFor, Duty
from impact.core.api.views import ReadOnlyViewSet


class DutySerializer(serializers.ModelSerializer):
    """One thing that is handed over, or one that a supporter may do."""

    class Meta:
        model = Duty
        fields = ["sort", "key", "object_id"]


class ActingForSerializer(serializers.ModelSerializer):
    """One person acting for another from a day to a day. Both are named by their number."""

    duties = DutySerializer(many=True, read_only=True)
    helper = serializers.SerializerMethodField(
        help_text="Who acts. Null for the person while a supporter has not agreed: no address says whose it is."
    )
    state = serializers.SerializerMethodField(help_text="Where it stands today, in words.")

    class Meta:
        model = ActingFor
        fields = [
            "id",
            "kind",
            "person",
            "helper",
            "starts_on",
            "ends_on",
            "is_accepted",
            "ended_at",
            "state",
            "duties",
        ]

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_helper(self, row: ActingFor) -> int | None:
        is_theirs = row.helper.user_id == self.context["request"].user.pk
        return row.helper_id if row.is_accepted or not row.address or is_theirs else None

    @extend_schema_field(str)
    def get_state(self, row: ActingFor) -> str:
        return row.state[0]


class ActingForApiFilter(django_filters.FilterSet):
    """Filters of /api/v1/acting/."""

    kind = django_filters.ChoiceFilter(choices=ActingFor.Kind.choices)
    running = django_filters.BooleanFilter(method="by_running", label="Running today")

    class Meta:
        model = ActingFor
        fields: list[str] = []

    def by_running(self, queryset: QuerySet, name: str, value: bool) -> QuerySet:
        now = ActingFor.objects.in_force().values("pk")
        return queryset.filter(pk__in=now) if value else queryset.exclude(pk__in=now)


class ActingForViewSet(ReadOnlyViewSet):
    """Cover and supporters: those in which the caller acts or is acted for, and those that the caller may arrange."""

    queryset: QuerySet = (
        ActingFor.objects.select_related("helper").prefetch_related("duties").order_by("starts_on", "pk")
    )
    serializer_class = ActingForSerializer
    filterset_class = ActingForApiFilter


ENDPOINTS = [("acting", ActingForViewSet, "acting")]
