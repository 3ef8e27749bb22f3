"""Papers of a meeting: listed, uploaded in versions, sent in good time, used again."""

from typing import Any

import structlog
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponse
from django.utils.functional import cached_property
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from impact.core.access.permissions import require
from impact.core.api.defaults import MultiPartParser
from impact.core.api.fields import Day, Input, ModelInput, Several, VisiblePk
from impact.core.api.views import EditableViewSet, FileDownloadMixin
from impact.core.basics.vocabulary import Format
from impact.core.web.files import uploads
from networks.documents.materials import services
from networks.documents.materials.models import Material, MaterialFile
from networks.documents.materials.sending.api import SendsPapers
from networks.groups.serializers import OfMeeting

log = structlog.get_logger(__name__)


class MaterialSerializer(serializers.ModelSerializer):
    formats = serializers.ListField(
        source="available",
        child=serializers.ChoiceField(choices=Format.choices),
        help_text="Formats it is available in.",
    )
    is_late = serializers.BooleanField(help_text="Sent, or still not sent, later than the group's lead time.")

    class Meta:
        model = Material
        fields = ["id", "title", "evidence_kind", "formats", "url", "sent_on", "is_late"]


class MaterialChange(ModelInput):
    formats = Several(
        child=serializers.ChoiceField(choices=Format.choices),
        min_length=1,
        max_length=len(Format.choices),
        help_text="Formats it is available in another way. Uploaded files add their own.",
    )

    class Meta:
        model = Material
        fields = ["title", "evidence_kind", "formats", "url"]


class MaterialInput(MaterialChange):
    class Meta(MaterialChange.Meta):
        fields = [*MaterialChange.Meta.fields, "sent_on"]


class SentInput(Input):
    on = Day(required=False, help_text="The day it was sent; today unless you say otherwise.")


class UseAgainInput(Input):
    material = VisiblePk(queryset=Material.objects.all(), help_text="A paper of an earlier meeting.")


class MaterialViewSet(SendsPapers, OfMeeting):
    """What goes out before a meeting. Members see it once the meeting is announced or the paper sent."""

    queryset = Material.objects.select_related("meeting__group").prefetch_related("files")
    serializer_class = MaterialSerializer

    def get_queryset(self) -> QuerySet:
        rows = super().get_queryset()
        return rows if getattr(self, "swagger_fake_view", False) else rows.visible_to(self.request.user)  # type: ignore[attr-defined]

    def _row(self) -> Material:
        row: Material = self.get_object()
        require(self.request.user, "networks.plan_meeting", self.meeting)
        return row

    @extend_schema(request=MaterialInput, responses={201: MaterialSerializer})
    def create(self, request: Request, meeting: str) -> Response:
        """List something that goes out before the meeting. Its files are sent to `/materials/{id}/files/`."""
        require(request.user, "networks.plan_meeting", self.meeting)
        given = self.sent(MaterialInput)
        return self.once(lambda: services.add_material(by=request.user, meeting=self.meeting, **given))

    @extend_schema(request=MaterialChange, responses=MaterialSerializer)
    def partial_update(self, request: Request, meeting: str, pk: str) -> Response:
        """Correct what is said about a paper."""
        row = self._row()
        given = self.sent(MaterialChange, partial=True)
        self.matched(row)
        now = {name: getattr(row, name) for name in MaterialChange.Meta.fields}
        services.change_material(by=request.user, material=row, **(now | given))
        return self.shown(row)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, meeting: str, pk: str) -> Response:
        """Remove a paper from the list, as long as it has not been sent."""
        row = self._row()
        self.matched(row)
        services.remove_material(by=request.user, material=row)
        return Response(status=204)

    @extend_schema(request=SentInput, responses=MaterialSerializer)
    @action(detail=True, methods=["post"], url_path="sent")
    def mark_sent(self, request: Request, meeting: str, pk: str) -> Response:
        """Say that you have sent it to members yourself, and on which day. To have it emailed: `/materials/send/`."""
        row = self._row()
        given = self.sent(SentInput)
        return self.once(lambda: services.mark_material_sent(by=request.user, material=row, **given), status=200)

    @extend_schema(request=UseAgainInput, responses={201: MaterialSerializer}, filters=False)
    @action(detail=False, methods=["post"], url_path="use-again", pagination_class=None)
    def use_again(self, request: Request, meeting: str) -> Response:
        """List a paper of another meeting here too, with the newest file in each format."""
        require(request.user, "networks.plan_meeting", self.meeting)
        given = self.sent(UseAgainInput)
        return self.once(lambda: services.use_material_again(by=request.user, meeting=self.meeting, **given))


# --- Files ---------------------------------------------------------------------------------------
class MaterialFileSerializer(serializers.ModelSerializer):
    download_url = serializers.SerializerMethodField(help_text="The file itself; asks for the same sign-in or token.")

    class Meta:
        model = MaterialFile
        fields = [
            "id",
            "format",
            "number",
            "name",
            "content_type",
            "size",
            "sha256",
            "note",
            "added_at",
            "download_url",
        ]
        extra_kwargs = {"sha256": {"help_text": "Of the file's bytes, in hexadecimal."}}

    @extend_schema_field(serializers.URLField())
    def get_download_url(self, file: MaterialFile) -> str:
        kwargs = {"material": file.material_id, "pk": file.pk}
        return reverse("material-file-content", kwargs=kwargs, request=self.context.get("request"))


class MaterialFileInput(ModelInput):
    file = serializers.FileField(help_text="Up to 25 MB. Its type is detected from its contents.")
    note = serializers.CharField(
        max_length=200, required=False, allow_blank=True, help_text="What changed; for a new version of a format."
    )
    send_anyway = serializers.BooleanField(
        required=False,
        help_text="Accept a file that contains macros or JavaScript, once you have been warned that it does.",
    )

    class Meta:
        model = MaterialFile
        fields = ["file", "format", "note", "send_anyway"]


def accepted(file: Any, *, send_anyway: bool) -> uploads.Upload:
    """The file, told by its contents; this takes its time, so it comes before the transaction of ``once``."""
    try:
        return uploads.accept_paper(file, send_anyway=send_anyway)
    except uploads.ActiveContent as error:  # with its code, so that programs can ask and send it again
        raise serializers.ValidationError({"file": error.messages}, code=error.code) from None
    except ValidationError as error:
        raise ValidationError({"file": error.error_list}) from None


class MaterialFileViewSet(FileDownloadMixin, EditableViewSet):
    """The files of a paper. Versions are kept; those who do not keep the log see the newest in each format."""

    queryset = MaterialFile.objects.all()
    serializer_class = MaterialFileSerializer
    parser_classes = [MultiPartParser]

    @cached_property
    def material(self) -> Material:
        """The paper in the address; 404 unless the caller may see it."""
        rows = Material.objects.visible_to(self.request.user).select_related("meeting__group")
        return get_object_or_404(rows, pk=self.kwargs["material"])

    def get_queryset(self) -> QuerySet:
        rows = super().get_queryset()
        return rows if getattr(self, "swagger_fake_view", False) else rows.filter(material=self.material)

    @extend_schema(request={"multipart/form-data": MaterialFileInput}, responses={201: MaterialFileSerializer})
    def create(self, request: Request, material: str) -> Response:
        """Add a file in a format, or a new version of it, with what changed."""
        require(request.user, "networks.plan_meeting", self.material.meeting)
        given = {"format": Format.STANDARD, **self.sent(MaterialFileInput)}
        given["file"] = accepted(given["file"], send_anyway=given.pop("send_anyway", False))
        return self.once(lambda: services.add_material_version(by=request.user, material=self.material, **given))

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    @action(detail=True, pagination_class=None)
    def content(self, request: Request, material: str, pk: str) -> FileResponse | HttpResponse:
        """The file itself, as an attachment, or the part that `Range` asks for; who may have it is asked each time."""
        row = self.get_object()
        try:
            return uploads.serve_media(request, row.file, name=row.name, content_type=row.content_type)
        except FileNotFoundError:
            log.error("material.file_missing", file=row.pk)
            raise Http404 from None
