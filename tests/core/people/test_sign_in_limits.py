"""An office behind one address signs in within seconds, and someone who guesses is still stopped."""

import pytest
from allauth.account.adapter import get_adapter
from allauth.core.internal import ratelimit
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.test import Client

from impact.core.jobs.models import OutboxEmail
from tests import factories
from tests.pages import html_of

pytestmark = pytest.mark.django_db
STOPPED = "Too many attempts"


@pytest.fixture(autouse=True)
def nothing_counted_before():
    cache.clear()
    yield
    cache.clear()


def try_password(email: str, password: str, address: str = "192.0.2.1"):
    """One try from a browser of its own."""
    return Client().post("/accounts/login/", {"login": email, "password": password}, REMOTE_ADDR=address)


def is_stopped(answer) -> bool:
    return answer.status_code == 429 or STOPPED in html_of(answer)


def test_forty_coordinators_behind_one_address_sign_in_though_each_mistypes_once():
    users = factories.UserFactory.create_batch(40)
    for user in users:
        assert not is_stopped(try_password(user.email, "not this one"))
    answers = [try_password(user.email, factories.PASSWORD) for user in users]
    assert {answer["Location"] for answer in answers} == {"/"}


def test_forty_coordinators_behind_one_address_ask_for_a_code():
    for user in factories.UserFactory.create_batch(40):
        Client().post("/accounts/login/code/", {"email": user.email}, REMOTE_ADDR="192.0.2.1")
    assert OutboxEmail.objects.values("to").distinct().count() == 40


def test_one_account_is_guessed_five_times_whatever_the_address():
    user = factories.UserFactory()
    for n in range(5):
        assert not is_stopped(try_password(user.email, f"guess {n}", f"192.0.2.{n}"))
    assert is_stopped(try_password(user.email, factories.PASSWORD, "192.0.2.200"))


def test_one_address_that_guesses_at_many_accounts_is_stopped_for_the_hour(monkeypatch, rf):
    """It may fail 60 times in a minute and 300 times in an hour; before, the hour allowed 600."""
    now = [1_000_000.0]
    monkeypatch.setattr(ratelimit.time, "time", lambda: now[0])
    failed = 0
    for minute in range(8):
        now[0] += 61
        for n in range(65):
            request = rf.post("/accounts/login/", REMOTE_ADDR="192.0.2.1")
            try:
                get_adapter(request).pre_authenticate(request, email=f"person-{minute}-{n}@impact.example")
            except ValidationError:
                break
            failed += 1
        assert failed == min(60 * (minute + 1), 300)
    user = factories.UserFactory()
    assert is_stopped(try_password(user.email, factories.PASSWORD))
    assert try_password(user.email, factories.PASSWORD, "192.0.2.99")["Location"] == "/"


def test_a_browser_that_sends_the_form_all_the_time_reads_when_to_try_again(monkeypatch):
    monkeypatch.setattr("allauth.account.app_settings.RATE_LIMITS", {"login": "1/m/ip"}, raising=False)
    try_password("nobody@impact.example", "guess")
    answer = try_password("nobody@impact.example", "guess")
    assert (answer.status_code, answer["Retry-After"]) == (429, "60")
    assert "Wait a minute, then try again." in html_of(answer)
    assert "govuk-button" in html_of(answer)


def test_known_and_unknown_addresses_are_limited_alike():
    user = factories.UserFactory()
    for path, field in (("/accounts/login/", "login"), ("/accounts/login/code/", "email")):
        seen = []
        for n, email in enumerate([user.email, "nobody@impact.example"]):
            sent = {field: email, "password": "guess"}
            answers = [Client().post(path, sent, REMOTE_ADDR=f"192.0.2.{n}") for _ in range(7)]
            seen.append([(answer.status_code, is_stopped(answer)) for answer in answers])
        assert seen[0] == seen[1]
        assert seen[0][-1][1], path
