"""Reading evidence and evidence gaps: content, filters, and what stays inside."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from impact.core.basics import clock
from sites.progress.evidence import services
from tests import factories

pytestmark = pytest.mark.django_db


def rows(client, url: str, **query) -> list[dict]:
    response = client.get(url, query)
    assert response.status_code == 200, response.content
    return response.json()["results"]


def slugs(client, url: str, **query) -> set[str]:
    return {row["slug"] for row in rows(client, url, **query)}


def test_an_item_comes_with_what_it_is_about(staff, sign_in):
    site = factories.SiteFactory()
    factories.EvidenceItemFactory(
        slug="known", title="Known", topics=[site.topic], sites=[site], formats=["audio"], year=2021
    )
    assert sign_in(staff).get("/api/v1/evidence/known/").json() == {
        "slug": "known",
        "title": "Known",
        "kind": "research",
        "strength": "moderate",
        "summary": "What we know.",
        "source": "An invented survey",
        "year": 2021,
        "web_address": "",
        "formats": ["audio"],
        "topics": [{"slug": site.topic.slug, "name": site.topic.name}],
        "sites": [{"slug": site.slug, "name": site.name}],
        "is_illustrative": False,
        "url": "http://testserver/evidence/known/",
    }


def test_evidence_is_filtered(staff, sign_in):
    topic, site = factories.TopicFactory(slug="breaks"), factories.SiteFactory(slug="harbour")
    factories.EvidenceItemFactory(slug="one", kind="lived_experience", topics=[topic], title="Kitchen")
    factories.EvidenceItemFactory(slug="two", strength="strong", sites=[site])
    client, url = sign_in(staff), "/api/v1/evidence/"
    assert slugs(client, url, kind="lived_experience") == {"one"} == slugs(client, url, search="kitchen")
    assert slugs(client, url, strength="strong") == {"two"} == slugs(client, url, site="harbour")
    assert slugs(client, url, topic="breaks") == {"one"} and slugs(client, url, topic="none") == set()
    assert client.get(url, {"kind": "rumour"}).status_code == 400


def test_a_filter_does_not_give_away_a_link_to_a_hidden_site(outsider, sign_in):
    public, hidden = factories.UpdateFactory().site, factories.SiteFactory(slug="hidden")
    factories.EvidenceItemFactory(slug="both", topics=[public.topic, hidden.topic], sites=[hidden])
    factories.EvidenceItemFactory(slug="secret", sites=[hidden])
    client, url = sign_in(outsider), "/api/v1/evidence/"
    assert slugs(client, url) == {"both"} and rows(client, url)[0]["sites"] == []
    assert slugs(client, url, site="hidden") == set() == slugs(client, url, topic=hidden.topic.slug)
    assert client.get(f"{url}secret/").status_code == 404


def test_a_gap_comes_with_who_was_told_for_those_inside_only(staff, outsider, sign_in):
    site = factories.UpdateFactory().site
    gap = factories.EvidenceGapFactory(slug="what", title="What?", topic=site.topic)
    body = factories.OrganisationFactory()
    row = services.record_feedback(by=staff, gap=gap, organisation=body, on=date(2022, 9, 2), said="Maybe.")
    shown = factories.EvidenceItemFactory(slug="shown", topics=[site.topic])
    hidden = factories.EvidenceItemFactory(slug="hidden")
    services.answer_gap(by=staff, gap=gap, answer="Yes.", on=date(2022, 9, 11), evidence=[shown, hidden])
    found = sign_in(staff).get("/api/v1/evidence-gaps/what/").json()
    link = {"slug": body.slug, "name": body.name}
    told = [{"id": row.pk, "organisation": link, "role": "", "on": "2022-09-02", "said": "Maybe.", "version": 1}]
    assert found["feedback"] == told and found["days_open"] == 10 and found["settled_on"] == "2022-09-11"
    assert {row["slug"] for row in found["evidence"]} == {"shown", "hidden"} and found["site"] is None
    found = sign_in(outsider).get("/api/v1/evidence-gaps/what/").json()
    assert found["feedback"] is None and [row["slug"] for row in found["evidence"]] == ["shown"]
    assert found["answer"] == "Yes." and found["url"] == "http://testserver/evidence-gaps/what/"


def test_a_team_reads_the_gaps_of_its_own_site_with_who_was_told(staff, outsider, sign_in):
    site = factories.UpdateFactory().site
    gap = factories.EvidenceGapFactory(slug="who", topic=None, site=site)
    services.record_feedback(by=staff, gap=gap, role="A manager")
    found = sign_in(factories.team_of(site)).get("/api/v1/evidence-gaps/who/").json()
    assert [row["role"] for row in found["feedback"]] == ["A manager"]
    assert sign_in(outsider).get("/api/v1/evidence-gaps/who/").status_code == 404


def test_gaps_are_filtered(staff, sign_in):
    topic, site = factories.TopicFactory(slug="breaks"), factories.SiteFactory(slug="harbour")
    factories.EvidenceGapFactory(slug="old", topic=topic, raised_on=date(2022, 1, 1))
    factories.EvidenceGapFactory(slug="new", topic=None, site=site, raised_on=clock.today(), why="A kitchen")
    done = factories.EvidenceGapFactory(slug="done")
    services.close_gap(by=staff, gap=done, reason="No one asks")
    client, url = sign_in(staff), "/api/v1/evidence-gaps/"
    assert slugs(client, url) == {"old", "new", "done"}
    assert slugs(client, url, state="closed") == {"done"} and slugs(client, url, search="kitchen") == {"new"}
    assert slugs(client, url, topic="breaks") == {"old"} == slugs(client, url, long_open="true")
    assert slugs(client, url, site="harbour") == {"new"}
    assert slugs(client, url, long_open="false") == {"new", "done"}
    assert slugs(client, url, raised_before="2022-06-01") == {"old"}


@pytest.mark.parametrize("name", ["evidence", "evidence-gaps"])
def test_lists_ask_the_database_as_often_for_one_row_as_for_thirty(staff, sign_in, name):
    client, topic = sign_in(staff), factories.TopicFactory()

    def more() -> None:
        item = factories.EvidenceItemFactory(topics=[topic], sites=[factories.SiteFactory()])
        gap = factories.EvidenceGapFactory(topic=topic)
        services.record_feedback(by=staff, gap=gap, organisation=factories.OrganisationFactory())
        services.answer_gap(by=staff, gap=gap, answer="Yes", evidence=[item])

    def count() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert rows(client, f"/api/v1/{name}/")
        return len(seen)

    more()
    count()
    before = count()
    for _ in range(29):
        more()
    assert count() == before
