"""Every write about milestones, commitments and learning notes of a site: for its team and staff."""

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics import clock
from impact.core.basics.dates import day
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import delete_unchanged, reject_unknown, save_changes
from sites.progress.delivery.models import Commitment, EarlierWording, LearningNote, Milestone, Replan
from sites.registry.models import Site

MILESTONE_FIELDS = frozenset({"title", "planned_on", "expected_on", "actual_on"})
NOTE_FIELDS = frozenset({"worked", "did_not_work", "for_whom", "setting", "noted_on"})


def _facts(**dates: date | None) -> dict[str, str]:
    """Dates as the audit log keeps them, without those that are not set."""
    return {name: value.isoformat() for name, value in dates.items() if value}


def _one_line(text: str) -> str:
    return " ".join(text.split())


# --- Milestones ----------------------------------------------------------------------------------
@transaction.atomic
def add_milestone(
    *, by: Actor, site: Site, title: str, planned_on: date | None = None, expected_on: date | None = None
) -> Milestone:
    """Record what a site means to reach, by when, and when people expect it."""
    require(by, "sites.edit_site", site)
    milestone = Milestone(site=site, title=_one_line(title), planned_on=planned_on, expected_on=expected_on)
    milestone.full_clean()
    milestone.save()
    audit.record(by, "milestone.added", site, **_facts(planned_on=planned_on))
    return milestone


@transaction.atomic
def update_milestone(*, by: Actor, milestone: Milestone, expected: int | None = None, **changes: Any) -> Milestone:
    """Change a milestone's title, and when it is expected or was completed.

    The planned date can be set here once. After that only ``replan_milestone`` moves it.
    """
    site = milestone.site
    require(by, "sites.edit_site", site)
    reject_unknown(changes, MILESTONE_FIELDS)
    planned = milestone.planned_on
    if planned and changes.get("planned_on", planned) != planned:
        raise ValidationError({"planned_on": "The planned date stays as agreed. Re-plan the milestone and say why."})
    clock.reject_future("actual_on", changes.get("actual_on"), "the day it was completed, or leave this empty")
    if "title" in changes:
        changes["title"] = _one_line(changes["title"])
    if changed := save_changes(milestone, changes, expected=expected):
        moved = {name: getattr(milestone, name) for name in changed if name != "title"}
        audit.record(by, "milestone.changed", site, fields=changed, **_facts(**moved))
    return milestone


@transaction.atomic
def replan_milestone(
    *,
    by: Actor,
    milestone: Milestone,
    planned_on: date,
    reason: str,
    on: date | None = None,
    expected: int | None = None,
) -> Milestone:
    """Agree another planned date, with the reason. The date before and the reason stay readable."""
    site, before = milestone.site, milestone.planned_on
    require(by, "sites.edit_site", site)
    if before is None:
        raise StateConflict("This milestone has no planned date yet. Edit it and enter one.")
    if milestone.actual_on:
        raise StateConflict(
            "This milestone is complete, so its plan stays. To re-plan it, first remove its actual date."
        )
    if planned_on == before:
        raise ValidationError({"planned_on": f"It is already planned for {day(before)}. Enter another date."})
    reason, on = _one_line(reason), on or clock.today()
    if not reason:
        raise ValidationError({"reason": "Say why the date moves."})
    clock.reject_future("on", on, "the day it was re-planned")
    save_changes(milestone, {"planned_on": planned_on}, expected=expected)
    replan = Replan(milestone=milestone, before=before, after=planned_on, reason=reason, on=on, by_id=by.pk)
    replan.full_clean()
    replan.save()
    audit.record(by, "milestone.replanned", site, **_facts(before=before, after=planned_on))
    return milestone


@transaction.atomic
def complete_milestone(*, by: Actor, milestone: Milestone, actual_on: date, expected: int | None = None) -> Milestone:
    """Record that a milestone was reached."""
    require(by, "sites.edit_site", milestone.site)
    milestone = Milestone.objects.select_for_update().select_related("site").get(pk=milestone.pk)
    if milestone.actual_on:
        raise StateConflict(f"This milestone was already completed on {day(milestone.actual_on)}.")
    clock.reject_future("actual_on", actual_on, "the day it was completed")
    save_changes(milestone, {"actual_on": actual_on}, expected=expected)
    audit.record(by, "milestone.completed", milestone.site, **_facts(actual_on=actual_on))
    return milestone


@transaction.atomic
def remove_milestone(*, by: Actor, milestone: Milestone, expected: int | None = None) -> None:
    """Remove a milestone that was a mistake or is no longer meant. The site's history says that there was one."""
    require(by, "sites.edit_site", milestone.site)
    delete_unchanged(milestone, expected=expected)
    audit.record(by, "milestone.removed", milestone.site, **_facts(planned_on=milestone.planned_on))


# --- Commitments ---------------------------------------------------------------------------------
@transaction.atomic
def add_commitment(*, by: Actor, site: Site, side: str, text: str, due_on: date | None = None) -> Commitment:
    """Record what the centre or the host promises."""
    require(by, "sites.edit_site", site)
    commitment = Commitment(site=site, side=side, text=_one_line(text), due_on=due_on)
    commitment.full_clean()
    commitment.save()
    audit.record(by, "commitment.added", site, side=side, **_facts(due_on=due_on))
    return commitment


@transaction.atomic
def change_commitment(
    *,
    by: Actor,
    commitment: Commitment,
    text: str,
    due_on: date | None,
    on: date | None = None,
    expected: int | None = None,
) -> Commitment:
    """Change when a commitment is due, or what it says. A new wording marks it as changed and keeps the old one."""
    site = commitment.site
    require(by, "sites.edit_site", site)
    if commitment.is_settled:
        raise StateConflict(
            f"This commitment is marked as {commitment.get_state_display().lower()}. Mark it as still open, then change it."
        )
    before = commitment.text
    changes: dict[str, Any] = {"text": _one_line(text), "due_on": due_on}
    if changes["text"] != before:
        changes["state"] = Commitment.State.CHANGED
    changed = save_changes(commitment, changes, expected=expected)
    if "text" in changed:
        EarlierWording.objects.create(
            commitment=commitment, text=before, changed_on=on or clock.today(), changed_by_id=by.pk
        )
    if changed:
        kind = "commitment.reworded" if "text" in changed else "commitment.changed"
        audit.record(by, kind, site, fields=changed, side=commitment.side, **_facts(due_on=due_on))
    return commitment


@transaction.atomic
def settle_commitment(
    *, by: Actor, commitment: Commitment, state: str, settled_on: date, outcome: str, expected: int | None = None
) -> Commitment:
    """Record that a commitment was kept, how and when, or that it was not, and why. What was recorded can be corrected."""
    site = commitment.site
    require(by, "sites.edit_site", site)
    if state not in Commitment.SETTLED:
        raise ValidationError({"state": "Choose whether it was kept or not."})
    clock.reject_future("settled_on", settled_on, "the day when this was known")
    outcome = _one_line(outcome)
    if not outcome:
        is_kept = state == Commitment.State.KEPT
        raise ValidationError({"outcome": "Say how it was kept." if is_kept else "Say why it was not kept."})
    changes = {"state": state, "settled_on": settled_on, "outcome": outcome}
    if save_changes(commitment, changes, expected=expected):
        facts = _facts(settled_on=settled_on)
        audit.record(by, "commitment.settled", site, side=commitment.side, state=str(state), **facts)
    return commitment


@transaction.atomic
def reopen_commitment(*, by: Actor, commitment: Commitment, expected: int | None = None) -> Commitment:
    """Mark a commitment as still open, because what was recorded about its end was a mistake."""
    site = commitment.site
    require(by, "sites.edit_site", site)
    if not commitment.is_settled:
        raise StateConflict("This commitment is still open.")
    state = Commitment.State.CHANGED if commitment.earlier_wordings.exists() else Commitment.State.OPEN
    save_changes(commitment, {"state": state, "settled_on": None, "outcome": ""}, expected=expected)
    audit.record(by, "commitment.reopened", site, side=commitment.side)
    return commitment


@transaction.atomic
def remove_commitment(*, by: Actor, commitment: Commitment, expected: int | None = None) -> None:
    """Remove a commitment that was recorded by mistake. The site's history says that there was one."""
    require(by, "sites.edit_site", commitment.site)
    delete_unchanged(commitment, expected=expected)
    audit.record(by, "commitment.removed", commitment.site, side=commitment.side, state=commitment.state)


# --- Learning notes ------------------------------------------------------------------------------
def _check_note(worked: str, did_not_work: str) -> None:
    if not worked and not did_not_work:
        raise ValidationError({"worked": "Say what worked, or below what did not."})


@transaction.atomic
def add_note(
    *,
    by: Actor,
    site: Site,
    for_whom: str,
    setting: str,
    worked: str = "",
    did_not_work: str = "",
    noted_on: date | None = None,
) -> LearningNote:
    """Record what worked at a site and what did not, for whom, and in which setting."""
    require(by, "sites.edit_site", site)
    worked, did_not_work, noted_on = worked.strip(), did_not_work.strip(), noted_on or clock.today()
    _check_note(worked, did_not_work)
    clock.reject_future("noted_on", noted_on, "today or an earlier day")
    note = LearningNote(
        site=site,
        worked=worked,
        did_not_work=did_not_work,
        for_whom=_one_line(for_whom),
        setting=_one_line(setting),
        noted_on=noted_on,
        author_id=by.pk,
    )
    note.full_clean()
    note.save()
    audit.record(by, "learning_note.added", site)
    return note


@transaction.atomic
def update_note(*, by: Actor, note: LearningNote, expected: int | None = None, **changes: Any) -> LearningNote:
    """Correct a learning note. Its author stays."""
    site = note.site
    require(by, "sites.edit_site", site)
    reject_unknown(changes, NOTE_FIELDS)
    for name in ("worked", "did_not_work"):
        changes[name] = changes.get(name, getattr(note, name)).strip()
    for name in {"for_whom", "setting"} & set(changes):
        changes[name] = _one_line(changes[name])
    _check_note(changes["worked"], changes["did_not_work"])
    clock.reject_future("noted_on", changes.get("noted_on"), "today or an earlier day")
    if changed := save_changes(note, changes, expected=expected):
        audit.record(by, "learning_note.changed", site, fields=changed)
    return note


@transaction.atomic
def remove_note(*, by: Actor, note: LearningNote, expected: int | None = None) -> None:
    """Remove a learning note, such as one that says too much about a person."""
    require(by, "sites.edit_site", note.site)
    delete_unchanged(note, expected=expected)
    audit.record(by, "learning_note.removed", note.site)
