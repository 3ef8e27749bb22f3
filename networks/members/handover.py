"""Handing over a group: what is open, and the previous coordinator's note, and what ends with a person who is erased."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.urls import reverse

from impact.core.access import audit
from impact.core.access.permissions import Actor
from impact.core.basics import clock
from impact.core.basics.dates import day, when
from impact.core.people.models import Person
from networks.actions.models import SOONEST, Action
from networks.groups.models import Group, Membership
from networks.meetings.models import Meeting
from networks.network.learning.models import LearningReceipt

SHOWN_DAYS = 60
FEW = 12


@dataclass(frozen=True)
class Handover:
    """A note left by one coordinator for the next, who may dismiss it."""

    before: Membership
    membership: Membership


def open_things(group: Group) -> list[dict[str, Any]]:
    """What is under way in a group, by sort: dicts of title and things (words, href)."""
    meetings = Meeting.objects.filter(group=group).defer("purpose", "notes")

    def listed(rows: Iterable[Meeting]) -> list[dict[str, str]]:
        return [{"words": f"{m.title}, {when(m.starts_at)}", "href": m.get_absolute_url()} for m in rows]

    actions = Action.objects.named().filter(group=group, status=Action.Status.OPEN).order_by(SOONEST, "pk")
    unanswered = LearningReceipt.objects.filter(group=group, answer="", learning__withdrawn_at__isnull=True)
    found = [
        {"title": "Upcoming meetings", "things": listed(meetings.upcoming()[:FEW])},
        {"title": "Logs to write", "things": listed(meetings.to_log().order_by("starts_at")[:FEW])},
        {"title": "Debriefs to hold", "things": listed(meetings.to_debrief().order_by("starts_at")[:FEW])},
        {
            "title": "Open actions",
            "things": [
                {
                    "words": f"{a.what}{f' ({a.owner_label})' if a.owner_label else ''}{f', by {day(a.due_on)}' if a.due_on else ''}",
                    "href": reverse("networks:action-detail", args=[a.pk]),
                }
                for a in actions[:FEW]
            ],
        },
        {
            "title": "Learning from others, not answered",
            "things": [
                {"words": r.learning.title, "href": r.learning.get_absolute_url()}
                for r in unanswered.select_related("learning")[:FEW]
            ],
        },
    ]
    return [part for part in found if part["things"]]


def handover_for(membership: Membership, coordinators: Iterable[Membership]) -> Handover | None:
    """The previous coordinator's note, for two months or until it is dismissed. ``coordinators``: all of the group."""
    is_new = membership.starts_on >= clock.today() - timedelta(days=SHOWN_DAYS)
    if membership.handover_put_away_on or not is_new:
        return None
    earlier = [
        m
        for m in coordinators
        if m.role == Membership.Role.COORDINATOR
        and m.pk != membership.pk
        and m.handover
        and m.ends_on is not None
        and m.ends_on <= membership.starts_on
    ]
    return Handover(max(earlier, key=lambda m: m.ends_on), membership) if earlier else None  # type: ignore[arg-type,return-value]


def handovers_to(user: Any) -> list[Handover]:
    """What was left for the reader in the groups that they coordinate today."""
    mine = (
        Membership.objects.current()
        .filter(person__user_id=user.pk, role=Membership.Role.COORDINATOR, handover_put_away_on__isnull=True)
        .filter(starts_on__gte=clock.today() - timedelta(days=SHOWN_DAYS))
        .select_related("group", "person")
    )
    found = []
    for membership in mine:
        all_of_group = Membership.objects.filter(group_id=membership.group_id).select_related("person")
        if handover := handover_for(membership, all_of_group):
            found.append(handover)
    return found


# --- Someone who is to be erased -----------------------------------------------------------------
def leads_alone(person: Person) -> list[str]:
    """The running groups that have no other coordinator, in sentences that say what to do before this one is erased."""
    today = clock.today()
    leaders = Membership.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=today), role=Membership.Role.COORDINATOR
    )
    running = Group.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=today))
    alone = running.filter(pk__in=leaders.filter(person=person).values("group"))
    alone = alone.exclude(pk__in=leaders.exclude(person=person).values("group")).order_by("name")
    return [f"They are the only coordinator of {group.name}. Appoint another one first." for group in alone]


def end_memberships(by: Actor, person: Person) -> None:
    """End what a person belongs to, the day before today where they joined earlier; one that is still to begin goes."""
    today = clock.today()
    Membership.objects.filter(person=person, starts_on__gt=today).delete()
    for membership in Membership.objects.current(today).filter(person=person).select_related("group"):
        membership.ends_on = max(membership.starts_on, today - timedelta(days=1))
        membership.version += 1
        membership.save(update_fields=["ends_on", "version"])
        audit.record(by, "group.membership_ended", membership.group, role=membership.get_role_display())
