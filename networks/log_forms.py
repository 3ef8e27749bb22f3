"""The log of a meeting as one form: who came, and rows of guests, contributions, decisions and actions.

Every row carries ``was``, a mark of what the screen showed, so that two people can write at the same time (see
``services.save_log``). A row in which nothing was written is left out, so blank rows cost nothing.
"""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.forms import BaseFormSet, formset_factory
from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.utils.text import slugify

from impact.core.basics.vocabulary import Perspective
from impact.core.web.forms import Form, whole_number
from networks.attendance_match import Member, tell_apart
from networks.models import Action, Attendance, Contribution, Meeting, Membership
from networks.services import Came, Decided, Guest, LogInput, Said, Todo, mark, mark_namesakes
from networks.services.log import MAX_NOTES, MAX_WORDS, perspectives_on_day
from networks.services.save_log import decided_row, guest_row, said_row, todo_row

BLANK_ROWS = {"guests": 1, "said": 3, "decided": 1, "todo": 1}
MORE_ROWS = {"guests": 2, "said": 3, "decided": 2, "todo": 2}
MAX_ROWS = 200
PERSPECTIVES = [("", "Perspective not noted"), *Perspective.choices]


class Row(Form):
    """A row that counts only when one of ``written`` holds something."""

    written: Sequence[str] = ()
    use_required_attribute = False
    hide_optional = True
    is_only_kept = False  # shown again as typed, without a check
    sent_row: Any = None  # what was handed to the service
    hint = ""  # what tells a guest from others of the same name
    was = forms.CharField(widget=forms.HiddenInput, required=False)

    def raw(self, name: str) -> Any:
        field = self.fields[name]
        return field.widget.value_from_datadict(self.data, self.files, self.add_prefix(name))

    @property
    def is_blank(self) -> bool:
        """Nothing was written, and nothing was there before."""
        return not self.raw("was") and not any(str(self.raw(name) or "").strip() for name in self.written)

    def full_clean(self) -> None:
        if self.is_bound and (self.is_only_kept or self.is_blank):
            self._errors, self.cleaned_data = ErrorDict(renderer=self.renderer), {}
        else:
            super().full_clean()

    @property
    def counts(self) -> bool:
        """Whether a checked row holds something to save."""
        return bool(self.cleaned_data)


def _is_removed(form: Row) -> bool:
    return bool(form.fields["remove"].widget.value_from_datadict(form.data, form.files, form.add_prefix("remove")))


class GuestForm(Row):
    written = ["name"]
    pk = forms.IntegerField(widget=forms.HiddenInput, required=False)
    name = forms.CharField(max_length=120, label="Name, or what to call them", required=False)
    perspective = forms.ChoiceField(choices=PERSPECTIVES, required=False, label="Perspective")
    remove = forms.BooleanField(required=False, label="Take off the list")

    def clean_name(self) -> str:
        name = self.cleaned_data["name"]
        if not name and not _is_removed(self):
            raise forms.ValidationError("Write a name, or tick to take this guest off the list.")
        return name

    def to_row(self) -> Guest:
        data = self.cleaned_data
        return Guest(data["name"], data["perspective"], data["pk"], data["remove"], data["was"])


class SaidForm(Row):
    written = ["words", "theme"]
    id = forms.UUIDField(widget=forms.HiddenInput(attrs={"data-key": ""}), required=False)
    kind = forms.ChoiceField(choices=Contribution.Kind.choices, widget=forms.RadioSelect, label="Kind", required=False)
    words = forms.CharField(
        required=False, max_length=MAX_WORDS, label="What was said", widget=forms.Textarea(attrs={"rows": 2})
    )
    theme = forms.CharField(
        required=False,
        max_length=80,
        label="Theme",
        widget=forms.TextInput(attrs={"list": "themes", "autocomplete": "off", "data-theme": ""}),
    )
    new_theme = forms.BooleanField(required=False, label="Add it as a new theme")
    level = forms.ChoiceField(
        choices=[("", "Not sure"), *Contribution.Level.choices],
        widget=forms.RadioSelect,
        required=False,
        label="Systemic or human",
    )
    perspective = forms.ChoiceField(choices=PERSPECTIVES, required=False, label="Said by somebody who")
    may_quote = forms.BooleanField(required=False, label="They agreed to be quoted, without their name")
    remove = forms.BooleanField(required=False, label="Take this off the log")

    def clean_kind(self) -> str:
        kind = self.cleaned_data["kind"]
        if not kind and not _is_removed(self):
            raise forms.ValidationError("Choose what kind it was.")
        return kind

    def clean_words(self) -> str:
        words = self.cleaned_data["words"]
        if not words and not _is_removed(self):
            raise forms.ValidationError("Write what was said.")
        return words

    def to_row(self) -> Said:
        data = self.cleaned_data
        return Said(
            id=data["id"] or uuid.uuid4(),
            kind=data["kind"],
            words=data["words"],
            theme=data["theme"],
            level=data["level"],
            perspective=data["perspective"],
            may_quote=data["may_quote"],
            remove=data["remove"],
            was=data["was"],
        )


class DecidedForm(Row):
    written = ["words"]
    key = forms.UUIDField(widget=forms.HiddenInput(attrs={"data-key": ""}), required=False)
    words = forms.CharField(max_length=400, required=False, label="What was decided")
    remove = forms.BooleanField(required=False, label="Take this off the log")

    def clean_words(self) -> str:
        words = self.cleaned_data["words"]
        if not words and not _is_removed(self):
            raise forms.ValidationError("Write what was decided, or tick to take it off.")
        return words

    def to_row(self) -> Decided:
        data = self.cleaned_data
        return Decided(data["key"] or uuid.uuid4(), data["words"], data["remove"], data["was"])


class TodoForm(Row):
    written = ["what", "owner", "due_on"]
    key = forms.UUIDField(widget=forms.HiddenInput(attrs={"data-key": ""}), required=False)
    what = forms.CharField(max_length=400, required=False, label="What will be done")
    owner = forms.CharField(
        max_length=120,
        required=False,
        label="Owner",
        help_text="Choose a member or a role, or write who.",
        widget=forms.TextInput(attrs={"list": "owners", "autocomplete": "off"}),
    )
    due_on = forms.DateField(required=False, label="By when")
    source = forms.ChoiceField(required=False, label="It comes from")

    def __init__(self, *args: Any, sources: Sequence[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source"].choices = [("", "Nothing in particular"), *sources]  # type: ignore[attr-defined]

    def clean_what(self) -> str:
        if not self.cleaned_data["what"]:
            raise forms.ValidationError("Write what will be done. To drop an action, open it and say why.")
        return self.cleaned_data["what"]

    def to_row(self) -> Todo:
        data = self.cleaned_data
        source = uuid.UUID(data["source"]) if data["source"] else None
        return Todo(data["key"] or uuid.uuid4(), data["what"], data["owner"], data["due_on"], source, data["was"])


class RowSet(BaseFormSet):
    """Rows of one part of the log."""

    def keep_only(self) -> None:
        for form in self.forms:
            form.is_only_kept = True


def _rows(form: type[Row]) -> type[RowSet]:
    return formset_factory(form, formset=RowSet, extra=0, max_num=MAX_ROWS, absolute_max=MAX_ROWS + 20)


PARTS: dict[str, tuple[type[RowSet], str]] = {
    "guests": (_rows(GuestForm), "pk"),
    "said": (_rows(SaidForm), "id"),
    "decided": (_rows(DecidedForm), "key"),
    "todo": (_rows(TodoForm), "key"),
}


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


class LogForm:
    """Everything on the log page. Unbound it shows what is saved; bound it keeps what was typed."""

    def __init__(self, meeting: Meeting, data: QueryDict | None = None, *, blank: dict[str, int] | None = None) -> None:
        self.meeting, self.data = meeting, data
        self.blank = BLANK_ROWS if blank is None else blank
        self.problems: list[tuple[str, str]] = []  # (anchor, message), for the summary
        self.notes_now: str | None = None
        self.themes_to_come: set[str] = set()  # prefixes of rows with a theme that nobody has said to add
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
        extra = {"form_kwargs": {"sources": self.sources}} if part == "todo" else {}
        return PARTS[part][0](prefix=part, **kwargs, **extra)

    def _posted_sources(self) -> None:
        """A contribution typed on this screen may be a source before the page is loaded again."""
        if self.data is None:
            return
        known = {value for value, _label in self.sources}
        for n in range(min(MAX_ROWS, _number(self.data.get("said-TOTAL_FORMS")))):
            value, words = self.data.get(f"said-{n}-id", ""), self.data.get(f"said-{n}-words", "")
            if value and words and value not in known:
                self.sources.append((value, words[:60]))

    def _saved_sets(self, saved: list[Contribution]) -> dict[str, RowSet]:
        meeting = self.meeting
        guests = [guest_row(row) for row in meeting.attendances.filter(person__isnull=True)]
        todo = meeting.actions.filter(status=Action.Status.OPEN).order_by("pk")
        rows: dict[str, list[Any]] = {
            "guests": guests,
            "said": [said_row(row) for row in saved],
            "decided": [decided_row(row) for row in meeting.decisions.all()],
            "todo": [todo_row(row) for row in todo],
        }
        sets = {}
        for part, found in rows.items():
            initial = [{**_plain(row), "was": row.mark} for row in found]
            for _ in range(self.blank[part]):
                initial.append({} if part == "guests" else {PARTS[part][1]: uuid.uuid4()})
            sets[part] = self._set(part, initial=initial)
        return sets

    def _mark_guests(self) -> None:
        """Say beside each of several guests of one name which of them it is."""
        guests = list(self.meeting.attendances.filter(person__isnull=True))
        hints = {row.pk: row.hint for row in mark_namesakes(self.meeting, guests)}  # type: ignore[attr-defined]
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
        total = _number(data.get(f"{part}-TOTAL_FORMS"))
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
                self.problems += [(f"#{part}", message) for message in rows.non_form_errors()]
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
        a slip of the pen, must not become a theme.
        """
        origin: dict[tuple[str, int], Row] = {}
        rows: dict[str, list[Any]] = {}
        for part, found in self.sets.items():
            rows[part] = []
            for form in found.forms:
                if form.errors or not form.counts:
                    continue
                row = form.to_row()
                is_new = isinstance(row, Said) and row.theme and slugify(row.theme) not in known_themes
                if is_new and not (row.remove or form.cleaned_data["new_theme"]):
                    self.themes_to_come.add(str(form.prefix))
                    row = replace(row, theme="")
                form.sent_row = row
                origin[part, len(rows[part])] = form
                rows[part].append(row)
        self.marked = [person for person in self.people if person.status in Attendance.Status.values]
        came = [Came(p.person.pk, p.status, p.was) for p in self.marked]
        notes = self.notes if "notes" in (self.data or {}) else None
        return LogInput(came=came, **rows, notes=notes, notes_was=self.notes_was), origin

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


TITLES = {"guests": "Guest", "said": "Contribution", "decided": "Decision", "todo": "Action"}


def _number(text: str | None) -> int:
    return min(whole_number(text) or 0, MAX_ROWS)


def _plain(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__dataclass_fields__ if name not in ("was", "remove")}
