"""Involvements: read by the group and national readers, written by the engagement lead, with members' own part."""

from typing import Any

import django_filters
from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from coproduction.charter.api import Linked
from coproduction.group.members import deciding_members, groups_named_to
from coproduction.group.models import Told
from coproduction.involvements import services
from coproduction.involvements.forms import SETTLED
from coproduction.involvements.models import Involvement, Workstream
from coproduction.involvements.taking_part import services as part_services
from coproduction.involvements.taking_part.models import Participation
from coproduction.involvements.taking_part.pages import counts_of
from impact.core.access.permissions import has_perm, require
from impact.core.api.fields import Day, Input, ModelInput, Several, VisibleSlug
from impact.core.api.schema import IF_MATCH_WELCOME
from impact.core.api.views import EditableViewSet, YearFilter
from impact.core.basics import clock
from impact.core.people.models import Person
from impact.core.web.forms import Searching
from networks.groups.models import Group
from sites.organisations.models import Organisation
from sites.progress.evidence.api import EvidenceLink
from sites.progress.evidence.models import EvidenceItem
from sites.registry.models import Site
from sites.registry.serializers import OrganisationLink, SiteLink

MOST = 100  # items or members that one write names


class InvolvementMembersSerializer(serializers.Serializer):
    """How many members take part. Null: too few to say, for readers outside the group."""

    invited = serializers.IntegerField(allow_null=True, min_value=0)
    accepted = serializers.IntegerField(allow_null=True, min_value=0)
    declined = serializers.IntegerField(allow_null=True, min_value=0)
    took_part = serializers.IntegerField(allow_null=True, min_value=0)


class InvolvementSerializer(Linked):
    group = serializers.SlugRelatedField(slug_field="slug", read_only=True, help_text="Slug of the group.")
    step = serializers.ChoiceField(
        choices=[("asked", "Asked"), ("said", "Members have responded"), ("settled", "Settled")],
        help_text="Which step it has reached.",
    )
    asker = serializers.CharField(help_text="Who asked: the site, workstream, organisation or words.")
    site = serializers.SerializerMethodField(help_text="The site that asked, as far as you may see it.")
    organisation = serializers.SerializerMethodField(help_text="The body that asked, as far as you may see it.")
    is_overdue = serializers.SerializerMethodField(help_text="Whether members have waited too long for an answer.")
    evidence = EvidenceLink(many=True, source="evidence_seen", help_text="Items that show the change, as you see them.")
    members = serializers.SerializerMethodField(help_text="How many were invited, said yes or no, and took part.")
    withheld = ("public_summary",)

    class Meta:
        model = Involvement
        fields = [
            *("id", "group", "title", "step", "asker", "site", "workstream", "organisation", "asked_by", "asked"),
            *("purpose", "asked_on", "wanted_by", "time_needed", "payment", "members", "said", "said_on"),
            *("is_overdue", "outcome", "changed", "changed_on", "evidence", "evidence_link", "is_good_practice"),
            *("is_development", "public_summary", "public_on", "is_illustrative", "url"),
        ]

    @extend_schema_field(SiteLink(allow_null=True))
    def get_site(self, row: Involvement) -> Any:
        return SiteLink(row.site).data if row.site and row.site_id in self.context["sites"] else None

    @extend_schema_field(OrganisationLink(allow_null=True))
    def get_organisation(self, row: Involvement) -> Any:
        is_seen = row.organisation and row.organisation_id in self.context["organisations"]
        return OrganisationLink(row.organisation).data if is_seen else None

    @extend_schema_field(serializers.BooleanField())
    def get_is_overdue(self, row: Involvement) -> bool:
        return row.is_overdue(clock.today())

    @extend_schema_field(InvolvementMembersSerializer())
    def get_members(self, row: Involvement) -> dict[str, int | None]:
        parts = list(row.participations.all())
        return counts_of(parts, is_exact=row.group_id in self.context["named"])

    def to_representation(self, row: Involvement) -> Any:
        data = super().to_representation(row)
        if row.public_on is None and not self.context["may_edit"]:
            data["public_summary"] = ""  # a draft until it is approved
        return data


class InvolvementApiFilter(Searching):
    """Filters of /api/v1/involvements/."""

    search = django_filters.CharFilter(method="by_search", label="Words in the title, ask, answer or change")
    group = django_filters.CharFilter(field_name="group__slug", label="A group's slug")
    outcome = django_filters.ChoiceFilter(choices=Involvement.Outcome)
    site = django_filters.CharFilter(method="by_site", label="A site's slug")
    workstream = django_filters.ChoiceFilter(choices=Workstream)
    overdue = django_filters.BooleanFilter(method="by_overdue", label="Members have waited too long for an answer")
    year = YearFilter(field_name="asked_on", lookup_expr="year", label="The year it was asked")
    is_good_practice = django_filters.BooleanFilter()
    is_development = django_filters.BooleanFilter()

    class Meta:
        model = Involvement
        fields: list[str] = []

    def by_site(self, queryset: Any, name: str, value: str) -> QuerySet:
        return queryset.filter(site__in=Site.objects.visible_to(self.request.user).filter(slug=value))

    def by_overdue(self, queryset: Any, name: str, value: bool) -> QuerySet:
        late = Involvement.objects.overdue().order_by().values("pk")
        return queryset.filter(pk__in=late) if value else queryset.exclude(pk__in=late)


ASKED = [
    *("title", "site", "workstream", "organisation", "asked_by", "asked", "purpose", "asked_on", "wanted_by"),
    *("time_needed", "payment"),
]


class AskedInput(ModelInput):
    site = VisibleSlug(queryset=Site.objects.all(), required=False, allow_null=True, help_text="The slug of a site.")
    organisation = VisibleSlug(
        queryset=Organisation.objects.all(), required=False, allow_null=True, help_text="The slug of an organisation."
    )

    class Meta:
        model = Involvement
        fields = ASKED


class InvolvementInput(AskedInput):
    group = VisibleSlug(queryset=Group.objects.all(), help_text="Slug of the group that is asked.")

    class Meta:
        model = Involvement
        fields = ["group", *ASKED]


class InvolvementChange(AskedInput):
    evidence = VisibleSlug(
        queryset=EvidenceItem.objects.all(), many=True, required=False, max_length=MOST, help_text="Slugs of all items."
    )

    class Meta:
        model = Involvement
        fields = [*ASKED, "said", "said_on", "changed", "changed_on", "evidence", "evidence_link"]


class SaidInput(Input):
    said = serializers.CharField(max_length=4000, help_text="What members said together. No names.")
    said_on = Day()


class ChangedInput(Input):
    outcome = serializers.ChoiceField(choices=SETTLED)
    changed = serializers.CharField(max_length=4000, help_text="What changed, or why nothing did.")
    changed_on = Day()
    evidence = VisibleSlug(
        queryset=EvidenceItem.objects.all(), many=True, required=False, max_length=MOST, help_text="Slugs of items."
    )
    evidence_link = serializers.URLField(max_length=400, required=False)


class TagsInput(Input):
    is_good_practice = serializers.BooleanField(required=False)
    is_development = serializers.BooleanField(required=False)


class InviteInput(Input):
    people = Several(child=serializers.IntegerField(min_value=1), max_length=MOST, help_text="Ids of members.")


class _ForMember(Input):
    person = serializers.IntegerField(
        min_value=1, required=False, help_text="The id of a member who told you. Left out: yourself."
    )
    told = serializers.ChoiceField(choices=Told.choices, required=False, help_text="How that member told you.")


class ReplyInput(_ForMember):
    accepts = serializers.BooleanField()


class WordsInput(_ForMember):
    words = serializers.CharField(max_length=4000, help_text="What the member thinks, in their own words.")


class InvolvementViewSet(EditableViewSet):
    """What members were asked, who took part, what they said, what changed."""

    queryset = Involvement.objects.with_asker()
    parts = (
        "evidence",
        "participations",
    )
    serializer_class = InvolvementSerializer
    filterset_class = InvolvementApiFilter
    http_method_names = ["get", "head", "options", "post", "patch"]

    def get_queryset(self) -> QuerySet:
        user = self.request.user if self.request else None
        seen = EvidenceItem.objects.visible_to(user) if user else EvidenceItem.objects.none()
        parts = Prefetch("participations", Participation.objects.order_by("pk"))
        return super().get_queryset().prefetch_related(Prefetch("evidence", seen, to_attr="evidence_seen"), parts)

    def get_serializer_context(self) -> dict[str, Any]:
        """With what the caller may see of other apps' rows, read once for a list."""
        context = super().get_serializer_context()
        user = self.request.user if self.request else None
        if user is None or not user.is_authenticated:
            return {**context, "named": set(), "sites": set(), "organisations": set(), "may_edit": False}
        asked = Involvement.objects.filter(site__isnull=False).order_by().values("site")
        bodies = Involvement.objects.filter(organisation__isnull=False).order_by().values("organisation")
        return {
            **context,
            "named": set(groups_named_to(user).values_list("pk", flat=True)),
            "sites": set(Site.objects.visible_to(user).filter(pk__in=asked).values_list("pk", flat=True)),
            "organisations": set(
                Organisation.objects.visible_to(user).filter(pk__in=bodies).values_list("pk", flat=True)
            ),
            "may_edit": has_perm(user, "coproduction.edit_involvement"),
        }

    def _row(self) -> Involvement:
        row: Involvement = self.get_object()
        require(self.request.user, "coproduction.edit_involvement", row)
        return row

    def _people(self, row: Involvement, numbers: list[int]) -> list[Person]:
        """Members of the group today by their ids; an error where there is no such member."""
        found = deciding_members(row.group).filter(person__in=numbers).select_related("person")
        people = {membership.person_id: membership.person for membership in found}
        if len(people) < len(set(numbers)):
            raise serializers.ValidationError({"person": "There is no member of this group with this id today."})
        return list(people.values())

    @extend_schema(request=InvolvementInput, responses={201: InvolvementSerializer})
    def create(self, request: Request) -> Response:
        """Record that members were asked: by a site, a workstream, an organisation, or in words."""
        require(request.user, "coproduction.edit_involvement")
        given = self.sent(InvolvementInput)
        return self.once(lambda: services.add_involvement(by=request.user, **given))

    @extend_schema(request=InvolvementChange, responses=InvolvementSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Correct the record. What was said and what changed are first recorded by ``said`` and ``change``."""
        row = self._row()
        given = self.sent(InvolvementChange, partial=True)
        services.update_involvement(by=request.user, involvement=row, expected=self.matched(row), **given)
        return self.shown(row)

    def _done(self, row: Involvement, service: Any, given: dict[str, Any]) -> Response:
        def effect() -> Involvement:
            expected = self.matched(row, is_required=False)
            service(by=self.request.user, involvement=row, expected=expected, **given)
            return row

        return self.once(effect, status=200)

    @extend_schema(parameters=[IF_MATCH_WELCOME], request=SaidInput, responses=InvolvementSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def said(self, request: Request, pk: str) -> Response:
        """Record what members said together, and when."""
        row = self._row()
        return self._done(row, services.record_said, self.sent(SaidInput))

    @extend_schema(parameters=[IF_MATCH_WELCOME], request=ChangedInput, responses=InvolvementSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def change(self, request: Request, pk: str) -> Response:
        """Record what changed, or why nothing did. It is settled then, once."""
        row = self._row()
        return self._done(row, services.record_change, self.sent(ChangedInput))

    @extend_schema(parameters=[IF_MATCH_WELCOME], request=TagsInput, responses=InvolvementSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def tags(self, request: Request, pk: str) -> Response:
        """Mark or unmark it as good practice or as an area for development, for the annual report."""
        row = self._row()
        given = self.sent(TagsInput)
        self.matched(row, is_required=False)

        def effect() -> Involvement:
            if "is_good_practice" in given:
                services.mark_good_practice(
                    by=request.user, involvement=row, is_good_practice=given["is_good_practice"]
                )
            if "is_development" in given:
                services.mark_development(by=request.user, involvement=row, is_development=given["is_development"])
            return row

        return self.once(effect, status=200)

    @extend_schema(request=InviteInput, responses=InvolvementSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def invite(self, request: Request, pk: str) -> Response:
        """Invite members. Those who were invited before are left alone."""
        row = self._row()
        people = self._people(row, self.sent(InviteInput)["people"])
        return self.once(
            lambda: part_services.invite_members(by=request.user, involvement=row, people=people), status=200
        )

    def _own(self, row: Involvement, service: Any, given: dict[str, Any]) -> Response:
        number = given.pop("person", None)
        if number is not None:
            given["person"] = self._people(row, [number])[0]

        def effect() -> Involvement:
            service(by=self.request.user, involvement=row, **given)
            return row

        return self.once(effect, status=200)

    @extend_schema(request=ReplyInput, responses=InvolvementSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def reply(self, request: Request, pk: str) -> Response:
        """Say yes or no to an invitation, for yourself or for a member who told you."""
        row = self.get_object()
        require(request.user, "coproduction.take_part", row)
        return self._own(row, part_services.answer_invitation, self.sent(ReplyInput))

    @extend_schema(request=WordsInput, responses=InvolvementSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def words(self, request: Request, pk: str) -> Response:
        """Say what you think, or write down what a member told you."""
        row = self.get_object()
        require(request.user, "coproduction.take_part", row)
        return self._own(row, part_services.say_words, self.sent(WordsInput))
