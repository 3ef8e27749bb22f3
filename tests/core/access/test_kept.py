"""Figures kept until something changes: never stale, never kept from inside a transaction, and no worse without a cache."""

from datetime import date, timedelta

import pytest
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone
from redis.exceptions import ConnectionError as RedisAway

from impact.core.access import audit, kept
from impact.core.access.models import AuditEvent
from impact.core.people.models import Person
from tests import factories


@pytest.fixture
def counted():
    """A count of people that notes how often it is made."""
    cache.clear()
    calls = []

    def count() -> int:
        calls.append(1)
        return Person.objects.count()

    count.calls = calls
    yield count
    cache.clear()


def change(user) -> None:
    person = factories.PersonFactory()
    audit.record(user, "person.added", person)


@pytest.mark.django_db(transaction=True)
def test_a_figure_is_counted_once_until_something_changes(counted):
    user = factories.UserFactory()
    before = kept.figure("people", counted)
    assert kept.figure("people", counted) == before and len(counted.calls) == 1
    change(user)
    assert kept.figure("people", counted) == before + 1
    assert kept.figure("people", counted) == before + 1 and len(counted.calls) == 2


@pytest.mark.django_db(transaction=True)
def test_a_change_that_commits_after_a_newer_one_counts_too(counted):
    """Its event has the lower number, so the newest event alone would not tell."""
    change(factories.UserFactory())
    pk = AuditEvent.objects.latest("pk").pk
    AuditEvent.objects.create(pk=pk + 2, type="person.added", object_type="core.person", object_id="1")
    before = kept.figure("people", counted)
    factories.PersonFactory()
    AuditEvent.objects.create(pk=pk + 1, type="person.added", object_type="core.person", object_id="2")
    assert kept.figure("people", counted) == before + 1


@pytest.mark.django_db(transaction=True)
def test_what_a_transaction_changes_is_not_kept_as_it_may_be_undone(counted):
    user = factories.UserFactory()
    before = kept.figure("people", counted)
    with transaction.atomic():
        change(user)
        assert kept.figure("people", counted) == before + 1
        transaction.set_rollback(True)
    assert kept.figure("people", counted) == before
    change(user)
    assert kept.figure("people", counted) == before + 1


@pytest.mark.django_db(transaction=True)
def test_without_a_cache_a_figure_is_counted_each_time(counted, monkeypatch):
    def away(*args, **kwargs):
        raise RedisAway("refused")

    monkeypatch.setattr(cache, "get", away)
    monkeypatch.setattr(cache, "set", away)
    assert kept.figure("people", counted) == kept.figure("people", counted) == Person.objects.count()


@pytest.mark.django_db(transaction=True)
def test_a_figure_of_yesterday_is_not_shown_today(counted, monkeypatch):
    kept.figure("people", counted)
    factories.PersonFactory()  # no event, so only the day tells
    monkeypatch.setattr("impact.core.basics.clock.today", lambda: date(2031, 1, 1))
    assert kept.figure("people", counted) == Person.objects.count() and len(counted.calls) == 2


# --- Figures that may be a moment old ------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_a_recent_figure_is_shown_once_more_after_a_change_and_counted_again_by_a_worker(counted):
    asked, user = [], factories.UserFactory()
    before, at = kept.recent_figure("people", counted, recount=asked.append)
    assert kept.recent_figure("people", counted, recount=asked.append) == (before, at)
    assert len(counted.calls) == 1 and not asked
    change(user)
    for _reader in range(3):
        assert kept.recent_figure("people", counted, recount=asked.append) == (before, at)
    assert len(asked) == 1 and len(counted.calls) == 1  # three readers, one count to come
    kept.count_again("people", counted)
    value, later = kept.recent_figure("people", counted, recount=asked.append)
    assert value == before + 1 and later > at and len(asked) == 1


@pytest.mark.django_db(transaction=True)
def test_a_recent_figure_outlives_the_cache_and_what_was_never_counted_may_wait_for_a_worker(counted):
    asked = []
    assert kept.recent_figure("people", counted, recount=asked.append, may_wait=lambda: True) == (None, None)
    assert len(asked) == 1 and not counted.calls
    value, at = kept.count_again("people", counted)
    cache.clear()
    assert kept.recent_figure("people", counted, recount=asked.append) == (value, at)
    assert len(counted.calls) == 1 == len(asked)
    kept.RecentFigure.objects.update(at=at + timedelta(hours=1), value=7)
    kept.count_again("people", counted)
    assert kept.RecentFigure.objects.get().value == 7, "a count that began before another ended last"


@pytest.mark.django_db(transaction=True)
def test_in_a_demonstration_whose_clock_stands_figures_are_counted_again_as_well(counted, monkeypatch, settings):
    settings.DEMO_TODAY = date(2023, 1, 16)
    asked, user, begun = [], factories.UserFactory(), timezone.now()
    before, _at = kept.recent_figure("people", counted, recount=asked.append)
    for minute in (1, 3):
        change(user)
        cache.delete("recent-figure-asked:people")  # as after a minute
        monkeypatch.setattr(timezone, "now", lambda on=begun + timedelta(minutes=minute): on)
        kept.recent_figure("people", counted, recount=asked.append)
    assert len(set(asked)) == 2, "the same text is the same job, which has run"
    kept.count_again("people", counted)
    assert kept.recent_figure("people", counted, recount=asked.append)[0] == before + 2
