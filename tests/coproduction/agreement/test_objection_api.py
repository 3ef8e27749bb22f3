"""Objections over the API, and rounds that two people change at once."""

import pytest

from coproduction.agreement.objections.models import Objection
from coproduction.agreement.objections.services import add_note
from tests.coproduction.agreement.test_api import given, post
from tests.coproduction.conftest import stand

pytestmark = pytest.mark.django_db
PRIVATE = "I was hurt by the last meeting."


@pytest.fixture
def objected(proposed, sign_in):
    """The member objects over the API, and writes a private note."""
    proposed.client = sign_in(proposed.member)
    post(proposed.client, "positions", **given(proposed, stance="object", reason="Too long."))
    proposed.objection = Objection.objects.get()
    post(proposed.client, f"objections/{proposed.objection.pk}/notes", words=PRIVATE)
    return proposed


def test_the_member_and_the_engagement_lead_read_an_objection_and_no_one_else_does(objected, sign_in, staff, leader):
    for client in (objected.client, sign_in(objected.lead)):
        (row,) = client.get("/api/v1/objections/").json()["results"]
        assert (row["stance"], row["status"], row["notes"][0]["words"]) == ("object", "in_progress", PRIVATE)
    one = f"/api/v1/objections/{objected.objection.pk}/"
    for user in (staff, leader, objected.people[0].user or staff):
        client = sign_in(user)
        assert client.get("/api/v1/objections/").json()["results"] == [] and client.get(one).status_code == 404
        assert client.post(f"{one}notes/", {"words": "Mine"}, content_type="application/json").status_code == 404
        for path in ("positions", "agreements", "charter-versions", "notices"):
            assert PRIVATE not in client.get(f"/api/v1/{path}/").content.decode()
        assert PRIVATE not in client.get("/api/v1/objections/export.csv").getvalue().decode()


def test_notes_are_in_no_file(objected, sign_in):
    for client in (objected.client, sign_in(objected.lead)):
        text = client.get("/api/v1/objections/export.csv").getvalue().decode("utf-8-sig")
        assert "in_progress" in text and PRIVATE not in text


def settle(client, objection, **body):
    path = f"/api/v1/objections/{objection.pk}/settle/"
    return client.post(path, body, content_type="application/json")


def test_a_talk_is_planned_recorded_and_the_disagreement_recorded(objected, sign_in):
    lead, here = sign_in(objected.lead), f"objections/{objected.objection.pk}"
    talker = objected.people[0].pk
    refused = post(lead, f"{here}/plan", 400, talker=objected.member.person.pk, talk_by="2022-09-22")
    assert refused["errors"][0]["attr"] == "talker"
    planned = post(lead, f"{here}/plan", 200, talker=talker, talk_by="2022-09-22")
    assert (planned["talker"], planned["talk_by"]) == (talker, "2022-09-22")
    talked = post(lead, f"{here}/talked", 200, talked_on="2022-09-15", words="We talked it through.")
    assert talked["talked_on"] == "2022-09-15" and talked["notes"][1]["words"] == "We talked it through."
    assert settle(lead, objected.objection, status="adapted", reason="The text changes.").status_code == 400
    done = settle(lead, objected.objection, status="recorded", reason="We do not agree.").json()
    assert (done["status"], done["reason"]) == ("recorded", "We do not agree.")
    late = settle(lead, objected.objection, status="recorded", reason="Again.")
    assert late.status_code == 409 and late.json()["errors"][0]["code"] == "settled"


def test_members_do_not_do_the_engagement_leads_part(objected):
    here = f"objections/{objected.objection.pk}"
    post(objected.client, f"{here}/plan", 403, talker=1, talk_by="2022-09-22")
    assert settle(objected.client, objected.objection, status="recorded", reason="x").status_code == 403
    post(objected.client, "objections", 403, position=1)


def test_a_member_withdraws_an_objection_with_a_new_position(objected):
    post(objected.client, "positions", **given(objected))
    row = objected.client.get(f"/api/v1/objections/{objected.objection.pk}/").json()
    assert row["status"] == "changed" and row["settled_on"] == "2022-09-15"


def test_a_reservation_is_talked_through_on_the_engagement_leads_wish(proposed, sign_in):
    position = stand(proposed, proposed.people[0], "reservation", "It is long.")
    made = post(sign_in(proposed.lead), "objections", position=position.pk)
    assert (made["stance"], made["member"]) == ("reservation", proposed.people[0].pk)


def test_a_step_on_an_older_state_of_an_objection_is_refused(objected, sign_in):
    client, path = sign_in(objected.lead), f"/api/v1/objections/{objected.objection.pk}/"
    old = client.get(path)["ETag"]
    body = {"talker": objected.people[0].pk, "talk_by": "2022-09-22"}
    sent = {"content_type": "application/json", "headers": {"if-match": old}}
    assert client.post(f"{path}plan/", body, **sent).status_code == 200
    late = client.post(f"{path}plan/", body, **sent)
    assert late.status_code == 412 and late.json()["current"]["talk_by"] == "2022-09-22"


def test_the_list_asks_as_often_for_many_notes_as_for_one(objected, sign_in, django_assert_max_num_queries):
    client = sign_in(objected.lead)
    client.get("/api/v1/objections/")
    for words in ("One", "Two", "Three"):
        add_note(by=objected.lead, objection=objected.objection, words=words)
    for person in objected.people:
        stand(objected, person, "object", "No.")
    with django_assert_max_num_queries(10):
        assert len(client.get("/api/v1/objections/").json()["results"]) == 4


# --- Rounds --------------------------------------------------------------------------------------
def test_a_round_that_was_changed_meanwhile_is_not_changed_again(proposed, sign_in):
    """ETag and If-Match, as other rows that people edit: positions in between do not count as a change of the round."""
    client, path = sign_in(proposed.lead), f"/api/v1/agreements/{proposed.agreement.pk}/"
    old = client.get(path)["ETag"]
    stand(proposed, proposed.people[0])
    sent = {"content_type": "application/json", "headers": {"if-match": old}}
    first = client.post(f"{path}extend/", {"closes_on": "2022-12-01"}, **sent)
    assert first.status_code == 200 and first["ETag"] != old
    for step, body in (("extend", {"closes_on": "2022-12-09"}), ("close", {}), ("withdraw", {"reason": "x"})):
        late = client.post(f"{path}{step}/", body, **sent)
        assert late.status_code == 412, step
        assert late.json()["current"]["closes_on"] == "2022-12-01" and late["ETag"] == client.get(path)["ETag"]
    sent["headers"] = {"if-match": first["ETag"]}
    assert client.post(f"{path}withdraw/", {"reason": "More to change."}, **sent).json()["status"] == "withdrawn"
