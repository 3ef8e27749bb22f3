"""Keeping in touch with units: the log of contacts, and who was not heard from."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from impact.core.access.models import AuditEvent
from impact.core.basics import clock
from sites.progress.units.contacts.services import record_contact, remove_contact
from sites.progress.units.models import Unit, UnitChange, UnitContact
from sites.progress.units.roster import roster
from sites.progress.units.services import delist_unit, record_unit_change
from tests import factories
from tests.pages import html_of

pytestmark = pytest.mark.django_db
TODAY = date(2023, 1, 16)


@pytest.fixture(autouse=True)
def today():
    with clock.standing_on(TODAY):
        yield


@pytest.fixture
def site():
    return factories.SiteFactory(unit_name="general practice", status="active")


@pytest.fixture
def unit(site):
    return factories.UnitFactory(site=site, name="Oak", listed_from=date(2022, 1, 1))


def contact(by, unit, on=TODAY, **given) -> UnitContact:
    return record_contact(by=by, unit=unit, on=on, **{"how": "call", "words": "They are interested.", **given})


def test_a_first_contact_counts_as_the_approach_and_a_later_one_changes_nothing(staff, unit):
    contact(staff, unit, date(2022, 12, 1))
    [change] = unit.changes.all()
    assert (change.state, change.on) == ("approached", date(2022, 12, 1))
    record_unit_change(by=staff, unit=unit, state="joined", on=date(2023, 1, 2))
    contact(staff, unit, next_step="Visit", next_on=date(2023, 2, 1))
    assert unit.changes.count() == 2 and unit.contacts.count() == 2
    facts = AuditEvent.objects.filter(type="unit.contacted").latest("pk").facts
    assert facts == {"unit_id": unit.pk, "how": "call", "on": "2023-01-16"}  # not what was said


def test_a_contact_from_before_a_recorded_step_leaves_the_steps_alone(staff, unit):
    record_unit_change(by=staff, unit=unit, state="joined", on=date(2023, 1, 2))
    contact(staff, unit, date(2022, 6, 1))
    assert unit.changes.count() == 1


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"on": TODAY + timedelta(days=1)}, "Date cannot be in the future"),
        ({"on": date(2021, 12, 31)}, "was not on the roster yet"),
        ({"on": date(1, 1, 1)}, "was not on the roster yet"),
        ({"next_on": TODAY}, "Say what is to be done by then"),
        ({"next_step": "Visit", "next_on": date(2023, 1, 1)}, "The next step is before the contact"),
        ({"how": "pigeon"}, "not a valid choice"),
        ({"words": " "}, "cannot be blank"),
    ],
)
def test_a_contact_that_cannot_be_is_refused_in_words(staff, unit, given, words):
    with pytest.raises(ValidationError) as caught:
        contact(staff, unit, **given)
    assert words in " ".join(caught.value.messages)
    assert not UnitContact.objects.exists() and not UnitChange.objects.exists()


def test_nothing_is_recorded_about_a_unit_after_it_left(staff, unit):
    delist_unit(by=staff, unit=unit, listed_to=date(2022, 12, 31))
    with pytest.raises(ValidationError, match="had left the roster"):
        contact(staff, unit)


def test_only_the_sites_team_and_staff_record_and_remove(staff, unit, leader):
    row = contact(staff, unit)
    for by in (leader, factories.UserFactory()):
        with pytest.raises(PermissionDenied):
            contact(by, unit)
        with pytest.raises(PermissionDenied):
            remove_contact(by=by, contact=row)
    remove_contact(by=staff, contact=row)
    assert not UnitContact.objects.exists() and unit.changes.count() == 1  # the status stays


def test_units_without_contact_are_those_not_heard_from_and_not_declined(staff, site):
    def names(days: int) -> set[str]:
        rows = Unit.objects.filter(site=site).on_roster(TODAY).with_standing(TODAY)
        return set(rows.quiet_for(days, TODAY).values_list("name", flat=True))

    old, fresh, _never, new, declined, gone = (
        factories.UnitFactory(site=site, name=name, listed_from=date(2022, 1, 1))
        for name in ("old", "fresh", "never", "new", "declined", "gone")
    )
    Unit.objects.filter(pk=new.pk).update(listed_from=TODAY - timedelta(days=29))
    contact(staff, old, TODAY - timedelta(days=30))
    contact(staff, fresh, TODAY - timedelta(days=29))
    contact(staff, fresh, TODAY - timedelta(days=90))
    record_unit_change(by=staff, unit=declined, state="declined", on=date(2022, 3, 1), reason="No room")
    delist_unit(by=staff, unit=gone, listed_to=date(2022, 12, 31))
    assert names(30) == {"old", "never"}
    assert names(29) == {"old", "never", "fresh", "new"}


# --- Pages ---------------------------------------------------------------------------------------
def test_the_list_leads_to_what_there_is_to_do(staff, site, unit, sign_in):
    other = factories.UnitFactory(site=site, name="Elm", listed_from=date(2022, 1, 1))
    contact(staff, other, date(2022, 6, 1))
    client, url = sign_in(staff), reverse("sites:unit-list", args=[site.slug])
    page = html_of(client.get(url))
    assert "1 not yet approached" in page and "2 without contact for 30 days" in page
    waiting = html_of(client.get(url, {"state": "not_approached"}))
    assert ">Oak</a>" in waiting and ">Elm</a>" not in waiting
    quiet = html_of(client.get(url, {"quiet": "180", "sort": "contact"}))
    assert ">Oak</a>" in quiet and ">Elm</a>" in quiet
    file = b"".join(client.get(url, {"format": "csv"}).streaming_content).decode()
    assert "Elm,Approached,2022-06-01,2022-06-01" in file or "Elm,Approached,1 June 2022" in file


def test_the_figures_on_the_list_are_those_of_the_sites_page(staff, site, unit, sign_in):
    client = sign_in(staff)
    page = html_of(client.get(site.get_absolute_url()))
    assert "1 on the roster has had no contact for 30 days" in page
    standing = {u.name: u.state for u in Unit.objects.filter(site=site).with_standing(TODAY)}
    assert standing == {row.unit.name: row.state for row in roster(site, TODAY)}


def test_a_unit_shows_its_steps_and_contacts_and_takes_a_new_one(staff, unit, sign_in):
    client = sign_in(staff)
    url = reverse("sites:contact-add", args=[unit.site.slug, unit.pk])
    assert "counts as the first approach" in html_of(client.get(url))
    bad = client.post(url, {"on": "2023-02-01", "how": "visit", "words": "Kept on the page"})
    assert "Date cannot be in the future" in html_of(bad) and "Kept on the page" in html_of(bad)
    done = client.post(
        url,
        {
            "on": "2023-01-10",
            "how": "visit",
            "words": "We met two of them.",
            "next_step": "Call",
            "next_on": "2023-02-01",
        },
        follow=True,
    )
    page = html_of(done)
    assert (
        "We met two of them." in page
        and "Call, by 1 February 2023" in page
        and "Approached, since 10 January 2023" in page
    )
    row = unit.contacts.get()
    gone = client.post(reverse("sites:contact-remove", args=[unit.site.slug, unit.pk, row.pk]), follow=True)
    assert "The contact is removed." in html_of(gone) and not unit.contacts.exists()


def test_contacts_are_for_the_inside_of_the_site(staff, unit, sign_in, leader):
    contact(staff, unit, words="Words for the inside")
    lead = factories.team_of(unit.site)
    for who, status in ((lead, 200), (leader, 200), (factories.UserFactory(), 404)):
        response = sign_in(who).get(unit.get_absolute_url())
        assert response.status_code == status
        assert ("Words for the inside" in html_of(response)) == (status == 200)
    assert "Record contact" not in html_of(sign_in(leader).get(unit.get_absolute_url()))


def test_a_unit_is_found_only_below_its_own_site(staff, unit, sign_in):
    other = factories.SiteFactory()
    assert sign_in(staff).get(reverse("sites:unit-detail", args=[other.slug, unit.pk])).status_code == 404


def test_the_list_asks_as_many_queries_for_thirty_units_as_for_one(staff, site, unit, sign_in):
    client, url = sign_in(staff), reverse("sites:unit-list", args=[site.slug])
    client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as one:
        client.get(url)
    for n in range(29):
        contact(staff, factories.UnitFactory(site=site, name=f"Unit {n}", listed_from=date(2022, 1, 1)))
    with CaptureQueriesContext(connection) as many:
        client.get(url)
    assert len(one) == len(many)


# --- The API -------------------------------------------------------------------------------------
def test_units_are_read_and_written_over_the_api(staff, site, sign_in):
    client = sign_in(staff)
    made = client.post(
        "/api/v1/units/", {"site": site.slug, "name": "Oak", "listed_from": "2022-01-01"}, "application/json"
    )
    assert made.status_code == 201, made.json()
    unit = made.json()
    assert unit["state"] == "not_approached" and made["Location"].endswith(f"/units/{unit['id']}/")
    address = f"/api/v1/units/{unit['id']}/"
    said = client.post(f"{address}contacts/", {"on": "2023-01-10", "how": "call", "words": "Yes"}, "application/json")
    assert said.status_code == 201 and said.json()[0]["words"] == "Yes"
    joined = client.post(
        f"{address}changes/", {"on": "2023-01-12", "state": "joined", "reason": ""}, "application/json"
    )
    assert [row["state"] for row in joined.json()] == ["approached", "joined"]
    assert client.get(address).json() | {"state": "joined", "last_contact": "2023-01-10"} == client.get(address).json()
    assert client.get("/api/v1/units/", {"quiet_days": 30}).json()["results"] == []
    assert [
        row["name"] for row in client.get("/api/v1/units/", {"state": "joined", "site": site.slug}).json()["results"]
    ] == ["Oak"]
    left = client.post(f"{address}delist/", {"listed_to": "2023-01-15"}, "application/json")
    assert left.status_code == 200 and left.json()["listed_to"] == "2023-01-15"
    twice = client.post(
        "/api/v1/units/", {"site": site.slug, "name": "Oak", "listed_from": "2022-01-01"}, "application/json"
    )
    assert twice.status_code == 400


def test_the_api_shows_and_takes_nothing_of_sites_whose_inside_one_may_not_see(unit, sign_in, leader):
    stranger = sign_in(factories.UserFactory())
    assert stranger.get("/api/v1/units/").json()["results"] == []
    assert stranger.get(f"/api/v1/units/{unit.pk}/").status_code == 404
    reader = sign_in(leader)
    assert reader.get(f"/api/v1/units/{unit.pk}/").status_code == 200
    body = {"on": "2023-01-10", "how": "call", "words": "Yes"}
    assert reader.post(f"/api/v1/units/{unit.pk}/contacts/", body, "application/json").status_code == 403


class AgainstTheRoster(TestCase):
    """Where the list says a unit stands is what the roster says, on every day and whatever was recorded in which order."""

    @settings(max_examples=25, deadline=None)
    @given(
        st.lists(st.tuples(st.integers(0, 60), st.sampled_from(UnitChange.State.values)), max_size=6),
        st.integers(0, 70),
    )
    def test_the_standing_of_a_unit_is_that_of_the_roster(self, changes, after):
        first = date(2022, 1, 1)
        unit = factories.UnitFactory(listed_from=first)
        for days, state in changes:
            UnitChange.objects.create(unit=unit, state=state, on=first + timedelta(days=days), reason="So")
        on = first + timedelta(days=after)
        [row] = roster(unit.site, on)
        found = Unit.objects.with_standing(on).get(pk=unit.pk)
        assert (found.state, found.since) == (row.state, row.since)
