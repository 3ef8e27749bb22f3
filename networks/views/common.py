"""What the pages of this app share: finding what the reader may see, and simple form pages."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone

from impact.core.access import audit
from impact.core.access.models import AuditEvent
from networks.event_words import TOGETHER
from networks.models import Group, Meeting

Crumbs = list[tuple[str, str]]

# Steps whose result stands on the page itself, and that would drown the rest.
SMALL_STEPS = [
    "meeting.agenda_item_added",
    "meeting.agenda_set",
    "meeting.attendance_file_read",
    "meeting.attendance_imported",
    "meeting.attendance_recorded",
    "meeting.attendance_row_split",
    "meeting.invitation_answered",
    "meeting.contribution_added",
    "meeting.contribution_changed",
    "meeting.decision_added",
    "meeting.log_saved",
    "meeting.material_added",
    "meeting.notes_restored",
    "meeting.photo_added",
    "meeting.photo_described",
    "meeting.photo_put_back",
    "meeting.photo_removed",
    "meeting.material_changed",
    "meeting.material_version_added",
    "meeting.pack_requested",
]


def find_group(request: HttpRequest, slug: str) -> Group:
    """The group, if the reader may see it."""
    return get_object_or_404(Group.objects.visible_to(request.user).select_related("site"), slug=slug)


def find_meeting(request: HttpRequest, pk: int) -> Meeting:
    """The meeting, if the reader may see it."""
    rows = Meeting.objects.visible_to(request.user).select_related("group__site", "logged_by")
    return get_object_or_404(rows, pk=pk)


def group_crumbs(group: Group) -> Crumbs:
    return [("Networks", reverse("networks:list")), (group.name, group.get_absolute_url())]


def meeting_crumbs(meeting: Meeting) -> Crumbs:
    return [*group_crumbs(meeting.group), (meeting.title, meeting.get_absolute_url())]


def form_page(
    request: HttpRequest,
    form: Any,
    *,
    title: str,
    button: str,
    crumbs: Crumbs,
    lead: str = "",
    differences: list[dict[str, str]] | None = None,
    is_warning: bool = False,
    **more: Any,
) -> HttpResponse:
    """A page with one form; 409 when somebody else saved first."""
    context = {
        "form": form,
        "title": title,
        "button": button,
        "crumbs": crumbs,
        "back": crumbs[-1][1],
        "lead": lead,
        "differences": differences,
        "is_warning": is_warning,
        **more,
    }
    return render(request, "networks/form_page.html", context, status=200 if differences is None else 409)


def history_of(obj: Group | Meeting, *, limit: int = 60) -> dict[str, list[dict[str, Any]]]:
    """The newest steps of one row, by the day on which they happened: those that matter, and the small ones."""
    rows = list(AuditEvent.objects.about(obj).order_by("-at", "-pk")[:limit])
    told: dict[str, list[dict[str, Any]]] = {"history": [], "small_steps": []}
    for row, event in zip(rows, audit.describe(rows), strict=True):
        told["small_steps" if row.type in SMALL_STEPS else "history"].append(event)
    return told


def timeline(groups: Iterable[Group], meetings: Iterable[Meeting], *, limit: int = 12) -> list[dict[str, Any]]:
    """The newest steps of some groups and their meetings, each leading to what it is about.

    The same step by the same person on one day, such as planning four meetings, is told once.
    """
    groups = list(groups)
    names = {group.pk: group.name if len(groups) > 1 else "" for group in groups}
    about: dict[tuple[str, str], Group | Meeting] = {("networks.group", str(g.pk)): g for g in groups}
    about |= {("networks.meeting", str(m.pk)): m for m in meetings}
    by_type: dict[str, list[str]] = {}
    for kind, pk in about:
        by_type.setdefault(kind, []).append(pk)
    wanted = Q(pk__in=[])  # nothing, until a kind of row is added
    for kind, pks in by_type.items():
        wanted |= Q(object_type=kind, object_id__in=pks)
    rows = list(
        AuditEvent.objects.filter(wanted).changes().exclude(type__in=SMALL_STEPS).order_by("-at", "-pk")[: 5 * limit]
    )
    told: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row, event in zip(rows, audit.describe(rows), strict=True):
        found = about[row.object_type, row.object_id]
        group = names[found.group_id if isinstance(found, Meeting) else found.pk]
        together: tuple[Any, ...] = (row.pk,)
        if row.type in TOGETHER:
            together = (row.type, row.actor_id, timezone.localtime(row.at).date(), group)
        if together in told:
            several = told[together]
            several["times"] += 1
            several |= {"label": TOGETHER[row.type].format(n=several["times"]), "detail": group, "href": ""}
            continue
        detail = ". ".join(part for part in (group, event["detail"]) if part)
        told[together] = event | {"times": 1, "detail": detail}
        if isinstance(found, Meeting):
            told[together] |= {"label": f"{event['label']}: {found.title}", "href": found.get_absolute_url()}
    return list(told.values())[:limit]
