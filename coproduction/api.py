"""Read endpoints: charters, their versions, waypoints and involvements. Figures and words, never who said what."""

from typing import Any

import django_filters
from django.db.models import Count, Prefetch, Q, QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from coproduction.models import Charter, CharterVersion, Involvement, Position, SectionText, Waypoint
from impact.core.api.views import ReadOnlyViewSet, YearFilter
from impact.core.basics.suppression import suppress
from networks.groups.models import Group


class _Linked(serializers.ModelSerializer):
    """A row with the address of its page."""

    url = serializers.SerializerMethodField(help_text="The page for people.")

    @extend_schema_field(serializers.URLField())
    def get_url(self, row: Any) -> str:
        request = self.context.get("request")
        path = row.get_absolute_url()
        return request.build_absolute_uri(path) if request else path


class SectionTextSerializer(serializers.ModelSerializer):
    key = serializers.SlugField(source="section.key", help_text="Stays the same from version to version.")
    title = serializers.CharField(source="section.title")
    kind = serializers.ChoiceField(source="section.kind", choices=[("known", "Known"), ("open", "Open")])
    body = serializers.CharField(help_text="Markdown. Empty: left open for the group.")

    class Meta:
        model = SectionText
        fields = ["key", "title", "kind", "body"]


class AgreementSerializer(serializers.Serializer):
    """How members stood on one exact text, in figures. Null: withheld."""

    agree = serializers.IntegerField(allow_null=True)
    reservation = serializers.IntegerField(allow_null=True, help_text="Agree, with a reservation.")
    stand_aside = serializers.IntegerField(allow_null=True)
    object = serializers.IntegerField(allow_null=True)


class CharterVersionSerializer(_Linked):
    charter = serializers.PrimaryKeyRelatedField(read_only=True)
    sections = SectionTextSerializer(source="texts", many=True)
    agreement = serializers.SerializerMethodField(
        help_text="Positions in force on this text: exact for members of the group and the engagement lead; for all "
        "others rounded to 5, and null where fewer than 5 might point at somebody."
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
            "url",
        ]
        extra_kwargs = {"text_hash": {"help_text": "SHA-256 of the exact text; empty for a draft."}}

    @extend_schema_field(AgreementSerializer())
    def get_agreement(self, version: CharterVersion) -> dict[str, int | None]:
        counts = {stance: getattr(version, f"count_{stance}") for stance in Position.Stance.values}
        return dict(counts) if version.charter_id in self._named else suppress(counts).cells

    @property
    def _named(self) -> frozenset[int]:
        """Charters on which the caller sees who stands where, and so exact numbers; asked once for any number of rows."""
        known: frozenset[int] | None = self.context.get("named_charters")
        if known is None:
            groups = Group.objects.permitted(self.context["request"].user, "coproduction.view_names")
            known = frozenset(Charter.objects.filter(group__in=groups).values_list("pk", flat=True))
            self.context["named_charters"] = known
        return known


class CharterSerializer(_Linked):
    group = serializers.SlugRelatedField(slug_field="slug", read_only=True, help_text="Slug of the group.")
    version = serializers.SerializerMethodField(help_text="Number of the version in force; null before the first.")
    agreed_on = serializers.SerializerMethodField(help_text="Day on which that version was agreed.")
    sections = serializers.SerializerMethodField(help_text="The words in force, section by section.")

    class Meta:
        model = Charter
        fields = ["id", "group", "title", "version", "agreed_on", "sections", "is_illustrative", "url"]

    def _in_force(self, charter: Charter) -> CharterVersion | None:
        return next(iter(charter.in_force), None)  # type: ignore[attr-defined]

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_version(self, charter: Charter) -> int | None:
        version = self._in_force(charter)
        return version.number if version else None

    @extend_schema_field(serializers.DateField(allow_null=True))
    def get_agreed_on(self, charter: Charter) -> str | None:
        version = self._in_force(charter)
        return version.agreed_on.isoformat() if version and version.agreed_on else None

    @extend_schema_field(SectionTextSerializer(many=True))
    def get_sections(self, charter: Charter) -> list[dict[str, Any]]:
        version = self._in_force(charter)
        return list(SectionTextSerializer(version.texts.all(), many=True).data) if version else []


class WaypointSerializer(_Linked):
    charter = serializers.PrimaryKeyRelatedField(read_only=True)

    class Meta:
        model = Waypoint
        fields = ["id", "charter", "title", "due_on", "held_on", "where_we_are", "heading", "outcome", "url"]
        extra_kwargs = {
            "held_on": {"help_text": "Null until the group has stopped and looked."},
            "where_we_are": {"help_text": "Markdown."},
        }


class InvolvementSerializer(_Linked):
    group = serializers.SlugRelatedField(slug_field="slug", read_only=True, help_text="Slug of the group.")
    step = serializers.ChoiceField(
        choices=[("asked", "Asked"), ("said", "Members have spoken"), ("settled", "Settled")],
        help_text="How far it is.",
    )

    class Meta:
        model = Involvement
        fields = [
            "id",
            "group",
            "title",
            "step",
            "asked_by",
            "asked",
            "asked_on",
            "said",
            "said_on",
            "outcome",
            "changed",
            "changed_on",
            "is_good_practice",
            "is_illustrative",
            "url",
        ]


class CharterApiFilter(django_filters.FilterSet):
    """Filters of /api/v1/charters/."""

    group = django_filters.CharFilter(field_name="group__slug", label="A group's slug")

    class Meta:
        model = Charter
        fields: list[str] = []


class CharterVersionApiFilter(django_filters.FilterSet):
    """Filters of /api/v1/charter-versions/."""

    charter = django_filters.NumberFilter(field_name="charter_id", label="A charter's id")
    status = django_filters.ChoiceFilter(choices=CharterVersion.Status)

    class Meta:
        model = CharterVersion
        fields: list[str] = []


class WaypointApiFilter(django_filters.FilterSet):
    """Filters of /api/v1/waypoints/."""

    charter = django_filters.NumberFilter(field_name="charter_id", label="A charter's id")
    is_held = django_filters.BooleanFilter(
        field_name="held_on", lookup_expr="isnull", exclude=True, label="Held or not"
    )

    class Meta:
        model = Waypoint
        fields: list[str] = []


class InvolvementApiFilter(django_filters.FilterSet):
    """Filters of /api/v1/involvements/."""

    search = django_filters.CharFilter(method="by_search", label="Words in the title, ask, answer or change")
    group = django_filters.CharFilter(field_name="group__slug", label="A group's slug")
    outcome = django_filters.ChoiceFilter(choices=Involvement.Outcome)
    year = YearFilter(field_name="asked_on", lookup_expr="year", label="The year it was asked")
    is_good_practice = django_filters.BooleanFilter()

    class Meta:
        model = Involvement
        fields: list[str] = []

    def by_search(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.search(value)


_texts = Prefetch("texts", SectionText.objects.select_related("section").order_by("section__position"))


def _counting(stance: str) -> Count:
    in_force = Q(agreement_rounds__positions__replaced_at__isnull=True)
    return Count("agreement_rounds__positions", filter=in_force & Q(agreement_rounds__positions__stance=stance))


class CharterViewSet(ReadOnlyViewSet):
    """Charters with the words in force. A charter is seen by its group and by national readers."""

    queryset = Charter.objects.select_related("group").prefetch_related(
        Prefetch(
            "versions",
            CharterVersion.objects.filter(status=CharterVersion.Status.AGREED).prefetch_related(_texts),
            to_attr="in_force",
        )
    )
    serializer_class = CharterSerializer
    filterset_class = CharterApiFilter


class CharterVersionViewSet(ReadOnlyViewSet):
    """Every text put to the members, with the figures of its agreement. Drafts are for whoever writes them."""

    queryset = CharterVersion.objects.annotate(
        **{f"count_{stance}": _counting(stance) for stance in Position.Stance.values}
    ).prefetch_related(_texts)
    serializer_class = CharterVersionSerializer
    filterset_class = CharterVersionApiFilter


class WaypointViewSet(ReadOnlyViewSet):
    """Stops on the way: where the group found itself and what that led to."""

    queryset = Waypoint.objects.all()
    serializer_class = WaypointSerializer
    filterset_class = WaypointApiFilter


class InvolvementViewSet(ReadOnlyViewSet):
    """What members were asked, what they said, what changed."""

    queryset = Involvement.objects.select_related("group")
    serializer_class = InvolvementSerializer
    filterset_class = InvolvementApiFilter


ENDPOINTS: list[tuple] = [
    ("charters", CharterViewSet, "charter"),
    ("charter-versions", CharterVersionViewSet, "charter-version"),
    ("waypoints", WaypointViewSet, "waypoint"),
    ("involvements", InvolvementViewSet, "involvement"),
]
