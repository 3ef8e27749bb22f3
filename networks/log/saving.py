"""The whole log in one go, as its form sends it: people who write at the same time are merged entry by entry.

Each entry carries a mark of what the screen showed. An entry that was not touched is left alone, so that someone
else's change stays; a touched one is written if it is still as the screen showed it; otherwise both are shown.
"""

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics.versions import Conflict, mark, save_changes, tidy
from impact.core.people.models import Person
from impact.core.web.forms import whole_number
from networks.actions.models import Action
from networks.actions.owners import find_owner, owners_of
from networks.actions.services import check_action
from networks.log import services as entries
from networks.log.models import Attendance, Contribution, Decision
from networks.log.record.notes import write_notes
from networks.meetings.models import Meeting
from networks.meetings.services import locked, require_changeable, require_started
from networks.themes.curate import earlier_names
from networks.themes.services import tidy_theme_name


@dataclass(frozen=True)
class Came:
    """What is known about one member."""

    person_id: int
    status: str
    was: str = ""

    @property
    def mark(self) -> str:
        return mark(self.status)


@dataclass(frozen=True)
class Guest:
    """A guest who came."""

    name: str
    perspective: str = ""
    pk: int | None = None
    remove: bool = False
    was: str = ""

    @property
    def mark(self) -> str:
        return mark(self.name, self.perspective)


@dataclass(frozen=True)
class Said:
    """One contribution. Its theme has to be there already unless ``new_theme`` says to add it.

    ``speaker``: the id of the person who said it, "" for none; None where the screen does not show speakers, so that
    what is saved about them stays.
    """

    id: uuid.UUID
    kind: str
    words: str
    theme: str = ""
    level: str = ""
    perspective: str = ""
    speaker: str | None = None
    remove: bool = False
    was: str = ""
    new_theme: bool = False

    @property
    def mark(self) -> str:
        theme = tidy_theme_name(self.theme).casefold()
        speaker = [] if self.speaker is None else [self.speaker]
        return mark(self.kind, self.words, theme, self.level, self.perspective, *speaker)


@dataclass(frozen=True)
class Decided:
    """One decision."""

    key: uuid.UUID
    words: str
    remove: bool = False
    was: str = ""

    @property
    def mark(self) -> str:
        return mark(self.words)


@dataclass(frozen=True)
class Todo:
    """One action, and the contribution it comes from."""

    key: uuid.UUID
    what: str
    owner: str = ""
    due_on: date | None = None
    source: uuid.UUID | None = None
    was: str = ""

    @property
    def mark(self) -> str:
        return mark(self.what, self.owner, self.due_on, self.source)


@dataclass(frozen=True)
class LogInput:
    """What one screen of the log form sends. ``notes`` None: leave them alone."""

    came: Sequence[Came] = ()
    guests: Sequence[Guest] = ()
    said: Sequence[Said] = ()
    decided: Sequence[Decided] = ()
    todo: Sequence[Todo] = ()
    notes: str | None = None
    notes_was: str = ""


def guest_row(row: Attendance) -> Guest:
    """A saved guest as the screen shows it."""
    return Guest(name=row.guest_name, perspective=row.perspective, pk=row.pk)


def said_row(row: Contribution, *, with_speaker: bool = False) -> Said:
    """A saved contribution as the screen shows it, to those who know who said what or to others."""
    theme = row.theme.name if row.theme else ""
    speaker = str(row.speaker_id or "") if with_speaker else None
    return Said(row.pk, row.kind, row.words, theme, row.level, row.perspective, speaker)


def said_as_shown(row: Said, now: Contribution) -> Said:
    """A saved contribution as the sender's screen showed it: its theme under the name that it had then, if it was
    renamed or merged since. Someone who curates themes never gets in the way of a log that is open."""
    current = said_row(now, with_speaker=row.speaker is not None)
    if {row.mark, row.was} & {current.mark, ""} or now.theme is None:
        return current
    shown = (replace(current, theme=name) for name in earlier_names(now))
    return next((said for said in shown if said.mark in (row.was, row.mark)), current)


def decided_row(row: Decision) -> Decided:
    """A saved decision as the screen shows it."""
    return Decided(row.key, row.words)


def todo_row(row: Action) -> Todo:
    """A saved action as the screen shows it."""
    return Todo(row.key, row.what, row.owner, row.due_on, row.contribution_id)


Rows = dict[tuple[str, int], dict[str, list[str]]]


class LogRefused(ValidationError):
    """Some entries need putting right; nothing was saved. ``rows``: (part, index) → field → messages."""

    def __init__(self, rows: Rows) -> None:
        super().__init__("Some entries need correcting. Nothing has been saved yet, and nothing is lost.")
        self.rows = rows


class LogConflict(Conflict):
    """Someone else changed the same entry or the notes in the meantime. ``rows`` as above; ``marks``: (part, index)
    → the mark of what is saved now, so that the next save is made knowingly; ``notes_now``: the other notes."""

    def __init__(self, current: Meeting, rows: Rows, marks: dict[tuple[str, int], str], notes_now: str | None) -> None:
        super().__init__(current)
        self.rows, self.marks, self.notes_now = rows, marks, notes_now


@dataclass
class _Work:
    """One save in progress."""

    by: Actor
    meeting: Meeting
    counts: Counter[str] = field(default_factory=Counter)
    wrong: Rows = field(default_factory=dict)
    clashes: Rows = field(default_factory=dict)
    marks: dict[tuple[str, int], str] = field(default_factory=dict)

    def should_write(self, part: str, index: int, sent: Any, now: Any, *, is_mine: bool, text: str) -> bool:
        """Whether a sent entry that exists as ``now`` is to be written; notes the clash where both changed."""
        if sent.mark in (now.mark, sent.was):
            return False
        if sent.was == now.mark or (not sent.was and is_mine):
            return True
        self.clash(part, index, now.mark, text)
        return False

    def should_remove(self, part: str, index: int, sent: Any, now: Any, *, text: str) -> bool:
        """Whether an entry is to be taken off: only as the screen showed it; notes the clash where it changed since."""
        if sent.was in ("", now.mark):
            return True
        self.clash(part, index, now.mark, text, again="Save again to remove it anyway.")
        return False

    def clash(self, part: str, index: int, now_mark: str, text: str, again: str = "") -> None:
        again = again or "Save again to keep yours instead."
        message = f"Someone else changed this in the meantime. It now says: “{text}”. {again}"
        self.clashes[part, index] = {NON_FIELD_ERRORS: [message]}
        self.marks[part, index] = now_mark

    def problem(self, part: str, index: int, error: ValidationError) -> None:
        self.wrong[part, index] = (
            dict(error.message_dict) if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.messages}
        )


def _save_came(work: _Work, rows: Sequence[Came]) -> None:
    """Write what was marked about members; what someone else marked since the screen was loaded is a conflict."""
    known = {
        row.person_id: row for row in work.meeting.attendances.filter(person__isnull=False).select_related("person")
    }
    wanted = {}
    for index, row in enumerate(rows):
        if not row.status or row.mark == row.was:
            continue
        now = known.get(row.person_id)
        current = Came(row.person_id, now.status if now else "")
        is_mine = now is None or now.recorded_by_id == work.by.pk
        if row.mark == current.mark:
            continue
        if row.was == current.mark or (not row.was and is_mine):
            wanted[row.person_id] = row.status
            continue
        mine = Attendance.Status(row.status).label
        theirs = now.get_status_display() if now else "nothing"
        who = "You changed this on another screen" if is_mine else "Someone else changed this"
        message = f"{who} in the meantime. Saved now: {theirs}. Yours: {mine}. Save again to keep yours."
        work.clashes["came", index] = {NON_FIELD_ERRORS: [message]}
        work.marks["came", index] = current.mark
    if wanted:
        require_started(work.meeting)
        work.counts["attendance"] += entries.write_attendance(work.by, work.meeting, wanted)


def _save_guests(work: _Work, rows: Sequence[Guest]) -> None:
    known = {row.pk: row for row in work.meeting.attendances.filter(person__isnull=True)}
    for index, row in enumerate(rows):
        now = known.get(row.pk) if row.pk else None
        if row.remove:
            if now is not None and work.should_remove("guests", index, row, guest_row(now), text=now.guest_name):
                now.delete()
                work.counts["guests_removed"] += 1
            continue
        if now is None and row.was and row.mark == row.was:
            continue  # someone else took this guest off
        try:
            if now is None:
                require_started(work.meeting)
                taken = any(other.guest_name == " ".join(row.name.split()) for other in known.values())
                added = entries.write_guest(work.by, work.meeting, row.name, row.perspective)
                known[added.pk] = added
                work.counts["guests"] += not taken
            else:
                is_mine = now.recorded_by_id == work.by.pk
                if work.should_write("guests", index, row, guest_row(now), is_mine=is_mine, text=now.guest_name):
                    entries.write_guest(work.by, work.meeting, row.name, row.perspective, now)
                    work.counts["guests"] += 1
        except ValidationError as error:
            work.problem("guests", index, error)


def _speaker(sent: str) -> Person | None:
    if not sent:
        return None
    found = Person.objects.filter(pk=whole_number(sent) or 0).first()
    if found is None:
        raise ValidationError({"speaker": "Choose someone from the list."})
    return found


def _save_said(work: _Work, rows: Sequence[Said]) -> None:
    known = {
        row.pk: row
        for row in Contribution.objects.select_related("theme", "meeting__group").filter(pk__in=[r.id for r in rows])
    }
    for index, row in enumerate(rows):
        now = known.get(row.id)
        coding: dict[str, Any] = {
            "kind": row.kind,
            "theme": row.theme,
            "level": row.level,
            "perspective": row.perspective,
            "words": row.words,
        }
        try:
            if row.speaker is not None:
                coding["speaker"] = _speaker(row.speaker)
            if now is not None and now.meeting_id != work.meeting.pk:
                raise ValidationError("This entry belongs to another meeting. Reload the page and try again.")
            if now is None:
                if not row.remove:
                    entries.check_speaker(work.by, work.meeting, coding.get("speaker"))
                    entries.write_contribution(work.by, work.meeting, id=row.id, new_theme=row.new_theme, **coding)
                    work.counts["contributions"] += 1
            elif row.remove:
                shown = said_as_shown(row, now)
                if now.removed_at is None and work.should_remove("said", index, row, shown, text=now.words):
                    entries.remove_contribution(by=work.by, contribution=now)
                    work.counts["contributions_removed"] += 1
            else:
                is_mine = now.recorded_by_id == work.by.pk and now.version == 1
                is_back = now.removed_at is not None and not row.was
                shown = said_as_shown(row, now)
                if is_back or work.should_write("said", index, row, shown, is_mine=is_mine, text=now.words):
                    if row.theme == shown.theme:
                        coding.pop("theme")  # not touched on this screen, whatever its name is today
                    coding["removed_at"] = None  # words that someone just wrote are never left in the bin
                    entries.rewrite_contribution(work.by, now, None, coding, new_theme=row.new_theme)
                    work.counts["contributions_changed"] += 1
        except ValidationError as error:
            work.problem("said", index, error)


def _save_decided(work: _Work, rows: Sequence[Decided]) -> None:
    known = {row.key: row for row in Decision.objects.filter(key__in=[r.key for r in rows], meeting=work.meeting)}
    for index, row in enumerate(rows):
        now = known.get(row.key)
        try:
            if row.remove:
                if now is not None and work.should_remove("decided", index, row, decided_row(now), text=now.words):
                    now.delete()
                    work.counts["decisions_removed"] += 1
            elif now is None:
                if not row.was or row.mark != row.was:
                    entries.write_decision(work.meeting, row.words, row.key)
                    work.counts["decisions"] += 1
            elif work.should_write("decided", index, row, decided_row(now), is_mine=True, text=now.words):
                now.words = " ".join(row.words.split())
                if not now.words:
                    raise ValidationError({"words": "Write what was decided, or tick to remove it."})
                now.full_clean()
                now.save(update_fields=["words"])
                work.counts["decisions_changed"] += 1
        except ValidationError as error:
            work.problem("decided", index, error)


def _save_todo(work: _Work, rows: Sequence[Todo]) -> None:
    if rows:
        require(work.by, "networks.edit_action", work.meeting)
    group = work.meeting.group
    known = {row.key: row for row in Action.objects.filter(key__in=[r.key for r in rows], group=group)}
    sources = {
        row.pk: row
        for row in Contribution.objects.select_related("meeting").filter(pk__in=[r.source for r in rows if r.source])
    }
    owners = owners_of(group) if rows else []
    for index, row in enumerate(rows):
        now = known.get(row.key)
        content = {
            "what": row.what.strip(),
            "due_on": row.due_on,
            "contribution": sources.get(row.source) if row.source else None,
        }
        try:
            content |= find_owner(row.owner, owners, now).fields
            if not content["what"]:
                raise ValidationError({"what": "Write what will be done."})
            if row.source and row.source not in sources:
                raise ValidationError({"source": "Choose one of the things that were said here."})
            if now is None:
                action = Action(key=row.key, group=group, meeting=work.meeting, **content)
                check_action(action)
                action.save()
                work.counts["actions"] += 1
            elif work.should_write("todo", index, row, todo_row(now), is_mine=True, text=now.what):
                check_action(Action(group=group, meeting=now.meeting, **content))
                save_changes(now, content, expected=None, exclude=["key"])
                work.counts["actions_changed"] += 1
        except ValidationError as error:
            work.problem("todo", index, error)


def _save_notes(work: _Work, log: LogInput) -> str | None:
    """Write the notes; returns the other text when someone else changed them in the meantime."""
    if log.notes is None:
        return None
    sent, now = tidy(log.notes), work.meeting.notes
    if mark(sent) in (mark(now), log.notes_was):
        return None
    if log.notes_was != mark(now):
        return now
    write_notes(work.by, work.meeting, sent)
    work.counts["notes_changed"] += 1
    return None


@transaction.atomic
def save_log(*, by: Actor, meeting: Meeting, log: LogInput, finish: bool = False) -> Counter[str]:
    """Save everything the log form holds, all or nothing, and finish the log if asked.

    Returns what changed, as counts. Raises LogRefused with the entries to put right, or LogConflict with the entries
    and notes that someone else changed at the same time.
    """
    require(by, "networks.log_meeting", meeting)
    work = _Work(by=by, meeting=locked(meeting))
    require_changeable(work.meeting)
    _save_came(work, log.came)
    _save_guests(work, log.guests)
    _save_said(work, log.said)
    _save_decided(work, log.decided)
    _save_todo(work, log.todo)
    notes_now = _save_notes(work, log)
    if work.wrong:
        raise LogRefused(work.wrong | work.clashes)
    if work.clashes or notes_now is not None:
        raise LogConflict(work.meeting, work.clashes, work.marks, notes_now)
    counts = +work.counts
    if finish and work.meeting.status == Meeting.Status.PLANNED:
        entries.close_log(by, work.meeting)
        audit.record(by, "meeting.logged", work.meeting, **entries.log_counts(work.meeting))
    elif counts:
        audit.record(by, "meeting.log_saved", work.meeting, **dict[str, Any](counts))
    return counts
