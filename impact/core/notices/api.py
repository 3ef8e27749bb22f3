"""Notices over the API: the caller's own, to read and to mark as read, and how the caller hears of them."""

import django_filters
from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.api.fields import ModelInput, NoInput
from impact.core.api.views import EditableViewSet
from impact.core.notices import services
from impact.core.notices.choices import choices_of, choose
from impact.core.notices.models import Notice, NoticeChoices, NoticeKind
from impact.core.people.models import Person


class NoticeSerializer(serializers.ModelSerializer):
    """One thing that the caller was told."""

    url = serializers.SerializerMethodField(help_text="Where on the site to read more or to answer.")

    class Meta:
        model = Notice
        fields = ["id", "kind", "title", "words", "made_at", "read_at", "url"]
        extra_kwargs = {"read_at": {"help_text": "Null until the notice has been read."}}

    @extend_schema_field(serializers.CharField)
    def get_url(self, notice: Notice) -> str:
        request = self.context.get("request")
        return str(request.build_absolute_uri(notice.path)) if request else notice.path


class NoticeApiFilter(django_filters.FilterSet):
    """Filters of /api/v1/notices/."""

    kind = django_filters.ChoiceFilter(choices=NoticeKind.choices, label="What they are about")
    is_read = django_filters.BooleanFilter(
        field_name="read_at", lookup_expr="isnull", exclude=True, label="Read or not"
    )

    class Meta:
        model = Notice
        fields: list[str] = []


class NoticeChoicesSerializer(serializers.ModelSerializer):
    """How one person hears from us: for each kind of notice a time and a place."""

    class Meta:
        model = NoticeChoices
        fields = [*NoticeKind.values, "recorded_on", "version"]
        extra_kwargs = {"recorded_on": {"help_text": "Null unless someone chose for you, at your wish."}}


class NoticeChoicesInput(ModelInput):
    class Meta:
        model = NoticeChoices
        fields = NoticeKind.values


class NoticeViewSet(EditableViewSet):
    """What you were told. A notice is for one person, and no one else can see it."""

    queryset: QuerySet = Notice.objects.all()
    serializer_class = NoticeSerializer
    filterset_class = NoticeApiFilter
    http_method_names = ["get", "head", "options", "post", "patch"]

    @extend_schema(responses=NoticeChoicesSerializer, filters=False)
    @action(detail=False, pagination_class=None)
    def choices(self, request: Request) -> Response:
        """How you hear from us: for each kind of notice when, and whether by email or on the site."""
        return self._chosen()

    @extend_schema(request=NoticeChoicesInput, responses=NoticeChoicesSerializer, filters=False)
    @choices.mapping.patch
    def choose(self, request: Request) -> Response:
        """Change how you hear from us. What waited to be emailed follows the new choice."""
        person = self._person()
        given = self.sent(NoticeChoicesInput, partial=True)
        row = choices_of(person)
        choose(by=request.user, person=person, expected=self.matched(row), **given)
        return self._chosen()

    def _person(self) -> Person:
        found = Person.objects.filter(user_id=self.request.user.pk).first()
        if found is None:
            raise Http404
        return found

    def _chosen(self) -> Response:
        row = choices_of(self._person())
        return self.tagged(NoticeChoicesSerializer(row).data, version=row.version)

    @extend_schema(request=NoInput, responses=NoticeSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def read(self, request: Request, pk: str) -> Response:
        """Mark a notice as read."""
        notice = self.get_object()
        self.sent(NoInput)

        def mark() -> Notice:
            services.mark_read(by=request.user, notice=notice)
            return notice

        return self.once(mark, status=200)

    @extend_schema(request=NoInput, responses=NoticeSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def unread(self, request: Request, pk: str) -> Response:
        """Mark a notice as not read yet."""
        notice = self.get_object()
        self.sent(NoInput)

        def mark() -> Notice:
            services.mark_unread(by=request.user, notice=notice)
            return notice

        return self.once(mark, status=200)


ENDPOINTS = [("notices", NoticeViewSet, "notice")]
