"""What holds for every API endpoint, read from the router so that a new one is covered the day it is added."""

import gc
import itertools
import json
import re
import warnings
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import pytest
import schemathesis
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from django.urls import resolve, reverse
from drf_spectacular.renderers import OpenApiJsonRenderer
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import response_schema_conformance

from impact.api import router
from impact.core.access.models import ApiToken
from impact.core.api.schema_view import rendered
from impact.core.api.views import ApiViewSet
from networks.groups.serializers import InMeeting, OfGroup
from tests.pages import html_of
from tests.permission_world import build_world, kwargs_for

pytestmark = [pytest.mark.once, pytest.mark.django_db]
LISTS = [prefix for prefix, _viewset, _basename in router.registry if "(" not in prefix]
READ_ONLY = [
    prefix for prefix, viewset, _basename in router.registry if "(" not in prefix and not hasattr(viewset, "create")
]


@pytest.fixture(scope="module")
def world(one_for_the_file) -> Iterator[SimpleNamespace]:
    """One world for the file; what each test does to it is undone."""
    with one_for_the_file():
        yield build_world()


def test_the_schema_is_valid_and_complete(tmp_path):
    """No warning either: a warning means that a client would be told less than the truth."""
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yml"))
    assert "/api/v1/meetings/" in (tmp_path / "schema.yml").read_text()


def test_the_documentation_is_served_from_here(client):
    page = html_of(client.get("/api/docs/"))
    assert "/static/drf_spectacular_sidecar/" in page
    assert "cdn." not in page


IN_ONE_ANSWER = {"figures"}  # few, and always as many
PUBLIC = {"sites", "news", "rounds", "reports", "editions", "figures"}  # what is published, for everyone


@pytest.mark.parametrize("prefix", LISTS)
def test_a_list_needs_a_sign_in_and_says_so_as_a_problem(prefix, client):
    response = client.get(f"/api/v1/{prefix}/")
    if prefix in PUBLIC:
        assert response.status_code == 200
        return
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


# What is a member's own, and not for staff.
PRIVATE = {
    "acting",
    "claims",
    "consents",
    "notices",
    "objections",
    "positions",
    "strengths",
    "support-bookings",
    "support-links",
}


@pytest.mark.parametrize("prefix", ["meetings", "news"])
def test_pages_are_capped(prefix, world, staff, sign_in):
    assert len(sign_in(staff).get(f"/api/v1/{prefix}/", {"page_size": 100_000}).json()["results"]) <= 200


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
    given = (
        path.replace("{form}", "docx").replace("{language}", "en").replace("{outcome}", "chosen")
    )  # a few words alone
    match = resolve(re.sub(r"{\w+}", "1", given))
    found = kwargs_for(match.url_name, tuple(match.kwargs), world)
    return {"id" if name == "pk" else name: str(value) for name, value in found.items()}


@pytest.mark.slow
def test_no_request_that_the_schema_allows_breaks_the_server(world, staff, connections_stay_open, subtests):
    """Requests made up from the schema, writes too: none is a server error, and what comes back looks as it says.

    Each operation is a test of its own, with the same requests each time: four for a write, two for a read, whose filters
    have a test of their own below. Half of them go to rows that exist and match any ETag, so that they reach the services;
    each one is undone.
    """
    _row, token = ApiToken.objects.create(staff, scopes=ApiToken.Scope.values)
    schema = schemathesis.openapi.from_wsgi("/api/v1/schema/?format=json", get_wsgi_application())
    statuses: Counter[tuple[str, int]] = Counter()

    def hold(operation: Any, real: dict[str, str], turns: Iterator[int]) -> None:
        @given(case=operation.as_strategy())
        @settings(
            max_examples=2 if operation.method.upper() == "GET" else 4,  # their cost is mostly in making them up
            derandomize=True,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
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
        with subtests.test(operation.label):
            try:
                hold(operation, real_parameters(operation.path, world), itertools.count(n))
            except FailureGroup as group:
                pytest.fail("\n".join(" ".join(str(error).split())[:300] for error in group.exceptions))
    with warnings.catch_warnings(action="ignore", category=ResourceWarning):
        gc.collect()  # what drives the requests here never closes the files that it gets
    assert sum(statuses.values()) >= 12 * len(LISTS)
    assert sum(count for (method, status), count in statuses.items() if method != "GET" and status < 300) > 20


@pytest.mark.parametrize("position", ["abc", "²", "9" * 40, "", "\ud800", "1.5"])
@pytest.mark.parametrize("prefix", ["meetings", "contributions"])  # rows with numbers, rows with UUIDs
def test_a_cursor_that_was_not_given_out_is_an_error_that_names_it(prefix, position, world, staff, sign_in):
    cursor = b64encode(f"p={quote(position, errors='surrogatepass')}".encode()).decode()
    response = sign_in(staff).get(f"/api/v1/{prefix}/", {"cursor": cursor})
    if response.status_code != 200:  # an empty position is the first page, a large number a page with everything
        assert response.status_code == 400 and response.json()["errors"][0]["attr"] == "cursor"


# --- Boundaries ------------------------------------------------------------------------------------
NUMBERS = ["0", "-1", "1", "9999", "10000", str(2**31), str(2**63 - 1), str(2**63), "9" * 30, "1.5", "1e5", "²", "x"]
DAYS = ["0001-01-01", "0000-01-01", "9999-12-31", "10000-01-01", "2023-02-29", "2023-02-28", "²"]
TEXTS = ["", "\0", "\ud800", "x" * 5000, "%", "²"]
SCHEMA = OpenApiJsonRenderer


def operations(*methods: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, found in json.loads(rendered(SCHEMA)[0])["paths"].items():
        yield from ((path, method, found[method]) for method in methods if method in found)


def boundaries(schema: dict[str, Any]) -> list[str]:
    if schema.get("type") in ("integer", "number"):
        return NUMBERS
    if schema.get("format") in ("date", "date-time"):
        return DAYS
    return TEXTS if schema.get("type") == "string" else []


def query(name: str, value: str) -> str:
    return f"{name}={quote(value, errors='surrogatepass')}"


@pytest.mark.slow
def test_each_filter_takes_or_refuses_its_boundaries_as_a_page_and_as_a_file(world, staff, sign_in, accounts_at_hand):
    """A number, a day or a text at the edge is a page or a 400 that names it; a file never breaks off after a 200."""
    client = sign_in(staff)
    client.raise_request_exception = False
    tried, broken = 0, []
    for path, _method, operation in operations("get"):
        if "{" in path:
            continue
        for parameter in operation.get("parameters", []):
            if parameter["in"] != "query":
                continue
            values = boundaries(parameter["schema"])
            # The workbook takes the filters as the text file does; that it does is seen with one value of each.
            for value in values[:1] if path.endswith(".xlsx") else values:
                tried += 1
                others = [
                    other for other in operation["parameters"] if other.get("required") and other is not parameter
                ]
                asked = [query(parameter["name"], value), *(query(other["name"], "support") for other in others)]
                response = client.get(path, QUERY_STRING="&".join(asked))
                if response.status_code not in (200, 400):
                    broken.append((path, parameter["name"], value[:20], response.status_code))
                elif response.status_code == 400:
                    attrs = [error["attr"] for error in response.json()["errors"]]
                    if parameter["name"] not in attrs and "text" not in response.json()["errors"][0]["detail"]:
                        broken.append((path, parameter["name"], value[:20], attrs))
                if response.streaming:
                    b"".join(response.streaming_content)
    assert not broken, broken
    assert tried > 500


@pytest.mark.slow
def test_each_field_of_a_change_takes_or_refuses_its_boundaries(world, staff, sign_in, accounts_at_hand):
    """One field at a time of every PATCH, on a row that exists, so that what passes reaches the service."""
    client = sign_in(staff)
    client.raise_request_exception = False
    schemas = json.loads(rendered(SCHEMA)[0])["components"]["schemas"]
    broken, statuses = [], Counter()
    for path, _method, operation in operations("patch"):
        body = next(iter(operation["requestBody"]["content"].values()))["schema"]
        fields = schemas[body["$ref"].rpartition("/")[2]]["properties"]
        address = path.format(**real_parameters(path, world))
        for name, schema in fields.items():
            for text in boundaries(schema):
                is_number = schema.get("type") == "integer"
                value: Any = int(text) if is_number and text.lstrip("-").isdecimal() else text
                if schema.get("format") == "date-time":
                    value = f"{text}T00:00:00Z"
                with transaction.atomic():
                    response = client.patch(
                        address, json.dumps({name: value}), content_type="application/json", headers={"If-Match": "*"}
                    )
                    transaction.set_rollback(True)
                statuses[response.status_code] += 1
                if response.status_code >= 500:
                    broken.append((address, name, text[:20], response.status_code))
    assert not broken, broken
    assert statuses[200] > 20 and statuses[400] > 20


# --- The schema ------------------------------------------------------------------------------------
def test_the_schema_is_made_once_and_not_sent_again_to_clients_that_have_it(client):
    first = client.get("/api/v1/schema/?format=json")
    assert first.status_code == 200 and json.loads(first.content)["servers"]
    again = client.get("/api/v1/schema/?format=json", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get("/api/v1/schema/")["ETag"] != first["ETag"]  # YAML
    misses = rendered.cache_info().misses
    client.get("/api/v1/schema/?format=json")
    assert rendered.cache_info().misses == misses


def test_an_address_answers_with_one_type_and_says_what_it_refuses():
    for path, _method, operation in operations("get", "post", "put", "patch", "delete"):
        types = list(operation["responses"].get("200", {}).get("content", {}))
        assert len(set(types) - {"application/octet-stream"}) <= 1, (path, types)
        assert operation["summary"] and not operation["summary"].endswith("."), path
        assert {"400", "401", "403", "404", "429", "503"} <= set(operation["responses"]), path
    lists = {path: operation for path, _method, operation in operations("get") if path.endswith("export.csv")}
    assert len(lists) >= len(LISTS)


def test_bodies_name_all_that_they_take_and_files_are_binary():
    schemas = json.loads(rendered(SCHEMA)[0])["components"]["schemas"]
    bodies = {name: schema for name, schema in schemas.items() if re.search(r"Input$|^Patched", name)}
    assert len(bodies) > 30
    assert [name for name, schema in bodies.items() if schema.get("additionalProperties") is not False] == []
    for name in ("PhotoInput", "MaterialFileInput", "ImportInput"):
        assert schemas[name]["properties"]["file"]["format"] == "binary"
    assert schemas["ContributionInput"]["properties"]["words"]["minLength"] == 1
    assert schemas["AnnounceInput"]["properties"]["meetings"]["maxItems"] > 1
    parameters = {
        (path, p["name"]): p["schema"]
        for path, _m, operation in operations("get")
        for p in operation.get("parameters", [])
    }
    assert "open" in parameters["/api/v1/actions/", "status"]["enum"]
    assert parameters["/api/v1/actions/", "meeting"]["type"] == "integer"
    assert parameters["/api/v1/meetings/{meeting}/photos/", "meeting"]["type"] == "integer"


def test_a_list_is_the_same_as_a_file_at_its_own_address(world, staff, sign_in):
    client = sign_in(staff)
    for kind in ("csv", "xlsx"):
        own = client.get(f"/api/v1/meetings/export.{kind}", {"status": "planned"})
        asked = client.get("/api/v1/meetings/", {"status": "planned", "format": kind})
        assert own.status_code == 200 and own["Content-Type"] == asked["Content-Type"]
        if kind == "csv":
            assert b"".join(own.streaming_content) == b"".join(asked.streaming_content)
    wrong = client.get("/api/v1/meetings/export.csv", {"natoin": "wales"})
    assert wrong.status_code == 400 and wrong.json()["errors"][0]["attr"] == "natoin"
    as_bytes = client.get("/api/v1/meetings/export.xlsx", headers={"Accept": "application/octet-stream"})
    assert as_bytes["Content-Type"] == "application/octet-stream"
