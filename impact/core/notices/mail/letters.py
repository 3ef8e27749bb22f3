"""The emails about notices, in the form that their reader needs: standard, Easy Read or large print; each as text and HTML."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from impact.core.basics.vocabulary import Format
from impact.core.jobs import outbox
from impact.core.jobs.catalogue import DIGEST, event_of
from impact.core.jobs.models import OutboxEmail
from impact.core.notices.choices import address_of, has_account, stop_url
from impact.core.notices.models import Notice, NoticeKind
from impact.core.people.models import Person

PARTS = [("What needs you", True), ("What has changed", False)]
LINES = re.compile(r"\n{3,}")
SHOWN = 30  # notices in one email; the others are on the site
LONG = 12  # words of a sentence that Easy Read divides
SENTENCE = re.compile(r"(?<=[.!?])\s+")
# Where a long sentence divides, and how the second part begins.
TURN = re.compile(r"(?:; |, (?=(?:but|so|and) ))")
SMALLEST_PART = 3  # words


@dataclass(frozen=True)
class Told:
    """Someone is told of a notice at once, or of several by ``letter``; from when, where that is not now."""

    person: Person
    notice: Notice | None = None
    letter: OutboxEmail | None = None
    due_at: datetime | None = None


# What else tells people when we tell them by email, in the same transaction.
BESIDE: list[Callable[[Sequence[Told]], None]] = []


def easy_read(text: str) -> str:
    """A text with one idea a line: each sentence on its own, and long ones divided where a new thought begins."""
    lines = [line for paragraph in text.splitlines() for line in _ideas(paragraph.strip())]
    return "\n\n".join(lines)


def _ideas(paragraph: str) -> list[str]:
    found = []
    for sentence in SENTENCE.split(paragraph) if paragraph else []:
        parts = TURN.split(sentence) if len(sentence.split()) > LONG else [sentence]
        if any(len(part.split()) < SMALLEST_PART for part in parts):
            parts = [sentence]  # a list of things, not two thoughts
        for number, part in enumerate(parts, start=1):
            whole = part if number == len(parts) else f"{part.rstrip('.')}."
            found.append(whole[:1].upper() + whole[1:])
    return found


def write(person: Person, notices: Sequence[Notice], *, is_digest: bool, due_at: datetime | None = None) -> OutboxEmail:
    """The email that tells someone of one notice or of several, not saved yet.

    Its subject is from the catalogue, so that a locked phone shows nothing of what is inside.
    """
    is_easy = person.preferred_format == Format.EASY_READ
    kinds = [notice.kind for notice in notices if not notice.event or event_of(notice.event).is_optional]
    leave_url = stop_url(person, kinds) if kinds else ""
    shown = [_told(notice, is_easy) for notice in _in_order(notices)[:SHOWN]]
    event = event_of(DIGEST if is_digest or not notices[0].event else notices[0].event)
    subject = how_many(len(notices)) if is_digest else event.subject
    context = {
        "parts": [(title, rows) for title, asks in PARTS if (rows := [row for row in shown if row["asks"] == asks])],
        "is_one": len(notices) == 1,
        "is_digest": is_digest,
        "count": len(notices),
        "more": len(notices) - len(shown),
        "has_account": has_account(person),
        "all_notices": settings.SITE_URL + reverse("core:notices"),
        "choices": settings.SITE_URL + reverse("core:notice-choices"),
        "leave": leave_url,
        "kinds": [NoticeKind(kind).label for kind in NoticeKind.values if kind in kinds],
        "fixed": event.fixed if not is_digest else "",
        "subject": subject,
        "size": outbox.LARGE if person.preferred_format == Format.LARGE_PRINT else outbox.NORMAL,
    }
    template = "emails/notices_easy_read.txt" if is_easy else "emails/notices.txt"
    return outbox.prepare(
        event=event.name,
        to=address_of(person),
        subject=subject,
        body=LINES.sub("\n\n", render_to_string(template, context)).strip() + "\n",
        html=render_to_string("emails/notices.html", context),
        leave_url=leave_url,
        due_at=due_at,
    )


def how_many(number: int) -> str:
    """What an email about several things is called."""
    return "One thing to tell you from IMPACT" if number == 1 else f"{number} things to tell you from IMPACT"


def _in_order(notices: Sequence[Notice]) -> list[Notice]:
    """What needs its reader first, then what has changed; each by its date."""
    return sorted(notices, key=lambda notice: (not asks(notice), notice.made_at, notice.pk))


def asks(notice: Notice) -> bool:
    """Whether its reader has something to do."""
    return bool(notice.event) and event_of(notice.event).asks


def _told(notice: Notice, is_easy: bool) -> dict[str, Any]:
    return {
        "title": notice.title,
        "words": easy_read(notice.words) if is_easy else notice.words,
        "link": settings.SITE_URL + notice.get_absolute_url(),
        "on": notice.made_at,
        "asks": asks(notice),
    }


def letter(person: Person, notice: Notice, due_at: datetime | None = None) -> OutboxEmail:
    """The email about one notice, not saved yet."""
    return write(person, [notice], is_digest=False, due_at=due_at)


def digest(person: Person, notices: Sequence[Notice], due_at: datetime) -> OutboxEmail:
    """The email that tells of several notices at once, not saved yet."""
    return write(person, notices, is_digest=True, due_at=due_at)
