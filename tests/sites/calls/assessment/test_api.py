"""Assessments over the API: an assessor writes their own, staff read all and give applications out."""

import pytest

from sites.calls.assessment.models import Assignment
from tests.sites.calls.applications.build import submitted
from tests.sites.calls.assessment.build import assessed, assessed_round, assessor_of, given, opened, scores_for

pytestmark = pytest.mark.django_db
JSON = {"content_type": "application/json"}
LIST = "/api/v1/assessments/"


@pytest.fixture
def application():
    return submitted(assessed_round())


def test_an_assessor_does_the_whole_of_their_work(application, sign_in):
    row = given(application)
    client, url = sign_in(row.assessor), f"{LIST}{row.pk}/"
    found = client.get(url).json()
    assert (found["state"], found["organisation"], found["revision"], found["scores"]) == (
        *("Not opened", "Harbour Carers", None, []),
    )
    assert client.get(f"{url}application/").status_code == 404
    opened_now = client.post(f"{url}conflict/", {"has_conflict": False}, **JSON)
    assert (opened_now.status_code, opened_now.json()["conflict"]) == (200, "none")
    reading = client.get(f"{url}application/").json()
    assert reading["parts"][1]["answers"][0]["text"] == "We would try a shared diary for carers."
    scores = [
        {"criterion": criterion, "value": value, "reason": reason}
        for criterion, (value, reason) in scores_for(application.round, 3).items()
    ]
    assert {row["id"] for row in reading["criteria"]} == {score["criterion"] for score in scores}
    assert client.patch(url, {"scores": scores}, **JSON).status_code == 428
    tag = client.get(url)["ETag"]
    saved = client.patch(url, {"scores": scores[:1], "comment": "Hm"}, headers={"If-Match": tag}, **JSON)
    assert saved.status_code == 200 and saved.json()["scores"][0]["value"] == 3
    assert client.patch(url, {"comment": "?"}, headers={"If-Match": tag}, **JSON).status_code == 412
    missing = client.post(f"{url}submit/", {}, **JSON)
    assert missing.status_code == 400 and "Choose a score." in missing.content.decode()
    client.patch(url, {"scores": scores}, headers={"If-Match": saved["ETag"]}, **JSON)
    done = client.post(f"{url}submit/", {}, **JSON)
    assert (done.status_code, done.json()["value"], done.json()["state"]) == (200, 75.0, "Submitted")
    assert client.post(f"{url}submit/", {}, **JSON).status_code == 409
    assert client.post(f"{url}reopen/", {}, **JSON).json()["submitted_at"] is None
    assert client.post(f"{url}newest/", {}, **JSON).json()["errors"][0]["code"] == "newest"


@pytest.mark.parametrize(
    "body",
    [
        {"scores": [{"criterion": 0}]},
        {"scores": [{"criterion": 1, "value": 5}]},
        {"scores": [{"criterion": 1}, {"criterion": 1}]},
        {"scores": "x"},
        {"comment": "x" * 4001},
        {"unknown": 1},
    ],
)
def test_what_makes_no_sense_is_refused(application, sign_in, body):
    row = opened(application)
    answer = sign_in(row.assessor).patch(f"{LIST}{row.pk}/", body, headers={"If-Match": "*"}, **JSON)
    assert answer.status_code == 400


def test_staff_read_what_was_submitted_and_write_no_scores(application, sign_in, staff):
    done, begun = assessed(application, 2).assignment, opened(application)
    client = sign_in(staff)
    rows = {row["id"]: row for row in client.get(LIST).json()["results"]}
    assert rows[done.pk]["scores"][0]["value"] == 2 and rows[begun.pk]["scores"] == []
    assert rows[done.pk]["comment"] == "Worth a visit." and rows[done.pk]["assessor_id"] == done.assessor_id
    assert client.patch(f"{LIST}{begun.pk}/", {"comment": "x"}, headers={"If-Match": "*"}, **JSON).status_code == 403
    assert client.get(f"{LIST}{begun.pk}/application/").status_code == 404
    assert [row["value"] for row in client.get(f"{LIST}{done.pk}/others/").json()] == [50.0]
    assert [row["id"] for row in client.get(LIST, {"submitted": "true"}).json()["results"]] == [done.pk]
    assert client.get(LIST, {"round": "elsewhere"}).json()["results"] == []


def test_staff_give_an_application_and_take_it_back(application, sign_in, staff, assessor):
    person = assessor_of(application.round)
    client = sign_in(staff)
    body = {"application": application.reference, "assessor": person.user_id}
    made = client.post(LIST, body, headers={"Idempotency-Key": "a"}, **JSON)
    assert made.status_code == 201 and made.json()["conflict"] == "unknown"
    assert client.post(LIST, body, headers={"Idempotency-Key": "a"}, **JSON).json()["id"] == made.json()["id"]
    assert "has it already" in client.post(LIST, body, **JSON).content.decode()
    for wrong in ({**body, "application": "NONE"}, {**body, "assessor": assessor.pk}):
        assert client.post(LIST, wrong, **JSON).status_code == 400
    url = f"{LIST}{made.json()['id']}/"
    assert client.delete(url).status_code == 428
    assert client.delete(url, headers={"If-Match": made["ETag"]}).status_code == 204
    assert not Assignment.objects.exists()


@pytest.mark.parametrize("role", ["leader", "administrator", "outsider"])
def test_others_see_nothing(application, sign_in, request, role):
    row = assessed(application, 2).assignment
    client = sign_in(request.getfixturevalue(role))
    assert client.get(LIST).json()["results"] == []
    assert client.get(f"{LIST}{row.pk}/").status_code == 404
    assert client.post(LIST, {}, **JSON).status_code == 403


def test_the_export_holds_an_assessors_own_rows_only(application, sign_in):
    mine, other = assessed(application, 2).assignment, opened(application)
    text = b"".join(sign_in(mine.assessor).get(f"{LIST}export.csv").streaming_content).decode()
    assert text.count("\r\n") == 2 and other.assessor.display_name not in text
