"""Every list of the API: what has changed and what is gone since a program last asked, sorting, fields, ETags."""

import json
from collections.abc import Iterator
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import resolve
from django.utils.dateparse import parse_datetime
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer

from coproduction.waypoints.answers.models import WaypointAnswer
from impact.core.api.defaults import Retiring
from impact.core.api.schema_view import rendered
from networks.members.joining.models import JoinInvitation
from sites.updates.news_api import NewsViewSet
from tests import factories
from tests.permission_world import build_world
from tests.test_api_contract import IN_ONE_ANSWER, PRIVATE, PUBLIC, real_parameters

pytestmark = [pytest.mark.once, pytest.mark.slow, pytest.mark.django_db]
WITHOUT_ROWS = {"restricted-notes", "imports", "notes-versions", "photos", "files", "guests"}  # may be empty here


def lists() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every address of the schema that is a list, with its operation."""
    for path, found in json.loads(rendered(OpenApiJsonRenderer)[0])["paths"].items():
        if "get" in found and "changed_since" in {p["name"] for p in found["get"].get("parameters", [])}:
            yield path, found["get"]


@pytest.fixture(scope="module")
def world(one_for_the_file) -> Iterator[SimpleNamespace]:
    with one_for_the_file():
        made = build_world()
        made.staff = factories.UserFactory(roles=["staff"])
        JoinInvitation.objects.create(group=made.group, name="Invited", email=made.staff.email)
        WaypointAnswer.objects.create(waypoint=made.waypoint, person=made.staff.person, words=["Here.", "Yes."])
        yield made


def asker(world: SimpleNamespace, name: str) -> Client:
    client = Client()
    client.force_login(world.people["member"] if name in PRIVATE else world.staff)
    return client


def refused(client: Client, address: str, **query: str) -> str:
    """The field that a list says is wrong."""
    response = client.get(address, query)
    assert response.status_code == 400, (address, query, response.status_code)
    problem = response.json()["errors"][0]
    assert len(problem["detail"]) > 20
    return problem["attr"]


def test_every_list_can_be_followed(world, subtests, monkeypatch):
    seen = 0
    for path, operation in lists():
        name = path.rstrip("/").rpartition("/")[2]
        with subtests.test(name):
            client, address = asker(world, name), path.format(**real_parameters(path, world))
            if name in IN_ONE_ANSWER or name == "restricted-notes":
                assert all("updated_at" in row for row in client.get(address).json())
                assert refused(client, address, changed_since="yesterday") == "changed_since"
                continue
            seen += 1
            follow(client, address, operation, monkeypatch, is_full=name not in WITHOUT_ROWS)
            if name in PUBLIC:
                body = Client().get(address).json()
                assert body["next_changed_since"] and all(row["updated_at"] for row in body["results"])
    assert seen > 80


def follow(client: Client, address: str, operation: dict[str, Any], monkeypatch: Any, *, is_full: bool) -> None:
    """Hold one list to what every list promises."""
    first = client.get(address)
    assert first.status_code == 200, first.content
    body, tag = first.json(), first["ETag"]
    rows, start = body["results"], body["next_changed_since"]
    assert set(body) == {"next", "previous", "results", "next_changed_since"} and start
    assert rows or not is_full
    assert all(row["id"] and parse_datetime(row["updated_at"]) for row in rows)
    assert tag.startswith('W/"') and "private" in first["Cache-Control"] and "Authorization" in first["Vary"]
    again = client.get(address, headers={"If-None-Match": tag})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
    assert refused(client, address, changed_since="2026-02-30") == "changed_since"
    assert refused(client, address, fields="id,shoe_size") == "fields"
    assert refused(client, address, ordering="shoe_size") == "ordering"
    word = next(p["schema"]["enum"] for p in operation["parameters"] if p["name"] == "ordering")[-1]
    found = client.get(address, {"ordering": word, "fields": "updated_at,id", "page_size": 1}).json()
    assert len(found["results"]) == min(1, len(rows)) and bool(found["next"]) == (len(rows) > 1)
    assert all(row.keys() == {"updated_at", "id"} for row in found["results"])
    if rows:
        lose_and_change(client, address, rows[0]["id"], start, monkeypatch)


def lose_and_change(client: Client, address: str, pk: Any, start: str, monkeypatch: Any) -> None:
    """One row is written again, which brings it; then it goes out of sight, which brings its id alone."""
    view = resolve(address).func.cls
    meta = view.queryset.model._meta
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            column = next(f.column for f in meta.concrete_fields if not f.primary_key)
            key = meta.pk.get_db_prep_value(pk if isinstance(pk, int) else meta.pk.to_python(pk), connection)
            cursor.execute(f"UPDATE {meta.db_table} SET {column} = {column} WHERE {meta.pk.column} = %s", [key])
        changed = client.get(address, {"changed_since": start}).json()
        assert pk in [row["id"] for row in changed["results"]] and changed["deleted"] == []
    except DatabaseError:  # a row that nothing may change
        changed = client.get(address, {"changed_since": start}).json()
    seen = view.get_queryset
    with monkeypatch.context() as patch:
        patch.setattr(view, "get_queryset", lambda self: seen(self).exclude(pk=pk))
        lost = client.get(address, {"changed_since": changed["next_changed_since"]}).json()
        assert lost["deleted"] == [{"id": pk}] and pk not in [row["id"] for row in lost["results"]]
    back = client.get(address, {"changed_since": lost["next_changed_since"]}).json()
    assert pk in [row["id"] for row in back["results"]] and back["deleted"] == []


def test_someone_with_no_group_sees_nothing_that_is_not_published(world):
    client = Client()
    client.force_login(world.people["outsider"])
    for name in (
        *("groups", "meetings", "contributions", "actions", "charters", "involvements"),
        *("waypoint-answers", "reports", "editions"),
    ):
        assert client.get(f"/api/v1/{name}/").json()["results"] == [], name


def test_pages_of_other_sites_read_what_is_public_and_nothing_else(world, settings):
    visitor, origin = Client(), {"Origin": "https://example.org"}
    assert visitor.get("/api/v1/news/", headers=origin)["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in visitor.get("/api/v1/sites/", headers=origin)
    asked = visitor.options("/api/v1/news/", headers={**origin, "Access-Control-Request-Method": "POST"})
    assert "POST" not in asked["Access-Control-Allow-Methods"]
    assert "authorization" not in asked["Access-Control-Allow-Headers"]
    for private in ("/api/v1/meetings/", "/api/v1/me/", "/", "/api/v1/newsletter/"):
        assert "Access-Control-Allow-Origin" not in visitor.get(private, headers=origin), private


def test_an_address_that_is_going_to_end_says_so(world, monkeypatch):
    ends = Retiring(since=date(2026, 1, 1), until=date(2027, 1, 1), instead="https://impact.example/api/docs/")
    monkeypatch.setattr(NewsViewSet, "retiring", {"list": ends})
    client = asker(world, "news")
    listed, one = client.get("/api/v1/news/"), client.get("/api/v1/sites/")
    assert listed["Deprecation"] == "@1767225600" and listed["Sunset"] == "Fri, 01 Jan 2027 00:00:00 GMT"
    assert listed["Link"] == '<https://impact.example/api/docs/>; rel="deprecation"; type="text/html"'
    assert "Deprecation" not in one
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    assert paths["/api/v1/news/"]["get"]["deprecated"] and "deprecated" not in paths["/api/v1/sites/"]["get"]
    with pytest.raises(ValueError, match="365 days"):
        Retiring(since=date(2026, 1, 1), until=date(2026, 12, 1), instead="")
