"""Handing over a group: what is open, and the previous coordinator's note, and what ends with a person who is erased."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.urls import reverse

from impact.core.access import audit
from impact.core.access.acting.models import Sort
from impact.core.access.permissions import Actor, require
from impact.core.basics import clock
from impact.core.basics.dates import day, when
from impact.core.people.models import Person
from impact.core.people.rights.acting.duties import DutySort, Held, national
from impact.core.people.rights.acting.leaving import Ends
from networks.actions.models import SOONEST, Action
from networks.actions.owners import owners_of
from networks.actions.services import change_action
from networks.groups.models import Group, GroupExplanation, GroupKind, Membership
from networks.groups.services import keep_explanation
from networks.meetings.invitations.calendars.models import CalendarFeed
from networks.meetings.invitations.services import match_group
from networks.meetings.models import Meeting
from networks.members.services import appoint_coordinator
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
def _led_alone(person: Person) -> Any:
    """The running groups that have no other coordinator."""
    today = clock.today()
    leaders = Membership.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=today), role=Membership.Role.COORDINATOR
    )
    running = Group.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=today))
    alone = running.filter(pk__in=leaders.filter(person=person).values("group"))
    return alone.exclude(pk__in=leaders.exclude(person=person).values("group")).order_by("name")


def leads_alone(person: Person) -> list[str]:
    """The same, in sentences that say what to do before this one is erased."""
    alone = _led_alone(person)
    return [f"They are the only coordinator of {group.name}. Appoint another one first." for group in alone]


def end_memberships(by: Actor, person: Person) -> None:
    """End what a person belongs to, the day before today where they joined earlier; one that is still to begin goes."""
    today = clock.today()
    Membership.objects.filter(person=person, starts_on__gt=today).delete()
    for membership in Membership.objects.current(today).filter(person=person).select_related("group"):
        _end_now(by, membership)


def _end_now(by: Actor, membership: Membership) -> None:
    """End a membership, whatever last day it had, for a service that has asked for a permission of its own."""
    membership.ends_on = max(membership.starts_on, clock.today() - timedelta(days=1))
    membership.version += 1
    membership.save(update_fields=["ends_on", "version"])
    audit.record(by, "group.membership_ended", membership.group, role=membership.get_role_display())


# --- Duties of someone who is away or leaves --------------------------------------------------------
def _coordinates(person: Person) -> Any:
    rows = Membership.objects.current().filter(person=person, role=Membership.Role.COORDINATOR)
    return rows.select_related("group").order_by("group__name")


def groups_coordinated(person: Person) -> list[Held]:
    """The groups that someone coordinates themselves today."""
    alone = {group.pk for group in _led_alone(person)}
    return [
        Held(
            Sort.COORDINATE,
            f"Coordinating {row.group.name}",
            row.group_id,
            href=row.group.get_absolute_url(),
            is_needed=row.group_id in alone,
        )
        for row in _coordinates(person)
    ]


def who_could_coordinate(person: Person, held: Held | None) -> Q:
    """Who does such work already: those who coordinate a group, those of the coordinators' circle, and national staff."""
    running = Membership.objects.current()
    leads = running.filter(role=Membership.Role.COORDINATOR).values("person")
    circle = running.filter(group__kind=GroupKind.COORDINATORS).exclude(role=Membership.Role.SUPPORTER).values("person")
    return Q(pk__in=leads) | Q(pk__in=circle) | national(person, held)


def give_group(by: Actor, person: Person, helper: Person, held: Held) -> None:
    """Appoint a colleague from today on; the one who leaves hands over."""
    group = Group.objects.get(pk=held.object_id)
    before = _coordinates(person).get(group=group)
    leads = Membership.objects.current().filter(group=group, person=helper, role=Membership.Role.COORDINATOR)
    require(by, "networks.appoint_coordinator", group)
    if leads.exists() or before.ends_on is not None:  # appointing ends what has no last day yet
        _end_now(by, before)
        match_group(group)
    if not leads.exists():
        appoint_coordinator(by=by, group=group, person=helper, takes_over_from=before)


def explain_vacancy(by: Actor, held: Held, reason: str) -> None:
    """Keep why a group is left without a coordinator, where its page says that it has none."""
    keep_explanation(by, Group.objects.get(pk=held.object_id), GroupExplanation.Guard.COORDINATOR, reason)


def actions_owned(person: Person) -> list[Held]:
    """Open actions that name someone as their owner."""
    rows = Action.objects.filter(owner_person=person, status=Action.Status.OPEN).select_related("group")
    return [
        Held(Sort.ACTION, f"Action of {row.group.name}: {row.what}", row.pk, href=row.get_absolute_url())
        for row in rows.order_by(SOONEST, "pk")
    ]


def who_could_act(person: Person, held: Held | None) -> Q:
    """People of the action's group, or while none is chosen of the groups of all that are open."""
    rows = Action.objects.filter(owner_person=person, status=Action.Status.OPEN)
    groups = (rows.filter(pk=held.object_id) if held else rows).order_by().values("group")
    inside = Membership.objects.current().filter(group__in=groups).exclude(role=Membership.Role.SUPPORTER)
    return Q(pk__in=inside.values("person"))


def give_action(by: Actor, person: Person, helper: Person, held: Held) -> None:
    """Make someone of the group the owner of an action."""
    action = Action.objects.select_related("group").get(pk=held.object_id)
    owner = next(owner for owner in owners_of(action.group) if owner.person == helper)
    change_action(by=by, action=action, owner=owner.label)


def calendar_of(person: Person) -> list[Ends]:
    """The address of a person's calendar."""
    feed = CalendarFeed.objects.filter(user=person.user_id).exists()
    return [Ends("The address of their calendar", "stops working when the account closes")] if feed else []


def meetings_run(person: Person) -> list[Ends]:
    """Meetings to come of the groups that someone coordinates."""
    rows = Meeting.objects.upcoming().filter(group__in=_coordinates(person).values("group")).select_related("group")
    return [
        Ends(f"Meeting: {row.title}, {row.group.name}", when(row.starts_at), row.get_absolute_url())
        for row in rows[:FEW]
    ]


def end_coordination(by: Actor, person: Person) -> None:
    """End what someone still coordinates when their account closes, and the address of their calendar."""
    for membership in _coordinates(person):
        _end_now(by, membership)
        match_group(membership.group)
    CalendarFeed.objects.filter(user=person.user_id).delete()


COORDINATING = DutySort(
    Sort.COORDINATE, "Groups", groups_coordinated, who_could_coordinate, give_group, explain_vacancy
)
ACTIONS = DutySort(Sort.ACTION, "Open actions", actions_owned, who_could_act, give_action)
