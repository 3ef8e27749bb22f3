"""Who belongs to a group, and who did; what they need and agreed to; what a coordinator leaves for the next."""

from typing import Any

from django.db.models import Q
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.access import audit
from impact.core.access.permissions import has_perm, require
from impact.core.api.fields import Day, Input, ModelInput, NoInput
from impact.core.api.lists.bulk import Bulk
from impact.core.api.lists.following import Inside
from impact.core.api.schema import IF_MATCH_WELCOME
from impact.core.basics import clock
from impact.core.basics.vocabulary import Format, Language
from impact.core.people.consents import WORDING
from impact.core.people.models import Consent, Person
from networks.groups.models import Membership
from networks.groups.serializers import OfGroup
from networks.members import services
from networks.members.filters import MemberApiFilter
from networks.members.joining.forms import MEMBER_ROLES
from networks.members.services import NEEDS


class MembershipSerializer(serializers.ModelSerializer):
    person = serializers.PrimaryKeyRelatedField(read_only=True, help_text="Id of the person's record.")
    name = serializers.CharField(source="person.name")
    preferred_format = serializers.CharField(source="person.preferred_format", help_text="How they like to read.")
    preferred_language = serializers.CharField(source="person.preferred_language")
    access_arrangements = serializers.CharField(
        source="person.access_arrangements", help_text="What they need in order to take part."
    )
    needs_recorded_by = serializers.CharField(
        source="person.needs_recorded_by.display_name",
        default="",
        read_only=True,
        help_text="Who wrote down what they need. Empty: their own words.",
    )
    recorded_by = serializers.CharField(
        source="recorded_by.display_name",
        default="",
        read_only=True,
        help_text="Who recorded a member without email. Empty: they accepted an invitation.",
    )
    has_account = serializers.SerializerMethodField(
        help_text="Whether they sign in. Then what they need and agree to is theirs to change; you can suggest."
    )

    class Meta:
        model = Membership
        fields = [
            "id",
            "person",
            "name",
            "role",
            "perspective",
            "perspective_note",
            "starts_on",
            "ends_on",
            "end_reason",
            "preferred_format",
            "preferred_language",
            "access_arrangements",
            "needs_recorded_by",
            "recorded_by",
            "has_account",
        ]

    def get_has_account(self, membership: Membership) -> bool:
        return membership.person.user_id is not None

    def to_representation(self, membership: Membership) -> dict[str, Any]:
        """What someone needs is for the groups that they belong to, not for those that they left."""
        shown: dict[str, Any] = super().to_representation(membership)
        return (
            shown
            if not membership.has_ended(clock.today())
            else shown | dict.fromkeys([*NEEDS, "needs_recorded_by"], "")
        )


class MemberInput(ModelInput):
    name = serializers.CharField(max_length=120, help_text="Full name.")
    role = serializers.ChoiceField(choices=MEMBER_ROLES, required=False)
    preferred_format = serializers.ChoiceField(choices=Format.choices, required=False, help_text="As they told you.")
    preferred_language = serializers.ChoiceField(
        choices=Language.choices, required=False, help_text="As they told you."
    )
    access_arrangements = serializers.CharField(
        max_length=400, required=False, allow_blank=True, help_text="As they told you."
    )

    class Meta:
        model = Membership
        fields = [
            "name",
            "role",
            "perspective",
            "perspective_note",
            "starts_on",
            "preferred_format",
            "preferred_language",
            "access_arrangements",
        ]


class MemberChange(ModelInput):
    role = serializers.ChoiceField(choices=MEMBER_ROLES)

    class Meta:
        model = Membership
        fields = ["role", "perspective", "perspective_note", "starts_on", "ends_on", "end_reason"]


class EndInput(Input):
    ends_on = Day(help_text="The last day.")
    reason = serializers.CharField(
        max_length=200, required=False, allow_blank=True, help_text="Why, if the person wants it kept."
    )


class NeedsInput(ModelInput):
    class Meta:
        model = Person
        fields = ["preferred_format", "preferred_language", "access_arrangements"]


class ConsentInput(Input):
    purpose = serializers.ChoiceField(choices=[(p.value, p.label) for p in WORDING], help_text="What you asked about.")
    is_given = serializers.BooleanField()
    given_on = Day(help_text="The day of the answer.")
    expires_on = Day(required=False, allow_null=True)
    easy_read = serializers.BooleanField(
        required=False,
        allow_null=True,
        help_text="Whether you read the Easy Read words. Left out: as they read papers.",
    )


class ConsentSerializer(serializers.ModelSerializer):
    """What a member answered to a consent question, with the words that were read to them."""

    class Meta:
        model = Consent
        fields = ["id", "purpose", "wording", "is_easy_read", "is_given", "given_on", "expires_on"]


class HandoverSerializer(serializers.ModelSerializer):
    """What a coordinator leaves for the next one to know."""

    class Meta:
        model = Membership
        fields = ["handover"]
        extra_kwargs = {"handover": {"help_text": "Markdown."}}


class HandoverInput(ModelInput):
    class Meta:
        model = Membership
        fields = ["handover"]
        extra_kwargs = {"handover": {"required": True}}


class MemberViewSet(Bulk, OfGroup):
    """Who belongs to a group, and who did. For those who may see who is in it."""

    queryset = Membership.objects.select_related("person__needs_recorded_by__person", "recorded_by__person")
    serializer_class = MembershipSerializer
    filterset_class = MemberApiFilter
    row_input = MemberInput
    reads = "networks.view_people"

    def inside(self) -> Inside:
        """What people need, of those who belong to the group now."""
        today = clock.today()
        return Inside(self.queryset.filter(Q(ends_on=None) | Q(ends_on__gte=today)), shows=("person",))

    def may_change(self, row: Membership) -> bool:
        return has_perm(self.request.user, "networks.edit_group", row.group)

    def list(self, request: Request, group: str) -> Any:
        """Who belongs to a group, and who did; also as a file. Each reading is put on record."""
        is_file = request.accepted_renderer.format in ("csv", "xlsx")
        audit.record_reading(request.user, "members_exported" if is_file else "needs", self.group, each_time=is_file)
        return super().list(request, group=group)

    def retrieve(self, request: Request, group: str, pk: str) -> Response:
        """One membership, with what the person needs. Each reading is put on record."""
        audit.record_reading(request.user, "needs", self.group)
        return super().retrieve(request, group=group, pk=pk)

    @extend_schema(request=MemberInput, responses={201: MembershipSerializer})
    def create(self, request: Request, group: str) -> Response:
        """Record someone without email, and who recorded them. People with email are invited instead."""
        self.require_any()
        given = self.sent(MemberInput)
        return self.once(lambda: self.add(**given))

    def require_any(self) -> None:
        require(self.request.user, "networks.edit_group", self.group)

    def add(self, **given: Any) -> Membership:
        return services.add_member(by=self.request.user, group=self.group, **given)

    def _row(self, permission: str = "networks.edit_group") -> Membership:
        row: Membership = self.get_object()
        row.group = self.group
        require(self.request.user, permission, self.group)
        return row

    @extend_schema(request=MemberChange, responses=MembershipSerializer)
    def partial_update(self, request: Request, group: str, pk: str) -> Response:
        """Correct a membership: perspective, role, dates, why it ended."""
        row = self._row()
        given = self.sent(MemberChange, partial=True)
        services.update_membership(by=request.user, membership=row, expected=self.matched(row), **given)
        return self.shown(row)

    @extend_schema(request=NeedsInput, responses=MembershipSerializer)
    @action(detail=True, methods=["post"])
    def needs(self, request: Request, group: str, pk: str) -> Response:
        """Write down what a member needs in order to take part; only what you send changes.

        Of a member with an account nothing changes: it is suggested to them.
        """
        row = self._row("networks.edit_needs")
        given = self.sent(NeedsInput, partial=True)

        def write() -> Membership:
            services.update_needs(by=request.user, membership=row, **given)
            return row

        return self.once(write, status=200)

    @extend_schema(responses=ConsentSerializer(many=True), filters=False)
    @action(detail=True, pagination_class=None)
    def consents(self, request: Request, group: str, pk: str) -> Response:
        """What a member agreed to, or did not, newest first."""
        row = self._row("networks.edit_needs")
        if row.has_ended(clock.today()):
            raise Http404
        audit.record_reading(request.user, "consents", row.person)
        return self._consents(row.pk)

    def _consents(self, pk: int | str, status: int = 200) -> Response:
        membership = get_object_or_404(self.get_queryset(), pk=pk)
        asked = services.asked_here(membership)
        rows = Consent.objects.filter(person=membership.person_id, purpose__in=asked).order_by("-given_on", "-pk")
        return self.tagged(ConsentSerializer(rows, many=True).data, status=status)

    @extend_schema(request=ConsentInput, responses={201: ConsentSerializer(many=True)}, filters=False)
    @consents.mapping.post
    def record_consent(self, request: Request, group: str, pk: str) -> Response:
        """Keep what a member without an account answered; the words that were read to them are kept with it."""
        row = self._row("networks.edit_needs")
        given = self.sent(ConsentInput)

        def keep() -> Membership:
            services.record_member_consent(by=request.user, membership=row, **given)
            return row

        return self.once(keep, show=self._consents)

    @extend_schema(responses=HandoverSerializer, filters=False)
    @action(detail=True, pagination_class=None)
    def handover(self, request: Request, group: str, pk: str) -> Response:
        """What a coordinator leaves for the next one to know."""
        return self.tagged(HandoverSerializer(self._row()).data)

    @extend_schema(request=HandoverInput, responses=HandoverSerializer, filters=False)
    @handover.mapping.put
    def write_handover(self, request: Request, group: str, pk: str) -> Response:
        """Write a handover note: your own or, for the national team, any coordinator's."""
        row = self._row()
        note = self.sent(HandoverInput)["handover"]
        self.matched_part(HandoverSerializer(row).data)
        services.write_handover(by=request.user, membership=row, note=note)
        return self.tagged(HandoverSerializer(row).data)

    @extend_schema(request=NoInput, responses=MembershipSerializer, filters=False)
    @action(detail=True, methods=["post"], url_path="handover/put-away")
    def dismiss_handover(self, request: Request, group: str, pk: str) -> Response:
        """Dismiss the previous coordinator's note. It stays in the history."""
        row = self._row()
        self.sent(NoInput)

        def put_away() -> Membership:
            services.dismiss_handover(by=request.user, membership=row)
            return row

        return self.once(put_away, status=200)

    @extend_schema(parameters=[IF_MATCH_WELCOME], request=EndInput, responses=MembershipSerializer)
    @action(detail=True, methods=["post"])
    def end(self, request: Request, group: str, pk: str) -> Response:
        """End a membership on a given day. The person's record and contributions are kept."""
        row = self._row()
        given = self.sent(EndInput)

        def end() -> Membership:
            expected = self.matched(row, is_required=False)
            return services.end_membership(by=request.user, membership=row, expected=expected, **given)

        return self.once(end, status=200)
