"""Reports about a network, a site or a quarter, and their editions: read, and written through the services of the pages."""

from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.http import FileResponse, Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from impact.core.access.permissions import require
from impact.core.api.fields import Input
from impact.core.api.views import BYTES, EditableViewSet, NationFilter, ReadOnlyViewSet, Writes, YearFilter, as_bytes
from impact.core.basics.vocabulary import Nation
from networks.groups.models import Network
from reports.editions.api import FORM, Builds, BuildSerializer, FormStandingSerializer, PageUrl, page_url
from reports.editions.making.services import Standing
from reports.formats.content.language import ENGLISH
from reports.subjects import services
from reports.subjects.models import FORMS, LONGEST_WORDS, SubjectEdition, SubjectFile, SubjectReport
from reports.subjects.printing import document
from reports.subjects.views import newest_file, serve_file
from sites.registry.models import Site

NEWEST = 5  # editions within a report


class SubjectFileSerializer(serializers.ModelSerializer):
    """A file of an edition: its PDF, or another form."""

    form = serializers.CharField(help_text="pdf, large-print, docx and so on.")
    language = serializers.CharField(help_text="en or cy.")
    download_url = serializers.SerializerMethodField(help_text="The file.")

    class Meta:
        model = SubjectFile
        fields = ["form", "language", "made_at", "pages", "size", "sha256", "is_reviewed", "download_url"]
        extra_kwargs = {
            "made_at": {"help_text": "When it was made."},
            "sha256": {"help_text": "Of the file's bytes, in hexadecimal."},
        }

    @extend_schema_field(serializers.URLField())
    def get_download_url(self, row: SubjectFile) -> str:
        path = {"pk": row.edition_id, "form": row.form, "language": row.language}
        return reverse("subject-edition-form-content", kwargs=path, request=self.context.get("request"))


class SubjectFormStandingSerializer(FormStandingSerializer):
    """Where one form of an edition stands: not_made, being_made, ready or failed."""

    @extend_schema_field(SubjectFileSerializer(allow_null=True))
    def get_made(self, one: Standing) -> Any:
        return SubjectFileSerializer(one.row, context=self.context).data if one.row else None


class SubjectFigureSerializer(serializers.Serializer):
    """A figure at a glance."""

    name = serializers.CharField(help_text="Its name, the same in every edition.")
    title = serializers.CharField(help_text="What it is called.")
    value = serializers.IntegerField(allow_null=True, help_text="Null where it is withheld.")
    definition = serializers.CharField(help_text="What it counts.")


def with_files(user: Any) -> Prefetch:
    """The files of editions that someone may have, newest first, in one query."""
    return Prefetch("files", SubjectFile.objects.visible_to(user).defer("contents").newest_first())


class SubjectEditionSerializer(serializers.ModelSerializer):
    """What a report said at one moment."""

    kind = serializers.CharField(source="report.kind", help_text="network, site or funders.")
    subject = serializers.CharField(
        source="report.slug", help_text="Short name of the network or site, or the quarter."
    )
    title = serializers.CharField(source="report.title", help_text="What the report is called.")
    is_finished = serializers.SerializerMethodField(help_text="Whether this edition is the finished report.")
    figures = serializers.SerializerMethodField(help_text="Figures at a glance, as the report prints them.")
    files = serializers.SerializerMethodField(help_text="The newest file of each form in each language.")
    url = PageUrl()
    get_url = page_url

    class Meta:
        model = SubjectEdition
        fields = [
            *("id", "report", "kind", "subject", "title", "number", "as_of", "taken_at", "sha256", "is_finished"),
            *("figures", "files", "url"),
        ]
        extra_kwargs = {
            "taken_at": {"help_text": "When it was frozen."},
            "report": {"help_text": "Id of its report."},
        }

    def get_is_finished(self, row: SubjectEdition) -> bool:
        return row.report.finished_edition_id == row.pk

    @extend_schema_field(SubjectFigureSerializer(many=True))
    def get_figures(self, row: SubjectEdition) -> Any:
        return document.values(row.data)

    @extend_schema_field(SubjectFileSerializer(many=True))
    def get_files(self, row: SubjectEdition) -> Any:
        newest: dict[tuple[str, str], SubjectFile] = {}
        for file in row.files.all():  # visible to the caller, newest first: see with_files
            file.edition = row
            newest.setdefault((file.form, file.language), file)
        return SubjectFileSerializer([newest[key] for key in sorted(newest)], many=True, context=self.context).data


class SubjectReportSerializer(serializers.ModelSerializer):
    """A report about a network, a site or a quarter, with the editions that the caller may read."""

    subject = serializers.CharField(source="slug", help_text="Short name of the network or site, or the quarter.")
    title = serializers.CharField(help_text="What it is called.")
    finished_edition = serializers.SerializerMethodField(help_text="Number of the finished edition, if there is one.")
    editions = SubjectEditionSerializer(
        many=True,
        source="newest",
        help_text=f"The {NEWEST} newest, newest first. All of them are at `editions_url`, page by page.",
    )
    opening = serializers.SerializerMethodField(help_text="Words before the figures, for those who read drafts.")
    closing = serializers.SerializerMethodField(help_text="What comes next, for those who read drafts.")
    editions_url = serializers.SerializerMethodField(help_text="The list of all its editions.")
    url = PageUrl()
    get_url = page_url

    class Meta:
        model = SubjectReport
        fields = [
            *("id", "kind", "subject", "title", "opening", "closing", "finished_on", "finished_edition"),
            *("editions", "editions_url", "url"),
        ]

    def get_opening(self, row: SubjectReport) -> str:
        return row.opening if row.is_draft_shown else ""  # type: ignore[attr-defined]

    def get_closing(self, row: SubjectReport) -> str:
        return row.closing if row.is_draft_shown else ""  # type: ignore[attr-defined]

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_finished_edition(self, row: SubjectReport) -> int | None:
        return row.finished_edition.number if row.finished_edition else None

    @extend_schema_field(serializers.URLField())
    def get_editions_url(self, row: SubjectReport) -> str:
        return f"{reverse('subject-edition-list', request=self.context.get('request'))}?report={row.pk}"


class SubjectReportInput(Input):
    """Which report to start."""

    kind = serializers.ChoiceField(choices=SubjectReport.Kind.choices, help_text="What it is about.")
    subject = serializers.CharField(max_length=120, help_text="Short name of the network or site, or 2022Q4.")


class SubjectWordsInput(Input):
    """The words around the figures; what is left out stays as it is."""

    opening = serializers.CharField(max_length=LONGEST_WORDS, required=False, allow_blank=True, help_text="Markdown.")
    closing = serializers.CharField(max_length=LONGEST_WORDS, required=False, allow_blank=True, help_text="Markdown.")


class FinishInput(Input):
    edition = serializers.IntegerField(min_value=1, help_text="Number of the edition that was read.")


class SubjectFormInput(Input):
    form = serializers.ChoiceField(choices=list(FORMS), help_text="The form.")
    language = serializers.CharField(max_length=5, default=ENGLISH, help_text="en (English) or cy (Welsh).")


class SubjectReportApiFilter(django_filters.FilterSet):
    """Filters of the list of these reports."""

    kind = django_filters.ChoiceFilter(choices=SubjectReport.Kind, label="What it is about")
    nation = NationFilter(choices=Nation, label="Nation")
    year = YearFilter(method="by_year", label="Year of the quarter, or of the figures")

    class Meta:
        model = SubjectReport
        fields: list[str] = []

    def by_year(self, queryset: Any, name: str, value: Any) -> QuerySet:
        return queryset.of_year(int(value), self.request.user)


class SubjectEditionApiFilter(django_filters.FilterSet):
    """Filters of the list of their editions."""

    kind = django_filters.ChoiceFilter(
        field_name="report__kind", choices=SubjectReport.Kind, label="What the report is about"
    )
    report = django_filters.NumberFilter(field_name="report_id", label="Id of the report")

    class Meta:
        model = SubjectEdition
        fields: list[str] = []


class SubjectReportViewSet(Builds, EditableViewSet):
    """Reports about a network, a site or a quarter that the caller may read; started, written, built and finished."""

    queryset = SubjectReport.objects.select_related("site", "finished_edition")
    parts = ("editions",)
    serializer_class = SubjectReportSerializer
    filterset_class = SubjectReportApiFilter
    http_method_names = ["get", "head", "options", "post", "patch"]

    def get_queryset(self) -> Any:
        user = self.request.user
        editions = SubjectEdition.objects.visible_to(user).order_by("-number")
        editions = editions.select_related("report__site").prefetch_related(with_files(user))
        drafts = SubjectReport.objects.drafts_for(user).filter(pk=OuterRef("pk"))
        rows = super().get_queryset().annotate(is_draft_shown=Exists(drafts))
        return rows.prefetch_related(Prefetch("editions", editions[:NEWEST], to_attr="newest"))

    @extend_schema(request=SubjectReportInput, responses={201: SubjectReportSerializer})
    def create(self, request: Request) -> Response:
        """Start the report about a network, a site or a quarter. There is one for each."""
        given = self.sent(SubjectReportInput)
        kind, about = given["kind"], given["subject"]
        site: Site | None = None
        if kind != SubjectReport.Kind.FUNDERS:
            is_network = kind == SubjectReport.Kind.NETWORK
            seen = Network.objects.visible_to(request.user) if is_network else Site.objects.inside_for(request.user)
            site = seen.filter(slug=about).first()
            if site is None:
                raise serializers.ValidationError({"subject": "There is no network or site with this short name."})
        quarter = "" if site else about
        return self.once(lambda: services.start_report(by=request.user, kind=kind, site=site, quarter=quarter))

    @extend_schema(request=SubjectWordsInput, responses=SubjectReportSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change the words before and after the figures."""
        row = self.get_object()
        require(request.user, services.WRITE, row)
        given = self.sent(SubjectWordsInput, partial=True)
        expected = self.matched(row)
        services.edit_words(by=request.user, report=row, expected=expected, **given)
        return self.shown(row)

    @extend_schema(methods=["GET"], responses=BuildSerializer, filters=False)
    @extend_schema(
        methods=["POST"], request=None, responses={202: BuildSerializer, 200: BuildSerializer}, filters=False
    )
    @action(detail=True, methods=["get", "post"], pagination_class=None)
    def build(self, request: Request, pk: str) -> Response:
        """How far the build of the newest edition is. POST freezes the report as it is now and has its PDF made."""
        row = self.get_object()
        require(request.user, services.WRITE, row)
        if request.method != "POST":
            return self.build_of(services.build_of(row.editions.order_by("-number").first()))
        return self.ask_to_build(lambda: services.request_edition(by=request.user, report=row)[1])

    @extend_schema(request=FinishInput, responses=SubjectReportSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def finish(self, request: Request, pk: str) -> Response:
        """Give one exact edition to those whom the report is for, and tell them."""
        row = self.get_object()
        require(request.user, services.WRITE, row)
        number = self.sent(FinishInput)["edition"]
        edition = row.editions.filter(number=number).first()
        if edition is None:
            raise serializers.ValidationError({"edition": "The report has no edition with this number."})
        return self.once(
            lambda: services.finish_report(by=request.user, report=row, edition=edition),
            status=200,
        )


class SubjectEditionViewSet(Writes, ReadOnlyViewSet):
    """Editions of those reports, each with its figures and its files."""

    queryset = SubjectEdition.objects.select_related("report__site")
    parts = ("files",)
    serializer_class = SubjectEditionSerializer
    filterset_class = SubjectEditionApiFilter
    http_method_names = ["get", "head", "options", "post"]

    def get_queryset(self) -> Any:
        return super().get_queryset().prefetch_related(with_files(self.request.user))

    @extend_schema(methods=["GET"], responses=SubjectFormStandingSerializer(many=True), filters=False)
    @extend_schema(
        methods=["POST"],
        request=SubjectFormInput,
        responses={202: SubjectFormStandingSerializer, 200: SubjectFormStandingSerializer},
        filters=False,
    )
    @action(detail=True, methods=["get", "post"], pagination_class=None)
    def forms(self, request: Request, pk: str) -> Response:
        """Every form with where it stands. POST has one made: 202 with where to read how far it is, 200 when it is there."""
        edition = self.get_object()
        context = self.get_serializer_context()
        if request.method != "POST":
            rows = services.standings(request.user, edition)
            return self.tagged(SubjectFormStandingSerializer(rows, many=True, context=context).data)
        require(request.user, services.WRITE, edition.report)
        given = self.sent(SubjectFormInput)

        def show(_pk: str, status: int) -> Response:
            found = services.standing_of(request.user, edition, given["form"], given["language"])
            state = found.state if found else ""
            data = SubjectFormStandingSerializer(found, context=context).data
            response = self.tagged(data, status=200 if state == "ready" else status)
            path = {"pk": edition.pk, "form": given["form"], "language": given["language"]}
            response["Location"] = reverse("subject-edition-form-standing", kwargs=path, request=request)
            return response

        return self.once(
            lambda: services.request_file(by=request.user, edition=edition, **given), status=202, show=show
        )

    @extend_schema(responses=SubjectFormStandingSerializer, filters=False)
    @action(detail=True, url_path=FORM, url_name="form-standing", pagination_class=None)
    def form_standing(self, request: Request, pk: str, form: str, language: str) -> Response:
        """Where one form stands: how far its job is, why it failed, or the finished file."""
        found = services.standing_of(request.user, self.get_object(), form, language)
        if found is None:
            raise Http404
        return self.tagged(SubjectFormStandingSerializer(found, context=self.get_serializer_context()).data)

    @extend_schema(responses={(200, BYTES): OpenApiTypes.BINARY}, filters=False)
    @action(detail=True, url_path=rf"{FORM}/content", url_name="form-content", pagination_class=None)
    def form_content(self, request: Request, pk: str, form: str, language: str) -> FileResponse:
        """The newest file of one form, as an attachment; who may have it is asked each time."""
        return serve_file(newest_file(request.user, self.get_object(), form, language))

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        is_file = getattr(self, "action", "") == "form_content"
        return super().perform_content_negotiation(request, force=force or is_file)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        found = super().finalize_response(request, response, *args, **kwargs)
        return as_bytes(request, found) if getattr(self, "action", "") == "form_content" else found
