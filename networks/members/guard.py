"""The guard rails of a group (rule 8) and its rhythm of meetings: pure reads that warn and never block."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import Prefetch, QuerySet

from impact.core.access.permissions import has_perm
from impact.core.basics import clock
from impact.core.basics.dates import day
from impact.core.basics.vocabulary import FOUR_NATIONS, LOCAL_NETWORK_PERSPECTIVES, Nation, Perspective
from networks.groups.models import Group, GroupExplanation, Membership, NetworkExplanation
from networks.meetings.models import Meeting
from sites.registry.models import Site

Guard = GroupExplanation.Guard


@dataclass(frozen=True)
class Caution:
    """One thing about a group that is outside its settings, and why, where someone has said so."""

    guard: str
    title: str
    detail: str
    reason: str = ""
    explained_on: date | None = None

    @property
    def is_explained(self) -> bool:
        return bool(self.reason)

    @property
    def label(self) -> str:
        return dict([*Guard.choices, *NetworkExplanation.Guard.choices])[self.guard]


def counted_members(group: Group, on: date) -> list[Membership]:
    """Who counts towards the size on a day: members, a chair and a vice-chair, not the coordinator or supporters."""
    return [m for m in group.memberships.all() if m.role in Membership.COUNTED_ROLES and m.is_current(on)]


def missing_perspectives(members: Iterable[Membership]) -> list[Perspective]:
    """Which of the five perspectives no one in ``members`` brings, in the order in which they are stated."""
    present = {m.perspective for m in members}
    return [p for p in LOCAL_NETWORK_PERSPECTIVES if p not in present]


def guard(group: Group, on: date | None = None) -> list[Caution]:
    """What is outside the group's settings on a day: size, perspectives, number of meetings, coordinator.

    Reads ``memberships``, ``meetings`` and ``explanations``, which lists prefetch (``with_guard_data``).
    Perspectives and the coordinator are asked of local networks only; meetings only once the group has started.
    """
    on = on or clock.today()
    found: list[tuple[str, str, str]] = []
    members = counted_members(group, on)
    if not group.size_min <= len(members) <= group.size_max:
        found.append(
            (
                Guard.SIZE,
                "1 member" if len(members) == 1 else f"{len(members)} members",
                f"The aim is {group.size_min} to {group.size_max}.",
            )
        )
    if group.is_local_network:
        missing = missing_perspectives(members)
        if missing and members:
            named = ", ".join(str(p.label).lower() for p in missing)
            found.append((Guard.PERSPECTIVES, "Perspectives missing", f"No member brings: {named}."))
        running = [m for m in group.memberships.all() if m.role == Membership.Role.COORDINATOR and m.is_current(on)]
        if not running:
            found.append((Guard.COORDINATOR, "No coordinator", "This local network has no coordinator today."))
        elif len(running) > group.leaders_planned:
            aim = "1 is" if group.leaders_planned == 1 else f"{group.leaders_planned} are"
            detail = f"{aim} planned. One should hand over to another, with a date, or change the group's settings."
            found.append((Guard.COORDINATOR, f"{len(running)} coordinators", detail))
        elif len(running) < group.leaders_planned:
            title = f"{len(running)} of {group.leaders_planned} coordinators"
            found.append((Guard.COORDINATOR, title, "Appoint another, or change the group's settings."))
    if period := group.period_on(on):
        first, last = period
        dated = [m for m in group.meetings.all() if m.status != Meeting.Status.CANCELLED]
        inside = [m for m in dated if first <= m.starts_on <= last]
        if len(inside) < group.meetings_planned:
            found.append(
                (
                    Guard.MEETINGS,
                    f"{len(inside)} of {group.meetings_planned} meetings have a date",
                    f"Between {day(first)} and {day(last)}.",
                )
            )
    reasons = {row.guard: row for row in group.explanations.all()}
    return [
        Caution(key, title, detail, reasons[key].reason, reasons[key].on)
        if key in reasons
        else Caution(key, title, detail)
        for key, title, detail in found
    ]


def guard_for(user: Any, group: Group, on: date | None = None) -> list[Caution]:
    """The cautions of a group for one reader: which perspective no one brings is for those who see who is in it."""
    found = guard(group, on)
    if has_perm(user, "networks.view_people", group):
        return found
    return [
        replace(c, detail="", reason="The reason is with the group." if c.reason else "")
        if c.guard == Guard.PERSPECTIVES
        else c
        for c in found
    ]


def nations_caution(network: Site, groups: Iterable[Group]) -> Caution | None:
    """Which of the four nations has no local network in a network, and why, where someone has said so."""
    present = {group.nation for group in groups}
    missing = [str(Nation(nation).label) for nation in FOUR_NATIONS if nation not in present]
    if not missing or not present:
        return None
    row = NetworkExplanation.objects.filter(network_id=network.pk).first()
    title = f"{4 - len(missing)} of 4 nations"
    detail = (
        f"No local network yet in {' or '.join([', '.join(missing[:-1]), missing[-1]] if missing[1:] else missing)}."
    )
    key = NetworkExplanation.Guard.NATIONS
    return Caution(key, title, detail, row.reason, row.on) if row else Caution(key, title, detail)


def cadence(groups: Iterable[Group]) -> dict[Group, list[dict[str, Any]]]:
    """Each group with its slots for ``<c-cadence>``; a queryset costs one more query for all meetings."""
    if isinstance(groups, QuerySet):
        groups = groups.prefetch_related(Prefetch("meetings", Meeting.objects.defer("purpose", "notes")))
    return {group: slots_of(group) for group in groups}


def slots_of(group: Group, period: tuple[date, date] | None = None) -> list[dict[str, Any]]:
    """The group's meetings as slots for ``<c-cadence>``: held, late to be logged, planned, and those still to plan.

    Shows the newest meetings when there are more than planned (with ``period`` all in it), and nothing where the plan is
    a long one.
    """
    if group.meetings_planned > 6:
        return []
    meetings = sorted(
        (m for m in group.meetings.all() if m.status != Meeting.Status.CANCELLED), key=lambda m: m.starts_at
    )
    if period:
        meetings = [m for m in meetings if period[0] <= m.starts_on <= period[1]]
    else:
        meetings = meetings[-group.meetings_planned :]
    slots: list[dict[str, Any]] = []
    is_next_known = False
    for meeting in meetings:
        if meeting.is_held:
            state = "done"
        elif meeting.is_over:
            state = "late"
        else:
            state = "planned" if is_next_known else "next"
            is_next_known = True
        slots.append(
            {
                "label": f"Meeting {meeting.number}",
                "state": state,
                "date": meeting.starts_on,
                "href": meeting.get_absolute_url(),
            }
        )
    for number in range(len(slots) + 1, group.meetings_planned + 1):
        slots.append({"label": f"Meeting {number}", "state": "none"})
    return slots


def without_links(slots: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same slots for someone who may not open the meetings."""
    return [{key: value for key, value in slot.items() if key != "href"} for slot in slots]
