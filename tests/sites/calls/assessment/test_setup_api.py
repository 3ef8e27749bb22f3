"""Criteria, eligibility and moderation over the API: staff write through the services of the pages."""

import pytest

from sites.calls.applications.models import Application
from sites.calls.assessment.models import EligibilityCheck
from tests import factories
from tests.sites.calls.applications.build import open_round, submitted
from tests.sites.calls.portfolios.build import decided, weighed_round

pytestmark = pytest.mark.django_db
JSON = {"content_type": "application/json"}
WORDS = ["Nothing", "A little", "Fair", "Good", "Very good"]


@pytest.fixture
def api(staff, sign_in):
    return sign_in(staff)


def test_staff_add_change_and_remove_criteria_until_one_is_scored(api):
    round = open_round(slug="spring")
    sent = {"round": "spring", "name": "Fit", "weight": 2, "guidance": "", "score_words": WORDS}
    made = api.post("/api/v1/criteria/", sent, **JSON)
    assert made.status_code == 201 and made.json()["score_words"] == WORDS
    url = f"/api/v1/criteria/{made.json()['id']}/"
    assert api.patch(url, {"weight": 3}, **JSON).status_code == 428
    tag = {"headers": {"If-Match": made["ETag"]}}
    assert api.patch(url, {"weight": 3}, **tag, **JSON).json()["weight"] == 3
    assert api.patch(url, {"weight": 4}, **tag, **JSON).status_code == 412
    short = api.patch(url, {"score_words": WORDS[:2]}, headers={"If-Match": "*"}, **JSON)
    assert short.status_code == 400 and "each score from 0 to 4" in short.json()["errors"][0]["detail"]
    assert api.delete(url, headers={"If-Match": "*"}).status_code == 204
    assert not round.criteria.exists()


def test_criteria_no_longer_change_once_an_assessment_is_submitted(api, staff):
    weighed_round(staff, 2)
    url = f"/api/v1/criteria/{api.get('/api/v1/criteria/').json()['results'][0]['id']}/"
    answer = api.patch(url, {"weight": 9}, headers={"If-Match": "*"}, **JSON)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "criteria_fixed")


def test_staff_check_eligibility_change_their_mind_and_undo_it(api):
    application = submitted(open_round())
    sent = {"application": application.reference, "is_eligible": False}
    assert api.post("/api/v1/eligibility-checks/", sent, **JSON).status_code == 400
    made = api.post("/api/v1/eligibility-checks/", sent | {"reason": "Outside the UK."}, **JSON)
    assert made.status_code == 201 and not Application.objects.eligible().exists()
    url = f"/api/v1/eligibility-checks/{made.json()['id']}/"
    tag = {"headers": {"If-Match": made["ETag"]}}
    assert api.put(url, {"is_eligible": True, "reason": ""}, **tag, **JSON).json()["is_eligible"] is True
    assert api.put(url, {"is_eligible": False, "reason": "No."}, **tag, **JSON).status_code == 412
    assert api.delete(url, headers={"If-Match": "*"}).status_code == 204
    assert not EligibilityCheck.objects.exists()


def test_an_unknown_reference_is_named(api):
    for path, sent in (("eligibility-checks", {"is_eligible": True}), ("moderation-notes", {"words": "Fine."})):
        answer = api.post(f"/api/v1/{path}/", {"application": "NONE-1", **sent}, **JSON)
        assert (answer.status_code, answer.json()["errors"][0]["attr"]) == (400, "application")


def test_staff_note_moderation_and_leadership_and_assessors_read_none_of_it(api, staff, sign_in):
    round, rows = weighed_round(staff, 2)
    decided(staff, rows)
    sent = {"application": rows[0].reference, "words": "Both are right."}
    made = api.post("/api/v1/moderation-notes/", sent, **JSON)
    assert made.status_code == 201 and made.json()["written_by"] == staff.display_name
    assert len(api.get(f"/api/v1/moderation-notes/?application={rows[0].reference}").json()["results"]) == 1
    assert len(api.get(f"/api/v1/moderation-notes/?application={rows[1].reference}").json()["results"]) == 0
    for role in ("leadership", "assessor"):
        other = sign_in(factories.UserFactory(roles=[role]))
        assert len(other.get("/api/v1/moderation-notes/").json()["results"]) == 0
        assert len(other.get("/api/v1/eligibility-checks/").json()["results"]) == 0
        assert len(other.get(f"/api/v1/criteria/?round={round.slug}").json()["results"]) > 0
        assert other.post("/api/v1/moderation-notes/", sent, **JSON).status_code == 403
