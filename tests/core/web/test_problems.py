"""Refusals and failures: one shape under /api/, pages elsewhere, and 503 whenever the database cannot be used."""

import json

import pytest
from django.db import DatabaseError, OperationalError, connection
from django.db.utils import ConnectionHandler
from django.test import Client

from impact.core.web import problems
from networks.meetings.models import Meeting
from tests import factories
from tests.pages import html_of

pytestmark = pytest.mark.django_db
ANYWHERE = [
    "/",
    "/meetings/",
    "/api/v1/meetings/",
    "/api/v1/no-such-thing/",
    "/accounts/login/",
    "/reports/",
    "/people/",
]


def away(execute, sql, params, many, context):
    raise OperationalError("server closed the connection unexpectedly")


def shape_of(response) -> dict:
    body = json.loads(response.content)
    assert set(body) == {"type", "errors"} and set(body["errors"][0]) == {"code", "detail", "attr"}
    return body["errors"][0]


@pytest.fixture
def client_without_exceptions(staff) -> Client:
    """Signed in, and shown what a person would see when something breaks."""
    client = Client(raise_request_exception=False)
    client.force_login(staff)
    return client


@pytest.mark.parametrize("path", ANYWHERE)
@pytest.mark.parametrize("method", ["get", "post"])
def test_without_a_database_every_address_answers_503_to_someone_signed_in(client_without_exceptions, path, method):
    """The session and the account are read in middleware, before any view."""
    client_without_exceptions.get("/accessibility/")
    with connection.execute_wrapper(away):
        response = getattr(client_without_exceptions, method)(path)
    assert (response.status_code, response["Retry-After"]) == (503, "30")
    if path.startswith("/api/"):
        assert shape_of(response)["code"] == "unavailable"
    else:
        assert "We will be back in a moment" in html_of(response)
    assert "OperationalError" not in html_of(response)


def test_a_session_that_cannot_be_saved_is_a_503_too(client, outsider):
    client.raise_request_exception = False

    def no_writes(execute, sql, params, many, context):
        if "django_session" in sql and not sql.startswith("SELECT"):
            away(execute, sql, params, many, context)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(no_writes):
        response = client.post("/accounts/login/", {"login": outsider.email, "password": factories.PASSWORD})
    assert (response.status_code, response["Retry-After"]) == (503, "30")


def test_a_connection_that_breaks_off_counts_as_away_and_a_wrong_query_does_not(monkeypatch):
    broken = DatabaseError("error with status PGRES_TUPLES_OK and no message from the libpq")
    assert not problems.is_database_away(broken)  # this connection works
    monkeypatch.setattr(connection, "is_usable", lambda: False)
    assert problems.is_database_away(broken)
    assert not problems.is_database_away(ValueError("x")) and not problems.is_database_away(None)


# --- Nothing that is sent is lost ------------------------------------------------------------------
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_a_write_to_an_address_without_its_slash_is_refused_with_the_right_one(sign_in, staff, method):
    before = Meeting.objects.count()
    response = getattr(sign_in(staff), method)("/api/v1/meetings", {}, content_type="application/json", follow=True)
    assert response.status_code == 404
    assert "/api/v1/meetings/" in shape_of(response)["detail"]
    assert Meeting.objects.count() == before


def test_a_form_sent_without_the_slash_is_not_turned_into_a_page_that_looks_well(sign_in, staff):
    response = sign_in(staff).post("/networks/new", {"name": "X"}, follow=True)
    assert response.status_code == 404 and "/networks/new/" in html_of(response)


def test_readers_are_still_led_to_the_address_with_its_slash(sign_in, staff):
    assert sign_in(staff).get("/api/v1/meetings?page_size=1")["Location"] == "/api/v1/meetings/?page_size=1"
    assert sign_in(staff).get("/meetings")["Location"] == "/meetings/"


# --- One shape -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("get", "/api/v1/no-such-thing/", {}, 404),
        ("post", "/api/nothing", {}, 404),
        ("get", "/api/v1/meetings/999999/", {}, 404),
        ("put", "/api/v1/meetings/", {}, 405),
        ("get", "/api/v1/meetings/", {"accept": "image/png"}, 406),
        ("post", "/api/v1/meetings/", {"content-type": "text/plain"}, 415),
        ("get", "/api/v1/meetings/", {"host": "elsewhere.example"}, 400),
        ("get", "/api/v1/meetings/", {"authorization": "Token wrong"}, 401),
    ],
)
def test_every_refusal_of_the_api_has_the_one_shape(sign_in, staff, settings, method, path, headers, status):
    settings.ALLOWED_HOSTS = ["testserver"]
    factories.GroupFactory()
    client = sign_in(staff) if status != 401 else Client()
    kind = headers.get("content-type", "application/json")
    response = client.generic(method.upper(), path, "{}", content_type=kind, headers={**headers, "content-type": kind})
    assert response.status_code == status
    assert shape_of(response)["detail"]


def test_an_error_of_our_own_has_the_shape_and_says_nothing_of_itself(client_without_exceptions, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("a secret detail")

    monkeypatch.setattr("networks.meetings.api.meetings_seen_by", broken)
    response = client_without_exceptions.get("/api/v1/meetings/")
    assert response.status_code == 500 and shape_of(response)["code"] == "error"
    assert "secret" not in html_of(response)


def test_a_session_without_its_csrf_token_is_refused_in_the_shape(staff):
    client = Client(enforce_csrf_checks=True)
    client.force_login(staff)
    response = client.post("/api/v1/meetings/", "{}", content_type="application/json")
    assert response.status_code == 403 and "CSRF" in shape_of(response)["detail"]


def test_signing_out_from_a_page_whose_address_is_a_key_leads_to_a_button_that_does(staff):
    client = Client(enforce_csrf_checks=True)
    client.force_login(staff)
    asked = client.post("/accounts/logout/", headers={"origin": "null"}, follow=True)
    assert asked.redirect_chain == [("/accounts/logout/", 302)] and "Sign out" in html_of(asked)
    token = client.cookies["csrftoken"].value
    client.post("/accounts/logout/", {"csrfmiddlewaretoken": token}, headers={"origin": "http://testserver"})
    assert "_auth_user_id" not in client.session


def test_a_corrupted_database_file_counts_as_unavailable(tmp_path, monkeypatch):
    file = tmp_path / "impact.sqlite3"
    file.write_bytes(b"not a database" * 500)
    options = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(file)}}
    damaged = ConnectionHandler(options)["default"]
    monkeypatch.setattr(problems, "connection", damaged)
    with pytest.raises(DatabaseError) as failed, damaged.cursor() as cursor:
        cursor.execute("SELECT 1 FROM core_user")
    damaged.close()
    assert problems.is_database_away(failed.value)
