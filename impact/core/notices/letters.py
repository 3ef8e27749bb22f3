"""The emails about notices, in the form that their reader needs: standard, Easy Read or large print."""

import re
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from impact.core.basics.vocabulary import Format
from impact.core.jobs import outbox
from impact.core.jobs.models import OutboxEmail
from impact.core.notices.choices import address_of, has_account, stop_url
from impact.core.notices.models import Notice
from impact.core.people.models import Person

SHOWN = 30  # notices in one email; the others are on the site
LONG = 12  # words of a sentence that Easy Read divides
SENTENCE = re.compile(r"(?<=[.!?])\s+")
# Where a long sentence divides, and how the second part begins.
TURN = re.compile(r"(?:; |, (?=(?:but|so|and) ))")
SMALLEST_PART = 3  # words


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


def _write(person: Person, notices: Sequence[Notice], subject: str, due_at: datetime | None) -> OutboxEmail:
    is_easy = person.preferred_format == Format.EASY_READ
    leave_url = stop_url(person)
    shown = notices[:SHOWN]
    context = {
        "notices": [
            {
                "title": notice.title,
                "words": easy_read(notice.words) if is_easy else notice.words,
                "link": settings.SITE_URL + notice.get_absolute_url(),
            }
            for notice in shown
        ],
        "is_one": len(notices) == 1,
        "count": len(notices),
        "more": len(notices) - len(shown),
        "has_account": has_account(person),
        "all_notices": settings.SITE_URL + reverse("core:notices"),
        "choices": settings.SITE_URL + reverse("core:notice-choices"),
        "leave": leave_url,
        "subject": subject,
    }
    template = "emails/notices_easy_read.txt" if is_easy else "emails/notices.txt"
    is_large = person.preferred_format == Format.LARGE_PRINT
    return outbox.prepare(
        to=address_of(person),
        subject=subject,
        body=render_to_string(template, context).strip() + "\n",
        html=render_to_string("emails/notices_large_print.html", context) if is_large else "",
        leave_url=leave_url,
        due_at=due_at,
    )


def letter(person: Person, notice: Notice) -> OutboxEmail:
    """The email about one notice, not saved yet."""
    return _write(person, [notice], notice.title, None)


def digest(person: Person, notices: Sequence[Notice], due_at: datetime) -> OutboxEmail:
    """The email that tells of several notices at once, not saved yet."""
    number = len(notices)
    subject = notices[0].title if number == 1 else f"{number} things to tell you from IMPACT"
    return _write(person, notices, subject, due_at)
