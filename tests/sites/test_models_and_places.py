"""What belongs to one delivery model, the region of a site in England, and the map."""

import re

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from impact.core.basics.vocabulary import Region
from sites.registry import services
from sites.registry.models import ANYWHERE, Site, read_links
from tests import factories
from tests.pages import html_of
from tests.sites.test_views import csv_text, queries, text

pytestmark = pytest.mark.django_db


# --- Fields of one delivery model -------------------------------------------------------------------
def test_a_site_has_the_fields_of_its_own_model_and_of_no_other(staff):
    demonstrator = factories.SiteFactory(delivery_model="demonstrator")
    facilitator = factories.SiteFactory(delivery_model="facilitator")
    services.update_site(by=staff, site=demonstrator, strategic_issue="Many miss out.")
    services.update_site(by=staff, site=facilitator, host_service="A home care team")
    with pytest.raises(ValidationError, match="Only a Facilitator has this") as refused:
        services.update_site(by=staff, site=demonstrator, host_service="A home care team")
    assert "host_service" in refused.value.error_dict
    with pytest.raises(ValidationError, match="Only a Demonstrator"):
        services.update_site(by=staff, site=facilitator, policy_links="https://example.org A plan")
    with pytest.raises(ValidationError, match="Only a Demonstrator"):
        services.add_site(
            by=staff,
            name="New",
            delivery_model="network",
            topic=demonstrator.topic,
            nations=["wales"],
            strategic_issue="X",
        )


def test_a_site_that_changes_its_model_keeps_what_was_written(staff):
    site = factories.SiteFactory(delivery_model="demonstrator", strategic_issue="Many miss out.")
    services.update_site(by=staff, site=site, delivery_model="facilitator", strategic_issue="Many miss out.")
    site.refresh_from_db()
    assert (site.delivery_model, site.strategic_issue) == ("facilitator", "Many miss out.")


def test_policy_links_are_web_addresses_with_a_name_one_a_line():
    links = read_links("https://example.org/plan  A plan\n\nhttps://example.org/law")
    assert [tuple(link) for link in links] == [
        ("https://example.org/plan", "A plan"),
        ("https://example.org/law", "https://example.org/law"),
    ]
    for wrong in ("A plan https://example.org", "javascript:alert(1) A plan", "ftp://example.org A plan"):
        with pytest.raises(ValidationError, match="Line 2: begin with a web address"):
            read_links(f"https://example.org One\n{wrong}")


def test_the_form_asks_for_what_the_model_needs(staff, sign_in):
    client = sign_in(staff)
    site = factories.SiteFactory(delivery_model="demonstrator")
    page = client.get(reverse("sites:edit", args=[site.slug]))
    assert "Strategic issue" in text(page) and "Host service" not in text(page)
    assert "Strategic issue" not in text(client.get(reverse("sites:add")))
    data = {
        "name": site.name,
        "delivery_model": "demonstrator",
        "topic": site.topic_id,
        "host": site.host_id,
        "nations": ["england"],
        "region": "london",
        "strategic_issue": "Many miss out.",
        "evaluation_plan": "We **count** plans.",
        "policy_links": "not a link",
        "version": "1",
    }
    refused = client.post(reverse("sites:edit", args=[site.slug]), data)
    assert "Line 1: begin with a web address" in text(refused) and "We **count** plans." in html_of(refused)
    client.post(reverse("sites:edit", args=[site.slug]), data | {"policy_links": "https://example.org/plan A plan"})
    shown = html_of(client.get(site.get_absolute_url()))
    assert "As a Demonstrator" in shown and "Many miss out." in shown and "<strong>count</strong>" in shown
    assert '<a href="https://example.org/plan" rel="noopener">A plan</a>' in shown


def test_a_demonstrator_is_told_what_it_lacks_and_names_its_coaches(staff, sign_in):
    site = factories.SiteFactory(delivery_model="demonstrator", strategic_issue="Many miss out.")
    role = factories.SiteRoleFactory(site=site)
    page = text(sign_in(staff).get(site.get_absolute_url()))
    assert "Add what a site of this model needs: evaluation plan and policy links" in page
    assert f"Coaches {role.person.name}" in page


def test_a_network_lists_its_local_networks_and_a_facilitator_its_service(staff, sign_in):
    client = sign_in(staff)
    group = factories.GroupFactory(name="Valleys local network", nation="wales")
    page = text(client.get(group.site.get_absolute_url()))
    assert "As a Network Local networks Valleys local network Wales" in page
    site = factories.SiteFactory(delivery_model="facilitator", host_service="A home care team")
    assert "As a Facilitator Host service A home care team" in text(client.get(site.get_absolute_url()))


def test_an_ask_impact_site_shows_its_queue(staff, sign_in):
    site = factories.SiteFactory(delivery_model="ask_impact")
    factories.QuestionFactory(site=site)
    factories.QuestionFactory(site=site, state="declined", declined_on="2022-09-02", declined_reason="No.")
    page = text(sign_in(staff).get(site.get_absolute_url()))
    assert "Questions 1 of 2 waiting, 1 overdue" in page
    with pytest.raises(ValidationError, match="2 questions"):
        services.update_site(by=staff, site=site, delivery_model="network")


def test_what_a_model_has_stays_inside(outsider, sign_in):
    site = factories.UpdateFactory(site__delivery_model="demonstrator", site__strategic_issue="Secret issue").site
    assert "Secret issue" not in text(sign_in(outsider).get(site.get_absolute_url()))
    row = sign_in(outsider).get(f"/api/v1/sites/{site.slug}/").json()
    assert (row["strategic_issue"], row["policy_links"], row["host_service"]) == (None, None, None)


# --- Regions -----------------------------------------------------------------------------------------
def test_only_a_site_in_england_has_a_region(staff):
    site = factories.SiteFactory(nations=["wales"])
    with pytest.raises(ValidationError, match="Only a site in England has a region"):
        services.update_site(by=staff, site=site, region="london")
    site.refresh_from_db()
    assert site.region == ""
    site = factories.SiteFactory(nations=["england"], region="london")
    with pytest.raises(ValidationError, match="Only a site in England"):
        services.update_site(by=staff, site=Site.objects.get(pk=site.pk), nations=["scotland"])


def test_the_list_is_narrowed_by_region_on_the_page_in_the_file_and_in_the_api(staff, sign_in):
    factories.SiteFactory(name="Thames", nations=["england"], region="london")
    factories.SiteFactory(name="Everywhere", nations=["england"])
    factories.SiteFactory(name="Cardiff", nations=["wales"])
    client = sign_in(staff)
    assert re.findall("Thames|Everywhere|Cardiff", csv_text(client.get("/sites/?region=london&format=csv"))) == [
        "Thames"
    ]
    assert [row["name"] for row in client.get("/api/v1/sites/?region=none").json()["results"]] == ["Everywhere"]
    assert client.get("/api/v1/sites/?region=mars").status_code == 400
    assert client.get("/api/v1/sites/?search=Thames").json()["results"][0]["region"] == "london"


def test_each_tile_of_the_map_gives_the_number_and_the_names_of_its_list(staff, sign_in):
    for n in range(5):
        factories.SiteFactory(name=f"London site {n}", nations=["england"], region="london")
    factories.SiteFactory(name="Two nations", nations=["england", "wales"], region="north_west")
    factories.SiteFactory(name="Whole UK", nations=["uk"])
    factories.SiteFactory(name="All of England", nations=["england"])
    client = sign_in(staff)
    answer = client.get("/sites/", {"view": "map"})
    tiles = {tile["key"]: tile for tile in answer.context["tiles"]}
    assert set(tiles) == {*Region.values, "scotland", "northern_ireland", "wales", "uk", ANYWHERE}
    assert {key: tile["number"] for key, tile in tiles.items() if tile["number"]} == {
        **{"london": 5, "north_west": 1, "wales": 2, "scotland": 1, "northern_ireland": 1, "uk": 1, ANYWHERE: 1}
    }
    for tile in tiles.values():
        listed = client.get(f"/sites/{tile['href']}").context["listing"]
        assert listed.total == tile["number"], tile["name"]
        assert {name for name, _href in tile["sites"]} <= {site.name for site in listed.rows}
    page = text(answer)
    assert "London 5 sites London site 0 London site 1 London site 2 2 more" in page
    assert "North East No sites" in page


def test_the_map_costs_the_same_for_one_site_and_for_thirty(staff, sign_in):
    client = sign_in(staff)
    factories.SiteFactory(nations=["england"], region="london")
    before = queries(client, "/sites/?view=map")
    for _ in range(29):
        factories.SiteFactory(nations=["england", "wales"], region="london")
    assert queries(client, "/sites/?view=map") == before


def test_visitors_see_where_sites_with_news_are_and_no_links_to_pages_for_members(client):
    site = factories.SiteFactory(name="Thames", nations=["england"], region="london")
    factories.UpdateFactory(site=site, title="News from the river")
    factories.SiteFactory(name="Quiet", nations=["england"], region="london")
    page = client.get("/")
    shown = html_of(page).split('id="places"')[1].split("</section>")[0]
    assert "London</a>" in shown and "<strong>1</strong> site" in shown and "/sites/" not in shown
    assert "News from the river" in text(client.get("/news/?region=london"))
    assert "News from the river" not in text(client.get("/news/?region=north_east"))


def test_addresses_of_pages_across_sites_are_no_sites(staff):
    topic = factories.TopicFactory()
    for name in ("Compare", "Caseload"):
        site = services.add_site(by=staff, name=name, delivery_model="network", topic=topic, nations=["wales"])
        assert site.slug == f"{name.lower()}-2"


# --- API -------------------------------------------------------------------------------------------
def test_a_site_is_proposed_and_changed_over_the_api(staff, sign_in):
    client, topic = sign_in(staff), factories.TopicFactory()
    sent = {
        "name": "Thames",
        "delivery_model": "demonstrator",
        "topic": topic.slug,
        "nations": ["england"],
        "region": "london",
        "policy_links": [{"web_address": "https://example.org/plan", "title": "A  plan"}],
    }
    made = client.post("/api/v1/sites/", sent, content_type="application/json")
    assert made.status_code == 201, made.content
    assert made.json()["policy_links"] == [{"web_address": "https://example.org/plan", "title": "A plan"}]
    own = f"/api/v1/sites/{made.json()['slug']}/"
    change = {"data": {"strategic_issue": "Many miss out.", "nations": ["wales"]}, "content_type": "application/json"}
    assert client.patch(own, **change).status_code == 428
    tag = {"headers": {"If-Match": made["ETag"]}}
    refused = client.patch(own, **change, **tag)
    assert refused.status_code == 400 and refused.json()["errors"][0]["attr"] == "region"
    done = client.patch(own, {"strategic_issue": "Many miss out."}, content_type="application/json", **tag)
    assert done.json()["strategic_issue"] == "Many miss out."
    assert client.patch(own, {"place": "X"}, content_type="application/json", **tag).status_code == 412
    unsafe = {"policy_links": [{"web_address": "javascript:alert(1)"}]}
    answer = client.patch(own, unsafe, content_type="application/json", headers={"If-Match": "*"})
    assert answer.status_code == 400


def test_a_site_team_changes_its_site_over_the_api_but_not_the_model(sign_in):
    site = factories.SiteFactory(delivery_model="facilitator")
    client = sign_in(factories.team_of(site))
    own, match = f"/api/v1/sites/{site.slug}/", {"headers": {"If-Match": "*"}}
    json = {"content_type": "application/json"}
    assert client.patch(own, {"host_service": "A team"}, **json, **match).json()["host_service"] == "A team"
    assert client.patch(own, {"delivery_model": "network"}, **json, **match).status_code == 403
