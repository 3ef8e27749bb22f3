"""Applications: read and written by staff. Not for assessors, who read theirs where they assess, nor for leadership."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.timezone import get_current_timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.access.permissions import has_perm, require
from impact.core.api.fields import Day, Input, Keyed, NoInput, VisibleSlug
from impact.core.api.schema import IF_MATCH_WELCOME
from impact.core.api.views import EditableViewSet
from impact.core.web.columns import Column, value
from sites.calls.applications import services as writing
from sites.calls.applications.intake import services
from sites.calls.applications.intake.changing.erasing import erase_application
from sites.calls.applications.intake.filters import ApplicationApiFilter
from sites.calls.applications.models import Application, Correction, Revision
from sites.calls.rounds.models import Round
from sites.calls.rounds.questions.answering import AnswerForm
from sites.organisations.models import Organisation
from sites.registry.serializers import OrganisationLink, PageUrl, TopicLink, page_url

MOST_ANSWERS = 300  # a round with more questions would find no applicants

OTHER_WAYS = [way for way in Application.Source.choices if way[0] != Application.Source.ONLINE]
COLUMNS = [
    *("reference", "round", "state", "source", "organisation_name", "organisation_kind", "organisation_size", "nation"),
    *(
        "region",
        "place",
        "area",
        "needs",
        "is_first_time",
        "is_user_led",
        "is_under_pressure",
        "topic",
        "delivery_model",
    ),
    *("money", "received_on", "submitted_at", "withdrawn_at", "is_late", "is_illustrative", "version", "url"),
]


class ApplicationSerializer(serializers.ModelSerializer):
    """An application as its newest revision says, without its answers."""

    round = serializers.SlugRelatedField(slug_field="slug", read_only=True, help_text="The slug of its round.")
    topic = TopicLink(allow_null=True)
    needs = serializers.ListField(child=serializers.CharField(), help_text="Who it is about, by what people need.")
    is_late = serializers.SerializerMethodField(help_text="Whether staff accepted it after closing.")
    url = PageUrl()
    get_url = page_url

    class Meta:
        model = Application
        fields = COLUMNS
        extra_kwargs = {
            "source": {"help_text": "How it came."},
            "submitted_at": {"help_text": "When the newest revision was submitted. Null before the first one."},
        }

    def get_is_late(self, application: Application) -> bool:
        return bool(application.late_reason)

    def file_columns(self) -> dict[str, Column]:
        """Where the columns of the file are read from that are no plain fields."""
        request = self.context.get("request")

        def address(round: str, reference: str) -> str:
            path = f"/rounds/{round}/applications/{reference}/"
            return request.build_absolute_uri(path) if request else path

        return {
            "needs": value("needs", read=lambda found: "; ".join(found)),
            "is_late": value("late_reason", read=bool),
            "url": value("round__slug", "reference", read=address),
        }


LISTED = ("pk", "round__slug", "topic__slug", "topic__name", "late_reason")
PLAIN = tuple(name for name in COLUMNS if name not in ("round", "topic", "is_late", "url", "money"))


def listed(rows: Iterable[dict[str, Any]], base: str) -> list[dict[str, Any]]:
    """What ``ApplicationSerializer`` shows of each row, from values: a list is read far more often than anything else.

    ``base``: the whole address of /rounds/.
    """
    zone = get_current_timezone()
    shown = []
    for row in rows:
        found: dict[str, Any] = {name: row[name] for name in PLAIN}
        for name in ("submitted_at", "withdrawn_at"):
            if found[name] is not None:
                found[name] = found[name].astimezone(zone).isoformat().replace("+00:00", "Z")
        found["round"] = row["round__slug"]
        found["topic"] = {"slug": row["topic__slug"], "name": row["topic__name"]} if row["topic__slug"] else None
        found["money"] = None if row["money"] is None else f"{row['money']:.2f}"
        found["is_late"] = bool(row["late_reason"])
        found["url"] = f"{base}{row['round__slug']}/applications/{row['reference']}/"
        shown.append({name: found[name] for name in COLUMNS})
    return shown


class ApplicationDetailSerializer(ApplicationSerializer):
    """An application with its answers, and whom to ask about it."""

    answers = serializers.SerializerMethodField(
        help_text="By question key: those of the newest revision, or, before the first, what staff are entering."
    )
    revision = serializers.SerializerMethodField(help_text="The number of the newest revision. Null before the first.")
    organisation = OrganisationLink(allow_null=True, help_text="The organisation on record that staff matched it to.")

    class Meta(ApplicationSerializer.Meta):
        fields = [
            *COLUMNS,
            *("organisation", "email", "contact_name", "late_reason", "erasure_asked_on", "revision", "answers"),
        ]
        extra_kwargs = {
            **ApplicationSerializer.Meta.extra_kwargs,
            "email": {"help_text": "For staff alone."},
            "contact_name": {"help_text": "For staff alone."},
        }

    def _newest(self, application: Application) -> Revision | None:
        if not hasattr(application, "_newest"):
            application._newest = application.revision  # type: ignore[attr-defined]
        newest: Revision | None = application._newest  # type: ignore[attr-defined]
        return newest

    @extend_schema_field(serializers.DictField())
    def get_answers(self, application: Application) -> dict[str, Any]:
        newest = self._newest(application)
        if newest:
            return dict(newest.answers)
        return dict(application.draft) if application.is_staffs_to_write else {}

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_revision(self, application: Application) -> int | None:
        newest = self._newest(application)
        return newest.number if newest else None


class RevisionSerializer(serializers.ModelSerializer):
    """What was submitted, and why staff corrected it where they did."""

    questions = serializers.IntegerField(source="question_set.number", help_text="The version of the questions.")
    statement = serializers.IntegerField(source="statement.number", help_text="The version of the statement they saw.")
    answers = serializers.DictField(help_text="By question key.")
    why = serializers.ChoiceField(
        source="correction.why",
        choices=Correction.Why.choices,
        default=None,
        allow_null=True,
        help_text="Why staff corrected it.",
    )

    class Meta:
        model = Revision
        fields = ["number", "submitted_at", "questions", "statement", "answers", "why"]


class ApplicationInput(Input):
    """An application that did not come online."""

    round = VisibleSlug(queryset=Round.objects.all(), help_text="The slug of an announced round.")
    source = serializers.ChoiceField(choices=OTHER_WAYS, help_text="How it came.")  # type: ignore[assignment]
    received_on = Day(help_text="When it came.")
    email = serializers.EmailField(required=False, default="", allow_blank=True)
    contact_name = serializers.CharField(required=False, default="", allow_blank=True, max_length=120)
    late_reason = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=400,
        help_text="Needed for one that came after closing.",
    )
    answers = Keyed(max_length=MOST_ANSWERS, required=False, help_text="By question key; you can add more later.")


class AnswersInput(Input):
    answers = Keyed(max_length=MOST_ANSWERS, help_text="By question key; those that you leave out stay as they are.")
    why = serializers.ChoiceField(
        choices=Correction.Why.choices, required=False, help_text="Needed once it was submitted: why you correct it."
    )
    note = serializers.CharField(required=False, default="", allow_blank=True, max_length=400)


class LateInput(Input):
    reason = serializers.CharField(max_length=400, help_text="Why you accept it after closing.")


class EraseInput(Input):
    reference = serializers.CharField(max_length=30, help_text="The reference again, so that no other one is deleted.")
    asked_on = Day(help_text="When the applicant asked for it.")


class MatchInput(Input):
    organisation = VisibleSlug(queryset=Organisation.objects.all(), allow_null=True, help_text="Null: no match.")


def checked_answers(application: Application, answers: dict[str, Any]) -> dict[str, Any]:
    """Answers in the shape that is kept; an empty one takes an answer back. ValidationError names what does not fit."""
    known = {question.key for question in application.question_set.questions()}
    if unknown := set(answers) - known:
        raise ValidationError({"answers": f"Not a question of this round: {', '.join(sorted(unknown))}."})
    newest = application.revision
    before = newest.answers if newest else application.draft
    form = AnswerForm(application.question_set, {**before, **answers}, complete=False)
    if not form.is_valid():
        wrong = {key: words for key, words in form.errors.items() if key in answers}
        if wrong:
            raise ValidationError(
                {"answers": [f"{key}: {' '.join(str(word) for word in words)}" for key, words in wrong.items()]}
            )
    kept = form.answers()
    return {key: kept.get(key, "") for key in answers}


class ApplicationViewSet(EditableViewSet):
    """Applications to rounds, for staff. Contact details and answers are in the detail alone."""

    queryset = Application.objects.select_related("round", "topic")
    serializer_class = ApplicationSerializer
    filterset_class = ApplicationApiFilter
    lookup_field = "reference"
    http_method_names = ["get", "head", "options", "post", "patch"]

    def get_queryset(self) -> QuerySet:
        queryset = super().get_queryset()
        if not has_perm(self.request.user, "sites.view_applications"):
            return queryset.none()
        return (
            queryset
            if self.action in ("list", "export_csv", "export_xlsx")
            else queryset.select_related("organisation")
        )

    def get_serializer_class(self) -> Any:
        is_list = self.action in ("list", "export_csv", "export_xlsx")
        return ApplicationSerializer if is_list else ApplicationDetailSerializer

    def read_rows(self, rows: QuerySet) -> QuerySet:
        return rows.select_related(None).values(*LISTED, "money", *PLAIN)

    def shown_rows(self, page: list[Any], fields: list[str] | None) -> list[dict[str, Any]]:
        return listed(page, self.request.build_absolute_uri("/rounds/"))

    def _row(self) -> Application:
        """The application in the address (404), for those who may change it (403)."""
        row: Application = self.get_object()
        require(self.request.user, "sites.enter_application")
        return row

    @extend_schema(request=ApplicationInput, responses={201: ApplicationDetailSerializer})
    def create(self, request: Request) -> Response:
        """Enter an application that came on paper, as a video or by phone. Submit it once its answers are complete."""
        require(request.user, "sites.enter_application")
        given = self.sent(ApplicationInput)
        answers = given.pop("answers", None)

        @transaction.atomic
        def enter() -> Application:
            application = services.enter_application(by=request.user, **given)
            if answers:
                kept = checked_answers(application, answers)
                application = writing.save_draft(by=request.user, application=application, answers=kept)
            return application

        return self.once(enter)

    @extend_schema(request=AnswersInput, responses=ApplicationDetailSerializer)
    def partial_update(self, request: Request, reference: str) -> Response:
        """Add answers to one that staff are entering, or correct one that was submitted: its next revision."""
        row = self._row()
        given = self.sent(AnswersInput)
        expected = self.matched(row)
        answers = checked_answers(row, given["answers"])
        if row.state == Application.State.DRAFT and row.is_staffs_to_write:
            writing.save_draft(by=request.user, application=row, answers=answers, expected=expected)
        elif "why" not in given:
            raise ValidationError({"why": "Say why you correct what was submitted."})
        else:
            services.correct_application(
                by=request.user,
                application=row,
                answers=answers,
                why=given["why"],
                note=given["note"],
                expected=expected,
            )
        return self.shown(row)

    @extend_schema(parameters=[IF_MATCH_WELCOME], request=NoInput, responses=ApplicationDetailSerializer)
    @action(detail=True, methods=["post"])
    def submit(self, request: Request, reference: str) -> Response:
        """Submit one that staff entered. Each question that needs attention is named."""
        row = self._row()
        self.sent(NoInput)
        self.matched(row, is_required=False)
        return self.once(lambda: self._submitted(row), status=200)

    def _submitted(self, row: Application) -> Application:
        if not row.is_staffs_to_write:
            raise writing.StateConflict("The applicant submits this one.", code="online")
        return writing.submit_application(by=self.request.user, application=row).application

    @extend_schema(parameters=[IF_MATCH_WELCOME], request=LateInput, responses=ApplicationDetailSerializer)
    @action(detail=True, methods=["post"])
    def late(self, request: Request, reference: str) -> Response:
        """Accept one that was begun online and not submitted in time, so that staff can complete and submit it."""
        row = self._row()
        given = self.sent(LateInput)
        expected = self.matched(row, is_required=False)
        return self.once(
            lambda: services.accept_late(by=request.user, application=row, expected=expected, **given), status=200
        )

    @extend_schema(parameters=[IF_MATCH_WELCOME], request=NoInput, responses=ApplicationDetailSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, reference: str) -> Response:
        """Take one out of the round at the applicant's wish. What was submitted is kept."""
        row = self._row()
        self.sent(NoInput)
        self.matched(row, is_required=False)
        return self.once(lambda: writing.withdraw_application(by=request.user, application=row), status=200)

    @extend_schema(parameters=[IF_MATCH_WELCOME], request=EraseInput, responses=ApplicationDetailSerializer)
    @action(detail=True, methods=["post"])
    def erase(self, request: Request, reference: str) -> Response:
        """Delete what one holds at the applicant's request. The reference and the dates stay."""
        row = self._row()
        given = self.sent(EraseInput)
        expected = self.matched(row, is_required=False)
        return self.once(
            lambda: erase_application(by=request.user, application=row, expected=expected, **given), status=200
        )

    @extend_schema(parameters=[IF_MATCH_WELCOME], request=MatchInput, responses=ApplicationDetailSerializer)
    @action(detail=True, methods=["post"])
    def match(self, request: Request, reference: str) -> Response:
        """Say which organisation on record it is from; null takes the match back."""
        row = self._row()
        given = self.sent(MatchInput)
        expected = self.matched(row, is_required=False)
        return self.once(
            lambda: services.match_organisation(by=request.user, application=row, expected=expected, **given),
            status=200,
        )

    @extend_schema(responses=RevisionSerializer(many=True), filters=False)
    @action(detail=True, pagination_class=None)
    def revisions(self, request: Request, reference: str) -> Response:
        """Every revision of an application, oldest first."""
        rows = self.get_object().revisions.select_related("question_set", "statement", "correction")
        return self.tagged(RevisionSerializer(rows, many=True).data)
