"""Every role × every address × every method, read from the URLconf and held against a reviewed table.

``permission_matrix.txt`` says for each route and method what each persona gets. A route that is not in the table
fails, and so does a row whose route is gone. To change the table, read the line that the failing test prints,
decide whether it is right, and paste it in.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.template.loader import get_template
from django.test import Client, override_settings
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, resolve, reverse

from tests.canaries import body_of, not_for, plant
from tests.permission_world import PERSONAS, build_world, kwargs_for

# Who may do what does not depend on the database, so the table runs on PostgreSQL alone: there nothing is noted or measured.
pytestmark = [pytest.mark.once, pytest.mark.django_db]
TABLE = Path(__file__).with_name("permission_matrix.txt")
METHODS = ["GET", "POST"]
MORE_METHODS = ["PUT", "PATCH", "DELETE"]  # of the API, where a route has them


@dataclass(frozen=True)
class Route:
    name: str
    params: tuple[str, ...]


def walk(patterns: list[Any], namespace: str = "", prefix: str = "") -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """(name, route, parameters) of every leaf of the URLconf."""
    for entry in patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from walk(entry.url_patterns, inner, route)
        elif isinstance(entry, URLPattern):
            params = tuple(re.findall(r"<(?:\w+:)?(\w+)>", route)) or tuple(entry.pattern.regex.groupindex)
            yield (f"{namespace}{entry.name}" if entry.name else route), route, params


def routes() -> list[Route]:
    """Our routes and allauth's, by name. The admin has a test of its own below."""
    found = {}
    for name, route, params in walk(get_resolver().url_patterns):
        if not route.startswith("admin/"):
            found.setdefault(name, Route(name, params))
    return sorted(found.values(), key=lambda r: r.name)


def table() -> dict[tuple[str, str], list[str]]:
    rows = {}
    for line in TABLE.read_text().splitlines():
        if line and not line.startswith("#"):
            name, method, *statuses = line.split()
            rows[name, method] = statuses
    return rows


ROUTES = routes()
EXPECTED = table() if TABLE.exists() else {}


def ask(client: Client, method: str, url: str, name: str = "", told: list[str] | None = None) -> str:
    """The status, with every effect undone; a redirect to the sign-in page reads as "login". ``told``
    takes what this persona was told though it is not for them (tests/canaries.py)."""
    with transaction.atomic():
        response = client.generic(method, url, content_type="application/x-www-form-urlencoded")
        if told is not None:
            told += [f"{name} {method} {url}: {word}" for word in sorted(not_for(name, body_of(response)))]
        transaction.set_rollback(True)
    if response.status_code == 302 and response["Location"].startswith("/accounts/login/"):
        return "login"
    return str(response.status_code)


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker) -> Iterator[SimpleNamespace]:
    """One world for the whole matrix: each request's effects are undone, and so is the world at the end."""
    quick = override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"])
    with django_db_blocker.unblock(), quick, transaction.atomic():
        made = build_world()
        plant(made)
        yield made
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def sessions(world) -> dict[str, str]:
    """The session of each persona, made once: every request's effects are undone, so none of them ends."""
    made = {}
    for name in PERSONAS:
        if user := world.people[name]:
            client = Client()
            client.force_login(user)
            made[name] = client.cookies[settings.SESSION_COOKIE_NAME].value
    return made


@pytest.fixture
def pages_that_refuse_are_not_drawn(monkeypatch) -> None:
    """Half of the requests here are refused, and those pages have tests of their own (tests/core/web)."""
    for name in ("403.html", "404.html"):
        monkeypatch.setattr(get_template(name).template, "render", lambda context: "")


@pytest.fixture
def clients(world, sessions, accounts_at_hand, pages_that_refuse_are_not_drawn) -> dict[str, Client]:
    files = [
        row.file
        for row in (world.archive, world.file, world.photo, world.application_file, world.recording, world.charter_pdf)
    ]
    for file in [*files, world.easy_line.picture, world.claim.receipt]:  # each test has a folder of its own
        default_storage.save(file.name, ContentFile(b"contents"))
    default_storage.save("subject.docx", ContentFile(b"contents"))
    made = {name: Client() for name in PERSONAS}
    for name, key in sessions.items():
        made[name].cookies[settings.SESSION_COOKIE_NAME] = key
    return made


@pytest.mark.parametrize("route", ROUTES, ids=lambda r: r.name)
def test_each_persona_gets_what_the_table_says(route, world, clients):
    url = reverse(route.name, kwargs=kwargs_for(route.name, route.params, world))
    lines, told = [], []
    actions = getattr(resolve(url).func, "actions", {})
    for method in METHODS + [method for method in MORE_METHODS if method.lower() in actions]:
        actual = [ask(clients[name], method, url, name, told) for name in PERSONAS]
        assert "500" not in actual, (method, url, actual)
        assert not told, "Told of what is not for them:\n" + "\n".join(told)
        if actual != EXPECTED.get((route.name, method)):
            lines.append(f"{route.name:<41} {method:<6} {' '.join(f'{status:<5}' for status in actual)}".rstrip())
    assert not lines, "Not in the table like this (ready to paste, if it is right):\n" + "\n".join(lines)


TOO_MANY_DIGITS = "9" * 30
MALFORMED = {  # by what an address takes: one value of each kind that a look-up could stumble over
    "text": ["nul\0byte", "abc", "0", TOO_MANY_DIGITS],
    "slug": ["abc", TOO_MANY_DIGITS],
    "number": ["0", TOO_MANY_DIGITS],
    "uuid": ["00000000-0000-0000-0000-000000000000"],
}


@pytest.mark.parametrize("route", [route for route in ROUTES if route.params], ids=lambda r: r.name)
def test_no_route_breaks_on_a_malformed_value_in_its_address(route, world, clients):
    """Each parameter in turn, with the others as they should be, by every method, as the person who may do most there."""
    good = kwargs_for(route.name, route.params, world)

    def address(param: str, value: str) -> str:
        try:
            return reverse(route.name, kwargs={**good, param: value})
        except NoReverseMatch:  # the address takes no such value, so it leads nowhere
            return ""

    methods = [m.upper() for m in getattr(resolve(reverse(route.name, kwargs=good)).func, "actions", {})] or METHODS
    client = clients["engagement_lead" if route.name.startswith("coproduction:") else "staff"]
    client.raise_request_exception = False
    broken = []
    for param in route.params:
        kind = next(kind for kind, values in MALFORMED.items() if address(param, values[0]))
        urls = [url for value in MALFORMED[kind] if (url := address(param, value))]
        broken += [(method, url) for url in urls for method in methods if ask(client, method, url).startswith("5")]
    assert not broken


def test_an_address_takes_any_text_only_where_it_is_hashed_or_signed_before_it_is_looked_up():
    """PostgreSQL refuses a NUL in a text, which is a 500; a slug or a number in an address cannot hold one."""
    ours = {name for name, route, _params in walk(get_resolver().url_patterns) if "<str:" in route}
    assert {name for name in ours if ":" in name and not name.startswith("admin:")} == {
        "core:address-confirm",
        "core:data-link",
        "core:invitation-accept",
        "core:notices-stop",
        "networks:calendar-feed",
        "networks:join",
        "networks:paper",
        "networks:reply",
        "networks:reply-support",
        "sites:subscription",
        "sites:unsubscribe",
        "sites:apply-link",
        "coproduction:equality-answer",
        "coproduction:reflection-link",
        "reports:figure",  # a code is looked up in the catalogue, not in the database
    }


def test_every_row_of_the_table_is_a_route():
    assert {name for name, _method in EXPECTED} <= {route.name for route in ROUTES}


def test_a_route_that_is_not_in_the_table_would_be_noticed(world, clients, monkeypatch):
    """The guard itself: take a row away and the matrix fails."""
    monkeypatch.delitem(EXPECTED, ("core:people", "GET"))
    with pytest.raises(AssertionError, match=r"core:people\s+GET"):
        test_each_persona_gets_what_the_table_says(Route("core:people", ()), world, clients)


PUBLIC_PREFIXES = (
    "account_",
    "mfa_",
    "core:livez",
    "core:readyz",
    "core:service-worker",
    "core:accessibility",
    "core:privacy",
    "core:invitation",
)


# Applying needs no account. The first six are for anyone; the others are for people with a private link, and tell
# everyone else how to get one (tests/sites/calls/applications/applying/test_access.py).
APPLYING = {
    "sites:apply-start",
    "sites:apply-eligibility",
    "sites:apply-details",
    "sites:apply-return",
    "sites:apply-sent",
    "sites:apply-link",
    "sites:apply-yours",
    "sites:apply-open",
    "sites:apply-tasks",
    "sites:apply-section",
    "sites:apply-file",
    "sites:apply-newest",
    "sites:apply-review",
    "sites:apply-submitted",
    "sites:apply-answers",
    "sites:apply-copy",
    "sites:apply-copy-file",
    "sites:apply-people",
    "sites:apply-person-end",
    "sites:apply-withdraw",
    "sites:apply-about-you",
    "sites:apply-leave",
}


def test_public_pages_are_exactly_the_ones_named_here():
    """What answers someone who is not signed in with anything but a way to sign in."""
    public = {
        name
        for (name, _method), statuses in EXPECTED.items()
        if statuses[PERSONAS.index("anonymous")] not in {"login", "401", "405"}
    }
    assert {name for name in public if not name.startswith(PUBLIC_PREFIXES)} == {
        "api-docs",
        "api-schema",
        "coproduction:changes",
        "core:data-find",
        "core:data-find-sent",
        "core:data-link",
        *(f"core:data-mine{part}" for part in ("", "-ask", "-archive", "-file", "-close")),  # else to core:data-find
        *("core:data-needs", "core:data-consents", "core:data-consent", "core:data-consent-withdraw"),
        "core:notices-stop",
        "core:search",
        "home",
        "networks:calendar-feed",
        "networks:join",
        "networks:paper",
        "networks:reply",
        "networks:reply-support",
        "reports:detail",
        "reports:edition-download",
        "reports:figure",
        "reports:figure-lookup",
        "reports:figures",
        "reports:form-download",
        "reports:list",
        "reports:read",
        "reports:verify",
        *(f"report-{part}" for part in ("list", "detail", "export-csv", "export-xlsx")),
        *(f"edition-{part}" for part in ("list", "detail", "export-csv", "export-xlsx", "content", "form-content")),
        *(f"figure-{part}" for part in ("list", "detail", "export-csv", "export-xlsx")),
        "round-detail",
        *APPLYING,
        "coproduction:equality-answer",  # for the holder of a private link, and no one else
        "coproduction:reflection-link",  # for the holder of a private link, and no one else
        "coproduction:reflection-by-link",
        "coproduction:reflection-leave",
        "sites:news",
        "news-detail",
        "news-export-csv",
        "news-export-xlsx",
        "news-list",
        "round-clarifications",
        "round-export-csv",
        "round-export-xlsx",
        "round-list",
        "round-questions",
        "round-statements",
        "search",
        "site-detail",
        "site-export-csv",
        "site-export-xlsx",
        "site-list",
        "sites:news-feed",
        "sites:robots",
        "sites:sign-up",
        "sites:sign-up-asked",
        "sites:subscription",
        "sites:unsubscribe",
        "sites:round-ask",
        "sites:round-asked",
        "sites:round-asks",
        "sites:round-detail",
        "sites:round-list",
        "sites:sitemap",
        "sites:topic-year",
        "sites:topic-year-edition",
        "sites:update-detail",
    }


def test_only_the_administrator_opens_the_admin_pages(clients):
    pages = [
        name for name, route, params in walk(get_resolver().url_patterns) if route.startswith("admin/") and not params
    ]
    checked = 0
    for name in pages:
        if ":" not in name or name in ("admin:login", "admin:logout", "admin:jsi18n", "admin:password_change_done"):
            continue
        url = reverse(name)
        for persona, client in clients.items():
            if persona != "administrator":
                assert ask(client, "GET", url) in {"302", "403", "404", "login"}, (persona, name)
                checked += 1
    assert checked > 50


def test_leadership_sees_no_communication_needs(world, clients):
    """A leader reads figures and minutes, not what a member needs in order to take part."""
    member = world.group.memberships.first().person
    member.access_arrangements = "A hearing loop near the front"
    member.save(update_fields=["access_arrangements"])
    for name, given in (("networks:group-detail", ("slug",)), ("networks:meeting-detail", ("pk",))):
        url = reverse(name, kwargs=kwargs_for(name, given, world))
        assert b"hearing loop" not in clients["leadership"].get(url).content
    url = reverse("networks:group-detail", kwargs=kwargs_for("networks:group-detail", ("slug",), world))
    assert b"hearing loop" in clients["coordinator"].get(url).content


API_NAMES = {name for name, route, _params in walk(get_resolver().url_patterns) if route.startswith("api/v1/")}
API_ROUTES = [route for route in ROUTES if route.name in API_NAMES]


@pytest.mark.parametrize("route", API_ROUTES, ids=lambda r: r.name)
def test_asking_any_address_of_the_api_for_a_file_is_answered_or_refused(route, world, clients):
    """Only lists are written as files; another address says so instead of failing."""
    url = reverse(route.name, kwargs=kwargs_for(route.name, route.params, world))
    for kind in ("csv", "xlsx"):
        for method in METHODS:  # each effect is undone
            assert int(ask(clients["staff"], method, f"{url}?format={kind}")) < 500, (method, url, kind)
    for accept in ("text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"):
        assert clients["staff"].get(url, headers={"Accept": accept}).status_code < 500, (url, accept)
