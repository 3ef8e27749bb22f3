"""Gather and freeze the contents of a meeting's pack as plain JSON values (rule 9).

A pack goes to members, so it holds only what they may read: of other groups words that may be quoted and counts,
never who said them; of their own group decisions and actions, not the debrief.
"""

from collections import defaultdict
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils.text import Truncator

from impact.core.basics import clock
from impact.core.basics.dates import clock as at_clock
from impact.core.basics.vocabulary import EvidenceKind, Format
from impact.core.web.files.uploads import PAPERS
from networks.actions.models import SOONEST, Action
from networks.documents.materials.models import Material
from networks.groups.models import Group, Membership
from networks.log.models import Contribution
from networks.meetings.models import Meeting
from networks.network.matrix import missing_returns

QUOTES_SHOWN = 3
THEMES_SHOWN = 5
QUOTE_LENGTH = 400
Kind = Contribution.Kind


def pack_contents(meeting: Meeting, *, is_large: bool = False) -> dict[str, Any]:
    """Everything that the pack of ``meeting`` says if it is built now. The same number of queries whatever its size."""
    group = meeting.group
    return {
        "format": 1,
        "kind": "pack",
        "is_large": is_large,
        "is_illustrative": meeting.is_illustrative or group.is_illustrative,
        "meeting": {
            "number": meeting.number,
            "title": meeting.title,
            "purpose": meeting.purpose,
            "starts_at": meeting.starts_at.isoformat(),
            "ends_at": meeting.ends_at.isoformat(),
            "mode": meeting.get_mode_display(),
            "place": meeting.place,
            "join_url": meeting.join_url,
            "access": meeting.access_arrangements,
            "page": f"{settings.SITE_URL}{meeting.get_absolute_url()}",
        },
        "group": {
            "name": group.name,
            "kind": group.get_kind_display(),
            "network": group.site.name if group.site else "",
            "coordinators": _coordinators(meeting),
        },
        "agenda": _agenda(meeting),
        "last_time": _last_time(meeting),
        "papers": _papers(meeting, is_large=is_large),
        "others": _others(meeting) if group.is_local_network else None,
    }


def _coordinators(meeting: Meeting) -> list[str]:
    running = meeting.expected_members().filter(role=Membership.Role.COORDINATOR)
    return list(running.values_list("person__name", flat=True))


def _agenda(meeting: Meeting) -> list[dict[str, Any]]:
    """The agenda with the time at which each item begins, for as long as every item before says how long it takes."""
    rows, at = [], meeting.starts_at
    is_known = True
    for item in meeting.agenda_items.all():
        rows.append(
            {
                "title": item.title,
                "minutes": item.minutes,
                "owner": item.owner,
                "at": at_clock(at) if is_known else "",
            }
        )
        is_known = is_known and bool(item.minutes)
        at += timedelta(minutes=item.minutes or 0)
    return rows


def _last_time(meeting: Meeting) -> dict[str, Any] | None:
    """What the group agreed when it last met: decisions, and who does what."""
    before = meeting.group.meetings.filter(status__in=Meeting.HELD, starts_at__lt=meeting.starts_at)
    last = before.order_by("-starts_at").first()
    if last is None:
        return None
    actions = last.actions.named(for_print=True).exclude(status=Action.Status.DROPPED).order_by(SOONEST, "pk")
    return {
        "title": last.title,
        "on": last.starts_on.isoformat(),
        "decisions": list(last.decisions.values_list("words", flat=True)),
        "actions": [
            {
                "what": action.what,
                "owner": action.owner_label,
                "due_on": action.due_on.isoformat() if action.due_on else None,
                "status": action.get_status_display(),
                "outcome": action.outcome,
            }
            for action in actions
        ],
    }


def _papers(meeting: Meeting, *, is_large: bool) -> list[dict[str, Any]]:
    """The papers under their kinds of evidence, all three of them, also one from which there is nothing."""
    rows = list(Material.objects.filter(meeting=meeting).prefetch_related("files"))
    return [
        {
            "label": kind.label,
            "rows": [
                {
                    "title": row.title,
                    "formats": row.format_labels,
                    "url": row.url,
                    "file": _file(row, is_large=is_large),
                }
                for row in rows
                if row.evidence_kind == kind.value
            ],
        }
        for kind in EvidenceKind
    ]


def _file(material: Material, *, is_large: bool) -> dict[str, Any] | None:
    """The one file of a paper that its pack holds or names: in large print, if it is asked for and there."""
    files = {file.format: file for file in material.newest_files}
    wanted = [Format.LARGE_PRINT] if is_large else []
    found = next((files[value] for value in [*wanted, Format.STANDARD, *Format.values] if value in files), None)
    if found is None:
        return None
    return {
        "name": found.file.name,
        "sha256": found.sha256,
        "content_type": found.content_type,
        "kind": PAPERS[found.kind.lower()][1] if found.kind.lower() in PAPERS else found.kind,
        "size": found.size,
        "format": found.get_format_display(),
        "number": found.number,
    }


def _others(meeting: Meeting) -> dict[str, Any]:
    """What each other local network of the same network said at the last meeting whose log is in."""
    groups = list(Group.objects.local_networks().filter(site_id=meeting.group.site_id).exclude(pk=meeting.group_id))  # type: ignore[misc]
    last: dict[int, Meeting] = {}
    held = Meeting.objects.filter(group__in=groups, status__in=Meeting.HELD, starts_at__lt=meeting.starts_at)
    for row in held.defer("notes", "purpose").order_by("starts_at"):
        last[row.group_id] = row
    said: dict[int, list[Contribution]] = defaultdict(list)
    readable = Contribution.objects.kept().with_quotable().filter(Q(meeting__in=[m.pk for m in last.values()]))
    for contribution in readable.select_related("theme__merged_into").order_by("position", "recorded_at"):
        said[contribution.meeting_id].append(contribution)
    nations = [group.nation for group in groups]
    rows = []
    for group in sorted(groups, key=lambda g: (g.get_nation_display(), g.name)):
        if group.pk not in last:
            continue
        there = last[group.pk]
        rows.append(
            {
                "label": group.get_nation_display() if nations.count(group.nation) == 1 else group.name,
                "title": there.title,
                "on": there.starts_on.isoformat(),
                **_in_short(said[there.pk]),
            }
        )
    return {"rows": rows, "missing": [row.text for row in missing_returns(groups, now=clock.now())]}


def _in_short(rows: list[Contribution]) -> dict[str, Any]:
    """What was said, as counts by theme and a few of the words that may be quoted."""
    themes: dict[str, dict[str, Any]] = {}
    for row in rows:
        if row.theme and row.kind in (Kind.ENABLER, Kind.BARRIER):
            name = (row.theme.merged_into or row.theme).name
            counted = themes.setdefault(name, {"theme": name, "enablers": 0, "barriers": 0})
            counted["enablers" if row.kind == Kind.ENABLER else "barriers"] += 1
    spoken = sorted(themes.values(), key=lambda t: (-t["enablers"] - t["barriers"], t["theme"].lower()))
    quotable = [row for row in rows if row.is_quotable]  # type: ignore[attr-defined]
    return {
        "enablers": sum(row.kind == Kind.ENABLER for row in rows),
        "barriers": sum(row.kind == Kind.BARRIER for row in rows),
        "others": sum(row.kind not in (Kind.ENABLER, Kind.BARRIER) for row in rows),
        "themes": spoken[:THEMES_SHOWN],
        "quotes": [
            {
                "words": Truncator(row.words).chars(QUOTE_LENGTH),
                "kind": row.get_kind_display(),
                "theme": (row.theme.merged_into or row.theme).name if row.theme else "",
            }
            for row in quotable[:QUOTES_SHOWN]
        ],
    }
