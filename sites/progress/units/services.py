"""Writing the roster: units, and what became of each."""

from datetime import date
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics import clock
from sites.progress.units.models import Unit, UnitChange
from sites.progress.units.roster import roster_of
from sites.registry.models import Site


@transaction.atomic
def list_unit(*, by: Actor, site: Site, name: str, listed_from: date) -> Unit:
    """Put a unit on a site's roster, for the site's team and staff."""
    require(by, "sites.edit_site", site)
    if not site.unit_name:
        raise ValidationError(
            'First say what the roster counts, for example "general practice": edit the site to do this.'
        )
    unit = Unit(site=site, name=name.strip(), listed_from=listed_from)
    unit.full_clean()
    unit.save()
    audit.record(by, "unit.listed", site, listed_from=listed_from.isoformat())
    return unit


class PastedRow(NamedTuple):
    """One line that was pasted, and why it cannot be added, if so."""

    line: int
    name: str
    problem: str


MOST_PASTED = 500


def check_pasted(site: Site, text: str, listed_from: date) -> list[PastedRow]:
    """What adding these lines would do, empty ones left out. Each line that cannot be added says why."""
    taken = {name.casefold(): name for name in site.units.values_list("name", flat=True)}
    seen: dict[str, int] = {}
    rows = []
    for number, line in enumerate(text.splitlines(), start=1):
        name = " ".join(line.split())
        if not name:
            continue
        key, problem = name.casefold(), ""
        if key in seen:
            problem = f"The same as line {seen[key]}."
        elif key in taken:
            problem = "It is on the roster already."
        elif len(seen) >= MOST_PASTED:
            problem = f"Add at most {MOST_PASTED} at a time."
        else:
            try:
                Unit(site=site, name=name, listed_from=listed_from).full_clean()
            except ValidationError as error:
                problem = " ".join(error.messages)
        seen.setdefault(key, number)
        rows.append(PastedRow(number, name, problem))
    return rows


@transaction.atomic
def list_units(*, by: Actor, site: Site, text: str, listed_from: date) -> int:
    """Put many units on a site's roster, one from each line: all or none. A refusal names each line that is wrong."""
    require(by, "sites.edit_site", site)
    if not site.unit_name:
        raise ValidationError("First say what the roster counts: edit the site to do this.")
    list(Site.objects.select_for_update().filter(pk=site.pk))
    rows = check_pasted(site, text, listed_from)
    if not rows:
        raise ValidationError({"names": "Paste at least one name."})
    if wrong := [f"Line {row.line}, {row.name[:60]}: {row.problem}" for row in rows if row.problem]:
        raise ValidationError(wrong)
    Unit.objects.bulk_create(Unit(site=site, name=row.name, listed_from=listed_from) for row in rows)
    audit.record(by, "unit.listed", site, listed_from=listed_from.isoformat(), units=len(rows))
    return len(rows)


@transaction.atomic
def record_unit_change(*, by: Actor, unit: Unit, state: str, on: date, reason: str = "") -> UnitChange:
    """Record where a unit stands from a day on; earlier records stay, so past figures never change unnoticed."""
    require(by, "sites.edit_site", unit.site)
    unit = Unit.objects.select_for_update().select_related("site").get(pk=unit.pk)
    if on > clock.today():
        raise ValidationError({"on": "This date is in the future. Enter the day it happened."})
    if on < unit.listed_from:
        raise ValidationError({"on": f"{unit} was not on the roster yet on this date. Enter a later one."})
    if unit.listed_to and on > unit.listed_to:
        raise ValidationError({"on": f"{unit} had left the roster by this date. Enter an earlier one."})
    [before] = roster_of([unit], on)
    if before.state == state and before.since is not None:
        raise ValidationError({"state": f"{unit} was already recorded as “{before.label}” then. Choose what changed."})
    change = UnitChange(unit=unit, state=state, on=on, reason=reason.strip())
    change.full_clean()
    change.save()
    audit.record(by, "unit.changed", unit.site, unit_id=unit.pk, state=state, on=on.isoformat())
    return change


@transaction.atomic
def delist_unit(*, by: Actor, unit: Unit, listed_to: date) -> Unit:
    """Take a unit off the roster after a day, for example when a practice closes; earlier figures keep it."""
    require(by, "sites.edit_site", unit.site)
    unit = Unit.objects.select_for_update().select_related("site").get(pk=unit.pk)
    if unit.listed_to:
        raise ValidationError(f"{unit} has already left the roster.")
    if listed_to > clock.today():
        raise ValidationError({"listed_to": "This date is in the future. Enter the last day on the roster."})
    if unit.changes.filter(on__gt=listed_to).exists():
        raise ValidationError({"listed_to": f"Something was recorded about {unit} after this date. Enter a later one."})
    unit.listed_to = listed_to
    unit.full_clean()
    unit.save(update_fields=["listed_to"])
    audit.record(by, "unit.delisted", unit.site, unit_id=unit.pk, listed_to=listed_to.isoformat())
    return unit
