"""Taking news back from the public, and putting many units on a roster at once."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from rest_framework.test import APIClient

from impact.core.basics import clock
from sites.progress.units import services as roster
from sites.progress.units.models import Unit
from sites.registry.models import Site
from sites.updates import services
from sites.updates.models import Update
from tests import factories
from tests.pages import html_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def news(staff) -> Update:
    site = factories.SiteFactory(name="The practice site", unit_name="general practice")
    update = services.write_update(by=staff, site=site, title="A wrong date", body="It begins on 30 February.")
    return services.publish_update(by=staff, update=update)


def test_withdrawn_news_is_gone_from_public_pages_and_the_api_and_can_come_back(news, staff, sign_in, client):
    api, url = APIClient(), news.get_absolute_url()
    api.force_authenticate(factories.UserFactory())
    assert client.get(url).status_code == 200
    address = reverse("sites:update-withdraw", args=[news.pk])
    assert "Enter an answer" in html_of(sign_in(staff).post(address, {"reason": ""}))
    sign_in(staff).post(address, {"reason": "The date was wrong"})
    assert client.get(url).status_code == 404
    outsider = sign_in(factories.UserFactory())
    assert outsider.get(url).status_code == 404 and "A wrong date" not in html_of(outsider.get("/"))
    assert api.get("/api/v1/updates/").json()["results"] == []
    assert api.get(f"/api/v1/updates/{news.pk}/").status_code == 404
    assert b"A wrong date" not in api.get("/api/v1/updates/?format=csv").getvalue()
    assert not Site.objects.visible_to(factories.UserFactory()).filter(pk=news.site_id).exists()
    page = html_of(sign_in(staff).get(url))
    assert "This update was withdrawn" in page and "The date was wrong" in page
    services.publish_update(by=staff, update=news)
    assert client.get(url).status_code == 200
    assert Update.objects.get(pk=news.pk).withdrawn_reason == ""


def test_only_those_who_publish_withdraw(news):
    with pytest.raises(PermissionDenied):
        services.withdraw_update(by=factories.team_of(news.site), update=news, reason="x")
    draft = services.write_update(by=factories.team_of(news.site), site=news.site, title="Draft", body="x")
    with pytest.raises(ValidationError, match="Only a published"):
        services.withdraw_update(by=factories.UserFactory(roles=["staff"]), update=draft, reason="x")


def test_many_are_pasted_checked_and_then_added_all_or_none(news, sign_in):
    site = news.site
    team = factories.team_of(site)
    roster.list_unit(by=team, site=site, name="Glen Surgery", listed_from=clock.today())
    client, url = sign_in(team), reverse("sites:roster-paste", args=[site.slug])
    given = {
        "listed_from": clock.today().isoformat(),
        "names": "Bay Practice\n\n glen  surgery\nBay practice\n" + "x" * 161,
    }
    for do in ("check", "add"):
        page = html_of(client.post(url, given | {"do": do}))
        assert "3 lines need attention" in page and "It is on the roster already." in page
        assert "The same as line 1." in page and "160 characters" in page
        assert site.units.count() == 1
    given["names"] = "Bay Practice\r\nHill Practice\r\n"
    assert "2 will be added" in html_of(client.post(url, given | {"do": "check"}))
    assert site.units.count() == 1
    client.post(url, given | {"do": "add"})
    assert set(Unit.objects.filter(site=site).values_list("name", flat=True)) == {
        "Glen Surgery", "Bay Practice", "Hill Practice",
    }  # fmt: skip
    with pytest.raises(ValidationError) as refusal:
        roster.list_units(by=team, site=site, text="New\nHill Practice", listed_from=clock.today())
    assert refusal.value.messages == ["Line 2, Hill Practice: It is on the roster already."]
    assert site.units.count() == 3
    with pytest.raises(PermissionDenied):
        roster.list_units(by=factories.UserFactory(), site=site, text="x", listed_from=clock.today())


def test_public_pages_say_what_they_are_to_search_engines(news, client):
    described = set()
    for url in (news.get_absolute_url(), "/rounds/", "/reports/", "/accessibility/", "/privacy/"):
        page = html_of(client.get(url))
        described.add(page.split('<meta name="description" content="')[1].split('"')[0])
    assert len(described) == 5
