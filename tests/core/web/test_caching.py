"""People sign in while Redis is away, and attackers are still slowed down."""

import pytest
from django.core.cache import caches
from django.test import Client

from impact.core.people.models import User
from impact.core.web.serving import caching
from tests import factories
from tests.pages import html_of

pytestmark = pytest.mark.django_db
NOWHERE = "redis://127.0.0.1:1/0"  # nothing listens there


@pytest.fixture
def redis_away(settings, monkeypatch):
    """The settings of production with a Redis that refuses; the cache is made again, also afterwards."""
    monkeypatch.setattr(caching._Away, "until", 0.0)
    monkeypatch.setattr(caching._Away, "is_reported", False)
    settings.CACHES = {
        "default": {"BACKEND": "impact.core.web.serving.caching.SharedCache", "LOCATION": NOWHERE, "KEY_PREFIX": "t"}
    }
    caches["default"]._own.clear()
    yield caches["default"]
    caches["default"]._own.clear()


def sign_in_with(client: Client, user: User, password: str):
    return client.post("/accounts/login/", {"login": user.email, "password": password})


def test_people_sign_in_while_redis_is_away(redis_away, client, outsider):
    assert sign_in_with(client, outsider, factories.PASSWORD)["Location"] == "/"
    assert client.get("/api/v1/meetings/").status_code == 200  # counts requests too


def test_guesses_are_still_limited_while_redis_is_away(redis_away, outsider):
    client = Client()
    for n in range(8):
        answer = html_of(sign_in_with(client, outsider, f"wrong-password-{n}"))
    assert "Too many attempts." in answer
    assert "Too many attempts." in html_of(sign_in_with(client, outsider, factories.PASSWORD))


def test_the_log_says_once_that_redis_is_away_and_once_that_it_is_back(redis_away, caplog, monkeypatch):
    caplog.set_level("WARNING")
    for _ in range(5):
        redis_away.set("a", 1)
        monkeypatch.setattr(caching._Away, "until", 0.0)
    assert [r.msg["event"] for r in caplog.records if "cache." in str(r.msg)] == ["cache.away"]
    monkeypatch.setattr(redis_away._redis, "set", lambda *args, **kwargs: None)
    redis_away.set("a", 2)
    assert [r.msg["event"] for r in caplog.records if "cache." in str(r.msg)] == ["cache.away", "cache.back"]


def test_redis_is_left_alone_for_a_while_after_it_failed(redis_away, monkeypatch):
    """A page that asks the cache ten times must not wait ten times."""
    asked = []

    def refuse(*args, **kwargs):
        asked.append(1)
        raise ConnectionRefusedError

    monkeypatch.setattr(redis_away._redis, "get", refuse)
    for _ in range(10):
        assert redis_away.get("a", "nothing") == "nothing"
    assert len(asked) == 1
