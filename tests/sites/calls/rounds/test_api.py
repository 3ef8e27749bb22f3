"""Rounds over the API: read by all who may, prepared and changed by staff with their questions, through the same services."""

import json

import pytest
from django.test import Client

from impact.core.jobs.models import OutboxEmail
from sites.calls.portfolios.models import Release
from sites.calls.rounds.clarifications.models import Clarification
from sites.calls.rounds.models import Round
from tests import factories
from tests.sites.calls.applications.build import open_round, started

pytestmark = pytest.mark.django_db
NEW = {
    "name": "Autumn round",
    "opens_at": "2098-09-01T09:00:00+01:00",
    "closes_at": "2098-10-12T17:00:00+01:00",
    "delivery_models": ["network"],
    "offered": "Money",
    "asked": "Sharing",
}


def send(client: Client, method: str, path: str, body: dict, **headers: str):
    return client.generic(
        method, f"/api/v1/rounds/{path}", json.dumps(body), content_type="application/json", headers=headers
    )


def detail(response) -> str:
    return " ".join(error["detail"] for error in response.json()["errors"])


@pytest.fixture
def round() -> Round:
    return open_round(slug="spring", name="Spring round")


@pytest.fixture
def api(staff, sign_in) -> Client:
    return sign_in(staff)


def test_a_round_is_prepared_once_for_one_key_and_announced(api):
    topic = factories.TopicFactory(slug="carers")
    for _ in range(2):
        made = send(api, "POST", "", NEW | {"topics": ["carers"]}, **{"Idempotency-Key": "one"})
        assert made.status_code == 201 and made["Location"].endswith("/api/v1/rounds/autumn-round/")
    round = Round.objects.get()
    assert list(round.topics.all()) == [topic] and (round.opens_at.hour, round.closes_at.hour) == (8, 16)
    body = send(api, "POST", "autumn-round/announce/", {}).json()
    assert body["is_announced"] and not body["is_open"] and body["statement"]["offered"] == "Money"
    assert body["questions"] is None and body["purpose"] == "sites"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"closes_at": "2098-08-01T17:00:00+01:00"}, "The round closes before it opens."),
        ({"closes_at": "2098-10-13T00:00:00+01:00"}, "Choose 11:59pm"),
        ({"closes_at": "tomorrow"}, "Datetime has wrong format"),
        ({"closes_at": "1800-01-01T00:00:00Z"}, "Choose a day from 1990"),
        ({"delivery_models": []}, "Choose at least one delivery model."),
        ({"opens_on": "2098-09-01"}, "Unknown field. This takes:"),
        ({"recruits_for": "no-such-site"}, "no-such-site"),
    ],
)
def test_a_round_that_cannot_be_is_refused_with_what_to_do(api, more, words):
    response = send(api, "POST", "", NEW | more)
    assert response.status_code == 400 and words in detail(response)
    assert not Round.objects.exists()


def test_the_closing_time_moves_with_if_match_and_those_writing_are_told(api, round):
    started(round)
    change = {"closes_at": "2098-03-01T12:00:00Z", "reason": "Post was slow."}
    assert send(api, "PATCH", "spring/", change).status_code == 428
    tag = api.get("/api/v1/rounds/spring/")["ETag"]
    done = send(api, "PATCH", "spring/", change, **{"If-Match": tag})
    assert done.status_code == 200 and done.json()["closes_at"].startswith("2098-03-01T12:00")
    assert "Post was slow." in OutboxEmail.objects.get().body
    late = send(api, "PATCH", "spring/", {"name": "Other"}, **{"If-Match": tag})
    assert late.status_code == 412 and late.json()["current"]["closes_at"].startswith("2098-03-01")


def test_a_round_whose_results_are_out_is_not_reopened(api, round):
    Release.objects.create(round=round, at=factories.at(2023, 3, 1))
    response = send(api, "PATCH", "spring/", {"closes_at": "2098-03-01T12:00:00Z"}, **{"If-Match": "*"})
    assert response.status_code == 409 and "cannot be opened again" in detail(response)


def test_questions_are_read_copied_written_and_published(api, round, outsider, sign_in):
    (version,) = api.get("/api/v1/rounds/spring/questions/").json()
    assert version["number"] == 1 and version["sections"][1]["questions"][0]["word_limit"] == 20
    assert send(api, "POST", "spring/questions/", {}).status_code == 201
    reader = sign_in(outsider)
    assert [found["number"] for found in reader.get("/api/v1/rounds/spring/questions/").json()] == [1]
    assert reader.get("/api/v1/rounds/spring/questions/next/").status_code == 403
    following = api.get("/api/v1/rounds/spring/questions/next/")
    sections = following.json()["sections"]
    assert sections == version["sections"]
    sections[1]["questions"][0]["word_limit"] = 40
    body = {"sections": sections}
    assert send(api, "PUT", "spring/questions/next/", body).status_code == 428
    written = send(api, "PUT", "spring/questions/next/", body, **{"If-Match": following["ETag"]})
    assert written.status_code == 200 and written.json()["sections"] == sections
    stale = send(api, "PUT", "spring/questions/next/", body, **{"If-Match": following["ETag"]})
    assert stale.status_code == 412 and stale.json()["current"]["number"] == 2
    assert "Say what changed" in detail(send(api, "POST", "spring/questions/next/publish/", {}))
    done = send(api, "POST", "spring/questions/next/publish/", {"what_changed": "Longer."})
    assert done.status_code == 201 and [found["number"] for found in done.json()] == [1, 2]
    assert reader.get("/api/v1/rounds/spring/").json()["questions"] == 2
    assert api.get("/api/v1/rounds/spring/questions/next/").status_code == 404


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ({"key": "Not a key", "kind": "long", "label": "What?"}, "does not match"),
        ({"key": "a", "kind": "poem", "label": "What?"}, "not a valid choice"),
        ({"key": "a", "kind": "one_of", "label": "What?"}, "Give at least two choices."),
        ({"key": "a", "kind": "long", "label": "What?", "choices": ["A", "B"]}, "it takes no choices"),
        (
            {"key": "a", "kind": "long", "label": "What?", "only_if_key": "b", "only_if_values": ["yes"]},
            "depends on a question that is not there",
        ),
        ({"key": "a", "kind": "long", "label": "What?", "fact": "nation"}, "so it has to ask for one of a list"),
    ],
)
def test_questions_that_cannot_be_asked_are_refused_as_a_whole(api, round, question, words):
    send(api, "POST", "spring/questions/", {})
    before = api.get("/api/v1/rounds/spring/questions/next/").json()
    body = {"sections": [{"title": "Plan", "questions": [question]}]}
    response = send(api, "PUT", "spring/questions/next/", body, **{"If-Match": "*"})
    assert response.status_code == 400 and words in detail(response)
    assert api.get("/api/v1/rounds/spring/questions/next/").json() == before


def test_earlier_wordings_are_for_staff_and_answers_for_everyone(api, round, outsider, sign_in):
    assert send(api, "POST", "spring/statements/", {"offered": "More", "asked": "Share"}).status_code == 201
    reader = sign_in(outsider)
    assert [s["number"] for s in api.get("/api/v1/rounds/spring/statements/").json()] == [1, 2]
    assert [s["number"] for s in reader.get("/api/v1/rounds/spring/statements/").json()] == [2]
    fields = {"round": round, "received_at": factories.at(2023, 1, 1), "words": "As I asked", "email": "me@x.example"}
    Clarification.objects.create(**fields)
    Clarification.objects.create(
        **fields, state="published", question="Why?", answer="So.", published_at=factories.at(2023, 1, 2)
    )
    for client in (api, reader):
        rows = client.get("/api/v1/rounds/spring/clarifications/").json()
        assert [(row["question"], row["answer"]) for row in rows] == [("Why?", "So.")]
        assert "As I asked" not in str(rows) and "me@x" not in str(rows)


def test_only_staff_write_rounds_and_a_hidden_network_is_not_named(round, leader, outsider, sign_in):
    for user in (leader, outsider):
        client = sign_in(user)
        assert send(client, "POST", "", NEW).status_code == 403
        assert send(client, "PATCH", "spring/", {"name": "Mine"}, **{"If-Match": "*"}).status_code == 403
        for path in ("announce/", "statements/", "questions/", "questions/next/publish/"):
            assert send(client, "POST", f"spring/{path}", {}).status_code == 403
    hidden = factories.SiteFactory(delivery_model="network", slug="hidden")
    recruiting = open_round(purpose="coordinators", recruits_for=hidden, slug="recruiting")
    assert sign_in(outsider).get(f"/api/v1/rounds/{recruiting.slug}/").json()["recruits_for"] is None
    assert sign_in(leader).get(f"/api/v1/rounds/{recruiting.slug}/").json()["recruits_for"]["slug"] == "hidden"
