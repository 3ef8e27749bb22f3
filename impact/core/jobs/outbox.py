"""Email leaves through rows written with the change that caused it: at least once, with a stable Message-ID.

A row is tried again for a week, then it waits for staff (impact.core.jobs.views). Sending has a thread of its own in
the worker (impact.core.jobs.worker), so a mail server that hangs holds up no job.
"""

import threading
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from smtplib import SMTPConnectError, SMTPException, SMTPServerDisconnected

import structlog
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.crypto import get_random_string

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.jobs import failures, queue
from impact.core.jobs.catalogue import event_of
from impact.core.jobs.models import TRIED_FOR, FailedAddress, OutboxEmail

log = structlog.get_logger(__name__)
LONGEST_WAIT = timedelta(hours=4)  # between two tries
ROUND_SECONDS = 30  # a round of sending ends after this long, however much still waits
REFUSED = "This email was refused"  # how reasons begin that lie with one email, not with the mail server
NORMAL, LARGE = "12pt", "18pt"  # the size of the letters in HTML
# What other parts know of an email when its turn comes: whether it should still go, and who needs large letters.
CHECKS: list[Callable[[OutboxEmail], bool]] = []
NEEDS_LARGE: list[Callable[[str], bool]] = []
_sending = threading.Lock()
wake = threading.Event()  # set when there is something to send; the worker's mail thread waits for it


def prepare(
    *,
    event: str,
    to: str,
    subject: str,
    body: str,
    html: str = "",
    calendar: str = "",
    calendar_method: str = "",
    leave_url: str = "",
    due_at: datetime | None = None,
) -> OutboxEmail:
    """An email that is not in the outbox yet. Line breaks in the subject become spaces.

    ``event`` names its row in the catalogue. ``html`` is the same words, where they read better than made from the text.
    ``calendar`` is an iCalendar object whose METHOD is ``calendar_method``; calendar programs act on it (RFC 6047). ``leave_url``: where one POST takes the reader off a
    list; mail programs show a button for it (RFC 8058). ``due_at``: leave then, not now.
    """
    domain = settings.DEFAULT_FROM_EMAIL.rsplit("@", 1)[-1].strip("> ")
    return OutboxEmail(
        event=event_of(event).name,
        message_id=f"<{get_random_string(32).lower()}@{domain}>",
        to=to,
        subject=" ".join(subject.split()),
        body=body,
        html=html,
        calendar=calendar,
        calendar_method=calendar_method,
        leave_url=leave_url,
        **({"due_at": due_at, "give_up_at": due_at + TRIED_FOR} if due_at and due_at > timezone.now() else {}),
    )


def send_later(
    *,
    event: str,
    to: str,
    subject: str,
    body: str,
    calendar: str = "",
    calendar_method: str = "",
    leave_url: str = "",
) -> OutboxEmail:
    """Write an email to the outbox in the caller's transaction; ``prepare`` says what each part is."""
    row = prepare(
        event=event,
        to=to,
        subject=subject,
        body=body,
        calendar=calendar,
        calendar_method=calendar_method,
        leave_url=leave_url,
    )
    send_all_later([row])
    return row


def send_all_later(rows: Iterable[OutboxEmail]) -> None:
    """Write prepared emails to the outbox in the caller's transaction, by few statements."""
    OutboxEmail.objects.bulk_create(rows)
    wake_on_commit()


def wake_on_commit() -> None:
    """Have what waits sent once the caller's transaction is kept."""
    if not any(entry[1] is _notify for entry in connection.run_on_commit):
        transaction.on_commit(_notify)  # once a transaction, however many emails it writes


def _notify() -> None:
    """Ask a worker to send now."""
    queue.notify("core.send_mail")


def message_of(row: OutboxEmail) -> EmailMultiAlternatives:
    """The message that one row stands for: plain text and HTML, and its calendar object as an alternative and as a file."""
    headers = {"Message-ID": row.message_id}
    if row.leave_url:
        headers |= {"List-Unsubscribe": f"<{row.leave_url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    message = EmailMultiAlternatives(row.subject, row.body, to=[row.to], headers=headers)
    message.attach_alternative(row.html or html_of(row), "text/html")
    if row.calendar:
        kind = f"text/calendar; method={row.calendar_method}; charset=UTF-8"
        message.attach_alternative(row.calendar, kind)
        message.attach("meeting.ics", row.calendar, "application/ics")
    return message


def html_of(row: OutboxEmail) -> str:
    """The text of an email as HTML, large where its reader needs that."""
    context = {"subject": row.subject, "body": row.body, "size": size_for(row.to)}
    return render_to_string("emails/plain.html", context)


def size_for(address: str) -> str:
    """The size of the letters for the reader of this mailbox."""
    return LARGE if any(needs(address) for needs in NEEDS_LARGE) else NORMAL


def send_due(limit: int = 50) -> int:
    """Send what waits; the number sent. One round at a time in a process, and none longer than ``ROUND_SECONDS``.

    Each row is leased first, so two workers seldom send one twice. When the mail server cannot be reached, the round
    ends: the rows that were not tried lose no turn.
    """
    if not _sending.acquire(blocking=False):
        return 0
    try:
        return _send_round(limit, until=time.monotonic() + ROUND_SECONDS)
    finally:
        _sending.release()


def _send_round(limit: int, until: float) -> int:
    sent = 0
    for row in list(OutboxEmail.objects.due().order_by("due_at", "pk")[:limit]):
        if time.monotonic() > until:
            break
        hold = min(timedelta(minutes=2 ** min(row.attempts + 1, 8)), LONGEST_WAIT)
        mine = OutboxEmail.objects.due().order_by().filter(pk=row.pk, attempts=row.attempts)
        if not mine.update(attempts=F("attempts") + 1, due_at=Now() + hold):
            continue
        if not _is_wanted(row):
            continue
        try:
            message_of(row).send()
        except Exception as error:  # noqa: BLE001  mail servers fail in many ways; the row waits for its next turn
            log.warning("outbox.send_failed", email=row.pk, error=type(error).__name__)
            OutboxEmail.objects.filter(pk=row.pk).update(error=reason_of(error))
            if (refusal := failures.refusal_of(error, row.to)) is not None:
                failures.record(row, refusal)
            if _is_unreachable(error):
                break
        else:
            OutboxEmail.objects.filter(pk=row.pk).update(sent_at=timezone.now(), error="", **_dropped())
            sent += 1
    return sent


def _is_wanted(row: OutboxEmail) -> bool:
    """Whether an email should still go when its turn comes. One that should not is deleted; one to an address that takes no
    email waits for staff, unless it is one with which someone gets in."""
    try:
        with transaction.atomic():
            if not all(check(row) for check in CHECKS):
                OutboxEmail.objects.filter(pk=row.pk).delete()
                return False
    except Exception as error:  # noqa: BLE001  one email must not hold up the others; this one has its next turn
        log.warning("outbox.check_failed", email=row.pk, error=type(error).__name__)
        OutboxEmail.objects.filter(pk=row.pk).update(error=f"It could not be made ready ({type(error).__name__}).")
        return False
    gets_in = bool(row.event) and event_of(row.event).gets_in
    if not gets_in and FailedAddress.objects.among([row.to]):
        OutboxEmail.objects.filter(pk=row.pk).update(error=failures.HELD, give_up_at=timezone.now())
        return False
    return True


def _is_unreachable(error: Exception) -> bool:
    """Whether the next email would fail in the same way: there is no mail server, or it does not answer."""
    if isinstance(error, SMTPException):
        return isinstance(error, (SMTPConnectError, SMTPServerDisconnected))
    return isinstance(error, OSError)


def _dropped() -> dict[str, str]:
    """What a sent email no longer holds."""
    return {} if settings.DEMO else {"body": "", "html": "", "calendar": "", "leave_url": ""}


def reason_of(error: Exception) -> str:
    """Why an email could not be sent, for staff to read. Never the server's own words, which can name people."""
    if isinstance(error, (TimeoutError, SMTPServerDisconnected)):
        return "The mail server did not answer in time."
    if isinstance(error, ConnectionRefusedError):
        return "The mail server refused the connection."
    kind = type(error).__name__
    if kind == "SMTPAuthenticationError":
        return "The mail server refused our user name or password."
    if kind == "SMTPRecipientsRefused":
        return f"{REFUSED}: the mail server does not accept mail for this address."
    code = getattr(error, "smtp_code", None)
    return f"{REFUSED} by the mail server (code {code})." if code else f"It could not be sent ({kind})."


def send_again(*, by: Actor, emails: list[int]) -> int:
    """Try unsent emails now and for another week, for staff who have mended the cause; the number of them."""
    require(by, "core.retry_job")
    with transaction.atomic():
        rows = OutboxEmail.objects.unsent().filter(pk__in=emails).exclude(body="")
        found = list(rows)
        if not found:
            raise ValidationError("These emails have been sent already. Reload the page to see what is still waiting.")
        now = timezone.now()
        rows.update(due_at=now, give_up_at=now + TRIED_FOR, attempts=0, error="")
        for row in found:
            audit.record(by, "email.sent_again", row)
        transaction.on_commit(_notify)
    return len(found)


def tidy() -> None:
    """Drop the text of emails that were given up a month ago: the links in them have ended."""
    old = timezone.now() - timedelta(days=30)
    OutboxEmail.objects.unsent().filter(give_up_at__lt=old).exclude(body="").update(
        body="", html="", calendar="", leave_url=""
    )
