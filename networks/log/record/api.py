"""Records beside a log: versions of the notes, photographs and restricted notes."""

from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse, Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from impact.core.access.permissions import has_perm, require
from impact.core.api.defaults import JSONParser, MultiPartParser
from impact.core.api.fields import Input, ModelInput, NoInput
from impact.core.api.lists import answering
from impact.core.api.schema import CHANGED_SINCE, IF_MATCH_WELCOME
from impact.core.api.views import BYTES, ApiViewSet, FileDownloadMixin, Writes
from impact.core.web.files import uploads
from networks.groups.serializers import InMeeting, OfMeeting
from networks.log.record import notes as services
from networks.log.record.models import MeetingPhoto, NotesVersion, RestrictedNote
from networks.log.record.photos import add_photo, describe_photo, remove_photo, restore_photo
from networks.log.record.restricted import deal_with_flag, read_restricted_notes, write_restricted_note


# --- Versions of the notes -----------------------------------------------------------------------
class NotesVersionLink(serializers.ModelSerializer):
    class Meta:
        model = NotesVersion
        fields = ["number", "saved_at", "restored_from"]


class NotesVersionSerializer(NotesVersionLink):
    class Meta(NotesVersionLink.Meta):
        fields = [*NotesVersionLink.Meta.fields, "text"]


class NotesVersionViewSet(OfMeeting):
    """Every saved version of the notes. For those who keep the log."""

    queryset = NotesVersion.objects.all()
    lookup_field = "number"
    reads = "networks.log_meeting"

    def get_serializer_class(self) -> type[serializers.Serializer]:
        return NotesVersionLink if self.action == "list" else NotesVersionSerializer

    @extend_schema(request=NoInput, responses={201: NotesVersionSerializer}, filters=False)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, meeting: str, number: str) -> Response:
        """Restore this version. The current text stays in the history."""
        version = self.get_object()
        self.sent(NoInput)
        restore = services.restore_notes
        return self.once(
            lambda: restore(by=request.user, meeting=self.meeting, number=version.number), show=self._restored
        )

    def _restored(self, pk: str, status: int) -> Response:
        data, _version = self.state_of(pk)
        return self.tagged(data, status=status)


# --- Photographs -----------------------------------------------------------------------------------
class PhotoSerializer(serializers.ModelSerializer):
    is_removed = serializers.SerializerMethodField(help_text="Removed from the log; can be put back.")
    download_url = serializers.SerializerMethodField(help_text="The picture; asks for the same sign-in or token.")

    class Meta:
        model = MeetingPhoto
        fields = ["id", "alt", "width", "height", "size", "added_at", "is_removed", "download_url"]

    def get_is_removed(self, photo: MeetingPhoto) -> bool:
        return photo.removed_at is not None

    @extend_schema_field(serializers.URLField())
    def get_download_url(self, photo: MeetingPhoto) -> str:
        kwargs = {"meeting": photo.meeting_id, "pk": photo.pk}
        return reverse("meeting-photo-content", kwargs=kwargs, request=self.context.get("request"))


class PhotoInput(Input):
    file = serializers.FileField(
        help_text="JPEG, PNG or WebP, up to 15 MB. Location, time and camera details are removed."
    )
    alt = serializers.CharField(
        max_length=400, required=False, allow_blank=True, help_text="What it shows, for people who cannot see it."
    )
    key = serializers.UUIDField(required=False, help_text="Made by you; the same one twice adds it once.")


class PhotoChange(ModelInput):
    class Meta:
        model = MeetingPhoto
        fields = ["alt"]


class PhotoViewSet(FileDownloadMixin, OfMeeting):
    """Photographs of flip charts. Those removed from the log are seen by those who keep it."""

    queryset = MeetingPhoto.objects.all()
    serializer_class = PhotoSerializer
    parser_classes = [MultiPartParser, JSONParser]

    def get_queryset(self) -> QuerySet:
        rows: Any = super().get_queryset()
        if getattr(self, "swagger_fake_view", False) or has_perm(
            self.request.user, "networks.log_meeting", self.meeting
        ):
            return rows
        return rows.in_use() if self.meeting.is_held else rows.none()

    def _row(self) -> MeetingPhoto:
        photo: MeetingPhoto = self.get_object()
        require(self.request.user, "networks.log_meeting", self.meeting)
        return photo

    @extend_schema(request={"multipart/form-data": PhotoInput}, responses={201: PhotoSerializer})
    def create(self, request: Request, meeting: str) -> Response:
        """Put a photograph on the log. The same picture again is the same photograph."""
        require(request.user, "networks.log_meeting", self.meeting)
        given = self.sent(PhotoInput)
        given["file"] = uploads.accept_photo(given["file"])  # takes its time, so before the transaction of ``once``
        return self.once(lambda: add_photo(by=request.user, meeting=self.meeting, **given))

    @extend_schema(request={"application/json": PhotoChange}, responses=PhotoSerializer)
    def partial_update(self, request: Request, meeting: str, pk: str) -> Response:
        """Say in words what it shows."""
        photo = self._row()
        alt = self.sent(PhotoChange, partial=True).get("alt", photo.alt)
        describe_photo(by=request.user, photo=photo, alt=alt, expected=self.matched(photo))
        return self.shown(photo)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, meeting: str, pk: str) -> Response:
        """Remove a photograph from the log. It can be restored."""
        photo = self._row()
        remove_photo(by=request.user, photo=photo, expected=self.matched(photo))
        return Response(status=204)

    @extend_schema(request={"application/json": NoInput}, responses=PhotoSerializer, filters=False)
    @action(detail=True, methods=["post"], url_path="put-back")
    def put_back(self, request: Request, meeting: str, pk: str) -> Response:
        """Restore a removed photograph to the log."""
        photo = self._row()
        self.sent(NoInput)
        return self.once(lambda: restore_photo(by=request.user, photo=photo), status=200)

    @extend_schema(responses={(200, "image/jpeg", BYTES): OpenApiTypes.BINARY})
    @action(detail=True, pagination_class=None)
    def content(self, request: Request, meeting: str, pk: str) -> FileResponse:
        """The picture, as an attachment; who may have it is asked each time."""
        photo = self.get_object()
        try:
            return uploads.serve_file(photo.file, name=f"photo-{photo.pk}.jpg", content_type="image/jpeg")
        except FileNotFoundError:
            raise Http404 from None


# --- Restricted notes --------------------------------------------------------------------------------
class RestrictedNoteSerializer(serializers.ModelSerializer):
    updated_at = serializers.DateTimeField(source=answering.CHANGED, read_only=True)

    class Meta:
        model = RestrictedNote
        fields = ["id", "words", "is_safeguarding", "written_at", "dealt_with", "dealt_with_at", "updated_at"]


class RestrictedNoteReceipt(serializers.ModelSerializer):
    """A note that was written or dealt with. Its words are only given where a reading is put on record."""

    class Meta:
        model = RestrictedNote
        fields = ["id", "is_safeguarding", "written_at", "dealt_with_at"]


class RestrictedNoteInput(ModelInput):
    class Meta:
        model = RestrictedNote
        fields = ["words", "is_safeguarding"]


class DealtWithInput(Input):
    done = serializers.CharField(max_length=400, help_text="What was done, in a sentence.")


class RestrictedNoteViewSet(InMeeting, Writes, ApiViewSet):
    """Notes that members and leadership do not read, and safeguarding flags. Each reading is put on record."""

    queryset = RestrictedNote.objects.all()
    serializer_class = RestrictedNoteReceipt
    reads = "networks.view_restricted"
    pagination_class = None
    filter_backends: list = []

    @extend_schema(parameters=[CHANGED_SINCE], responses=RestrictedNoteSerializer(many=True))
    def list(self, request: Request, meeting: str) -> Response:
        """The notes, newest first. They come whole, so `changed_since` is a time."""
        answering.since_of(request)  # 400 before a reading is put on record
        notes = answering.whole(request, read_restricted_notes(by=request.user, meeting=self.meeting))
        data = RestrictedNoteSerializer(notes, many=True).data
        return Response(data, headers={"Cache-Control": "private, no-store"})

    def _receipt(self, pk: str, status: int) -> Response:
        data, version = self.state_of(pk)
        return self.tagged(data, version=version, status=status)

    @extend_schema(request=RestrictedNoteInput, responses={201: RestrictedNoteReceipt})
    def create(self, request: Request, meeting: str) -> Response:
        """Record something that must not appear in the minutes. A safeguarding flag alerts national staff by email."""
        self.meeting  # noqa: B018  404 and 403 before the body is read
        given = self.sent(RestrictedNoteInput)
        return self.once(
            lambda: write_restricted_note(by=request.user, meeting=self.meeting, **given), show=self._receipt
        )

    @extend_schema(parameters=[IF_MATCH_WELCOME], request=DealtWithInput, responses=RestrictedNoteReceipt)
    @action(detail=True, methods=["post"], url_path="dealt-with")
    def dealt_with(self, request: Request, meeting: str, pk: str) -> Response:
        """Say what was done about a safeguarding flag."""
        note = self.get_object()
        require(request.user, "networks.deal_with_flag", note)
        given = self.sent(DealtWithInput)

        def deal() -> RestrictedNote:
            expected = self.matched(note, is_required=False)
            return deal_with_flag(by=request.user, note=note, expected=expected, **given)

        return self.once(deal, status=200, show=self._receipt)
