"""Read endpoints of sites, topics, organisations, updates and rounds: content, filters, and what stays inside."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from impact.core.basics import clock
from sites.calls.rounds.models import RoundStatement
from sites.progress.units.models import UnitChange
from sites.registry.models import OrganisationPart
from tests import factories

pytestmark = pytest.mark.django_db


def rows(client: Client, url: str, **query) -> list[dict]:
    response = client.get(url, query)
    assert response.status_code == 200, response.content
    return response.json()["results"]


def slugs(client: Client, url: str, **query) -> set[str]:
    return {row["slug"] for row in rows(client, url, **query)}


@pytest.fixture
def antrim():
    site = factories.SiteFactory(
        slug="antrim", place="Larne", origin="assembly", nations=["northern_ireland"], unit_name="general practice"
    )
    UnitChange.objects.create(unit=factories.UnitFactory(site=site), state="joined", on=date(2022, 7, 4))
    factories.UnitFactory(site=site)
    factories.UpdateFactory(site=site, title="It began")
    return site


def test_staff_read_a_site_with_its_inside(antrim, staff, sign_in):
    site = sign_in(staff).get("/api/v1/sites/antrim/").json()
    assert site == {
        "slug": "antrim",
        "name": antrim.name,
        "delivery_model": "network",
        "topic": {"slug": antrim.topic.slug, "name": antrim.topic.name},
        "nations": ["northern_ireland"],
        "region": "",
        "summary": "",
        "status": "active",
        "status_on": "2022-07-01",
        "host": {"slug": antrim.host.slug, "name": antrim.host.name},
        "place": "Larne",
        "starts_on": "2022-07-01",
        "ends_on": None,
        "origin": "assembly",
        "strategic_issue": "",
        "evaluation_plan": "",
        "policy_links": [],
        "host_service": "",
        "coverage": {"on": clock.today().isoformat(), "joined": 1, "total": 2, "percent": 50},
        "milestones": [],
        "is_illustrative": False,
        "url": "http://testserver/sites/antrim/",
    }


def test_others_read_the_public_part_of_a_site(antrim, outsider, sign_in):
    client = factories.UserFactory(roles=["api_client"])
    for user in (outsider, client):
        site = sign_in(user).get("/api/v1/sites/antrim/").json()
        assert site["nations"] == ["northern_ireland"] and site["topic"]["slug"] == antrim.topic.slug
        assert {name for name, value in site.items() if value is None} == {
            "host",
            "place",
            "starts_on",
            "ends_on",
            "origin",
            "strategic_issue",
            "evaluation_plan",
            "policy_links",
            "host_service",
            "coverage",
            "milestones",
        }


def test_a_team_reads_the_inside_of_its_own_site_only(antrim, sign_in):
    other = factories.UpdateFactory(site__place="Secret").site
    own = {row["slug"]: row["place"] for row in rows(sign_in(factories.team_of(antrim)), "/api/v1/sites/")}
    assert own == {"antrim": "Larne", other.slug: None}


def test_a_site_without_published_news_is_not_found_by_outsiders(outsider, sign_in):
    quiet = factories.SiteFactory()
    assert sign_in(outsider).get(f"/api/v1/sites/{quiet.slug}/").status_code == 404
    assert rows(sign_in(outsider), "/api/v1/sites/") == []


def test_sites_are_filtered(antrim, staff, sign_in):
    factories.SiteFactory(slug="uk-wide", nations=["uk"], delivery_model="facilitator", status="proposed")
    factories.SiteFactory(slug="welsh", nations=["wales"])
    client, url = sign_in(staff), "/api/v1/sites/"
    assert slugs(client, url, nation="northern_ireland") == {"antrim", "uk-wide"}
    assert slugs(client, url, delivery_model="facilitator") == {"uk-wide"}
    assert slugs(client, url, status="proposed") == {"uk-wide"}
    assert slugs(client, url, topic=antrim.topic.slug) == {"antrim"}
    assert slugs(client, url, search="larne") == {"antrim"}
    for query in ({"natoin": "wales"}, {"status": "finished"}):
        assert client.get(url, query).status_code == 400


def test_topics_come_with_scores_and_total(staff, sign_in):
    scores = {"makes_a_difference": 5, "tackles_inequalities": 4, "good_use_of_resources": 3, "enough_evidence": 2}
    factories.TopicFactory(slug="scored", proposed_for=2023, **scores)
    factories.TopicFactory(slug="open")
    client = sign_in(staff)
    topic = client.get("/api/v1/topics/scored/").json()
    assert topic["total"] == 14 and topic["enough_evidence"] == 2 and topic["url"].endswith("/topics/scored/")
    assert client.get("/api/v1/topics/open/").json()["total"] is None
    assert slugs(client, "/api/v1/topics/", proposed_for=2023) == {"scored"}
    assert slugs(client, "/api/v1/topics/", source="survey") == set()


def test_organisations_list_the_parts_at_sites_one_may_see(antrim, staff, outsider, sign_in):
    other = factories.SiteFactory(slug="other")
    for site, part in [(antrim, "partner"), (other, "funder"), (None, "critical_friend")]:
        OrganisationPart.objects.create(organisation=antrim.host, site=site, part=part)
    url = f"/api/v1/organisations/{antrim.host.slug}/"
    body = sign_in(staff).get(url).json()
    assert body["hosts"] == [{"slug": "antrim", "name": antrim.name}]
    assert {(p["part"], p["site"] and p["site"]["slug"]) for p in body["parts"]} == {
        ("partner", "antrim"),
        ("funder", "other"),
        ("critical_friend", None),
    }
    body = sign_in(factories.team_of(antrim)).get(url).json()
    assert {p["part"] for p in body["parts"]} == {"partner", "critical_friend"}
    assert sign_in(outsider).get(url).status_code == 404


def test_updates_are_the_published_ones_also_for_staff(antrim, staff, outsider, sign_in):
    draft = factories.UpdateFactory(site=antrim, status="draft", published_at=None)
    older = factories.UpdateFactory(title="Before", published_at=factories.at(2022, 1, 5))
    for user in (staff, outsider):
        client = sign_in(user)
        assert {row["title"] for row in rows(client, "/api/v1/updates/")} == {"It began", "Before"}
        assert client.get(f"/api/v1/updates/{draft.pk}/").status_code == 404
        assert [row["id"] for row in rows(client, "/api/v1/updates/", site=older.site.slug)] == [older.pk]
        assert [r["title"] for r in rows(client, "/api/v1/updates/", published_after="2022-01-06")] == ["It began"]
        assert [r["title"] for r in rows(client, "/api/v1/updates/", search="BEFORE")] == ["Before"]


def test_rounds_show_their_newest_statement_and_drafts_to_staff_only(staff, outsider, sign_in):
    round = factories.RoundFactory(
        slug="open", opens_at=clock.now() - timedelta(days=1), closes_at=clock.now() + timedelta(days=1)
    )
    for number in (1, 2):
        RoundStatement.objects.create(round=round, number=number, offered=f"Money {number}", asked="Sharing")
    factories.RoundFactory(slug="draft", is_announced=False)
    body = sign_in(outsider).get("/api/v1/rounds/open/").json()
    assert body["statement"] == {"number": 2, "offered": "Money 2", "asked": "Sharing", "who_for": ""}
    assert body["is_open"] is True and body["delivery_models"] == ["demonstrator"]
    assert slugs(sign_in(outsider), "/api/v1/rounds/") == {"open"}
    assert slugs(sign_in(staff), "/api/v1/rounds/") == {"open", "draft"}
    assert sign_in(staff).get("/api/v1/rounds/draft/").json()["statement"] is None


PUBLIC = {"sites"}  # what is published, for everyone
WRITTEN = {"sites", "organisations"}  # by staff, over the API too


@pytest.mark.parametrize("name", ["sites", "organisations", "updates"])
def test_endpoints_need_a_sign_in_where_they_are_not_public_and_few_take_writes(name, staff, sign_in):
    assert Client().get(f"/api/v1/{name}/").status_code == (200 if name in PUBLIC else 401)
    written = sign_in(staff).post(f"/api/v1/{name}/", {}, content_type="application/json").status_code
    assert written == (400 if name in WRITTEN else 405)
    assert Client().post(f"/api/v1/{name}/", {}, content_type="application/json").status_code == 401


@pytest.mark.parametrize("name", ["sites", "topics", "organisations", "updates", "rounds"])
@pytest.mark.parametrize("role", ["staff", "team"])
def test_endpoints_ask_as_many_queries_for_thirty_rows_as_for_one(name, role, staff, sign_in):
    def fill(number: int) -> None:
        for _ in range(number):
            site = factories.UpdateFactory(site__nations=["wales", "england"]).site
            UnitChange.objects.create(unit=factories.UnitFactory(site=site), state="joined", on=date(2022, 7, 4))
            OrganisationPart.objects.create(organisation=site.host, site=site, part="partner")
            round = factories.RoundFactory()
            round.topics.add(site.topic)
            RoundStatement.objects.create(round=round, number=1, offered="x", asked="y")
            factories.SiteRoleFactory(site=site, person=coach.person)

    coach = factories.UserFactory()
    client = sign_in(staff if role == "staff" else coach)
    counts = []
    for number in (1, 29):
        fill(number)
        client.get(f"/api/v1/{name}/")
        with CaptureQueriesContext(connection) as seen:
            assert len(rows(client, f"/api/v1/{name}/")) >= number
        counts.append(len(seen))
    assert counts[0] == counts[1]
