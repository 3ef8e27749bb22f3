"""The Monday digest: which actions are overdue or due this week, for those who run the groups and for national staff."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from impact.core import outbox
from impact.core.models import RoleGrant, User
from impact.core.permissions import Role
from networks.models import Action, Group, Membership

MONDAY = 0
NAMED = 20  # actions of one group that an e-mail names; the plan holds the rest


def send_digests(*, on: date) -> int:
    """Write the digests of ``on`` to the outbox; how many there are. None on other days than Mondays.

    It belongs in the transaction that ends its job: a worker that dies has sent nothing, and nobody gets two.
    """
    if on.weekday() != MONDAY:
        return 0
    until = on + timedelta(days=6)
    rows = (
        Action.objects.filter(status=Action.Status.OPEN, due_on__lte=until)
        .select_related("group__site")
        .order_by("group__name", "due_on", "pk")
    )
    by_group: dict[Group, list[Action]] = defaultdict(list)
    for action in rows:
        by_group[action.group].append(action)
    if not by_group:
        return 0
    sent = 0
    for coordinator, groups in _coordinators(by_group, on):
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
    for user in _staff():
        _send(user, "emails/action_digest_staff.txt", {"networks": sorted(networks.items())}, rows=every, on=on)
        sent += 1
    return sent


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
    """Who runs these groups on the day and has an account, each with their groups."""
    by_id = {group.pk: group for group in groups}
    running = (
        Membership.objects.current(on)
        .filter(person__user__is_active=True, group__in=by_id, role=Membership.Role.COORDINATOR)
        .select_related("person__user")
        .order_by("person__user_id", "group__name")
    )
    found: dict[User, list[Group]] = defaultdict(list)
    for membership in running:
        assert membership.person.user  # noqa: S101  filtered above
        found[membership.person.user].append(by_id[membership.group_id])
    return list(found.items())


def _staff() -> list[User]:
    held = RoleGrant.objects.in_force().filter(role=Role.STAFF, user__is_active=True)
    return list(User.objects.filter(pk__in=held.values("user_id")).order_by("pk"))


def _send(user: User, template: str, context: dict[str, Any], *, rows: list[Action], on: date) -> None:
    overdue = sum(bool(action.due_on and action.due_on < on) for action in rows)
    soon = len(rows) - overdue
    said = [f"{overdue} overdue" if overdue else "", f"{soon} due this week" if soon else ""]
    outbox.send_later(
        to=user.email,
        subject=f"Actions: {', '.join(part for part in said if part)}",
        body=render_to_string(template, {**context, "on": on, "site_url": settings.SITE_URL}),
    )
