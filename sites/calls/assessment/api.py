"""Assessments over the API: an assessor's own, and all of them for staff, through the same services as the pages."""

from typing import Any

import django_filters
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import Http404
from django.urls import reverse
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.access.permissions import has_perm, require
from impact.core.api.fields import Input, ModelInput, NoInput
from impact.core.api.views import EditableViewSet
from impact.core.basics.states import StateConflict
from impact.core.people.models import User
from sites.calls.applications.models import Application
from sites.calls.assessment.blind import read_application, who_applied
from sites.calls.assessment.models import HIGHEST, Assessment, Assignment, Criterion, DiscussionMessage, Score
from sites.calls.assessment.moderation.panel import panel_of
from sites.calls.assessment.moderation.services import may_discuss, post_message
from sites.calls.assessment.scoring import services
from sites.calls.assessment.scoring.todo import is_blind, is_considered, state_of, with_state
from sites.calls.assessment.setup import assignments
from sites.registry.serializers import PageUrl

MOST_SCORES = 50


class AssessmentApiFilter(django_filters.FilterSet):
    """Filters of /api/v1/assessments/."""

    round = django_filters.CharFilter(field_name="application__round__slug", label="A round's slug")
    application = django_filters.CharFilter(field_name="application__reference", label="An application's reference")
    conflict = django_filters.ChoiceFilter(choices=Assignment.Conflict)
    submitted = django_filters.BooleanFilter(
        field_name="assessment__submitted_at", lookup_expr="isnull", exclude=True, label="Whether it was submitted"
    )

    class Meta:
        model = Assignment
        fields: list[str] = []


class ScoreSerializer(serializers.ModelSerializer):
    criterion_name = serializers.CharField(source="criterion.name", read_only=True)

    class Meta:
        model = Score
        fields = ["criterion", "criterion_name", "value", "reason"]
        extra_kwargs = {"value": {"help_text": f"From 0 to {HIGHEST}. Null in a draft, while it is open."}}


class AssessmentSerializer(serializers.ModelSerializer):
    """One application given to one assessor, with what they think of it as far as the caller may read that."""

    round = serializers.CharField(source="application.round.slug", read_only=True)
    application = serializers.CharField(source="application.reference", read_only=True)
    organisation = serializers.SerializerMethodField(help_text="Null where names are withheld from the caller.")
    assessor = serializers.CharField(source="assessor.display_name", read_only=True)
    assessor_id = serializers.IntegerField(read_only=True)
    state = serializers.SerializerMethodField(help_text="Where it stands, in words.")
    due_on = serializers.DateField(source="effective_due_on", allow_null=True, read_only=True)
    revision = serializers.SerializerMethodField(help_text="The revision being assessed. Null before it is opened.")
    newest_revision = serializers.IntegerField(allow_null=True, read_only=True)
    submitted_at = serializers.SerializerMethodField()
    value = serializers.SerializerMethodField(method_name="value_of", help_text="From 0 to 100, once submitted.")
    comment = serializers.SerializerMethodField(help_text="Markdown.")
    scores = serializers.SerializerMethodField(help_text="Others read them once they are submitted.")
    version = serializers.IntegerField(read_only=True)
    url = PageUrl()

    class Meta:
        model = Assignment
        fields = [
            *("id", "round", "application", "organisation", "assessor", "assessor_id", "conflict", "state", "due_on"),
            *("revision", "newest_revision", "submitted_at", "value", "comment", "scores", "version", "url"),
        ]

    def _is_own(self, row: Assignment) -> bool:
        return bool(row.assessor_id == self.context["request"].user.pk)

    def _readable(self, row: Assignment) -> Assessment | None:
        """The assessment, where the caller may read what is in it."""
        assessment: Assessment | None = getattr(row, "assessment", None)
        if assessment is None or row.conflict != Assignment.Conflict.NONE or not is_considered(row.application):
            return None
        return assessment if assessment.submitted_at or self._is_own(row) else None

    def get_url(self, row: Assignment) -> str:
        """The assessor's page, or for staff that of the application's assessment."""
        path = reverse("sites:assessing-detail", args=[row.pk])
        if not self._is_own(row):
            where = [row.application.round.slug, row.application.reference]
            path = reverse("sites:assessment-application", args=where)
        return str(self.context["request"].build_absolute_uri(path))

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_organisation(self, row: Assignment) -> str | None:
        is_staff = has_perm(self.context["request"].user, "sites.view_applications")
        if is_staff:
            return row.application.organisation_name
        if row.conflict == Assignment.Conflict.DECLARED or not is_considered(row.application):
            return None
        return who_applied(row.application, is_blind=is_blind(row)).get("name")

    def get_state(self, row: Assignment) -> str:
        return state_of(row)[0]

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_revision(self, row: Assignment) -> int | None:
        assessment: Assessment | None = getattr(row, "assessment", None)
        return assessment.revision.number if assessment else None

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_submitted_at(self, row: Assignment) -> Any:
        found = self._readable(row)
        return (
            serializers.DateTimeField().to_representation(found.submitted_at) if found and found.submitted_at else None
        )

    @extend_schema_field(serializers.FloatField(allow_null=True))
    def value_of(self, row: Assignment) -> float | None:
        found = self._readable(row)
        return found.value if found else None

    def get_comment(self, row: Assignment) -> str:
        found = self._readable(row)
        return found.comment if found else ""

    @extend_schema_field(ScoreSerializer(many=True))
    def get_scores(self, row: Assignment) -> list[dict[str, Any]]:
        found = self._readable(row)
        return list(ScoreSerializer(found.scores.all(), many=True).data) if found else []


class ScoreInput(Input):
    criterion = serializers.IntegerField(min_value=1, max_value=2**31 - 1, help_text="A criterion's id.")
    value = serializers.IntegerField(min_value=0, max_value=HIGHEST, allow_null=True, required=False, default=None)
    reason = serializers.CharField(max_length=4000, allow_blank=True, required=False, default="")


class AssessmentInput(ModelInput):
    """What an assessor thinks so far. Criteria that are left out stay as they are."""

    scores = ScoreInput(many=True, required=False, max_length=MOST_SCORES)
    comment = serializers.CharField(max_length=4000, allow_blank=True, required=False)

    class Meta:
        model = Assessment
        fields = ["scores", "comment"]

    def validate_scores(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len({row["criterion"] for row in rows}) != len(rows):
            raise serializers.ValidationError("Send each criterion once.")
        return rows


class ConflictInput(Input):
    has_conflict = serializers.BooleanField()
    reason = serializers.CharField(max_length=400, allow_blank=True, required=False, default="")


class AssignmentInput(Input):
    application = serializers.CharField(max_length=30, help_text="An application's reference.")
    assessor = serializers.IntegerField(
        min_value=1, max_value=2**31 - 1, help_text="The `assessor_id` of an assessor of its round."
    )


class ReadingAnswerSerializer(serializers.Serializer):
    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    text = serializers.CharField(allow_blank=True)
    is_withheld = serializers.BooleanField()


class ReadingPartSerializer(serializers.Serializer):
    title = serializers.CharField()
    answers = ReadingAnswerSerializer(many=True)


class CriterionSerializer(serializers.ModelSerializer):
    score_words = serializers.ListField(child=serializers.CharField(), help_text="One text for each score, from 0.")

    class Meta:
        model = Criterion
        fields = ["id", "name", "guidance", "weight", "score_words"]


class ReadingSerializer(serializers.Serializer):
    """An application as its assessor may read it, and what to judge it by."""

    application = serializers.CharField()
    revision = serializers.IntegerField()
    parts = ReadingPartSerializer(many=True)
    criteria = CriterionSerializer(many=True)


class OtherSerializer(serializers.Serializer):
    assessor = serializers.CharField(source="who")
    value = serializers.FloatField(allow_null=True)
    revision = serializers.IntegerField()
    comment = serializers.CharField(allow_blank=True)


class MessageSerializer(serializers.ModelSerializer):
    author = serializers.CharField(source="author.display_name", default="", help_text="Empty when not known.")

    class Meta:
        model = DiscussionMessage
        fields = ["id", "author", "words", "written_at"]


class MessageInput(Input):
    words = serializers.CharField(max_length=4000)


class AssessmentViewSet(EditableViewSet):
    """Who assesses which application, and what they think: an assessor's own, or all of them for staff."""

    queryset = Assignment.objects.all()
    parts = ("assessment",)
    serializer_class = AssessmentSerializer
    filterset_class = AssessmentApiFilter
    http_method_names = ["get", "head", "options", "post", "patch", "delete"]

    def get_queryset(self) -> QuerySet:
        rows: Any = super().get_queryset()
        return with_state(rows).select_related("assessor__person").prefetch_related("assessment__scores__criterion")

    def _own(self) -> Assignment:
        """The caller's own assignment: staff read others', and write none."""
        row: Assignment = self.get_object()
        require(self.request.user, "sites.assess", row)
        if row.assessor_id != self.request.user.pk:
            raise PermissionDenied("This application was given to another assessor.")
        return row

    @extend_schema(request=AssignmentInput, responses={201: AssessmentSerializer})
    def create(self, request: Request) -> Response:
        """Give an application to an assessor of its round. For staff."""
        require(request.user, "sites.edit_assessment")
        given = self.sent(AssignmentInput)
        application = Application.objects.visible_to(request.user).filter(reference=given["application"]).first()
        if application is None:
            raise ValidationError({"application": "No application has this reference."})
        person = User.objects.filter(assessor_in__round=application.round, pk=given["assessor"]).first()
        if person is None:
            raise ValidationError({"assessor": "This round has no such assessor."})
        return self.once(lambda: assignments.assign_by_hand(by=request.user, application=application, assessor=person))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Take an application back from an assessor who has not submitted. For staff."""
        row: Assignment = self.get_object()
        require(request.user, "sites.edit_assessment")
        self.matched(row)
        assignments.remove_assignment(by=request.user, assignment=row)
        return Response(status=204)

    @extend_schema(request=AssessmentInput, responses=AssessmentSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Save a draft of one's own assessment."""
        row = self._own()
        given = self.sent(AssessmentInput, partial=True)
        expected = self.matched(row)
        services.save_draft(
            by=request.user,
            assignment=row,
            scores={s["criterion"]: (s["value"], s["reason"]) for s in given.get("scores", [])},
            comment=given.get("comment"),
            expected=expected,
        )
        return self.shown(row)

    @extend_schema(request=ConflictInput, responses=AssessmentSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def conflict(self, request: Request, pk: str) -> Response:
        """Say whether one has a conflict. Without one the application opens."""
        row = self._own()
        given = self.sent(ConflictInput)
        return self.once(lambda: services.declare_conflict(by=request.user, assignment=row, **given), status=200)

    @extend_schema(request=NoInput, responses=AssessmentSerializer, filters=False)
    @action(detail=True, methods=["post"], url_path="clear-conflict")
    def clear_conflict(self, request: Request, pk: str) -> Response:
        """Ask an assessor again, after a conflict was declared by mistake. For staff."""
        row: Assignment = self.get_object()
        require(request.user, "sites.edit_assessment")
        self.sent(NoInput)
        return self.once(lambda: assignments.clear_conflict(by=request.user, assignment=row), status=200)

    def _step(self, step: Any) -> Response:
        """One step of one's own assessment, without a body."""
        row = self._own()
        self.sent(NoInput)
        self.matched(row, is_required=False)

        def run() -> Assignment:
            step(by=self.request.user, assignment=row)
            return row

        return self.once(run, status=200)

    @extend_schema(request=NoInput, responses=AssessmentSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def submit(self, request: Request, pk: str) -> Response:
        """Submit one's own assessment, as it was saved."""
        return self._step(lambda **who: services.submit_assessment(scores={}, **who))

    @extend_schema(request=NoInput, responses=AssessmentSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: str) -> Response:
        """Open one's own submitted assessment again."""
        return self._step(services.reopen_assessment)

    @extend_schema(request=NoInput, responses=AssessmentSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def newest(self, request: Request, pk: str) -> Response:
        """Assess the applicant's newest revision."""
        return self._step(services.move_to_newest)

    @extend_schema(responses=ReadingSerializer, filters=False)
    @action(detail=True, pagination_class=None)
    def application(self, request: Request, pk: str) -> Response:
        """The application as its assessor may read it, once they have said that they have no conflict."""
        row: Assignment = self.get_object()
        if row.assessor_id != request.user.pk or row.conflict != Assignment.Conflict.NONE:
            raise Http404
        if not is_considered(row.application):
            raise Http404
        revision = row.assessment.revision
        found = {
            "application": row.application.reference,
            "revision": revision.number,
            "parts": read_application(revision, is_blind=is_blind(row)),
            "criteria": row.application.round.criteria.all(),
        }
        return self.tagged(ReadingSerializer(found).data)

    @extend_schema(responses=OtherSerializer(many=True), filters=False)
    @action(detail=True, pagination_class=None)
    def others(self, request: Request, pk: str) -> Response:
        """Every submitted assessment of the application, for staff and for those who have submitted their own."""
        row: Assignment = self.get_object()
        if not has_perm(request.user, "sites.view_applications"):
            if row.conflict != Assignment.Conflict.NONE or not is_considered(row.application):
                raise Http404
            if row.assessment.submitted_at is None:
                raise StateConflict("Submit your own assessment first.", code="not_submitted")
        panel = panel_of(row.application, [], reader=request.user)
        return self.tagged(OtherSerializer(panel.columns, many=True).data)

    # --- Talking about it ------------------------------------------------------------------------
    def _discussed(self) -> Application:
        row: Assignment = self.get_object()
        if not may_discuss(self.request.user, row.application):
            raise PermissionDenied("Submit your own assessment first. Then you can discuss it with the others.")
        return row.application

    @extend_schema(responses=MessageSerializer(many=True), filters=False)
    @action(detail=True, pagination_class=None)
    def messages(self, request: Request, pk: str) -> Response:
        """What the assessors of the application and staff said to each other about it."""
        rows = self._discussed().discussion.select_related("author__person").order_by("pk")
        return self.tagged(MessageSerializer(rows, many=True).data)

    @extend_schema(request=MessageInput, responses={201: MessageSerializer(many=True)}, filters=False)
    @messages.mapping.post
    def post_message(self, request: Request, pk: str) -> Response:
        """Say something about the application to its other assessors and staff."""
        application = self._discussed()
        given = self.sent(MessageInput)

        def run() -> Application:
            post_message(by=request.user, application=application, **given)
            return application

        def show(_pk: str, status: int) -> Response:
            rows = application.discussion.select_related("author__person").order_by("pk")
            return self.tagged(MessageSerializer(rows, many=True).data, status=status)

        return self.once(run, show=show)
