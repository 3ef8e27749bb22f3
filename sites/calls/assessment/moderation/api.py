"""Moderation over the API: what staff found where assessors differ."""

import django_filters
from django.core.exceptions import ValidationError
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from impact.core.access.permissions import require
from impact.core.api.fields import Input
from impact.core.api.views import EditableViewSet
from sites.calls.applications.models import Application
from sites.calls.assessment.models import ModerationNote
from sites.calls.assessment.moderation import services


class ModerationApiFilter(django_filters.FilterSet):
    """Filters of /api/v1/moderation-notes/."""

    round = django_filters.CharFilter(field_name="application__round__slug", label="A round's slug")
    application = django_filters.CharFilter(field_name="application__reference", label="An application's reference")

    class Meta:
        model = ModerationNote
        fields: list[str] = []


class ModerationNoteSerializer(serializers.ModelSerializer):
    application = serializers.CharField(source="application.reference", help_text="The reference.")
    round = serializers.CharField(source="application.round.slug", help_text="A round's slug.")
    written_by = serializers.CharField(source="written_by.display_name", default="", help_text="Empty: the platform.")

    class Meta:
        model = ModerationNote
        fields = ["id", "application", "round", "words", "written_by", "written_at"]


class ModerationInput(Input):
    application = serializers.CharField(max_length=30, help_text="An application's reference.")
    words = serializers.CharField(max_length=4000, help_text="Markdown.")


class ModerationNoteViewSet(EditableViewSet):
    """Notes about applications whose assessors differ, for staff. They are kept; a later note corrects an earlier one."""

    queryset = ModerationNote.objects.select_related("application__round", "written_by__person")
    serializer_class = ModerationNoteSerializer
    filterset_class = ModerationApiFilter
    http_method_names = ["get", "head", "options", "post"]

    @extend_schema(request=ModerationInput, responses={201: ModerationNoteSerializer})
    def create(self, request: Request) -> Response:
        """Note what you found about an application's scores."""
        require(request.user, "sites.edit_assessment")
        given = self.sent(ModerationInput)
        application = Application.objects.visible_to(request.user).filter(reference=given["application"]).first()
        if application is None:
            raise ValidationError({"application": "No application has this reference."})
        return self.once(
            lambda: services.note_moderation(by=request.user, application=application, words=given["words"])
        )
