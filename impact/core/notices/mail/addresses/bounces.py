"""Emails that came back: reads the reports of mail servers (RFC 3464).

A report counts only where it holds the Message-ID of an email that we sent: that is random, and only its reader and the
mail servers on the way know it. The address that failed is the one that we wrote to, whatever the report calls it.
"""

import mailbox
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from pathlib import Path

from impact.core.jobs import failures
from impact.core.jobs.models import OutboxEmail

MESSAGE_ID = re.compile(r"<[a-z0-9]{32}@[^<>\s]{1,80}>")
LARGEST = 2_000_000  # bytes of one report that are read


@dataclass
class Read:
    """What became of the messages of one file."""

    returned: int = 0  # emails that are newly known not to have arrived
    known: int = 0  # reports about an email of which we knew
    others: int = 0  # not a report of a failure, or not about an email of ours


def messages_in(path: Path) -> Iterator[bytes]:
    """The messages of one file: one email, an mbox, or a Maildir folder."""
    if path.is_dir():
        box: mailbox.Mailbox = mailbox.Maildir(path, create=False)
    else:
        with path.open("rb") as file:
            is_mbox = file.read(5) == b"From "
        if not is_mbox:
            yield path.read_bytes()
            return
        box = mailbox.mbox(path, create=False)
    try:
        for message in box:
            yield message.as_bytes()
    finally:
        box.close()


def read(messages: Iterable[bytes]) -> Read:
    """Note each email that came back."""
    found = Read()
    for raw in messages:
        report = report_of(raw)
        if report is None:
            found.others += 1
        elif failures.came_back(*report):
            found.returned += 1
        else:
            found.known += 1
    return found


def report_of(raw: bytes) -> tuple[OutboxEmail, failures.Refusal] | None:
    """The email of ours that a report is about, and why it did not arrive; None for every other message."""
    try:
        message = message_from_bytes(raw[:LARGEST], policy=policy.default)
        status = _final_status(message)
        email = _our_email(message) if status is not None else None
    except (
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
    ):  # a malformed message: the parser is not forgiving here
        return None
    return (email, failures.refusal(status)) if email is not None and status is not None else None


def _final_status(message: EmailMessage) -> str | None:
    """The code of a final failure; None where nothing failed for good: a delay, a receipt, or a person's own words."""
    if message.get_content_type() != "multipart/report":
        return None
    for part in message.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        for group in part.get_payload():
            if isinstance(group, Message) and str(group.get("Action", "")).strip().lower() == "failed":
                code = failures.ENHANCED.search(str(group.get("Status", "")))
                said = failures.ENHANCED.search(str(group.get("Diagnostic-Code", "")))
                general = code is None or code[1].endswith(".0.0")
                best = said if general and said else code
                return best[1] if best else ""
    return None


def _our_email(message: EmailMessage) -> OutboxEmail | None:
    """The email that came back, by the Message-ID in the copy of its headers."""
    for part in message.walk():
        if part.get_content_type() not in {"message/rfc822", "text/rfc822-headers", "message/global-headers"}:
            continue
        for known in MESSAGE_ID.findall(part.as_string()[:20_000]):
            email = OutboxEmail.objects.filter(message_id=known, sent_at__isnull=False).first()
            if email is not None:
                return email
    return None
