"""Meetings from planning to debrief; what is agreed at the end is carried into the next one."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.text import Truncator

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics import clock
from impact.core.basics.dates import day, when
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import save_changes
from networks.groups.models import Group
from networks.meetings.invitations.emails import TOLD
from networks.meetings.invitations.services import (
    announce_meeting,
    bump_sequence,
    is_announced,
    match_invitations,
    require_place,
    tell_cancelled,
    tell_change,
)
from networks.meetings.models import AgendaItem, Debrief, Meeting, MeetingMove

Status = Meeting.Status


def locked(meeting: Meeting) -> Meeting:
    """The meeting as it is now, held until the transaction ends."""
    return Meeting.objects.select_for_update(of=("self",)).select_related("group").get(pk=meeting.pk)


def require_changeable(meeting: Meeting) -> None:
    """Refuse to touch a meeting that was cancelled or is complete, and say what to do instead."""
    if meeting.status == Status.CANCELLED:
        raise StateConflict("This meeting was cancelled. Plan a new meeting instead.", code="cancelled")
    if meeting.status == Status.COMPLETE:
        raise StateConflict("This meeting is complete. Reopen it with a reason before you change it.", code="complete")


def require_started(meeting: Meeting) -> None:
    """Refuse attendance of a meeting in the future."""
    if not meeting.has_started:
        raise StateConflict(
            f"Attendance cannot be in the future. This meeting starts on {when(meeting.starts_at)}; record who came after "
            "that.",
            code="not_started",
        )


def _check_dates(group: Group, starts_at: datetime, ends_at: datetime) -> None:
    starts_on = timezone.localtime(starts_at).date()
    if group.starts_on and starts_on < group.starts_on:
        raise ValidationError({"starts_at": f"{group.name} starts on {day(group.starts_on)}. Choose a later date."})
    if group.ends_on and starts_on > group.ends_on:
        raise ValidationError(
            {"starts_at": f"{group.name} ends on {day(group.ends_on)}. Choose an earlier date, or change when it ends."}
        )
    if ends_at <= starts_at:
        raise ValidationError({"ends_at": "The meeting ends before it starts. Choose a later end."})


def _carry_over(group: Group) -> None:
    """Put what debriefs agreed for next time on the next meeting still to come, once each (rule 11).

    Without one it waits: planning a meeting, or moving one to a day still to come, puts it there.
    """
    waiting = (
        Debrief.objects.filter(meeting__group=group, is_past=False)
        .exclude(agreed_next="")
        .exclude(
            pk__in=AgendaItem.objects.exclude(meeting__status=Status.CANCELLED)
            .exclude(carried_from=None)
            .values("carried_from")
        )
        .select_related("meeting")
        .order_by("meeting__starts_at")
    )
    for debrief in waiting:
        if following := _following(debrief):
            item = AgendaItem(title=_as_title(debrief.agreed_next), carried_from=debrief)
            _put_last(item, following)
    # A meeting planned since, before the one where an item waits untouched, takes that item.
    untouched = AgendaItem.objects.filter(
        meeting__group=group, meeting__starts_at__gt=clock.now(), owner="", minutes=None
    )
    for item in untouched.exclude(carried_from=None).select_related("carried_from__meeting", "meeting"):
        source = item.carried_from
        if source is None or item.title != _as_title(source.agreed_next):
            continue
        following = _following(source)
        if following and following.starts_at < item.meeting.starts_at:
            _put_last(item, following)


def _following(debrief: Debrief) -> Meeting | None:
    """The next meeting still to come after the one that was debriefed."""
    after = max(debrief.meeting.starts_at, clock.now())
    return Meeting.objects.upcoming(clock.now()).filter(group=debrief.meeting.group_id, starts_at__gt=after).first()


def _put_last(item: AgendaItem, meeting: Meeting) -> None:
    item.meeting = meeting
    item.position = (meeting.agenda_items.aggregate(last=Max("position"))["last"] or 0) + 1
    item.full_clean()
    item.save()


def _as_title(text: str) -> str:
    return Truncator(" ".join(text.split())).chars(160)


def _with_place(given: dict[str, Any], meeting: Meeting | None = None) -> dict[str, Any]:
    """What is given of a meeting; where it names a venue and no place, the place is the venue's address. An address that
    came from the venue before goes with it."""
    venue = given.get("venue")
    if venue is None:
        return given
    place = given.get("place", meeting.place if meeting else "").strip()
    before = meeting.venue.as_place if meeting and meeting.venue else ""
    return given | {"place": venue.as_place} if place in ("", before) else given


@transaction.atomic
def plan_meeting(
    *,
    by: Actor,
    group: Group,
    starts_at: datetime,
    ends_at: datetime,
    title: str = "",
    announce: bool = False,
    **details: Any,
) -> Meeting:
    """Give a group its next meeting: a draft that tells no one, unless it is announced at once.

    What the last debrief agreed goes on its agenda.
    """
    require(by, "networks.plan_meeting", group)
    group = Group.objects.select_for_update().get(pk=group.pk)
    _check_dates(group, starts_at, ends_at)
    number = (group.meetings.aggregate(last=Max("number"))["last"] or 0) + 1
    meeting = Meeting(
        group=group,
        number=number,
        title=" ".join(title.split()) or f"Meeting {number}",
        starts_at=starts_at,
        ends_at=ends_at,
        **_with_place(details),
    )
    meeting.full_clean()
    meeting.save()
    _carry_over(group)
    audit.record(by, "meeting.planned", meeting, number=number)
    return announce_meeting(by=by, meeting=meeting) if announce else meeting


@transaction.atomic
def update_meeting(
    *, by: Actor, meeting: Meeting, expected: int | None = None, reason: str = "", **changes: Any
) -> Meeting:
    """Move a meeting or change how it is held, and tell those whom it concerns. Not once it is complete or cancelled.

    ``reason``: why it moves, needed once people know of it.
    """
    require(by, "networks.plan_meeting", meeting)
    require_changeable(locked(meeting))
    if "title" in changes:
        changes["title"] = " ".join(changes["title"].split())
    changes = _with_place(changes, meeting)
    starts_at, ends_at = changes.get("starts_at", meeting.starts_at), changes.get("ends_at", meeting.ends_at)
    _check_dates(meeting.group, starts_at, ends_at)
    if meeting.status == Status.LOGGED and starts_at > clock.now():
        raise ValidationError({"starts_at": "This meeting has been logged, so it cannot be in the future."})
    was_at, was_announced, reason = meeting.starts_at, is_announced(meeting), reason.strip()
    is_public = meeting.status == Status.PLANNED and not meeting.is_draft
    if is_public and starts_at != was_at and not reason:
        raise ValidationError({"reason": "People have been told about this meeting. Say why it is moving."})
    changed = save_changes(meeting, changes, expected=expected)
    if not changed:
        return meeting
    if "starts_at" in changed:
        _carry_over(meeting.group)
    if is_public:
        require_place(meeting)
    if meeting.status == Status.PLANNED and "starts_at" in changed and reason:
        move = MeetingMove(meeting=meeting, was_at=was_at, now_at=starts_at, reason=reason, moved_by_id=by.pk)
        move.full_clean()
        move.save()
    audit.record(by, "meeting.changed", meeting, fields=changed)
    if (was_announced or is_announced(meeting)) and not TOLD.keys().isdisjoint(changed):
        bump_sequence(meeting)
        match_invitations(meeting)
        tell_change(meeting, changed, reason)
    return meeting


@transaction.atomic
def cancel_meeting(*, by: Actor, meeting: Meeting, reason: str, expected: int | None = None) -> Meeting:
    """Cancel a planned meeting, with a reason sent to everyone invited. Carried items move to the next one."""
    require(by, "networks.plan_meeting", meeting)
    now = locked(meeting)
    if now.status != Status.PLANNED:
        raise StateConflict(
            "Only a planned meeting can be cancelled. This one is " + now.get_status_display().lower() + "."
        )
    if not reason.strip():
        raise ValidationError({"reason": "Say why it is cancelled, so that members know."})
    was_announced = is_announced(now)
    save_changes(meeting, {"status": Status.CANCELLED, "status_reason": reason.strip()}, expected=expected)
    _carry_over(meeting.group)
    audit.record(by, "meeting.cancelled", meeting)
    if was_announced:
        bump_sequence(meeting)
        tell_cancelled(meeting, reason)
    return meeting


@transaction.atomic
def set_agenda(
    *, by: Actor, meeting: Meeting, items: Sequence[dict[str, Any]], shown: Collection[int] | None = None
) -> list[AgendaItem]:
    """Replace the agenda by ``items`` in this order: dicts of id (of a row to keep), title, minutes, owner.

    ``shown``: ids of the rows that the writer saw. What came since, by someone else or from a debrief, stays at the end.
    """
    require(by, "networks.plan_meeting", meeting)
    require_changeable(locked(meeting))
    known = {row.pk: row for row in meeting.agenda_items.all()}
    kept: list[AgendaItem] = []
    for position, given in enumerate(items, start=1):
        row = known.get(given.get("id")) or AgendaItem(meeting=meeting)  # type: ignore[arg-type]
        row.position, row.title = position, given["title"].strip()
        row.minutes, row.owner = given.get("minutes"), (given.get("owner") or "").strip()
        row.full_clean()
        row.save()
        kept.append(row)
    rest = meeting.agenda_items.exclude(pk__in=[row.pk for row in kept])
    (rest if shown is None else rest.filter(pk__in=shown)).delete()
    if shown is not None:
        for position, row in enumerate(rest.exclude(pk__in=shown), start=len(kept) + 1):
            row.position = position
            row.save(update_fields=["position"])
            kept.append(row)
    audit.record(by, "meeting.agenda_set", meeting, items=len(kept))
    return kept


@transaction.atomic
def add_agenda_item(
    *, by: Actor, meeting: Meeting, title: str, minutes: int | None = None, owner: str = ""
) -> AgendaItem:
    """Put one more thing at the end of the agenda."""
    require(by, "networks.plan_meeting", meeting)
    require_changeable(locked(meeting))
    last = meeting.agenda_items.aggregate(last=Max("position"))["last"] or 0
    item = AgendaItem(meeting=meeting, position=last + 1, title=title.strip(), minutes=minutes, owner=owner.strip())
    item.full_clean()
    item.save()
    audit.record(by, "meeting.agenda_item_added", meeting, items=last + 1)
    return item


@transaction.atomic
def debrief_meeting(
    *,
    by: Actor,
    meeting: Meeting,
    held_on: date,
    agreed_next: str,
    went_well: str = "",
    to_change: str = "",
    is_past: bool = False,
) -> Debrief:
    """Record what was agreed after a logged meeting; that completes it and goes on the next agenda (rule 11).

    ``is_past``: it was of past years, so that nothing of it goes on an agenda of today.
    """
    require(by, "networks.debrief_meeting", meeting)
    meeting = locked(meeting)
    require_changeable(meeting)
    if meeting.status != Status.LOGGED:
        raise StateConflict("Finish the log of this meeting first. Then debrief.")
    if held_on < meeting.starts_on:
        raise ValidationError({"held_on": f"The meeting was on {day(meeting.starts_on)}. A debrief comes after it."})
    if held_on > clock.today():
        raise ValidationError({"held_on": "Date cannot be in the future. Record the debrief once it has been held."})
    if not agreed_next.strip():
        raise ValidationError({"agreed_next": "Say what you agreed for next time, even if nothing changes."})
    debrief = Debrief.objects.filter(meeting=meeting).first() or Debrief(meeting=meeting)
    debrief.held_on, debrief.agreed_next = held_on, agreed_next.strip()
    debrief.went_well, debrief.to_change = went_well.strip(), to_change.strip()
    debrief.recorded_by_id, debrief.is_past = by.pk, is_past
    debrief.full_clean()
    debrief.save()
    debrief.carried_items.filter(meeting__status=Status.PLANNED).update(title=_as_title(debrief.agreed_next))
    save_changes(meeting, {"status": Status.COMPLETE}, expected=None)
    _carry_over(meeting.group)
    audit.record(by, "meeting.debriefed", meeting)
    return debrief


@transaction.atomic
def reopen_log(*, by: Actor, meeting: Meeting, reason: str) -> Meeting:
    """Open the log of a complete meeting again, with a reason. It is complete once debriefed again."""
    require(by, "networks.log_meeting", meeting)
    meeting = locked(meeting)
    if meeting.status != Status.COMPLETE:
        raise StateConflict("Only a complete meeting can be reopened. The log of this one can be changed as it is.")
    if not reason.strip():
        raise ValidationError({"reason": "Say why the log has to change."})
    save_changes(meeting, {"status": Status.LOGGED, "status_reason": reason.strip()}, expected=None)
    audit.record(by, "meeting.reopened", meeting)
    return meeting
