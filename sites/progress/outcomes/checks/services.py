"""Every write about a site's co-production check, for its team and staff."""

from typing import Any

from django.db import transaction

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics import clock
from impact.core.basics.versions import delete_unchanged, reject_unknown, save_changes
from sites.progress.outcomes.checks.models import CoproductionEntry
from sites.registry.models import Site

ENTRY_FIELDS = frozenset({"on", "perspective", "who", "part", "how", "what_changed"})
WORDS = ("who", "how", "what_changed")


def _stripped(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value.strip() if name in WORDS else value for name, value in values.items()}


@transaction.atomic
def add_entry(*, by: Actor, site: Site, is_illustrative: bool = False, **details: Any) -> CoproductionEntry:
    """Record who was involved in which part of a site's work, how, and what changed because of it."""
    require(by, "sites.edit_site", site)
    reject_unknown(details, ENTRY_FIELDS)
    entry = CoproductionEntry(site=site, is_illustrative=is_illustrative, **_stripped(details))
    clock.reject_future("on", entry.on, "the day on which it happened")
    entry.full_clean()
    entry.save()
    audit.record(by, "coproduction_entry.added", site, part=str(entry.part), on=entry.on.isoformat())
    return entry


@transaction.atomic
def update_entry(
    *, by: Actor, entry: CoproductionEntry, expected: int | None = None, **changes: Any
) -> CoproductionEntry:
    """Correct an entry, or say what changed once that is known."""
    site = entry.site
    require(by, "sites.edit_site", site)
    reject_unknown(changes, ENTRY_FIELDS)
    clock.reject_future("on", changes.get("on"), "the day on which it happened")
    if changed := save_changes(entry, _stripped(changes), expected=expected):
        facts = {"part": str(entry.part), "on": entry.on.isoformat()}
        audit.record(by, "coproduction_entry.changed", site, fields=changed, **facts)
    return entry


@transaction.atomic
def remove_entry(*, by: Actor, entry: CoproductionEntry, expected: int | None = None) -> None:
    """Remove an entry that was a mistake, or that says too much about a person."""
    require(by, "sites.edit_site", entry.site)
    delete_unchanged(entry, expected=expected)
    audit.record(by, "coproduction_entry.removed", entry.site, part=str(entry.part), on=entry.on.isoformat())
