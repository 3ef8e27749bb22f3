"""Sending the papers of a meeting over the API: who would get what, sending it, and stopping the links."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.access import audit
from impact.core.access.permissions import require
from impact.core.api.fields import Input, VisiblePk
from impact.core.basics.vocabulary import Format
from networks.documents.materials.models import Material
from networks.documents.materials.papers import formats_read
from networks.documents.materials.sending import services
from networks.documents.materials.sending.plan import (
    PaperForPerson,
    PersonPlan,
    Plan,
    link_ends_at,
    materials_to_send,
    plan_of,
)
from networks.meetings.models import Meeting

MOST = 50  # papers in one request


class PaperForPersonSerializer(serializers.Serializer):
    material = serializers.IntegerField(help_text="Id of the paper.")
    title = serializers.CharField()
    new = serializers.ListField(child=serializers.CharField(), help_text="Files and addresses that they get now.")
    known = serializers.ListField(child=serializers.CharField(), help_text="What they were sent before.")
    known_since = serializers.DateTimeField(allow_null=True)
    not_available_in = serializers.ListField(
        child=serializers.CharField(), help_text="Formats that they read and the paper does not come in."
    )
    another_way_in = serializers.ListField(
        child=serializers.CharField(), help_text="Formats that they read and get another way, not as a file."
    )


class SendingPersonSerializer(serializers.Serializer):
    person = serializers.IntegerField(help_text="Id of the person's record.")
    name = serializers.CharField()
    has_email = serializers.BooleanField(help_text="Without an address, hand the papers over in person.")
    formats = serializers.ListField(
        child=serializers.ChoiceField(choices=Format.choices), help_text="What they read, first choice first."
    )
    papers = PaperForPersonSerializer(many=True)


class SendingPlanSerializer(serializers.Serializer):
    mark = serializers.CharField(help_text="Send it as `expected`, so that nothing else is sent than what you saw.")
    emails = serializers.IntegerField(help_text="How many emails would be sent.")
    cannot_send_because = serializers.CharField(help_text="Empty when they can be sent.")
    links_work_until = serializers.DateTimeField(help_text="When links in emails sent now expire.")
    materials = serializers.ListField(child=serializers.IntegerField(), help_text="Ids of the papers chosen.")
    not_sendable = serializers.ListField(
        child=serializers.IntegerField(), help_text="Ids of those without a file or a web address."
    )
    people = SendingPersonSerializer(many=True)


class SentPapersSerializer(serializers.Serializer):
    emails = serializers.IntegerField(help_text="How many emails were queued.")
    papers = serializers.IntegerField(help_text="How many papers they are about.")


class SendInput(Input):
    materials = VisiblePk(
        queryset=Material.objects.all(),
        many=True,
        max_length=MOST,
        required=False,
        help_text="Which papers; by default all but those that you sent yourself or stopped the links of.",
    )
    expected = serializers.CharField(
        max_length=64, required=False, help_text="The `mark` of what you looked at. 409 when it would be different now."
    )


class StoppedLinksSerializer(serializers.Serializer):
    stopped = serializers.IntegerField(help_text="How many links there were.")


def _paper(paper: PaperForPerson) -> dict[str, Any]:
    return {
        "material": paper.material.pk,
        "title": paper.material.title,
        "new": [piece.label for piece in paper.new],
        "known": [piece.label for piece in paper.known],
        "known_since": paper.known_since,
        "not_available_in": paper.lacking,
        "another_way_in": paper.another_way,
    }


def _person(row: PersonPlan) -> dict[str, Any]:
    return {
        "person": row.person.pk,
        "name": row.person.name,
        "has_email": bool(row.person.email),
        "formats": formats_read(row.person),
        "papers": [_paper(paper) for paper in row.papers],
    }


def _plan(plan: Plan) -> dict[str, Any]:
    return {
        "mark": plan.mark,
        "emails": len(plan.emails),
        "cannot_send_because": services.why_not_sent(plan.meeting),
        "links_work_until": link_ends_at(plan.meeting),
        "materials": [material.pk for material in plan.materials],
        "not_sendable": [material.pk for material in plan.unsendable],
        "people": [_person(row) for row in plan.people],
    }


class SendsPapers:
    """Sending a meeting's papers by email, for the person planning the meeting."""

    request: Request
    meeting: Meeting

    @extend_schema(
        responses=SendingPlanSerializer,
        filters=False,
        parameters=[
            OpenApiParameter("material", int, many=True, description="Ids of papers; by default as for sending.")
        ],
    )
    @action(detail=False, pagination_class=None)
    def send(self, request: Request, meeting: str) -> Response:
        """Who would get which paper in which format now, who has it already, and who has no address."""
        require(request.user, "networks.plan_meeting", self.meeting)
        audit.record_reading(request.user, "needs", self.meeting.group)
        wanted = set(request.query_params.getlist("material"))
        rows = materials_to_send(self.meeting)
        chosen = [material for material in rows if str(material.pk) in wanted] if wanted else None
        return self.tagged(SendingPlanSerializer(_plan(plan_of(self.meeting, chosen))).data)  # type: ignore[attr-defined]

    @extend_schema(request=SendInput, responses=SentPapersSerializer, filters=False)
    @send.mapping.post
    def send_papers(self, request: Request, meeting: str) -> Response:
        """Send each member what they do not have yet, in the formats that they read, by links that end.

        If you have sent a paper yourself, say so at `/materials/{id}/sent/` instead.
        """
        require(request.user, "networks.plan_meeting", self.meeting)
        given = self.sent(SendInput)  # type: ignore[attr-defined]

        def effect() -> dict[str, int]:
            sent = services.send_papers(by=request.user, meeting=self.meeting, **given)
            return {"emails": sent.emails, "papers": sent.papers}

        return self.once(effect, status=200, show=_as_is)  # type: ignore[attr-defined]

    @extend_schema(request=None, responses=StoppedLinksSerializer)
    @action(detail=True, methods=["post"], url_path="stop-links")
    def stop_links(self, request: Request, meeting: str, pk: str) -> Response:
        """Stop every emailed link to a paper, for example because the file was wrong."""
        row = self._row()  # type: ignore[attr-defined]
        return self.once(  # type: ignore[attr-defined]
            lambda: {"stopped": services.stop_paper_links(by=request.user, material=row)}, status=200, show=_as_is
        )


def _as_is(data: dict[str, int], status: int) -> Response:
    return Response(data, status=status)
