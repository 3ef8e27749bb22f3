"""Signing up for news by email: asked on a public page, confirmed from the mailbox, changed or left by its link."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.db.models import Q, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from impact.core.access.permissions import SYSTEM
from impact.core.basics import clock
from impact.core.jobs import outbox, queue
from sites.topics.models import Topic
from sites.updates.models import Update
from sites.updates.subscriptions.models import NewsSent, Subscriber, Wish

TELL = "sites.tell_subscribers"
LEFT_TO_WITHDRAW = timedelta(minutes=30)  # between publishing and the emails, so that a mistake can be withdrawn
UNCONFIRMED_FOR = timedelta(days=7)


@dataclass(frozen=True)
class Story:
    """What subscribers are told: ``topics`` are ids, ``path`` the address of the page without the host."""

    wish: str
    subject: str
    words: str
    path: str
    topics: list[int] = field(default_factory=list)


# kind ("update", "round") → the story of one row now; None when there is nothing to tell any more.
STORIES: dict[str, Callable[[int], Story | None]] = {}


def public_topics() -> QuerySet[Topic]:
    """The topics that a visitor can know of: of announced rounds, of sites with news, and of the centre's own news."""
    told = Update.objects.published()
    return Topic.objects.filter(
        Q(rounds__is_announced=True) | Q(sites__updates__in=told) | Q(pk__in=told.values("topic_id"))
    ).distinct()


def _signer() -> Signer:
    return Signer(sep=".", salt="sites.subscriber")


def token_of(subscriber: Subscriber) -> str:
    """What the links in this subscriber's emails end in."""
    return _signer().sign(subscriber.key.hex)


def subscriber_of(token: str) -> Subscriber | None:
    """The subscriber behind a link; None when it was not made by us, or they have left."""
    try:
        key = UUID(hex=_signer().unsign(token))
    except (BadSignature, ValueError):
        return None
    return Subscriber.objects.filter(key=key).first()


def _choose(subscriber: Subscriber, wishes: Iterable[str], topics: Iterable[Topic]) -> None:
    chosen = set(wishes)
    for wish in Wish.values:
        setattr(subscriber, wish, wish in chosen)
    subscriber.full_clean()
    subscriber.save()
    subscriber.topics.set(topics)


@transaction.atomic
def sign_up(*, email: str, wishes: Iterable[str], topics: Iterable[Topic] = ()) -> None:
    """Ask for news by email: the mailbox gets a link to confirm. Someone on the list gets the link to their choices.

    Nothing changes for a confirmed address, and the caller cannot tell which it was.
    """
    email = email.strip().lower()
    known = Subscriber.objects.select_for_update(of=("self",)).filter(email=email).first()
    subscriber = known or Subscriber(email=email)
    if subscriber.confirmed_at is None:
        subscriber.asked_at = clock.now()
        _choose(subscriber, wishes, topics)
    link = settings.SITE_URL + reverse("sites:subscription", args=[token_of(subscriber)])
    context = {"subscriber": subscriber, "link": link, "days": UNCONFIRMED_FOR.days}
    outbox.send_later(
        event="news-sign-up",
        to=email,
        subject="Your news from IMPACT" if subscriber.confirmed_at else "Please confirm: news from IMPACT by email",
        body=render_to_string("emails/sign_up.txt", context).strip() + "\n",
    )


@transaction.atomic
def choose(*, subscriber: Subscriber, wishes: Iterable[str], topics: Iterable[Topic] = ()) -> Subscriber:
    """Keep what someone wants to hear about, from the link in their mailbox; the first time this confirms it."""
    row = Subscriber.objects.select_for_update(of=("self",)).filter(pk=subscriber.pk).first()
    if row is None:
        raise ValidationError("This address is no longer on the list. Sign up again.")
    row.confirmed_at = row.confirmed_at or clock.now()
    _choose(row, wishes, topics)
    return row


@transaction.atomic
def leave(*, subscriber: Subscriber) -> None:
    """Take a mailbox off the list. The row goes, with what it was told; pressing twice changes nothing more."""
    Subscriber.objects.filter(pk=subscriber.pk).delete()


def tell_subscribers(kind: str, pk: int, *, mark: str) -> None:
    """Tell those who asked, in half an hour, of one row. ``mark`` tells one publication of it from the next."""
    if Subscriber.objects.confirmed().exists():
        queue.enqueue(
            by=SYSTEM,
            kind=TELL,
            dedupe_key=f"{TELL}:{kind}:{pk}:{mark}",
            payload={"kind": kind, "pk": pk},
            due_at=timezone.now() + LEFT_TO_WITHDRAW,
        )


@transaction.atomic
def send_batch(story: Story, about: str, *, limit: int = 200) -> int:
    """Write the emails of one story to the next subscribers who were not told yet; how many it wrote."""
    told = NewsSent.objects.filter(about=about).values("subscriber_id")
    rows = Subscriber.objects.wanting(story.wish, story.topics).exclude(pk__in=told).order_by("pk")[:limit]
    for subscriber in rows:
        NewsSent.objects.create(subscriber=subscriber, about=about)
        token = token_of(subscriber)
        leave_url = settings.SITE_URL + reverse("sites:unsubscribe", args=[token])
        context = {
            "story": story,
            "link": settings.SITE_URL + story.path,
            "choices": settings.SITE_URL + reverse("sites:subscription", args=[token]),
            "leave": leave_url,
        }
        outbox.send_later(
            event="news",
            to=subscriber.email,
            subject=story.subject,
            body=render_to_string("emails/news.txt", context).strip() + "\n",
            leave_url=leave_url,
        )
    return len(rows)


def drop_unconfirmed() -> int:
    """Delete addresses that were never confirmed: someone may have typed another person's. How many went."""
    old = Subscriber.objects.filter(confirmed_at__isnull=True, asked_at__lt=clock.now() - UNCONFIRMED_FOR)
    return old.delete()[1].get("sites.Subscriber", 0)
