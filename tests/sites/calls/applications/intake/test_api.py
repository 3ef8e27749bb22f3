"""Applications over the API: read by staff alone, written through the same services, held against ETags."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.renderers import JSONRenderer

from impact.core.access.permissions import SYSTEM
from impact.core.basics import clock
from sites.calls.applications import services as writing
from sites.calls.applications.intake.api import ApplicationSerializer
from sites.calls.applications.models import Application
from tests import factories
from tests.sites.calls.applications.build import ANSWERS, open_round, started, submitted

pytestmark = pytest.mark.django_db
API = "/api/v1/applications/"


@pytest.fixture
def round():
    return open_round(slug="the-round")


@pytest.fixture
def client(staff, sign_in):
    return sign_in(staff)


def send(client, method: str, address: str, body: dict, **headers):
    return client.generic(method, address, json.dumps(body), content_type="application/json", headers=headers)


def made(client, **more):
    body = {"round": "the-round", "source": "phone", "received_on": clock.today().isoformat(), **more}
    return send(client, "POST", API, body)


def test_the_list_has_what_the_mix_is_chosen_by_and_neither_answers_nor_contacts(client, round):
    submitted(round)
    response = client.get(API)
    (row,) = response.json()["results"]
    assert (row["round"], row["organisation_name"], row["needs"]) == (
        "the-round",
        "Harbour Carers",
        ["carers", "older"],
    )
    assert row["topic"]["slug"] == round.topics.get().slug and row["money"] == "12000.00" and row["is_late"] is False
    assert "answers" not in row and b"carers@harbour.example" not in response.content
    assert b"carers@harbour.example" not in b"".join(client.get(f"{API}export.csv").streaming_content)


def test_the_list_shows_each_row_as_its_serializer_does(client, round):
    submitted(round)
    started(round)
    withdrawn = submitted(round)
    writing.withdraw_application(by=SYSTEM, application=withdrawn)
    Application.objects.filter(pk=withdrawn.pk).update(late_reason="The post", money=None)
    response = client.get(API)
    rows = Application.objects.select_related("round", "topic").order_by("-pk")
    shown = ApplicationSerializer(rows, many=True, context={"request": response.wsgi_request}).data
    found = response.json()["results"]
    assert [(row.pop("id"), bool(row.pop("updated_at"))) for row in found] == [(row.pk, True) for row in rows]
    assert found == json.loads(JSONRenderer().render(shown))


def test_the_list_is_narrowed_by_an_allow_list_of_filters(client, round):
    submitted(round)
    submitted(open_round(), organisation_name="Elsewhere", nation="england", region="london", is_user_led="no")

    def names(**query) -> list[str]:
        return [row["organisation_name"] for row in client.get(API, query).json()["results"]]

    assert names(round="the-round") == names(nation="wales") == names(is_user_led="true") == ["Harbour Carers"]
    assert names(search="elsewhere") == names(region="london") == ["Elsewhere"]
    assert names(state="withdrawn") == [] and len(names(organisation_kind="carer_led")) == 2
    assert client.get(API, {"email": "x"}).status_code == 400


def test_the_detail_has_answers_and_contacts_and_an_etag(client, round):
    application = submitted(round)
    response = client.get(f"{API}{application.reference}/")
    found = response.json()
    assert (found["email"], found["revision"], found["answers"]["what"]) == (
        "carers@harbour.example",
        1,
        ANSWERS["what"],
    )
    again = client.get(f"{API}{application.reference}/", headers={"if-none-match": response["ETag"]})
    assert again.status_code == 304
    (revision,) = client.get(f"{API}{application.reference}/revisions/").json()
    assert (revision["number"], revision["questions"], revision["statement"], revision["why"]) == (1, 1, 1, None)


def test_what_an_applicant_is_still_writing_is_not_in_the_answers(client, round):
    application = started(round)
    writing.save_draft(by=SYSTEM, application=application, answers={"what": "Not ready"})
    found = client.get(f"{API}{application.reference}/").json()
    assert (found["answers"], found["revision"]) == ({}, None)
    response = send(client, "POST", f"{API}{application.reference}/submit/", {})
    assert (response.status_code, response.json()["errors"][0]["code"]) == (409, "online")


def test_a_client_enters_completes_and_submits_one_that_came_by_phone(client, staff, round):
    response = made(client, contact_name="Chair", answers={"place": "Bala", "needs": ["carers"]})
    assert response.status_code == 201, response.content
    found, address = response.json(), response["Location"]
    assert (found["state"], found["source"], found["answers"]["place"]) == ("draft", "phone", "Bala")
    assert send(client, "POST", f"{address}submit/", {}).status_code == 400
    answers = {**ANSWERS, "topic": round.topics.get().slug}
    assert send(client, "PATCH", address, {"answers": answers}).status_code == 428
    response = send(client, "PATCH", address, {"answers": answers}, if_match=response["ETag"])
    assert response.status_code == 200, response.content
    response = send(client, "POST", f"{address}submit/", {})
    assert (response.status_code, response.json()["state"]) == (200, "submitted")
    application = Application.objects.get()
    assert (application.entered_by, application.nation, application.revisions.count()) == (staff, "wales", 1)


def test_the_same_idempotency_key_enters_one_application(client, round):
    body = {"round": "the-round", "source": "paper", "received_on": clock.today().isoformat()}
    answers = [send(client, "POST", API, body, idempotency_key="one").json()["reference"] for _ in range(2)]
    assert answers[0] == answers[1] and Application.objects.count() == 1


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ({"source": "online"}, "source"),
        ({"round": "elsewhere"}, "round"),
        ({"received_on": "2999-01-01"}, "received_on"),
        ({"colour": "blue"}, "colour"),
        ({"answers": {"colour": "blue"}}, "answers"),
        ({"answers": {"money": {"a": 1}}}, "answers"),
        ({"answers": {"nation": "atlantis"}}, "answers"),
        ({"answers": {"what": "nul\0byte"}}, "answers"),
        ({"answers": {"what": "word " * 20_000}}, "answers"),
    ],
)
def test_what_does_not_fit_is_named_and_nothing_is_kept(client, round, more, where):
    response = made(client, **more)
    assert response.status_code == 400, response.content
    assert any((error["attr"] or "").startswith(where) for error in response.json()["errors"]), response.json()
    assert not Application.objects.exists()


def test_a_correction_says_why_and_the_loser_of_two_gets_412(client, round):
    application = submitted(round)
    address = f"{API}{application.reference}/"
    seen = client.get(address)["ETag"]
    body = {"answers": {"place": "Bala"}}
    assert send(client, "PATCH", address, body, if_match=seen).json()["errors"][0]["attr"] == "why"
    response = send(client, "PATCH", address, body | {"why": "entry", "note": "A slip."}, if_match=seen)
    assert (response.status_code, response.json()["revision"], response.json()["place"]) == (200, 2, "Bala")
    late = send(client, "PATCH", address, body | {"why": "entry"}, if_match=seen)
    assert late.status_code == 412 and late.json()["current"]["place"] == "Bala"


def test_staff_withdraw_match_and_delete(client, round):
    application = submitted(round)
    address = f"{API}{application.reference}/"
    organisation = factories.OrganisationFactory(slug="harbour")
    response = send(client, "POST", f"{address}match/", {"organisation": "harbour"})
    assert response.json()["organisation"]["name"] == organisation.name
    assert send(client, "POST", f"{address}withdraw/", {}).json()["state"] == "withdrawn"
    assert send(client, "POST", f"{address}withdraw/", {}).status_code == 409
    wrong = {"reference": "other", "asked_on": clock.today().isoformat()}
    assert send(client, "POST", f"{address}erase/", wrong).status_code == 400
    response = send(client, "POST", f"{address}erase/", wrong | {"reference": application.reference})
    found = response.json()
    assert (found["state"], found["answers"], found["email"], found["organisation"]) == ("erased", {}, "", None)
    assert found["reference"] == application.reference and found["erasure_asked_on"] == clock.today().isoformat()
    assert client.get(f"{address}revisions/").json() == []


def test_the_list_takes_the_same_few_queries_for_one_and_for_thirty(client, round):
    def queries() -> int:
        client.get(API)
        with CaptureQueriesContext(connection) as seen:
            assert client.get(API).status_code == 200
        return len(seen)

    submitted(round)
    one = queries()
    for n in range(30):
        submitted(round, organisation_name=f"Organisation {n}")
    assert queries() == one <= 8
