"""What holds for every API endpoint, read from the router so that a new one is covered the day it is added."""

import pytest
import schemathesis
from django.core.management import call_command
from django.urls import reverse
from hypothesis import HealthCheck, settings

from impact.api import router
from impact.core.api import ReadOnlyViewSet
from tests.permission_world import build_world

pytestmark = pytest.mark.django_db
LISTS = [prefix for prefix, _viewset, _basename in router.registry]


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


@pytest.mark.parametrize("prefix", LISTS)
def test_lists_are_read_only(prefix, staff, sign_in):
    response = sign_in(staff).post(f"/api/v1/{prefix}/", "{}", content_type="application/json")
    assert response.status_code == 405


@pytest.mark.parametrize("prefix", LISTS)
def test_pages_follow_a_cursor_and_are_capped(prefix, staff, sign_in):
    build_world()
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
        assert issubclass(viewset, ReadOnlyViewSet) or hasattr(viewset, "get_queryset"), prefix
        assert hasattr(viewset.queryset, "visible_to"), prefix


def test_the_root_lists_every_endpoint(staff, sign_in):
    assert set(sign_in(staff).get(reverse("api-root")).json()) >= set(LISTS)


@pytest.fixture
def api_schema(db):
    from django.core.wsgi import get_wsgi_application

    return schemathesis.openapi.from_wsgi("/api/v1/schema/?format=json", get_wsgi_application())


schema = schemathesis.pytest.from_fixture("api_schema")


@schema.parametrize()
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_request_that_the_schema_allows_breaks_the_server(case, staff, sign_in):
    client = sign_in(staff)
    case.call_and_validate(cookies={"sessionid": client.cookies["sessionid"].value})
