"""E-mail leaves through rows written with the change that caused it: at least once, with a stable Message-ID."""

from datetime import timedelta

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import get_random_string

from impact.core.models import OutboxEmail

log = structlog.get_logger(__name__)
MAX_ATTEMPTS = 8


def send_later(*, to: str, subject: str, body: str, calendar: str = "", calendar_method: str = "") -> OutboxEmail:
    """Write an e-mail to the outbox in the caller's transaction. Line breaks in the subject become spaces.

    ``calendar`` is an iCalendar object whose METHOD is ``calendar_method``; calendar programs act on it (RFC 6047).
    """
    domain = settings.DEFAULT_FROM_EMAIL.rsplit("@", 1)[-1].strip("> ")
    row = OutboxEmail.objects.create(
        message_id=f"<{get_random_string(32).lower()}@{domain}>",
        to=to,
        subject=" ".join(subject.split()),
        body=body,
        calendar=calendar,
        calendar_method=calendar_method,
    )
    transaction.on_commit(_ring)
    return row


def _ring() -> None:
    """Ask a worker to send now. Workers look by themselves too, so a broker that is away only costs seconds."""
    from impact.core.tasks import look_for_work

    try:
        look_for_work.apply_async(retry=False)
    except Exception as error:  # noqa: BLE001  whatever the broker raises, the row is safe
        log.warning("outbox.ring_failed", error=type(error).__name__)


def message_of(row: OutboxEmail) -> EmailMultiAlternatives:
    """The message that one row stands for: plain text, and its calendar object as an alternative and as a file."""
    message = EmailMultiAlternatives(row.subject, row.body, to=[row.to], headers={"Message-ID": row.message_id})
    if row.calendar:
        kind = f"text/calendar; method={row.calendar_method}; charset=UTF-8"
        message.attach_alternative(row.calendar, kind)
        message.attach("meeting.ics", row.calendar, "application/ics")
    return message


def send_due(limit: int = 50) -> int:
    """Send what waits; the number sent. Each row is leased first, so two workers seldom send one twice."""
    sent = 0
    waiting = OutboxEmail.objects.filter(sent_at__isnull=True, due_at__lte=timezone.now(), attempts__lt=MAX_ATTEMPTS)
    for row in list(waiting.order_by("pk")[:limit]):
        hold = timezone.now() + timedelta(minutes=2 ** min(row.attempts + 1, 8))
        if not waiting.filter(pk=row.pk, attempts=row.attempts).update(attempts=F("attempts") + 1, due_at=hold):
            continue
        try:
            message_of(row).send()
        except Exception as error:  # noqa: BLE001  mail servers fail in many ways; the row waits for its next turn
            log.warning("outbox.send_failed", email=row.pk, error=type(error).__name__)
            OutboxEmail.objects.filter(pk=row.pk).update(error=type(error).__name__)
        else:
            OutboxEmail.objects.filter(pk=row.pk).update(sent_at=timezone.now(), error="")
            sent += 1
    return sent
