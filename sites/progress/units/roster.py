"""Partial implementation (rule 2): which units of a site take part, from when, and how much of the whole that is.

Units are for example general practices. Nothing is overwritten: each change has a date, and a date asked about in the
past is answered with the roster that was in force then.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from django.db.models import QuerySet

from sites.progress.units.models import Unit, UnitChange
from sites.registry.models import Site

State = UnitChange.State


class Coverage(NamedTuple):
    """How many units of the roster had joined on a day; ``percent`` is None when the roster was empty."""

    joined: int
    total: int
    percent: int | None


class RosterRow(NamedTuple):
    """One unit and where it stood on a day. ``since`` is None when nothing was ever recorded."""

    unit: Unit
    state: str
    since: date | None
    reason: str

    @property
    def label(self) -> str:
        return State(self.state).label


def with_changes(units: QuerySet[Unit]) -> QuerySet[Unit]:
    """``units`` with their changes fetched, for the functions below: two queries for any number of units."""
    return units.prefetch_related("changes")


def roster_of(units: Iterable[Unit], on: date) -> list[RosterRow]:
    """Where each of some units (from ``with_changes``) stood on a day; those not on the roster then are left out."""
    rows = []
    for unit in units:
        if unit.listed_from > on or (unit.listed_to and unit.listed_to < on):
            continue
        newest = None
        for change in unit.changes.all():  # ordered by date, then by when it was recorded
            if change.on <= on:
                newest = change
        if newest:
            rows.append(RosterRow(unit, newest.state, newest.on, newest.reason))
        else:
            rows.append(RosterRow(unit, State.NOT_APPROACHED, None, ""))
    return rows


def coverage_of(rows: Iterable[RosterRow]) -> Coverage:
    """Coverage of a roster, rounded to a whole percent."""
    states = [row.state for row in rows]
    joined = states.count(State.JOINED)
    return Coverage(joined, len(states), round(100 * joined / len(states)) if states else None)


def roster(site: Site, on: date) -> list[RosterRow]:
    """The units of a site in force on a day, for its page, with where each one stood."""
    return roster_of(with_changes(site.units.all()), on)


def coverage(site: Site, on: date) -> Coverage:
    """Units joined, units in all and percent, by the roster in force on a day; for pages, the API and the report."""
    return coverage_of(roster(site, on))


def coverage_over_time(units: Iterable[Unit], until: date) -> list[tuple[date, Coverage]]:
    """(day, coverage) for each day up to ``until`` on which the figure changed, oldest first."""
    units = list(units)
    days = {unit.listed_from for unit in units}
    days |= {unit.listed_to + timedelta(days=1) for unit in units if unit.listed_to}
    days |= {change.on for unit in units for change in unit.changes.all()}
    steps: list[tuple[date, Coverage]] = []
    for day in sorted(day for day in days if day <= until):
        figure = coverage_of(roster_of(units, day))
        if not steps or steps[-1][1] != figure:
            steps.append((day, figure))
    return steps
