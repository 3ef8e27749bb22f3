"""Limits for strangers: by network, by key, and looking without counting."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.http import HttpRequest
from django.test import RequestFactory

from impact.core.access.limits import is_within

LIMITS = {"knock": "3/h/ip", "write": "2/h/key"}


@pytest.fixture(autouse=True)
def nothing_counted():
    cache.clear()
    yield
    cache.clear()


def request_from(address: str) -> HttpRequest:
    request = RequestFactory().get("/", REMOTE_ADDR=address)
    request.user = AnonymousUser()
    return request


def knock(address: str = "192.0.2.1", **more) -> bool:
    return is_within(request_from(address), LIMITS, "knock", app="door", **more)


def write(key: str, address: str) -> bool:
    return is_within(request_from(address), LIMITS, "write", app="door", key=key)


def test_a_network_is_stopped_after_its_share_and_others_go_on():
    assert [knock() for _ in range(4)] == [True, True, True, False]
    assert knock("198.51.100.7")


def test_looking_counts_nothing():
    assert all(knock(only_look=True) for _ in range(5))
    assert knock() and knock() and knock() and not knock(only_look=True)


def test_a_key_has_one_count_however_it_is_written_and_wherever_it_comes_from():
    assert write("a@example.org", "192.0.2.1") and write(" A@Example.org", "198.51.100.7")
    assert not write("a@example.org", "203.0.113.5") and write("b@example.org", "192.0.2.1")


def test_the_same_action_of_another_part_has_its_own_count():
    assert all(knock() for _ in range(3)) and not knock()
    assert is_within(request_from("192.0.2.1"), LIMITS, "knock", app="gate")
