"""Pages about sites, organisations, topics and rounds: what each reader finds there, and what bad input does."""

import html
import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from impact.core.basics import clock
from sites.calls.rounds import services as rounds_services
from sites.calls.rounds.models import Round, RoundStatement
from sites.organisations.models import Organisation
from sites.progress.delivery.models import Milestone
from sites.progress.units.models import Unit, UnitChange
from sites.registry import services
from sites.registry.models import OrganisationPart, Site, SiteRole
from sites.topics.models import Topic
from sites.updates.models import Update
from sites.updates.services import edit_update
from tests import factories
from tests.pages import html_of

# What pages show; every page's queries run on PostgreSQL too, in the permission matrix.
pytestmark = [pytest.mark.sqlite_only, pytest.mark.django_db]
JULY = date(2022, 7, 4)


def text(response) -> str:
    """The page's text without tags."""
    main = html_of(response).split("<main", 1)[-1]
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", main)))


def csv_text(response) -> str:
    return b"".join(response.streaming_content).decode("utf-8-sig")


def queries(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(url).status_code == 200
    return len(seen)


def site_data(**more) -> dict:
    data = {"name": "A new site", "delivery_model": "network", "nations": ["wales"], "version": "1"}
    return data | more


# --- The list of sites ---------------------------------------------------------------------------
def test_staff_narrow_the_list_by_words_model_nation_and_status(staff, sign_in):
    factories.SiteFactory(name="Harbour", delivery_model="demonstrator", nations=["wales"], place="Barry")
    factories.SiteFactory(name="Everywhere", nations=["uk"], status="proposed")
    factories.SiteFactory(name="Hillside", nations=["scotland"])
    client = sign_in(staff)

    def names(**query) -> set[str]:
        page = text(client.get("/sites/", query))
        return {name for name in ("Harbour", "Everywhere", "Hillside") if name in page}

    assert names() == {"Harbour", "Everywhere", "Hillside"}
    assert names(q="barry") == {"Harbour"}
    assert names(delivery_model="demonstrator") == {"Harbour"}
    assert names(nation="wales") == {"Harbour", "Everywhere"}  # UK-wide sites count in every nation
    assert names(nation="uk") == {"Everywhere"}
    assert names(status="active") == {"Harbour", "Hillside"}
    assert "No site matches" in text(client.get("/sites/", {"q": "zzz"}))


def test_the_list_of_sites_sorts(staff, sign_in):
    factories.SiteFactory(name="Alpha", status_on=date(2022, 1, 1))
    factories.SiteFactory(name="Beta", status_on=date(2022, 2, 1))
    page = text(sign_in(staff).get("/sites/", {"sort": "since"}))
    assert page.index("Beta") < page.index("Alpha")


def test_an_empty_list_offers_the_next_step_to_those_who_may_take_it(staff, leader, sign_in):
    page = text(sign_in(staff).get("/sites/"))
    assert "No sites yet" in page and "Propose the first site" in page
    page = text(sign_in(leader).get("/sites/"))
    assert "No sites to show yet" in page and "Propose the first site" not in page


def test_sites_download_as_a_spreadsheet_with_the_inside_for_readers_of_all_only(staff, outsider, sign_in):
    site = factories.UpdateFactory(site__name="=Harbour", site__place="Barry").site
    body = csv_text(sign_in(staff).get("/sites/", {"format": "csv"}))
    assert "Host,Place" in body and "Barry" in body and "'=Harbour" in body and site.host.name in body
    body = csv_text(sign_in(outsider).get("/sites/", {"format": "csv"}))
    assert "'=Harbour" in body and "Barry" not in body and site.host.name not in body


def test_the_map_counts_sites_in_each_nation_with_the_filters_applied(staff, sign_in):
    factories.SiteFactory(nations=["wales", "england"])
    factories.SiteFactory(nations=["wales"], delivery_model="demonstrator")
    factories.SiteFactory(nations=["uk"])
    client = sign_in(staff)

    def tiles(**query) -> dict[str, int]:
        page = text(client.get("/sites/", {"view": "map"} | query))
        found = re.findall(r"(England, no one region|Northern Ireland|Scotland|Wales|UK-wide) (\d+) sites?", page)
        return {name: int(number) for name, number in found}

    # A UK-wide site counts in the other three nations, as it does in the list that a tile opens.
    assert tiles() == {"England, no one region": 1, "Northern Ireland": 1, "Scotland": 1, "Wales": 3, "UK-wide": 1}
    assert tiles(delivery_model="network")["Wales"] == 2
    assert 'href="?delivery_model=network&amp;nation=wales"' in html_of(
        client.get("/sites/", {"view": "map", "delivery_model": "network"})
    )


def test_the_board_has_a_column_for_each_status(staff, sign_in):
    factories.SiteFactory(name="Harbour", status="proposed")
    for _ in range(13):
        factories.SiteFactory()
    page = text(sign_in(staff).get("/sites/", {"view": "board"}))
    assert re.search(r"Proposed 1 .*Harbour.* Setting up 0 None. Active 13 .* 1 more Paused 0", page)


@pytest.mark.parametrize(
    "url",
    ["/sites/", "/sites/?view=map", "/sites/?view=board", "/organisations/", "/topics/", "/rounds/"],
)
def test_lists_ask_as_many_queries_for_thirty_rows_as_for_one(staff, sign_in, url):
    client = sign_in(staff)

    def fill(number: int) -> None:
        for _ in range(number):
            update = factories.UpdateFactory(site__nations=["wales", "england"])
            factories.RoundFactory().topics.add(update.site.topic)
            OrganisationPart.objects.create(organisation=update.site.host, part="funder")

    for status in Site.Status.values:
        factories.SiteFactory(status=status, status_reason="x")
    fill(1)
    few = queries(client, url)
    fill(29)
    assert queries(client, url) == few


def test_an_outsider_sees_sites_with_published_news_and_no_host(outsider, sign_in):
    known = factories.UpdateFactory(site__name="Known").site
    factories.SiteFactory(name="Quiet")
    page = text(sign_in(outsider).get("/sites/"))
    assert "Known" in page and "Quiet" not in page and known.host.name not in page
    assert "Propose a site" not in page


def test_pages_ask_visitors_to_sign_in(db):
    for url in ("/sites/", "/topics/", "/organisations/", factories.UpdateFactory().site.get_absolute_url()):
        response = Client().get(url)
        assert response.status_code == 302 and response["Location"].startswith("/accounts/login/")


# --- One site ------------------------------------------------------------------------------------
@pytest.fixture
def antrim():
    """A site with something in every section."""
    site = factories.SiteFactory(
        name="Antrim",
        delivery_model="demonstrator",
        nations=["northern_ireland"],
        place="Larne",
        summary="About **older people**.",
        unit_name="general practice",
        origin="assembly",
        origin_note="Asked for in spring.",
    )
    factories.SiteRoleFactory(site=site, person__name="Hazel Birch", has_lived_experience=True)
    SiteRole.objects.create(site=site, kind="coach", state="advertised")
    Milestone.objects.create(site=site, title="Everybody asked", planned_on=JULY)
    joined = factories.UnitFactory(site=site, name="Oak")
    UnitChange.objects.create(unit=joined, state="joined", on=JULY)
    factories.UnitFactory(site=site, name="Elm")
    factories.UpdateFactory(site=site, title="It began", published_at=factories.at(2022, 7, 5))
    factories.UpdateFactory(site=site, title="Not yet told", status="draft", published_at=None)
    OrganisationPart.objects.create(
        organisation=factories.OrganisationFactory(name="The Funder"), site=site, part="funder"
    )
    return site


INSIDE = ["Larne", "Hazel Birch", "Everybody asked", "Oak", "Not yet told", "The Funder", "Asked for in spring."]


def test_staff_find_everything_about_a_site_and_what_to_do_next(antrim, staff, sign_in):
    page = text(sign_in(staff).get(antrim.get_absolute_url()))
    for words in [*INSIDE, "It began", "older people", "50%", "1 of 2", "Brings lived experience", antrim.host.name]:
        assert words in page
    todo = page.split("What to do next")[1].split("Coverage")[0]
    for words in [
        "Overdue: Everybody asked It was planned for 4 July 2022",
        "Read and publish a draft update Not yet told",
        "Appoint the improvement coach",
        "Approach Elm",
        "Write an update The last one came out on 5 July 2022.",
    ]:
        assert words in todo


def test_an_outsider_finds_the_public_part_of_a_site_only(antrim, outsider, sign_in):
    page = text(sign_in(outsider).get(antrim.get_absolute_url()))
    for words in ["Antrim", "older people", "Northern Ireland", antrim.topic.name, "It began"]:
        assert words in page
    for words in [*INSIDE, antrim.host.name, "History", "What to do next"]:
        assert words not in page


def test_the_team_works_on_its_site_but_does_not_change_status_or_people(antrim, sign_in):
    page = html_of(sign_in(factories.team_of(antrim)).get(antrim.get_absolute_url()))
    for name in ("edit", "update-add", "roster", "milestone-add"):
        assert reverse(f"sites:{name}", args=[antrim.slug]) in page
    for name in ("status", "role-add"):
        assert reverse(f"sites:{name}", args=[antrim.slug]) not in page
    assert "Read and publish" not in page


def test_leadership_reads_the_inside_without_buttons(antrim, leader, sign_in):
    page = sign_in(leader).get(antrim.get_absolute_url())
    assert all(words in text(page) for words in INSIDE)
    assert "/edit/" not in html_of(page) and "Tick off" not in text(page)
    assert "Nothing is waiting for you here." in text(page)


def test_coverage_is_shown_for_the_day_asked_for(antrim, staff, sign_in):
    client = sign_in(staff)
    page = text(client.get(antrim.get_absolute_url(), {"on": "2022-07-03"}))
    assert "0 of 2 on the roster took part on 3 July 2022" in page and "0%" in page
    page = text(client.get(antrim.get_absolute_url(), {"on": "2019-05-01"}))
    assert "The roster was empty on 1 May 2019" in page
    assert "Approach Elm" in page  # what is left to do is about today, whatever day is looked at
    page = text(client.get(antrim.get_absolute_url(), {"on": "yesterday"}))
    assert "Enter a valid date" in page and "1 of 2 on the roster take part today" in page


def test_a_bare_site_says_what_to_do_first(staff, sign_in):
    site = factories.SiteFactory(host=None, unit_name="general practice", status="proposed")
    page = text(sign_in(staff).get(site.get_absolute_url()))
    for words in [
        "Decide whether to set this site up",
        "Choose a host",
        "Plan the posts",
        "Nothing on the roster yet",
        "No milestones yet",
        "Nothing has been recorded yet",
        "No learning notes yet",
        "No updates yet",
        "No one works here yet",
    ]:
        assert words in page


def test_a_pause_is_plain_to_see_and_its_reason_stays_inside(staff, outsider, sign_in):
    site = factories.UpdateFactory(site__status="paused", site__status_reason="The coach left").site
    page = text(sign_in(staff).get(site.get_absolute_url()))
    assert "Paused since 1 July 2022 The coach left" in page and "Decide whether to start again" in page
    page = text(sign_in(outsider).get(site.get_absolute_url()))
    assert "Paused since" in page and "The coach left" not in page


def test_a_site_asks_as_many_queries_with_thirty_of_everything_as_with_one(antrim, staff, sign_in):
    client = sign_in(staff)
    factories.ReplanFactory(milestone__site=antrim)
    factories.EarlierWordingFactory(commitment__site=antrim)
    factories.LearningNoteFactory(site=antrim, author=staff)
    few = queries(client, antrim.get_absolute_url())
    for _ in range(29):
        unit = factories.UnitFactory(site=antrim)
        UnitChange.objects.create(unit=unit, state="joined", on=JULY)
        factories.SiteRoleFactory(site=antrim, employer=antrim.host)
        factories.ReplanFactory(milestone__site=antrim)
        factories.EarlierWordingFactory(commitment__site=antrim)
        factories.LearningNoteFactory(site=antrim, author=factories.UserFactory())
        factories.UpdateFactory(site=antrim)
        OrganisationPart.objects.create(organisation=factories.OrganisationFactory(), site=antrim, part="partner")
    assert queries(client, antrim.get_absolute_url()) == few


def test_a_quiet_site_and_a_made_up_one_are_equally_unknown_to_outsiders(outsider, sign_in):
    quiet = factories.SiteFactory()
    client = sign_in(outsider)
    for name in (
        "detail",
        "edit",
        "status",
        "update-add",
        "roster",
        "role-add",
        "part-add",
        "milestone-add",
        "unit-add",
    ):
        for slug in (quiet.slug, "made-up"):
            assert client.get(reverse(f"sites:{name}", args=[slug])).status_code == 404


def test_what_an_outsider_sees_but_may_not_do_is_refused_before_a_form_shows(antrim, outsider, sign_in):
    client = sign_in(outsider)
    for name in ("edit", "status", "update-add", "roster", "role-add", "part-add", "milestone-add", "unit-add"):
        url = reverse(f"sites:{name}", args=[antrim.slug])
        assert (client.get(url).status_code, client.post(url).status_code) == (403, 403)
    assert client.get("/sites/new/").status_code == 403


def test_parts_of_another_site_are_not_found_through_ones_own(antrim, staff, sign_in):
    other = factories.SiteFactory()
    client = sign_in(staff)
    role, unit = antrim.roles.first(), antrim.units.first()
    milestone, part = antrim.milestones.first(), antrim.organisation_parts.first()
    for name, row in [
        ("role-appoint", role),
        ("role-end", role),
        ("unit-delist", unit),
        ("milestone-complete", milestone),
    ]:
        assert client.get(reverse(f"sites:{name}", args=[other.slug, row.pk])).status_code == 404
    assert client.post(reverse("sites:role-advertise", args=[other.slug, role.pk])).status_code == 404
    assert client.post(reverse("sites:part-remove", args=[other.slug, part.pk])).status_code == 404
    assert OrganisationPart.objects.filter(pk=part.pk).exists()


# --- Writing about a site ------------------------------------------------------------------------
def test_staff_propose_a_site(staff, sign_in):
    topic = factories.TopicFactory()
    response = sign_in(staff).post("/sites/new/", site_data(topic=topic.pk), follow=True)
    site = Site.objects.get()
    assert (site.name, site.status, site.places) == ("A new site", "proposed", "Wales")
    assert response.redirect_chain == [("/sites/a-new-site/", 302)]
    assert "The site is proposed" in text(response)


def test_bad_input_keeps_what_was_typed_and_says_what_to_fix(staff, sign_in):
    topic = factories.TopicFactory()
    data = site_data(topic=topic.pk, name="", place="Larne", nations=["uk", "wales"])
    response = sign_in(staff).post("/sites/new/", data)
    assert "Name: Enter an answer" in text(response) and 'value="Larne"' in html_of(response)
    response = sign_in(staff).post("/sites/new/", data | {"name": "Antrim"})
    assert "Choose either UK-wide, or the nations one by one." in text(response)
    assert 'value="Antrim"' in html_of(response) and 'value="Larne"' in html_of(response)
    assert not Site.objects.exists()


def test_a_team_edits_its_site_and_chooses_only_among_what_it_may_see(antrim, sign_in):
    hidden = factories.OrganisationFactory(name="Hidden body")
    secret = factories.TopicFactory(name="Secret topic")
    client, url = sign_in(factories.team_of(antrim)), reverse("sites:edit", args=[antrim.slug])
    page = html_of(client.get(url))
    assert "Hidden body" not in page and "Secret topic" not in page and "The Funder" in page
    data = site_data(name="Antrim", topic=antrim.topic_id, host=hidden.pk, place="Ballymena", version=antrim.version)
    assert "Select a valid choice" in text(client.post(url, data))
    assert "Select a valid choice" in text(client.post(url, data | {"host": "", "topic": secret.pk}))
    client.post(url, data | {"host": antrim.host_id})
    assert Site.objects.get(pk=antrim.pk).place == "Ballymena"


def test_two_people_editing_a_site_lose_nothing(antrim, staff, sign_in):
    client, url = sign_in(staff), reverse("sites:edit", args=[antrim.slug])
    services.update_site(by=staff, site=Site.objects.get(pk=antrim.pk), place="Carrickfergus")
    data = site_data(name="Antrim", topic=antrim.topic_id, host=antrim.host_id, place="Ballymena")
    response = client.post(url, data)
    assert response.status_code == 409
    page = text(response)
    assert "Someone else saved this" in page and "Place Carrickfergus Ballymena" in page
    assert "Nations Northern Ireland Wales" in page
    body = html_of(response)
    assert 'value="Ballymena"' in body and 'name="version" value="2"' in body
    assert Site.objects.get(pk=antrim.pk).place == "Carrickfergus"
    assert client.post(url, data | {"version": "2"}).status_code == 302
    assert Site.objects.get(pk=antrim.pk).place == "Ballymena"


def test_staff_pause_a_site_with_a_reason(antrim, staff, sign_in):
    client, url = sign_in(staff), reverse("sites:status", args=[antrim.slug])
    assert "Paused" in text(client.get(url)) and "Proposed" not in text(client.get(url))
    data = {"status": "paused", "on": "2022-09-01", "reason": "", "version": "1"}
    response = client.post(url, data)
    assert "Why: Say why" in text(response)
    assert client.post(url, data | {"reason": "COVID-19"}).status_code == 302
    site = Site.objects.get(pk=antrim.pk)
    assert (site.status, site.status_on, site.status_reason) == ("paused", date(2022, 9, 1), "COVID-19")
    assert client.post(url, data | {"status": "active"}).status_code == 409  # from a page opened before the pause


def test_a_completed_site_offers_no_step(staff, sign_in):
    site = factories.SiteFactory(status="completed")
    page = text(sign_in(staff).get(reverse("sites:status", args=[site.slug])))
    assert "This site is completed" in page and "New status" not in page


def test_a_post_is_planned_advertised_filled_and_left_on_its_pages(staff, sign_in):
    site, person = factories.SiteFactory(), factories.PersonFactory()
    client = sign_in(staff)
    client.post(reverse("sites:role-add", args=[site.slug]), {"kind": "lead"})
    role = SiteRole.objects.get()
    advertise = reverse("sites:role-advertise", args=[site.slug, role.pk])
    client.post(advertise)
    assert SiteRole.objects.get().state == "advertised"
    assert "already post advertised" in text(client.post(advertise, follow=True))
    appoint = reverse("sites:role-appoint", args=[site.slug, role.pk])
    data = {"person": person.pk, "starts_on": "2022-07-04", "has_practice_experience": "on"}
    assert "Who was appointed: Choose an answer" in text(client.post(appoint, data | {"person": ""}))
    client.post(appoint, data)
    role = SiteRole.objects.get()
    assert (role.person, role.starts_on, role.has_practice_experience) == (person, JULY, True)
    end = reverse("sites:role-end", args=[site.slug, role.pk])
    assert "before the first day" in text(client.post(end, {"ends_on": "2022-07-01"}))
    client.post(end, {"ends_on": "2022-08-01"})
    assert SiteRole.objects.get().ends_on == date(2022, 8, 1)


def test_a_funder_is_added_once_and_removed(staff, sign_in):
    site, organisation = factories.SiteFactory(), factories.OrganisationFactory(name="The Trust")
    client, url = sign_in(staff), reverse("sites:part-add", args=[site.slug])
    data = {"organisation": organisation.pk, "part": "funder", "note": "Pays the coach"}
    client.post(url, data)
    assert "The Trust is already recorded as a funder here." in text(client.post(url, data))
    assert "Pays the coach" in text(client.get(site.get_absolute_url()))
    client.post(reverse("sites:part-remove", args=[site.slug, OrganisationPart.objects.get().pk]))
    assert not OrganisationPart.objects.exists()


def test_the_roster_is_kept_on_its_pages(sign_in):
    site = factories.SiteFactory(unit_name="general practice")
    other = factories.UnitFactory()
    client = sign_in(factories.team_of(site))
    client.post(reverse("sites:unit-add", args=[site.slug]), {"name": "Oak", "listed_from": "2022-01-01"})
    again = client.post(reverse("sites:unit-add", args=[site.slug]), {"name": "Oak", "listed_from": "2022-01-01"})
    assert "already exists" in text(again) and 'value="Oak"' in html_of(again)
    unit = site.units.get()
    url = reverse("sites:roster", args=[site.slug])
    page = client.get(url, {"unit": unit.pk})
    assert f'<option value="{unit.pk}" selected>' in html_of(page)
    leave = reverse("sites:unit-delist", args=[site.slug, unit.pk])
    assert leave in html_of(page)
    data = {"unit": unit.pk, "state": "declined", "on": "2022-02-01", "reason": ""}
    assert "Say why it declined" in text(client.post(url, data))
    assert "Select a valid choice" in text(client.post(url, data | {"unit": other.pk}))
    client.post(url, data | {"reason": "No time"})
    assert "Declined 1 February 2022 No time" in text(client.get(site.get_absolute_url()))
    client.post(leave, {"listed_to": "2022-03-01"})
    assert Unit.objects.get(pk=unit.pk).listed_to == date(2022, 3, 1)


# --- Updates -------------------------------------------------------------------------------------
def test_published_news_is_public_and_a_draft_is_not():
    public = factories.UpdateFactory(title="It began", body="**Bold** <script>x</script>")
    page = Client().get(public.get_absolute_url())
    assert page.status_code == 200
    assert "<strong>Bold</strong>" in html_of(page) and "<script>x" not in html_of(page)
    assert "History" not in text(page) and public.site.get_absolute_url() not in html_of(page)
    draft = factories.UpdateFactory(status="draft", published_at=None)
    factories.SiteRoleFactory(site=draft.site)
    assert Client().get(draft.get_absolute_url()).status_code == 404


def test_a_team_writes_and_staff_publish(staff, sign_in):
    site = factories.SiteFactory()
    coach = sign_in(factories.team_of(site))
    response = coach.post(reverse("sites:update-add", args=[site.slug]), {"title": "It began", "body": ""})
    assert 'value="It began"' in html_of(response) and "What happened: Enter an answer" in text(response)
    response = coach.post(
        reverse("sites:update-add", args=[site.slug]), {"title": "It began", "body": "At last"}, follow=True
    )
    assert "National staff read and publish it." in text(response)
    update = Update.objects.get()
    publish = reverse("sites:update-publish", args=[update.pk])
    assert publish not in html_of(response)
    assert coach.post(publish).status_code == 403
    client = sign_in(staff)
    assert publish in html_of(client.get(update.get_absolute_url()))
    client.post(publish)
    assert Update.objects.published().exists()
    assert "already been published" in text(client.post(publish, follow=True))
    assert coach.get(reverse("sites:update-edit", args=[update.pk])).status_code == 403


def test_two_people_editing_news_lose_nothing(staff, sign_in):
    update = factories.UpdateFactory(title="First", body="Body")
    client, url = sign_in(staff), reverse("sites:update-edit", args=[update.pk])
    assert "Everyone can read this" in text(client.get(url))
    edit_update(by=staff, update=Update.objects.get(), title="Second", body="Body")
    response = client.post(url, {"title": "Third", "body": "Body", "version": "1"})
    assert response.status_code == 409 and "Title Second Third" in text(response)
    client.post(url, {"title": "Third", "body": "Body", "version": "2"})
    assert Update.objects.get().title == "Third"


def test_an_outsider_neither_edits_nor_publishes(outsider, sign_in):
    public, draft = factories.UpdateFactory(), factories.UpdateFactory(status="draft", published_at=None)
    client = sign_in(outsider)
    assert client.get(reverse("sites:update-edit", args=[public.pk])).status_code == 403
    assert client.post(reverse("sites:update-publish", args=[public.pk])).status_code == 403
    assert client.post(reverse("sites:update-publish", args=[draft.pk])).status_code == 404


# --- Organisations -------------------------------------------------------------------------------
def test_an_organisation_shows_every_part_it_plays(staff, sign_in):
    row = factories.OrganisationFactory(name="The Trust")
    factories.SiteFactory(name="Hosted", host=row)
    OrganisationPart.objects.create(
        organisation=row, site=factories.SiteFactory(name="Funded"), part="funder", note="Two years"
    )
    OrganisationPart.objects.create(organisation=row, part="critical_friend")
    factories.SiteRoleFactory(site__name="Staffed", employer=row)
    page = text(sign_in(staff).get(row.get_absolute_url()))
    for words in [
        "Critical friend The centre as a whole",
        "Host Hosted",
        "Funder Funded Two years",
        "Employer Staffed Improvement coach: appointed",
    ]:
        assert words in page


def test_a_team_finds_the_organisations_of_its_site_without_their_other_sites(sign_in):
    site = factories.SiteFactory()
    OrganisationPart.objects.create(organisation=site.host, site=factories.SiteFactory(name="Elsewhere"), part="funder")
    factories.OrganisationFactory(name="Unrelated")
    client = sign_in(factories.team_of(site))
    page = text(client.get("/organisations/"))
    assert site.host.name in page and "Unrelated" not in page
    assert "Elsewhere" not in text(client.get(site.host.get_absolute_url()))
    assert client.get(Organisation.objects.get(name="Unrelated").get_absolute_url()).status_code == 404
    assert client.get(reverse("sites:organisation-edit", args=[site.host.slug])).status_code == 403
    assert client.get("/organisations/new/").status_code == 403


def test_organisations_are_found_added_changed_and_exported(staff, sign_in):
    client = sign_in(staff)
    data = {"name": "The Trust", "kind": "funder", "nation": "wales", "website": "not an address"}
    response = client.post("/organisations/new/", data)
    assert "Web address: Enter a web address, such as https://example.org/page" in text(
        response
    ) and 'value="not an address"' in html_of(response)
    client.post("/organisations/new/", data | {"website": "https://trust.example"})
    assert "The Trust" in text(client.get("/organisations/", {"kind": "funder"}))
    assert "No organisation matches" in text(client.get("/organisations/", {"kind": "university"}))
    assert "The Trust,Funder,Wales,0,https://trust.example" in csv_text(
        client.get("/organisations/", {"format": "csv"})
    )
    url = reverse("sites:organisation-edit", args=["the-trust"])
    client.post(url, {"name": "The Old Trust", "kind": "funder", "version": "1"})
    assert Organisation.objects.get().name == "The Old Trust"
    stale = client.post(url, {"name": "The New Trust", "kind": "funder", "version": "1"})
    assert stale.status_code == 409 and "Name The Old Trust The New Trust" in text(stale)
    duplicate = factories.OrganisationFactory()
    taken = client.post("/organisations/new/", {"name": duplicate.name, "kind": "funder"})
    assert "already exists" in text(taken)


# --- Topics --------------------------------------------------------------------------------------
def test_topics_are_ranked_by_total_and_half_scored_ones_come_last(staff, sign_in):
    full = {"makes_a_difference": 5, "tackles_inequalities": 5, "good_use_of_resources": 5}
    factories.TopicFactory(name="Half scored", **full)
    factories.TopicFactory(name="Second", **full, enough_evidence=1)
    factories.TopicFactory(name="First", **full, enough_evidence=2, proposed_for=2023)
    client = sign_in(staff)
    page = text(client.get("/topics/"))
    table = page[page.index("Total of 20") :]
    assert table.index("First") < table.index("Second") < table.index("Half scored")
    assert "17" in table and "16" in table and "Not scored" in table
    page = text(client.get("/topics/", {"proposed_for": "2023"}))
    assert "1 topic" in page and "Second" not in page
    assert "First,National survey and assemblies,2023,5,5,5,2,17,Recorded by staff,no" in csv_text(
        client.get("/topics/", {"format": "csv"})
    )


def test_a_topic_is_added_scored_and_changed(staff, sign_in):
    client = sign_in(staff)
    response = client.post("/topics/new/", {"name": "Direct payments", "source": "assembly"})
    assert response["Location"] == "/topics/direct-payments/scores/"
    scores = {
        "makes_a_difference": "4",
        "tackles_inequalities": "5",
        "good_use_of_resources": "3",
        "enough_evidence": "",
    }
    client.post("/topics/direct-payments/scores/", scores | {"version": "1"})
    assert "Not all four are scored yet" in text(client.get("/topics/direct-payments/"))
    response = client.post("/topics/direct-payments/scores/", scores | {"enough_evidence": "9", "version": "2"})
    assert "Select a valid choice" in text(response)
    client.post("/topics/direct-payments/scores/", scores | {"enough_evidence": "0", "version": "2"})
    assert "12 out of 20" in text(client.get("/topics/direct-payments/"))
    stale = client.post("/topics/direct-payments/scores/", scores | {"enough_evidence": "5", "version": "1"})
    assert stale.status_code == 409
    assert "Has enough evidence to work with 0 out of 5 5 out of 5" in text(stale)
    client.post(
        "/topics/direct-payments/edit/",
        {"name": "Direct payments", "source": "both", "summary": "Money", "version": "3"},
    )
    assert Topic.objects.get().summary == "Money"


def test_a_topic_shows_the_sites_and_rounds_that_the_reader_may_see(outsider, staff, sign_in):
    site = factories.UpdateFactory(site__name="Known").site
    factories.SiteFactory(name="Quiet", topic=site.topic)
    factories.RoundFactory(name="Announced").topics.add(site.topic)
    factories.RoundFactory(name="Draft round", is_announced=False).topics.add(site.topic)
    page = text(sign_in(outsider).get(site.topic.get_absolute_url()))
    assert "Known" in page and "Announced" in page and "Quiet" not in page and "Draft round" not in page
    assert "History" not in page
    page = text(sign_in(staff).get(site.topic.get_absolute_url()))
    assert "Quiet" in page and "Draft round" in page and "History" in page


def test_outsiders_do_not_write_about_topics(outsider, sign_in):
    topic = factories.UpdateFactory().site.topic
    client = sign_in(outsider)
    for url in ("/topics/new/", f"/topics/{topic.slug}/edit/", f"/topics/{topic.slug}/scores/"):
        assert client.get(url).status_code == 403
    assert client.get(factories.TopicFactory().get_absolute_url()).status_code == 404


# --- Rounds --------------------------------------------------------------------------------------
def round_data(**more) -> dict:
    data = {
        "name": "Round one",
        "purpose": "sites",
        "opens_on": clock.today().isoformat(),
        "opens_at": "00:01",
        "closes_on": (clock.today() + timedelta(days=30)).isoformat(),
        "closes_at": "17:00",
        "delivery_models": ["network"],
        "offered": "- Money",
        "asked": "Sharing",
        "who_for": "Small groups",
    }
    return data | more


def open_now(**fields) -> Round:
    now = clock.now()
    return factories.RoundFactory(
        **{"opens_at": now - timedelta(days=1), "closes_at": now + timedelta(days=9), **fields}
    )


def test_anybody_reads_an_announced_round_and_no_one_outside_a_draft(outsider, sign_in):
    topic = factories.TopicFactory(name="Prevention")
    round = open_now(name="Round one")
    round.topics.add(topic)
    RoundStatement.objects.create(round=round, number=1, offered="Old words", asked="Old asks")
    RoundStatement.objects.create(round=round, number=2, offered="- Money", asked="Sharing", who_for="Small groups")
    draft = factories.RoundFactory(name="Round two", is_announced=False)
    for client in (Client(), sign_in(outsider)):
        page = text(client.get("/rounds/"))
        assert "Round one" in page and "Round two" not in page
        page = text(client.get(round.get_absolute_url()))
        for words in ["Open", "Prevention", "Money", "Sharing", "Small groups", "Demonstrator", "Version 2"]:
            assert words in page
        assert "Old words" not in page and "History" not in page
        assert client.get(draft.get_absolute_url()).status_code == 404


def test_a_visitor_may_download_announced_rounds_but_not_prepare_one(db):
    factories.RoundFactory(name="Round one")
    factories.RoundFactory(name="Round two", is_announced=False)
    body = csv_text(Client().get("/rounds/", {"format": "csv"}))
    assert "Round one" in body and "Round two" not in body
    assert Client().get("/rounds/new/").status_code == 302


def test_staff_prepare_announce_and_reword_a_round(staff, sign_in):
    client, topic = sign_in(staff), factories.TopicFactory()
    bad = client.post("/rounds/new/", round_data(closes_on="2020-01-01", topics=[topic.pk]))
    assert "The round closes before it opens." in text(bad) and "Small groups" in html_of(bad)
    client.post("/rounds/new/", round_data())
    round = Round.objects.get()
    announce = reverse("sites:round-announce", args=[round.slug])
    assert announce in html_of(client.get(round.get_absolute_url()))
    assert "needs at least one topic" in text(client.post(announce, follow=True))
    edit = reverse("sites:round-edit", args=[round.slug])
    client.post(edit, round_data(topics=[topic.pk], version="1"))
    assert RoundStatement.objects.count() == 1  # the words did not change
    client.post(announce)
    round = Round.objects.get()
    assert round.is_announced
    client.post(edit, round_data(topics=[topic.pk], offered="- More money", version=round.version))
    page = text(client.get(round.get_absolute_url()))
    assert "Version 2, in force" in page and "Version 1" in page and "More money" in page
    assert "Already announced" not in page and announce not in html_of(client.get(round.get_absolute_url()))


def test_two_people_rewording_a_round_lose_nothing(staff, sign_in):
    round = open_now()
    topic = factories.TopicFactory()
    round.topics.add(topic)
    rounds_services.restate_round(by=staff, round=round, offered="Theirs", asked="Sharing")
    opens, closes = timezone.localtime(round.opens_at), timezone.localtime(round.closes_at)
    data = round_data(name=round.name, topics=[topic.pk], offered="Ours", who_for="")
    data |= {"opens_on": opens.date().isoformat(), "opens_at": opens.time().isoformat()}
    data |= {"closes_on": closes.date().isoformat(), "closes_at": closes.time().isoformat()}
    data["delivery_models"] = ["demonstrator"]
    response = sign_in(staff).post(reverse("sites:round-edit", args=[round.slug]), data | {"version": "1"})
    assert response.status_code == 409 and "What we offer Theirs Ours" in text(response)
    assert round.statements.count() == 1
    response = sign_in(staff).post(reverse("sites:round-edit", args=[round.slug]), data | {"version": "2"})
    assert [s.offered for s in round.statements.all()] == ["Theirs", "Ours"]


def test_a_refused_rewording_leaves_the_facts_of_the_round_alone(staff, sign_in):
    round = factories.RoundFactory(opens_at=factories.at(2022, 1, 1, 9), closes_at=factories.at(2022, 2, 1, 17))
    topic = factories.TopicFactory()
    round.topics.add(topic)
    data = round_data(name="Renamed", topics=[topic.pk], version="1")
    data |= {"opens_on": "2022-01-01", "opens_at": "09:00", "closes_on": "2022-02-01", "closes_at": "17:00"}
    response = sign_in(staff).post(reverse("sites:round-edit", args=[round.slug]), data)
    assert "This round has closed" in text(response) and 'value="Renamed"' in html_of(response)
    assert Round.objects.get().name != "Renamed"


def test_assessors_read_drafts_but_do_not_edit_them(assessor, sign_in):
    round = factories.RoundFactory(is_announced=False)
    client = sign_in(assessor)
    assert "The statement of what is offered and asked is still being written." in text(
        client.get(round.get_absolute_url())
    )
    assert client.get(reverse("sites:round-edit", args=[round.slug])).status_code == 403
    assert client.post(reverse("sites:round-announce", args=[round.slug])).status_code == 403


# --- Administration ------------------------------------------------------------------------------
def test_an_administrator_looks_at_the_tables_and_changes_nothing(administrator, sign_in):
    site = factories.UpdateFactory().site
    factories.RoundFactory()
    client = sign_in(administrator)
    for name in ("site", "topic", "organisation", "update", "round"):
        assert client.get(reverse(f"admin:sites_{name}_changelist")).status_code == 200
        assert client.get(reverse(f"admin:sites_{name}_add")).status_code == 403
    change = reverse("admin:sites_site_change", args=[site.pk])
    assert client.post(change, {"name": "X"}).status_code == 403


@pytest.mark.parametrize("unit", ["²", "٣", "9" * 30, "-1", "x", ""])
def test_the_roster_opens_whatever_unit_its_address_names(staff, sign_in, unit):
    site = factories.UnitFactory().site
    assert sign_in(staff).get(reverse("sites:roster", args=[site.slug]), {"unit": unit}).status_code == 200
