"""Read endpoints: versions of a charter, with where members stand."""

import django_filters
from django.db.models import Count, Q
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from coproduction.agreement.models import Position
from coproduction.charter.api import Linked, SectionTextSerializer, section_texts
from coproduction.charter.models import Charter, CharterVersion
from coproduction.charter.reading.api import Compares, InOtherFormats
from impact.core.api.views import ReadOnlyViewSet
from impact.core.basics.suppression import suppress
from networks.groups.models import Group


class AgreementSerializer(serializers.Serializer):
    """Members' positions on one exact text, as figures. Null: withheld."""

    agree = serializers.IntegerField(allow_null=True)
    reservation = serializers.IntegerField(allow_null=True, help_text="Agree, with a reservation.")
    stand_aside = serializers.IntegerField(allow_null=True)
    object = serializers.IntegerField(allow_null=True)


class CharterVersionSerializer(InOtherFormats, Linked):
    charter = serializers.PrimaryKeyRelatedField(read_only=True)
    sections = SectionTextSerializer(source="texts", many=True)
    agreement = serializers.SerializerMethodField(
        help_text="Positions in force on this text: exact for members of the group and the engagement lead; for all "
        "others rounded to 5, and null where fewer than 5 could identify someone."
    )

    class Meta:
        model = CharterVersion
        fields = [
            "id",
            "charter",
            "number",
            "status",
            "change_note",
            "text_hash",
            "proposed_on",
            "agreed_on",
            "agreement",
            "sections",
            "easy_read",
            "audio",
            "url",
        ]
        extra_kwargs = {"text_hash": {"help_text": "SHA-256 of the exact text; empty for a draft."}}

    @extend_schema_field(AgreementSerializer())
    def get_agreement(self, version: CharterVersion) -> dict[str, int | None]:
        counts = {stance: getattr(version, f"count_{stance}") for stance in Position.Stance.values}
        return dict(counts) if version.charter_id in self._named else suppress(counts).cells

    @property
    def _named(self) -> frozenset[int]:
        """Charters whose exact figures the caller may see, named positions included; asked once for all rows."""
        known: frozenset[int] | None = self.context.get("named_charters")
        if known is None:
            groups = Group.objects.permitted(self.context["request"].user, "coproduction.view_names")
            known = frozenset(Charter.objects.filter(group__in=groups).values_list("pk", flat=True))
            self.context["named_charters"] = known  # type: ignore[index]
        return known


class CharterVersionApiFilter(django_filters.FilterSet):
    """Filters of /api/v1/charter-versions/."""

    charter = django_filters.NumberFilter(field_name="charter_id", label="A charter's id")
    status = django_filters.ChoiceFilter(choices=CharterVersion.Status)

    class Meta:
        model = CharterVersion
        fields: list[str] = []


def _counting(stance: str) -> Count:
    in_force = Q(agreement_rounds__positions__replaced_at__isnull=True)
    return Count("agreement_rounds__positions", filter=in_force & Q(agreement_rounds__positions__stance=stance))


class CharterVersionViewSet(Compares, ReadOnlyViewSet):
    """Every text put to the members, with the figures of its agreement. Drafts are for their writers."""

    queryset = CharterVersion.objects.annotate(
        **{f"count_{stance}": _counting(stance) for stance in Position.Stance.values}
    ).prefetch_related(section_texts)
    serializer_class = CharterVersionSerializer
    filterset_class = CharterVersionApiFilter
