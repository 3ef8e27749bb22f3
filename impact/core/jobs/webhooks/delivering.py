"""Sending what waits: each message is leased, its owner's rights are looked at again, and the outcome is written down.

Sending has a thread of its own in the worker, and a few threads for the requests; each webhook has one request at a time.
So a slow receiver holds up neither jobs nor the messages of others. Threads for requests never touch the database.
"""

import json
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from impact.core.access import audit
from impact.core.access.permissions import SYSTEM, Actor, has_perm
from impact.core.access.two_step import lacks_two_step
from impact.core.basics import clock
from impact.core.jobs import outbox
from impact.core.jobs.webhooks import sealing, sending
from impact.core.jobs.webhooks.catalogue import Event, events, follow_time
from impact.core.jobs.webhooks.models import Webhook, WebhookAttempt, WebhookDelivery

log = structlog.get_logger(__name__)
State = WebhookDelivery.State
Post = Callable[[str, bytes, dict[str, str]], sending.Answer]
WIDE = 4  # requests at a time in one worker
HOLD = timedelta(seconds=60)  # longer than any request can take
ROUND_SECONDS = 60
# How long after each attempt the next one follows: about three days in all, as Standard Webhooks proposes.
WAITS = [timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30)]
WAITS += [timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)]
LONGEST_ASKED = timedelta(days=1)  # by Retry-After
OFF_AFTER = 3  # messages given up one after another
GONE = 410
_sending = threading.Lock()
wake = threading.Event()  # set when there is something to send; the worker's thread waits for it


@dataclass(frozen=True)
class Parcel:
    """A message as it leaves."""

    delivery: WebhookDelivery
    body: bytes
    headers: dict[str, str]


class Withheld(Exception):
    """This message is not sent; the reason is for the owner of the webhook."""


class CannotGoOn(Exception):
    """Nothing can be sent to this webhook: why it is switched off."""

    def __init__(self, reason: Webhook.Off) -> None:
        super().__init__(reason.label)
        self.reason = reason


def send_due(limit: int = 500, post: Post | None = None) -> int:
    """Send what waits; the number that arrived. One round at a time in a process, none much longer than a minute.

    ``post`` answers in place of the servers, for a demonstration from which nothing leaves.
    """
    if not _sending.acquire(blocking=False):
        return 0
    try:
        follow_time()
        with ThreadPoolExecutor(WIDE, thread_name_prefix="webhook") as pool:
            return _send_round(pool, limit, post or sending.post, until=time.monotonic() + ROUND_SECONDS)
    finally:
        _sending.release()


def _send_round(pool: ThreadPoolExecutor, limit: int, post: Post, until: float) -> int:
    flying: dict[Future[sending.Answer], Parcel] = {}
    begun = arrived = 0
    while True:
        while len(flying) < WIDE and begun < limit and time.monotonic() < until:
            busy = [parcel.delivery.webhook_id for parcel in flying.values()]
            delivery = WebhookDelivery.objects.due().exclude(webhook__in=busy).order_by("due_at", "pk").first()
            if delivery is None:
                break
            begun += 1
            if parcel := _take(delivery):
                address = parcel.delivery.webhook.address
                flying[pool.submit(post, address, parcel.body, parcel.headers)] = parcel
        if not flying:
            return arrived
        for done in wait(flying, return_when=FIRST_COMPLETED).done:
            arrived += _write_down(flying.pop(done), done.result())


def _take(delivery: WebhookDelivery) -> Parcel | None:
    """Lease a message and make it ready; None when another worker has it or it must not be sent."""
    mine = WebhookDelivery.objects.due().filter(pk=delivery.pk, attempts=delivery.attempts)
    if not mine.update(attempts=F("attempts") + 1, tries=F("tries") + 1, lease_until=Now() + HOLD):
        return None
    delivery = WebhookDelivery.objects.select_related("webhook__owner").get(pk=delivery.pk)
    try:
        return _parcel(delivery)
    except Withheld as reason:
        _end(delivery, State.WITHHELD, str(reason))
    except CannotGoOn as error:
        switch_off(by=SYSTEM, webhook=delivery.webhook, reason=error.reason)
    return None


def may_use(user: Any) -> bool:
    """Whether an account may have webhooks now: it may sign in, its role allows it, and it has the second step it needs."""
    return has_perm(user, "core.keep_webhooks") and not lacks_two_step(user)


def _parcel(delivery: WebhookDelivery) -> Parcel:
    hook = delivery.webhook
    if not may_use(hook.owner):
        raise CannotGoOn(Webhook.Off.NO_ACCESS)
    if not hook.is_active and not delivery.is_test:
        raise Withheld("The webhook is switched off.")
    body = _body(delivery)
    try:
        keys = [sealing.unseal(hook.secret)]
        if hook.has_old_secret:
            keys.append(sealing.unseal(hook.old_secret))
    except sealing.Unreadable:
        raise CannotGoOn(Webhook.Off.NO_SECRET) from None
    now = int(time.time())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "IMPACT-Webhooks/1",
        "webhook-id": delivery.message_id,
        "webhook-timestamp": str(now),
        "webhook-signature": " ".join(sealing.sign(key, delivery.message_id, now, body) for key in keys),
    }
    WebhookDelivery.objects.filter(pk=delivery.pk).update(payload=body.decode())
    return Parcel(delivery, body, headers)


def _body(delivery: WebhookDelivery) -> bytes:
    """The message: what happened when, to which thing, and where to read of it. Nothing that the thing says."""
    if delivery.is_test:
        kind, number, path = "webhook", delivery.webhook_id, reverse("webhook-detail", args=[delivery.webhook_id])
    else:
        event = events().get(delivery.event)
        row = _row(event, delivery) if event else None
        if event is None or row is None:
            raise Withheld("Its owner may not see what it is about, or it has changed since.")
        kind, number, path = event.kind, row.pk, reverse(event.route, args=[getattr(row, event.by)])
    said = {
        "type": delivery.event,
        "timestamp": delivery.happened_at.isoformat().replace("+00:00", "Z"),
        "data": {"type": kind, "id": number, "url": settings.SITE_URL + path},
    }
    return json.dumps(said, separators=(",", ":")).encode()


def _row(event: Event, delivery: WebhookDelivery) -> Any:
    """The thing that a message is about, if it may be told of to the owner of the webhook now."""
    if event.ends and _was_told(event, delivery):
        return event.manager.filter(pk=delivery.object_id, **event.where).first()
    rows = event.manager.visible_to(delivery.webhook.owner)
    return rows.filter(pk=delivery.object_id, **event.where).first()


def _was_told(event: Event, delivery: WebhookDelivery) -> bool:
    """Whether an earlier message told this webhook of the same thing."""
    same = [other.name for other in events().values() if other.model == event.model]
    before = WebhookDelivery.objects.filter(webhook=delivery.webhook_id, state=State.DELIVERED, event__in=same)
    return before.filter(object_id=delivery.object_id, pk__lt=delivery.pk).exists()


# --- What became of it ---------------------------------------------------------------------------
def _end(delivery: WebhookDelivery, state: str, reason: str = "") -> bool:
    """End a message that this worker still holds."""
    mine = WebhookDelivery.objects.filter(pk=delivery.pk, attempts=delivery.attempts, state=State.WAITING)
    return bool(mine.update(state=state, reason=reason[:200], ended_at=clock.now(), lease_until=None))


@transaction.atomic
def _write_down(parcel: Parcel, answer: sending.Answer) -> int:
    delivery = parcel.delivery
    WebhookAttempt.objects.get_or_create(
        delivery=delivery,
        number=delivery.attempts,
        defaults={
            "at": clock.now(),
            "code": answer.code,
            "error": answer.error[:200],
            "answer": answer.words,
            "milliseconds": answer.milliseconds,
        },
    )
    log.info("webhook.sent", webhook=delivery.webhook_id, delivery=delivery.pk, code=answer.code)
    if answer.is_taken:
        if not _end(delivery, State.DELIVERED):
            return 0
        Webhook.objects.filter(pk=delivery.webhook_id, failures__gt=0).update(failures=0)
        return 1
    if answer.code == GONE:
        _end(delivery, State.FAILED, answer.error)
        switch_off(by=SYSTEM, webhook=delivery.webhook, reason=Webhook.Off.GONE)
    elif delivery.is_test or delivery.tries > len(WAITS):
        if _end(delivery, State.FAILED, answer.error) and not delivery.is_test:
            _count_failure(delivery.webhook, answer.error)
    else:
        pause = WAITS[delivery.tries - 1] * random.uniform(0.9, 1.1)  # noqa: S311  so that not all come back at once
        asked = min(timedelta(seconds=answer.retry_after), LONGEST_ASKED)
        mine = WebhookDelivery.objects.filter(pk=delivery.pk, attempts=delivery.attempts, state=State.WAITING)
        mine.update(due_at=timezone.now() + max(pause, asked), lease_until=None, reason=answer.error[:200])
    return 0


def _count_failure(webhook: Webhook, reason: str) -> None:
    """A message was given up: tell the owner of the first one, and switch off after some."""
    Webhook.objects.filter(pk=webhook.pk).update(failures=F("failures") + 1)
    webhook.refresh_from_db(fields=["failures", "is_active"])
    if not webhook.is_active:
        return
    if webhook.failures >= OFF_AFTER:
        switch_off(by=SYSTEM, webhook=webhook, reason=Webhook.Off.FAILING)
    elif webhook.failures == 1:
        _tell_owner(webhook, "emails/webhook_failing.txt", "Messages to a webhook of yours do not arrive", reason)


@transaction.atomic
def switch_off(*, by: Actor, webhook: Webhook, reason: Webhook.Off) -> bool:
    """Send nothing more to a webhook. What waits can be sent later by hand. Its owner is told when we did it."""
    hooks = Webhook.objects.filter(pk=webhook.pk, is_active=True)
    changed = hooks.update(is_active=False, off_reason=reason, updated_at=timezone.now(), version=F("version") + 1)
    WebhookDelivery.objects.filter(webhook=webhook, state=State.WAITING).update(
        state=State.FAILED, reason="The webhook was switched off.", ended_at=clock.now(), lease_until=None
    )
    if changed:
        webhook.refresh_from_db()
        audit.record(by, "webhook.switched_off", webhook, reason=reason.label)
        if by is SYSTEM and webhook.owner.is_active:
            _tell_owner(webhook, "emails/webhook_off.txt", "A webhook of yours was switched off", reason.label)
    return bool(changed)


def _tell_owner(webhook: Webhook, template: str, subject: str, reason: str) -> None:
    context = {"webhook": webhook, "reason": reason, "url": settings.SITE_URL + webhook.get_absolute_url()}
    outbox.send_later(
        event="webhook-trouble", to=webhook.owner.email, subject=subject, body=render_to_string(template, context)
    )
