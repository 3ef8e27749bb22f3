"""Questions and appeals about decisions over the API: read by staff and leadership, noted and answered by staff."""

import django_filters
from django.core.exceptions import ValidationError
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.access.permissions import require
from impact.core.api.fields import ModelInput
from impact.core.api.views import EditableViewSet
from sites.calls.portfolios.deciding import services
from sites.calls.portfolios.models import Decision, Enquiry


class EnquiryApiFilter(django_filters.FilterSet):
    """Filters of /api/v1/enquiries/."""

    round = django_filters.CharFilter(field_name="decision__application__round__slug", label="A round's slug")
    application = django_filters.CharFilter(
        field_name="decision__application__reference", label="An application's reference"
    )
    kind = django_filters.ChoiceFilter(choices=Enquiry.Kind)
    answered = django_filters.BooleanFilter(
        field_name="answered_on", lookup_expr="isnull", exclude=True, label="Whether it was answered"
    )

    class Meta:
        model = Enquiry
        fields: list[str] = []


class EnquirySerializer(serializers.ModelSerializer):
    """A question or an appeal about a decision, and what was answered."""

    round = serializers.CharField(source="decision.application.round.slug", help_text="The round's slug.")
    application = serializers.CharField(
        source="decision.application.reference", help_text="The application's reference."
    )

    class Meta:
        model = Enquiry
        fields = [
            *("id", "round", "application", "kind", "received_on", "text", "answered_on", "answer", "version"),
        ]
        extra_kwargs = {
            "received_on": {"help_text": "When it came."},
            "answered_on": {"help_text": "Null: it waits for an answer."},
        }


class EnquiryChange(ModelInput):
    class Meta:
        model = Enquiry
        fields = ["kind", "received_on", "text", "answered_on", "answer"]
        extra_kwargs = {"text": {"max_length": 20_000}, "answer": {"max_length": 20_000}}


class EnquiryInput(EnquiryChange):
    application = serializers.CharField(max_length=30, help_text="An application's reference.")

    class Meta(EnquiryChange.Meta):
        fields = ["application", *EnquiryChange.Meta.fields]


class EnquiryViewSet(EditableViewSet):
    """Questions and appeals about decisions that applicants know."""

    queryset = Enquiry.objects.select_related("decision__application__round").order_by("-pk")
    serializer_class = EnquirySerializer
    filterset_class = EnquiryApiFilter
    http_method_names = ["get", "head", "options", "post", "patch"]

    @extend_schema(request=EnquiryInput, responses={201: EnquirySerializer})
    def create(self, request: Request) -> Response:
        """Note a question or an appeal about a decision."""
        require(request.user, "sites.decide_round")
        given = self.sent(EnquiryInput)
        reference = given.pop("application")
        rows = Decision.objects.visible_to(request.user).select_related("application__round")
        decision = rows.filter(application__reference=reference).first()
        if decision is None:
            raise ValidationError({"application": "There is no decision about an application with this reference."})
        return self.once(lambda: services.note_enquiry(by=request.user, decision=decision, **given))

    @extend_schema(request=EnquiryChange, responses=EnquirySerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Record what was answered and when, or correct what was noted."""
        row: Enquiry = self.get_object()
        require(request.user, "sites.decide_round")
        given = self.sent(EnquiryChange, partial=True)
        services.change_enquiry(by=request.user, enquiry=row, expected=self.matched(row), **given)
        return self.shown(row)
