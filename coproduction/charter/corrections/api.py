"""Versions of a charter over the API: read, compared, drafted, withdrawn; minor corrections made and decided."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from coproduction.agreement.api import CharterVersionApiFilter, CharterVersionSerializer, WithdrawTextInput, counts_of
from coproduction.agreement.services import withdraw_version
from coproduction.charter.api import section_texts
from coproduction.charter.corrections import deciding, services
from coproduction.charter.forms import LONGEST
from coproduction.charter.models import Charter, CharterVersion
from coproduction.charter.reading.api import Compares
from coproduction.charter.services import draft_version
from coproduction.group.members import deciding_members, supports
from coproduction.group.models import Told
from impact.core.access.permissions import has_perm, require
from impact.core.api.fields import Input, VisiblePk
from impact.core.api.schema import IF_MATCH_WELCOME
from impact.core.api.views import EditableViewSet
from impact.core.people.models import Person

MOST_SECTIONS = 200


class DraftInput(Input):
    charter = VisiblePk(queryset=Charter.objects.all(), help_text="A charter without an open draft.")
    start_from = VisiblePk(
        queryset=CharterVersion.objects.all(),
        required=False,
        help_text="The text to start from. Left out: the text in force, else the newest.",
    )


class FixInput(Input):
    """One section as it should read."""

    key = serializers.SlugField(max_length=60, help_text="Of the section.")
    title = serializers.CharField(max_length=120, required=False)
    body = serializers.CharField(max_length=LONGEST, required=False, allow_blank=True, help_text="Markdown.")


class CorrectInput(Input):
    sections = FixInput(many=True, max_length=MOST_SECTIONS, help_text="Only those that change.")
    note = serializers.CharField(max_length=400, help_text="What is corrected. Members read this.")
    is_sure = serializers.BooleanField(
        default=False, help_text="Needed when more than a few words change: none of them changes the meaning."
    )
    text_hash = serializers.CharField(
        max_length=64, required=False, help_text="Of the text that you read: 409 when another one is in force."
    )


class ConfirmCorrectionInput(Input):
    member = serializers.IntegerField(
        min_value=1, required=False, help_text="Id of the member's record, when you write it down for someone else."
    )
    told = serializers.ChoiceField(
        choices=Told.choices, required=False, help_text="How the member told you, when you write it down for them."
    )


class StopInput(ConfirmCorrectionInput):
    reason = serializers.CharField(
        max_length=400, required=False, allow_blank=True, help_text="Read by the group, without the member's name."
    )


class UndoCorrectionInput(Input):
    reason = serializers.CharField(max_length=400, help_text="Everyone who can read the text can read this.")


class CharterVersionViewSet(Compares, EditableViewSet):
    """Every text put to the members, with the figures of its agreement. Drafts are for their writers.

    Who stopped a minor correction, or said that it is fine, is for the engagement lead alone.
    """

    queryset = CharterVersion.objects.annotate(**counts_of("round__version")).prefetch_related(section_texts)
    serializer_class = CharterVersionSerializer
    filterset_class = CharterVersionApiFilter
    http_method_names = ["get", "head", "options", "post"]

    def _row(self) -> CharterVersion:
        row: CharterVersion = self.get_object()
        require(self.request.user, "coproduction.edit_charter", row)
        return row

    @extend_schema(request=DraftInput, responses={201: CharterVersionSerializer})
    def create(self, request: Request) -> Response:
        """Open the next draft of a charter. Write its sections at `/sections/`, then propose it at `/agreements/`."""
        if not has_perm(request.user, "coproduction.edit_charter"):
            raise PermissionDenied
        given = self.sent(DraftInput)
        return self.once(lambda: draft_version(by=request.user, **given))

    @extend_schema(
        request=WithdrawTextInput, responses=CharterVersionSerializer, parameters=[IF_MATCH_WELCOME], filters=False
    )
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """Withdraw a draft, or a text that is out for agreement, with the reason. Its words are kept."""
        row = self._row()
        reason = self.sent(WithdrawTextInput)["reason"]

        def withdraw() -> CharterVersion:
            expected = self.matched(row, is_required=False)
            return withdraw_version(by=request.user, version=row, reason=reason, expected=expected)

        return self.once(withdraw, status=200)

    @extend_schema(
        request=CorrectInput, responses={201: CharterVersionSerializer}, parameters=[IF_MATCH_WELCOME], filters=False
    )
    @action(detail=True, methods=["post"])
    def correct(self, request: Request, pk: str) -> Response:
        """Put a corrected text in force: spelling or layout only. What members said is carried over, members are told,
        and any of them can stop it for 14 days. A correction that they can still stop is changed by this."""
        row = self._row()
        given = self.sent(CorrectInput)
        fixed = self._fixed(row, given["sections"])

        def correct() -> CharterVersion:
            self.matched(row, is_required=False)
            return services.correct_version(
                by=request.user,
                version=row,
                fixed=fixed,
                note=given["note"],
                is_sure=given["is_sure"],
                expected_hash=given.get("text_hash"),
            )

        return self.once(correct)

    def _fixed(self, row: CharterVersion, sent: list[dict[str, Any]]) -> dict[int, services.Fixed]:
        """The sections as sent, by their id; what was left out stays as it is."""
        texts = {text.section.key: text for text in row.texts.all()}
        if unknown := sorted({fix["key"] for fix in sent} - set(texts)):
            raise serializers.ValidationError({"sections": f"This text has no such section: {', '.join(unknown)}."})
        return {
            texts[fix["key"]].section_id: services.Fixed(
                fix.get("title", texts[fix["key"]].title), fix.get("body", texts[fix["key"]].body)
            )
            for fix in sent
        }

    @extend_schema(request=StopInput, responses=CharterVersionSerializer, parameters=[IF_MATCH_WELCOME], filters=False)
    @action(detail=True, methods=["post"])
    def stop(self, request: Request, pk: str) -> Response:
        """Stop a minor correction, as a member or on a member's word. The text before it is in force again."""
        return self._said(StopInput, deciding.stop_correction)

    @extend_schema(
        request=ConfirmCorrectionInput, responses=CharterVersionSerializer, parameters=[IF_MATCH_WELCOME], filters=False
    )
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str) -> Response:
        """Say that a minor correction is fine, as a member or on a member's word. Once all have, it cannot be stopped."""
        return self._said(ConfirmCorrectionInput, deciding.confirm_correction)

    @extend_schema(
        request=UndoCorrectionInput, responses=CharterVersionSerializer, parameters=[IF_MATCH_WELCOME], filters=False
    )
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: str) -> Response:
        """Undo a minor correction that members can still stop, with the reason. For the engagement lead."""
        row = self._row()
        reason = self.sent(UndoCorrectionInput)["reason"]

        def undo() -> CharterVersion:
            expected = self.matched(row, is_required=False)
            return deciding.undo_correction(by=request.user, version=row, reason=reason, expected=expected)

        return self.once(undo, status=200)

    def _said(self, kind: type[Input], service: Any) -> Response:
        """What a member says about a minor correction, themselves or through someone who writes it down."""
        row: CharterVersion = self.get_object()
        user = self.request.user
        if not any(has_perm(user, f"coproduction.{name}", row) for name in ("take_position", "record_for_member")):
            raise PermissionDenied
        given = self.sent(kind)
        person = self._member(row, given.pop("member")) if "member" in given else None
        if person is None:
            require(user, "coproduction.take_position", row)

        def say() -> CharterVersion:
            self.matched(row, is_required=False)
            service(by=user, version=row, person=person, **given)
            return row

        return self.once(say, status=200)

    def _member(self, row: CharterVersion, pk: int) -> Person:
        """The member for whom the caller writes; who is a member is said only to those who may write for them."""
        group = row.charter.group
        person = Person.objects.filter(pk=pk, pk__in=deciding_members(group).values("person")).first()
        is_own = person is not None and person.user_id == self.request.user.pk
        if person is None or not (is_own or supports(self.request.user, group, person)):
            require(self.request.user, "coproduction.record_for_member", row)
        if person is None:
            raise serializers.ValidationError({"member": "Choose a member of this group."})
        return person
