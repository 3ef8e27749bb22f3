"""Other places that took up a site's work."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from impact.core.basics import clock
from impact.core.basics.versions import Conflict
from sites.progress.outcomes.spread import services
from sites.progress.outcomes.spread.models import Uptake
from tests import factories
from tests.sites.test_views import text

pytestmark = pytest.mark.django_db
FIELDS = {"place": "A town", "nation": "wales", "how": "adapted", "on": date(2022, 9, 1), "what": "The first talk."}


@pytest.fixture
def site():
    return factories.SiteFactory(name="Antrim")


@pytest.fixture
def coach(site):
    return factories.team_of(site)


def test_only_those_who_may_edit_the_site_write_where_it_was_taken_up(site, leader, outsider):
    uptake = factories.UptakeFactory(site=site)
    for by in (leader, outsider, factories.team_of(factories.SiteFactory())):
        for refused in (
            lambda by=by: services.add_uptake(by=by, site=site, **FIELDS),
            lambda by=by: services.update_uptake(by=by, uptake=uptake, place="X"),
            lambda by=by: services.remove_uptake(by=by, uptake=uptake),
        ):
            with pytest.raises(PermissionDenied):
                refused()


def test_only_what_is_planned_begins_in_the_future(site, coach):
    later = clock.today() + timedelta(days=30)
    with pytest.raises(ValidationError, match="or mark it as planned"):
        services.add_uptake(by=coach, site=site, **FIELDS | {"on": later})
    uptake = services.add_uptake(by=coach, site=site, **FIELDS | {"on": later, "how": "planned"})
    with pytest.raises(ValidationError, match="future"):
        services.update_uptake(by=coach, uptake=uptake, how="adopted")
    with pytest.raises(ValidationError, match="listed already"):
        services.add_uptake(by=coach, site=site, **FIELDS)
    services.update_uptake(by=coach, uptake=Uptake.objects.get(), how="adopted", on=date(2022, 9, 1), expected=1)
    with pytest.raises(Conflict):
        services.remove_uptake(by=coach, uptake=Uptake.objects.get(), expected=1)


def test_the_sites_page_says_where_it_is_in_use_and_where_it_is_planned(site, coach, sign_in):
    client = sign_in(coach)
    assert "No other place yet" in text(client.get(site.get_absolute_url()))
    client.post(reverse("sites:uptake-add", args=[site.slug]), FIELDS | {"on": "2022-09-01", "organisation": ""})
    factories.UptakeFactory(site=site, place="Another county", how="planned", on=clock.today() + timedelta(days=9))
    factories.UptakeFactory(site=site, place="A village", how="ended")
    page = text(client.get(site.get_absolute_url()))
    assert "In use in 1 other place, 1 planned, 1 ended" in page
    assert "A town Adapted Wales, since 1 September 2022 The first talk." in page


def test_places_are_written_over_the_api(site, coach, sign_in):
    client, address = sign_in(coach), "/api/v1/uptakes/"
    sent = FIELDS | {"site": site.slug, "organisation": site.host.slug, "on": "2022-09-01"}
    made = client.post(address, sent, content_type="application/json")
    assert made.status_code == 201, made.content
    assert made.json()["organisation"]["slug"] == site.host.slug
    own = f"{address}{made.json()['id']}/"
    ended = client.patch(own, {"how": "ended"}, content_type="application/json", headers={"If-Match": made["ETag"]})
    assert ended.json()["how"] == "ended"
    assert client.get(address, {"how": "ended", "nation": "wales"}).json()["results"][0]["place"] == "A town"
    assert client.delete(own, headers={"If-Match": "*"}).status_code == 204
