"""Scores of a year's topics, and the year itself from scoring to its published list, over the same services."""

from typing import Any

import django_filters
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.access.permissions import has_perm, require
from impact.core.api.fields import Day, Input, ModelInput, NoInput, Several, VisibleSlug
from impact.core.api.schema import IF_MATCH_WELCOME
from impact.core.api.views import EditableViewSet, ReadOnlyViewSet, Writes, YearFilter
from sites.registry.serializers import PageUrl, TopicLink, page_url
from sites.topics.lists import services as lists
from sites.topics.lists.models import ListEdition, ListEntry
from sites.topics.models import CRITERIA, FIRST_YEAR, HIGHEST, LAST_YEAR, Topic
from sites.topics.scoring import services
from sites.topics.scoring.models import ScoreSheet, TopicYear

MOST = 100  # scorers, or entries of a list, in one request


# --- Scores --------------------------------------------------------------------------------------
SCORE_FIELDS = [name for field, _label in CRITERIA for name in (field, f"{field}_why")]


class ScoreSheetSerializer(serializers.ModelSerializer):
    year = serializers.IntegerField(source="scorer.year.year")
    topic = TopicLink()
    scored_by = serializers.CharField(source="scorer.name", help_text="Who gave these scores.")
    is_own = serializers.SerializerMethodField(help_text="Whether they are yours.")
    is_complete = serializers.BooleanField(help_text="Whether all four criteria are scored.")

    class Meta:
        model = ScoreSheet
        fields = ["id", "year", "topic", "scored_by", "is_own", *SCORE_FIELDS, "is_complete", "updated_at", "version"]

    def get_is_own(self, sheet: ScoreSheet) -> bool:
        return bool(sheet.scorer.user_id == self.context["request"].user.pk)


class ScoresInput(ModelInput):
    """Scores with a reason for each; what is left out stays as it is."""

    class Meta:
        model = ScoreSheet
        fields = SCORE_FIELDS
        extra_kwargs = {field: {"min_value": 0, "max_value": HIGHEST} for field, _label in CRITERIA}


class NewScoresInput(ScoresInput):
    year = serializers.IntegerField(min_value=FIRST_YEAR, max_value=LAST_YEAR)
    topic = VisibleSlug(queryset=Topic.objects.all(), help_text="Slug of a candidate of that year.")

    class Meta(ScoresInput.Meta):
        fields = ["year", "topic", *SCORE_FIELDS]


class ScoreSheetApiFilter(django_filters.FilterSet):
    """Filters of /api/v1/topic-scores/."""

    year = YearFilter(field_name="scorer__year__year", label="The year whose topics are scored")
    topic = django_filters.CharFilter(field_name="topic__slug", label="A topic's slug")

    class Meta:
        model = ScoreSheet
        fields: list[str] = []


class ScoreSheetViewSet(EditableViewSet):
    """Your own scores, and those of everyone once scoring of the year is closed."""

    queryset = ScoreSheet.objects.select_related("topic", "scorer__year", "scorer__user__person")
    serializer_class = ScoreSheetSerializer
    filterset_class = ScoreSheetApiFilter
    http_method_names = ["get", "head", "options", "post", "patch"]

    @extend_schema(request=NewScoresInput, responses={201: ScoreSheetSerializer})
    def create(self, request: Request) -> Response:
        """Score a topic for the first time. For those who are asked to."""
        years = TopicYear.objects.scored_by(request.user)
        if not years.exists():
            raise PermissionDenied
        given = self.sent(NewScoresInput)
        number = given.pop("year")
        year = years.filter(year=number).first()
        if year is None:
            raise serializers.ValidationError({"year": f"You are not asked to score the topics of {number}."})
        return self.once(lambda: services.save_sheet(by=request.user, year=year, **given))

    @extend_schema(request=ScoresInput, responses=ScoreSheetSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change your own scores while scoring is open."""
        sheet = self.get_object()
        if sheet.scorer.user_id != request.user.pk:
            raise PermissionDenied
        given = self.sent(ScoresInput, partial=True)
        expected = self.matched(sheet)
        services.save_sheet(by=request.user, year=sheet.scorer.year, topic=sheet.topic, expected=expected, **given)
        return self.shown(sheet)


# --- Years and their lists -----------------------------------------------------------------------
class ListEntrySerializer(serializers.ModelSerializer):
    topic = TopicLink()

    class Meta:
        model = ListEntry
        fields = ["topic", "place", "reason"]


class ListEditionSerializer(serializers.ModelSerializer):
    """One publication of a list."""

    class Meta:
        model = ListEdition
        fields = ["number", "correction", "published_at"]


class TopicYearSerializer(serializers.ModelSerializer):
    entries = ListEntrySerializer(many=True, help_text="The list: chosen topics in order, then those not chosen.")
    editions = ListEditionSerializer(many=True, help_text="What was published, the newest first. Above 1: corrections.")
    agreed_by = serializers.SerializerMethodField(help_text="Who agreed the list. Empty outside the national team.")
    scorers = serializers.SerializerMethodField(help_text="Who is asked to score. Empty outside the national team.")
    url = PageUrl()
    get_url = page_url

    class Meta:
        model = TopicYear
        fields = [
            "year",
            "stage",
            "score_by",
            "scorers",
            "introduction",
            "entries",
            "agreed_by",
            "agreed_on",
            "editions",
            "is_illustrative",
            "version",
            "url",
        ]
        extra_kwargs = {"introduction": {"help_text": "How the list was chosen. Markdown."}}

    def _is_national(self) -> bool:
        return has_perm(self.context["request"].user, "sites.view_all")

    def get_agreed_by(self, row: TopicYear) -> str:
        return str(row.agreed_by.display_name) if row.agreed_by and self._is_national() else ""

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_scorers(self, row: TopicYear) -> list[str]:
        return [scorer.name for scorer in row.scorers.all()] if self._is_national() else []


class OpenScoringInput(Input):
    year = serializers.IntegerField(min_value=FIRST_YEAR, max_value=LAST_YEAR)
    scorers = Several(
        child=serializers.EmailField(max_length=254),
        max_length=MOST,
        help_text="The email addresses with which they sign in. Those who have begun to score stay among them.",
    )
    score_by = Day(required=False, allow_null=True, help_text="The day by which they are asked to score.")


class ReopenScoringInput(Input):
    reason = serializers.CharField(max_length=400)


class ListEntryInput(Input):
    topic = serializers.SlugField(max_length=80)
    place = serializers.IntegerField(min_value=1, max_value=MOST, allow_null=True, help_text="Null: not chosen.")
    reason = serializers.CharField(max_length=600, allow_blank=True)


class ListInput(Input):
    introduction = serializers.CharField(max_length=4000, allow_blank=True, help_text="Markdown.")
    entries = ListEntryInput(many=True, max_length=MOST, help_text="Every candidate, chosen or not.")


class CorrectionInput(ListInput):
    correction = serializers.CharField(max_length=400, help_text="What is corrected, for everyone to read.")


class TopicYearApiFilter(django_filters.FilterSet):
    """Filters of /api/v1/topic-years/."""

    stage = django_filters.ChoiceFilter(choices=TopicYear.Stage)

    class Meta:
        model = TopicYear
        fields: list[str] = []


class TopicYearViewSet(Writes, ReadOnlyViewSet):
    """The choice of each year's topics: every one for national readers, yours where you score, and published lists."""

    queryset = TopicYear.objects.select_related("agreed_by__person").prefetch_related(
        Prefetch("entries", ListEntry.objects.select_related("topic")), "editions", "scorers__user__person"
    )
    serializer_class = TopicYearSerializer
    filterset_class = TopicYearApiFilter
    lookup_field = "year"
    lookup_value_converter = "int"
    http_method_names = ["get", "head", "options", "post", "put"]

    @extend_schema(request=OpenScoringInput, responses={201: TopicYearSerializer})
    def create(self, request: Request) -> Response:
        """Ask people to score a year's topics; again, to change who is asked while scoring is open."""
        require(request.user, "sites.edit_topic")
        given = self.sent(OpenScoringInput)
        emails = [email.lower() for email in given["scorers"]]
        found = {user.email: user for user in services.possible_scorers().filter(email__in=emails)}
        if unknown := [email for email in emails if email not in found]:
            raise serializers.ValidationError({"scorers": f"No one who can score signs in as {', '.join(unknown)}."})
        given["scorers"] = [found[email] for email in emails]
        return self.once(lambda: services.open_scoring(by=request.user, **given))

    def _step(self, kind: type[serializers.Serializer], permission: str, step: Any) -> Response:
        """One step of a year. The answer is the year."""
        row = self.get_object()
        require(self.request.user, permission)
        given = self.sent(kind)
        if "entries" in given:
            given["choices"] = self._choices(given.pop("entries"))

        def write() -> TopicYear:
            step(by=self.request.user, year=row, expected=self.matched(row, is_required=False), **given)
            return row

        return self.once(write, status=200)

    def _choices(self, entries: list[dict[str, Any]]) -> list[lists.Choice]:
        """Entries with their topics, among those that the caller may see."""
        slugs = [entry["topic"] for entry in entries]
        topics = {topic.slug: topic for topic in Topic.objects.visible_to(self.request.user).filter(slug__in=slugs)}
        if missing := [slug for slug in slugs if slug not in topics]:
            raise serializers.ValidationError({"entries": f"Object with slug={missing[0]} does not exist."})
        return [lists.Choice(topics[entry["topic"]], entry["place"], entry["reason"]) for entry in entries]

    @extend_schema(parameters=[IF_MATCH_WELCOME], request=NoInput, responses=TopicYearSerializer, filters=False)
    @action(detail=True, methods=["post"], url_path="close-scoring")
    def close_scoring(self, request: Request, year: int) -> Response:
        """Close scoring: everyone who scored sees all scores, and none changes."""
        return self._step(NoInput, "sites.edit_topic", services.close_scoring)

    @extend_schema(
        parameters=[IF_MATCH_WELCOME], request=ReopenScoringInput, responses=TopicYearSerializer, filters=False
    )
    @action(detail=True, methods=["post"], url_path="reopen-scoring")
    def reopen_scoring(self, request: Request, year: int) -> Response:
        """Open scoring again, with the reason."""
        return self._step(ReopenScoringInput, "sites.edit_topic", services.reopen_scoring)

    @extend_schema(request=ListInput, responses=TopicYearSerializer, filters=False)
    @action(detail=True, methods=["put"], url_path="list", url_name="draft")
    def draft_list(self, request: Request, year: int) -> Response:
        """Write the list as a whole: which topics, in order, and the reason for each, chosen or not."""
        row = self.get_object()
        require(request.user, "sites.edit_topic")
        given = self.sent(ListInput)
        choices = self._choices(given["entries"])
        lists.draft_list(
            by=request.user,
            year=row,
            choices=choices,
            introduction=given["introduction"],
            expected=self.matched(row),
        )
        return self.shown(row)

    @extend_schema(parameters=[IF_MATCH_WELCOME], request=NoInput, responses=TopicYearSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def agree(self, request: Request, year: int) -> Response:
        """Agree the list as it stands, with your name and today's date."""
        return self._step(NoInput, "sites.agree_topics", lists.agree_list)

    @extend_schema(parameters=[IF_MATCH_WELCOME], request=NoInput, responses=TopicYearSerializer, filters=False)
    @action(detail=True, methods=["post"], url_path="withdraw-agreement")
    def withdraw_agreement(self, request: Request, year: int) -> Response:
        """Take the agreement back before the list is published."""
        return self._step(NoInput, "sites.agree_topics", lists.withdraw_agreement)

    @extend_schema(parameters=[IF_MATCH_WELCOME], request=NoInput, responses=TopicYearSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, year: int) -> Response:
        """Publish an agreed list for everyone."""
        return self._step(NoInput, "sites.edit_topic", lists.publish_list)

    @extend_schema(parameters=[IF_MATCH_WELCOME], request=CorrectionInput, responses=TopicYearSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def correct(self, request: Request, year: int) -> Response:
        """Publish a numbered correction of a published list; what was published before stays."""
        return self._step(CorrectionInput, "sites.edit_topic", lists.correct_list)
