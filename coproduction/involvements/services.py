"""Write involvements: what members were asked, what they said and what changed."""

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from coproduction.group.members import require_past_day
from coproduction.involvements.models import Involvement
from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import save_changes
from networks.groups.models import Group


# --- You said, we did ----------------------------------------------------------------------------
@transaction.atomic
def add_involvement(
    *, by: Actor, group: Group, title: str, asked_by: str, asked: str, asked_on: date, is_illustrative: bool = False
) -> Involvement:
    """Record that members were asked to shape something."""
    require(by, "coproduction.edit_involvement", group)
    involvement = Involvement(
        group=group,
        title=title.strip(),
        asked_by=asked_by.strip(),
        asked=asked.strip(),
        asked_on=require_past_day(asked_on, "asked_on"),
        is_illustrative=is_illustrative,
    )
    involvement.full_clean()
    involvement.save()
    audit.record(by, "involvement.asked", involvement)
    return involvement


@transaction.atomic
def update_involvement(
    *, by: Actor, involvement: Involvement, expected: int | None = None, **changes: Any
) -> Involvement:
    """Correct the record of an involvement."""
    require(by, "coproduction.edit_involvement", involvement)
    for name in ("asked_on", "said_on", "changed_on"):
        if changes.get(name):
            require_past_day(changes[name], name)
    changed = save_changes(involvement, changes, expected=expected)
    if changed:
        audit.record(by, "involvement.changed", involvement, fields=changed)
    return involvement


@transaction.atomic
def record_said(
    *, by: Actor, involvement: Involvement, said: str, said_on: date, expected: int | None = None
) -> Involvement:
    """Keep what the members said, and when."""
    require(by, "coproduction.edit_involvement", involvement)
    if involvement.outcome != Involvement.Outcome.WAITING:
        raise StateConflict("This is settled: what changed is recorded. Edit the words instead.")
    if not said.strip():
        raise ValidationError({"said": "Write down what the members said."})
    changes = {"said": said.strip(), "said_on": require_past_day(said_on, "said_on")}
    if save_changes(involvement, changes, expected=expected):
        audit.record(by, "involvement.said", involvement)
    return involvement


@transaction.atomic
def record_change(
    *,
    by: Actor,
    involvement: Involvement,
    outcome: str,
    changed: str,
    changed_on: date,
    expected: int | None = None,
) -> Involvement:
    """Keep what changed because of what members said, or why nothing did: the answer they are owed."""
    require(by, "coproduction.edit_involvement", involvement)
    if involvement.said_on is None:
        raise StateConflict("Record what the members said first; then what changed because of it.")
    if outcome == Involvement.Outcome.WAITING:
        raise ValidationError({"outcome": "Choose whether something changed."})
    if not changed.strip():
        raise ValidationError({"changed": "Say what changed, or why nothing did."})
    changes = {"outcome": outcome, "changed": changed.strip(), "changed_on": require_past_day(changed_on, "changed_on")}
    if save_changes(involvement, changes, expected=expected):
        audit.record(by, "involvement.settled", involvement, outcome=involvement.get_outcome_display())
    return involvement


@transaction.atomic
def mark_good_practice(
    *, by: Actor, involvement: Involvement, is_good_practice: bool, expected: int | None = None
) -> Involvement:
    """Mark or unmark an involvement as good practice; marked ones are shown in the annual report."""
    require(by, "coproduction.edit_involvement", involvement)
    if is_good_practice and involvement.outcome == Involvement.Outcome.WAITING:
        raise StateConflict("Record what changed first. Then it can be marked as good practice.")
    if save_changes(involvement, {"is_good_practice": is_good_practice}, expected=expected):
        audit.record(by, "good_practice.marked" if is_good_practice else "good_practice.unmarked", involvement)
    return involvement
