"""The caller's own record over the API: who they are, what they need, and how much is held about them."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.api.fields import ModelInput
from impact.core.api.views import ApiViewSet, Writes
from impact.core.people import lookup, needs
from impact.core.people.models import Person, User
from impact.core.people.rights.holdings.reading import held_about, subject_of
from impact.core.people.services import own_person, update_person


class PlaceSerializer(serializers.Serializer):
    """Where the caller belongs."""

    name = serializers.CharField()
    role = serializers.CharField()
    when = serializers.CharField(help_text="From when to when, in words.")
    is_current = serializers.BooleanField()
    url = serializers.CharField(help_text="Its page on the site.")


class HeldSerializer(serializers.Serializer):
    """How much is held under one heading of “What is held about you”."""

    part = serializers.CharField()
    heading = serializers.CharField()
    rows = serializers.IntegerField()


class MeSerializer(serializers.ModelSerializer):
    """The caller's own record."""

    sign_in_email = serializers.EmailField(source="user.email")
    roles = serializers.SerializerMethodField(help_text="Roles that hold everywhere.")
    groups = serializers.SerializerMethodField()
    held = serializers.SerializerMethodField(help_text="How many rows are held about you, by heading.")

    class Meta:
        model = Person
        fields = [
            *("id", "name", "email", "sign_in_email", "nation", *needs.NEEDS, "needs_recorded_on"),
            *("roles", "groups", "held", "version"),
        ]
        extra_kwargs = {"needs_recorded_on": {"help_text": "Null when the needs are in the person’s own words."}}

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_roles(self, person: Person) -> list[str]:
        return sorted(person.user.global_roles) if person.user else []

    @extend_schema_field(PlaceSerializer(many=True))
    def get_groups(self, person: Person) -> list[dict[str, Any]]:
        request = self.context["request"]
        places = [place for find in lookup.PLACES.values() for place in find(person, request.user)]
        rows = [
            {
                "name": place.name,
                "role": place.role,
                "when": place.when,
                "is_current": place.is_current,
                "url": request.build_absolute_uri(place.href),
            }
            for place in places
        ]
        return list(PlaceSerializer(rows, many=True).data)

    @extend_schema_field(HeldSerializer(many=True))
    def get_held(self, person: Person) -> list[dict[str, Any]]:
        return [
            {"part": table.part.value, "heading": table.heading, "rows": table.total}
            for table in held_about(subject_of(person), limit=0)
        ]


class NeedsInput(ModelInput):
    """What the caller needs in order to take part."""

    class Meta:
        model = Person
        fields = list(needs.NEEDS)


class MeViewSet(Writes, ApiViewSet):
    """You: who you are here, what you need, and how much is held about you."""

    queryset: QuerySet = Person.objects.select_related("user")
    serializer_class = MeSerializer
    http_method_names = ["get", "head", "options", "patch"]

    def get_queryset(self) -> QuerySet:
        """One's own record alone."""
        rows = Person.objects.select_related("user")
        if getattr(self, "swagger_fake_view", False):
            return rows.none()
        return rows.filter(user_id=self.request.user.pk)

    def _own(self) -> Person:
        user = self.request.user
        assert isinstance(user, User)  # noqa: S101  the permission class has sent others away
        return own_person(by=user)

    @extend_schema(responses=MeSerializer)
    def retrieve(self, request: Request) -> Response:
        """Who you are, your roles and groups, what you need, and how much is held about you."""
        return self.shown(self._own())

    @extend_schema(request=NeedsInput, responses=MeSerializer)
    def partial_update(self, request: Request) -> Response:
        """Change what you need in order to take part."""
        person = self._own()
        given = self.sent(NeedsInput, partial=True)
        update_person(by=request.user, person=person, expected=self.matched(person), **given)
        return self.shown(person)


ROUTE = ("me/", MeViewSet.as_view({"get": "retrieve", "patch": "partial_update"}), "me")
