"""Keeping the directory: venues with their access list, providers, and how early to ask."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics import clock
from impact.core.basics.versions import save_changes
from networks.meetings.planning.directory.kinds import USUAL_LEAD, Kind
from networks.meetings.planning.directory.models import LeadTime, Provider, Venue


def _tidied(given: dict[str, Any]) -> dict[str, Any]:
    return {name: " ".join(v.split()) if name in ("name", "address") else v for name, v in given.items()}


def _require_past_check(given: dict[str, Any]) -> None:
    on = given.get("checked_on")
    if on and on > clock.today():
        raise ValidationError({"checked_on": "Date cannot be in the future. Enter the day of the check."})


@transaction.atomic
def add_venue(*, by: Actor, **given: Any) -> Venue:
    """Put a place to meet into the directory."""
    venue = Venue(**_tidied(given))
    require(by, "networks.edit_venue", venue)
    _require_past_check(given)
    venue.checked_by_id = by.pk if venue.checked_on else None
    venue.full_clean()
    venue.save()
    audit.record(by, "venue.added", venue)
    return venue


@transaction.atomic
def change_venue(*, by: Actor, venue: Venue, expected: int | None = None, **given: Any) -> Venue:
    """Change what is known of a place. The person who enters a new day of the check is named as the one who checked."""
    require(by, "networks.edit_venue", venue)
    _require_past_check(given)
    given = _tidied(given)
    if "checked_on" in given and given["checked_on"] != venue.checked_on:
        given["checked_by_id"] = by.pk if given["checked_on"] else None
    changed = [name for name in save_changes(venue, given, expected=expected) if name != "checked_by_id"]
    if changed:
        audit.record(by, "venue.changed", venue, fields=changed)
    return venue


@transaction.atomic
def add_provider(*, by: Actor, **given: Any) -> Provider:
    """Put an agency, firm or person who provides something into the directory."""
    require(by, "networks.edit_providers")
    provider = Provider(**_tidied(given))
    _require_reachable(provider)
    provider.full_clean()
    provider.save()
    audit.record(by, "provider.added", provider)
    return provider


@transaction.atomic
def change_provider(*, by: Actor, provider: Provider, expected: int | None = None, **given: Any) -> Provider:
    """Change what is known of a provider, or keep them from being chosen again."""
    require(by, "networks.edit_providers")
    changed = save_changes(provider, _tidied(given), expected=expected)
    _require_reachable(provider)
    if changed:
        audit.record(by, "provider.changed", provider, fields=changed)
    return provider


def _require_reachable(provider: Provider) -> None:
    if not provider.kinds:
        raise ValidationError({"kinds": "Choose at least one thing that they provide."})
    if not (provider.phone or provider.email or provider.website):
        raise ValidationError({"phone": "Enter a phone number, an email address or a website."})


@transaction.atomic
def set_lead_times(*, by: Actor, times: Mapping[str, tuple[int, bool]]) -> list[str]:
    """Say how long before a meeting each kind has to be asked for; the kinds that changed."""
    require(by, "networks.edit_providers")
    known = {row.kind: row for row in LeadTime.objects.select_for_update()}
    changed = []
    for kind, (days, is_working) in times.items():
        row = known.get(kind)
        if (row.days, row.is_working_days) == (days, is_working) if row else USUAL_LEAD[kind] == (days, is_working):
            continue
        row = row or LeadTime(kind=kind)
        row.days, row.is_working_days = days, is_working
        row.full_clean()
        row.save()
        audit.record(by, "lead_time.changed", row, kind=Kind(kind).label, days=days)
        changed.append(kind)
    return changed
