"""What holds for every API endpoint, read from the router so that a new one is covered the day it is added."""

import gc
import itertools
import re
import warnings
from collections import Counter
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import schemathesis
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from django.urls import resolve, reverse
from hypothesis import HealthCheck, given, settings
from knox.models import AuthToken
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import response_schema_conformance

from impact.api import router
from impact.core.api import ApiViewSet
from networks.api.common import InMeeting, OfGroup
from networks.models import JoinInvitation
from tests.permission_world import build_world, kwargs_for

pytestmark = [pytest.mark.once, pytest.mark.django_db]
LISTS = [prefix for prefix, _viewset, _basename in router.registry if "(" not in prefix]
READ_ONLY = [
    prefix for prefix, viewset, _basename in router.registry if "(" not in prefix and not hasattr(viewset, "create")
]


def test_the_schema_is_valid_and_complete(tmp_path):
    """No warning either: a warning means that a client would be told less than the truth."""
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yml"))
    assert "/api/v1/meetings/" in (tmp_path / "schema.yml").read_text()


def test_the_documentation_is_served_from_here(client):
    page = client.get("/api/docs/").content.decode()
    assert "/static/drf_spectacular_sidecar/" in page
    assert "cdn." not in page


@pytest.mark.parametrize("prefix", LISTS)
def test_a_list_needs_a_sign_in_and_says_so_as_a_problem(prefix, client):
    response = client.get(f"/api/v1/{prefix}/")
    assert response.status_code == 401
    assert response.json()["errors"][0]["code"] == "not_authenticated"


@pytest.mark.parametrize("prefix", LISTS)
def test_a_misspelt_filter_is_an_error_that_lists_the_right_ones(prefix, staff, sign_in):
    response = sign_in(staff).get(f"/api/v1/{prefix}/", {"natoin": "wales"})
    assert response.status_code == 400
    problem = response.json()["errors"][0]
    assert problem["attr"] == "natoin" and "This list takes" in problem["detail"]


@pytest.mark.parametrize("huge", ["9" * 30, "1e30", "-" + "9" * 20])
def test_a_number_that_no_database_can_hold_is_an_error_not_a_crash(huge, staff, sign_in):
    response = sign_in(staff).get("/api/v1/charter-versions/", {"charter": huge})
    assert response.status_code == 400
    assert response.json()["errors"][0]["attr"] == "charter"


@pytest.mark.parametrize("prefix", READ_ONLY)
def test_lists_that_take_nothing_say_so(prefix, staff, sign_in):
    response = sign_in(staff).post(f"/api/v1/{prefix}/", "{}", content_type="application/json")
    assert response.status_code == 405


@pytest.mark.parametrize("prefix", LISTS)
def test_pages_follow_a_cursor_and_are_capped(prefix, staff, sign_in):
    world = build_world()
    JoinInvitation.objects.create(group=world.group, name="Invited", email=staff.email)
    client = sign_in(staff)
    body = client.get(f"/api/v1/{prefix}/", {"page_size": 1}).json()
    assert set(body) == {"next", "previous", "results"} and len(body["results"]) == 1
    assert len(client.get(f"/api/v1/{prefix}/", {"page_size": 100_000}).json()["results"]) <= 200


@pytest.mark.parametrize("prefix", LISTS)
def test_somebody_with_no_group_sees_nothing_that_is_not_published(prefix, sign_in):
    world = build_world()
    rows = sign_in(world.people["outsider"]).get(f"/api/v1/{prefix}/").json()["results"]
    if prefix in {"groups", "meetings", "contributions", "actions", "charters", "involvements", "reports", "editions"}:
        assert rows == []


def test_every_endpoint_starts_from_what_is_visible():
    for prefix, viewset, _basename in router.registry:
        assert issubclass(viewset, ApiViewSet), prefix
        assert issubclass(viewset, (OfGroup, InMeeting)) or hasattr(viewset.queryset, "visible_to"), prefix


def test_the_root_lists_every_endpoint(staff, sign_in):
    assert set(sign_in(staff).get(reverse("api-root")).json()) >= set(LISTS)


@pytest.fixture
def connections_stay_open():
    """As Django's own test client does: the end of a request must not close the test's transaction."""
    for sign in (request_started, request_finished):
        sign.disconnect(close_old_connections)
    yield
    for sign in (request_started, request_finished):
        sign.connect(close_old_connections)


def real_parameters(path: str, world: SimpleNamespace) -> dict[str, str]:
    """What fills the parameters of an address of the schema, so that it leads to a row that exists."""
    match = resolve(re.sub(r"{\w+}", "1", path))
    found = kwargs_for(match.url_name, tuple(match.kwargs), world)
    return {"id" if name == "pk" else name: str(value) for name, value in found.items()}


def test_no_request_that_the_schema_allows_breaks_the_server(staff, connections_stay_open):
    """Requests made up from the schema, writes too: none is a server error, and what comes back looks as it says.

    Half of them go to rows that exist and match any ETag, so that they reach the services; each one is undone.
    """
    world = build_world()
    _row, token = AuthToken.objects.create(staff)
    schema = schemathesis.openapi.from_wsgi("/api/v1/schema/?format=json", get_wsgi_application())
    broken: list[str] = []
    statuses: Counter[tuple[str, int]] = Counter()

    def hold(operation: Any, real: dict[str, str], turns: Iterator[int]) -> None:
        @given(case=operation.as_strategy())
        @settings(max_examples=8, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        def answers_as_it_says(case: schemathesis.Case) -> None:
            headers = {"Authorization": f"Token {token}"}
            if next(turns) % 2:
                case.path_parameters = {**(case.path_parameters or {}), **real}
                headers["If-Match"] = "*"
            with transaction.atomic():
                response = case.call(headers=headers)
                transaction.set_rollback(True)
            statuses[operation.method.upper(), response.status_code] += 1
            case.validate_response(response, checks=[not_a_server_error, response_schema_conformance])

        answers_as_it_says()

    for n, result in enumerate(schema.get_all_operations()):
        operation = result.ok()
        try:
            hold(operation, real_parameters(operation.path, world), itertools.count(n))
        except FailureGroup as group:
            broken += [f"{operation.label}: {' '.join(str(error).split())[:300]}" for error in group.exceptions]
    with warnings.catch_warnings(action="ignore", category=ResourceWarning):
        gc.collect()  # what drives the requests here never closes the files that it gets
    assert not broken, "\n".join(broken)
    assert sum(statuses.values()) >= 16 * len(LISTS)
    assert sum(count for (method, status), count in statuses.items() if method != "GET" and status < 300) > 20
