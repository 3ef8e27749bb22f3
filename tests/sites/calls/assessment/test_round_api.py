"""How a round is assessed, and by whom, over the API: staff write through the services of the pages, others see nothing."""

import pytest

from sites.calls.assessment.models import Assignment, DiscussionMessage, RoundAssessor
from tests import factories
from tests.sites.calls.applications.build import open_round, submitted
from tests.sites.calls.portfolios.build import weighed_round

pytestmark = pytest.mark.django_db
JSON = {"content_type": "application/json"}
ANY = {**JSON, "headers": {"If-Match": "*"}}
PLANS, PEOPLE, GIVEN = "/api/v1/assessment-plans/", "/api/v1/round-assessors/", "/api/v1/assessments/"


@pytest.fixture
def api(staff, sign_in):
    return sign_in(staff)


def test_staff_plan_the_assessment_of_a_round(api, leader, sign_in):
    open_round(slug="spring")
    url = f"{PLANS}spring/"
    usual = api.get(url)
    assert usual.json() == {
        **{"round": "spring", "is_blind": False, "assessors_each": 2},
        **{"due_on": None, "closed_at": None, "version": 1},
    }
    assert api.patch(url, {"is_blind": True}, **JSON).status_code == 428
    tag = {"headers": {"If-Match": usual["ETag"]}}
    assert api.patch(url, {"is_blind": True, "due_on": "2023-03-01"}, **tag, **JSON).json()["is_blind"] is True
    assert api.patch(url, {"is_blind": False}, **tag, **JSON).status_code == 412
    assert api.patch(url, {"assessors_each": 9}, **ANY).status_code == 400
    assert api.post(f"{url}close/", **JSON).json()["closed_at"]
    assert api.patch(url, {"assessors_each": 3}, **ANY).json()["errors"][0]["code"] == "closed"
    assert api.post(f"{url}reopen/", **JSON).json()["closed_at"] is None
    for role in ("leadership", "assessor", "api_client"):
        other = sign_in(factories.UserFactory(roles=[role]))
        assert other.get(PLANS).json()["results"] == [] and other.get(url).status_code == 404


def test_staff_add_assessors_and_assign_what_they_read_in_the_preview(api, sign_in):
    round = open_round(slug="spring")
    rows = [submitted(round, organisation_name=f"Group {n}") for n in range(3)]
    person = factories.UserFactory(roles=["assessor"])
    sent = {"round": "spring", "email": person.email.upper(), "has_lived_experience": True, "most": 2}
    made = api.post(PEOPLE, sent, **JSON)
    assert made.status_code == 201, made.json()
    assert api.post(PEOPLE, sent, **JSON).status_code == 400  # once in a round
    staff_member = factories.UserFactory(roles=["staff"])
    refused = api.post(PEOPLE, {**sent, "email": staff_member.email}, **JSON)
    assert (refused.status_code, refused.json()["errors"][0]["attr"]) == (400, "email")
    one = f"{PEOPLE}{made.json()['id']}/"
    preview = api.get(f"{PLANS}spring/preview/").json()
    assert len(preview["pairs"]) == 2 and {pair["assessor_id"] for pair in preview["pairs"]} == {person.pk}
    assert api.patch(one, {"most": 3}, **ANY).json()["most"] == 3
    outdated = api.post(f"{PLANS}spring/assign/", {"stamp": preview["stamp"]}, **JSON)
    assert (outdated.status_code, outdated.json()["errors"][0]["code"]) == (409, "preview_outdated")
    assert not Assignment.objects.exists()
    stamp = api.get(f"{PLANS}spring/preview/").json()["stamp"]
    assert api.post(f"{PLANS}spring/assign/", {"stamp": stamp}, **JSON).status_code == 200
    assert Assignment.objects.filter(application__in=rows).count() == 3
    assert api.post(f"{one}remind/", **JSON).json()["reminded_on"]
    assert api.post(f"{one}remind/", **JSON).json()["errors"][0]["code"] == "reminded"
    assert api.post(f"{PLANS}spring/remind/", **JSON).json() == {"reminded": 0}
    assert sign_in(person).get(PEOPLE).json()["results"] == []
    assert api.delete(one, headers={"If-Match": "*"}).status_code == 204
    assert not RoundAssessor.objects.exists() and not Assignment.objects.exists()


def test_an_organisation_that_an_assessor_is_tied_to_is_kept_from_them(api):
    round = open_round(slug="spring")
    host = factories.OrganisationFactory(name="Harbour Carers")
    submitted(round, organisation_name="Harbour Carers")
    person = factories.UserFactory(roles=["assessor"])
    made = api.post(PEOPLE, {"round": "spring", "email": person.email, "tied_to": [host.slug]}, **JSON)
    assert made.json()["tied_to"] == [host.slug]
    assert api.get(f"{PLANS}spring/preview/").json()["pairs"] == []


def test_staff_clear_a_conflict_and_an_assessor_cannot(api, staff, sign_in):
    _round, rows = weighed_round(staff, 1)
    row = Assignment.objects.get(application=rows[0])
    Assignment.objects.filter(pk=row.pk).update(conflict="declared", conflict_reason="A friend.")
    assert sign_in(row.assessor).post(f"{GIVEN}{row.pk}/clear-conflict/", **JSON).status_code == 403
    assert api.post(f"{GIVEN}{row.pk}/clear-conflict/", **JSON).json()["conflict"] == "unknown"
    assert api.post(f"{GIVEN}{row.pk}/clear-conflict/", **JSON).json()["errors"][0]["code"] == "not_declared"


def test_who_has_submitted_discusses_and_who_has_not_reads_nothing(api, staff, sign_in):
    _round, rows = weighed_round(staff, 1)
    row = Assignment.objects.get(application=rows[0])
    url = f"{GIVEN}{row.pk}/messages/"
    client = sign_in(row.assessor)
    assert client.post(url, {"words": "Why so low?"}, **JSON).json()[0]["words"] == "Why so low?"
    assert [each["author"] for each in api.get(url).json()] == [row.assessor.display_name]
    row.assessment.__class__.objects.update(submitted_at=None, value=None)
    assert client.get(url).status_code == 403 and client.post(url, {"words": "Again"}, **JSON).status_code == 403
    assert DiscussionMessage.objects.count() == 1
