"""The notes of a meeting: every saved version is kept, can be compared with any other, and can be put back."""

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict, save_changes, tidy
from networks.log.record.models import NotesVersion
from networks.log.services import MAX_NOTES
from networks.meetings.models import Meeting
from networks.meetings.services import locked, require_changeable

STILL_WRITING = timedelta(minutes=2)


def write_notes(by: Actor, meeting: Meeting, text: str, *, restored_from: int | None = None) -> NotesVersion | None:
    """Set the notes of a locked meeting and keep them as a version, in the caller's transaction; None: no change.

    Saving by itself every few seconds would fill the history: someone who goes on writing within two minutes goes on
    with their own version, but only if all of its text is still there, so that nothing is lost.
    """
    text = tidy(text)
    if text == meeting.notes:
        return None
    if len(text) > MAX_NOTES:
        raise ValidationError(f"The notes are longer than {MAX_NOTES:,} characters. Shorten them a little.")
    last = meeting.notes_versions.first()
    if last is None and meeting.notes:  # from before versions were kept
        last = NotesVersion.objects.create(
            meeting=meeting, number=1, text=meeting.notes, saved_at=meeting.updated_at, saved_by=meeting.logged_by
        )
    save_changes(meeting, {"notes": text}, expected=None)
    if last and restored_from is None and _goes_on(by, last, text):
        last.text = text
        last.save(update_fields=["text"])
        return last
    version = NotesVersion(
        meeting=meeting,
        number=last.number + 1 if last else 1,
        text=text,
        saved_by_id=by.pk,
        saved_at=clock.now(),
        restored_from=restored_from,
    )
    version.full_clean()
    version.save()
    return version


def _goes_on(by: Actor, last: NotesVersion, text: str) -> bool:
    is_own = by.pk is not None and last.saved_by_id == by.pk and last.restored_from is None
    return is_own and clock.now() - last.saved_at < STILL_WRITING and last.text in text


@transaction.atomic
def change_notes(*, by: Actor, meeting: Meeting, text: str, expected: int | None = None) -> Meeting:
    """Change the notes alone. ``expected``: the version of the meeting that the writer read."""
    require(by, "networks.log_meeting", meeting)
    meeting = locked(meeting)
    require_changeable(meeting)
    if expected is not None and expected != meeting.version:
        raise Conflict(meeting)
    if write_notes(by, meeting, text):
        audit.record(by, "meeting.log_saved", meeting, notes_changed=1)
    return meeting


@transaction.atomic
def restore_notes(*, by: Actor, meeting: Meeting, number: int) -> NotesVersion:
    """Restore an earlier version of the notes. The current text stays in the history."""
    require(by, "networks.log_meeting", meeting)
    meeting = locked(meeting)
    require_changeable(meeting)
    version = meeting.notes_versions.filter(number=number).first()
    if version is None:
        raise ValidationError("There is no such version of the notes. Choose one from the list.")
    restored = write_notes(by, meeting, version.text, restored_from=number)
    if restored is None:
        raise StateConflict("The notes already match this version, so there is nothing to restore.")
    audit.record(by, "meeting.notes_restored", meeting, version=number)
    return restored
