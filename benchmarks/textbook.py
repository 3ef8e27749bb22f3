"""The pages of rounds.py as a usual Django project would write them, on the same rows: each row asks for what it shows.

They stand in the same address space, behind the same middleware and inside the same frame of a page as ours.
"""

from typing import Any

from django.db.models import QuerySet
from django.template import engines
from django.urls import path
from django.views.generic import ListView
from rest_framework import generics, pagination, permissions, serializers

from impact.urls import urlpatterns as ours
from sites.calls.applications.models import Application
from sites.calls.rounds.models import Round
from sites.topics.models import Topic

SLUG = "measured"
PAGE = """{% extends "base.html" %}{% block title %}Applications{% endblock %}{% block content %}
<h1>Applications</h1><p>{{ paginator.count }} applications</p>
<table class="table"><thead><tr><th>Application</th><th>Where</th><th>Organisation</th><th>Topic and model</th>
<th>Asks for</th><th>Submitted</th><th>Assessed</th></tr></thead><tbody>
{% for row in object_list %}<tr>
<th><a href="{{ row.get_absolute_url }}">{{ row.organisation_name }}</a><br>{{ row.reference }}, {{ row.get_source_display }}</th>
<td>{{ row.place }}<br>{{ row.get_region_display|default:row.get_nation_display }}</td>
<td>{{ row.get_organisation_kind_display }}<br>{{ row.get_organisation_size_display }}</td>
<td>{{ row.topic.name }}<br>{{ row.get_delivery_model_display }}</td>
<td>£{{ row.money|floatformat:"0g" }}</td><td>{{ row.submitted_at|date:"j F Y" }}</td>
<td>{{ row.number_assessed }} of {{ row.number_assigned }}</td>
</tr>{% endfor %}</tbody></table>{% endblock %}"""


def _assigned(row: Application) -> QuerySet:
    return row.assignments.exclude(conflict="declared")


def number_assigned(row: Application) -> int:
    """How many assess it."""
    return _assigned(row).count()


def number_assessed(row: Application) -> int:
    """How many have done so."""
    return _assigned(row).filter(assessment__submitted_at__isnull=False).count()


class Measured(Application):
    """An application with the properties that a usual model would have."""

    class Meta:
        proxy = True
        app_label = "sites"

    number_assigned = property(number_assigned)
    number_assessed = property(number_assessed)


class ApplicationList(ListView):
    """The list of a round's applications."""

    paginate_by = 50

    def get_queryset(self) -> QuerySet:
        return Measured.objects.filter(round__slug=SLUG, state="submitted").order_by("-submitted_at", "pk")

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> Any:
        from django.http import HttpResponse

        return HttpResponse(_page().render(context, self.request))


def _page() -> Any:
    """The compiled template."""
    if not hasattr(_page, "made"):
        _page.made = engines["django"].from_string(PAGE)  # type: ignore[attr-defined]
    return _page.made  # type: ignore[attr-defined]


class RoundSerializer(serializers.ModelSerializer):
    class Meta:
        model = Round
        fields = ["slug", "name"]


class TopicSerializer(serializers.ModelSerializer):
    class Meta:
        model = Topic
        fields = ["slug", "name"]


class ApplicationSerializer(serializers.ModelSerializer):
    round = RoundSerializer()
    topic = TopicSerializer()
    url = serializers.SerializerMethodField()
    is_late = serializers.SerializerMethodField()

    class Meta:
        model = Application
        fields = [
            *("reference", "round", "state", "source", "organisation_name", "organisation_kind", "organisation_size"),
            *("nation", "region", "place", "area", "needs", "is_first_time", "is_user_led", "is_under_pressure"),
            *("topic", "delivery_model", "money", "received_on", "submitted_at", "withdrawn_at", "is_late"),
            *("is_illustrative", "version", "url"),
        ]

    def get_url(self, row: Application) -> str:
        return str(self.context["request"].build_absolute_uri(row.get_absolute_url()))

    def get_is_late(self, row: Application) -> bool:
        return bool(row.late_reason)


class Pages(pagination.PageNumberPagination):
    page_size = 50


class ApplicationApi(generics.ListAPIView):
    """The API's list."""

    queryset = Application.objects.filter(round__slug=SLUG).order_by("-pk")
    serializer_class = ApplicationSerializer
    pagination_class = Pages
    filter_backends: list[Any] = []
    permission_classes = [permissions.IsAuthenticated]


urlpatterns = [
    path("textbook/applications/", ApplicationList.as_view()),
    path("textbook/api/", ApplicationApi.as_view()),
    *ours,
]
