"""Posts at sites, and their supervision: read inside the site; supervision is written by national staff."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.access.permissions import has_perm, require
from impact.core.api.fields import Day, Input, ModelInput, NoInput, VisibleSlug
from impact.core.api.views import EditableViewSet
from impact.core.basics import clock
from impact.core.people.models import Person
from sites.organisations.models import Organisation
from sites.registry import services as posts
from sites.registry.caseload import services
from sites.registry.caseload.filters import PostApiFilter, SupervisionApiFilter
from sites.registry.caseload.models import Supervision
from sites.registry.caseload.queries import overdue_in_words, posts_for
from sites.registry.models import Site, SiteRole
from sites.registry.serializers import OfSiteViewSet, OrganisationLink, PageUrl, SiteLink, page_url


class PostSerializer(serializers.ModelSerializer):
    site = SiteLink(help_text="Where the post is.")
    person = serializers.CharField(
        source="person.name", default=None, allow_null=True, read_only=True, help_text="Who is in it. Null: no one yet."
    )
    employer = OrganisationLink(allow_null=True, help_text="Who employs them.")
    last_supervision = serializers.DateField(source="last_held", allow_null=True, help_text="When it was last held.")
    next_supervision = serializers.DateField(
        source="next_planned", allow_null=True, help_text="The first planned day that is not recorded as held."
    )
    overdue = serializers.SerializerMethodField(help_text="Why supervision is overdue. Empty: it is not.")

    class Meta:
        model = SiteRole
        fields = [
            *("id", "site", "kind", "state", "person", "employer", "starts_on", "ends_on"),
            *("last_supervision", "next_supervision", "overdue"),
        ]

    @extend_schema_field(serializers.CharField())
    def get_overdue(self, post: SiteRole) -> str:
        return overdue_in_words(post, clock.today())


class PostInput(ModelInput):
    site = VisibleSlug(queryset=Site.objects.all(), help_text="A site's slug.")
    employer = VisibleSlug(
        queryset=Organisation.objects.all(), required=False, allow_null=True, help_text="An organisation's slug."
    )

    class Meta:
        model = SiteRole
        fields = ["site", "kind", "employer"]


class PostAppointInput(Input):
    email = serializers.EmailField(help_text="Of the account of the person.")
    starts_on = Day()
    has_lived_experience = serializers.BooleanField(required=False, default=False)
    has_practice_experience = serializers.BooleanField(required=False, default=False)


class EndPostInput(Input):
    ends_on = Day()


class PostViewSet(EditableViewSet):
    """Coaches, facilitators and leads of sites, for those who may see inside the site. Ended posts too. Staff fill them."""

    http_method_names = ["get", "head", "options", "post"]
    queryset = SiteRole.objects.select_related("site", "person", "employer")
    serializer_class = PostSerializer
    filterset_class = PostApiFilter

    def get_queryset(self) -> QuerySet:
        if getattr(self, "swagger_fake_view", False):
            return SiteRole.objects.none()
        return posts_for(self.request.user).select_related("site", "person", "employer")

    def _row(self) -> SiteRole:
        row: SiteRole = self.get_object()
        require(self.request.user, "sites.appoint_to_role", row.site)
        return row

    @extend_schema(request=PostInput, responses={201: PostSerializer})
    def create(self, request: Request) -> Response:
        """Plan a post at a site; advertising and appointing come next."""
        require(request.user, "sites.appoint_to_role")
        given = self.sent(PostInput)
        return self.once(lambda: posts.add_role(by=request.user, **given))

    @extend_schema(request=NoInput, responses=PostSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def advertise(self, request: Request, pk: str) -> Response:
        """Record that a planned post is now advertised."""
        row = self._row()
        self.sent(NoInput)
        return self.once(lambda: posts.advertise_role(by=request.user, role=row), status=200)

    @extend_schema(request=PostAppointInput, responses=PostSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def appoint(self, request: Request, pk: str) -> Response:
        """Put a person into a post. From that day on they may see and edit the site."""
        row = self._row()
        given = self.sent(PostAppointInput)
        person = Person.objects.filter(user__email__iexact=given.pop("email"), user__is_active=True).first()
        if person is None:
            raise ValidationError({"email": "No one has an account with this address."})
        return self.once(lambda: posts.appoint_to_role(by=request.user, role=row, person=person, **given), status=200)

    @extend_schema(request=EndPostInput, responses=PostSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def end(self, request: Request, pk: str) -> Response:
        """Record someone's last day in a post. After it they no longer see the site's inside."""
        row = self._row()
        given = self.sent(EndPostInput)
        return self.once(lambda: posts.end_role(by=request.user, role=row, **given), status=200)


class SupervisionSerializer(serializers.ModelSerializer):
    post = serializers.PrimaryKeyRelatedField(source="role", read_only=True, help_text="Id of the post.")
    site = SiteLink(source="role.site", read_only=True)
    supervisor = serializers.CharField(
        source="supervisor.display_name", default="", read_only=True, help_text="Who recorded it."
    )
    note = serializers.SerializerMethodField(help_text="Null for those who may not supervise.")
    url = PageUrl()
    get_url = page_url

    class Meta:
        model = Supervision
        fields = ["id", "post", "site", "on", "is_held", "supervisor", "note", "version", "url"]

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_note(self, row: Supervision) -> str | None:
        if "may_read_notes" not in self.context:
            self.context["may_read_notes"] = has_perm(self.context["request"].user, "sites.supervise")  # type: ignore[index]
        return row.note if self.context["may_read_notes"] else None


class SupervisionChange(ModelInput):
    class Meta:
        model = Supervision
        fields = ["on", "is_held", "note"]


class SupervisionInput(SupervisionChange):
    post = serializers.PrimaryKeyRelatedField(
        source="role", queryset=SiteRole.objects.select_related("site"), help_text="Id of the post."
    )

    class Meta(SupervisionChange.Meta):
        fields = ["post", *SupervisionChange.Meta.fields]
        validators: list[Any] = []  # the service says in words that the day is taken


class SupervisionViewSet(OfSiteViewSet):
    """Supervision of posts: dates inside the site, notes for national staff alone."""

    queryset = Supervision.objects.select_related("role__site", "supervisor__person")
    serializer_class = SupervisionSerializer
    filterset_class = SupervisionApiFilter
    permission = "sites.supervise"

    @extend_schema(request=SupervisionInput, responses={201: SupervisionSerializer})
    def create(self, request: Request) -> Response:
        """Plan supervision, or record that it was held."""
        require(request.user, "sites.supervise")
        given = self.sent(SupervisionInput)
        return self.once(lambda: services.add_supervision(by=request.user, **given))

    @extend_schema(request=SupervisionChange, responses=SupervisionSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Move supervision, record that it was held, or change the note."""
        row = self.writable()
        given = self.sent(SupervisionChange, partial=True)
        services.update_supervision(by=request.user, supervision=row, expected=self.matched(row), **given)
        return self.shown(row)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Remove supervision that was recorded by mistake, with its note."""
        row = self.writable()
        services.remove_supervision(by=request.user, supervision=row, expected=self.matched(row))
        return Response(status=204)
