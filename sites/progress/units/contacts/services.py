"""Keeping in touch with units: the log of contacts, and who has not been heard from."""

from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics import clock
from sites.progress.units.models import Unit, UnitChange, UnitContact
from sites.progress.units.roster import roster_of
from sites.progress.units.services import record_unit_change


@transaction.atomic
def record_contact(
    *,
    by: Actor,
    unit: Unit,
    on: date,
    how: str,
    words: str,
    next_step: str = "",
    next_on: date | None = None,
) -> UnitContact:
    """Record a contact with a unit. One that was not approached yet counts as approached from that day."""
    require(by, "sites.edit_site", unit.site)
    unit = Unit.objects.select_for_update().select_related("site").get(pk=unit.pk)
    _check_day(unit, on)
    contact = UnitContact(
        unit=unit,
        on=on,
        how=how,
        words=" ".join(words.split()),
        next_step=next_step.strip(),
        next_on=next_on,
        recorded_by_id=by.pk,
        recorded_at=clock.now(),
    )
    contact.full_clean()
    contact.save()
    audit.record(by, "unit.contacted", unit.site, unit_id=unit.pk, how=how, on=on.isoformat())
    [row] = roster_of([unit], on)
    if row.state == UnitChange.State.NOT_APPROACHED and not unit.changes.filter(on__gt=on).exists():
        record_unit_change(by=by, unit=unit, state=UnitChange.State.APPROACHED, on=on)
    return contact


def _check_day(unit: Unit, on: date) -> None:
    if on > clock.today():
        raise ValidationError({"on": "Date cannot be in the future. Enter the day you were in touch."})
    if on < unit.listed_from:
        raise ValidationError({"on": f"{unit} was not on the roster yet on this date. Enter a later one."})
    if unit.listed_to and on > unit.listed_to:
        raise ValidationError({"on": f"{unit} had left the roster by this date. Enter an earlier one."})


@transaction.atomic
def remove_contact(*, by: Actor, contact: UnitContact) -> None:
    """Remove a contact that was recorded by mistake. The status of the unit stays; change that on its own."""
    site = contact.unit.site
    require(by, "sites.edit_site", site)
    audit.record(by, "unit.contact_removed", site, unit_id=contact.unit_id, how=contact.how, on=contact.on.isoformat())
    contact.delete()
