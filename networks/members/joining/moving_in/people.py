"""People and members from a spreadsheet: one row for each membership of a person, or for a person without one.

Two people may have one mailbox or one name, so no one is taken for someone else by half of that: a record is the same where
name and address are. Without an address a row says by a record number, or by "new", whom it means.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError

from impact.core.access.permissions import Actor
from impact.core.basics.dates import day
from impact.core.basics.vocabulary import Format, Language, Perspective
from impact.core.people import needs
from impact.core.people.models import Person
from impact.core.people.services import add_person, update_person
from impact.core.web.imports import columns as read
from impact.core.web.imports.columns import Column
from impact.core.web.imports.erased import name_key, words
from impact.core.web.imports.shapes import CHANGE, NEW, SAME, Importer, Made, Row, before_of, different, refuse_twins
from networks.groups.models import Group, Membership
from networks.members import services
from networks.members.joining.moving_in.there import There

ANEW = "new"
ABOUT = ("nation", *needs.NEEDS)
MEMBER = ("role", "perspective", "perspective_note", "ends_on", "end_reason")


def _record(text: str) -> Any:
    """A record number, or "new"."""
    if read.plain(text) in ("new", "newydd"):
        return ANEW
    return read.number(999_999_999)(text)


@dataclass
class Who:
    """One person of the file: their rows, and the record that they have already."""

    rows: list[Row] = field(default_factory=list)
    person: Person | None = None


@dataclass
class Plan:
    """What one row asks for."""

    who: Who
    group: Group | None = None
    membership: Membership | None = None


# --- Checking ------------------------------------------------------------------------------------
def check(by: Actor, rows: Sequence[Row]) -> None:
    """Say of each row whom it means, and whether person and membership are new, differ or are there already."""
    there = There(rows)
    people = _people_of(rows)
    for row in rows:
        row.plan = Plan(people[_identity(row)])
        _check_group(row, there)
    refuse_twins(
        PEOPLE, rows, lambda row: (_identity(row), row.plan.group.pk if row.plan.group else "", row.get("starts_on"))
    )
    for who in people.values():
        _resolve(who, there)
        _check_details(by, who)
    for row in rows:
        _outcome(row, there)


def _identity(row: Row) -> tuple[str, ...]:
    """What the rows of one person have in common within the file."""
    if row.get("record", None) not in (None, ANEW):
        return ("record", str(row.get("record")))
    if row.get("code"):
        return ("code", row.get("code").casefold())
    if row.get("email"):
        return ("both", name_key(row.get("name")), row.get("email"))
    return ("name", name_key(row.get("name")))


def _people_of(rows: Sequence[Row]) -> dict[tuple[str, ...], Who]:
    people: dict[tuple[str, ...], Who] = defaultdict(Who)
    for row in rows:
        key = _identity(row)
        who = people[key]
        first = who.rows[0] if who.rows else row
        if name_key(first.get("name")) != name_key(row.get("name")):
            row.refuse(
                PEOPLE.column("code" if key[0] == "code" else "record"),
                f"Row {first.line} has the same, and another name. Each person has their own.",
            )
        elif key[0] == "name" and key[1] and first is not row:
            row.refuse(
                PEOPLE.column("name"),
                f"Row {first.line} has the same name, and neither has an email address. If they are one person, give both "
                "rows the same code in the column “Person code”; if they are two people, give each a code of their own.",
            )
        if row.get("email"):
            first.values.setdefault("email", row.get("email"))
        who.rows.append(row)
    return people


def _check_group(row: Row, there: There) -> None:
    given = [PEOPLE.column(name) for name in ("starts_on", *MEMBER) if name in row.values]
    if not row.get("group"):
        for column in given:
            row.refuse(column, "There is no group in this row. Enter one, or leave this empty.")
        return
    group = there.groups.get(name_key(row.get("group")))
    if group is None:
        row.refuse(
            PEOPLE.column("group"), "There is no group of this name. Write it as on its page, or add the group first."
        )
        return
    row.plan.group = group
    start = PEOPLE.column("starts_on")
    if not row.get("starts_on") and not row.cells.get("starts_on"):
        row.refuse(start, "Enter the first day in the group.")


def _resolve(who: Who, there: There) -> None:
    """Find the record of one person of the file, or say why it cannot be told."""
    row = who.rows[0]
    record, same = row.get("record", None), there.same(row)
    in_group = [one for one in same if any(there.membership(one, r.plan.group, r.get("starts_on")) for r in who.rows)]
    written = next((one.person for one in who.rows if one.is_written and one.person), None)
    if written is not None:
        who.person = there.people.get(written)
    elif isinstance(record, int):
        found = there.people.get(record)
        if found is None or name_key(found.name) != name_key(row.get("name")):
            row.refuse(
                PEOPLE.column("record"), "The record of this number has another name, or is gone. Check the number."
            )
            return
        who.person = found
    elif len(in_group) == 1:
        who.person = in_group[0]
    elif record == ANEW:
        _tell_of_mailbox(row, there)
    elif row.get("email"):
        if len(same) > 1:
            _ask_which(row, same)
        elif same:
            who.person = same[0]
        else:
            _check_erased(row, there)
            _tell_of_mailbox(row, there)
    elif len(same) == 1 and not row.plan.group and not different(row, same[0], ABOUT):
        who.person = same[0]
    elif namesakes := there.by_name[name_key(row.get("name"))]:
        _ask_which(row, namesakes)
    else:
        _check_erased(row, there)
    for one in who.rows:
        one.person = who.person.pk if who.person else None


def _ask_which(row: Row, people: Sequence[Person]) -> None:
    known = ", ".join(str(one.pk) for one in people[:5])
    row.refuse(
        PEOPLE.column("name"),
        f"There are people of this name already (record {known}). Put the number of the right record in the column "
        "“Record number”, or “new” if this is someone else.",
    )


def _tell_of_mailbox(row: Row, there: There) -> None:
    if row.get("email") and there.mailboxes[row.get("email")] - {name_key(row.get("name"))}:
        row.notes.append("Someone else has this address too. They stay two people.")


def _check_erased(row: Row, there: There) -> None:
    """Notice someone whose data was deleted because they asked."""
    ask = "Leave the row out. If this is someone else, or they have come back, put “new” in the column “Record number”."
    if on := there.erased.is_same(row.get("name"), row.get("email")):
        row.refuse(PEOPLE.column("name"), f"{words(on)} {ask}")
    elif on := there.erased.is_namesake(row.get("name")):
        if row.get("email"):
            row.notes.append(f"{words(on)} The address is another one.")
        else:
            row.refuse(PEOPLE.column("name"), f"{words(on)} {ask}")


def _check_details(by: Actor, who: Who) -> None:
    """What is said of a person stands in one of their rows, or is the same in all."""
    first: dict[str, Row] = {}
    for row in who.rows:
        for name in ("email", *ABOUT):
            if name not in row.values:
                continue
            other = first.setdefault(name, row)
            if other.values[name] != row.values[name]:
                row.refuse(PEOPLE.column(name), f"Row {other.line} says something else of the same person.")
    person = who.person
    if person is None:
        return
    for name, row in first.items():
        if (
            name in needs.NEEDS
            and person.user_id
            and person.user_id != by.pk
            and getattr(person, name) != row.values[name]
        ):
            row.refuse(
                PEOPLE.column(name), "This person has an account and says themselves what they need. Leave it empty."
            )


def _outcome(row: Row, there: There) -> None:
    person, group = row.plan.who.person, row.plan.group
    if person is None:
        row.outcome = NEW
        return
    changes = different(row, person, ("email", *ABOUT))
    row.outcome = CHANGE if changes else SAME
    if not group:
        return
    found = row.plan.membership = there.membership(person, group, row.get("starts_on"))
    if found is None:
        row.outcome = NEW
    elif different(row, found, MEMBER):
        row.outcome = CHANGE


# --- Saving --------------------------------------------------------------------------------------
def write(by: Actor, rows: Sequence[Row], made: Made) -> None:
    """Save every row: the person where they are new or differ, and their membership."""
    for row in made.each(rows):
        who = row.plan.who
        if not who.rows[0].problems and who.rows[0] is row:
            if who.person is None:
                who.person = made.attempt(PEOPLE, row, lambda row=row, who=who: _add(by, who, made))  # type: ignore[misc]
                if who.person is not None:
                    made.people[row.line] = who.person.pk
            else:
                made.attempt(PEOPLE, row, lambda who=who: _change(by, who, made))  # type: ignore[misc]
        if who.person is None and not row.problems and who.rows[0] is not row:
            row.refuse(None, "The person of this row could not be saved, or their record has gone since.")
        if row.problems or not row.plan.group or who.person is None:
            continue
        made.attempt(PEOPLE, row, lambda row=row: _join(by, row, made))  # type: ignore[misc]


def _details(who: Who) -> dict[str, Any]:
    return {name: row.values[name] for row in reversed(who.rows) for name in ABOUT if name in row.values}


def _add(by: Actor, who: Who, made: Made) -> Person:
    row = who.rows[0]
    nation = (
        {}
        if row.get("nation") or not row.plan.group or row.plan.group.nation == "uk"
        else {"nation": row.plan.group.nation}
    )
    details = needs.marked(by, Person(name=row.get("name")), nation | _details(who))
    person = add_person(by=by, name=row.get("name"), email=row.get("email"), **details)
    made.add(person)
    return person


def _change(by: Actor, who: Who, made: Made) -> None:
    person = who.person
    assert person is not None  # noqa: S101  asked just before
    said = _details(who)
    if email := who.rows[0].get("email"):
        said["email"] = email
    changes = {name: value for name, value in said.items() if getattr(person, name) != value}
    if changes:
        before = before_of(person, needs.marked(by, person, changes))
        update_person(by=by, person=person, **changes)
        made.change(person, before)


def _join(by: Actor, row: Row, made: Made) -> None:
    given = {"role": Membership.Role.MEMBER} | {name: row.values[name] for name in MEMBER if name in row.values}
    found = row.plan.membership
    if found is None:
        person = row.plan.who.person
        made.add(
            services.enter_membership(
                by=by, group=row.plan.group, person=person, starts_on=row.get("starts_on"), **given
            )
        )
        return
    changes = different(row, found, MEMBER)
    if not changes:
        return
    if "role" in changes and Membership.Role.COORDINATOR in (changes["role"], found.role):
        raise ValidationError(
            {"role": f"{found.person.name} has another role since {day(found.starts_on)}. Change it there."}
        )
    before = before_of(found, changes)
    services.update_membership(by=by, membership=found, is_quiet=True, **changes)
    made.change(found, before)


# --- The spreadsheet -----------------------------------------------------------------------------
NEEDS_TAKES = "Only as the person told you. May be empty"
PEOPLE = Importer(
    kind="people",
    label="People and members",
    lead="One row for each membership of a person. Someone in two groups has two rows.",
    permissions=(
        "core.add_person",
        "core.view_people",
        "core.edit_person",
        "networks.edit_group",
        "networks.appoint_coordinator",
    ),
    order=4,
    columns=(
        Column(
            "name",
            "Name",
            "First name and surname",
            read.line(120),
            "Sam Carter",
            ("full name", "enw"),
            True,
            names="one",
        ),
        Column(
            "email",
            "Email",
            "Their address, or empty. Two people may share one",
            read.address,
            "sam@example.org",
            ("e-mail", "email address", "mail", "ebost", "cyfeiriad ebost"),
        ),
        Column(
            "code",
            "Person code",
            "A code of your own list, for people of one name without an address. Not kept",
            read.line(40),
            "",
            ("code", "cod"),
        ),
        Column(
            "record",
            "Record number",
            "The number at the end of the address of their page here, or “new” for someone else of the same name",
            _record,
            "",
            ("record", "number", "rhif"),
        ),
        Column("nation", "Nation", "Empty: that of the group", read.nation, "Wales", ("country", "cenedl", "gwlad")),
        Column(
            "group",
            "Group",
            "As on its page here. Empty: no group",
            read.line(160),
            "Riverside group",
            ("local network", "grwp"),
        ),
        Column(
            "role",
            "Role",
            f"{read.labels_of(Membership.Role)}. Empty: Member",
            read.choice(Membership.Role),
            "Member",
            ("rol",),
        ),
        Column(
            "perspective",
            "Perspective",
            f"{read.labels_of(Perspective)}. Members of a local network need one",
            read.choice(Perspective, draws_on_care="draws_on_care", front_line="front_line", safbwynt="other"),
            "Carer",
            ("safbwynt",),
        ),
        Column(
            "perspective_note",
            "In their own words",
            "What they call their perspective",
            read.line(120),
            "",
            ("perspective note",),
        ),
        Column(
            "starts_on",
            "From",
            "First day in the group, such as 24/07/2022",
            read.day,
            "24/07/2022",
            ("start", "starts on", "start date", "o"),
        ),
        Column(
            "ends_on",
            "To",
            "Last day. Empty: still a member",
            read.day,
            "",
            ("end", "ends on", "end date", "until", "hyd at"),
        ),
        Column(
            "end_reason", "Why it ended", "If the person wants it kept", read.line(200), "", ("end reason", "reason")
        ),
        Column(
            "preferred_format",
            "Format",
            f"{read.labels_of(Format)}. {NEEDS_TAKES}",
            read.choice(Format),
            "",
            ("preferred format", "fformat"),
            permission="core.view_needs",
        ),
        Column(
            "preferred_language",
            "Language",
            f"{read.labels_of(Language)}. {NEEDS_TAKES}",
            read.choice(Language, cymraeg="cy", saesneg="en"),
            "",
            ("preferred language", "iaith"),
            permission="core.view_needs",
        ),
        Column(
            "access_arrangements",
            "What they need",
            f"To take part, in their own words. {NEEDS_TAKES}",
            read.line(400),
            "",
            ("access arrangements", "access needs", "needs"),
            permission="core.view_needs",
        ),
    ),
    example=(),
    check=check,
    write=write,
    notes=(
        "No one is told: no invitation to an account or to a meeting goes out. Invite people when you are ready.",
        "Those who join a group are not asked to meetings that were announced before: tell them of those.",
        "Two people with one mailbox stay two people, and so do two people of one name.",
    ),
)
