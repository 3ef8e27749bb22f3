"""Read endpoints: the figures of a report."""

from typing import Any

import django_filters
from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.api.defaults import ReadByAnyone
from impact.core.api.files import CsvRenderer, XlsxRenderer
from impact.core.api.lists.answering import since_of
from impact.core.api.schema import CHANGED_SINCE
from impact.core.api.views import BYTES, ApiViewSet, YearFilter, as_bytes
from impact.core.web.listing import file_response
from reports.figures.catalogue import by_code
from reports.figures.pages.lines import Line, Reading, lines_of, reading_of
from reports.writing.models import AnnualReport


class FigureTableSerializer(serializers.Serializer):
    """A figure's table. Null in a row: a number of people that is withheld."""

    columns = serializers.ListField(child=serializers.CharField(), help_text="Headings.")
    rows = serializers.ListField(
        child=serializers.ListField(child=serializers.JSONField(allow_null=True)), help_text="Cells, row by row."
    )


class FigureSerializer(serializers.Serializer):
    """One figure of a report, with what it means, last year's value, and what the last edition said."""

    code = serializers.CharField(source="indicator.code", help_text="Printed beside the figure; it never changes.")
    name = serializers.CharField(source="indicator.name", help_text="By which a writer places it.")
    title = serializers.CharField(source="indicator.title")
    value = serializers.IntegerField(
        source="shown.value", allow_null=True, help_text="Null: withheld, or not counted (see `words`)."
    )
    words = serializers.CharField(source="shown.words", help_text="The value as pages and the report say it.")
    unit = serializers.CharField(source="indicator.unit")
    definition = serializers.CharField(source="indicator.definition")
    source = serializers.CharField(source="indicator.source")  # type: ignore[assignment]
    period = serializers.CharField(source="indicator.period")
    owner = serializers.CharField(source="indicator.owner", help_text="The role that answers for it.")
    is_people = serializers.BooleanField(
        source="indicator.is_people", help_text="Whether it counts people, so that it is rounded and may be withheld."
    )
    as_of = serializers.DateField(help_text="The cut-off.")
    report = serializers.IntegerField(help_text="The year.")
    edition = serializers.IntegerField(allow_null=True, help_text="Null: counted now, in no edition yet.")
    year_before = serializers.IntegerField(
        source="before.value", default=None, allow_null=True, help_text="The value of the year before."
    )
    is_changed = serializers.BooleanField(help_text="Whether the edition before this one said something else.")
    previous_value = serializers.IntegerField(
        source="was.value", default=None, allow_null=True, help_text="What that edition said, where it has changed."
    )
    previous_edition = serializers.IntegerField(
        source="was_in", allow_null=True, help_text="The number of that edition, where it has changed."
    )
    url = serializers.URLField(help_text="The page for people, which opens the rows.")
    updated_at = serializers.DateTimeField(
        allow_null=True, help_text="When its edition was built. Null: counted now, and so never left out."
    )


class FigureDetailSerializer(FigureSerializer):
    """One figure with its table."""

    table = FigureTableSerializer(source="shown.table", allow_null=True, help_text="Null: it has none.")


class FigureApiFilter(django_filters.FilterSet):
    """Which report and edition the figures are of."""

    report = YearFilter(field_name="year", label="The year of the report")
    edition = django_filters.NumberFilter(label="The number of an edition", method="keep", min_value=1)

    class Meta:
        model = AnnualReport
        fields: list[str] = []

    def keep(self, rows: Any, name: str, value: Any) -> Any:
        """An edition is looked for once the report is known."""
        return rows


OF = [
    OpenApiParameter(
        "report", OpenApiTypes.INT, description="The year of the report; left out: the newest published one."
    ),
    OpenApiParameter(
        "edition",
        OpenApiTypes.INT,
        description="The number of an edition; left out: the approved one, else the figures as they are counted now.",
    ),
]


class FigureViewSet(ApiViewSet):
    """Figures of a report that the caller may read."""

    permission_classes = [ReadByAnyone]
    queryset = AnnualReport.objects.select_related("approved_edition")
    serializer_class = FigureSerializer
    filterset_class = FigureApiFilter
    pagination_class = None
    lookup_field = "code"
    lookup_value_regex = r"[-\w]{1,20}"

    def get_renderers(self) -> list:
        is_file = self.action == "list" and not getattr(self, "swagger_fake_view", False)
        return [*super().get_renderers(), *([CsvRenderer(), XlsxRenderer()] if is_file else [])]

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        return super().perform_content_negotiation(request, force=force or self.action in ("export_csv", "export_xlsx"))

    def _reading(self) -> Reading | None:
        """The figures that the address asks for; None where there is no report yet. 400 for one that is not there to read."""
        rows = self.filter_queryset(self.get_queryset()).order_by("-year")
        asked = FigureApiFilter(self.request.query_params, rows)
        asked.is_valid()
        wanted = asked.form.cleaned_data
        published = rows.filter(status=AnnualReport.Status.PUBLISHED).first()
        report = (published if wanted["report"] is None else None) or rows.first()
        if report is None:
            if wanted["report"] is not None:
                raise serializers.ValidationError({"report": "There is no report of this year that you may read."})
            return None
        number = int(wanted["edition"]) if wanted["edition"] else None
        try:
            return reading_of(self.request.user, report, number)
        except Http404:
            name = "report" if number is None else "edition"
            raise serializers.ValidationError({name: "There is no edition like this that you may read."}) from None

    def _rows(self) -> list[dict[str, Any]]:
        reading = self._reading()
        if reading is None:
            return []
        return [self._row(line, reading) for line in lines_of(self.request.user, reading)]

    def _row(self, line: Line, reading: Reading) -> dict[str, Any]:
        return {
            "indicator": line.indicator,
            "shown": line.shown,
            "before": line.before,
            "was": line.was,
            "was_in": line.was_in,
            "is_changed": line.was is not None,
            "as_of": reading.period.on,
            "report": reading.report.year,
            "edition": reading.edition.number if reading.edition else None,
            "url": self.request.build_absolute_uri(line.address),
            "updated_at": reading.edition.built_at if reading.edition else None,
        }

    @extend_schema(parameters=[*OF, CHANGED_SINCE], responses=FigureSerializer(many=True), filters=False)
    def list(self, request: Request) -> Any:
        """Every figure of a report, in the order of the codes. There are few, so they come in one answer."""
        if isinstance(request.accepted_renderer, (CsvRenderer, XlsxRenderer)):
            return self._file(request.accepted_renderer.format)
        since = since_of(request)
        rows = [row for row in self._rows() if not (since and row["updated_at"]) or row["updated_at"] >= since]
        return self.tagged(FigureSerializer(rows, many=True).data)

    @extend_schema(parameters=OF, responses=FigureDetailSerializer, filters=False)
    def retrieve(self, request: Request, code: str) -> Response:
        """One figure by its printed code, with its table."""
        wanted = by_code(code)
        row = next((row for row in self._rows() if row["indicator"] is wanted), None)
        if row is None:
            raise Http404("No figure has this code.")
        return self.tagged(FigureDetailSerializer(row).data)

    def _file(self, kind: str) -> Any:
        names = list(FigureSerializer().fields)
        columns = {name: (lambda row, name=name: row[name]) for name in names}
        return file_response(kind, "figure-list", columns, FigureSerializer(self._rows(), many=True).data)

    @extend_schema(parameters=OF, responses={(200, CsvRenderer.media_type): OpenApiTypes.STR}, filters=False)
    def export_csv(self, request: Request) -> Any:
        """The whole list as CSV."""
        return self._file("csv")

    @extend_schema(parameters=OF, responses={(200, XlsxRenderer.media_type, BYTES): OpenApiTypes.BINARY}, filters=False)
    def export_xlsx(self, request: Request) -> Any:
        """The whole list as an Excel file."""
        return as_bytes(request, self._file("xlsx"))
