"""Every write about outcomes: measures of a site and their readings, for its team and staff."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics import clock
from impact.core.basics.dates import day
from impact.core.basics.versions import delete_unchanged, reject_unknown, save_changes
from sites.progress.outcomes.measures.models import OutcomeMeasure, Reading
from sites.registry.models import Site

MEASURE_FIELDS = frozenset({"frame", "name", "definition", "unit", "better", "source", "baseline_value", "baseline_on"})
READING_FIELDS = frozenset({"on", "value", "note"})


def _stripped(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}


@transaction.atomic
def add_measure(*, by: Actor, site: Site, is_illustrative: bool = False, **details: Any) -> OutcomeMeasure:
    """Say what a site wants to change, how it is counted, and where it stands before (rule 1)."""
    require(by, "sites.edit_site", site)
    reject_unknown(details, MEASURE_FIELDS)
    measure = OutcomeMeasure(site=site, is_illustrative=is_illustrative, **_stripped(details))
    clock.reject_future("baseline_on", measure.baseline_on, "the day on which the baseline was read")
    measure.full_clean()
    measure.save()
    audit.record(by, "outcome.added", site, frame=str(measure.frame))
    return measure


@transaction.atomic
def update_measure(
    *, by: Actor, measure: OutcomeMeasure, expected: int | None = None, **changes: Any
) -> OutcomeMeasure:
    """Change a measure. Its baseline stays before its first reading, and its unit while there are readings in it."""
    site = measure.site
    require(by, "sites.edit_site", site)
    reject_unknown(changes, MEASURE_FIELDS)
    changes = _stripped(changes)
    # The lock keeps a reading from slipping in between the check and the change.
    OutcomeMeasure.objects.select_for_update().get(pk=measure.pk)
    first = measure.readings.first()
    baseline_on = changes.get("baseline_on", measure.baseline_on)
    clock.reject_future("baseline_on", baseline_on, "the day on which the baseline was read")
    if first and baseline_on and baseline_on >= first.on:
        raise ValidationError(
            {
                "baseline_on": f"The first reading is of {day(first.on)}. The baseline comes before it: enter an earlier day."
            }
        )
    if first and changes.get("unit", measure.unit) != measure.unit:
        raise ValidationError(
            {"unit": f"There are readings in “{measure.unit}”. Keep the unit, or add another measure."}
        )
    if changed := save_changes(measure, changes, expected=expected):
        audit.record(by, "outcome.changed", site, fields=changed, frame=str(measure.frame))
    return measure


@transaction.atomic
def remove_measure(*, by: Actor, measure: OutcomeMeasure, expected: int | None = None) -> None:
    """Remove a measure that was a mistake, with its readings. The site's history says that there was one."""
    require(by, "sites.edit_site", measure.site)
    readings = measure.readings.count()
    delete_unchanged(measure, expected=expected)
    audit.record(by, "outcome.removed", measure.site, frame=str(measure.frame), readings=readings)


def _check_day(measure: OutcomeMeasure, on: date) -> None:
    """A reading was taken after the baseline, and not in the future."""
    clock.reject_future("on", on, "the day on which it was read")
    if measure.baseline_on and on <= measure.baseline_on:
        raise ValidationError(
            {"on": f"The baseline is of {day(measure.baseline_on)}. Enter a later day, or change the baseline."}
        )


@transaction.atomic
def add_reading(
    *, by: Actor, measure: OutcomeMeasure, value: Decimal, on: date | None = None, note: str = ""
) -> Reading:
    """Record what a measure showed on a day (today) after its baseline."""
    on = on or clock.today()
    require(by, "sites.edit_site", measure.site)
    measure = OutcomeMeasure.objects.select_for_update().get(pk=measure.pk)
    _check_day(measure, on)
    reading = Reading(measure=measure, on=on, value=value, note=note.strip())
    reading.full_clean()
    reading.save()
    audit.record(by, "outcome.read", measure.site, frame=str(measure.frame), on=on.isoformat())
    return reading


@transaction.atomic
def update_reading(*, by: Actor, reading: Reading, expected: int | None = None, **changes: Any) -> Reading:
    """Correct a reading."""
    measure = reading.measure
    require(by, "sites.edit_site", measure.site)
    reject_unknown(changes, READING_FIELDS)
    measure = OutcomeMeasure.objects.select_for_update().get(pk=measure.pk)
    _check_day(measure, changes.get("on", reading.on))
    if changed := save_changes(reading, _stripped(changes), expected=expected):
        facts = {"frame": str(measure.frame), "on": reading.on.isoformat()}
        audit.record(by, "outcome.reading_changed", measure.site, fields=changed, **facts)
    return reading


@transaction.atomic
def remove_reading(*, by: Actor, reading: Reading, expected: int | None = None) -> None:
    """Remove a reading that was a mistake."""
    measure = reading.measure
    require(by, "sites.edit_site", measure.site)
    delete_unchanged(reading, expected=expected)
    facts = {"frame": str(measure.frame), "on": reading.on.isoformat()}
    audit.record(by, "outcome.reading_removed", measure.site, **facts)
