"""Suggestions over the API: what was sent, one's own drafts, answers, merging and the discussion."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from coproduction.charter.api import Linked
from coproduction.charter.models import Charter, CharterVersion
from coproduction.group.models import Told
from coproduction.suggestions import services
from coproduction.suggestions.answering import merging, taking
from coproduction.suggestions.discussion import services as discussion
from coproduction.suggestions.discussion.models import Comment
from coproduction.suggestions.models import Suggestion, TakenIn
from coproduction.suggestions.passages import LONGEST, Passage
from impact.core.access.permissions import has_perm, require
from impact.core.api.fields import Input, NoInput, VisiblePk
from impact.core.api.schema import IF_MATCH_WELCOME
from impact.core.api.views import EditableViewSet, PreconditionFailed, PreconditionRequired, _tags
from impact.core.people.models import Person
from networks.groups.models import Group

MOST_MERGED = 50


class TakenInSerializer(serializers.ModelSerializer):
    """A version that took a suggestion in."""

    version = serializers.IntegerField(source="version.number", help_text="Number of the charter's version.")
    status = serializers.CharField(source="version.status", help_text="Of that version; withdrawn: it went no further.")

    class Meta:
        model = TakenIn
        fields = ["version", "status", "revision", "on"]


class CommentSerializer(serializers.Serializer):
    """A comment as the caller may see it. Of a hidden one there is nothing but that it was hidden."""

    id = serializers.IntegerField(source="comment.pk")
    words = serializers.CharField(allow_null=True, help_text="Null: hidden.")
    who = serializers.CharField(help_text="Empty: hidden.")
    written_down_by = serializers.CharField(help_text="Empty: by the person who said it.")
    said_at = serializers.DateTimeField(source="comment.said_at")
    is_hidden = serializers.BooleanField()
    reason = serializers.CharField(help_text="Why it is hidden; for its writer and the engagement lead.")
    is_own = serializers.BooleanField()


class SuggestionSerializer(Linked):
    charter = serializers.IntegerField(source="section.charter_id", read_only=True)
    section = serializers.SlugRelatedField(slug_field="key", read_only=True, help_text="Key of the section.")
    version = serializers.IntegerField(source="version.number", read_only=True, help_text="The text it is about.")
    person = serializers.SerializerMethodField(help_text="Name of the member; null for those who do not see names.")
    written_down_by = serializers.CharField(read_only=True, help_text="Empty: the member wrote it.")
    is_mine = serializers.SerializerMethodField(help_text="Made by the caller, or written down by the caller.")
    answer = serializers.CharField(source="answered.answer", help_text="Of a merged one, the answer that both get.")
    answered_on = serializers.DateField(source="answered.answered_on", allow_null=True)
    taken_in = TakenInSerializer(many=True)
    comments = serializers.SerializerMethodField(help_text="The discussion; null for those who do not take part in it.")

    class Meta:
        model = Suggestion
        fields = [
            *("id", "charter", "section", "version", "person", "written_down_by", "told", "is_mine"),
            *("quote", "prefix", "suffix", "words", "made_on", "status", "merged_into", "answer", "answered_on"),
            *("taken_in", "comments", "url"),
        ]

    def get_person(self, row: Suggestion) -> str | None:
        user = self.context["request"].user
        named: frozenset[int] | None = self.context.get("named_charters")
        if named is None:  # asked once for all rows
            groups = Group.objects.permitted(user, "coproduction.view_names")
            named = frozenset(Charter.objects.filter(group__in=groups).values_list("pk", flat=True))
            self.context["named_charters"] = named  # type: ignore[index]
        return row.person.name if row.section.charter_id in named or row.recorded_by_id == user.pk else None

    def get_is_mine(self, row: Suggestion) -> bool:
        return self.context["request"].user.pk in (row.person.user_id, row.recorded_by_id)

    @extend_schema_field(CommentSerializer(many=True, allow_null=True))
    def get_comments(self, row: Suggestion) -> list[Any] | None:
        view = self.context.get("view")
        if getattr(view, "action", "") == "list":
            return None
        user = self.context["request"].user
        if not has_perm(user, "coproduction.discuss", row):
            return None
        return list(CommentSerializer(discussion.discussion_of(row, user), many=True).data)


class _Said(Input):
    """What a member says, and how it was told where someone else writes it down."""

    words = serializers.CharField(max_length=4000)
    person = serializers.IntegerField(
        required=False, allow_null=True, help_text="Id of the member for whom it is written down. Left out: one's own."
    )
    told = serializers.ChoiceField(choices=Told.choices, required=False, help_text="How the member told the caller.")


class SuggestionInput(_Said):
    version = VisiblePk(queryset=CharterVersion.objects.all(), help_text="Id of the version that it is about.")
    section = serializers.SlugField(help_text="Key of the section.")
    quote = serializers.CharField(
        max_length=LONGEST, required=False, allow_blank=True, help_text="Words of the text. Empty: the whole section."
    )
    prefix = serializers.CharField(max_length=LONGEST, required=False, allow_blank=True, trim_whitespace=False)
    suffix = serializers.CharField(max_length=LONGEST, required=False, allow_blank=True, trim_whitespace=False)
    send = serializers.BooleanField(
        default=False, help_text="Send it at once. Otherwise it is a draft of the caller's."
    )


class DraftInput(Input):
    words = serializers.CharField(max_length=4000, required=False)
    told = serializers.ChoiceField(choices=Told.choices, required=False)
    quote = serializers.CharField(max_length=LONGEST, required=False, allow_blank=True)
    prefix = serializers.CharField(max_length=LONGEST, required=False, allow_blank=True, trim_whitespace=False)
    suffix = serializers.CharField(max_length=LONGEST, required=False, allow_blank=True, trim_whitespace=False)


class SuggestionAnswerInput(Input):
    status = serializers.ChoiceField(choices=[(status.value, status.label) for status in Suggestion.ANSWERS])
    answer = serializers.CharField(max_length=4000, help_text="With the reason. The member and the group read it.")


class SuggestionMergeInput(Input):
    others = VisiblePk(queryset=Suggestion.objects.all(), many=True, max_length=MOST_MERGED)


class CommentInput(_Said):
    words = serializers.CharField(max_length=2000)


class HideReasonInput(Input):
    reason = serializers.CharField(max_length=400, help_text="Why. Its writer reads it.")


class SuggestionApiFilter(django_filters.FilterSet):
    """Filters of /api/v1/suggestions/."""

    charter = django_filters.NumberFilter(field_name="section__charter_id", label="A charter's id")
    section = django_filters.CharFilter(field_name="section__key", label="A section's key")
    version = django_filters.NumberFilter(field_name="version__number", label="A version's number")
    status = django_filters.MultipleChoiceFilter(choices=Suggestion.Status, label="One or more statuses")
    mine = django_filters.BooleanFilter(method="by_mine", label="Made or written down by the caller")

    class Meta:
        model = Suggestion
        fields: list[str] = []

    def by_mine(self, queryset: Any, name: str, value: bool) -> QuerySet:
        return queryset.of_person(self.request.user) if value else queryset


class SuggestionViewSet(EditableViewSet):
    """What members suggested and how it was answered, and the caller's own drafts."""

    queryset = (
        Suggestion.with_drafts.select_related(
            "section__charter__group", "version", "person", "recorded_by__person", "merged_into"
        )
        .prefetch_related("taken_in__version")
        .order_by("-made_on", "-pk")
    )
    serializer_class = SuggestionSerializer
    filterset_class = SuggestionApiFilter
    http_method_names = ["get", "head", "options", "post", "patch", "delete"]

    # The row counts its changes in ``revision``; its ``version`` is the charter's.
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        row = self.get_object()
        return self.tagged(self.get_serializer(row).data, version=row.revision)

    def state_of(self, row: Any) -> tuple[Any, int | None]:
        fresh = get_object_or_404(self.get_queryset(), pk=getattr(row, "pk", row))
        return self.get_serializer(fresh).data, fresh.revision

    def matched(self, row: Any, *, is_required: bool = True) -> int | None:
        self.row = row
        tags = _tags(self.request.headers.get("If-Match", ""))
        if not tags:
            if is_required:
                raise PreconditionRequired
            return None
        if "*" not in tags and str(row.revision) not in {tag.strip('"').split("-")[0] for tag in tags}:
            raise PreconditionFailed
        return int(row.revision)

    def _person(self, charter: Charter, pk: int | None) -> Person | None:
        """The member for whom the caller writes; one that the caller may not write for is unknown."""
        if pk is None:
            return None
        found = services.speaks_for(self.request.user, charter).filter(pk=pk).first()
        if found is None:
            raise serializers.ValidationError({"person": "You do not write for this member. Choose another."})
        return found

    @extend_schema(request=SuggestionInput, responses={201: SuggestionSerializer})
    def create(self, request: Request) -> Response:
        """Suggest a change: as a draft that the caller alone sees, or sent at once with ``send``."""
        given = self.sent(SuggestionInput)
        version: CharterVersion = given["version"]
        require(request.user, "coproduction.suggest_change", version)
        section = version.charter.sections.filter(key=given["section"]).first()
        if section is None:
            raise serializers.ValidationError({"section": "The charter has no section with this key."})
        person = self._person(version.charter, given.get("person"))
        passage = (
            Passage(given["quote"], given.get("prefix", ""), given.get("suffix", "")) if given.get("quote") else None
        )
        write = services.suggest_change if given["send"] else services.save_draft
        return self.once(
            lambda: write(
                by=request.user,
                section=section,
                version=version,
                words=given["words"],
                person=person,
                told=given.get("told", ""),
                passage=passage,
            )
        )

    @extend_schema(request=DraftInput, responses=SuggestionSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change one's own draft."""
        row: Suggestion = self.get_object()
        require(request.user, "coproduction.suggest_change", row)
        given = self.sent(DraftInput, partial=True)
        quote = given.get("quote", row.quote)
        passage = Passage(quote, given.get("prefix", row.prefix), given.get("suffix", row.suffix)) if quote else None
        services.update_draft(
            by=request.user,
            suggestion=row,
            words=given.get("words", row.words),
            told=given.get("told", row.told),
            passage=passage,
            expected=self.matched(row),
        )
        return self.shown(row)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Delete one's own draft."""
        row: Suggestion = self.get_object()
        require(request.user, "coproduction.suggest_change", row)
        services.delete_draft(by=request.user, suggestion=row, expected=self.matched(row))
        return Response(status=204)

    @extend_schema(request=NoInput, responses=SuggestionSerializer, parameters=[IF_MATCH_WELCOME])
    @action(detail=True, methods=["post"])
    def send(self, request: Request, pk: str) -> Response:
        """Send one's own draft."""
        row: Suggestion = self.get_object()
        require(request.user, "coproduction.suggest_change", row)
        self.sent(NoInput)
        expected = self.matched(row, is_required=False)
        return self.once(lambda: services.send_draft(by=request.user, suggestion=row, expected=expected), status=200)

    def _to_answer(self) -> Suggestion:
        row: Suggestion = self.get_object()
        require(self.request.user, "coproduction.answer_suggestion", row)
        return row

    @extend_schema(request=SuggestionAnswerInput, responses=SuggestionSerializer, parameters=[IF_MATCH_WELCOME])
    @action(detail=True, methods=["post"])
    def answer(self, request: Request, pk: str) -> Response:
        """Answer a suggestion. Of two who answer at once the second is told, with the answer that was given."""
        row = self._to_answer()
        given = self.sent(SuggestionAnswerInput)
        expected = self.matched(row, is_required=False)
        return self.once(
            lambda: services.answer_suggestion(by=request.user, suggestion=row, expected=expected, **given), status=200
        )

    @extend_schema(request=SuggestionMergeInput, responses=SuggestionSerializer, parameters=[IF_MATCH_WELCOME])
    @action(detail=True, methods=["post"])
    def merge(self, request: Request, pk: str) -> Response:
        """Merge others that ask for the same into this one."""
        row = self._to_answer()
        given = self.sent(SuggestionMergeInput)
        expected = self.matched(row, is_required=False)
        return self.once(
            lambda: merging.merge_suggestions(by=request.user, suggestion=row, expected=expected, **given), status=200
        )

    @extend_schema(request=NoInput, responses=SuggestionSerializer)
    @action(detail=True, methods=["post"])
    def unmerge(self, request: Request, pk: str) -> Response:
        """Undo a merge, as long as there is no answer."""
        row = self._to_answer()
        self.sent(NoInput)
        return self.once(lambda: merging.unmerge_suggestion(by=request.user, suggestion=row), status=200)

    @extend_schema(request=NoInput, responses=SuggestionSerializer)
    @action(detail=True, methods=["post"], url_path="take-in")
    def take_in(self, request: Request, pk: str) -> Response:
        """Link a suggestion that was taken in or adapted to the draft, opening one if need be."""
        row = self._to_answer()
        self.sent(NoInput)
        return self.once(lambda: taking.take_in(by=request.user, suggestion=row).suggestion, status=200)

    @extend_schema(request=CommentInput, responses={201: SuggestionSerializer})
    @action(detail=True, methods=["post"])
    def comments(self, request: Request, pk: str) -> Response:
        """Add to the discussion; answers with the suggestion and its discussion."""
        row: Suggestion = self.get_object()
        require(request.user, "coproduction.discuss", row)
        given = self.sent(CommentInput)
        person = self._person(row.section.charter, given.get("person"))

        def effect() -> Suggestion:
            discussion.add_comment(
                by=request.user, suggestion=row, words=given["words"], person=person, told=given.get("told", "")
            )
            return row

        return self.once(effect)

    def _comment(self, row: Suggestion, pk: str) -> Comment:
        comment: Comment = get_object_or_404(
            Comment.objects.visible_to(self.request.user).filter(suggestion=row), pk=pk
        )
        return comment

    @extend_schema(request=HideReasonInput, responses=SuggestionSerializer)
    @action(detail=True, methods=["post"], url_path=r"comments/(?P<comment>\d{1,18})/hide")
    def hide_comment(self, request: Request, pk: str, comment: str) -> Response:
        """Hide a comment, with a reason that its writer reads."""
        row: Suggestion = self.get_object()
        found = self._comment(row, comment)
        require(request.user, "coproduction.moderate_discussion", row)
        given = self.sent(HideReasonInput)
        return self.once(
            lambda: discussion.hide_comment(by=request.user, comment=found, **given).suggestion, status=200
        )

    @extend_schema(request=NoInput, responses=SuggestionSerializer)
    @action(detail=True, methods=["post"], url_path=r"comments/(?P<comment>\d{1,18})/show")
    def show_comment(self, request: Request, pk: str, comment: str) -> Response:
        """Show a hidden comment again."""
        row: Suggestion = self.get_object()
        found = self._comment(row, comment)
        require(request.user, "coproduction.moderate_discussion", row)
        self.sent(NoInput)
        return self.once(lambda: discussion.show_comment(by=request.user, comment=found).suggestion, status=200)

    @extend_schema(request=HideReasonInput, responses=SuggestionSerializer)
    @action(detail=True, methods=["post"], url_path=r"comments/(?P<comment>\d{1,18})/flag")
    def flag_comment(self, request: Request, pk: str, comment: str) -> Response:
        """Ask the engagement lead to look at a comment."""
        row: Suggestion = self.get_object()
        found = self._comment(row, comment)
        require(request.user, "coproduction.discuss", row)
        given = self.sent(HideReasonInput)
        return self.once(
            lambda: discussion.flag_comment(by=request.user, comment=found, **given).comment.suggestion, status=200
        )
