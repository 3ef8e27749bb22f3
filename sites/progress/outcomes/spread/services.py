"""Every write about the places that took up a site's work, for its team and staff."""

from datetime import date
from typing import Any

from django.db import transaction

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics import clock
from impact.core.basics.versions import delete_unchanged, reject_unknown, save_changes
from sites.progress.outcomes.spread.models import Uptake
from sites.registry.models import Site

UPTAKE_FIELDS = frozenset({"place", "organisation", "nation", "how", "on", "what"})
WORDS = ("place", "what")


def _stripped(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value.strip() if name in WORDS else value for name, value in values.items()}


def _check_day(how: str, on: date) -> None:
    """Only what is planned begins in the future."""
    if how != Uptake.How.PLANNED:
        clock.reject_future("on", on, "the day it began, or mark it as planned")


@transaction.atomic
def add_uptake(*, by: Actor, site: Site, is_illustrative: bool = False, **details: Any) -> Uptake:
    """Record that another place took up a site's work, or plans to."""
    require(by, "sites.edit_site", site)
    reject_unknown(details, UPTAKE_FIELDS)
    uptake = Uptake(site=site, is_illustrative=is_illustrative, **_stripped(details))
    uptake.full_clean()
    _check_day(uptake.how, uptake.on)
    uptake.save()
    audit.record(by, "uptake.added", site, how=str(uptake.how), on=uptake.on.isoformat())
    return uptake


@transaction.atomic
def update_uptake(*, by: Actor, uptake: Uptake, expected: int | None = None, **changes: Any) -> Uptake:
    """Change what is recorded about a place, for example once what was planned has begun."""
    site = uptake.site
    require(by, "sites.edit_site", site)
    reject_unknown(changes, UPTAKE_FIELDS)
    _check_day(changes.get("how", uptake.how), changes.get("on", uptake.on))
    if changed := save_changes(uptake, _stripped(changes), expected=expected):
        audit.record(by, "uptake.changed", site, fields=changed, how=str(uptake.how), on=uptake.on.isoformat())
    return uptake


@transaction.atomic
def remove_uptake(*, by: Actor, uptake: Uptake, expected: int | None = None) -> None:
    """Remove a place that was listed by mistake. One that stopped is marked as ended instead."""
    require(by, "sites.edit_site", uptake.site)
    delete_unchanged(uptake, expected=expected)
    audit.record(by, "uptake.removed", uptake.site, how=str(uptake.how))
