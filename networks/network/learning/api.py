"""Learning that one group shares with others, and what they made of it."""

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.access.permissions import require
from impact.core.api.fields import Input, ModelInput, NoInput, Several, VisiblePk, VisibleSlug
from impact.core.api.schema import IF_MATCH_WELCOME
from impact.core.api.views import EditableViewSet
from impact.core.web.columns import Column
from networks.groups.models import Group
from networks.groups.serializers import GroupLink, Linked
from networks.log.models import Contribution
from networks.network.learning import services
from networks.network.learning.filters import LearningApiFilter
from networks.network.learning.models import LearningReceipt, SharedLearning
from networks.themes.api import ThemeLink
from networks.themes.models import Theme


class ReceiptSerializer(serializers.ModelSerializer):
    """A group that it was sent to, and what it made of it."""

    group = GroupLink()

    class Meta:
        model = LearningReceipt
        fields = ["group", "answer", "why", "answered_at", "version"]


class LearningSerializer(Linked):
    group = GroupLink(help_text="Who shares it.")
    theme = ThemeLink(allow_null=True)
    receipts = ReceiptSerializer(many=True)

    class Meta:
        model = SharedLearning
        fields = [
            "id",
            "group",
            "theme",
            "title",
            "words",
            "shared_at",
            "withdrawn_at",
            "withdrawn_reason",
            "receipts",
            "url",
        ]
        extra_kwargs = {"words": {"help_text": "Markdown."}}

    def file_columns(self) -> dict[str, Column]:
        return {"url": self.url_column("networks:learning-detail")}


class LearningInput(ModelInput):
    group = VisibleSlug(queryset=Group.objects.all(), help_text="Short name of the group that shares.")
    groups = Several(
        child=serializers.SlugField(max_length=80),
        min_length=1,
        max_length=services.MOST_RECEIVERS,
        help_text="Short names of the local networks to which it goes.",
    )
    theme = VisibleSlug(queryset=Theme.objects.all(), required=False, allow_null=True)
    contribution = VisiblePk(
        queryset=Contribution.objects.all(), required=False, allow_null=True, help_text="What was said, if quotable."
    )

    class Meta:
        model = SharedLearning
        fields = ["group", "groups", "title", "words", "theme", "contribution"]


class LearningAnswerInput(Input):
    group = serializers.SlugField(max_length=80, help_text="Short name of the group that answers.")
    answer = serializers.ChoiceField(choices=LearningReceipt.Answer.choices)
    why = serializers.CharField(max_length=400, help_text="What happened, or why it does not fit.")
    version = serializers.IntegerField(
        required=False, min_value=1, max_value=2**31 - 1, help_text="Of the receipt that you read."
    )


class WithdrawInput(Input):
    reason = serializers.CharField(max_length=400)


class LearningViewSet(EditableViewSet):
    """Shared learning: what your groups gave, and what they were sent and was not withdrawn."""

    queryset = SharedLearning.objects.select_related("group", "theme").prefetch_related(
        Prefetch("receipts", LearningReceipt.objects.select_related("group").order_by("group__name"))
    )
    serializer_class = LearningSerializer
    filterset_class = LearningApiFilter

    @extend_schema(request=LearningInput, responses={201: LearningSerializer})
    def create(self, request: Request) -> Response:
        """Send what a group learned to other local networks. Their coordinators get an email."""
        if not Group.objects.permitted(request.user, "networks.share_learning").exists():
            raise PermissionDenied
        given = self.sent(LearningInput)
        require(request.user, "networks.share_learning", given["group"])
        given["groups"] = self._offered(given["group"], given["groups"])
        return self.once(lambda: services.share_learning(by=request.user, **given))

    def _offered(self, group: Group, slugs: list[str]) -> list[Group]:
        offered: QuerySet = services.groups_to_offer(self.request.user, group).filter(slug__in=slugs)
        found = {row.slug: row for row in offered}
        if missing := [slug for slug in slugs if slug not in found]:
            raise serializers.ValidationError({"groups": f"Object with slug={missing[0]} does not exist."})
        return list(found.values())

    @extend_schema(request=LearningAnswerInput, responses=LearningSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def answer(self, request: Request, pk: str) -> Response:
        """Record what a group made of it: tried, adapted or not for us, with a brief reason. It can be changed."""
        learning = self.get_object()
        own = Group.objects.permitted(request.user, "networks.answer_learning")
        receipts = LearningReceipt.objects.filter(learning=learning, group__in=own).select_related("group")
        if not receipts.exists():
            raise PermissionDenied
        given = self.sent(LearningAnswerInput)
        slug, expected = given.pop("group"), given.pop("version", None)
        receipt = receipts.filter(group__slug=slug).first()
        if receipt is None:
            raise serializers.ValidationError({"group": f"Object with slug={slug} does not exist."})
        receipt.learning = learning

        def answer() -> SharedLearning:
            services.answer_learning(by=request.user, receipt=receipt, expected=expected, **given)
            return learning

        return self.once(answer, status=200)

    @extend_schema(request=NoInput, responses=LearningSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def seen(self, request: Request, pk: str) -> Response:
        """The group that gave it has read the answers."""
        learning = self.get_object()
        require(request.user, "networks.share_learning", learning)
        self.sent(NoInput)

        def see() -> SharedLearning:
            services.mark_answers_seen(by=request.user, learning=learning)
            return learning

        return self.once(see, status=200)

    @extend_schema(parameters=[IF_MATCH_WELCOME], request=WithdrawInput, responses=LearningSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """Withdraw it, with the reason. The groups that received it no longer see it."""
        learning = self.get_object()
        require(request.user, "networks.share_learning", learning)
        given = self.sent(WithdrawInput)

        def withdraw() -> SharedLearning:
            expected = self.matched(learning, is_required=False)
            return services.withdraw_learning(by=request.user, learning=learning, expected=expected, **given)

        return self.once(withdraw, status=200)
