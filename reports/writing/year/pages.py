"""The link from an advisory group's page to the calendar of its report."""

from typing import Any

from django.urls import reverse

from impact.core.web.forms import Crumbs
from networks.groups.models import Group, GroupKind
from reports.writing.year.models import ReportingYear


def calendar_link(user: Any, group: Group) -> Crumbs:
    """The link to the calendar of the newest report; none for other groups."""
    if group.kind != GroupKind.ADVISORY_GROUP:
        return []
    newest = ReportingYear.objects.visible_to(user).order_by("-year").first()
    if newest is None:
        return []
    return [(f"Calendar of the {newest.year} report", reverse("reports:calendar", args=[newest.year]))]
