"""Claims over the API: a member's own (or those that a member shares), and all for the engagement lead."""

from decimal import Decimal
from typing import Any

import django_filters
from django.core.exceptions import ValidationError
from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from coproduction.charter.api import Linked
from coproduction.claims import offers, services
from coproduction.claims.forms import EXPENSES
from coproduction.claims.models import Claim, may_claim, shared_with
from coproduction.claims.money import MOST
from coproduction.claims.views import receipt_file
from coproduction.group.models import Told
from coproduction.involvements.models import Involvement
from impact.core.access import audit
from impact.core.access.permissions import has_perm, require
from impact.core.api.defaults import JSONParser, MultiPartParser
from impact.core.api.fields import Day, Input, NoInput, VisiblePk, VisibleSlug
from impact.core.api.schema import IF_MATCH_WELCOME
from impact.core.api.views import EditableViewSet, FileDownloadMixin
from impact.core.people.models import Person
from impact.core.web.forms import Searching
from networks.groups.models import Group
from networks.meetings.models import Meeting
from sites.registry.models import Site


class ClaimSerializer(Linked):
    group = serializers.SlugRelatedField(slug_field="slug", read_only=True, help_text="Slug of the group.")
    person = serializers.PrimaryKeyRelatedField(read_only=True, help_text="The member.")
    person_name = serializers.CharField(source="person.name")
    meeting = serializers.PrimaryKeyRelatedField(read_only=True, allow_null=True)
    involvement = serializers.PrimaryKeyRelatedField(read_only=True, allow_null=True)
    site = serializers.SlugRelatedField(slug_field="slug", read_only=True, allow_null=True)
    amount_pence = serializers.IntegerField(source="pence", allow_null=True, help_text="Null before it is claimed.")
    receipt = serializers.SerializerMethodField(help_text="Where the receipt itself is; null: none was sent.")
    paid_on = serializers.DateField(source="batch.paid_on", allow_null=True, default=None, help_text="Null: not paid.")

    class Meta:
        model = Claim
        fields = [
            *("id", "group", "person", "person_name", "kind", "state", "what", "on", "meeting", "involvement", "site"),
            *("hours_offered", "rate_pence", "hours_taken", "is_unpaid", "amount_pence", "reference", "receipt"),
            *("returned_because", "paid_on", "told", "is_illustrative", "version", "url"),
        ]
        extra_kwargs = {"told": {"help_text": "How the member told the one who wrote it down. Empty: their own."}}

    @extend_schema_field(serializers.URLField(allow_null=True))
    def get_receipt(self, claim: Claim) -> str | None:
        if not claim.receipt:
            return None
        return reverse("claim-receipt", kwargs={"pk": claim.pk}, request=self.context.get("request"))


class ClaimApiFilter(Searching):
    """Filters of /api/v1/claims/."""

    search = django_filters.CharFilter(method="by_search", label="Words in what it is for, the name or the receipt")
    state = django_filters.ChoiceFilter(choices=Claim.State)
    kind = django_filters.ChoiceFilter(choices=Claim.Kind)
    person = django_filters.NumberFilter(field_name="person_id", label="A member's id")

    class Meta:
        model = Claim
        fields: list[str] = []


class Links(Input):
    """What an offer or a claim can be about."""

    meeting = VisiblePk(queryset=Meeting.objects.all(), required=False, allow_null=True)
    involvement = VisiblePk(queryset=Involvement.objects.all(), required=False, allow_null=True)
    site = VisibleSlug(queryset=Site.objects.all(), required=False, allow_null=True)


def _amount() -> serializers.IntegerField:
    return serializers.IntegerField(min_value=1, max_value=MOST, help_text="Whole pence.")


def _told() -> serializers.ChoiceField:
    return serializers.ChoiceField(
        choices=Told.choices, required=False, help_text="Asked for when you write for a member: how they told you."
    )


class ExpenseInput(Links):
    group = VisibleSlug(queryset=Group.objects.all())
    person = serializers.IntegerField(min_value=1, required=False, help_text="The member; yourself unless you say.")
    kind = serializers.ChoiceField(choices=EXPENSES)
    what = serializers.CharField(max_length=160)
    on = Day()
    amount_pence = _amount()
    reference = serializers.CharField(max_length=80, required=False, allow_blank=True)
    told = _told()


class ExpenseFormInput(ExpenseInput):
    """An expense with its receipt, as a form."""

    receipt = serializers.FileField(required=False, help_text="A photo or a PDF, up to 10 MB, told by its contents.")


class OfferInput(Links):
    group = VisibleSlug(queryset=Group.objects.all())
    person = serializers.IntegerField(min_value=1, help_text="The member.")
    what = serializers.CharField(max_length=160)
    on = Day()
    hours = serializers.DecimalField(max_digits=5, decimal_places=2, min_value=0, max_value=100)
    rate_pence = _amount()


class ClaimAnswerInput(Input):
    hours = serializers.DecimalField(
        max_digits=5, decimal_places=2, min_value=0, max_value=100, help_text="0: the offer is declined."
    )
    is_unpaid = serializers.BooleanField(required=False, help_text="Taken up without pay.")
    words = serializers.CharField(max_length=400, required=False, allow_blank=True)
    told = _told()


class ClaimSendInput(Input):
    amount_pence = serializers.IntegerField(
        min_value=1, max_value=MOST, required=False, help_text="Whole pence. Left out: all that the hours come to."
    )
    told = _told()


class ClaimAgainInput(Input):
    amount_pence = _amount()
    what = serializers.CharField(max_length=160, required=False)
    on = Day(required=False)
    reference = serializers.CharField(max_length=80, required=False, allow_blank=True)
    told = _told()


class ClaimAgainFormInput(ClaimAgainInput):
    """A claim put right, with its receipt, as a form."""

    receipt = serializers.FileField(required=False, help_text="In place of the one before.")


class ReceiptInput(Input):
    receipt = serializers.FileField(help_text="A photo or a PDF, up to 10 MB, told by its contents.")
    told = _told()


class ToldInput(Input):
    told = _told()


class ClaimReasonInput(Input):
    reason = serializers.CharField(max_length=400, help_text="The member reads this.")


def _in_pounds(given: dict[str, Any]) -> dict[str, Any]:
    """With the amount as the services take it."""
    if "amount_pence" in given:
        given["amount"] = Decimal(given.pop("amount_pence")) / 100
    return given


def _with_receipt(given: dict[str, Any]) -> dict[str, Any]:
    """With the receipt accepted: a picture is re-encoded, so before the transaction of ``once``."""
    if "receipt" in given:
        try:
            given["receipt"] = services.accept_receipt(given["receipt"])
        except ValidationError as error:
            raise ValidationError({"receipt": error.error_list}) from None
    return given


class ClaimViewSet(FileDownloadMixin, EditableViewSet):
    """Offers of paid time, expenses and claims. Amounts are whole pence. A member reads their own; a supporter those of a
    member who shares them; the engagement lead all."""

    queryset = Claim.objects.select_related("group", "person", "site", "batch")
    serializer_class = ClaimSerializer
    filterset_class = ClaimApiFilter
    http_method_names = ["get", "head", "options", "post"]

    def _note_reading(self, what: str, about: Any) -> None:
        """What the engagement lead reads of others is recorded, as on pages."""
        if has_perm(self.request.user, "coproduction.manage_claims"):
            audit.record_reading(self.request.user, what, about)

    def _export(self, kind: str) -> Any:
        self._note_reading("pay_exported", self.request.user)
        return super()._export(kind)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        self._note_reading("pay", request.user)
        return super().list(request, *args, **kwargs)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        self._note_reading("pay", self.get_object().person)
        return super().retrieve(request, *args, **kwargs)

    def _person(self, pk: int | None) -> Person:
        """The member: the caller, or one whom the caller may write for; another is as unknown as a missing one."""
        user = self.request.user
        people = Person.objects.all()
        if not has_perm(user, "coproduction.manage_claims"):
            shared = shared_with(user).values("member")
            people = people.filter(pk__in=shared) | people.filter(user_id=user.pk)
        found = people.filter(pk=pk).first() if pk else people.filter(user_id=user.pk).first()
        if found is None:
            if pk is None:
                raise PermissionDenied
            raise serializers.ValidationError({"person": "There is no member with this id that you can write for."})
        return found

    def get_parsers(self) -> Any:
        """A claim may be a form, to have its receipt with it."""
        parsers = super().get_parsers()
        return [*parsers, MultiPartParser()] if (self.action_map or {}).get("post") == "create" else parsers

    def _is_form(self) -> bool:
        return str(self.request.content_type).startswith("multipart/")

    @extend_schema(
        request={"application/json": ExpenseInput, "multipart/form-data": ExpenseFormInput},
        responses={201: ClaimSerializer},
    )
    def create(self, request: Request) -> Response:
        """Claim an expense, as JSON, or as a form with the receipt in it."""
        if not may_claim(request.user):
            raise PermissionDenied
        given = _with_receipt(_in_pounds(self.sent(ExpenseFormInput if self._is_form() else ExpenseInput)))
        given["person"] = self._person(given.get("person"))
        return self.once(lambda: services.claim_expense(by=request.user, **given))

    @extend_schema(request=OfferInput, responses={201: ClaimSerializer})
    @action(detail=False, methods=["post"])
    def offer(self, request: Request) -> Response:
        """Offer a member pay for their time. For the engagement lead."""
        require(request.user, "coproduction.manage_claims")
        given = self.sent(OfferInput)
        given["person"] = self._person(given["person"])
        return self.once(lambda: offers.offer_time(by=request.user, **given))

    @extend_schema(request=ClaimAnswerInput, responses=ClaimSerializer, parameters=[IF_MATCH_WELCOME])
    @action(detail=True, methods=["post"])
    def answer(self, request: Request, pk: str) -> Response:
        """Take up an offer in whole or part, or decline it."""
        return self._step("coproduction.claim", offers.answer_offer, ClaimAnswerInput)

    @extend_schema(request=ClaimSendInput, responses=ClaimSerializer, parameters=[IF_MATCH_WELCOME])
    @action(detail=True, methods=["post"])
    def claim(self, request: Request, pk: str) -> Response:
        """Claim the pay for hours that were taken up."""
        return self._step("coproduction.claim", services.claim_time, ClaimSendInput)

    @extend_schema(
        request={"application/json": ClaimAgainInput, "multipart/form-data": ClaimAgainFormInput},
        responses=ClaimSerializer,
        parameters=[IF_MATCH_WELCOME],
    )
    @action(detail=True, methods=["post"], url_path="claim-again", parser_classes=[JSONParser, MultiPartParser])
    def claim_again(self, request: Request, pk: str) -> Response:
        """Put right a claim that was sent back, and send it again, as JSON, or as a form with the receipt in it."""
        kind = ClaimAgainFormInput if self._is_form() else ClaimAgainInput
        return self._step("coproduction.claim", services.claim_again, kind)

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY}, filters=False)
    @action(detail=True, pagination_class=None, url_path="receipt", url_name="receipt")
    def content(self, request: Request, pk: str) -> FileResponse:
        """The receipt itself, as an attachment; who may have it is asked each time."""
        row: Claim = self.get_object()
        self._note_reading("pay", row.person)
        return receipt_file(row)

    @extend_schema(
        request={"multipart/form-data": ReceiptInput}, responses=ClaimSerializer, parameters=[IF_MATCH_WELCOME]
    )
    @action(detail=True, methods=["post"], url_path="add-receipt", parser_classes=[MultiPartParser])
    def add_receipt(self, request: Request, pk: str) -> Response:
        """Put a receipt with an expense that is not approved yet, in place of the one before."""
        return self._step("coproduction.claim", services.add_receipt, ReceiptInput)

    @extend_schema(request=ToldInput, responses=ClaimSerializer, parameters=[IF_MATCH_WELCOME])
    @action(detail=True, methods=["post"], url_path="take-back")
    def take_back(self, request: Request, pk: str) -> Response:
        """Take back a claim that is not approved yet."""
        return self._step("coproduction.claim", services.take_back_claim, ToldInput)

    @extend_schema(request=NoInput, responses=ClaimSerializer, parameters=[IF_MATCH_WELCOME])
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        """Agree that a claim is to be paid. For the engagement lead; never one's own."""
        return self._step("coproduction.manage_claims", services.approve_claim, NoInput)

    @extend_schema(request=ClaimReasonInput, responses=ClaimSerializer, parameters=[IF_MATCH_WELCOME])
    @action(detail=True, methods=["post"], url_path="return")
    def send_back(self, request: Request, pk: str) -> Response:
        """Send a claim back, saying what has to change. For the engagement lead."""
        return self._step("coproduction.manage_claims", services.return_claim, ClaimReasonInput)

    @extend_schema(request=ClaimReasonInput, responses=ClaimSerializer, parameters=[IF_MATCH_WELCOME])
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """Withdraw an offer. For the engagement lead."""
        return self._step("coproduction.manage_claims", offers.withdraw_offer, ClaimReasonInput)

    def _step(self, permission: str, service: Any, kind: type[Input]) -> Response:
        """One step of a claim through its service."""
        row: Claim = self.get_object()
        require(self.request.user, permission, row if permission == "coproduction.claim" else None)
        given = _with_receipt(_in_pounds(self.sent(kind)))
        expected = self.matched(row, is_required=False)
        return self.once(lambda: service(by=self.request.user, claim=row, expected=expected, **given), status=200)
