"""Notices over the API: the caller's own, to read and to mark as read, and how the caller hears of them."""

import django_filters
from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.api.fields import Input, ModelInput, NoInput
from impact.core.api.views import EditableViewSet
from impact.core.jobs.catalogue import Urgency, catalogue
from impact.core.notices import services
from impact.core.notices.choices import QUIET_FIELDS, choices_of, choose
from impact.core.notices.mail.times import Later
from impact.core.notices.models import Notice, NoticeChoices, NoticeKind, NoticeQuerySet
from impact.core.people.models import Person


class NoticeSerializer(serializers.ModelSerializer):
    """One thing that the caller was told."""

    url = serializers.SerializerMethodField(help_text="Where on the site to read more or to answer.")

    class Meta:
        model = Notice
        fields = ["id", "kind", "event", "title", "words", "made_at", "read_at", "snoozed_until", "url"]
        extra_kwargs = {
            "read_at": {"help_text": "Null until the notice has been read."},
            "snoozed_until": {"help_text": "The bell does not count it before then. Null: it does."},
        }

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
    is_snoozed = django_filters.BooleanFilter(method="by_snoozed", label="Put off until later, or not")

    def by_snoozed(self, queryset: NoticeQuerySet, name: str, value: bool) -> QuerySet:
        return queryset.snoozed() if value else queryset.exclude(pk__in=queryset.snoozed().values("pk"))

    class Meta:
        model = Notice
        fields: list[str] = []


class NoticeChoicesSerializer(serializers.ModelSerializer):
    """How one person hears from us: for each kind of notice a time and a place."""

    said_no_to_contact = serializers.BooleanField(
        help_text="You said no to contact between meetings: only news about meetings, your claims and your data is emailed."
    )

    class Meta:
        model = NoticeChoices
        fields = [*NoticeKind.values, *QUIET_FIELDS, "said_no_to_contact", "recorded_on", "version"]
        extra_kwargs = {"recorded_on": {"help_text": "Null unless someone chose for you, at your wish."}}


class NoticeChoicesInput(ModelInput):
    class Meta:
        model = NoticeChoices
        fields = [*NoticeKind.values, *QUIET_FIELDS]


class SnoozeInput(Input):
    until = serializers.ChoiceField(choices=Later.choices, help_text="The notice comes back on that morning.")


class EventSerializer(serializers.Serializer):
    """One row of the catalogue: something that the platform sends."""

    name = serializers.CharField()
    kind = serializers.CharField(
        help_text="The kind whose choice decides how you hear of it. Empty: it is always sent."
    )
    what = serializers.CharField()
    who = serializers.CharField(help_text="Who gets it.")
    why = serializers.CharField()
    urgency = serializers.ChoiceField(choices=Urgency.choices)
    asks = serializers.BooleanField(help_text="Whether its reader has something to do.")
    is_optional = serializers.BooleanField()
    fixed = serializers.CharField(help_text="Why it cannot be switched off. Empty: it can.")


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

    @extend_schema(responses=EventSerializer(many=True), filters=False)
    @action(detail=False, pagination_class=None)
    def catalogue(self, request: Request) -> Response:
        """Everything that the platform sends: who gets it, why, how urgent it is, and whether they can switch it off."""
        return Response(EventSerializer(catalogue().values(), many=True).data)

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

    @extend_schema(request=SnoozeInput, responses=NoticeSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def snooze(self, request: Request, pk: str) -> Response:
        """Put a notice off until tomorrow or next week. Its email, if one waits, still comes."""
        notice = self.get_object()
        until = self.sent(SnoozeInput)["until"]

        def put_off() -> Notice:
            services.snooze(by=request.user, notice=notice, until=until)
            return self.get_object()

        return self.once(put_off, status=200)

    @extend_schema(request=NoInput, responses=NoticeSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def wake(self, request: Request, pk: str) -> Response:
        """Bring back a notice that was put off."""
        notice = self.get_object()
        self.sent(NoInput)

        def bring_back() -> Notice:
            services.wake(by=request.user, notice=notice)
            return self.get_object()

        return self.once(bring_back, status=200)


ENDPOINTS = [("notices", NoticeViewSet, "notice")]
