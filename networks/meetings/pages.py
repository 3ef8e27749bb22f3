"""What pages about a meeting share: finding it, the way back to it, and what other apps show beside it."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from impact.core.web.forms import Crumbs
from networks.groups.pages import group_crumbs
from networks.meetings.models import Meeting

# What other apps show beside a meeting, for a reader: a template with what it needs, or nothing. They add theirs when
# they start. The template reads it as ``part``.
BESIDE: list[Callable[[Any, Meeting], list[dict[str, Any]]]] = []


def find_meeting(request: HttpRequest, pk: int) -> Meeting:
    """The meeting, if the reader may see it."""
    rows = Meeting.objects.visible_to(request.user).select_related("group__site", "logged_by", "venue")
    return get_object_or_404(rows, pk=pk)


def meeting_crumbs(meeting: Meeting) -> Crumbs:
    return [*group_crumbs(meeting.group), (meeting.title, meeting.get_absolute_url())]
