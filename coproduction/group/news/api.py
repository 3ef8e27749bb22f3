"""Monthly summaries over the API: read by those who see the group's papers, written by the engagement lead."""

import django_filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from coproduction.charter.api import Linked
from coproduction.group.news import services
from coproduction.group.news.models import MonthlySummary
from impact.core.access.permissions import require
from impact.core.api.fields import Day, Input, NoInput, VisibleSlug
from impact.core.api.schema import IF_MATCH_WELCOME
from impact.core.api.views import EditableViewSet
from networks.groups.models import Group, GroupKind


class MonthlySummarySerializer(Linked):
    group = serializers.SlugRelatedField(slug_field="slug", read_only=True, help_text="Slug of the group.")

    class Meta:
        model = MonthlySummary
        fields = ["id", "group", "month", "words", "sent_on", "version", "url"]
        extra_kwargs = {"sent_on": {"help_text": "Null: a draft, for the engagement lead alone."}}


class MonthlySummaryApiFilter(django_filters.FilterSet):
    """Filters of /api/v1/monthly-summaries/."""

    group = django_filters.CharFilter(field_name="group__slug", label="A group's slug")
    is_sent = django_filters.BooleanFilter(
        field_name="sent_on", lookup_expr="isnull", exclude=True, label="Sent or not"
    )

    class Meta:
        model = MonthlySummary
        fields: list[str] = []


class MonthlySummaryInput(Input):
    group = VisibleSlug(queryset=Group.objects.filter(kind=GroupKind.ADVISORY_GROUP), help_text="Slug of the group.")
    month = Day(help_text="Any day of the month.")


class MonthlySummaryChange(Input):
    words = serializers.CharField(max_length=services.LONGEST, help_text="Plain text, without names of members.")


class MonthlySummaryViewSet(EditableViewSet):
    """What happened in a group, month by month. Drafts are for the engagement lead."""

    queryset = MonthlySummary.objects.select_related("group")
    serializer_class = MonthlySummarySerializer
    filterset_class = MonthlySummaryApiFilter
    http_method_names = ["get", "head", "options", "post", "patch"]

    def _row(self) -> MonthlySummary:
        row: MonthlySummary = self.get_object()
        require(self.request.user, "coproduction.send_summary", row)
        return row

    @extend_schema(request=MonthlySummaryInput, responses={201: MonthlySummarySerializer})
    def create(self, request: Request) -> Response:
        """Open the draft of a month, with what happened in it; the one that is there, if there is one."""
        require(request.user, "coproduction.send_summary")
        given = self.sent(MonthlySummaryInput)
        return self.once(lambda: services.draft_summary(by=request.user, **given))

    @extend_schema(request=MonthlySummaryChange, responses=MonthlySummarySerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change the words before they are sent."""
        row = self._row()
        given = self.sent(MonthlySummaryChange)
        services.edit_summary(by=request.user, summary=row, expected=self.matched(row), words=given["words"])
        return self.shown(row)

    @extend_schema(request=NoInput, responses=MonthlySummarySerializer, parameters=[IF_MATCH_WELCOME], filters=False)
    @action(detail=True, methods=["post"])
    def send(self, request: Request, pk: str) -> Response:
        """Send it to everyone in the group, as each of them chose to hear."""
        row = self._row()
        self.sent(NoInput)

        def send() -> MonthlySummary:
            expected = self.matched(row, is_required=False)
            return services.send_summary(by=request.user, summary=row, expected=expected)

        return self.once(send, status=200)
