"""The action plan of a local network, and of a whole network: from what was said to what came of it (rule 13)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q, QuerySet

from impact.core.basics import clock
from networks.actions.models import SOONEST, Action, ActionQuerySet
from networks.groups.models import Group, Network

if TYPE_CHECKING:
    from networks.log.models import Contribution

Status = Action.Status
GROUPINGS = {"state": "Status", "theme": "Theme", "group": "Local network"}
STATES = [("overdue", "Overdue"), ("open", "To do"), ("done", "Done"), ("dropped", "Dropped")]


@dataclass
class Part:
    """Some actions of a plan under one heading."""

    title: str
    actions: list[Action] = field(default_factory=list)

    @property
    def overdue(self) -> int:
        return sum(action.is_overdue for action in self.actions)


def plan_rows(about: Group | Network) -> ActionQuerySet:
    """Every action of a group, or of the local networks of a network, with what a plan shows of it."""
    rows = Action.objects.counted()
    rows = rows.filter(group=about) if isinstance(about, Group) else rows.filter(group__site=about)
    return rows.select_related(
        "group", "meeting", "contribution__theme__merged_into", "contribution__meeting"
    ).prefetch_related("progress")


def count_plan(rows: QuerySet[Action]) -> dict[str, int]:
    """How many actions there are by how they stand. One query."""
    is_open = Q(status=Status.OPEN)
    return rows.order_by().aggregate(
        total=Count("pk"),
        open=Count("pk", filter=is_open),
        overdue=Count("pk", filter=is_open & Q(due_on__lt=clock.today())),
        done=Count("pk", filter=Q(status=Status.DONE)),
        dropped=Count("pk", filter=Q(status=Status.DROPPED)),
        unowned=Count("pk", filter=is_open & Q(owner="")),
        undated=Count("pk", filter=is_open & Q(due_on__isnull=True)),
    )


def state_of(action: Action) -> str:
    """overdue, open, done or dropped."""
    return "overdue" if action.is_overdue else action.status


def theme_of(action: Action) -> str:
    """The name of the theme that an action comes from, if it comes from something that was said about one."""
    theme = action.contribution.theme if action.contribution else None
    return (theme.merged_into or theme).name if theme else ""


def source_contribution(action: Action) -> "Contribution | None":
    """What was said that an action comes from, once the log that holds it is in."""
    said = action.contribution
    return said if said and not said.removed_at and said.meeting.is_held else None


def in_parts(actions: Iterable[Action], by: str) -> list[Part]:
    """The actions under headings: by how they stand, by theme, or by local network. Their order stays."""
    parts: dict[str, Part] = {}
    if by == "state":
        parts = {key: Part(title) for key, title in STATES}
    for action in actions:
        if by == "state":
            key = title = state_of(action)
        elif by == "theme":
            key = title = theme_of(action) or "No theme"
        else:
            key = title = action.group.name
        parts.setdefault(key, Part(title)).actions.append(action)
    found = [part for part in parts.values() if part.actions]
    return found if by == "state" else sorted(found, key=lambda p: (p.title == "No theme", p.title.lower()))


def plan_contents(about: Group | Network, *, is_large: bool = False) -> dict[str, Any]:
    """Everything that the plan says if it is built now, as plain JSON values."""
    rows = plan_rows(about).named(for_print=True).order_by(SOONEST, "pk")
    is_group = isinstance(about, Group)
    return {
        "format": 1,
        "kind": "action_plan",
        "is_large": is_large,
        "is_illustrative": about.is_illustrative,
        "name": about.name,
        "of": "local network" if is_group and about.is_local_network else "group" if is_group else "network",  # type: ignore[union-attr]
        "as_of": clock.today().isoformat(),
        "counts": count_plan(plan_rows(about)),
        "parts": [
            {"title": part.title, "actions": [_frozen(action) for action in part.actions]}
            for part in in_parts(rows, "state" if is_group else "group")
        ],
    }


def _frozen(action: Action) -> dict[str, Any]:
    said = source_contribution(action)
    progress = list(action.progress.all())[:1]
    return {
        "what": action.what,
        "owner": action.owner_label,
        "due_on": action.due_on.isoformat() if action.due_on else None,
        "state": state_of(action),
        "words": said.words if said else "",
        "kind": said.get_kind_display() if said else "",
        "theme": theme_of(action),
        "progress": [{"words": row.words, "on": row.on.isoformat()} for row in progress],
        "outcome": action.outcome,
        "closed_on": action.closed_on.isoformat() if action.closed_on else None,
    }
