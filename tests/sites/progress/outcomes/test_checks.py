"""The co-production check: of one site, and across sites, where it is consistent and visible or is not."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from impact.core.access import audit
from impact.core.basics import clock
from impact.core.basics.versions import Conflict
from sites.progress.outcomes.checks import services
from sites.progress.outcomes.checks.models import CoproductionEntry, months_before
from tests import factories
from tests.pages import html_of
from tests.sites.test_views import csv_text, queries, text

pytestmark = pytest.mark.django_db
FIELDS = {"perspective": "carer", "who": "Six carers", "part": "planning", "how": "They chose between three ways."}


@pytest.fixture
def site():
    return factories.SiteFactory(name="Antrim")


@pytest.fixture
def coach(site):
    return factories.team_of(site)


def ago(days: int) -> date:
    return clock.today() - timedelta(days=days)


def test_only_those_who_may_edit_the_site_write_its_check(site, leader, outsider):
    elsewhere = factories.team_of(factories.SiteFactory())
    entry = factories.CoproductionEntryFactory(site=site)
    for by in (leader, outsider, elsewhere):
        for refused in (
            lambda by=by: services.add_entry(by=by, site=site, **FIELDS),
            lambda by=by: services.update_entry(by=by, entry=entry, who="X"),
            lambda by=by: services.remove_entry(by=by, entry=entry),
        ):
            with pytest.raises(PermissionDenied):
                refused()
    assert CoproductionEntry.objects.count() == 1


def test_an_entry_is_not_in_the_future_and_what_changed_can_come_later(site, coach):
    with pytest.raises(ValidationError, match="future"):
        services.add_entry(by=coach, site=site, **FIELDS, on=ago(-1))
    entry = services.add_entry(by=coach, site=site, **FIELDS, on=date(2022, 7, 4))
    services.update_entry(by=coach, entry=entry, what_changed="  The letter comes second. ", expected=1)
    entry.refresh_from_db()
    assert entry.what_changed == "The letter comes second."
    with pytest.raises(Conflict):
        services.update_entry(by=coach, entry=CoproductionEntry.objects.get(), who="X", expected=1)
    services.remove_entry(by=coach, entry=CoproductionEntry.objects.get())
    told = [(row["label"], row["detail"]) for row in audit.history(site)]
    assert told[0] == ("Entry in the co-production check removed", "Planning how, 4 July 2022")
    assert len(told) == 3


@pytest.mark.parametrize(
    ("on", "months", "before"),
    [
        (date(2023, 1, 16), 6, date(2022, 7, 16)),
        (date(2023, 8, 31), 6, date(2023, 2, 28)),
        (date(2024, 3, 31), 13, date(2023, 2, 28)),
        (date(2023, 1, 1), 12, date(2022, 1, 1)),
    ],
)
def test_some_months_earlier_is_a_day_that_the_calendar_has(on, months, before):
    assert months_before(on, months) == before


def test_an_entry_is_added_on_the_page_and_read_at_the_site(site, coach, sign_in):
    client = sign_in(coach)
    add = reverse("sites:entry-add", args=[site.slug])
    refused = client.post(add, FIELDS | {"on": ago(-3).isoformat(), "what_changed": ""})
    assert "future" in text(refused) and "They chose between three ways." in html_of(refused)
    client.post(add, FIELDS | {"on": ago(10).isoformat(), "what_changed": "The letter comes second."})
    page = text(client.get(reverse("sites:check", args=[site.slug])))
    assert "Six carers" in page and "The letter comes second." in page
    assert "No one has been recorded as involved in: choosing what to work on, doing the work" in page
    assert "1 entry in 6 months; something changed after 1 Carer" in text(client.get(site.get_absolute_url()))


def test_an_active_site_without_a_recent_entry_is_reminded(site, coach, sign_in):
    client = sign_in(coach)
    factories.CoproductionEntryFactory(site=site, on=ago(300))
    reminder = "Add to the co-production check It has no entry of the last 6 months."
    assert reminder in text(client.get(site.get_absolute_url()))
    factories.CoproductionEntryFactory(site=site, on=ago(3))
    assert reminder not in text(client.get(site.get_absolute_url()))


def test_across_sites_it_is_seen_which_have_a_recent_check_and_which_have_nothing(staff, sign_in):
    recent, old, none = (factories.SiteFactory(name=name) for name in ("Recent place", "Old place", "Silent place"))
    factories.CoproductionEntryFactory(site=recent, on=ago(5), perspective="carer", what_changed="A lot.")
    factories.CoproductionEntryFactory(site=recent, on=ago(5), perspective="provider")
    factories.CoproductionEntryFactory(site=old, on=ago(250))
    client = sign_in(staff)
    page = text(client.get("/co-production-checks/"))
    assert "2 of 3 active sites have no entry of the last 6 months." in page
    assert "Recent place Network, active Recent 2 1 Carer, Service provider" in page
    assert "Old place Network, active Not recent 0 0" in page and "Silent place Network, active Nothing yet 0 0" in page
    assert "1 of 3 active sites has no entry of the last 12 months." in text(
        client.get("/co-production-checks/", {"months": "12"})
    )
    without = text(client.get("/co-production-checks/", {"recent": "without"}))
    assert "Silent place" in without and "Recent place" not in without
    lines = csv_text(client.get("/co-production-checks/", {"format": "csv", "sort": "name"})).splitlines()
    assert lines[0].split(",")[4] == "Entries in 6 months"
    assert [line.split(",")[0] for line in lines[1:]] == ["Old place", "Recent place", "Silent place"]
    assert "Carer; Service provider" in lines[2]
    assert none.name in lines[3]


def test_the_page_across_sites_costs_the_same_for_one_site_and_for_thirty(staff, sign_in):
    client = sign_in(staff)
    factories.CoproductionEntryFactory(on=ago(5))
    before = queries(client, "/co-production-checks/")
    for _ in range(29):
        factories.CoproductionEntryFactory(on=ago(5))
    assert queries(client, "/co-production-checks/") == before


def test_the_check_of_a_site_is_a_file_for_those_inside(site, coach, outsider, sign_in):
    factories.CoproductionEntryFactory(site=site, who="=SUM(1)", on=date(2022, 7, 4))
    address = reverse("sites:check", args=[site.slug])
    lines = csv_text(sign_in(coach).get(address, {"format": "csv"})).splitlines()
    assert lines[1].startswith("2022-07-04,Carer,'=SUM(1),Planning how")
    assert sign_in(outsider).get(address, {"format": "csv"}).status_code == 404


def test_entries_are_written_over_the_api(site, coach, sign_in):
    client, address = sign_in(coach), "/api/v1/co-production-entries/"
    made = client.post(address, FIELDS | {"site": site.slug, "on": "2022-07-04"}, content_type="application/json")
    assert made.status_code == 201, made.content
    own = f"{address}{made.json()['id']}/"
    change = {"data": {"what_changed": "The letter."}, "content_type": "application/json"}
    assert client.patch(own, **change).status_code == 428
    assert client.patch(own, **change, headers={"If-Match": made["ETag"]}).json()["what_changed"] == "The letter."
    assert [row["who"] for row in client.get(address, {"part": "planning", "site": site.slug}).json()["results"]] == [
        "Six carers"
    ]
    assert client.get(address, {"since": "2022-07-05"}).json()["results"] == []
    assert client.delete(own, headers={"If-Match": "*"}).status_code == 204
