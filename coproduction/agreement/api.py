"""What a version of a charter shows, rounds of agreement with where members stand, and members' own positions."""

from datetime import date
from operator import attrgetter
from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from coproduction.agreement import services
from coproduction.agreement.models import AgreementRound, Position, counted
from coproduction.charter.api import Linked, SectionTextSerializer
from coproduction.charter.models import Charter, CharterVersion
from coproduction.charter.reading.api import InOtherFormats
from coproduction.group.members import deciding_members, supports
from coproduction.group.models import Told
from impact.core.access.permissions import require
from impact.core.api.fields import Day, Input, NoInput, VisiblePk
from impact.core.api.schema import IF_MATCH_WELCOME
from impact.core.api.views import EditableViewSet
from impact.core.basics.states import StateConflict
from impact.core.basics.suppression import suppress
from impact.core.people.models import Person
from networks.groups.models import Group


def counts_of(path: str) -> dict[str, Any]:
    """Columns for positions: as they are, and as they were when the round closed, for readers of rounded numbers."""
    kinds = {"count": False, "closing": True}
    return {
        f"{kind}_{stance}": counted(stance, path, at_closing=at_closing)
        for kind, at_closing in kinds.items()
        for stance in Position.Stance.values
    }


class AgreementSerializer(serializers.Serializer):
    """Members' positions on one exact text, as figures. Null: withheld."""

    agree = serializers.IntegerField(allow_null=True)
    reservation = serializers.IntegerField(allow_null=True, help_text="Agree, with a reservation.")
    stand_aside = serializers.IntegerField(allow_null=True)
    object = serializers.IntegerField(allow_null=True)


class Counted(Linked):
    """A row with members' positions as figures, of which others than the group and its engagement lead see few."""

    path_to_charter = attrgetter("charter_id")  # from the row to the id of the charter that the figures belong to
    path_to_status = attrgetter("status")  # from the row to the status of its text
    agreement = serializers.SerializerMethodField(
        help_text="Positions that count: exact for members of the group and the engagement lead. All others read null "
        "while members are answering; afterwards what stood when the round closed, rounded to 5, and null where fewer "
        "than 5 could identify someone."
    )

    @extend_schema_field(AgreementSerializer())
    def get_agreement(self, row: Any) -> dict[str, int | None]:
        is_exact = self.path_to_charter(row) in self._named
        if not is_exact and self.path_to_status(row) == CharterVersion.Status.PROPOSED:
            return dict.fromkeys(Position.Stance.values)  # as on pages: see standing()
        kind = "count" if is_exact else "closing"
        counts = {stance: getattr(row, f"{kind}_{stance}") for stance in Position.Stance.values}
        return counts if is_exact else suppress(counts).cells

    @property
    def _named(self) -> frozenset[int]:
        """Charters whose exact figures the caller may see; asked once for all rows."""
        known: frozenset[int] | None = self.context.get("named_charters")
        if known is None:
            groups = Group.objects.permitted(self.context["request"].user, "coproduction.view_names")
            known = frozenset(Charter.objects.filter(group__in=groups).values_list("pk", flat=True))
            self.context["named_charters"] = known  # type: ignore[index]
        return known


class CharterVersionSerializer(InOtherFormats, Counted):
    charter = serializers.PrimaryKeyRelatedField(read_only=True)
    label = serializers.CharField(  # type: ignore[assignment]
        read_only=True, help_text="What pages call it: Version 2, Version 2.1 (a minor correction), Version 3, draft b."
    )
    sections = SectionTextSerializer(source="texts", many=True)
    stop_until = serializers.DateField(
        allow_null=True, read_only=True, help_text="The last day on which a member can stop this minor correction."
    )
    confirmed_on = serializers.DateField(
        allow_null=True, read_only=True, help_text="When every member had said that this minor correction is fine."
    )

    class Meta:
        model = CharterVersion
        fields = [
            "id",
            "charter",
            "number",
            "label",
            "status",
            "change_note",
            "text_hash",
            "proposed_on",
            "agreed_on",
            "corrects",
            "stop_until",
            "confirmed_on",
            "agreement",
            "sections",
            "easy_read",
            "audio",
            "url",
        ]
        extra_kwargs = {
            "text_hash": {"help_text": "SHA-256 of the exact text; empty for a draft."},
            "corrects": {"help_text": "Id of the text that this minor correction corrects; null: it is none."},
        }


class CharterVersionApiFilter(django_filters.FilterSet):
    """Filters of /api/v1/charter-versions/."""

    charter = django_filters.NumberFilter(field_name="charter_id", label="A charter's id")
    status = django_filters.ChoiceFilter(choices=CharterVersion.Status)

    class Meta:
        model = CharterVersion
        fields: list[str] = []


# --- Rounds --------------------------------------------------------------------------------------
class AgreementRoundSerializer(Counted):
    """Asking the members about one exact text, until a deadline."""

    path_to_charter = attrgetter("version.charter_id")
    path_to_status = attrgetter("version.status")
    charter = serializers.IntegerField(source="version.charter_id")
    charter_version = serializers.IntegerField(source="version_id", help_text="Id of the text.")
    number = serializers.IntegerField(source="version.number", help_text="The text's number.")
    label = serializers.CharField(  # type: ignore[assignment]
        source="version.label", help_text="What pages call the text: Version 2, Version 2.1 (a minor correction)."
    )
    status = serializers.ChoiceField(source="version.status", choices=CharterVersion.Status.choices)
    text_hash = serializers.CharField(source="version.text_hash", help_text="Send it with a position on this text.")
    change_note = serializers.CharField(source="version.change_note")

    class Meta:
        model = AgreementRound
        fields = [
            *("id", "charter", "charter_version", "number", "label", "status", "text_hash", "change_note"),
            *("opened_on", "closes_on", "closed_on", "agreement", "url"),
        ]


class AgreementApiFilter(django_filters.FilterSet):
    """Filters of /api/v1/agreements/."""

    charter = django_filters.NumberFilter(field_name="version__charter_id", label="A charter's id")
    is_open = django_filters.BooleanFilter(
        field_name="closed_on", lookup_expr="isnull", label="Whether members are being asked now"
    )

    class Meta:
        model = AgreementRound
        fields: list[str] = []


class ProposeInput(Input):
    charter_version = VisiblePk(queryset=CharterVersion.objects.all(), help_text="Id of the draft.")
    closes_on = Day(help_text="The last day to answer.")
    change_note = serializers.CharField(
        max_length=400, required=False, allow_blank=True, help_text="What changed, and why. Not for a first version."
    )


class ExtendRoundInput(Input):
    closes_on = Day(help_text="The new last day to answer.")


class WithdrawTextInput(Input):
    reason = serializers.CharField(max_length=400, help_text="Everyone who can read the text can read this.")


class AgreementViewSet(EditableViewSet):
    """Rounds in which members say where they stand on one exact text."""

    queryset = AgreementRound.objects.select_related("version__charter").annotate(**counts_of("round"))
    serializer_class = AgreementRoundSerializer
    filterset_class = AgreementApiFilter
    http_method_names = ["get", "head", "options", "post"]

    def version_of(self, row: Any) -> int | None:
        return int(row.row_version)

    def _row(self) -> AgreementRound:
        row: AgreementRound = self.get_object()
        require(self.request.user, "coproduction.edit_charter", row)
        return row

    @extend_schema(request=ProposeInput, responses={201: AgreementRoundSerializer})
    def create(self, request: Request) -> Response:
        """Put a draft to the members. Its words are fixed from then on, and every deciding member is told."""
        require(request.user, "coproduction.edit_charter")
        given = self.sent(ProposeInput)
        version = given.pop("charter_version")
        return self.once(lambda: services.propose_version(by=request.user, version=version, **given))

    @extend_schema(request=ExtendRoundInput, responses=AgreementRoundSerializer, parameters=[IF_MATCH_WELCOME])
    @action(detail=True, methods=["post"])
    def extend(self, request: Request, pk: str) -> Response:
        """Give members more time on the same text."""
        row = self._row()
        closes_on: date = self.sent(ExtendRoundInput)["closes_on"]

        def extend() -> AgreementRound:
            expected = self.matched(row, is_required=False)
            return services.extend_round(by=request.user, agreement=row, closes_on=closes_on, expected=expected)

        return self.once(extend, status=200)

    @extend_schema(request=NoInput, responses=AgreementRoundSerializer, parameters=[IF_MATCH_WELCOME])
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: str) -> Response:
        """Put the text in force, if the members agreed it."""
        row = self._row()
        self.sent(NoInput)

        def close() -> AgreementRound:
            expected = self.matched(row, is_required=False)
            services.agree_version(by=request.user, version=row.version, expected_round=expected)
            return row

        return self.once(close, status=200)

    @extend_schema(request=WithdrawTextInput, responses=AgreementRoundSerializer, parameters=[IF_MATCH_WELCOME])
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """Withdraw the text, with the reason. What members answered is kept."""
        row = self._row()
        reason = self.sent(WithdrawTextInput)["reason"]

        def withdraw() -> AgreementRound:
            expected = self.matched(row, is_required=False)
            services.withdraw_version(by=request.user, version=row.version, reason=reason, expected_round=expected)
            return row

        return self.once(withdraw, status=200)


# --- Positions -----------------------------------------------------------------------------------
class PositionSerializer(serializers.ModelSerializer):
    """Where one member stands on one text. For that member, the engagement lead, and a supporter who wrote it down."""

    agreement = serializers.IntegerField(source="round_id", help_text="Id of the round.")
    member = serializers.IntegerField(source="person_id", help_text="Id of the member's record.")
    name = serializers.CharField(source="person.name")
    is_in_force = serializers.SerializerMethodField(help_text="False: the member changed their mind later.")
    written_down_by = serializers.CharField(help_text="Who wrote it down. Empty: the member did.")

    class Meta:
        model = Position
        fields = [
            *("id", "agreement", "member", "name", "stance", "reason", "taken_on"),
            *("is_late", "is_in_force", "told", "written_down_by"),
        ]

    def get_is_in_force(self, position: Position) -> bool:
        return position.replaced_at is None


class PositionInput(Input):
    agreement = VisiblePk(queryset=AgreementRound.objects.all(), help_text="Id of the round.")
    text_hash = serializers.CharField(max_length=64, help_text="Of the text that was read.")
    stance = serializers.ChoiceField(choices=Position.Stance.choices)
    reason = serializers.CharField(
        max_length=2000, required=False, allow_blank=True, help_text="Needed unless they agree."
    )
    member = serializers.IntegerField(
        required=False, help_text="Id of the member's record, when you write it down for someone else."
    )
    told = serializers.ChoiceField(
        choices=Told.choices, required=False, help_text="How the member told you, when you write it down for them."
    )


class PositionApiFilter(django_filters.FilterSet):
    """Filters of /api/v1/positions/."""

    agreement = django_filters.NumberFilter(field_name="round_id", label="A round's id")
    is_in_force = django_filters.BooleanFilter(
        field_name="replaced_at", lookup_expr="isnull", label="Without those that were changed later"
    )

    class Meta:
        model = Position
        fields: list[str] = []


class PositionViewSet(EditableViewSet):
    """Positions on texts: a member's own; for the engagement lead those of everyone, each change kept."""

    queryset = Position.objects.select_related("person", "recorded_by__person")
    serializer_class = PositionSerializer
    filterset_class = PositionApiFilter
    http_method_names = ["get", "head", "options", "post"]

    @extend_schema(request=PositionInput, responses={201: PositionSerializer})
    def create(self, request: Request) -> Response:
        """Say where you stand on one exact text, or write down where a member stands. A change is a new position.

        An answer to a text that members are no longer asked about is a 409, which says where the newest one is.
        """
        given = self.sent(PositionInput)
        agreement: AgreementRound = given.pop("agreement")
        person = self._member(agreement, given.pop("member")) if "member" in given else None
        if person is None:
            require(request.user, "coproduction.take_position", agreement)

        def take() -> Position:
            try:
                return services.take_position(by=request.user, agreement=agreement, person=person, **given)
            except StateConflict as refusal:
                if refusal.state != "superseded" or refusal.current is None:
                    raise
                where = f"Over the API it is /api/v1/agreements/{refusal.current.pk}/."
                raise StateConflict([*refusal.messages, where], code=refusal.state) from refusal

        return self.once(take)

    def _member(self, agreement: AgreementRound, pk: int) -> Person:
        """The member for whom the caller writes; who is a member is said only to those who may write for them."""
        group = agreement.version.charter.group
        person = Person.objects.filter(pk=pk, pk__in=deciding_members(group).values("person")).first()
        is_own = person is not None and person.user_id == self.request.user.pk
        if person is None or not (is_own or supports(self.request.user, group, person, is_position=True)):
            require(self.request.user, "coproduction.record_for_member", agreement)
        if person is None:
            raise serializers.ValidationError({"member": "Choose a member of this group."})
        return person
