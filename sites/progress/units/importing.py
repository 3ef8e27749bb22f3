"""A roster from a file (CSV or Excel): read, checked row by row, and added all or none."""

import csv
import io
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics import clock, dates
from impact.core.web.files.tables import cell_text, day_of, read_table
from sites.progress.units.models import Unit, UnitChange
from sites.registry.models import Site

State = UnitChange.State

# What a column may be called; the name of what the roster counts ("general practice") is added for each site.
COLUMNS = {
    "name": ("name", "unit"),
    "listed_from": ("on the roster from", "listed from", "listed_from", "from"),
    "state": ("status", "state"),
    "on": ("since", "on", "date", "status from"),
    "reason": ("reason", "note", "notes"),
}
STATES = {word: state for state in State for word in (state.value, str(state.label).casefold())}


class ImportRow(NamedTuple):
    """One row of the file and what it would add. ``problem`` says why it cannot be added, if so."""

    line: int
    name: str
    listed_from: date | None
    state: str  # "" where the file says nothing
    on: date | None
    reason: str
    problem: str

    @property
    def label(self) -> str:
        """Its status in words."""
        return str(State(self.state or State.NOT_APPROACHED).label)


class Checked(NamedTuple):
    """A file as it was understood: its rows, and the headings of columns that are left out."""

    rows: list[ImportRow]
    unknown: list[str]

    @property
    def problems(self) -> list[str]:
        """Each row that cannot be added, with its reason."""
        return [f"Row {row.line}, {row.name[:60] or 'no name'}: {row.problem}" for row in self.rows if row.problem]


# --- Checking ------------------------------------------------------------------------------------
def _headings(site: Site, row: Iterable[Any]) -> tuple[dict[int, str], list[str]]:
    """Which column of the file is which of ours, and the headings that we do not know."""
    own = site.unit_name.casefold()
    found: dict[int, str] = {}
    unknown = []
    for place, cell in enumerate(row):
        word = cell_text(cell).casefold()
        column = next((ours for ours, words in COLUMNS.items() if word in words), None)
        if column is None and own and word in (own, f"name of {own}", f"{own} name"):
            column = "name"
        if column and column not in found.values():
            found[place] = column
        elif word:
            unknown.append(cell_text(cell)[:60])
    return found, unknown


def check_file(site: Site, data: bytes, listed_from: date) -> Checked:
    """What importing a file would do, row by row. ``listed_from`` is the first day for rows that name none."""
    table = read_table(data)
    columns, unknown = _headings(site, table[0][1])
    if "name" in columns.values():
        table = table[1:]
    elif any(len([cell for cell in row if cell_text(cell)]) > 1 for _line, row in table):
        named = f"“Name” or “{site.unit_name.capitalize()}”" if site.unit_name else "“Name”"
        raise ValidationError(f"Give the columns headings, in the first row. The one with the names is called {named}.")
    else:  # one column without a heading: names
        columns, unknown = {next(n for n, cell in enumerate(table[0][1]) if cell_text(cell)): "name"}, []
    if not table:
        raise ValidationError("The file has headings and no rows below them.")
    taken = {name.casefold() for name in site.units.values_list("name", flat=True)}
    seen: dict[str, int] = {}
    rows = []
    for line, cells in table:
        given = {name: cells[place] if place < len(cells) else "" for place, name in columns.items()}
        row = _checked(site, line, given, listed_from)
        key = row.name.casefold()
        if not row.problem and key in seen:
            row = row._replace(problem=f"The same as row {seen[key]}.")
        elif not row.problem and key in taken:
            row = row._replace(problem="It is on the roster already.")
        seen.setdefault(key, line)
        rows.append(row)
    return Checked(rows, unknown)


def _checked(site: Site, line: int, given: dict[str, Any], listed_from: date) -> ImportRow:
    name, reason = cell_text(given.get("name", "")), cell_text(given.get("reason", ""))
    word = cell_text(given.get("state", "")).casefold()
    row = ImportRow(line, name, None, STATES.get(word, ""), None, reason, "")
    if not name:
        return row._replace(problem="There is no name.")
    if word and not row.state:
        known = ", ".join(str(state.label) for state in State)
        return row._replace(problem=f"“{word[:30]}” is no status. Use one of: {known}.")
    try:
        row = row._replace(listed_from=day_of(given.get("listed_from")) or listed_from, on=day_of(given.get("on")))
    except ValueError as error:
        return row._replace(problem=str(error))
    on = row.on or row.listed_from
    if row.state and row.state != State.NOT_APPROACHED:
        row = row._replace(on=on)
    if problem := _problem(site, row):
        row = row._replace(problem=problem)
    return row


def _problem(site: Site, row: ImportRow) -> str:
    """Why a row cannot be added; "" if it can."""
    today = clock.today()
    assert row.listed_from is not None  # noqa: S101  set just before
    if not date(1990, 1, 1) <= row.listed_from <= today + timedelta(days=366):
        return "The first day on the roster is not a date of the present. Check the year."
    if row.on is not None and row.on > today:
        return "The date of the status is in the future. Enter the day it happened."
    if row.on is not None and row.on < row.listed_from:
        first = dates.day(row.listed_from)
        return f"The date of the status is before the first day on the roster ({first}). Choose an earlier first day."
    try:
        unit = Unit(site=site, name=row.name, listed_from=row.listed_from)
        unit.clean_fields(exclude=["site"])
        if row.state:
            change = UnitChange(state=row.state, on=row.on or row.listed_from, reason=row.reason)
            change.clean_fields(exclude=["unit"])
            if row.state == State.DECLINED and not row.reason:
                return "Say in the column “Reason” why it declined, as far as you know."
    except ValidationError as error:
        return " ".join(error.messages)
    return ""


# --- Adding --------------------------------------------------------------------------------------
@transaction.atomic
def import_units(*, by: Actor, site: Site, data: bytes, listed_from: date) -> list[Unit]:
    """Add every row of a file to a site's roster with its status, or none. A refusal names each row that is wrong."""
    require(by, "sites.edit_site", site)
    if not site.unit_name:
        raise ValidationError("First say what the roster counts: edit the site to do this.")
    list(Site.objects.select_for_update().filter(pk=site.pk))
    checked = check_file(site, data, listed_from)
    if checked.problems:
        raise ValidationError(checked.problems)
    units = [Unit(site=site, name=row.name, listed_from=row.listed_from or listed_from) for row in checked.rows]
    Unit.objects.bulk_create(units)
    UnitChange.objects.bulk_create(
        UnitChange(unit=unit, state=row.state, on=row.on, reason=row.reason)
        for unit, row in zip(units, checked.rows, strict=True)
        if row.state and row.on and row.state != State.NOT_APPROACHED
    )
    audit.record(by, "unit.listed", site, units=len(units), imported=True)
    return units


def as_csv(checked: Checked) -> str:
    """The rows of a checked file as a CSV text in our own words, to be added after a look at the preview."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["Name", "On the roster from", "Status", "Since", "Reason"])
    for row in checked.rows:
        writer.writerow([row.name, row.listed_from, row.state, row.on or "", row.reason])
    return out.getvalue()
