"""Addresses that email does not reach: what a mail server says at once, and what comes back later (RFC 3464)."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from smtplib import SMTPRecipientsRefused

from django.db import transaction
from django.utils import timezone

from impact.core.access import audit
from impact.core.access.permissions import SYSTEM, Actor, require
from impact.core.basics.words.mailboxes import mailbox_key, same_mailbox
from impact.core.jobs import queue
from impact.core.jobs.models import TRIED_FOR, FailedAddress, OutboxEmail

HELD = "Not sent: this address takes no email. Correct the address, or say that it works again."
# Enhanced codes (RFC 3463) that lie with the mailbox, in words. Others lie with the server, the email or the moment.
REASONS = {
    "5.1.1": "There is no such mailbox.",
    "5.1.2": "There is no such mail domain.",
    "5.1.3": "The address is written wrongly.",
    "5.1.6": "The mailbox has moved.",
    "5.1.10": "There is no such mail domain.",
    "5.2.1": "The mailbox is switched off.",
}
OTHER_REASONS = {
    "2": "The mailbox is full or does not take this email.",
    "7": "The mail server turned it away as unwanted.",
}
NO_MAILBOX = frozenset({550, 551, 553})  # where a server gives no enhanced code
ENHANCED = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
# What other parts do about an email that did not arrive, such as telling its reader in another way.
AFTERWARDS: list[Callable[[OutboxEmail], None]] = []


@dataclass(frozen=True)
class Refusal:
    """Why an email did not arrive, without the mail server’s own words, which can name people."""

    status: str
    is_final: bool  # there is no such mailbox: nothing more is sent there

    @property
    def reason(self) -> str:
        """Why, in words for staff."""
        if self.is_final:
            return REASONS.get(self.status, "There is no such mailbox.")
        subject = self.status.split(".")[1] if self.status else ""
        return OTHER_REASONS.get(subject, "The mail server did not take it.")


def refusal(status: str, code: int = 0) -> Refusal:
    """What a code means. ``code`` is the plain one of three digits, for servers that give no other."""
    is_final = status in REASONS if status else code in NO_MAILBOX
    return Refusal(status, is_final)


def refusal_of(error: Exception, address: str) -> Refusal | None:
    """What a mail server said about an address; None where it refused for now, or for another reason."""
    if not isinstance(error, SMTPRecipientsRefused):
        return None
    code, words = error.recipients.get(address, (0, b""))
    if code < 500:
        return None
    said = words.decode("ascii", "replace") if isinstance(words, bytes) else str(words)
    found = ENHANCED.search(said)
    return refusal(found[1] if found else "", code)


@transaction.atomic
def record(email: OutboxEmail, found: Refusal) -> FailedAddress:
    """Note that an email did not arrive. Where the mailbox is gone, it is not tried again."""
    now, address = timezone.now(), mailbox_key(email.to)
    FailedAddress.objects.get_or_create(address=address, defaults={"failures": 0, "reason": found.reason})
    row = FailedAddress.objects.select_for_update().get(address=address)
    row.failures += 1
    row.reason, row.status, row.last_at = found.reason, found.status, now
    row.is_held = found.is_final or (row.is_held and row.settled_at is None)
    row.settled_at = row.settled_by = None
    row.save()
    if found.is_final:
        OutboxEmail.objects.unsent().filter(pk=email.pk).update(give_up_at=now)
    for follow in AFTERWARDS:
        follow(email)
    audit.record(SYSTEM, "email.failed", row, status=found.status or "none", held=row.is_held)
    return row


@transaction.atomic
def came_back(email: OutboxEmail, found: Refusal) -> bool:
    """Note that an email that was sent came back, once."""
    now = timezone.now()
    if not OutboxEmail.objects.filter(pk=email.pk, returned_at__isnull=True).update(
        returned_at=now, error=found.reason
    ):
        return False
    record(email, found)
    return True


@transaction.atomic
def settle(*, by: Actor, failed: FailedAddress) -> int:
    """Say that an address works again; what waits for it is tried now. How many emails those are."""
    require(by, "core.retry_job")
    return settled(by, failed)


def settled(by: Actor, failed: FailedAddress) -> int:
    """Settle an address for a service that has asked for a permission of its own."""
    rows = FailedAddress.objects.open().filter(pk=failed.pk)
    if rows.update(settled_at=timezone.now(), settled_by_id=by.pk):
        audit.record(by, "email.address_settled", failed)
    return try_now(failed.address)


def try_now(address: str) -> int:
    """Try what waits for an address now and for another week; how many emails."""
    now = timezone.now()
    waiting = OutboxEmail.objects.unsent().filter(same_mailbox("to", address)).exclude(body="")
    number = waiting.update(due_at=now, give_up_at=now + TRIED_FOR, attempts=0, error="")
    transaction.on_commit(lambda: queue.notify("core.send_mail"))
    return number
