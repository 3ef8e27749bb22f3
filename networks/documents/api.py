"""Packs and action plans as PDFs: asked for, built by a worker, handed out."""

from collections.abc import Callable
from typing import Any

import structlog
from django.http import FileResponse, Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from impact.core.api.fields import Input
from impact.core.api.views import BYTES, FileDownloadMixin, ReadOnlyViewSet
from impact.core.jobs.models import Job
from impact.core.web.files import uploads
from networks.documents.filters import DocumentApiFilter
from networks.documents.models import Document

log = structlog.get_logger(__name__)


class DocumentSerializer(serializers.ModelSerializer):
    meeting = serializers.PrimaryKeyRelatedField(read_only=True, allow_null=True)
    group = serializers.SlugRelatedField(slug_field="slug", read_only=True, allow_null=True)
    network = serializers.SlugRelatedField(slug_field="slug", read_only=True, allow_null=True)
    state = serializers.SerializerMethodField(help_text="How far its building is.")
    progress = serializers.SerializerMethodField(help_text="In per cent.")
    problem = serializers.SerializerMethodField(help_text="Why it could not be built.")
    download_url = serializers.SerializerMethodField(help_text="The PDF; null until it is built.")

    class Meta:
        model = Document
        fields = [
            "id",
            "kind",
            "number",
            "meeting",
            "group",
            "network",
            "is_large",
            "asked_at",
            "state",
            "progress",
            "problem",
            "pages",
            "size",
            "sha256",
            "download_url",
        ]
        extra_kwargs = {"is_large": {"help_text": "In large print.", "read_only": True}}

    is_large = serializers.BooleanField(read_only=True, help_text="In large print.")

    @extend_schema_field(serializers.ChoiceField(choices=Job.State.choices))
    def get_state(self, document: Document) -> str:
        if document.is_ready:
            return Job.State.SUCCEEDED
        return document.job.state if document.job else Job.State.FAILED

    def get_progress(self, document: Document) -> int:
        return 100 if document.is_ready else document.job.progress if document.job else 0

    def get_problem(self, document: Document) -> str:
        return "" if document.is_ready or document.job is None else document.job.error

    @extend_schema_field(serializers.URLField(allow_null=True))
    def get_download_url(self, document: Document) -> str | None:
        request = self.context.get("request")
        return reverse("document-content", kwargs={"pk": document.pk}, request=request) if document.is_ready else None


class DocumentInput(Input):
    is_large = serializers.BooleanField(required=False, help_text="In large print.")


class DocumentViewSet(FileDownloadMixin, ReadOnlyViewSet):
    """Packs and action plans. Ask for one at its meeting, group or network; read here how far it is."""

    queryset = Document.objects.select_related("meeting__group", "group", "network", "job")
    serializer_class = DocumentSerializer
    filterset_class = DocumentApiFilter

    @extend_schema(responses={(200, "application/pdf", BYTES): OpenApiTypes.BINARY})
    @action(detail=True, pagination_class=None)
    def content(self, request: Request, pk: str) -> FileResponse:
        """The PDF, as an attachment; who may have it is asked each time."""
        document = self.get_object()
        if not document.is_ready:
            raise Http404
        try:
            return uploads.serve_file(document.file, name=document.file_name, content_type="application/pdf")
        except FileNotFoundError:
            log.error("document.file_missing", document=document.pk)
            raise Http404 from None


def asked_for(view: Any, ask: Callable[..., tuple[Document, Job]]) -> Response:
    """202 with where to read how far it is; 200 when the same contents are built already."""
    given = view.sent(DocumentInput)

    def show(pk: str, status: int) -> Response:
        document = get_object_or_404(DocumentViewSet.queryset.visible_to(view.request.user), pk=pk)
        data = DocumentSerializer(document, context=view.get_serializer_context()).data
        address = reverse("document-detail", kwargs={"pk": pk}, request=view.request)
        status = 200 if document.is_ready else status
        response: Response = view.tagged(data, status=status)
        response["Location"] = address
        return response

    response: Response = view.once(lambda: ask(**given)[0], status=202, show=show)
    return response
