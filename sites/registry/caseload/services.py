"""Writing supervision: talks planned and held with people in posts at sites. For national staff."""

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics import clock
from impact.core.basics.dates import day
from impact.core.basics.versions import delete_unchanged, reject_unknown, save_changes
from sites.registry.caseload.models import Supervision
from sites.registry.models import SiteRole

SUPERVISION_FIELDS = frozenset({"on", "is_held", "note"})


def _check(row: SiteRole, on: date, is_held: bool) -> None:
    if is_held:
        clock.reject_future("on", on, "the day on which it was held, or leave it as planned")
    if row.starts_on and on < row.starts_on:
        raise ValidationError({"on": f"Their first day in the post was {day(row.starts_on)}. Enter a later day."})
    if row.ends_on and on > row.ends_on:
        raise ValidationError({"on": f"Their last day in the post was {day(row.ends_on)}. Enter an earlier day."})


@transaction.atomic
def add_supervision(*, by: Actor, role: SiteRole, on: date, is_held: bool = False, note: str = "") -> Supervision:
    """Plan supervision with someone in a post, or record that it was held. Who records it is the supervisor."""
    require(by, "sites.supervise", role.site)
    role = SiteRole.objects.select_for_update().select_related("site").get(pk=role.pk)
    if role.state != SiteRole.State.APPOINTED:
        raise ValidationError("No one has been appointed to this post yet. Appoint someone first.")
    _check(role, on, is_held)
    row = Supervision(role=role, on=on, is_held=is_held, supervisor_id=by.pk, note=note.strip())
    row.full_clean()
    row.save()
    audit.record(by, "supervision.held" if is_held else "supervision.planned", row, on=on.isoformat())
    return row


@transaction.atomic
def update_supervision(
    *, by: Actor, supervision: Supervision, expected: int | None = None, **changes: Any
) -> Supervision:
    """Move supervision to another day, record that it was held, or change the note."""
    role = supervision.role
    require(by, "sites.supervise", role.site)
    reject_unknown(changes, SUPERVISION_FIELDS)
    if "note" in changes:
        changes["note"] = changes["note"].strip()
    _check(role, changes.get("on", supervision.on), changes.get("is_held", supervision.is_held))
    if changed := save_changes(supervision, changes, expected=expected):
        kind = "supervision.held" if "is_held" in changed and supervision.is_held else "supervision.changed"
        audit.record(by, kind, supervision, fields=changed, on=supervision.on.isoformat())
    return supervision


@transaction.atomic
def remove_supervision(*, by: Actor, supervision: Supervision, expected: int | None = None) -> None:
    """Remove supervision that was recorded by mistake or will not take place, with its note."""
    require(by, "sites.supervise", supervision.role.site)
    audit.record(by, "supervision.removed", supervision, on=supervision.on.isoformat())
    delete_unchanged(supervision, expected=expected)
