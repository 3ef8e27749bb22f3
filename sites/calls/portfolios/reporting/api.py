"""Reports of rounds over the API: asked for, read, and downloaded as a PDF once a worker has built it."""

import django_filters
from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from impact.core.access.permissions import require
from impact.core.api.fields import Input, VisibleSlug
from impact.core.api.views import BYTES, EditableViewSet, FileDownloadMixin
from sites.calls.portfolios.models import RoundReport
from sites.calls.portfolios.reporting import services
from sites.calls.portfolios.reporting.views import serve_report
from sites.calls.rounds.models import Round


class RoundReportApiFilter(django_filters.FilterSet):
    """Filters of /api/v1/round-reports/."""

    round = django_filters.CharFilter(field_name="round__slug", label="A round's slug")

    class Meta:
        model = RoundReport
        fields: list[str] = []


class RoundReportSerializer(serializers.ModelSerializer):
    """The report of a round as it was when someone asked for it."""

    round = serializers.SlugRelatedField(slug_field="slug", read_only=True, help_text="The round's slug.")
    is_ready = serializers.BooleanField(help_text="Whether its PDF is built.")
    download_url = serializers.SerializerMethodField(help_text="The PDF. Null until it is built.")

    class Meta:
        model = RoundReport
        fields = ["id", "round", "number", "asked_at", "is_ready", "pages", "size", "sha256", "download_url"]
        extra_kwargs = {"asked_at": {"help_text": "The moment whose state it shows."}}

    def get_download_url(self, report: RoundReport) -> str | None:
        if not report.is_ready:
            return None
        return reverse("round-report-content", args=[report.pk], request=self.context.get("request"))


class RoundReportInput(Input):
    round = VisibleSlug(queryset=Round.objects.all(), help_text="The round's slug.")


class RoundReportViewSet(FileDownloadMixin, EditableViewSet):
    """Reports of rounds: counts, the mix against its targets, decisions with their reasons, and the fairness note."""

    queryset = RoundReport.objects.select_related("round").defer("contents").order_by("-pk")
    serializer_class = RoundReportSerializer
    filterset_class = RoundReportApiFilter
    http_method_names = ["get", "head", "options", "post"]

    @extend_schema(request=RoundReportInput, responses={201: RoundReportSerializer})
    def create(self, request: Request) -> Response:
        """Freeze the report of a round as it is now and have a worker build its PDF. The same contents are built once."""
        require(request.user, "sites.view_portfolios")
        given = self.sent(RoundReportInput)
        return self.once(lambda: services.request_report(by=request.user, **given)[0])

    @extend_schema(responses=OpenApiTypes.OBJECT, filters=False)
    @action(detail=True, pagination_class=None)
    def contents(self, request: Request, pk: str) -> Response:
        """Everything that it says, as plain data."""
        return self.tagged(get_object_or_404(self.get_queryset(), pk=pk).contents)

    @extend_schema(responses={(200, "application/pdf", BYTES): OpenApiTypes.BINARY}, filters=False)
    @action(detail=True, pagination_class=None)
    def content(self, request: Request, pk: str) -> FileResponse:
        """The PDF, as an attachment. 404 until it is built."""
        return serve_report(get_object_or_404(self.get_queryset().ready(), pk=pk))  # type: ignore[attr-defined]
