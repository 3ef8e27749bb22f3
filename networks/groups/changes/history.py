"""Build the histories that the pages of this app show."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Model, Q
from django.utils import timezone

from impact.core.access import audit
from impact.core.access.models import AuditEvent
from networks.groups.changes.event_words import TOGETHER
from networks.groups.models import Group

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
    "meeting.photo_deleted",
    "meeting.photo_described",
    "meeting.photo_people_named",
    "meeting.photo_put_back",
    "meeting.photo_removed",
    "meeting.material_changed",
    "meeting.material_version_added",
    "meeting.pack_requested",
]


def history_of(obj: Model, *, limit: int = 60) -> dict[str, list[dict[str, Any]]]:
    """The newest steps of one row, by the day on which they happened: those that matter, and the small ones."""
    rows = list(AuditEvent.objects.about(obj).order_by("-at", "-pk")[:limit])
    told: dict[str, list[dict[str, Any]]] = {"history": [], "small_steps": []}
    for row, event in zip(rows, audit.describe(rows), strict=True):
        told["small_steps" if row.type in SMALL_STEPS else "history"].append(event)
    return told


def timeline(groups: Iterable[Group], meetings: Iterable[Model], *, limit: int = 12) -> list[dict[str, Any]]:
    """The newest steps of some groups and their meetings, each leading to what it is about.

    The same step by the same person, for the same person, on one day, such as planning four meetings, is told once.
    """
    groups = list(groups)
    names = {group.pk: group.name if len(groups) > 1 else "" for group in groups}
    about: dict[tuple[str, str], Model] = {("networks.group", str(g.pk)): g for g in groups}
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
        group = names[getattr(found, "group_id", found.pk)]
        together: tuple[Any, ...] = (row.pk,)
        if row.type in TOGETHER:
            together = (row.type, row.actor_id, row.for_person_id, timezone.localtime(row.at).date(), group)
        if together in told:
            several = told[together]
            several["times"] += 1
            several |= {"label": TOGETHER[row.type].format(n=several["times"]), "detail": group, "href": ""}
            continue
        detail = ". ".join(part for part in (group, event["detail"]) if part)
        told[together] = event | {"times": 1, "detail": detail}
        if not isinstance(found, Group):
            told[together] |= {"label": f"{event['label']}: {found.title}", "href": found.get_absolute_url()}  # type: ignore[attr-defined]
    return list(told.values())[:limit]
