"""Meetings of past years from a spreadsheet: who came, what was said and decided, what was agreed; logged and debriefed.

A meeting is a group on a day. Its first row says all about it; each further row of the same group and day adds one thing
that was said. Who said it is not taken over: only the speaker and the group's coordinators may know that.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.utils import timezone

from impact.core.access.permissions import Actor
from impact.core.basics import clock
from impact.core.basics.vocabulary import Perspective
from impact.core.web.imports import columns as read
from impact.core.web.imports.columns import Column
from impact.core.web.imports.erased import Erased, name_key, words
from impact.core.web.imports.shapes import NEW, SAME, Importer, Made, Row
from networks.groups.models import Group
from networks.log.models import Attendance, Contribution
from networks.log.saving import Came, Decided, Guest, LogInput, LogRefused, Said, save_log
from networks.log.services import MAX_WORDS
from networks.meetings.models import Meeting
from networks.meetings.services import debrief_meeting, plan_meeting
from networks.themes.models import Theme
from networks.themes.services import find_or_add_theme, similar_themes, theme_slug, tidy_theme_name

Status = Attendance.Status
USUAL_START, USUAL_LENGTH = time(10), timedelta(hours=2)
NOTHING_NOTED = "Taken over from earlier records, which say nothing of what was agreed for next time."
OF_MEETING = (
    "ends",
    "title",
    "mode",
    "place",
    "purpose",
    "came",
    "number",
    "apologies",
    "decisions",
    "debriefed_on",
    "agreed_next",
)
OF_WORDS = ("kind", "theme", "level", "perspective")


@dataclass
class Plan:
    """One meeting of the file: its rows, and who came by name."""

    rows: list[Row] = field(default_factory=list)
    group: Group | None = None
    meeting: Meeting | None = None
    statuses: dict[int, str] = field(default_factory=dict)  # member → came or apologies
    guests: list[str] = field(default_factory=list)

    @property
    def first(self) -> Row:
        return self.rows[0]


# --- Checking ------------------------------------------------------------------------------------
def check(by: Actor, rows: Sequence[Row]) -> None:
    """Put the rows of each meeting together, and say of each whether it is new or there already."""
    groups: dict[str, Group] = {}
    for group in Group.objects.all():
        groups[name_key(group.name)] = groups[group.slug] = group
    meetings: dict[Any, Plan] = defaultdict(Plan)
    for row in rows:
        row.plan = meetings[name_key(row.get("group")), row.get("day"), str(row.get("starts"))]
        row.plan.rows.append(row)
    there = _there(groups, rows)
    themes = {theme.slug: theme for theme in Theme.objects.select_related("merged_into")}
    erased = Erased()
    fresh: dict[str, Row] = {}
    for plan in meetings.values():
        plan.group = groups.get(name_key(plan.first.get("group")))
        if plan.first.get("group") and plan.group is None:
            plan.first.refuse(MEETINGS.column("group"), "There is no group of this name. Import the groups first.")
        _check_meeting(plan, there, erased)
        for row in plan.rows:
            _check_words(row, themes, fresh)
    _tell_of_themes(fresh, list(themes.values()))


def _there(groups: dict[str, Group], rows: Sequence[Row]) -> dict[Any, list[Meeting]]:
    wanted = {group.pk for row in rows if (group := groups.get(name_key(row.get("group"))))}
    found: dict[Any, list[Meeting]] = defaultdict(list)
    for meeting in Meeting.objects.filter(group_id__in=wanted).select_related("group"):
        found[meeting.group_id, meeting.starts_on].append(meeting)
    return found


def _check_meeting(plan: Plan, there: dict[Any, list[Meeting]], erased: Erased) -> None:
    first = plan.first
    on = first.get("day")
    if on and on > clock.today():
        first.refuse(MEETINGS.column("day"), "This day is still to come. Plan the meeting on its group’s page.")
    for row in plan.rows[1:]:
        for name in OF_MEETING:
            if name in row.values and first.values.setdefault(name, row.values[name]) != row.values[name]:
                row.refuse(MEETINGS.column(name), f"Row {first.line} says something else of the same meeting.")
        if not row.get("said") and not row.problems:
            row.refuse(None, f"The same meeting as row {first.line}, and nothing that was said. Leave the row out.")
    if plan.group is None or not on:
        return
    known = there[plan.group.pk, on]
    if starts := first.get("starts", None):
        known = [one for one in known if timezone.localtime(one.starts_at).time() == starts]
    if len(known) > 1:
        first.refuse(MEETINGS.column("starts"), "The group met twice on this day. Say when this meeting began.")
    elif known:
        plan.meeting = known[0]
        _compare(plan, known[0])
    else:
        _check_people(plan, erased)


def _compare(plan: Plan, meeting: Meeting) -> None:
    """A meeting that is there already stays as it is; words that its log does not have belong on its page."""
    said = Counter(
        (kind, words) for kind, words in meeting.contributions.filter(removed_at=None).values_list("kind", "words")
    )
    for row in plan.rows:
        row.outcome = SAME
        if not meeting.is_held:
            row.refuse(
                MEETINGS.column("day"), "This meeting is here already and waits for its log. Write it on its page."
            )
            return
        if row.get("said") and not said[row.get("kind"), row.get("said")]:
            row.refuse(
                MEETINGS.column("said"),
                "The meeting is here already, and its log has no such words. Add them on its page.",
            )
        said[row.get("kind"), row.get("said")] -= 1


def _check_people(plan: Plan, erased: Erased) -> None:
    """Find members by their names; other names are guests."""
    first, group = plan.first, plan.group
    assert group is not None  # noqa: S101  asked just before
    if not first.get("came") and not first.get("number"):
        first.refuse(MEETINGS.column("came"), "Say who came, or how many. If no one came, leave the meeting out.")
    members = defaultdict(list)
    begins = timezone.make_aware(datetime.combine(first.get("day"), time(12)))
    for one in Meeting(group=group, starts_at=begins).expected_members():
        members[name_key(one.person.name)].append(one.person_id)
    for column, status in (("came", Status.PRESENT), ("apologies", Status.APOLOGIES)):
        for name in first.get(column) or []:
            pks = members[name_key(name)]
            if len(set(pks)) > 1:
                first.refuse(
                    MEETINGS.column(column), f"Two members on that day are called {name}. Mark this meeting by hand."
                )
            elif pks:
                if plan.statuses.setdefault(pks[0], status) != status:
                    first.refuse(MEETINGS.column(column), f"{name} came and sent apologies. Leave one of them out.")
            elif on := erased.is_namesake(name):
                ask = "Write “A former member” instead. If this is someone else, write their name in full."
                first.refuse(MEETINGS.column(column), f"{words(on)} {ask}")
            elif status == Status.PRESENT:
                plan.guests.append(name)
            else:
                first.refuse(
                    MEETINGS.column(column), f"{name} did not belong to the group on that day. Leave the name out."
                )
    named = len(plan.guests) + sum(status == Status.PRESENT for status in plan.statuses.values())
    number = first.get("number") or named
    if number < named:
        first.refuse(
            MEETINGS.column("number"),
            f"{named} people are named, which is more. Correct the number, or leave it empty.",
        )
    plan.guests += [f"Not named {n}" for n in range(1, number - named + 1)]


def _check_words(row: Row, themes: dict[str, Theme], fresh: dict[str, Row]) -> None:
    if not row.get("said"):
        for name in OF_WORDS:
            if name in row.values:
                row.refuse(
                    MEETINGS.column(name), "There are no words in “What was said”. Add them, or leave this empty."
                )
        return
    if not row.cells.get("kind"):
        row.refuse(MEETINGS.column("kind"), "Say what kind of thing was said.")
    if name := row.get("theme"):
        try:
            if (slug := theme_slug(name)) not in themes:
                fresh.setdefault(slug, row)
        except ValidationError as error:
            row.refuse(MEETINGS.column("theme"), " ".join(error.messages))


def _tell_of_themes(fresh: dict[str, Row], known: list[Theme]) -> None:
    """Say which themes are new, and what is nearly the same."""
    for row in fresh.values():
        if row.outcome != NEW:
            continue
        name = tidy_theme_name(row.get("theme"))
        near = similar_themes(name, known)
        row.notes.append(f"New theme: {name}." + (f" Did you mean {near[0].name}?" if near else ""))


# --- Saving --------------------------------------------------------------------------------------
def write(by: Actor, rows: Sequence[Row], made: Made) -> None:
    """Save every meeting with its log and its debrief, the earliest first, so that they are numbered in order."""
    plans = {id(row.plan): row.plan for row in rows}
    firsts = [plan.first for plan in plans.values()]
    for first in made.each(sorted(firsts, key=lambda row: (row.get("day") or clock.today(), row.line))):
        plan = first.plan
        made.done += plan.rows[1:]
        if any(row.problems for row in plan.rows) or plan.meeting is not None:
            continue
        made.attempt(MEETINGS, plan.first, lambda plan=plan: _save(by, plan, made))  # type: ignore[misc]


def _save(by: Actor, plan: Plan, made: Made) -> None:
    first, group = plan.first, plan.group
    assert group is not None  # noqa: S101  a row without one was refused
    starts_at = _moment(first.get("day"), first.get("starts") or USUAL_START)
    ends_at = _moment(first.get("day"), first.get("ends")) if first.get("ends") else starts_at + USUAL_LENGTH
    given = {name: first.values[name] for name in ("mode", "place", "purpose") if name in first.values}
    meeting = plan_meeting(
        by=by,
        group=group,
        starts_at=starts_at,
        ends_at=ends_at,
        title=first.get("title"),
        **given,
    )
    made.add(*_new_themes(by, plan), meeting)
    said = [row for row in plan.rows if row.get("said")]
    log = LogInput(
        came=[Came(pk, status) for pk, status in plan.statuses.items()],
        guests=[Guest(name) for name in plan.guests],
        said=[
            Said(
                uuid4(),
                row.get("kind"),
                row.get("said"),
                row.get("theme"),
                row.get("level"),
                row.get("perspective"),
                new_theme=True,
            )
            for row in said
        ],
        decided=[Decided(uuid4(), words) for words in first.get("decisions") or []],
    )
    try:
        save_log(by=by, meeting=meeting, log=log, finish=True)
    except LogRefused as refused:
        _tell(refused, first, said)
        raise ValidationError([]) from None  # it is told at the rows
    meeting.refresh_from_db()
    agreed, held_on = first.get("agreed_next") or NOTHING_NOTED, first.get("debriefed_on") or first.get("day")
    debrief_meeting(by=by, meeting=meeting, held_on=held_on, agreed_next=agreed, is_past=True)


def _moment(on: Any, at: time) -> datetime:
    return timezone.make_aware(datetime.combine(on, at))


def _new_themes(by: Actor, plan: Plan) -> list[Theme]:
    names = {theme_slug(row.get("theme")): row.get("theme") for row in plan.rows if row.get("theme")}
    there = set(Theme.objects.filter(slug__in=names).values_list("slug", flat=True))
    return [find_or_add_theme(by=by, name=name, group=plan.group) for slug, name in names.items() if slug not in there]


def _tell(refused: LogRefused, first: Row, said: Sequence[Row]) -> None:
    """Put what the log refuses at the row that it came from."""
    for (part, index), fields in refused.rows.items():
        row = said[index] if part == "said" else first
        for messages in fields.values():
            row.refuse(MEETINGS.column("said") if part == "said" else None, " ".join(messages))


KIND, LEVEL, MODE = Contribution.Kind, Contribution.Level, Meeting.Mode
MEETINGS = Importer(
    kind="meetings",
    label="Meetings of past years",
    lead="One row for each meeting, and one more for each further thing that was said there.",
    permissions=("networks.plan_meeting", "networks.log_meeting", "networks.debrief_meeting"),
    order=5,
    columns=(
        Column(
            "group", "Group", "As on its page here", read.line(160), "Riverside group", ("grwp", "local network"), True
        ),
        Column("day", "Date", "Such as 24/07/2022", read.day, "24/07/2022", ("day", "on", "dyddiad"), True),
        Column(
            "starts",
            "Starts",
            "Such as 14:00. Empty: 10:00",
            read.clock_time,
            "14:00",
            ("start", "from", "time", "amser"),
        ),
        Column("ends", "Ends", "Empty: two hours later", read.clock_time, "16:00", ("end", "to", "until")),
        Column("title", "Title", "Empty: Meeting and its number", read.line(160), "", ("name", "teitl")),
        Column("mode", "How it was held", read.labels_of(MODE), read.choice(MODE), "Online", ("mode", "held")),
        Column("place", "Place", "Where it was, if not online", read.line(200), "", ("venue", "lle")),
        Column("purpose", "Purpose", "What it was for", read.lines(10_000), "", ("about", "pwrpas")),
        Column(
            "came",
            "Who came",
            "Names with semicolons between them. Those who are no members then are guests",
            read.names,
            "Sam Carter; Alex Reed",
            ("attended", "attendance", "present", "yn bresennol"),
            names="several",
        ),
        Column(
            "number",
            "How many came",
            "Where not all names are known",
            read.number(500),
            "",
            ("number who came", "number", "nifer"),
        ),
        Column(
            "apologies",
            "Apologies",
            "Names of members with semicolons between them",
            read.names,
            "",
            ("sent apologies", "ymddiheuriadau"),
            names="several",
        ),
        Column(
            "decisions",
            "Decisions",
            "With semicolons between them",
            read.several(read.line(400)),
            "",
            ("decided", "penderfyniadau"),
        ),
        Column("debriefed_on", "Debriefed on", "Empty: the day of the meeting", read.day, "", ("debrief", "debriefed")),
        Column(
            "agreed_next",
            "Agreed for next time",
            "It is kept, and goes on no agenda of today",
            read.lines(5_000),
            "",
            ("agreed", "agreed next"),
        ),
        Column("kind", "Kind", read.labels_of(KIND), read.choice(KIND), "Barrier", ("kind of contribution", "math")),
        Column(
            "said",
            "What was said",
            "One thing a row, without the name of who said it",
            read.lines(MAX_WORDS),
            "Letters come too late.",
            ("words", "contribution", "said"),
        ),
        Column(
            "theme", "Theme", "A new one is added; the preview names it", read.line(80), "Communication", ("thema",)
        ),
        Column("level", "Level", read.labels_of(LEVEL), read.choice(LEVEL), "Systemic", ("lefel",)),
        Column(
            "perspective", "Perspective", read.labels_of(Perspective), read.choice(Perspective), "Carer", ("safbwynt",)
        ),
    ),
    check=check,
    write=write,
    notes=("Import the members before: who came is matched with the members on that day.", "No mail goes out."),
)
