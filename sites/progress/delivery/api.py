"""Milestones, commitments and learning notes of sites: read inside the site, written by its team and staff."""

from datetime import date
from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.api.fields import Day, Input, ModelInput, NoInput
from impact.core.api.schema import IF_MATCH_WELCOME
from impact.core.basics import clock
from sites.progress.delivery import services
from sites.progress.delivery.filters import CommitmentApiFilter, MilestoneApiFilter, NoteApiFilter
from sites.progress.delivery.models import Commitment, EarlierWording, LearningNote, Milestone, Replan
from sites.registry.serializers import EditableSite, OfSiteViewSet, PageUrl, SiteLink, page_url


# --- Milestones ----------------------------------------------------------------------------------
class MilestoneSerializer(serializers.ModelSerializer):
    """A milestone as its site shows it, with how far it is from its plan."""

    slippage_days = serializers.SerializerMethodField(
        help_text="Days after (or, below zero, before) the planned date, as known today. Null without a planned date."
    )

    class Meta:
        model = Milestone
        fields = ["id", "title", "planned_on", "expected_on", "actual_on", "slippage_days"]

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_slippage_days(self, milestone: Milestone) -> int | None:
        return milestone.slippage(clock.today())


class MilestoneReplanSerializer(serializers.ModelSerializer):
    class Meta:
        model = Replan
        fields = ["before", "after", "reason", "on"]


class SiteMilestoneSerializer(MilestoneSerializer):
    """A milestone by itself, with its site and every re-plan."""

    site = SiteLink(help_text="The site that it is about.")
    replans = MilestoneReplanSerializer(many=True, help_text="Each move of its planned date, oldest first.")
    url = PageUrl()
    get_url = page_url

    class Meta(MilestoneSerializer.Meta):
        fields = ["id", "site", *MilestoneSerializer.Meta.fields[1:], "replans", "version", "url"]


class MilestoneChange(ModelInput):
    class Meta:
        model = Milestone
        fields = ["title", "planned_on", "expected_on", "actual_on"]
        extra_kwargs = {"planned_on": {"help_text": "Once it is set, it moves only by `replan/`, with the reason."}}


class MilestoneInput(ModelInput):
    site = EditableSite()

    class Meta:
        model = Milestone
        fields = ["site", "title", "planned_on", "expected_on"]


class MilestoneCompleteInput(Input):
    actual_on = Day(required=False, help_text="Today unless you say otherwise.")


class MilestoneReplanInput(Input):
    planned_on = Day(help_text="The new planned date.")
    reason = serializers.CharField(max_length=400, help_text="Everyone who can see inside the site can read this.")


class MilestoneViewSet(OfSiteViewSet):
    """What sites aim to achieve by when, for those who may see inside them."""

    queryset = Milestone.objects.select_related("site").prefetch_related("replans")
    serializer_class = SiteMilestoneSerializer
    filterset_class = MilestoneApiFilter

    @extend_schema(request=MilestoneInput, responses={201: SiteMilestoneSerializer})
    def create(self, request: Request) -> Response:
        """Add a milestone to a site."""
        self.may_add()
        given = self.sent(MilestoneInput)
        return self.once(lambda: services.add_milestone(by=request.user, **given))

    @extend_schema(request=MilestoneChange, responses=SiteMilestoneSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change its title, and when it is expected or was completed."""
        row = self.writable()
        given = self.sent(MilestoneChange, partial=True)
        services.update_milestone(by=request.user, milestone=row, expected=self.matched(row), **given)
        return self.shown(row)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Remove a milestone that was a mistake or is no longer meant, with its re-plans."""
        row = self.writable()
        services.remove_milestone(by=request.user, milestone=row, expected=self.matched(row))
        return Response(status=204)

    @extend_schema(parameters=[IF_MATCH_WELCOME], request=MilestoneCompleteInput, responses=SiteMilestoneSerializer)
    @action(detail=True, methods=["post"])
    def complete(self, request: Request, pk: str) -> Response:
        """Record that it was reached."""
        row = self.writable()
        on: date = self.sent(MilestoneCompleteInput).get("actual_on") or clock.today()

        def complete() -> Milestone:
            expected = self.matched(row, is_required=False)
            return services.complete_milestone(by=request.user, milestone=row, actual_on=on, expected=expected)

        return self.once(complete, status=200)

    @extend_schema(parameters=[IF_MATCH_WELCOME], request=MilestoneReplanInput, responses=SiteMilestoneSerializer)
    @action(detail=True, methods=["post"])
    def replan(self, request: Request, pk: str) -> Response:
        """Agree another planned date, with the reason. The date before stays readable."""
        row = self.writable()
        given = self.sent(MilestoneReplanInput)

        def replan() -> Milestone:
            expected = self.matched(row, is_required=False)
            return services.replan_milestone(by=request.user, milestone=row, expected=expected, **given)

        return self.once(replan, status=200)


# --- Commitments ---------------------------------------------------------------------------------
class EarlierWordingSerializer(serializers.ModelSerializer):
    class Meta:
        model = EarlierWording
        fields = ["text", "changed_on"]


class CommitmentSerializer(serializers.ModelSerializer):
    site = SiteLink(help_text="The site that it is about.")
    earlier_wordings = EarlierWordingSerializer(many=True, help_text="What it said before, oldest first.")
    url = PageUrl()
    get_url = page_url

    class Meta:
        model = Commitment
        fields = [
            *("id", "site", "side", "text", "due_on", "state", "settled_on", "outcome"),
            *("earlier_wordings", "version", "url"),
        ]
        extra_kwargs = {
            "side": {"help_text": "Who promises it: the centre or the host."},
            "state": {"help_text": "changed: still open, in a new wording."},
        }


class CommitmentChange(ModelInput):
    class Meta:
        model = Commitment
        fields = ["text", "due_on"]
        extra_kwargs = {"text": {"help_text": "One promise, in a sentence. An earlier wording stays readable."}}


class CommitmentInput(CommitmentChange):
    site = EditableSite()

    class Meta(CommitmentChange.Meta):
        fields = ["site", "side", *CommitmentChange.Meta.fields]


class CommitmentSettleInput(Input):
    state = serializers.ChoiceField(choices=[("kept", "Kept"), ("not_kept", "Not kept")])
    outcome = serializers.CharField(max_length=400, help_text="How it was kept, or why not.")
    settled_on = Day(required=False, help_text="The day when this was known: today unless you say otherwise.")


class CommitmentViewSet(OfSiteViewSet):
    """What the centre and the hosts promised, for those who may see inside the site."""

    queryset = Commitment.objects.select_related("site").prefetch_related("earlier_wordings")
    serializer_class = CommitmentSerializer
    filterset_class = CommitmentApiFilter

    @extend_schema(request=CommitmentInput, responses={201: CommitmentSerializer})
    def create(self, request: Request) -> Response:
        """Record what the centre or the host promises for a site."""
        self.may_add()
        given = self.sent(CommitmentInput)
        return self.once(lambda: services.add_commitment(by=request.user, **given))

    @extend_schema(request=CommitmentChange, responses=CommitmentSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change when an open commitment is due, or what it says."""
        row = self.writable()
        given: dict[str, Any] = {"text": row.text, "due_on": row.due_on, **self.sent(CommitmentChange, partial=True)}
        services.change_commitment(by=request.user, commitment=row, expected=self.matched(row), **given)
        return self.shown(row)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Remove a commitment that was recorded by mistake."""
        row = self.writable()
        services.remove_commitment(by=request.user, commitment=row, expected=self.matched(row))
        return Response(status=204)

    @extend_schema(parameters=[IF_MATCH_WELCOME], request=CommitmentSettleInput, responses=CommitmentSerializer)
    @action(detail=True, methods=["post"])
    def settle(self, request: Request, pk: str) -> Response:
        """Record whether it was kept, with how and when, or why not; or correct that."""
        row = self.writable()
        given = {"settled_on": clock.today(), **self.sent(CommitmentSettleInput)}

        def settle() -> Commitment:
            expected = self.matched(row, is_required=False)
            return services.settle_commitment(by=request.user, commitment=row, expected=expected, **given)

        return self.once(settle, status=200)

    @extend_schema(parameters=[IF_MATCH_WELCOME], request=NoInput, responses=CommitmentSerializer)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: str) -> Response:
        """Mark it as still open, because what was recorded about its end was a mistake."""
        row = self.writable()
        self.sent(NoInput)

        def reopen() -> Commitment:
            expected = self.matched(row, is_required=False)
            return services.reopen_commitment(by=request.user, commitment=row, expected=expected)

        return self.once(reopen, status=200)


# --- Learning notes ------------------------------------------------------------------------------
class LearningNoteSerializer(serializers.ModelSerializer):
    site = SiteLink(help_text="Where it was learned.")
    author = serializers.SerializerMethodField(help_text="Who wrote it. Null when that is not known.")
    url = PageUrl()
    get_url = page_url

    class Meta:
        model = LearningNote
        fields = [
            *("id", "site", "worked", "did_not_work", "for_whom", "setting", "noted_on", "author", "version", "url")
        ]
        extra_kwargs = {"worked": {"help_text": "Markdown."}, "did_not_work": {"help_text": "Markdown."}}

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_author(self, note: LearningNote) -> str | None:
        return note.author.display_name if note.author else None


class LearningNoteChange(ModelInput):
    class Meta:
        model = LearningNote
        fields = ["worked", "did_not_work", "for_whom", "setting", "noted_on"]
        extra_kwargs = {
            "worked": {"help_text": "Markdown. Fill in this, or the next, or both. Do not name people."},
            "did_not_work": {"help_text": "Markdown."},
            "noted_on": {"help_text": "Today unless you say otherwise."},
        }


class LearningNoteInput(LearningNoteChange):
    site = EditableSite()

    class Meta(LearningNoteChange.Meta):
        fields = ["site", *LearningNoteChange.Meta.fields]


class LearningNoteViewSet(OfSiteViewSet):
    """What sites learned, for those who may see inside them."""

    queryset = LearningNote.objects.select_related("site", "author__person")
    serializer_class = LearningNoteSerializer
    filterset_class = NoteApiFilter

    @extend_schema(request=LearningNoteInput, responses={201: LearningNoteSerializer})
    def create(self, request: Request) -> Response:
        """Write down what worked at a site and what did not. You are its author."""
        self.may_add()
        given = self.sent(LearningNoteInput)
        return self.once(lambda: services.add_note(by=request.user, **given))

    @extend_schema(request=LearningNoteChange, responses=LearningNoteSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Correct a learning note. Its author stays."""
        row = self.writable()
        given = self.sent(LearningNoteChange, partial=True)
        services.update_note(by=request.user, note=row, expected=self.matched(row), **given)
        return self.shown(row)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Remove a learning note, such as one that says too much about a person."""
        row = self.writable()
        services.remove_note(by=request.user, note=row, expected=self.matched(row))
        return Response(status=204)
