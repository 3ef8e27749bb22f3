"""The log of a meeting as one form: who came, and rows of guests, contributions, decisions and actions.

Every row carries ``was``, a mark of what the screen showed, so that two people can write at the same time (see
``services.save_log``). A row in which nothing was written is left out, so blank rows cost nothing.
"""

import uuid
from dataclasses import replace
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.text import slugify

from impact.core.basics.versions import mark
from impact.core.basics.vocabulary import Perspective
from impact.core.people.consents import live
from impact.core.people.models import Consent
from impact.core.people.models import Person as PersonModel
from impact.core.web.forms import whole_number
from networks.actions.models import Action
from networks.groups.models import Membership
from networks.log.attendance.match import Member, tell_apart
from networks.log.attendance.writer import mark_namesakes
from networks.log.models import Attendance, Contribution
from networks.log.row_forms import BLANK_ROWS, MAX_ROWS, MORE_ROWS, PARTS, TITLES, Row, RowSet, as_initial, row_count
from networks.log.saving import (
    Came,
    LogInput,
    Said,
    decided_row,
    guest_row,
    said_row,
    todo_row,
)
from networks.log.services import MAX_NOTES, perspectives_on_day, speakers_of
from networks.meetings.models import Meeting

SHORT_ANSWERS = [
    (Attendance.Status.PRESENT.value, "Came"),
    (Attendance.Status.APOLOGIES.value, "Apologies"),
    (Attendance.Status.ABSENT.value, "Did not come"),
]


class Person:
    """One line of the attendance list."""

    def __init__(self, person: Any, perspective: str, status: str, was: str, hint: str = "") -> None:
        self.person, self.perspective, self.status, self.was, self.hint = person, perspective, status, was, hint
        self.name = f"came-{person.pk}"
        self.error = ""

    @property
    def perspective_label(self) -> str:
        return str(Perspective(self.perspective).label) if self.perspective else ""

    @property
    def choices(self) -> list[tuple[str, str, bool]]:
        return [(value, label, value == self.status) for value, label in SHORT_ANSWERS]


def speaker_choices(meeting: Meeting) -> list[tuple[str, str]]:
    """Who may have said something, and whether they agreed to be quoted, for the list that a coordinator chooses from."""
    chosen = meeting.contributions.filter(speaker__isnull=False).values("speaker")
    people = (speakers_of(meeting) | PersonModel.objects.filter(pk__in=chosen)).distinct()
    agreed = set(live(Consent.Purpose.QUOTES).filter(person__in=people.order_by()).values_list("person", flat=True))
    named = [
        (str(p.pk), f"{p.name} ({'agreed to be quoted' if p.pk in agreed else 'not to be quoted'})") for p in people
    ]
    return [("", "Not noted"), *named]


class LogForm:
    """Everything on the log page. Unbound it shows what is saved; bound it keeps what was typed."""

    def __init__(
        self,
        meeting: Meeting,
        data: QueryDict | None = None,
        *,
        blank: dict[str, int] | None = None,
        sees_speakers: bool = False,
    ) -> None:
        self.meeting, self.data = meeting, data
        self.speakers = speaker_choices(meeting) if sees_speakers else None
        self.blank = BLANK_ROWS if blank is None else blank
        self.problems: list[tuple[str, str]] = []  # (anchor, message), for the summary
        self.notes_now: str | None = None
        self.themes_to_come: set[str] = set()  # prefixes of rows with a theme that no one has said to add
        saved = list(meeting.contributions.filter(removed_at__isnull=True).select_related("theme"))
        self.sources = [(str(row.pk), f"{row.get_kind_display()}: {row.words[:60]}") for row in saved]
        self._posted_sources()
        if data is None:
            self.key = str(uuid.uuid4())
            self.notes, self.notes_was = meeting.notes, mark(meeting.notes)
            self.sets = self._saved_sets(saved)
        else:
            self.key = data.get("key", "")[:80] or str(uuid.uuid4())
            self.notes, self.notes_was = data.get("notes", ""), data.get("notes-was", "")
            self.sets = {part: self._set(part, data=data) for part in PARTS}
        self._mark_guests()
        self.people = self._people()
        self.marked: list[Person] = []  # those about whom something was sent, in the order in which it was

    def _set(self, part: str, **kwargs: Any) -> RowSet:
        more: dict[str, Any] = {"todo": {"sources": self.sources}, "said": {"speakers": self.speakers}}
        return PARTS[part][0](prefix=part, form_kwargs=more.get(part, {}), **kwargs)

    def _posted_sources(self) -> None:
        """A contribution typed on this screen may be a source before the page is loaded again."""
        if self.data is None:
            return
        known = {value for value, _label in self.sources}
        for n in range(min(MAX_ROWS, row_count(self.data.get("said-TOTAL_FORMS")))):
            value, words = self.data.get(f"said-{n}-id", ""), self.data.get(f"said-{n}-words", "")
            if value and words and value not in known:
                self.sources.append((value, words[:60]))

    def _saved_sets(self, saved: list[Contribution]) -> dict[str, RowSet]:
        meeting = self.meeting
        guests = [guest_row(row) for row in meeting.attendances.filter(person__isnull=True)]
        todo = meeting.actions.filter(status=Action.Status.OPEN).order_by("pk")
        rows: dict[str, list[Any]] = {
            "guests": guests,
            "said": [said_row(row, with_speaker=self.speakers is not None) for row in saved],
            "decided": [decided_row(row) for row in meeting.decisions.all()],
            "todo": [todo_row(row) for row in todo],
        }
        sets = {}
        for part, found in rows.items():
            initial = [{**as_initial(row), "was": row.mark} for row in found]
            for _ in range(self.blank[part]):
                initial.append({} if part == "guests" else {PARTS[part][1]: uuid.uuid4()})
            sets[part] = self._set(part, initial=initial)
        return sets

    def _mark_guests(self) -> None:
        """Say beside each of several guests of one name which of them it is."""
        guests = list(self.meeting.attendances.filter(person__isnull=True))
        hints: dict[int | None, str] = {row.pk: row.hint for row in mark_namesakes(self.meeting, guests)}  # type: ignore[attr-defined]
        for form in self.sets["guests"].forms:
            form.hint = hints.get(whole_number(str(form["pk"].value() or "")), "")

    def _people(self) -> list[Person]:
        meeting = self.meeting
        belonging = perspectives_on_day(meeting)
        known = {row.person_id: row for row in meeting.attendances.filter(person__isnull=False)}
        ids = set(belonging) | set(known)
        memberships = (
            Membership.objects.filter(group=meeting.group, person__in=ids)
            .select_related("person")
            .order_by("person__name", "-starts_on")
        )
        people: dict[int, Person] = {}
        hints = tell_apart(
            [Member(m.person_id, m.person.name, m.person.email, m.perspective, m.starts_on) for m in memberships]
        )
        for membership in memberships:
            pk = membership.person_id
            if pk in people:
                continue
            saved = known[pk].status if pk in known else ""
            status, was = saved, mark(saved)
            if self.data is not None:
                status = self.data.get(f"came-{pk}", "")
                was = self.data.get(f"came-{pk}-was", "")
            perspective = belonging.get(pk, membership.perspective)
            people[pk] = Person(membership.person, perspective, status, was, hints.get(pk, ""))
        return list(people.values())

    # --- What was sent ---------------------------------------------------------------------------
    def add_rows(self, part: str) -> None:
        """Show everything as it was typed, unchecked, with more blank rows in one part."""
        data = (self.data or QueryDict()).copy()
        total = row_count(data.get(f"{part}-TOTAL_FORMS"))
        for n in range(total, total + MORE_ROWS[part]):
            if part != "guests":
                data[f"{part}-{n}-{PARTS[part][1]}"] = str(uuid.uuid4())
        data[f"{part}-TOTAL_FORMS"] = str(min(MAX_ROWS, total + MORE_ROWS[part]))
        self.data = data
        self.sets = {name: self._set(name, data=data) for name in PARTS}
        for rows in self.sets.values():
            rows.keep_only()

    def everyone_came(self) -> None:
        """Mark all who are not marked yet as present, and leave the rest as typed."""
        for person in self.people:
            person.status = person.status or Attendance.Status.PRESENT
        for rows in self.sets.values():
            rows.keep_only()

    def renew_key(self) -> None:
        """After a refusal the next try is another request."""
        self.key = str(uuid.uuid4())

    def is_valid(self) -> bool:
        """Check every row; fills ``problems`` with what to put right."""
        for part, rows in self.sets.items():
            if not rows.is_valid() and not any(rows.errors):
                self.problems += [(f"#{part}", str(message)) for message in rows.non_form_errors()]
            for form in rows.forms:
                self._note_errors(form)
        for person in self.people:
            if person.status and person.status not in Attendance.Status.values:
                person.error = "Choose one of the three answers."
                self.problems.append((f"#{person.name}", f"{person.person.name}: {person.error}"))
        if len(self.notes) > MAX_NOTES + 2000:
            self.problems.append(("#id_notes", f"Notes: shorten them to {MAX_NOTES:,} characters or fewer."))
        return not self.problems

    def _note_errors(self, form: Row) -> None:
        number = int(form.prefix.rsplit("-", 1)[1]) + 1  # type: ignore[union-attr]
        for name, errors in form.errors.items():
            label = form[name].label if name != NON_FIELD_ERRORS else ""
            anchor = f"#{form.prefix}"
            if name != NON_FIELD_ERRORS:
                bound = form[name]
                anchor = f"#{bound.auto_id if bound.use_fieldset else bound.id_for_label}"
            where = f"{TITLES[form.prefix.rsplit('-', 1)[0]]} {number}"  # type: ignore[union-attr]
            self.problems += [(anchor, f"{where}{', ' + str(label).lower() if label else ''}: {e}") for e in errors]

    def sent(self, *, known_themes: set[str]) -> tuple[LogInput, dict[tuple[str, int], Row]]:
        """What to save, and which form each (part, index) of it came from.

        A theme that is not among ``known_themes`` (slugs) is left out unless its row says to add it: half a word, or
        a slip of the pen, must not become a theme. An entry that is saved keeps the theme that it has.
        """
        origin: dict[tuple[str, int], Row] = {}
        rows: dict[str, list[Any]] = {}
        for part, found in self.sets.items():
            rows[part] = []
            for form in found.forms:
                if form.errors or not form.counts:
                    continue
                row = form.to_row()
                if isinstance(row, Said) and not (row.remove or row.new_theme):
                    own = self.saved_themes.get(row.id, "")
                    if row.theme and row.theme != own and slugify(row.theme) not in known_themes:
                        self.themes_to_come.add(str(form.prefix))
                        row = replace(row, theme=own)
                form.sent_row = row
                origin[part, len(rows[part])] = form
                rows[part].append(row)
        self.marked = [person for person in self.people if person.status in Attendance.Status.values]
        came = [Came(p.person.pk, p.status, p.was) for p in self.marked]
        notes = self.notes if "notes" in (self.data or {}) else None
        return LogInput(came=came, **rows, notes=notes, notes_was=self.notes_was), origin

    @cached_property
    def saved_themes(self) -> dict[uuid.UUID, str]:
        """The theme of each entry of this log that has one, by the entry's id."""
        return dict(self.meeting.contributions.filter(theme__isnull=False).values_list("pk", "theme__name"))

    def show_row_errors(
        self, found: dict[tuple[str, int], dict[str, list[str]]], origin: dict[tuple[str, int], Row]
    ) -> None:
        """Put a service's findings beside the rows they are about."""
        for at, messages in found.items():
            if at[0] == "came":
                person = self.marked[at[1]]
                person.error = " ".join(messages[NON_FIELD_ERRORS])
                self.problems.append((f"#{person.name}", f"{person.person.name}: {person.error}"))
                continue
            form = origin[at]
            for name, errors in messages.items():
                form.add_error(name if name in form.fields else None, errors)
            self._note_errors(form)

    def take_marks(self, marks: dict[tuple[str, int], str], origin: dict[tuple[str, int], Row]) -> None:
        """After a clash: remember what is saved now, so that saving again is a choice."""
        self.data = (self.data or QueryDict()).copy()
        for at, value in marks.items():
            if at[0] == "came":
                self.marked[at[1]].was = value
                continue
            form = origin[at]
            self.data[form.add_prefix("was")] = value
            form.data = self.data

    def marks_after(self, origin: dict[tuple[str, int], Row]) -> list[tuple[str, str, bool]]:
        """After a save in the background: (id of a hidden input, its new value, whether a part was left out) for each
        row that was saved. A row that was taken off has no mark any more, so that unticking it puts it back."""
        found: list[tuple[str, str, bool]] = []
        guests = {row.guest_name: row.pk for row in self.meeting.attendances.filter(person__isnull=True)}
        for (part, _n), form in origin.items():
            row = form.sent_row
            is_off = getattr(row, "remove", False)
            found.append((form["was"].id_for_label, "" if is_off else row.mark, form.prefix in self.themes_to_come))
            if part == "guests":
                pk = "" if is_off else str(row.pk or guests.get(" ".join(row.name.split()), ""))
                found.append((form["pk"].id_for_label, pk, False))
        found += [(f"id_{p.name}-was", mark(p.status), False) for p in self.people if p.status]
        if "notes" in (self.data or {}):
            found.append(("id_notes-was", mark(self.notes), False))
        return found
