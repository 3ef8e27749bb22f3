"""Words that few may read, looked for in all that leaves the platform or is kept beside its tables: emails, notices, calendar
feeds, files of lists, the search index, webhooks, log lines and the cache. Pages and the API are held to the same in
tests/test_permissions.py, which opens each of them as every persona."""

import logging
import pickle
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from impact.core.jobs import queue
from impact.core.jobs.models import Job, OutboxEmail
from impact.core.jobs.webhooks import delivering
from impact.core.jobs.webhooks.catalogue import events
from impact.core.jobs.webhooks.models import Webhook, WebhookDelivery
from impact.core.notices.models import Notice
from impact.core.web.search.models import SearchEntry
from networks.meetings.invitations.calendars.services import make_feed
from tests.canaries import READERS, body_of, not_for, plant, words_in
from tests.permission_world import PERSONAS, build_world, kwargs_for
from tests.test_permissions import ROUTES

pytestmark = [pytest.mark.once, pytest.mark.slow, pytest.mark.django_db]
# Where someone reads each word: without a page that shows it, looking for it elsewhere would say nothing.
READ_AT = {
    "canaryneeds": ("coordinator", "networks:membership-needs"),
    "canaryproposed": ("member", "core:my-details"),
    "canaryreply": ("coordinator", "networks:invitation-answer"),
    "canarysupervised": ("staff", "supervision-list"),
    "canaryrestricted": ("coordinator", "networks:restricted-notes"),
    "canaryconsent": ("member", "core:my-consents"),
    "canarysupport": ("coordinator", "coproduction:support-booking-detail"),
    "canarybooking": ("coordinator", "networks:booking-detail"),
    "canaryclaim": ("member", "coproduction:claim-mine"),
    "canaryacting": ("member", "core:acting-detail"),
}
FILES_FOR = (("member", "csv"), ("other_coordinator", "csv"), ("leadership", "csv"), ("leadership", "xlsx"))


class Kept(logging.Handler):
    """Every line that is logged, with what it was made of."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.name}: {record.getMessage()} {record.args} {record.exc_text}")


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """What a server with LOG_LEVEL=DEBUG would log."""
    kept, root = Kept(), logging.getLogger()
    level = root.level
    root.addHandler(kept)
    root.setLevel(logging.DEBUG)
    yield kept.lines
    root.setLevel(level)
    root.removeHandler(kept)


def test_what_few_may_read_reaches_no_one_else_in_any_way(logged, monkeypatch):
    monkeypatch.setattr(queue, "notify_worker", lambda job_id: None)
    w = build_world()
    plant(w)
    clients = {name: Client() for name in PERSONAS}
    for name, user in w.people.items():
        if user:
            clients[name].force_login(user)
    _pages_that_show_them(w, clients)
    _files_of_lists(clients)
    _emails_and_notices(w)
    _feeds_search_and_webhooks(w, clients)
    assert len(logged) > 100 and [line for line in logged if words_in(line)] == []
    held = pickle.dumps(cache._cache) if hasattr(cache, "_cache") else b""
    assert words_in(held) == set(), "the cache"


def _pages_that_show_them(w: Any, clients: dict[str, Client]) -> None:
    params = {route.name: route.params for route in ROUTES}
    for word, (name, route) in READ_AT.items():
        body = body_of(clients[name].get(reverse(route, kwargs=kwargs_for(route, params[route], w))))
        assert word in words_in(body), (word, name, route)
    assert READ_AT.keys() == {word for word, readers in READERS.items() if readers}


def _files_of_lists(clients: dict[str, Client]) -> None:
    """Every list that offers itself as a file, for some who see little of what is in others' lists."""
    lists = 0
    for route in ROUTES:
        if route.params or route.name.startswith("account_"):
            continue
        url = reverse(route.name)
        page = clients["staff"].get(url)
        if page.status_code != 200 or b"format=csv" not in body_of(page):
            continue
        lists += 1
        for name, kind in FILES_FOR:
            answer = clients[name].get(url, {"format": kind})
            told = not_for(name, body_of(answer)) if answer.status_code == 200 else set()
            assert not told, (name, url, kind, told)
    assert lists > 20


def _emails_and_notices(w: Any) -> None:
    """Everything that a day's jobs send: digests, reminders and what is due."""
    queue.enqueue_daily()
    for job in Job.objects.filter(state=Job.State.QUEUED):
        queue.run(job.pk)
    persona = {user.email: name for name, user in w.people.items() if user}
    mails = list(OutboxEmail.objects.all())
    assert len(mails) > 3
    for mail in mails:
        assert words_in(mail.subject) == set(), mail.subject
        text = f"{mail.body} {mail.html} {mail.calendar}"
        assert not not_for(persona.get(mail.to, "anonymous"), text), (mail.to, mail.subject)
    for notice in Notice.objects.select_related("person__user"):
        name = persona.get(notice.person.user.email if notice.person.user else "", "anonymous")
        assert not not_for(name, f"{notice.title} {notice.words}"), notice.title


def _feeds_search_and_webhooks(w: Any, clients: dict[str, Client]) -> None:
    for name in ("member", "coordinator", "staff"):
        address = reverse("networks:calendar-feed", args=[make_feed(by=w.people[name])])
        feed = body_of(clients["anonymous"].get(address))
        assert feed.startswith(b"BEGIN:VCALENDAR") and words_in(feed) == set(), name
    for word in READERS:
        assert not SearchEntry.objects.filter(title__contains=word).exists(), word
        assert not SearchEntry.objects.filter(body__contains=word).exists(), word
    hook = Webhook.objects.create(
        owner=w.people["staff"],
        name="All",
        address="https://example.org/all",
        events=list(events()),
        secret=w.webhook.secret,
    )
    said = 0
    for name, event in events().items():
        row = event.manager.visible_to(hook.owner).filter(**event.where).first()
        if row is None:
            continue
        given = {"webhook": hook, "event": name, "object_id": str(row.pk), "happened_at": timezone.now()}
        told = WebhookDelivery.objects.create(**given, key=name, message_id=f"msg_{name}")
        assert words_in(delivering._body(told)) == set(), name
        said += 1
    assert said > 10
