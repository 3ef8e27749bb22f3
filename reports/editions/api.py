"""Read endpoints: editions."""

from collections.abc import Callable
from typing import Any

import django_filters
from django.db.models import Prefetch
from django.http import FileResponse, Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from impact.core.access.permissions import require
from impact.core.api.defaults import ReadByAnyone, SignedIn
from impact.core.api.fields import Input
from impact.core.api.views import BYTES, FileDownloadMixin, ReadOnlyViewSet, Writes, YearFilter, as_bytes
from impact.core.jobs.models import Job
from reports.editions.making.models import EditionForm
from reports.editions.making.services import Standing, request_form, standing_of, standings
from reports.editions.making.views import newest_form, serve_form
from reports.editions.models import Edition
from reports.editions.views import serve_edition
from reports.formats.content.language import ENGLISH
from reports.formats.files.kinds import KINDS

FORM = r"forms/(?P<form>[a-z-]+)/(?P<language>[a-z]+)"


class PageUrl(serializers.SerializerMethodField):
    """The address of a row's page or file."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(help_text="The page for people, or the file.", **kwargs)


@extend_schema_field(serializers.URLField())
def page_url(serializer: serializers.BaseSerializer, row: Any) -> str:
    path = row.get_absolute_url()
    request = serializer.context.get("request")
    return request.build_absolute_uri(path) if request else path


class MadeFormSerializer(serializers.ModelSerializer):
    """A file of an edition in another form."""

    form = serializers.CharField(help_text="large-print, docx and so on.")
    language = serializers.CharField(help_text="en or cy.")
    download_url = serializers.SerializerMethodField(help_text="The file.")

    class Meta:
        model = EditionForm
        fields = ["form", "language", "made_at", "pages", "size", "sha256", "is_reviewed", "download_url"]
        extra_kwargs = {
            "made_at": {"help_text": "When it was made."},
            "sha256": {"help_text": "Of the file's bytes, in hexadecimal."},
        }

    @extend_schema_field(serializers.URLField())
    def get_download_url(self, row: EditionForm) -> str:
        path = {"pk": row.edition_id, "form": row.form, "language": row.language}
        return reverse("edition-form-content", kwargs=path, request=self.context.get("request"))


class FormStandingSerializer(serializers.Serializer):
    """Where one form of an edition stands: not_made, being_made, ready or failed."""

    form = serializers.CharField(source="kind.key", help_text="large-print, docx and so on.")
    language = serializers.CharField(help_text="en or cy.")
    state = serializers.ChoiceField(choices=["not_made", "being_made", "ready", "failed"])
    progress = serializers.SerializerMethodField(help_text="Percent.")
    step = serializers.SerializerMethodField(help_text="What is happening.")
    problem = serializers.SerializerMethodField(help_text="Why it failed; empty where it did not.")
    made = serializers.SerializerMethodField(help_text="The newest finished file, or null.")

    def get_progress(self, one: Standing) -> int:
        return one.job.progress if one.job else 100 if one.row else 0

    def get_step(self, one: Standing) -> str:
        return one.job.step if one.job else ""

    def get_problem(self, one: Standing) -> str:
        return one.job.error if one.state == "failed" and one.job else ""

    @extend_schema_field(MadeFormSerializer(allow_null=True))
    def get_made(self, one: Standing) -> Any:
        return MadeFormSerializer(one.row, context=self.context).data if one.row else None


class FormInput(Input):
    """Which form to make."""

    form = serializers.ChoiceField(choices=list(KINDS), help_text="The form.")
    language = serializers.CharField(max_length=5, default=ENGLISH, help_text="en (English) or cy (Welsh).")


class BuildSerializer(serializers.Serializer):
    """How far a build is: queued, running, succeeded, failed or cancelled."""

    state = serializers.CharField(help_text="queued, running, succeeded, failed or cancelled.")
    progress = serializers.IntegerField(help_text="Percent.")
    step = serializers.CharField(help_text="What is happening.")
    problem = serializers.SerializerMethodField(help_text="Why it failed, or waits to be tried again.")
    asked_at = serializers.DateTimeField(source="created_at", help_text="When it was asked for.")

    def get_problem(self, job: Job) -> str:
        return "" if job.state == Job.State.SUCCEEDED else job.error


class Builds(Writes):
    """An address of a report below which it is built: GET tells how far it is, POST asks for it."""

    def build_of(self, job: Job | None, *, status: int = 200) -> Response:
        """How far a build is; 404 where none was asked for."""
        if job is None:
            raise Http404
        response = self.tagged(BuildSerializer(job).data, status=200 if job.state == Job.State.SUCCEEDED else status)
        if status == 202:
            response["Location"] = self.reverse_action("build", kwargs=self.kwargs)
        return response

    def ask_to_build(self, ask: Callable[[], Job]) -> Response:
        """Ask once for an Idempotency-Key: 202 with where to read how far it is, 200 when nothing has changed since."""
        return self.once(
            ask, status=202, show=lambda pk, status: self.build_of(Job.objects.filter(pk=pk).first(), status=status)
        )


def with_forms(user: Any) -> Prefetch:
    """The forms of editions that someone may have, newest first, in one query."""
    return Prefetch("forms", EditionForm.objects.visible_to(user).defer("contents").newest_first())


def with_standing(editions: Any, user: Any) -> Any:
    """Editions with what the serializer below tells of each, in three queries however many there are."""
    return editions.with_standing().prefetch_related(with_forms(user), "corrected_by__edition")


class FileGone(APIException):
    """A file that holds a quote which was withdrawn."""

    status_code = 410
    default_code = "gone"
    default_detail = "This file holds a quote that was withdrawn, so it is no longer available. Read the report online."


class EditionSerializer(serializers.ModelSerializer):
    """One built file."""

    report = serializers.IntegerField(source="report.year", help_text="The year of its report.")
    is_approved = serializers.SerializerMethodField(help_text="Whether this is the edition that leadership approved.")
    replaced_by = serializers.SerializerMethodField(
        help_text="Number of the corrected edition that took its place, or null."
    )
    holds_withdrawn = serializers.BooleanField(
        read_only=True, help_text="Whether it holds a quote that was withdrawn. Its files are then no longer public."
    )
    forms = serializers.SerializerMethodField(help_text="Other forms that have been made, the newest of each.")
    download_url = PageUrl()
    get_download_url = page_url

    class Meta:
        model = Edition
        fields = [
            *("id", "report", "number", "built_at", "pages", "size", "sha256", "is_approved", "replaced_by"),
            *("holds_withdrawn", "forms", "download_url"),
        ]
        extra_kwargs = {
            "built_at": {"help_text": "When it was built."},
            "sha256": {"help_text": "Of the file's bytes, in hexadecimal."},
        }

    def get_is_approved(self, edition: Edition) -> bool:
        return edition.report.approved_edition_id == edition.pk

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_replaced_by(self, edition: Edition) -> int | None:
        rows: Any = edition.corrected_by  # fetched with the rows: see with_standing
        return next((row.edition.number for row in rows.all() if row.published_on), None)

    @extend_schema_field(MadeFormSerializer(many=True))
    def get_forms(self, edition: Edition) -> Any:
        newest: dict[tuple[str, str], EditionForm] = {}
        for row in edition.forms.all():  # visible to the caller, newest first: see with_forms
            row.edition = edition
            newest.setdefault((row.form, row.language), row)
        rows = [newest[key] for key in sorted(newest)]
        return MadeFormSerializer(rows, many=True, context=self.context).data


class EditionApiFilter(django_filters.FilterSet):
    """Filters of the list of editions."""

    report = YearFilter(field_name="report__year", label="Year of the report")

    class Meta:
        model = Edition
        fields: list[str] = []


class EditionViewSet(FileDownloadMixin, Writes, ReadOnlyViewSet):
    """Built files of annual reports that the caller may read, and their other forms."""

    permission_classes = [ReadByAnyone]
    queryset = Edition.objects.select_related("report")
    parts = ("forms",)
    serializer_class = EditionSerializer
    filterset_class = EditionApiFilter
    http_method_names = ["get", "head", "options", "post"]

    def get_queryset(self) -> Any:
        return with_standing(super().get_queryset(), self.request.user)

    @extend_schema(responses={(200, "application/pdf", BYTES): OpenApiTypes.BINARY})
    @action(detail=True, pagination_class=None)
    def content(self, request: Request, pk: str) -> FileResponse:
        """The edition's PDF, as an attachment."""
        edition = self.get_object()
        if edition.is_held_back_from(request.user):
            raise FileGone
        return serve_edition(edition)

    @extend_schema(methods=["GET"], responses=FormStandingSerializer(many=True), filters=False)
    @extend_schema(
        methods=["POST"],
        request=FormInput,
        responses={202: FormStandingSerializer, 200: FormStandingSerializer},
        filters=False,
    )
    @action(detail=True, methods=["get", "post"], pagination_class=None, permission_classes=[SignedIn])
    def forms(self, request: Request, pk: str) -> Response:
        """Every form with where it stands. POST has one made: 202 with where to read how far it is, 200 when it is there."""
        edition = self.get_object()
        context = self.get_serializer_context()
        if request.method != "POST":
            rows = standings(request.user, edition)
            return self.tagged(FormStandingSerializer(rows, many=True, context=context).data)
        require(request.user, "reports.build_edition", edition.report)
        given = self.sent(FormInput)

        def show(_pk: str, status: int) -> Response:
            found = standing_of(request.user, edition, given["form"], given["language"])
            state = found.state if found else ""
            data = FormStandingSerializer(found, context=context).data
            response = self.tagged(data, status=200 if state == "ready" else status)
            path = {"pk": edition.pk, "form": given["form"], "language": given["language"]}
            response["Location"] = reverse("edition-form-standing", kwargs=path, request=request)
            return response

        return self.once(lambda: request_form(by=request.user, edition=edition, **given), status=202, show=show)

    @extend_schema(responses=FormStandingSerializer, filters=False)
    @action(detail=True, url_path=FORM, url_name="form-standing", pagination_class=None, permission_classes=[SignedIn])
    def form_standing(self, request: Request, pk: str, form: str, language: str) -> Response:
        """Where one form stands: how far its job is, why it failed, or the finished file."""
        found = standing_of(request.user, self.get_object(), form, language)
        if found is None:
            raise Http404
        return self.tagged(FormStandingSerializer(found, context=self.get_serializer_context()).data)

    @extend_schema(responses={(200, BYTES): OpenApiTypes.BINARY}, filters=False)
    @action(detail=True, url_path=rf"{FORM}/content", url_name="form-content", pagination_class=None)
    def form_content(self, request: Request, pk: str, form: str, language: str) -> FileResponse:
        """The newest file of one form, as an attachment; who may have it is asked each time."""
        edition = self.get_object()
        row = newest_form(request.user, edition, form, language)
        if row.kind.holds_quotes and edition.is_held_back_from(request.user):
            raise FileGone
        return serve_form(row)

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        is_file = getattr(self, "action", "") == "form_content"
        return super().perform_content_negotiation(request, force=force or is_file)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        found = super().finalize_response(request, response, *args, **kwargs)
        return as_bytes(request, found) if getattr(self, "action", "") == "form_content" else found
