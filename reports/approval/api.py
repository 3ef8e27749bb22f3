"""A report's way to publication over the API: built, sent, sent back, approved, published."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.access.permissions import has_perm, require
from impact.core.api.defaults import SignedIn
from impact.core.api.fields import Input
from impact.core.api.schema import IF_MATCH_WELCOME
from reports.approval import services
from reports.editions.api import Builds, BuildSerializer
from reports.editions.services import latest_job, request_edition
from reports.writing import api
from reports.writing.models import AnnualReport


class SubmitReportInput(Input):
    due_on = serializers.DateField(required=False, allow_null=True, help_text="Until when an answer is asked for.")


class SendReportBackInput(Input):
    note = serializers.CharField(
        max_length=400, required=False, allow_blank=True, help_text="What should change. Writers may leave it out."
    )


class ApproveReportInput(Input):
    edition = serializers.IntegerField(min_value=1, help_text="Number of the newest edition, which was read.")
    override = serializers.CharField(
        max_length=400, required=False, allow_blank=True, help_text="Why now, where the group has not had its say."
    )


class PublishReportInput(Input):
    carried_because = serializers.CharField(
        max_length=400, required=False, allow_blank=True, help_text="Why now, where comments are still open."
    )


class ReportViewSet(Builds, api.ReportViewSet):
    """Annual reports: the published ones; all of them, and the steps to publication, for those who write and approve."""

    http_method_names = ["get", "head", "options", "post"]

    def _step(self, row: AnnualReport, step: Callable[[], Any]) -> Response:
        """One step of a report. The answer is the report."""

        def write() -> AnnualReport:
            self.matched(row, is_required=False)
            step()
            return row

        return self.once(write, status=200)

    @extend_schema(methods=["GET"], responses=BuildSerializer, filters=False)
    @extend_schema(
        methods=["POST"], request=None, responses={202: BuildSerializer, 200: BuildSerializer}, filters=False
    )
    @action(detail=True, methods=["get", "post"], pagination_class=None, permission_classes=[SignedIn])
    def build(self, request: Request, year: int) -> Response:
        """How far the newest build is. POST freezes the report as it is now and has an edition built."""
        row = self.get_object()
        if request.method != "POST":
            require(request.user, "reports.view_unpublished")
            return self.build_of(latest_job(row))
        require(request.user, "reports.build_edition", row)
        return self.ask_to_build(lambda: request_edition(by=request.user, report=row)[1])

    @extend_schema(
        parameters=[IF_MATCH_WELCOME], request=SubmitReportInput, responses=api.AnnualReportSerializer, filters=False
    )
    @action(detail=True, methods=["post"])
    def submit(self, request: Request, year: int) -> Response:
        """Send the report to the leadership team."""
        row = self.get_object()
        require(request.user, "reports.edit_report", row)
        given = self.sent(SubmitReportInput)
        return self._step(row, lambda: services.submit_for_approval(by=request.user, report=row, **given))

    @extend_schema(
        parameters=[IF_MATCH_WELCOME], request=SendReportBackInput, responses=api.AnnualReportSerializer, filters=False
    )
    @action(detail=True, methods=["post"], url_path="send-back")
    def send_back(self, request: Request, year: int) -> Response:
        """Send the report back to its writers, with what should change."""
        row = self.get_object()
        if not has_perm(request.user, "reports.edit_report", row):
            require(request.user, "reports.approve_report", row)
        given = self.sent(SendReportBackInput)
        return self._step(row, lambda: services.return_to_writing(by=request.user, report=row, **given))

    @extend_schema(
        parameters=[IF_MATCH_WELCOME], request=ApproveReportInput, responses=api.AnnualReportSerializer, filters=False
    )
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, year: int) -> Response:
        """Approve one exact edition."""
        row = self.get_object()
        require(request.user, "reports.approve_report", row)
        given = self.sent(ApproveReportInput)
        edition = row.editions.filter(number=given.pop("edition")).first()
        if edition is None:
            raise serializers.ValidationError({"edition": "The report has no edition with this number."})
        return self._step(row, lambda: services.approve_report(by=request.user, report=row, edition=edition, **given))

    @extend_schema(
        parameters=[IF_MATCH_WELCOME], request=PublishReportInput, responses=api.AnnualReportSerializer, filters=False
    )
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, year: int) -> Response:
        """Put the approved edition where everyone can read it."""
        row = self.get_object()
        require(request.user, "reports.publish_report", row)
        given = self.sent(PublishReportInput)
        return self._step(row, lambda: services.publish_report(by=request.user, report=row, **given))
