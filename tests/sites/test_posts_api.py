"""Organisations, the status of sites and their posts over the API: written by staff, through the services of the pages."""

import pytest

from sites.organisations.models import Organisation
from sites.registry.models import Site, SiteRole
from tests import factories

pytestmark = pytest.mark.django_db
JSON = {"content_type": "application/json"}


@pytest.fixture
def api(staff, sign_in):
    return sign_in(staff)


def test_staff_record_an_organisation_and_change_it(api, leader, sign_in):
    sent = {"name": "Harbour Carers", "kind": "carer_led", "nation": "wales"}
    made = api.post("/api/v1/organisations/", sent, **JSON)
    assert made.status_code == 201, made.json()
    url = f"/api/v1/organisations/{made.json()['slug']}/"
    assert api.patch(url, {"summary": "Carers."}, **JSON).status_code == 428
    tag = {"headers": {"If-Match": made["ETag"]}}
    assert api.patch(url, {"summary": "Carers."}, **tag, **JSON).json()["summary"] == "Carers."
    assert api.patch(url, {"summary": "Others."}, **tag, **JSON).status_code == 412
    assert api.post("/api/v1/organisations/", {**sent, "kind": "none"}, **JSON).status_code == 400
    assert sign_in(leader).post("/api/v1/organisations/", sent, **JSON).status_code == 403
    assert Organisation.objects.get().summary == "Carers."


def test_staff_move_a_site_one_step_with_the_reason_that_a_pause_needs(api, leader, sign_in):
    site = factories.SiteFactory(status="active")
    url = f"/api/v1/sites/{site.slug}/change-status/"
    assert api.post(url, {"status": "paused"}, **JSON).json()["errors"][0]["attr"] == "reason"
    assert api.post(url, {"status": "proposed", "reason": "No."}, **JSON).status_code == 400
    paused = api.post(url, {"status": "paused", "reason": "No one can meet."}, **JSON)
    assert paused.status_code == 200 and paused.json()["status"] == "paused"
    assert sign_in(leader).post(url, {"status": "active"}, **JSON).status_code == 403
    assert Site.objects.get().status_reason == "No one can meet."


def test_staff_plan_advertise_fill_and_end_a_post(api, leader, sign_in):
    site, person = factories.SiteFactory(), factories.UserFactory()
    sent = {"site": site.slug, "kind": SiteRole.Kind.values[0]}
    assert sign_in(leader).post("/api/v1/posts/", sent, **JSON).status_code == 403
    made = api.post("/api/v1/posts/", sent, **JSON)
    assert made.status_code == 201, made.json()
    url = f"/api/v1/posts/{made.json()['id']}/"
    assert api.post(f"{url}end/", {"ends_on": "2023-01-31"}, **JSON).status_code == 400  # no one is in it yet
    assert api.post(f"{url}advertise/", **JSON).json()["state"] == "advertised"
    stranger = api.post(f"{url}appoint/", {"email": "no-one@impact.example", "starts_on": "2023-01-09"}, **JSON)
    assert (stranger.status_code, stranger.json()["errors"][0]["attr"]) == (400, "email")
    filled = api.post(f"{url}appoint/", {"email": person.email, "starts_on": "2023-01-09"}, **JSON)
    assert (filled.json()["state"], filled.json()["person"]) == ("appointed", person.display_name)
    assert api.post(f"{url}end/", {"ends_on": "2023-01-31"}, **JSON).json()["ends_on"] == "2023-01-31"


def test_staff_record_a_funder_of_a_site_once_and_remove_it(api, leader, sign_in):
    site, funder = factories.SiteFactory(), factories.OrganisationFactory()
    sent = {"organisation": funder.slug, "site": site.slug, "part": "funder", "note": "Two years"}
    assert sign_in(leader).post("/api/v1/organisation-parts/", sent, **JSON).status_code == 403
    made = api.post("/api/v1/organisation-parts/", sent, **JSON)
    assert made.status_code == 201 and made.json()["site"]["slug"] == site.slug, made.json()
    again = api.post("/api/v1/organisation-parts/", sent, **JSON)
    assert again.status_code == 400 and "already recorded as a funder" in str(again.json())
    (listed,) = api.get(f"/api/v1/organisation-parts/?site={site.slug}").json()["results"]
    (shown,) = api.get(f"/api/v1/organisations/{funder.slug}/").json()["parts"]
    assert (listed["part"], listed["note"]) == (shown["part"], shown["note"]) == ("funder", "Two years")
    url = f"/api/v1/organisation-parts/{listed['id']}/"
    assert api.delete(url).status_code == 428
    assert api.delete(url, headers={"If-Match": made["ETag"]}).status_code == 204
    assert not api.get("/api/v1/organisation-parts/").json()["results"]


def test_the_team_of_a_site_records_parts_there_and_nowhere_else(sign_in):
    own, other, partner = factories.SiteFactory(), factories.SiteFactory(), factories.OrganisationFactory()
    team = sign_in(factories.team_of(own))
    SiteRole.objects.filter(site=own).update(employer=partner)
    Site.objects.filter(pk=own.pk).update(host=partner)
    sent = {"organisation": partner.slug, "part": "partner"}
    assert team.post("/api/v1/organisation-parts/", {**sent, "site": own.slug}, **JSON).status_code == 201
    assert team.post("/api/v1/organisation-parts/", sent, **JSON).status_code == 403
    elsewhere = team.post("/api/v1/organisation-parts/", {**sent, "site": other.slug}, **JSON)
    assert elsewhere.status_code in (400, 403) and not other.organisation_parts.exists()
