"""Writing, publishing and withdrawing updates."""

from datetime import datetime
from html import unescape
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.html import strip_tags
from django.utils.text import Truncator

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics import clock
from impact.core.basics.markdown import render_markdown
from impact.core.basics.versions import reject_unknown, save_changes
from sites.registry.models import Site
from sites.updates.models import Update
from sites.updates.subscriptions.models import Subscriber, Wish
from sites.updates.subscriptions.services import STORIES, Story, tell_subscribers

FIELDS = frozenset({"title", "body", "topic", "employer", "closes_on", "web_address"})


@transaction.atomic
def write_update(
    *,
    by: Actor,
    site: Site | None,
    title: str,
    body: str,
    kind: str = Update.Kind.NEWS,
    is_illustrative: bool = False,
    **details: Any,
) -> Update:
    """Draft news, a vacancy or an output: of a site for its team and staff, of the centre (no site) for staff.

    ``details``: topic (of the centre's own), employer and closes_on (of a vacancy), web_address. No one outside sees it
    until it is published.
    """
    require(by, "sites.edit_site", site)
    reject_unknown(details, FIELDS)
    words = {"title": title.strip(), "body": body.strip(), "is_illustrative": is_illustrative}
    update = Update(site=site, kind=kind, **words, **details)
    update.full_clean()
    update.save()
    audit.record(by, "update.written", update, kind=str(kind))
    return update


def edit_permission(update: Update) -> str:
    """What someone needs in order to change it: more once it is public."""
    return "sites.publish_update" if update.status == Update.Status.PUBLISHED else "sites.edit_site"


@transaction.atomic
def edit_update(*, by: Actor, update: Update, expected: int | None = None, **changes: Any) -> Update:
    """Change news: a draft by the site's team and staff, what is already public by those who may publish."""
    require(by, edit_permission(update), update.site)
    reject_unknown(changes, FIELDS)
    words = {name: value.strip() if isinstance(value, str) else value for name, value in changes.items()}
    if changed := save_changes(update, words, expected=expected):
        audit.record(by, "update.changed", update, fields=changed)
    return update


@transaction.atomic
def publish_update(*, by: Actor, update: Update, at: datetime | None = None) -> Update:
    """Make news public, for staff. ``at``: when it was first published elsewhere, for news that is carried over."""
    require(by, "sites.publish_update", update.site)
    update = Update.objects.select_for_update(of=("self",)).select_related("site").get(pk=update.pk)
    if update.status == Update.Status.PUBLISHED:
        raise ValidationError("This update has already been published.")
    if at and at > clock.now():
        raise ValidationError("An update cannot be published in the future.")
    moment = at or clock.now()
    if update.closes_on and update.closes_on < timezone.localtime(moment).date():
        raise ValidationError("The last day to apply has passed. Change it before you publish the vacancy.")
    changes = {"status": Update.Status.PUBLISHED, "published_at": moment, "withdrawn_reason": ""}
    save_changes(update, changes, expected=None)
    audit.record(by, "update.published", update)
    if at is None:
        tell_subscribers("update", update.pk, mark=moment.isoformat())
    return update


def followers(update: Update) -> int:
    """How many people would be told by email of a draft, if it were published now."""
    story = _story(update)
    return Subscriber.objects.wanting(story.wish, story.topics).count()


def _story(update: Update) -> Story:
    subject = update.subject
    return Story(
        wish=Wish.VACANCIES if update.kind == Update.Kind.VACANCY else Wish.NEWS,
        subject=update.title,
        words=summary_of(update, 400),
        path=update.get_absolute_url(),
        topics=[subject.pk] if subject else [],
    )


def _story_of(pk: int) -> Story | None:
    """What to tell of one update; None when it is not public any more."""
    update = Update.objects.current(clock.today()).select_related("site__topic", "topic").filter(pk=pk).first()
    return _story(update) if update else None


STORIES["update"] = _story_of


def summary_of(update: Update, length: int = 200) -> str:
    """The beginning of an update as plain text, for lists, previews of links and emails."""
    words = unescape(strip_tags(str(render_markdown(update.body))))
    return Truncator(" ".join(words.split())).chars(length)


@transaction.atomic
def withdraw_update(*, by: Actor, update: Update, reason: str) -> Update:
    """Stop showing news in public, with a reason for those inside. It can be corrected and published again."""
    require(by, "sites.publish_update", update.site)
    update = Update.objects.select_for_update(of=("self",)).select_related("site").get(pk=update.pk)
    if update.status != Update.Status.PUBLISHED:
        raise ValidationError("Only a published update can be withdrawn.")
    reason = " ".join(reason.split())
    if not reason:
        raise ValidationError({"reason": "Say why it is withdrawn."})
    changes = {"status": Update.Status.WITHDRAWN, "published_at": None, "withdrawn_reason": reason}
    save_changes(update, changes, expected=None)
    audit.record(by, "update.withdrawn", update)
    return update
