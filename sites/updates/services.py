"""Writing, publishing and withdrawing updates."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics import clock
from impact.core.basics.versions import save_changes
from sites.registry.models import Site
from sites.updates.models import Update


# --- Updates -------------------------------------------------------------------------------------
@transaction.atomic
def write_update(*, by: Actor, site: Site, title: str, body: str) -> Update:
    """Draft news from a site, for its team and staff. No one outside sees it until it is published."""
    require(by, "sites.edit_site", site)
    update = Update(site=site, title=title.strip(), body=body.strip())
    update.full_clean()
    update.save()
    audit.record(by, "update.written", update)
    return update


@transaction.atomic
def edit_update(*, by: Actor, update: Update, title: str, body: str, expected: int | None = None) -> Update:
    """Change news: a draft by the site's team and staff, what is already public by those who may publish."""
    is_public = update.status == Update.Status.PUBLISHED
    require(by, "sites.publish_update" if is_public else "sites.edit_site", update.site)
    if changed := save_changes(update, {"title": title.strip(), "body": body.strip()}, expected=expected):
        audit.record(by, "update.changed", update, fields=changed)
    return update


@transaction.atomic
def publish_update(*, by: Actor, update: Update, at: datetime | None = None) -> Update:
    """Make news public, for staff. ``at``: when it was first published elsewhere, for news that is carried over."""
    require(by, "sites.publish_update", update.site)
    update = Update.objects.select_for_update().select_related("site").get(pk=update.pk)
    if update.status == Update.Status.PUBLISHED:
        raise ValidationError("This update has already been published.")
    if at and at > clock.now():
        raise ValidationError("An update cannot be published in the future.")
    changes = {"status": Update.Status.PUBLISHED, "published_at": at or clock.now(), "withdrawn_reason": ""}
    save_changes(update, changes, expected=None)
    audit.record(by, "update.published", update)
    return update


@transaction.atomic
def withdraw_update(*, by: Actor, update: Update, reason: str) -> Update:
    """Stop showing news in public, with a reason for those inside. It can be corrected and published again."""
    require(by, "sites.publish_update", update.site)
    update = Update.objects.select_for_update().select_related("site").get(pk=update.pk)
    if update.status != Update.Status.PUBLISHED:
        raise ValidationError("Only a published update can be withdrawn.")
    reason = " ".join(reason.split())
    if not reason:
        raise ValidationError({"reason": "Say why it is withdrawn."})
    changes = {"status": Update.Status.WITHDRAWN, "published_at": None, "withdrawn_reason": reason}
    save_changes(update, changes, expected=None)
    audit.record(by, "update.withdrawn", update)
    return update
