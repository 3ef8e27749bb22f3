"""Outcome measures of sites with their readings: read inside the site, written by its team and staff."""

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.api.fields import ModelInput
from sites.progress.outcomes.measures import services
from sites.progress.outcomes.measures.filters import MeasureApiFilter
from sites.progress.outcomes.measures.models import OutcomeMeasure, Reading, change_in_words
from sites.registry.serializers import EditableSite, OfSiteViewSet, PageUrl, SiteLink, page_url


class OutcomeReadingSerializer(serializers.ModelSerializer):
    class Meta:
        model = Reading
        fields = ["id", "on", "value", "note", "version"]


class OutcomeMeasureSerializer(serializers.ModelSerializer):
    site = SiteLink(help_text="The site that it is about.")
    readings = OutcomeReadingSerializer(many=True, help_text="Oldest first.")
    change = serializers.SerializerMethodField(help_text="From the baseline to the newest reading, in words.")
    url = PageUrl()
    get_url = page_url

    class Meta:
        model = OutcomeMeasure
        fields = [
            *("id", "site", "frame", "name", "definition", "unit", "better", "source", "baseline_value"),
            *("baseline_on", "readings", "change", "is_illustrative", "version", "url"),
        ]
        extra_kwargs = {
            "frame": {"help_text": "practice: what people who work in care now do differently."},
            "better": {"help_text": "Which direction is an improvement."},
        }

    @extend_schema_field(serializers.CharField())
    def get_change(self, measure: OutcomeMeasure) -> str:
        readings = sorted(measure.readings.all(), key=lambda reading: reading.on)
        return change_in_words(measure, readings[-1].value if readings else None)[0]


class MeasureChange(ModelInput):
    class Meta:
        model = OutcomeMeasure
        fields = ["frame", "name", "definition", "unit", "better", "source", "baseline_value", "baseline_on"]
        validators: list[object] = []  # the service says in words that a name is taken


class MeasureInput(MeasureChange):
    site = EditableSite()

    class Meta(MeasureChange.Meta):
        fields = ["site", *MeasureChange.Meta.fields]


class ReadingInput(ModelInput):
    class Meta:
        model = Reading
        fields = ["on", "value", "note"]


class MeasureViewSet(OfSiteViewSet):
    """Outcomes of sites in five frames, for those who may see inside them."""

    queryset = OutcomeMeasure.objects.select_related("site").prefetch_related("readings")
    serializer_class = OutcomeMeasureSerializer
    filterset_class = MeasureApiFilter

    @extend_schema(request=MeasureInput, responses={201: OutcomeMeasureSerializer})
    def create(self, request: Request) -> Response:
        """Add a measure to a site."""
        self.may_add()
        given = self.sent(MeasureInput)
        return self.once(lambda: services.add_measure(by=request.user, **given))

    @extend_schema(request=MeasureChange, responses=OutcomeMeasureSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change a measure. Its unit stays while it has readings."""
        row = self.writable()
        given = self.sent(MeasureChange, partial=True)
        services.update_measure(by=request.user, measure=row, expected=self.matched(row), **given)
        return self.shown(row)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Remove a measure that was added by mistake, with its readings."""
        row = self.writable()
        services.remove_measure(by=request.user, measure=row, expected=self.matched(row))
        return Response(status=204)

    @extend_schema(responses=OutcomeReadingSerializer(many=True), filters=False)
    @action(detail=True, pagination_class=None)
    def readings(self, request: Request, pk: str) -> Response:
        """Every reading of a measure, oldest first."""
        return self.tagged(OutcomeReadingSerializer(self.get_object().readings.all(), many=True).data)

    @extend_schema(request=ReadingInput, responses={201: OutcomeMeasureSerializer}, filters=False)
    @readings.mapping.post
    def add_reading(self, request: Request, pk: str) -> Response:
        """Add a reading. The answer is the measure with all of its readings."""
        row = self.writable()
        given = self.sent(ReadingInput)

        def write() -> OutcomeMeasure:
            services.add_reading(by=request.user, measure=row, **given)
            return row

        return self.once(write)

    def _reading(self, measure: OutcomeMeasure, reading: str) -> Reading:
        return get_object_or_404(Reading.objects.select_related("measure__site"), measure=measure, pk=reading)

    def _shown_reading(self, reading: Reading) -> Response:
        return self.tagged(OutcomeReadingSerializer(reading).data, version=reading.version)

    @extend_schema(responses=OutcomeReadingSerializer, filters=False)
    @action(detail=True, methods=["get"], url_path=r"readings/(?P<reading>\d{1,9})", url_name="reading")
    def reading(self, request: Request, pk: str, reading: str) -> Response:
        """One reading of a measure."""
        return self._shown_reading(self._reading(self.get_object(), reading))

    @extend_schema(request=ReadingInput, responses=OutcomeReadingSerializer, filters=False)
    @reading.mapping.patch
    def change_reading(self, request: Request, pk: str, reading: str) -> Response:
        """Correct a reading."""
        row = self._reading(self.writable(), reading)
        given = self.sent(ReadingInput, partial=True)
        services.update_reading(by=request.user, reading=row, expected=self.matched(row), **given)
        return self._shown_reading(row)

    @extend_schema(responses={204: None}, filters=False)
    @reading.mapping.delete
    def remove_reading(self, request: Request, pk: str, reading: str) -> Response:
        """Remove a reading that was a mistake."""
        row = self._reading(self.writable(), reading)
        services.remove_reading(by=request.user, reading=row, expected=self.matched(row))
        return Response(status=204)
