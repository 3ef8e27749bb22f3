"""Notices over the API: the caller's own, to read and to mark as read."""

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.api.fields import NoInput
from impact.core.api.views import EditableViewSet
from impact.core.notices import services
from impact.core.notices.models import Notice, NoticeKind


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


class NoticeViewSet(EditableViewSet):
    """What you were told. A notice is for one person, and no one else can see it."""

    queryset: QuerySet = Notice.objects.all()
    serializer_class = NoticeSerializer
    filterset_class = NoticeApiFilter
    http_method_names = ["get", "head", "options", "post"]

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
