"""Writing organisations."""

from typing import Any

from django.db import transaction

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics.versions import reject_unknown, save_changes
from impact.core.basics.words.slugs import free_slug
from sites.organisations.models import Organisation

ORGANISATION_FIELDS = frozenset({"name", "kind", "nation", "summary", "website"})


@transaction.atomic
def add_organisation(*, by: Actor, name: str, kind: str, is_illustrative: bool = False, **details: Any) -> Organisation:
    """Record a body that hosts, funds, partners or applies, for staff."""
    require(by, "sites.edit_organisation")
    reject_unknown(details, ORGANISATION_FIELDS)
    name = name.strip()
    organisation = Organisation(
        name=name, slug=free_slug(Organisation, name), kind=kind, is_illustrative=is_illustrative, **details
    )
    organisation.full_clean()
    organisation.save()
    audit.record(by, "organisation.added", organisation)
    return organisation


@transaction.atomic
def update_organisation(
    *, by: Actor, organisation: Organisation, expected: int | None = None, **changes: Any
) -> Organisation:
    """Change an organisation's record, for staff. Its address stays."""
    require(by, "sites.edit_organisation")
    reject_unknown(changes, ORGANISATION_FIELDS)
    if changed := save_changes(organisation, changes, expected=expected):
        audit.record(by, "organisation.changed", organisation, fields=changed)
    return organisation
