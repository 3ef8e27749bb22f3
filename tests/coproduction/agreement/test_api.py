"""Rounds and positions over the API: through the same services as the pages."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from coproduction.agreement import services
from coproduction.agreement.models import Position
from coproduction.charter.services import draft_version, write_section
from tests.coproduction.conftest import stand

pytestmark = pytest.mark.django_db


def post(client, path, status=201, **body):
    response = client.post(f"/api/v1/{path}/", body, content_type="application/json")
    assert response.status_code == status, response.json()
    return response.json()


def given(world, **more):
    return {"agreement": world.agreement.pk, "text_hash": world.version.text_hash, "stance": "agree", **more}


def test_a_member_takes_a_position_and_changes_it(proposed, sign_in):
    client = sign_in(proposed.member)
    made = post(client, "positions", **given(proposed))
    assert (made["stance"], made["told"], made["written_down_by"]) == ("agree", "", "")
    post(client, "positions", **given(proposed, stance="object", reason="Too long."))
    rows = client.get("/api/v1/positions/").json()["results"]
    assert sorted((row["stance"], row["is_in_force"]) for row in rows) == [("agree", False), ("object", True)]
    assert len(client.get("/api/v1/positions/?is_in_force=true").json()["results"]) == 1


def test_the_engagement_lead_writes_for_members_and_says_how_they_were_told(proposed, sign_in):
    client = sign_in(proposed.lead)
    person = proposed.people[0]
    refused = post(client, "positions", 400, **given(proposed, member=person.pk))
    assert refused["errors"][0]["attr"] == "told"
    made = post(client, "positions", **given(proposed, member=person.pk, told="phone"))
    assert (made["member"], made["told"]) == (person.pk, "phone")
    assert made["written_down_by"] == proposed.lead.display_name
    post(client, "positions", 400, **given(proposed, member=999_999, told="phone"))


def test_no_one_else_writes_for_a_member(proposed, sign_in, staff, leader):
    for user in (proposed.member, staff, leader):
        body = given(proposed, member=proposed.people[0].pk, told="phone")
        post(sign_in(user), "positions", 403, **body)
        post(sign_in(user), "positions", 403, **{**body, "member": 999_999})
    assert not Position.objects.exists()


def test_a_proxy_after_the_members_own_answer_is_a_conflict(proposed, sign_in):
    post(sign_in(proposed.member), "positions", **given(proposed))
    body = given(proposed, member=proposed.member.person.pk, told="proxy", stance="object", reason="No.")
    problem = post(sign_in(proposed.lead), "positions", 409, **body)
    assert problem["errors"][0]["code"] == "answered_by_member"


def test_an_answer_to_a_superseded_text_is_a_conflict_that_says_where_to_go(proposed, sign_in):
    old = given(proposed)
    services.withdraw_version(by=proposed.lead, version=proposed.version, reason="More to change.")
    draft = draft_version(by=proposed.lead, charter=proposed.charter, start_from=proposed.version)
    text = draft.texts.get(section=proposed.section)
    write_section(by=proposed.lead, text=text, body="New words.")
    lead = sign_in(proposed.lead)
    closes_on = (proposed.today + timedelta(20)).isoformat()
    new = post(lead, "agreements", charter_version=draft.pk, closes_on=closes_on, change_note="New words.")
    problem = post(sign_in(proposed.member), "positions", 409, **old)
    assert {error["code"] for error in problem["errors"]} == {"superseded"}
    assert f"/api/v1/agreements/{new['id']}/" in " ".join(error["detail"] for error in problem["errors"])


def test_a_repeated_request_takes_one_position(proposed, sign_in):
    client = sign_in(proposed.member)
    for _ in range(2):
        response = client.post(
            "/api/v1/positions/",
            given(proposed),
            content_type="application/json",
            headers={"idempotency-key": "one"},
        )
        assert response.status_code == 201
    assert Position.objects.count() == 1


def test_a_round_is_extended_refused_and_closed(proposed, sign_in):
    client = sign_in(proposed.lead)
    here = f"agreements/{proposed.agreement.pk}"
    assert post(client, f"{here}/extend", 200, closes_on="2022-12-01")["closes_on"] == "2022-12-01"
    assert post(client, f"{here}/close", 409)["errors"][0]["code"] == "not_agreed"
    for person in [*proposed.people, proposed.member.person]:
        stand(proposed, person)
    closed = post(client, f"{here}/close", 200)
    assert (closed["status"], closed["agreement"]["agree"]) == ("agreed", 4)
    assert client.get("/api/v1/agreements/?is_open=true").json()["results"] == []


def test_lists_ask_the_database_as_often_for_many_as_for_one(proposed, sign_in):
    client = sign_in(proposed.lead)

    def queries(path):
        with CaptureQueriesContext(connection) as caught:
            assert client.get(f"/api/v1/{path}/").status_code == 200
        return len(caught)

    stand(proposed, proposed.people[0])
    queries("positions"), queries("agreements")  # the first reading of a list begins to follow it
    before = [queries("positions"), queries("agreements")]
    for stance in ("object", "reservation"):
        for person in proposed.people:
            stand(proposed, person, stance, "Words.")
    assert [queries("positions"), queries("agreements")] == before
