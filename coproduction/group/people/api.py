"""Endpoints about members: what they want to bring, their terms of office, and who supports whom."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from coproduction.group.models import SupportLink
from coproduction.group.people import services
from coproduction.group.people.models import Strengths, Term, memberships_for
from impact.core.access.permissions import has_perm, require
from impact.core.api.fields import Day, Input, NoInput, VisibleSlug
from impact.core.api.views import EditableViewSet
from impact.core.people.models import Person
from networks.groups.models import Group, Membership


class StrengthsSerializer(serializers.ModelSerializer):
    group = serializers.SlugRelatedField(slug_field="slug", read_only=True, help_text="Short name of the group.")
    written_down_by = serializers.CharField(help_text="Who wrote it down for you; empty: you did.")

    class Meta:
        model = Strengths
        fields = ["id", "group", "words", "written_on", "told", "written_down_by", "version"]


class StrengthsInput(Input):
    group = VisibleSlug(queryset=Group.objects.filter(charter__isnull=False), help_text="Short name of the group.")
    words = serializers.CharField(max_length=2000, help_text="In your own words.")


class StrengthsChange(Input):
    words = serializers.CharField(max_length=2000, allow_blank=True, help_text="Empty: you take it back.")


class StrengthsViewSet(EditableViewSet):
    """What you want to bring to your groups, in your own words. Only your own."""

    queryset = Strengths.objects.select_related("group", "person", "recorded_by__person")
    serializer_class = StrengthsSerializer

    def get_queryset(self) -> QuerySet:
        return super().get_queryset().filter(person__user_id=self.request.user.pk)

    @extend_schema(request=StrengthsInput, responses={201: StrengthsSerializer})
    def create(self, request: Request) -> Response:
        """Write it down for the first time."""
        if not Group.objects.permitted(request.user, "coproduction.write_strengths").exists():
            raise PermissionDenied
        given = self.sent(StrengthsInput)
        require(request.user, "coproduction.write_strengths", given["group"])
        return self.once(lambda: services.write_strengths(by=request.user, expected=0, **given))

    @extend_schema(request=StrengthsChange, responses=StrengthsSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change your words."""
        row = self.get_object()
        given = self.sent(StrengthsChange)
        services.write_strengths(by=request.user, group=row.group, expected=self.matched(row), **given)
        return self.shown(row)


# --- Terms of office -----------------------------------------------------------------------------
class TermSerializer(serializers.ModelSerializer):
    """A member's term of office. A reappointment is a term of its own."""

    group = serializers.SlugField(source="membership.group.slug", help_text="Short name of the group.")
    member = serializers.IntegerField(source="membership.person_id", help_text="Id of the member's record.")
    name = serializers.CharField(source="membership.person.name")

    class Meta:
        model = Term
        fields = ["id", "group", "membership", "member", "name", "starts_on", "ends_on", "version"]


class TermApiFilter(django_filters.FilterSet):
    """Filters of /api/v1/terms/."""

    group = django_filters.CharFilter(field_name="membership__group__slug", label="A group's slug")
    member = django_filters.NumberFilter(field_name="membership__person_id", label="Id of a member's record")

    class Meta:
        model = Term
        fields: list[str] = []


class TermInput(Input):
    membership = serializers.IntegerField(min_value=1, help_text="Id of the membership.")
    starts_on = Day(required=False, help_text="Left out: the day after the last term, or the member's first day.")
    ends_on = Day(help_text="The last day.")


class TermChange(Input):
    starts_on = Day()
    ends_on = Day()


class TermViewSet(EditableViewSet):
    """Terms of office, for the group and for those who know its members. The engagement lead writes them."""

    queryset = Term.objects.select_related("membership__group", "membership__person")
    serializer_class = TermSerializer
    filterset_class = TermApiFilter
    http_method_names = ["get", "head", "options", "post", "patch", "delete"]

    def _row(self) -> Term:
        row: Term = self.get_object()
        require(self.request.user, "coproduction.edit_members", row)
        return row

    @extend_schema(request=TermInput, responses={201: TermSerializer})
    def create(self, request: Request) -> Response:
        """Appoint a member for a term, or for another one after the last."""
        require(request.user, "coproduction.edit_members")
        given = self.sent(TermInput)
        membership = memberships_for(request.user).filter(pk=given.pop("membership")).first()
        if membership is None:
            raise serializers.ValidationError({"membership": "Choose a membership of a group with a charter."})
        return self.once(lambda: services.appoint_for_term(by=request.user, membership=membership, **given))

    @extend_schema(request=TermChange, responses=TermSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Correct the days of a term."""
        row = self._row()
        now = {"starts_on": row.starts_on, "ends_on": row.ends_on}
        given = now | self.sent(TermChange, partial=True)
        services.update_term(by=request.user, term=row, expected=self.matched(row), **given)
        return self.shown(row)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Remove a term that was recorded by mistake."""
        row = self._row()
        services.remove_term(by=request.user, term=row, expected=self.matched(row))
        return Response(status=204)


# --- Supporters ----------------------------------------------------------------------------------
class SupportLinkSerializer(serializers.ModelSerializer):
    """A supporter who may write things down for a member of a group."""

    group = serializers.SlugRelatedField(slug_field="slug", read_only=True, help_text="Short name of the group.")
    member_name = serializers.CharField(source="member.name")
    supporter_name = serializers.CharField(source="supporter.name")

    class Meta:
        model = SupportLink
        fields = ["id", "group", "member", "member_name", "supporter", "supporter_name", "starts_on", "ends_on"]
        extra_kwargs = {"ends_on": {"help_text": "Null: in force."}}


class SupportLinkApiFilter(django_filters.FilterSet):
    """Filters of /api/v1/support-links/."""

    group = django_filters.CharFilter(field_name="group__slug", label="A group's slug")
    is_in_force = django_filters.BooleanFilter(
        field_name="ends_on", lookup_expr="isnull", label="Without those that have ended"
    )

    class Meta:
        model = SupportLink
        fields: list[str] = []


class SupportLinkInput(Input):
    group = VisibleSlug(queryset=Group.objects.filter(charter__isnull=False), help_text="Short name of the group.")
    supporter = serializers.IntegerField(min_value=1, help_text="Id of a person who belongs to the group.")
    member = serializers.IntegerField(
        min_value=1, required=False, help_text="Id of the member who wants support. Left out: yourself."
    )


class SupportLinkViewSet(EditableViewSet):
    """Who writes things down for whom: for the two people whom it is about, and for the engagement lead."""

    queryset = SupportLink.objects.select_related("group", "member", "supporter")
    serializer_class = SupportLinkSerializer
    filterset_class = SupportLinkApiFilter
    http_method_names = ["get", "head", "options", "post"]

    @extend_schema(request=SupportLinkInput, responses={201: SupportLinkSerializer})
    def create(self, request: Request) -> Response:
        """Name a supporter: the member themselves, or the engagement lead when the member has asked for it."""
        is_lead = has_perm(request.user, "coproduction.edit_members")
        if not is_lead and not memberships_for(request.user).filter(person__user_id=request.user.pk).exists():
            raise PermissionDenied
        given = self.sent(SupportLinkInput)
        group, member = given["group"], given.get("member")
        supporter = self._in_group(group, given["supporter"], "supporter")
        who: dict[str, Any] = {"group": group, "supporter": supporter}
        if member is not None:
            who["member"] = self._in_group(group, member, "member")
        return self.once(lambda: services.name_supporter(by=request.user, **who))

    def _in_group(self, group: Group, pk: int, field: str) -> Person:
        found = Person.objects.filter(
            pk__in=Membership.objects.current().filter(group=group, person=pk).values("person")
        )
        if not found:
            raise serializers.ValidationError({field: "Choose someone who belongs to the group."})
        return found[0]

    @extend_schema(request=NoInput, responses=SupportLinkSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def end(self, request: Request, pk: str) -> Response:
        """End it from now on: the member, the supporter or the engagement lead. What was written down stays."""
        row: SupportLink = self.get_object()
        self.sent(NoInput)
        return self.once(lambda: services.end_support(by=request.user, link=row), status=200)
