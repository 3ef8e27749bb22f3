"""The Monday digest: which actions are overdue or due this week, for those who run the groups and for national staff."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from impact.core.access.acting.models import Duty, Sort, holders
from impact.core.access.permissions import Role
from impact.core.jobs import outbox, queue
from impact.core.jobs.models import Job
from impact.core.notices import choices
from impact.core.notices.models import NoticeKind
from impact.core.people.consents import consent_states
from impact.core.people.models import Consent, Person, User
from networks.actions import digests
from networks.actions.models import SOONEST, Action
from networks.groups.models import Group, Membership

MONDAY = 0
NAMED = 20  # actions of one group that an email names; the plan holds the rest


def send_digests(*, on: date) -> int:
    """Write the digests of ``on`` to the outbox; how many there are. None on other days than Mondays.

    It belongs in the transaction that ends its job: a worker that dies has sent nothing, and no one gets two.
    """
    if on.weekday() != MONDAY:
        return 0
    until = on + timedelta(days=6)
    rows = (
        Action.objects.named()
        .filter(status=Action.Status.OPEN, due_on__lte=until)
        .select_related("group__site")
        .order_by("group__name", SOONEST, "pk")
    )
    by_group: dict[Group, list[Action]] = defaultdict(list)
    for action in rows:
        by_group[action.group].append(action)
    if not by_group:
        return 0
    sent = 0
    coordinators, staff = _coordinators(by_group, on), _staff()
    told = {(user.pk, group.pk) for user, groups in coordinators for group in groups}
    for coordinator, groups in coordinators:
        if not _wants(coordinator):
            continue
        _send(
            coordinator,
            "emails/action_digest.txt",
            {"parts": [_part(group, by_group[group], on) for group in groups]},
            rows=[action for group in groups for action in by_group[group]],
            on=on,
        )
        sent += 1
    networks: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for group, actions in by_group.items():
        networks[group.site.name if group.site else "Other groups"].append(_part(group, actions, on))
    every = [action for actions in by_group.values() for action in actions]
    for user in staff:
        if not _wants(user):
            continue
        _send(user, "emails/action_digest_staff.txt", {"networks": sorted(networks.items())}, rows=every, on=on)
        sent += 1
    for person, actions in _owners(by_group, on):
        own = [a for a in actions if (person.user_id, a.group_id) not in told]
        if not own or person.user in staff or not choices.wants_email(person, "action-digest"):
            continue  # they get these in a digest of their own
        parts = [_part(group, [a for a in own if a.group_id == group.pk], on) for group in by_group]
        _send(
            person,
            "emails/action_digest_own.txt",
            {"person": person, "parts": [part for part in parts if part["overdue_count"] or part["soon_count"]]},
            rows=own,
            on=on,
        )
        sent += 1
    return sent


def _wants(user: User) -> bool:
    return choices.wants_email(Person.objects.filter(user=user).first(), "action-digest")


def _owners(by_group: dict[Group, list[Action]], on: date) -> list[tuple[Person, list[Action]]]:
    """Members who own these actions by name or role and can be written to, each with theirs.

    No one is told who has left the group, or who said no to being written to between meetings.
    """
    rows = (
        Membership.objects.current(on)
        .filter(group__in=by_group)
        .select_related("person__user")
        .prefetch_related("person__consents")
        .order_by("person__name", "pk")
    )
    owners: dict[Person, list[Action]] = defaultdict(list)
    for membership in rows:
        group = next(group for group in by_group if group.pk == membership.group_id)
        for action in by_group[group]:
            is_theirs = action.owner_person_id == membership.person_id
            if (is_theirs or action.owner_role == membership.role) and action not in owners[membership.person]:
                owners[membership.person].append(action)
    by_pk = {action.pk: action for actions in by_group.values() for action in actions}
    for helper, person, pk in Duty.objects.helpers(Sort.ACTION, by_pk):  # who covers hears of it as well
        is_inside = Group.objects.visible_to(helper.user).filter(pk=by_pk[pk].group_id).exists()  # left meanwhile
        if is_inside and by_pk[pk].owner_person_id == person and by_pk[pk] not in owners[helper]:
            owners[helper].append(by_pk[pk])
    return [(person, actions) for person, actions in owners.items() if actions and _may_write_to(person, on)]


def _may_write_to(person: Person, on: date) -> bool:
    if not (person.user.is_active if person.user else person.email):
        return False
    states = {state.purpose: state for state in consent_states(person.consents.all(), on)}
    answer = states[Consent.Purpose.CONTACT].consent
    return answer is None or answer.is_given


def _part(group: Group, actions: list[Action], on: date) -> dict[str, Any]:
    overdue = [action for action in actions if action.due_on and action.due_on < on]
    return {
        "group": group,
        "overdue": overdue[:NAMED],
        "soon": [action for action in actions if action not in overdue][:NAMED],
        "overdue_count": len(overdue),
        "soon_count": len(actions) - len(overdue),
        "url": f"{settings.SITE_URL}{reverse('networks:group-plan', args=[group.slug])}",
    }


def _coordinators(groups: Iterable[Group], on: date) -> list[tuple[User, list[Group]]]:
    """Who runs these groups on the day and has an account, and who covers for them, each with their groups."""
    by_id = {group.pk: group for group in groups}
    running = (
        Membership.objects.current(on)
        .filter(person__user__is_active=True, group__in=by_id)
        .order_by("person__user_id", "group__name")
    )
    found: dict[User, list[Group]] = defaultdict(list)
    for person, group in running.who_runs():
        assert person.user  # noqa: S101  filtered above
        found[person.user].append(by_id[group])
    return list(found.items())


def _staff() -> list[User]:
    return list(User.objects.filter(holders([Role.STAFF]), is_active=True).order_by("pk"))


def _send(reader: Person | User, template: str, context: dict[str, Any], *, rows: list[Action], on: date) -> None:
    overdue = sum(bool(action.due_on and action.due_on < on) for action in rows)
    soon = len(rows) - overdue
    said = [f"{overdue} overdue" if overdue else "", f"{soon} due this week" if soon else ""]
    person = reader if isinstance(reader, Person) else Person.objects.filter(user=reader).first()
    leave = choices.stop_url(person, [NoticeKind.WORK]) if person else ""
    body = render_to_string(template, {**context, "on": on, "site_url": settings.SITE_URL})
    outbox.send_later(
        event="action-digest",
        to=reader.email if isinstance(reader, User) else choices.address_of(reader),
        subject=f"Actions: {', '.join(part for part in said if part)}",
        body=f"{body.strip()}\n\nStop emails about actions:\n{leave}\n" if leave else body,
        leave_url=leave,
    )


DIGEST = "networks.action_digest"


@queue.daily(DIGEST, "Emails about actions")
def digest(claim: queue.Claim) -> queue.Finish:
    """Tell those who run groups what is overdue, on Mondays. All in ``finish``: a worker that dies has sent nothing."""
    on = date.fromisoformat(claim.payload["on"])

    def finish(job: Job) -> dict[str, Any]:
        return {"sent": digests.send_digests(on=on)}

    return finish
