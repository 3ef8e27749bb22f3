"""Notes that members do not read, and safeguarding flags. Every reading is put on record, never what was read."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse

from impact.core.access import audit
from impact.core.access.acting.models import holders
from impact.core.access.permissions import Actor, Role, require
from impact.core.basics import clock
from impact.core.basics.dates import day
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import save_changes, tidy
from impact.core.jobs.outbox import send_later
from impact.core.people.models import User
from networks.log.record.models import RestrictedNote
from networks.meetings.models import Meeting


@transaction.atomic
def write_restricted_note(*, by: Actor, meeting: Meeting, words: str, is_safeguarding: bool = False) -> RestrictedNote:
    """Write what must not stand in the minutes. A safeguarding flag also tells national staff by email, without words.

    It is never too late for this: a meeting that is complete or cancelled takes one too. The same words sent twice by
    the same person are one note.
    """
    require(by, "networks.view_restricted", meeting)
    meeting = Meeting.objects.select_for_update(of=("self",)).select_related("group").get(pk=meeting.pk)
    words = tidy(words)
    if not words:
        raise ValidationError({"words": "Write what happened, in a sentence or two."})
    if len(words) > 5000:
        raise ValidationError({"words": "This is longer than 5,000 characters. Split it into two notes."})
    known = meeting.restricted_notes.filter(written_by_id=by.pk, words=words, is_safeguarding=is_safeguarding).first()
    if known:
        return known
    note = RestrictedNote(
        meeting=meeting,
        words=words,
        is_safeguarding=is_safeguarding,
        written_by_id=by.pk,
        written_at=clock.now(),
    )
    note.full_clean()
    note.save()
    audit.record(by, "restricted_note.written", note, flag="yes" if is_safeguarding else "no")
    if is_safeguarding:
        _tell_staff(note)
    return note


def _tell_staff(note: RestrictedNote) -> None:
    """One email to each of the national staff: that there is a flag and where to read it, and not a word of it."""
    meeting = note.meeting
    link = settings.SITE_URL + reverse("networks:restricted-notes", args=[meeting.pk])
    for email in staff_addresses():
        send_later(
            to=email,
            subject="A meeting needs your attention today",  # the outbox shows subjects to administrators
            body=(
                f"A safeguarding flag was raised at a meeting of {meeting.group.name} on {day(meeting.starts_on)}.\n\n"
                f"Sign in to read it, and say what was done:\n{link}\n\n"
                "This email says nothing about what happened, to keep people safe. Please do not forward it.\n"
            ),
        )


def staff_addresses() -> list[str]:
    """Where the national staff is reached today; the engagement leads where there is no staff."""
    for role in (Role.STAFF, Role.ENGAGEMENT_LEAD):
        found = list(
            User.objects.filter(holders([role]), is_active=True).order_by("email").values_list("email", flat=True)
        )
        if found:
            return found
    return []


@transaction.atomic
def read_restricted_notes(*, by: Actor, meeting: Meeting) -> list[RestrictedNote]:
    """The restricted notes of a meeting, newest first, for those who may read them. Each reading is put on record."""
    require(by, "networks.view_restricted", meeting)
    notes = list(meeting.restricted_notes.select_related("written_by__person", "dealt_with_by__person"))
    for note in notes:
        note.meeting = meeting  # spares a query each
        audit.record(by, "restricted_note.read", note)
    return notes


@transaction.atomic
def deal_with_flag(*, by: Actor, note: RestrictedNote, done: str, expected: int | None = None) -> RestrictedNote:
    """Say what was done about a safeguarding flag; it then no longer waits on the first page of national staff."""
    require(by, "networks.deal_with_flag", note)
    now = RestrictedNote.objects.select_for_update().get(pk=note.pk)
    if not now.is_safeguarding:
        raise StateConflict("This note is not a safeguarding flag, so there is nothing to deal with.")
    if now.dealt_with_at:
        raise StateConflict(f"This flag was already dealt with on {day(now.dealt_with_at)}.")
    done = " ".join(done.split())
    if not done:
        raise ValidationError({"done": "Say what was done, in a sentence."})
    if len(done) > 400:
        raise ValidationError({"done": "Use 400 characters or fewer."})
    changes = {"dealt_with": done, "dealt_with_by_id": by.pk, "dealt_with_at": clock.now()}
    save_changes(note, changes, expected=expected)
    audit.record(by, "restricted_note.flag_dealt_with", note)
    return note
