"""Meetings: planned, moved, cancelled, logged, debriefed; their agenda."""

from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.access.permissions import has_perm, require
from impact.core.api.fields import NoInput
from impact.core.api.lists.bulk import Bulk
from impact.core.api.schema import IF_MATCH_WELCOME
from impact.core.api.views import ApiViewSet, EditableViewSet, Writes
from networks.documents.api import DocumentInput, DocumentSerializer, asked_for
from networks.documents.materials.models import Material
from networks.documents.services import request_pack
from networks.groups.models import Group
from networks.log.attendance.writer import mark_namesakes
from networks.log.models import Attendance
from networks.log.record.notes import change_notes
from networks.log.services import finish_log, record_attendance
from networks.meetings import services
from networks.meetings.filters import MeetingApiFilter
from networks.meetings.invitations.api import AnswerInput, InvitationSerializer
from networks.meetings.invitations.models import MeetingInvitation
from networks.meetings.invitations.services import announce_meeting, answer_invitation
from networks.meetings.models import AgendaItem, Debrief, Meeting
from networks.meetings.serializers import (
    AgendaInput,
    AgendaSerializer,
    AttendanceInput,
    AttendanceListSerializer,
    AttendanceSerializer,
    CameRowInput,
    DebriefInput,
    DebriefSerializer,
    MeetingInput,
    MeetingMoved,
    MeetingSerializer,
    NotesInput,
    NotesSerializer,
    ReasonInput,
)
from networks.meetings.services import locked


def meetings_seen_by(user: Any) -> QuerySet:
    """Meetings with everything that their representation shows, as far as ``user`` may see it."""
    papers = Material.objects.visible_to(user).select_related("meeting__group").prefetch_related("files")
    return (
        Meeting.objects.visible_to(user)
        .select_related("group")
        .with_counts()
        .prefetch_related(
            "agenda_items",
            "decisions",
            Prefetch("materials", papers),
            Prefetch("attendances", Attendance.objects.select_related("person")),
        )
    )


class MeetingViewSet(Bulk, EditableViewSet):
    """Meetings of the groups that you may see; drafts only where you plan them."""

    queryset = Meeting.objects.select_related("group")
    parts = (
        "agenda_items",
        "attendances",
        "decisions",
        "materials",
    )
    serializer_class = MeetingSerializer
    filterset_class = MeetingApiFilter
    row_input = MeetingInput

    def get_queryset(self) -> QuerySet:
        fake = getattr(self, "swagger_fake_view", False)
        return super().get_queryset() if fake else meetings_seen_by(self.request.user)

    def may(self, permission: str) -> Meeting:
        """The meeting in the address (404), once the caller may do this to it (403)."""
        meeting: Meeting = self.get_object()
        require(self.request.user, permission, meeting)
        return meeting

    @extend_schema(request=MeetingInput, responses={201: MeetingSerializer})
    def create(self, request: Request) -> Response:
        """Give a group its next meeting. What the last debrief agreed goes on its agenda."""
        self.require_any()
        given = self.sent(MeetingInput)
        require(request.user, "networks.plan_meeting", given["group"])
        return self.once(lambda: self.add(**given))

    def require_any(self) -> None:
        if not Group.objects.permitted(self.request.user, "networks.plan_meeting").exists():
            raise PermissionDenied

    def add(self, **given: Any) -> Meeting:
        require(self.request.user, "networks.plan_meeting", given["group"])
        return services.plan_meeting(by=self.request.user, **given)

    @extend_schema(request=MeetingMoved, responses=MeetingSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Move a meeting or change how it is held. The people affected are told, once it has been announced."""
        meeting = self.may("networks.plan_meeting")
        given = self.sent(MeetingMoved, partial=True)
        services.update_meeting(by=request.user, meeting=meeting, expected=self.matched(meeting), **given)
        return self.shown(meeting)

    @extend_schema(request=NoInput, responses=MeetingSerializer)
    @action(detail=True, methods=["post"])
    def announce(self, request: Request, pk: str) -> Response:
        """Tell members of a draft: each with an address gets an email with a calendar entry."""
        meeting = self.may("networks.plan_meeting")
        self.sent(NoInput)
        return self.once(lambda: announce_meeting(by=request.user, meeting=meeting), status=200)

    @extend_schema(parameters=[IF_MATCH_WELCOME], request=ReasonInput, responses=MeetingSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Cancel a planned meeting, with a reason."""
        meeting = self.may("networks.plan_meeting")
        given = self.sent(ReasonInput)

        def cancel() -> Meeting:
            expected = self.matched(meeting, is_required=False)
            return services.cancel_meeting(by=request.user, meeting=meeting, expected=expected, **given)

        return self.once(cancel, status=200)

    @extend_schema(request=ReasonInput, responses=MeetingSerializer)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: str) -> Response:
        """Open the log of a complete meeting again, with a reason."""
        meeting = self.may("networks.log_meeting")
        given = self.sent(ReasonInput)
        return self.once(lambda: services.reopen_log(by=request.user, meeting=meeting, **given), status=200)

    @extend_schema(request=NoInput, responses=MeetingSerializer)
    @action(detail=True, methods=["post"])
    def finish(self, request: Request, pk: str) -> Response:
        """Say that the log is complete; the meeting then waits for its debrief."""
        meeting = self.may("networks.log_meeting")
        self.sent(NoInput)
        return self.once(lambda: finish_log(by=request.user, meeting=meeting), status=200)

    @extend_schema(responses=InvitationSerializer, filters=False)
    @action(detail=True, pagination_class=None)
    def answer(self, request: Request, pk: str) -> Response:
        """Your own invitation, and your answer. 404 when you are not invited."""
        return self._answer(self.get_object().pk)

    def _own_invitation(self, pk: Any) -> MeetingInvitation:
        rows = MeetingInvitation.objects.filter(person__user=self.request.user, withdrawn_at__isnull=True)
        return get_object_or_404(rows.select_related("person", "meeting__group"), meeting_id=pk)

    def _answer(self, pk: Any, status: int = 200) -> Response:
        return self._part(InvitationSerializer(self._own_invitation(pk)).data, status)

    @extend_schema(request=AnswerInput, responses=InvitationSerializer, filters=False)
    @answer.mapping.post
    def give_answer(self, request: Request, pk: str) -> Response:
        """Say whether you come, and what you need."""
        meeting = self.get_object()
        invitation = self._own_invitation(meeting.pk)
        given = self.sent(AnswerInput)

        def give() -> Meeting:
            answer_invitation(by=request.user, invitation=invitation, **given)
            return meeting

        return self.once(give, status=200, show=self._answer)

    @extend_schema(request=DocumentInput, responses={202: DocumentSerializer, 200: DocumentSerializer}, filters=False)
    @action(detail=True, methods=["post"], pagination_class=None)
    def pack(self, request: Request, pk: str) -> Response:
        """Freeze the meeting's pack as it is now and have a worker build it as one PDF."""
        meeting = self.may("networks.build_document")
        return asked_for(self, partial(request_pack, by=request.user, meeting=meeting))

    # --- Parts that are written as a whole, each with an ETag of its own ---------------------------
    def _part(self, data: Any, status: int = 200) -> Response:
        return self.tagged(data, status=status)

    def _replace(self, meeting: Meeting, now: Any, write: Any) -> None:
        """Hold If-Match against a part of the meeting as it is, and write it before anybody else can."""
        with transaction.atomic():
            locked(meeting)
            self.matched_part(now())
            write()

    @extend_schema(responses=AgendaSerializer, filters=False)
    @action(detail=True, pagination_class=None)
    def agenda(self, request: Request, pk: str) -> Response:
        """What the meeting talks about, in order."""
        return self._part(self._agenda(self.get_object()))

    def _agenda(self, meeting: Meeting) -> Any:
        return AgendaSerializer({"items": AgendaItem.objects.filter(meeting=meeting)}).data

    @extend_schema(request=AgendaInput, responses=AgendaSerializer, filters=False)
    @agenda.mapping.put
    def set_agenda(self, request: Request, pk: str) -> Response:
        """Replace the agenda."""
        meeting = self.may("networks.plan_meeting")
        items = [dict(item) for item in self.sent(AgendaInput)["items"]]
        self._replace(
            meeting,
            lambda: self._agenda(meeting),
            lambda: services.set_agenda(by=request.user, meeting=meeting, items=items),
        )
        return self._part(self._agenda(meeting))

    @extend_schema(responses=AttendanceListSerializer, filters=False)
    @action(detail=True, pagination_class=None)
    def attendance(self, request: Request, pk: str) -> Response:
        """Who came, who sent apologies, who did not come. For those who may see who is in the group."""
        return self._part(self._attendance(self.may("networks.view_people")))

    def _attendance(self, meeting: Meeting) -> Any:
        rows = Attendance.objects.filter(meeting=meeting, person__isnull=False).select_related("person")
        return AttendanceListSerializer({"members": mark_namesakes(meeting, list(rows))}).data

    @extend_schema(request=AttendanceInput, responses=AttendanceListSerializer, filters=False)
    @attendance.mapping.put
    def set_attendance(self, request: Request, pk: str) -> Response:
        """Say who came, all at once."""
        meeting = self.may("networks.log_meeting")
        statuses = {row["person"]: row["status"] for row in self.sent(AttendanceInput)["members"]}
        self._replace(
            meeting,
            lambda: self._attendance(meeting),
            lambda: record_attendance(by=request.user, meeting=meeting, statuses=statuses),
        )
        return self._part(self._attendance(meeting))

    @extend_schema(responses=NotesSerializer, filters=False)
    @action(detail=True, pagination_class=None)
    def notes(self, request: Request, pk: str) -> Response:
        """The notes; while the log is being written only for those who keep it."""
        meeting = self.get_object()
        if not meeting.is_held:
            require(request.user, "networks.log_meeting", meeting)
        return self._part({"notes": meeting.notes})

    @extend_schema(request=NotesInput, responses=NotesSerializer, filters=False)
    @notes.mapping.put
    def set_notes(self, request: Request, pk: str) -> Response:
        """Replace the notes."""
        meeting = self.may("networks.log_meeting")
        sent = self.sent(NotesInput)["notes"]
        self._replace(
            meeting,
            lambda: {"notes": locked(meeting).notes},
            lambda: change_notes(by=request.user, meeting=meeting, text=sent),
        )
        return self._part({"notes": self.get_object().notes})

    @extend_schema(responses=DebriefSerializer, filters=False)
    @action(detail=True, pagination_class=None)
    def debrief(self, request: Request, pk: str) -> Response:
        """What manager and coordinator agreed after the meeting. 404 until it was held."""
        meeting = self.get_object()
        if not has_perm(request.user, "networks.view_all"):
            require(request.user, "networks.debrief_meeting", meeting)
        return self._debrief(meeting.pk)

    def _debrief(self, pk: Any, status: int = 200) -> Response:
        return self._part(DebriefSerializer(get_object_or_404(Debrief, meeting_id=pk)).data, status)

    @extend_schema(request=DebriefInput, responses={201: DebriefSerializer}, filters=False)
    @debrief.mapping.post
    def hold_debrief(self, request: Request, pk: str) -> Response:
        """Record the debrief of a logged meeting; that completes it and goes on the next agenda."""
        meeting = self.may("networks.debrief_meeting")
        given = self.sent(DebriefInput)

        def hold() -> Meeting:
            services.debrief_meeting(by=request.user, meeting=meeting, **given)
            return meeting

        return self.once(hold, show=self._debrief)


class AttendanceViewSet(Bulk, Writes, ApiViewSet):
    """Who came, to any number of meetings at once. The list of one meeting is at `/meetings/{id}/attendance/`."""

    http_method_names = ["post", "options"]
    queryset = Attendance.objects.filter(person__isnull=False)
    serializer_class = AttendanceSerializer
    row_input = CameRowInput

    def require_any(self) -> None:
        if not Group.objects.permitted(self.request.user, "networks.log_meeting").exists():
            raise PermissionDenied

    def add(self, **given: Any) -> Attendance:
        """Say of one member whether they came; one who is recorded otherwise is corrected."""
        meeting, person = given["meeting"], given["person"]
        require(self.request.user, "networks.log_meeting", meeting)
        record_attendance(by=self.request.user, meeting=meeting, statuses={person: given["status"]})
        return Attendance.objects.get(meeting=meeting, person=person)
