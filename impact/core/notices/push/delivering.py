"""Sending to devices: each message is leased, everything about it is asked again, and what became of it is written down.

Sending has a thread of its own in the worker. It keeps the guard of webhooks (impact.core.jobs.webhooks.sending), because
the address of a device is one that a browser gave.
"""

import base64
import hashlib
import threading
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db.models import F, QuerySet
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone

from impact.core.jobs.catalogue import DIGEST, Event, Urgency, event_of
from impact.core.jobs.webhooks import sending
from impact.core.notices.choices import choices_of, timing_of
from impact.core.notices.mail import times
from impact.core.notices.mail.letters import how_many
from impact.core.notices.mail.waiting import may_see
from impact.core.notices.models import BY_EMAIL, Notice, Timing
from impact.core.notices.push import keys
from impact.core.notices.push.models import TRIED_FOR, PushDevice, PushMessage
from impact.core.notices.push.services import is_known_host
from impact.core.people.models import Person

log = structlog.get_logger(__name__)
WIDE = 4  # requests at a time in one worker
HOLD = timedelta(seconds=60)  # longer than any request can take
ROUND_SECONDS = 30
WAITS = [timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=4)]
GONE = (404, 410)
NOT_TAKEN = (400, 413)  # nothing about the same message would be better another time
NEW = "There is something new for you"  # of a notice from before notices had a row in the catalogue
_sending = threading.Lock()
wake = threading.Event()  # set when there is something to send; the worker's thread waits for it


@dataclass(frozen=True)
class Parcel:
    """A message as it leaves."""

    message: PushMessage
    device: PushDevice
    endpoint: str
    body: bytes
    headers: dict[str, str]


@dataclass(frozen=True)
class News:
    """What a device shows: words from the catalogue, and the page that a press leads to."""

    words: str
    path: str
    tag: str
    urgency: str


class Dropped(Exception):
    """There is nothing to show any more."""


class Later(Exception):
    """Not now: it is quiet hours, or the reader has snoozed it."""

    def __init__(self, until: datetime) -> None:
        super().__init__()
        self.until = until


def send_due(limit: int = 500) -> int:
    """Send what waits; the number that the push services took. One round at a time in a process."""
    if not _sending.acquire(blocking=False):
        return 0
    try:
        with ThreadPoolExecutor(WIDE, thread_name_prefix="push") as pool:
            return _send_round(pool, limit, until=time.monotonic() + ROUND_SECONDS)
    finally:
        _sending.release()


def _send_round(pool: ThreadPoolExecutor, limit: int, until: float) -> int:
    flying: dict[Future[sending.Answer], Parcel] = {}
    begun = taken = 0
    while True:
        while len(flying) < WIDE and begun < limit and time.monotonic() < until:
            message = PushMessage.objects.due().order_by("due_at", "pk").first()
            if message is None:
                break
            begun += 1
            if parcel := take(message):
                flying[pool.submit(sending.post, parcel.endpoint, parcel.body, parcel.headers)] = parcel
        if not flying:
            return taken
        for done in wait(flying, return_when=FIRST_COMPLETED).done:
            taken += write_down(flying.pop(done), done.result())


def take(message: PushMessage) -> Parcel | None:
    """Lease a message and make it ready; None when another worker has it or it must not be sent."""
    mine = PushMessage.objects.due().filter(pk=message.pk, attempts=message.attempts)
    if not mine.update(attempts=F("attempts") + 1, lease_until=Now() + HOLD):
        return None
    held = PushMessage.objects.select_related("device__owner__person", "notice", "letter").filter(pk=message.pk).first()
    if held is None:
        return None  # its device was removed a moment ago
    try:
        return _parcel(held)
    except Dropped:
        _mine(held).delete()
    except Later as later:
        _mine(held).update(due_at=later.until, give_up_at=later.until + TRIED_FOR, lease_until=None)
    return None


def _mine(message: PushMessage) -> QuerySet[PushMessage]:
    return PushMessage.objects.filter(pk=message.pk, attempts=message.attempts)


def _parcel(message: PushMessage) -> Parcel:
    device = message.device
    if message.give_up_at <= timezone.now() or not keys.is_on():
        raise Dropped
    person = getattr(device.owner, "person", None)
    if person is None or not device.owner.is_active or device.made_for != keys.mark():
        device.delete()
        raise Dropped
    try:
        to = keys.unseal(device.subscription)
    except keys.Unusable:
        device.delete()
        raise Dropped from None
    if not is_known_host(to.endpoint):
        raise Dropped
    news = news_of(message, person)
    said = {"body": news.words, "path": news.path, "tag": news.tag}
    headers = {
        "Content-Type": "application/octet-stream",
        "Content-Encoding": "aes128gcm",
        "TTL": str(int((message.give_up_at - timezone.now()).total_seconds())),
        "Urgency": "high" if news.urgency == Urgency.NOW else "normal",
        "Topic": _topic(device, news.tag),
        "User-Agent": "IMPACT-Push/1",
        **keys.signature(to.endpoint),
    }
    return Parcel(message, device, to.endpoint, keys.encrypt(to, said), headers)


def _topic(device: PushDevice, tag: str) -> str:
    """What lets a push service replace a message that was sent twice. It says nothing to it."""
    made = hashlib.sha256(f"{settings.SECRET_KEY}:{device.pk}:{tag}".encode()).digest()
    return base64.urlsafe_b64encode(made)[:32].decode()


# --- What is asked again, as for an email (impact.core.notices.mail.waiting) ---------------------
def news_of(message: PushMessage, person: Person) -> News:
    """What a message shows now. Raises Dropped or Later."""
    choices, now = choices_of(person), timezone.now()
    is_digest = message.letter is not None
    rows = (
        Notice.objects.filter(letter=message.letter) if is_digest else Notice.objects.filter(pk=message.notice_id or 0)
    )
    wanted = BY_EMAIL if is_digest else {Timing.AT_ONCE}
    news = [
        notice
        for notice in rows.unread().filter(person=person).select_related("person__user")
        if timing_of(choices, notice) in wanted and may_see(person, notice)
    ]
    put_off = [notice.snoozed_until for notice in news if notice.snoozed_until and notice.snoozed_until > now]
    if not news:
        raise Dropped
    if len(put_off) == len(news):
        raise Later(min(put_off))
    event = event_of(DIGEST) if is_digest else _event(news[0])
    quiet = times.quiet_until(choices, now)
    if quiet and not (event and event.urgency == Urgency.NOW):
        raise Later(quiet)
    urgency = event.urgency if event else Urgency.SOON
    if is_digest:
        words = how_many(len(news) - len(put_off))
        return News(words, reverse("core:notices"), f"letter-{message.letter_id}", urgency)
    words = event.subject if event else NEW
    return News(words, news[0].get_absolute_url(), f"notice-{news[0].pk}", urgency)


def _event(notice: Notice) -> Event | None:
    return event_of(notice.event) if notice.event else None


# --- What became of it ---------------------------------------------------------------------------
def write_down(parcel: Parcel, answer: sending.Answer) -> int:
    """Note what a push service answered; 1 when it took the message."""
    message, device = parcel.message, parcel.device
    log.info("push.sent", device=device.pk, message=message.pk, code=answer.code)
    if answer.is_taken:
        return 1 if _mine(message).delete()[0] else 0
    if answer.code in GONE:
        # Only the device as it was when the message left: it can have been switched on again meanwhile.
        PushDevice.objects.filter(pk=device.pk, version=device.version).delete()
        return 0
    now = timezone.now()
    pause = WAITS[min(message.attempts, len(WAITS)) - 1]
    due = now + max(pause, min(timedelta(seconds=answer.retry_after), TRIED_FOR))
    if answer.code in NOT_TAKEN or due >= message.give_up_at:
        _mine(message).delete()
    else:
        _mine(message).update(due_at=due, lease_until=None)
    return 0
