"""Webhooks of accounts: made, changed, switched on and off, tried out, and sent again."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from impact.core.access import audit
from impact.core.access.permissions import SYSTEM, Actor, require
from impact.core.access.two_step import REFUSAL, lacks_two_step
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import delete_unchanged, reject_unknown, save_changes
from impact.core.jobs.webhooks import delivering, sealing, sending
from impact.core.jobs.webhooks.catalogue import events as all_events
from impact.core.jobs.webhooks.catalogue import notify_on_commit
from impact.core.jobs.webhooks.models import TEST, Webhook, WebhookDelivery
from impact.core.people.models import Person, User
from impact.core.people.rights.acting.leaving import Ends

MAX_WEBHOOKS = 10  # of one account
BOTH_SECRETS_FOR = timedelta(days=2)
FIELDS = frozenset({"name", "address", "events"})
State = WebhookDelivery.State


def require_own(by: Actor, webhook: Webhook) -> None:
    """Refuse anyone but its owner, who must still be allowed to have webhooks."""
    require(by, "core.keep_webhooks")
    if webhook.owner_id != by.pk:
        raise PermissionDenied("Only its owner can do this. You can switch it off.")


def require_care(by: Actor, webhook: Webhook) -> None:
    """Their own, or anyone's for those who look after background work."""
    if webhook.owner_id != by.pk:
        require(by, "core.retry_job")
    else:
        require(by, "core.keep_webhooks")


def _check(changes: dict[str, Any]) -> dict[str, Any]:
    """Tidied values that fit. Where an address leads is asked by ``look_up_address``, and at every request."""
    if "name" in changes:
        changes["name"] = " ".join(str(changes["name"]).split())
    if "events" in changes:
        given = set(changes["events"])
        if unknown := given - set(all_events()):
            raise ValidationError({"events": f"There is no event {', '.join(sorted(unknown))}."})
        if not given:
            raise ValidationError({"events": "Choose at least one event."})
        changes["events"] = [name for name in all_events() if name in given]
    if "address" in changes:
        changes["address"] = str(changes["address"]).strip()
        try:
            sending.target_of(changes["address"])
        except sending.Refused as refusal:
            raise ValidationError({"address": str(refusal)}) from None
    return changes


def look_up_address(*, by: Actor, address: str) -> None:
    """Refuse an address that leads to a private network, before it is saved. It can take seconds: not in a transaction."""
    require(by, "core.keep_webhooks")
    try:
        sending.check_address(address.strip())
    except sending.Refused as refusal:
        raise ValidationError({"address": str(refusal)}) from None


def add_webhook(*, by: User, name: str, address: str, events: Collection[str]) -> tuple[Webhook, str]:
    """Make a webhook of one's own; the row and its secret, which is given this once."""
    require(by, "core.keep_webhooks")
    if lacks_two_step(by):
        raise PermissionDenied(REFUSAL)
    given = _check({"name": name, "address": address, "events": list(events)})
    secret = sealing.new_secret()
    with transaction.atomic():
        User.objects.select_for_update().get(pk=by.pk)
        if Webhook.objects.filter(owner=by).count() >= MAX_WEBHOOKS:
            raise ValidationError("You have ten webhooks already. Delete one first.")
        webhook = Webhook(owner=by, secret=sealing.seal(secret), on_since=clock.now(), created_at=clock.now(), **given)
        webhook.full_clean()
        webhook.save()
        audit.record(by, "webhook.added", webhook, events=len(webhook.events))
    return webhook, secret


def change_webhook(*, by: Actor, webhook: Webhook, expected: int | None = None, **changes: Any) -> Webhook:
    """Change the name, the address or the events of one's own webhook. What waits goes to the new address."""
    require_own(by, webhook)
    reject_unknown(changes, FIELDS)
    given = _check(dict(changes))
    with transaction.atomic():
        if changed := save_changes(webhook, given, expected=expected):
            audit.record(by, "webhook.changed", webhook, fields=changed)
    return webhook


@transaction.atomic
def replace_secret(*, by: Actor, webhook: Webhook, expected: int | None = None) -> str:
    """Give one's own webhook a new secret, which is given this once. For two days messages are signed with both."""
    require_own(by, webhook)
    row = Webhook.objects.select_for_update().get(pk=webhook.pk)
    secret = sealing.new_secret()
    changes = {
        "secret": sealing.seal(secret),
        "old_secret": row.secret,
        "old_secret_until": timezone.now() + BOTH_SECRETS_FOR,
    }
    save_changes(row, changes, expected=expected)
    audit.record(by, "webhook.secret_replaced", row)
    return secret


@transaction.atomic
def end_old_secret(*, by: Actor, webhook: Webhook, expected: int | None = None) -> Webhook:
    """Stop signing with the old secret at once, for one that others have seen."""
    require_own(by, webhook)
    if not webhook.has_old_secret:
        raise StateConflict("There is no old secret any more.")
    save_changes(webhook, {"old_secret": "", "old_secret_until": None}, expected=expected)
    audit.record(by, "webhook.old_secret_ended", webhook)
    return webhook


@transaction.atomic
def switch(*, by: Actor, webhook: Webhook, is_on: bool) -> Webhook:
    """Switch a webhook on or off. It hears of nothing that happened while it was off."""
    require_care(by, webhook)
    if not is_on:
        if not delivering.switch_off(by=by, webhook=webhook, reason=Webhook.Off.OWNER):
            raise StateConflict("The webhook is switched off already.")
        return webhook
    row = Webhook.objects.select_for_update(of=("self",)).select_related("owner").get(pk=webhook.pk)
    if row.is_active:
        raise StateConflict("The webhook is switched on already.")
    if not delivering.may_use(row.owner):
        raise StateConflict("Its owner can no longer use webhooks, so it stays off.")
    if row.off_reason == Webhook.Off.NO_SECRET:
        _require_readable(row)
    save_changes(row, {"is_active": True, "off_reason": "", "failures": 0, "on_since": clock.now()}, expected=None)
    audit.record(by, "webhook.switched_on", row)
    return row


def _require_readable(webhook: Webhook) -> None:
    try:
        sealing.unseal(webhook.secret)
    except sealing.Unreadable:
        raise StateConflict("Its secret cannot be read any more. Replace the secret first.") from None


@transaction.atomic
def send_test(*, by: Actor, webhook: Webhook) -> WebhookDelivery:
    """Send one's own webhook a message that tells of nothing, once; also while it is off."""
    require_own(by, webhook)
    waiting = WebhookDelivery.objects.filter(webhook=webhook, event=TEST, state=State.WAITING)
    if waiting.exists():
        raise StateConflict("A test is on its way already. Reload the page to see what became of it.")
    message_id = sealing.new_message_id()
    delivery = WebhookDelivery.objects.create(
        webhook=webhook,
        message_id=message_id,
        key=f"test:{message_id}",
        event=TEST,
        object_id=str(webhook.pk),
        happened_at=clock.now(),
        made_at=clock.now(),
    )
    audit.record(by, "webhook.tested", webhook)
    notify_on_commit()
    return delivery


@transaction.atomic
def send_again(*, by: Actor, delivery: WebhookDelivery) -> WebhookDelivery:
    """Send one message once more, with the same id, whatever became of it."""
    require_care(by, delivery.webhook)
    if not _put_back(WebhookDelivery.objects.filter(pk=delivery.pk), delivery.webhook):
        raise StateConflict("This message is on its way already. Reload the page to see what became of it.")
    audit.record(by, "webhook.sent_again", delivery.webhook, messages=1)
    delivery.refresh_from_db()
    return delivery


@transaction.atomic
def send_failed_again(*, by: Actor, webhook: Webhook, since: datetime | None = None) -> int:
    """Send every message again that failed, of those from ``since`` on; how many."""
    require_care(by, webhook)
    failed = WebhookDelivery.objects.failed().filter(webhook=webhook)
    if since is not None:
        failed = failed.filter(made_at__gte=since)
    number = _put_back(failed, webhook)
    if not number:
        raise StateConflict("No message has failed since then.")
    audit.record(by, "webhook.sent_again", webhook, messages=number)
    return number


def _put_back(rows: Any, webhook: Webhook) -> int:
    """Let ended messages wait again. One that is being sent is left alone: it has no second request at the same time."""
    if not Webhook.objects.filter(pk=webhook.pk, is_active=True).exists():
        raise StateConflict("Switch the webhook on first.")
    again: int = rows.exclude(state=State.WAITING).update(
        state=State.WAITING, ended_at=None, reason="", tries=0, due_at=timezone.now(), lease_until=None
    )
    if again:
        notify_on_commit()
    return again


@transaction.atomic
def delete_webhook(*, by: Actor, webhook: Webhook, expected: int | None = None) -> None:
    """Delete one's own webhook with what is known of its messages."""
    require_own(by, webhook)
    audit.record(by, "webhook.deleted", webhook)
    delete_unchanged(webhook, expected=expected)


def webhooks_of(person: Person) -> list[Ends]:
    """The webhooks of someone who leaves."""
    hooks = Webhook.objects.filter(owner=person.user_id, is_active=True)
    return [
        Ends(f"Webhook: {hook.name}", "switched off when the account closes", hook.get_absolute_url()) for hook in hooks
    ]


def switch_off_of(by: Actor, person: Person) -> None:
    """Switch off the webhooks of someone whose account is closed."""
    for webhook in Webhook.objects.filter(owner=person.user_id, is_active=True):
        delivering.switch_off(by=by, webhook=webhook, reason=Webhook.Off.NO_ACCESS)


def switch_off_without_access() -> int:
    """Switch off the webhooks of accounts that can no longer use them, also those that nothing happens for; how many."""
    found = [
        webhook
        for webhook in Webhook.objects.filter(is_active=True).select_related("owner")
        if not delivering.may_use(webhook.owner)
    ]
    for webhook in found:
        delivering.switch_off(by=SYSTEM, webhook=webhook, reason=Webhook.Off.NO_ACCESS)
    return len(found)
