"""Actions: what someone will do, from what was said to what came of it (rule 13)."""

import uuid
from datetime import date
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics import clock
from impact.core.basics.dates import day
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import save_changes
from networks.actions.models import Action, ActionProgress
from networks.actions.owners import find_owner, owners_of
from networks.groups.models import Group
from networks.meetings.models import Meeting

if TYPE_CHECKING:
    from networks.log.models import Contribution


def check_action(action: Action) -> None:
    """Rules across rows: the source was said in the same group, and nothing is due before it was agreed."""
    if action.contribution and action.contribution.meeting.group_id != action.group_id:
        raise ValidationError({"contribution": "Choose something that was said in this group."})
    if action.meeting and action.meeting.group_id != action.group_id:
        raise ValidationError({"meeting": "Choose a meeting of this group."})
    if action.contribution and action.contribution.removed_at:
        raise ValidationError({"contribution": "This was removed from the log. Choose something else that was said."})
    if action.meeting and action.due_on and action.due_on < action.meeting.starts_on:
        raise ValidationError(
            {"due_on": f"The meeting was on {day(action.meeting.starts_on)}. Choose that day or a later one."}
        )
    action.full_clean()


@transaction.atomic
def add_action(
    *,
    by: Actor,
    group: Group,
    what: str,
    owner: str = "",
    due_on: date | None = None,
    meeting: Meeting | None = None,
    contribution: "Contribution | None" = None,
    key: uuid.UUID | None = None,
) -> Action:
    """Record what someone will do, and the contribution it comes from. The same key twice adds it once."""
    require(by, "networks.edit_action", group)
    if key:
        known = Action.objects.filter(key=key, group=group).first()
        if known:
            if known.what != what.strip():
                raise StateConflict(
                    "There is already a different action with this key. Use a new key.", "id_taken", known
                )
            return known
    if meeting and meeting.status == Meeting.Status.CANCELLED:
        raise ValidationError({"meeting": "This meeting was cancelled. Choose another one, or none."})
    who = find_owner(owner, owners_of(group)).fields
    action = Action(group=group, meeting=meeting, contribution=contribution, what=what.strip(), due_on=due_on, **who)
    if key:
        action.key = key
    check_action(action)
    action.save()
    audit.record(by, "action.added", action, comes_from="what was said" if contribution else "nothing in particular")
    return action


@transaction.atomic
def change_action(*, by: Actor, action: Action, expected: int | None = None, **changes: Any) -> Action:
    """Change what an open action says, who does it, by when, or where it comes from."""
    require(by, "networks.edit_action", action)
    if action.status != Action.Status.OPEN:
        raise StateConflict("This action is closed. Reopen it before you change it.")
    for name, value in changes.items():
        changes[name] = value.strip() if isinstance(value, str) else value
    if "owner" in changes:
        changes |= find_owner(changes["owner"], owners_of(action.group), action).fields
    check_action(Action(**{**_as_dict(action), **changes}))
    changed = save_changes(action, changes, expected=expected, exclude=["key"])
    if changed:
        audit.record(by, "action.changed", action, fields=changed)
    return action


def _as_dict(action: Action) -> dict[str, Any]:
    names = ["group", "meeting", "contribution", "what", "owner", "owner_person_id", "owner_role", "due_on"]
    return {name: getattr(action, name) for name in names}


@transaction.atomic
def record_progress(*, by: Actor, action: Action, words: str, on: date | None = None) -> ActionProgress:
    """Note how far an open action has come, with the day."""
    require(by, "networks.edit_action", action)
    now = Action.objects.select_for_update(of=("self",)).select_related("meeting").get(pk=action.pk)
    if now.status != Action.Status.OPEN:
        raise StateConflict("This action is closed. Reopen it before you record progress.")
    on = on or clock.today()
    if on > clock.today():
        raise ValidationError({"on": "Date cannot be in the future."})
    if now.meeting and on < now.meeting.starts_on:
        raise ValidationError(
            {"on": f"The meeting was on {day(now.meeting.starts_on)}. Choose that day or a later one."}
        )
    row = ActionProgress(action=action, words=words.strip(), on=on, recorded_by_id=by.pk, recorded_at=clock.now())
    row.full_clean()
    row.save()
    audit.record(by, "action.progress_recorded", action, on=on.isoformat())
    return row


@transaction.atomic
def close_action(
    *, by: Actor, action: Action, status: str, outcome: str = "", on: date | None = None, expected: int | None = None
) -> Action:
    """Say that an action is done, with what came of it, or dropped, with the reason."""
    require(by, "networks.edit_action", action)
    if action.status != Action.Status.OPEN:
        raise StateConflict(f"This action is already {action.get_status_display().lower()}.")
    if status not in (Action.Status.DONE, Action.Status.DROPPED):
        raise ValidationError({"status": "Choose whether it is done or dropped."})
    if status == Action.Status.DROPPED and not outcome.strip():
        raise ValidationError({"outcome": "Say why the action was dropped."})
    on = on or clock.today()
    if on > clock.today():
        raise ValidationError({"closed_on": "Date cannot be in the future."})
    if action.meeting and on < action.meeting.starts_on:
        raise ValidationError(
            {"closed_on": f"The meeting was on {day(action.meeting.starts_on)}. Choose that day or a later one."}
        )
    save_changes(action, {"status": status, "outcome": outcome.strip(), "closed_on": on}, expected=expected)
    audit.record(by, "action.closed", action, status=action.get_status_display())
    return action


@transaction.atomic
def reopen_action(*, by: Actor, action: Action, expected: int | None = None) -> Action:
    """Open a closed action again, when it was closed by mistake or came back."""
    require(by, "networks.edit_action", action)
    if action.status == Action.Status.OPEN:
        raise StateConflict("This action is open already.")
    save_changes(action, {"status": Action.Status.OPEN, "closed_on": None}, expected=expected)
    audit.record(by, "action.reopened", action)
    return action
