"""The queue of Ask IMPACT: questions, and each step from received to shared or declined."""

from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.access import audit
from impact.core.access.permissions import has_perm, require
from impact.core.api.fields import Day, Input, ModelInput, NoInput, VisibleSlug
from impact.core.api.schema import IF_MATCH_WELCOME
from impact.core.api.views import EditableViewSet
from impact.core.people.models import User
from sites.organisations.models import Organisation
from sites.progress.evidence.api import EvidenceLink
from sites.progress.evidence.models import EvidenceItem
from sites.questions import services
from sites.questions.filters import QuestionApiFilter
from sites.questions.models import AskedQuestion
from sites.questions.views import own_sites
from sites.registry.models import DeliveryModel, Site
from sites.registry.serializers import OrganisationLink, PageUrl, SiteLink, TopicLink, page_url
from sites.topics.models import Topic


class AskImpactQuestionSerializer(serializers.ModelSerializer):
    site = SiteLink(allow_null=True, help_text="The Ask IMPACT site that answers. Null: the centre.")
    topic = TopicLink(allow_null=True, help_text="What it is about. Null: not known yet.")
    asker = OrganisationLink(allow_null=True, help_text="The organisation that asks. Null: a person in a role.")
    contact_email = serializers.SerializerMethodField(
        help_text="Where the answer goes. Null for everyone but national staff. Deleted 90 days after the end."
    )
    assignee = serializers.CharField(
        source="assignee.display_name",
        default=None,
        allow_null=True,
        read_only=True,
        help_text="Who answers it. Null: no one yet.",
    )
    evidence = EvidenceLink(
        many=True, source="evidence_seen", help_text="Items that the answer rests on, as far as you may see them."
    )
    age_days = serializers.IntegerField(help_text="Until it was shared or declined, or until today.")
    days_overdue = serializers.IntegerField(help_text="Days since the answer was due. 0: not overdue, or done.")
    url = PageUrl()
    get_url = page_url

    class Meta:
        model = AskedQuestion
        fields = [
            *("id", "words", "background", "site", "topic", "nation", "asker", "asker_role", "contact_email"),
            *("received_on", "due_on", "state", "assignee", "age_days", "days_overdue", "answer", "evidence"),
            *("answered_on", "shared_on", "shared_how", "declined_on", "declined_reason"),
            *("is_illustrative", "version", "url"),
        ]
        extra_kwargs = {
            "answer": {"help_text": "Markdown. Of an open question: an earlier answer."},
            "state": {"help_text": "received, answering, answered, shared; or declined: not for us."},
            "declined_reason": {"help_text": "Of an open question: why it was declined before."},
        }

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_contact_email(self, question: AskedQuestion) -> str | None:
        if "may_see_contact" not in self.context:
            self.context["may_see_contact"] = has_perm(self.context["request"].user, "sites.view_asker")  # type: ignore[index]
        return question.contact_email if self.context["may_see_contact"] else None


class AskImpactSite(VisibleSlug):
    """An Ask IMPACT site: any for national staff, others those where they work."""

    def get_queryset(self) -> QuerySet:
        request = self.context.get("request")
        if request is None:
            return Site.objects.none()
        everywhere = Site.objects.filter(delivery_model=DeliveryModel.ASK_IMPACT)
        return everywhere if has_perm(request.user, "sites.edit_question") else own_sites(request.user)


class QuestionInput(ModelInput):
    site = AskImpactSite(
        queryset=Site.objects.all(), required=False, allow_null=True, help_text="Slug of an Ask IMPACT site."
    )
    topic = VisibleSlug(queryset=Topic.objects.all(), required=False, allow_null=True, help_text="A topic's slug.")
    asker = VisibleSlug(
        queryset=Organisation.objects.all(), required=False, allow_null=True, help_text="An organisation's slug."
    )
    due_on = Day(required=False, allow_null=True, help_text="Four weeks after it came in, unless you say so.")

    class Meta:
        model = AskedQuestion
        fields = [
            *("words", "background", "site", "topic", "nation", "asker", "asker_role", "contact_email"),
            *("received_on", "due_on"),
        ]


class QuestionAssignInput(Input):
    assignee = serializers.PrimaryKeyRelatedField(
        queryset=User.objects.filter(is_active=True), help_text="Id of an account that may answer it."
    )


class QuestionAnswerInput(Input):
    answer = serializers.CharField(max_length=8000, help_text="Markdown.")
    evidence = VisibleSlug(
        queryset=EvidenceItem.objects.all(), many=True, required=False, max_length=50, help_text="Slugs of items used."
    )
    on = Day(required=False, help_text="The day it was answered; today unless you say so.")


class QuestionShareInput(Input):
    how = serializers.CharField(max_length=200, help_text="How the asker got the answer.")
    on = Day(required=False, help_text="The day it was shared; today unless you say so.")


class QuestionDeclineInput(Input):
    reason = serializers.CharField(max_length=400, help_text="Why it is not for us.")
    on = Day(required=False, help_text="The day it was declined; today unless you say so.")


class QuestionViewSet(EditableViewSet):
    """Questions: every one for national readers, others those of the Ask IMPACT sites where they work."""

    queryset = AskedQuestion.objects.select_related("site", "topic", "asker", "assignee__person")
    parts = ("evidence",)
    serializer_class = AskImpactQuestionSerializer
    filterset_class = QuestionApiFilter
    http_method_names = ["get", "head", "options", "post", "patch"]

    def get_queryset(self) -> QuerySet:
        seen = EvidenceItem.objects.visible_to(self.request.user) if self.request else EvidenceItem.objects.none()
        return super().get_queryset().prefetch_related(Prefetch("evidence", seen, to_attr="evidence_seen"))

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        self._note_reading("question_contacts", request.user, ~Q(contact_email=""))
        return super().list(request, *args, **kwargs)

    def _export(self, kind: str) -> Any:
        self._note_reading("question_contacts", self.request.user, ~Q(contact_email=""))
        return super()._export(kind)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        row = self.get_object()
        self._note_reading("question_contact", row, Q(pk=row.pk) & ~Q(contact_email=""))
        return super().retrieve(request, *args, **kwargs)

    def _note_reading(self, what: str, about: Any, rows: Q) -> None:
        """Put on record that someone read how to reach those who asked."""
        user = self.request.user
        if has_perm(user, "sites.view_asker") and AskedQuestion.objects.filter(rows).exists():
            audit.record_reading(user, what, about)

    def _row(self) -> AskedQuestion:
        row: AskedQuestion = self.get_object()
        require(self.request.user, "sites.edit_question", row)
        return row

    def _step(self, form: type[Input], effect: Any) -> Response:
        """Take a question one step further. If-Match, when sent, is checked."""
        row = self._row()
        given = self.sent(form)
        expected = self.matched(row, is_required=False)
        return self.once(lambda: effect(by=self.request.user, question=row, expected=expected, **given), status=200)

    @extend_schema(request=QuestionInput, responses={201: AskImpactQuestionSerializer})
    def create(self, request: Request) -> Response:
        """Put a question into the queue for someone who asked."""
        if not own_sites(request.user).exists():
            require(request.user, "sites.edit_question")
        given = self.sent(QuestionInput)
        return self.once(lambda: services.add_question(by=request.user, **given))

    @extend_schema(request=QuestionInput, responses=AskImpactQuestionSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Correct what was asked, by whom, or by when it is answered."""
        row = self._row()
        given = self.sent(QuestionInput, partial=True)
        services.update_question(by=request.user, question=row, expected=self.matched(row), **given)
        return self.shown(row)

    @extend_schema(
        parameters=[IF_MATCH_WELCOME], request=QuestionAssignInput, responses=AskImpactQuestionSerializer, filters=False
    )
    @action(detail=True, methods=["post"])
    def assign(self, request: Request, pk: str) -> Response:
        """Give a question to the person who answers it."""
        return self._step(QuestionAssignInput, services.assign_question)

    @extend_schema(
        parameters=[IF_MATCH_WELCOME], request=QuestionAnswerInput, responses=AskImpactQuestionSerializer, filters=False
    )
    @action(detail=True, methods=["post"])
    def answer(self, request: Request, pk: str) -> Response:
        """Write the answer, or correct it before it is shared."""
        return self._step(QuestionAnswerInput, services.answer_question)

    @extend_schema(
        parameters=[IF_MATCH_WELCOME], request=QuestionShareInput, responses=AskImpactQuestionSerializer, filters=False
    )
    @action(detail=True, methods=["post"])
    def share(self, request: Request, pk: str) -> Response:
        """Record that the asker has the answer."""
        return self._step(QuestionShareInput, services.share_answer)

    @extend_schema(
        parameters=[IF_MATCH_WELCOME],
        request=QuestionDeclineInput,
        responses=AskImpactQuestionSerializer,
        filters=False,
    )
    @action(detail=True, methods=["post"])
    def decline(self, request: Request, pk: str) -> Response:
        """Mark a question as not for us, with the reason."""
        return self._step(QuestionDeclineInput, services.decline_question)

    @extend_schema(
        parameters=[IF_MATCH_WELCOME],
        request={"application/json": NoInput},
        responses=AskImpactQuestionSerializer,
        filters=False,
    )
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: str) -> Response:
        """Take a question up again. Its earlier answer or reason is kept."""
        return self._step(NoInput, services.reopen_question)
