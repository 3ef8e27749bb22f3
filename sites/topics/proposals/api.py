"""Proposals for a year's topics and the counts of the survey: read, and written through the same services as the pages."""

from typing import Any

from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as Refused
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.access.permissions import require
from impact.core.api.defaults import MultiPartParser
from impact.core.api.fields import Day, Input, ModelInput, NoInput, Several, VisiblePk, VisibleSlug
from impact.core.api.schema import IF_MATCH_WELCOME
from impact.core.api.views import EditableViewSet, ReadOnlyViewSet, Writes
from impact.core.basics.vocabulary import Nation
from impact.core.web.files.tables import BYTES_LIMIT
from sites.registry.serializers import PageUrl, TopicLink, page_url
from sites.topics.models import FIRST_YEAR, LAST_YEAR, Topic
from sites.topics.proposals import importing, services
from sites.topics.proposals.filters import ProposalApiFilter, SurveyCountApiFilter
from sites.topics.proposals.models import Proposal, SurveyCount
from sites.topics.proposals.views import may_add


class AssemblyLink(serializers.Serializer):
    """The assembly that a proposal comes from."""

    slug = serializers.SlugField()
    name = serializers.CharField()


class AssemblyMeetingLink(serializers.Serializer):
    """The meeting at which it was proposed: its title and day."""

    id = serializers.IntegerField()
    title = serializers.CharField()
    on = serializers.DateField(source="starts_on")


class ProposalLink(serializers.ModelSerializer):
    class Meta:
        model = Proposal
        fields = ["id", "title"]


class SurveyAnswerSerializer(serializers.ModelSerializer):
    """How many people in one nation chose it."""

    class Meta:
        model = SurveyCount
        fields = ["nation", "people"]


class ProposalSerializer(serializers.ModelSerializer):
    group = AssemblyLink(allow_null=True, read_only=True, help_text="Null: not from an assembly.")
    meeting = AssemblyMeetingLink(allow_null=True, read_only=True)
    nations = serializers.ListField(child=serializers.ChoiceField(choices=Nation.choices), read_only=True)
    topic = TopicLink(allow_null=True, read_only=True, help_text="The topic that it was taken on as.")
    merged_into = ProposalLink(allow_null=True, read_only=True)
    survey_counts = SurveyAnswerSerializer(many=True, read_only=True)
    url = PageUrl()
    get_url = page_url

    class Meta:
        model = Proposal
        fields = [
            "id",
            "year",
            "title",
            "why",
            "source",
            "group",
            "meeting",
            "proposed_by",
            "proposed_on",
            "nations",
            "state",
            "topic",
            "merged_into",
            "set_aside_reason",
            "settled_on",
            "survey_counts",
            "is_illustrative",
            "version",
            "url",
        ]


def _year() -> serializers.IntegerField:
    return serializers.IntegerField(min_value=FIRST_YEAR, max_value=LAST_YEAR)


class ProposalInput(ModelInput):
    year = _year()
    nations = Several(
        child=serializers.ChoiceField(choices=Nation.choices),
        max_length=len(Nation),
        required=False,
        help_text="Empty: the nation of the assembly.",
    )
    group = VisibleSlug(
        queryset=apps.get_model("networks", "Group").objects.all(),
        required=False,
        allow_null=True,
        help_text="An assembly's slug; needed where the source is an assembly.",
    )
    meeting = VisiblePk(
        queryset=apps.get_model("networks", "Meeting").objects.select_related("group"), required=False, allow_null=True
    )
    proposed_on = Day(required=False, help_text="Left out: the day of the meeting, or today.")

    class Meta:
        model = Proposal
        fields = ["year", "title", "why", "source", "group", "meeting", "proposed_by", "proposed_on", "nations"]
        validators: list[Any] = []  # the service says in words that the survey has a topic already


class TakeOnInput(Input):
    topic = VisibleSlug(
        queryset=Topic.objects.all(), required=False, allow_null=True, help_text="Left out: a new topic is made of it."
    )


class MergeProposalInput(Input):
    into = VisiblePk(queryset=Proposal.objects.all(), help_text="The id of the proposal that stays.")


class SetAsideInput(Input):
    reason = serializers.CharField(max_length=400)


class ProposalViewSet(EditableViewSet):
    """Proposals: all of them for national readers, and those of their own groups for others."""

    queryset = Proposal.objects.with_rows()
    serializer_class = ProposalSerializer
    filterset_class = ProposalApiFilter
    http_method_names = ["get", "head", "options", "post", "patch"]

    @extend_schema(request=ProposalInput, responses={201: ProposalSerializer})
    def create(self, request: Request) -> Response:
        """Record a proposal: staff from anywhere, a coordinator from their own assembly."""
        if not may_add(request.user):
            raise PermissionDenied
        given = {"nations": [], **self.sent(ProposalInput)}
        return self.once(lambda: services.record_proposal(by=request.user, **given))

    @extend_schema(request=ProposalInput, responses=ProposalSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Correct a proposal about which nothing is decided yet."""
        proposal = self.get_object()
        services.require_source(request.user, proposal.source, proposal.group)
        given = self.sent(ProposalInput, partial=True)
        services.change_proposal(by=request.user, proposal=proposal, expected=self.matched(proposal), **given)
        return self.shown(proposal)

    def _decide(self, kind: type[serializers.Serializer], step: Any) -> Response:
        """One of the steps about what becomes of a proposal. For staff."""
        proposal = self.get_object()
        require(self.request.user, "sites.edit_topic")
        given = self.sent(kind)

        def write() -> Proposal:
            expected = self.matched(proposal, is_required=False)
            row: Proposal = step(by=self.request.user, proposal=proposal, expected=expected, **given)
            return row

        return self.once(write, status=200)

    @extend_schema(parameters=[IF_MATCH_WELCOME], request=TakeOnInput, responses=ProposalSerializer, filters=False)
    @action(detail=True, methods=["post"], url_path="take-on")
    def take_on(self, request: Request, pk: str) -> Response:
        """Take a proposal on: as a topic that exists, or as a new one, a candidate for its year."""
        return self._decide(TakeOnInput, services.take_on_proposal)

    @extend_schema(
        parameters=[IF_MATCH_WELCOME], request=MergeProposalInput, responses=ProposalSerializer, filters=False
    )
    @action(detail=True, methods=["post"])
    def merge(self, request: Request, pk: str) -> Response:
        """Merge a proposal into one of the same year that says much the same."""
        return self._decide(MergeProposalInput, services.merge_proposal)

    @extend_schema(parameters=[IF_MATCH_WELCOME], request=SetAsideInput, responses=ProposalSerializer, filters=False)
    @action(detail=True, methods=["post"], url_path="set-aside")
    def set_aside(self, request: Request, pk: str) -> Response:
        """Set a proposal aside with a reason."""
        return self._decide(SetAsideInput, services.set_aside_proposal)

    @extend_schema(parameters=[IF_MATCH_WELCOME], request=NoInput, responses=ProposalSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: str) -> Response:
        """Undo what was decided about a proposal."""
        return self._decide(NoInput, services.reopen_proposal)


class SurveyCountSerializer(serializers.ModelSerializer):
    year = serializers.IntegerField(source="proposal.year", help_text="The year for which the survey asked.")
    proposal = ProposalLink()

    class Meta:
        model = SurveyCount
        fields = ["id", "year", "proposal", "nation", "people"]


class SurveyFileInput(Input):
    year = _year()
    file = serializers.FileField(help_text="CSV or Excel: “Topic”, “Nation” and “People”, or a column for each nation.")
    dry_run = serializers.BooleanField(default=False, help_text="Say what it would do, and record nothing.")


class SurveyResultSerializer(serializers.Serializer):
    """What a file did, or would do."""

    counts = serializers.IntegerField(help_text="How many counts it holds.")
    new_proposals = serializers.IntegerField(help_text="Topics that the survey of that year did not have yet.")
    left_out = serializers.ListField(child=serializers.CharField(), help_text="Headings of columns that are left out.")
    is_recorded = serializers.BooleanField()


class SurveyCountViewSet(Writes, ReadOnlyViewSet):
    """How many people chose each topic in the national survey, by nation."""

    queryset = SurveyCount.objects.select_related("proposal")
    serializer_class = SurveyCountSerializer
    filterset_class = SurveyCountApiFilter
    http_method_names = ["get", "head", "options", "post"]

    @extend_schema(
        request={"multipart/form-data": SurveyFileInput}, responses={200: SurveyResultSerializer}, filters=False
    )
    @action(detail=False, methods=["post"], url_path="import", url_name="import", parser_classes=[MultiPartParser])
    def import_file(self, request: Request) -> Response:
        """Record every count of a file, or none. A refusal names each row that is wrong.

        The same file again changes nothing, so no Idempotency-Key is needed.
        """
        require(request.user, "sites.edit_topic")
        given = self.sent(SurveyFileInput)
        data, year = given["file"].read(BYTES_LIMIT + 1), given["year"]
        try:
            checked = importing.check_counts(year, data)
            if checked.problems:
                raise Refused(checked.problems)
        except Refused as refused:
            raise serializers.ValidationError({"file": refused.messages}) from None
        if not given["dry_run"]:
            importing.import_counts(by=request.user, year=year, data=data)
        result = {
            "counts": len(checked.rows),
            "new_proposals": len({row.title.casefold() for row in checked.rows if row.is_new}),
            "left_out": checked.unknown,
            "is_recorded": not given["dry_run"],
        }
        return Response(SurveyResultSerializer(result).data)
