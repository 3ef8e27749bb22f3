"""The log of a meeting, one entry at a time: who came, what was said, what was decided."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max, Q, QuerySet

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics import clock
from impact.core.basics.dates import when
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import save_changes, tidy
from impact.core.basics.vocabulary import Perspective
from impact.core.people.models import Person
from networks.log.models import Attendance, Contribution, Decision
from networks.meetings.models import Meeting
from networks.meetings.services import locked, require_changeable, require_started
from networks.themes.models import Theme
from networks.themes.services import find_or_add_theme, find_theme, theme_slug

ID_TAKEN = "id_taken"  # error codes for reusing an id with different content
MAX_WORDS = 2000
MAX_NOTES = 50_000


def perspectives_on_day(meeting: Meeting) -> dict[int, str]:
    """Person id → perspective of everybody who belonged to the group on the day of the meeting."""
    return dict(meeting.expected_members().values_list("person_id", "perspective"))


def write_attendance(by: Actor, meeting: Meeting, statuses: Mapping[int, str]) -> int:
    """Set what is known about members; returns how many rows are new or different."""
    known = {row.person_id: row for row in meeting.attendances.filter(person__isnull=False)}
    belonging = perspectives_on_day(meeting)
    new: list[Attendance] = []
    different: list[Attendance] = []
    for person_id, status in statuses.items():
        if status not in Attendance.Status.values:
            raise ValidationError("Choose for each person: came, sent apologies, or did not come.")
        row = known.get(person_id)
        if row is None:
            if person_id not in belonging:
                raise ValidationError("Someone on the list does not belong to this group. Add them as a guest.")
            new.append(
                Attendance(
                    meeting=meeting,
                    person_id=person_id,
                    perspective=belonging[person_id],
                    status=status,
                    recorded_by_id=by.pk,
                )
            )
        elif row.status != status:
            row.status, row.recorded_by_id = status, by.pk
            different.append(row)
    Attendance.objects.bulk_create(new)
    Attendance.objects.bulk_update(different, ["status", "recorded_by"])
    return len(new) + len(different)


def write_guest(
    by: Actor, meeting: Meeting, name: str, perspective: str = "", row: Attendance | None = None
) -> Attendance:
    """Add a guest who came, or correct one; a name that is already there is the same guest.

    Guests whose email address is known are told apart by it, so two of them may have one name.
    """
    name = " ".join(name.split())
    if not name:
        raise ValidationError({"name": "Write the guest's name, or what to call them."})
    if perspective and perspective not in Perspective.values:
        raise ValidationError({"perspective": "Choose a perspective from the list."})
    row = row or meeting.attendances.filter(person__isnull=True, guest_name=name).first()
    row = row or Attendance(meeting=meeting, is_guest=True, status=Attendance.Status.PRESENT)
    row.guest_name, row.perspective, row.recorded_by_id = name, perspective, by.pk
    try:
        row.full_clean()
    except ValidationError as error:
        if "guest_name" in getattr(error, "error_dict", {}):
            raise ValidationError({"name": error.message_dict["guest_name"]}) from None
        raise ValidationError({"name": "There is already a guest with this name."}) from None
    row.save()
    return row


@transaction.atomic
def record_attendance(
    *, by: Actor, meeting: Meeting, statuses: Mapping[int, str], guests: Sequence[tuple[str, str]] = ()
) -> int:
    """Record who came: a status for each member by person id, and guests by name and perspective.

    Members who are not mentioned stay as they were. Returns how many entries are new or different.
    """
    require(by, "networks.log_meeting", meeting)
    meeting = locked(meeting)
    require_changeable(meeting)
    require_started(meeting)
    changed = write_attendance(by, meeting, statuses)
    for name, perspective in guests:
        write_guest(by, meeting, name, perspective)
    if changed or guests:
        audit.record(by, "meeting.attendance_recorded", meeting, entries=changed + len(guests))
    return changed + len(guests)


def _check_said(contribution: Contribution) -> None:
    if not contribution.words:
        raise ValidationError({"words": "Write what was said."})
    if len(contribution.words) > MAX_WORDS:
        raise ValidationError({"words": f"This is longer than {MAX_WORDS:,} characters. Split it into two entries."})
    contribution.full_clean()


def _theme(by: Actor, meeting: Meeting, theme: Theme | str | None, *, new_theme: bool = False) -> Theme | None:
    if isinstance(theme, str) and theme.strip() and not new_theme:
        return find_theme(theme)
    if isinstance(theme, str):
        return find_or_add_theme(by=by, name=theme, group=meeting.group) if theme.strip() else None
    return theme.merged_into or theme if theme else None


def speakers_of(meeting: Meeting) -> QuerySet[Person]:
    """Those who may have said something: members on the day of the meeting, and others with a record who were there."""
    members = meeting.expected_members().values("person")
    there = meeting.attendances.filter(status=Attendance.Status.PRESENT, person__isnull=False).values("person")
    return Person.objects.filter(Q(pk__in=members) | Q(pk__in=there)).order_by("name", "pk")


def check_speaker(by: Actor, meeting: Meeting, speaker: Person | None, was: int | None = None) -> None:
    """Refuse a speaker from someone who may not know who said what, and one who does not belong to the meeting."""
    if speaker is None or speaker.pk == was:
        return
    require(by, "networks.view_speakers", meeting)
    if not speakers_of(meeting).filter(pk=speaker.pk).exists():
        raise ValidationError({"speaker": "Choose someone who belongs to the group or came to the meeting."})


def write_contribution(
    by: Actor,
    meeting: Meeting,
    *,
    id: uuid.UUID,
    theme: Theme | str | None,
    words: str,
    new_theme: bool = False,
    **coding: Any,
) -> Contribution:
    """Add one thing that was said at the end of the log."""
    last = meeting.contributions.aggregate(last=Max("position"))["last"] or 0
    contribution = Contribution(
        id=id,
        meeting=meeting,
        theme=_theme(by, meeting, theme, new_theme=new_theme),
        words=tidy(words),
        position=last + 1,
        recorded_by_id=by.pk,
        **coding,
    )
    _check_said(contribution)
    contribution.save(force_insert=True)
    return contribution


def _same_entry(known: Contribution, words: str, theme: Theme | str | None, coding: dict[str, Any]) -> Contribution:
    """The entry that has this id already, as long as it says the same."""
    if known.removed_at is not None:
        raise StateConflict("The entry with this id was removed from the log. Restore it, or use another id.", ID_TAKEN)
    if isinstance(theme, str):
        named = Theme.objects.select_related("merged_into")
        theme = named.filter(slug=theme_slug(theme)).first() or Theme() if theme.strip() else None
    theme = theme.merged_into or theme if theme else None
    said = {"words": tidy(words), "theme": theme, **coding}
    if any(getattr(known, field) != value for field, value in said.items()):
        raise StateConflict(
            "There is already a different entry with this id. Change that one, or use another id.", ID_TAKEN, known
        )
    return known


@transaction.atomic
def add_contribution(
    *,
    by: Actor,
    meeting: Meeting,
    kind: str,
    words: str,
    theme: Theme | str | None = None,
    level: str = "",
    perspective: str = "",
    speaker: Person | None = None,
    id: uuid.UUID | None = None,
    new_theme: bool = False,
) -> Contribution:
    """Write down one thing that was said. A theme that is not there is refused unless ``new_theme`` says to add it.

    ``id`` is made by the sender: the same words twice with one id are one entry, other words are refused.
    """
    require(by, "networks.log_meeting", meeting)
    meeting = locked(meeting)
    require_changeable(meeting)
    check_speaker(by, meeting, speaker)
    if id is not None:
        known = Contribution.objects.select_related("theme", "speaker").filter(pk=id).first()
        if known and known.meeting_id != meeting.pk:
            raise StateConflict("This entry belongs to another meeting. Reload the page and try again.", ID_TAKEN)
        if known:
            coding: dict[str, Any] = {"kind": kind, "level": level, "perspective": perspective}
            if speaker is not None:
                coding["speaker"] = speaker
            return _same_entry(known, words, theme, coding)
    contribution = write_contribution(
        by,
        meeting,
        id=id or uuid.uuid4(),
        theme=theme,
        words=words,
        kind=kind,
        level=level,
        perspective=perspective,
        speaker=speaker,
        new_theme=new_theme,
    )
    audit.record(by, "meeting.contribution_added", meeting, kind=contribution.get_kind_display())
    return contribution


def rewrite_contribution(
    by: Actor, contribution: Contribution, expected: int | None, changes: dict[str, Any], *, new_theme: bool = False
) -> list[str]:
    """Change what an entry says or how it is coded; returns the names of the fields that changed."""
    if "theme" in changes:
        changes["theme"] = _theme(by, contribution.meeting, changes["theme"], new_theme=new_theme)
    if "words" in changes:
        changes["words"] = tidy(changes["words"])
        _check_said(Contribution(meeting=contribution.meeting, kind=contribution.kind, words=changes["words"]))
    if "speaker" in changes:
        require(by, "networks.view_speakers", contribution.meeting)
        check_speaker(by, contribution.meeting, changes["speaker"], contribution.speaker_id)
    return save_changes(contribution, changes, expected=expected)


@transaction.atomic
def change_contribution(
    *, by: Actor, contribution: Contribution, expected: int | None = None, new_theme: bool = False, **changes: Any
) -> Contribution:
    """Correct an entry of the log: its kind, theme, level, perspective, speaker or words."""
    require(by, "networks.log_meeting", contribution)
    require_changeable(locked(contribution.meeting))
    changed = rewrite_contribution(by, contribution, expected, changes, new_theme=new_theme)
    if changed:
        audit.record(by, "meeting.contribution_changed", contribution.meeting, fields=changed)
    return contribution


@transaction.atomic
def remove_contribution(*, by: Actor, contribution: Contribution, expected: int | None = None) -> Contribution:
    """Take an entry off the log, if it is still as ``expected``. It can be put back."""
    require(by, "networks.log_meeting", contribution)
    require_changeable(locked(contribution.meeting))
    if contribution.removed_at is None:
        save_changes(contribution, {"removed_at": clock.now()}, expected=expected)
        audit.record(by, "meeting.contribution_removed", contribution.meeting)
    return contribution


@transaction.atomic
def restore_contribution(*, by: Actor, contribution: Contribution) -> Contribution:
    """Put an entry back on the log as it was."""
    require(by, "networks.log_meeting", contribution)
    require_changeable(locked(contribution.meeting))
    if contribution.removed_at is not None:
        save_changes(contribution, {"removed_at": None}, expected=None)
        audit.record(by, "meeting.contribution_put_back", contribution.meeting)
    return contribution


def write_decision(meeting: Meeting, words: str, key: uuid.UUID | None = None) -> Decision:
    """Add one decision."""
    decision = Decision(meeting=meeting, words=" ".join(words.split()))
    if key:
        decision.key = key
    if not decision.words:
        raise ValidationError({"words": "Write what was decided."})
    decision.full_clean()
    decision.save()
    return decision


@transaction.atomic
def add_decision(*, by: Actor, meeting: Meeting, words: str, key: uuid.UUID | None = None) -> Decision:
    """Write down what the meeting decided. The same words twice with one key are one decision."""
    require(by, "networks.log_meeting", meeting)
    meeting = locked(meeting)
    require_changeable(meeting)
    known = Decision.objects.filter(key=key, meeting=meeting).first() if key else None
    if known:
        if known.words != " ".join(words.split()):
            raise StateConflict("There is already a different decision with this key.", ID_TAKEN, known)
        return known
    decision = write_decision(meeting, words, key)
    audit.record(by, "meeting.decision_added", meeting)
    return decision


def close_log(by: Actor, meeting: Meeting) -> None:
    """Move a locked, planned meeting on to logged, when it has been held and someone came."""
    if not meeting.has_started:
        raise StateConflict(f"This meeting starts on {when(meeting.starts_at)}. Finish its log after that.")
    if not meeting.attendances.filter(status=Attendance.Status.PRESENT).exists():
        raise StateConflict("Mark who came before you finish. If no one did, cancel the meeting and say why.")
    save_changes(
        meeting, {"status": Meeting.Status.LOGGED, "logged_at": clock.now(), "logged_by_id": by.pk}, expected=None
    )


@transaction.atomic
def finish_log(*, by: Actor, meeting: Meeting) -> Meeting:
    """Mark the log as complete; the meeting then waits for its debrief."""
    require(by, "networks.log_meeting", meeting)
    meeting = locked(meeting)
    require_changeable(meeting)
    if meeting.is_held:
        raise StateConflict("The log of this meeting is already finished. Debrief next.")
    close_log(by, meeting)
    audit.record(by, "meeting.logged", meeting, **log_counts(meeting))
    return meeting


def log_counts(meeting: Meeting) -> dict[str, Any]:
    """How much the log holds: people who came, contributions, decisions, actions."""
    return {
        "came": meeting.attendances.filter(status=Attendance.Status.PRESENT).count(),
        "contributions": meeting.contributions.filter(removed_at__isnull=True).count(),
        "decisions": meeting.decisions.count(),
        "actions": meeting.actions.count(),
    }


def present(rows: Iterable[Attendance]) -> list[Attendance]:
    """Those who came."""
    return [row for row in rows if row.status == Attendance.Status.PRESENT]
