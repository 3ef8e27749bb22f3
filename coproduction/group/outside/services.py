"""Write down which outside groups a group is in touch with, and what was learned."""

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from coproduction.group.members import require_past_day
from coproduction.group.outside.models import Exchange, OutsideGroup
from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics.versions import reject_unknown, save_changes
from networks.groups.models import Group

EDITABLE = frozenset({"name", "about", "web", "known_since", "ended_on"})
EXCHANGE = frozenset({"on", "direction", "words", "led_to"})


def _tidy(changes: dict[str, Any]) -> dict[str, Any]:
    return {name: value.strip() if isinstance(value, str) else value for name, value in changes.items()}


@transaction.atomic
def add_outside_group(
    *,
    by: Actor,
    group: Group,
    name: str,
    about: str,
    known_since: date,
    web: str = "",
    ended_on: date | None = None,
    is_illustrative: bool = False,
) -> OutsideGroup:
    """Record that a group is in touch with a like-minded group outside IMPACT."""
    require(by, "coproduction.edit_outside_group", group)
    row = OutsideGroup(
        group=group,
        **_tidy({"name": name, "about": about, "web": web}),
        known_since=require_past_day(known_since, "known_since"),
        ended_on=require_past_day(ended_on, "ended_on") if ended_on else None,
        is_illustrative=is_illustrative,
    )
    row.full_clean()
    row.save()
    audit.record(by, "outside_group.added", row)
    return row


@transaction.atomic
def update_outside_group(
    *, by: Actor, outside_group: OutsideGroup, expected: int | None = None, **changes: Any
) -> OutsideGroup:
    """Correct what is written about an outside group, or say that the groups are no longer in touch."""
    require(by, "coproduction.edit_outside_group", outside_group)
    reject_unknown(changes, EDITABLE)
    for name in ("known_since", "ended_on"):
        if changes.get(name):
            require_past_day(changes[name], name)
    changed = save_changes(outside_group, _tidy(changes), expected=expected)
    if changed:
        audit.record(by, "outside_group.changed", outside_group, fields=changed)
    return outside_group


def _check_day(outside_group: OutsideGroup, on: date) -> None:
    require_past_day(on, "on")
    if on < outside_group.known_since:
        raise ValidationError({"on": "This is before the two groups first talked. Choose a later day."})


@transaction.atomic
def add_exchange(
    *, by: Actor, outside_group: OutsideGroup, on: date, direction: str, words: str, led_to: str = ""
) -> Exchange:
    """Record something that one of the two groups learned from the other."""
    require(by, "coproduction.edit_outside_group", outside_group)
    _check_day(outside_group, on)
    row = Exchange(
        outside_group=outside_group,
        on=on,
        direction=direction,
        words=words.strip(),
        led_to=led_to.strip(),
        recorded_by_id=by.pk,
    )
    row.full_clean()
    row.save()
    audit.record(by, "exchange.added", outside_group)
    return row


@transaction.atomic
def update_exchange(*, by: Actor, exchange: Exchange, expected: int | None = None, **changes: Any) -> Exchange:
    """Correct what was learned, or add what came of it."""
    require(by, "coproduction.edit_outside_group", exchange)
    reject_unknown(changes, EXCHANGE)
    if changes.get("on"):
        _check_day(exchange.outside_group, changes["on"])
    changed = save_changes(exchange, _tidy(changes), expected=expected)
    if changed:
        audit.record(by, "exchange.changed", exchange.outside_group, fields=changed)
    return exchange
