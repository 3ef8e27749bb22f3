"""Planning in one step: a series of meetings, and a network with its local networks."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from impact.core.access.models import AuditEvent
from impact.core.jobs.models import OutboxEmail
from impact.core.people.models import Person
from networks.groups.models import Group, Membership, Network
from networks.meetings.models import Meeting
from networks.meetings.planning import services
from networks.meetings.planning.services import series_dates, still_to_plan, weeks_between
from networks.network.services import LocalNetworkInput, start_network
from sites.registry.models import Site
from tests import factories
from tests.factories import at
from tests.pages import html_of

pytestmark = pytest.mark.django_db

LOCAL = LocalNetworkInput


# --- Dates ----------------------------------------------------------------------------------------
def test_the_rhythm_follows_from_the_plan_of_the_group(circle):
    assert weeks_between(circle.group) == 6 and still_to_plan(circle.group) == 2
    assert series_dates(date(2023, 1, 31), "monthly", 4, 6) == [
        date(2023, 1, 31), date(2023, 2, 28), date(2023, 3, 31), date(2023, 4, 30),
    ]  # fmt: skip
    assert series_dates(date(2023, 3, 1), "weeks", 3, 6) == [date(2023, 3, 1), date(2023, 4, 12), date(2023, 5, 24)]


@pytest.fixture
def long(circle):
    circle.group.ends_on = date(2023, 12, 31)
    circle.group.save()
    return circle


def two_hours(*days):
    return [(at(*day), at(*day, 16)) for day in days]


def test_a_series_is_saved_as_drafts_in_order(long):
    planned = services.plan_series(
        by=long.coordinator, group=long.group, times=two_hours((2023, 2, 6), (2023, 3, 20)), mode="online"
    )
    assert [(m.number, m.title, m.is_draft) for m in planned] == [(3, "Meeting 3", True), (4, "Meeting 4", True)]
    assert not OutboxEmail.objects.exists()


@pytest.mark.parametrize(
    ("days", "message"),
    [
        ([(2023, 2, 6), (2024, 3, 20)], "Row 2, 20 March 2024: .* ends on 31 December 2023"),
        ([(2023, 3, 6), (2023, 2, 20)], "Row 2, 20 February 2023: it is not after the row above"),
        ([], "at least one date"),
    ],
)
def test_a_wrong_row_is_named_and_nothing_is_saved(long, days, message):
    with pytest.raises(ValidationError, match=message):
        services.plan_series(by=long.coordinator, group=long.group, times=two_hours(*days))
    assert long.group.meetings.count() == 2


def test_members_do_not_plan_a_series(long):
    with pytest.raises(PermissionDenied):
        services.plan_series(by=factories.user_in(long.group), group=long.group, times=two_hours((2023, 2, 6)))


GIVEN = {
    "first": "2023-02-04", "starts": "14:00", "minutes": "90", "count": "2", "rhythm": "weeks",
    "mode": "online", "place": "", "join_url": "", "access_arrangements": "Captions",
}  # fmt: skip


def rows_of(*rows):
    data = {"rows-TOTAL_FORMS": str(len(rows)), "rows-INITIAL_FORMS": str(len(rows))}
    for n, (on, starts, ends) in enumerate(rows):
        data |= {f"rows-{n}-date": on, f"rows-{n}-starts": starts, f"rows-{n}-ends": ends}
    return data


def test_the_page_works_out_dates_that_can_be_changed_before_saving(long, sign_in):
    client, url = sign_in(long.coordinator), reverse("networks:group-series", args=[long.group.slug])
    assert "Every 6 weeks" in html_of(client.get(url))
    page = html_of(client.post(url, GIVEN | {"do": "work"}))
    assert 'value="2023-02-04"' in page and 'value="2023-03-18"' in page and page.count('value="15:30"') == 2
    assert "4 February 2023 is a Saturday" in page and long.group.meetings.count() == 2
    wrong = rows_of(("2023-02-06", "14:00", "15:30"), ("2029-03-20", "14:00", "15:30"))
    page = html_of(client.post(url, GIVEN | wrong | {"do": "save"}))
    assert "Nothing was saved" in page and "Row 2, 20 March 2029" in page and 'value="2023-02-06"' in page
    right = rows_of(("2023-02-06", "14:00", "15:30"), ("2023-03-18", "10:00", "11:30"), ("", "14:00", "15:30"))
    page = html_of(client.post(url, GIVEN | right | {"do": "save"}, follow=True))
    assert "2 meetings are saved as drafts" in page and "18 March 2023 is a Saturday" in page
    third = Meeting.objects.get(group=long.group, number=3)
    assert (third.starts_at, third.access_arrangements) == (at(2023, 2, 6), "Captions")


def test_own_dates_and_bad_input_keep_what_was_typed(long, sign_in):
    client, url = sign_in(long.coordinator), reverse("networks:group-series", args=[long.group.slug])
    page = html_of(client.post(url, GIVEN | {"rhythm": "own", "count": "3", "do": "work"}))
    assert page.count('name="rows-') >= 9 and page.count('value="2023-02-04"') == 2
    page = html_of(client.post(url, GIVEN | {"first": "", "do": "work"}))
    assert "Enter a date" in page and "Captions" in page
    bad = rows_of(("2023-02-06", "", "15:30"))
    page = html_of(client.post(url, GIVEN | bad | {"do": "save"}))
    assert "Row 1, Starts at" in page and 'value="2023-02-06"' in page
    assert client.post(url, GIVEN | {"count": "9999", "do": "work"}).status_code == 200


# --- A network in one step ------------------------------------------------------------------------
@pytest.fixture
def topic(db):
    return factories.TopicFactory(name="Choice")


def start(by, topic, *rows, name="Choice together", **details):
    dates = {"starts_on": date(2023, 2, 1), "ends_on": date(2023, 8, 1)}
    return start_network(by=by, name=name, topic=topic, local_networks=rows, **(dates | details))


def test_a_network_begins_with_its_local_networks_and_coordinators(staff, topic):
    known = factories.UserFactory(email="rowan@people.example").person
    network = start(
        staff,
        topic,
        LOCAL("wales", place="Gwynedd", coordinator_email="ROWAN@people.example"),
        LOCAL("scotland", name="Highlands", coordinator_name="Birch", coordinator_email="birch@people.example"),
        LOCAL("scotland", name="Borders", starts_on=date(2023, 3, 1)),
    )
    groups = {g.name: g for g in Group.objects.filter(site=network)}
    assert set(groups) == {"Choice together, Wales", "Highlands", "Borders"}
    assert groups["Choice together, Wales"].starts_on == date(2023, 2, 1)
    assert (groups["Borders"].starts_on, groups["Borders"].ends_on) == (date(2023, 3, 1), date(2023, 8, 1))
    assert groups["Borders"].size_max == 10 and groups["Borders"].meetings_planned == 4
    assert set(network.nations.values_list("nation", flat=True)) == {"wales", "scotland"}
    assert Membership.objects.get(person=known).role == "coordinator"
    assert Membership.objects.get(group=groups["Highlands"]).person.name == "Birch"
    assert AuditEvent.objects.get(type="network.started").facts == {"local_networks": 3}


def test_a_wrong_row_is_named_and_nothing_remains(staff, topic):
    factories.GroupFactory(name="Taken")
    before = Site.objects.count()
    with pytest.raises(ValidationError) as refusal:
        start(
            staff,
            topic,
            LOCAL("wales", coordinator_name="Birch", coordinator_email="birch@people.example"),
            LOCAL("england", name="Taken"),
            LOCAL("scotland", coordinator_name="No address"),
            LOCAL("northern_ireland", starts_on=date(2023, 9, 1)),
        )
    text = " ".join(refusal.value.messages)
    assert "Row 2, England: Group with this Name already exists" in text
    assert "Row 3, Scotland: A coordinator who is new" in text and "Row 4, Northern Ireland: The end date" in text
    assert Site.objects.count() == before and Group.objects.count() == 1
    assert not Person.objects.filter(name="Birch").exists()


def test_a_network_needs_a_local_network_in_one_of_the_four_nations(staff, topic):
    with pytest.raises(ValidationError, match="at least one local network"):
        start(staff, topic)
    with pytest.raises(ValidationError, match="four nations"):
        start(staff, topic, LOCAL("uk"))


def test_only_national_staff_start_a_network(circle, leader, topic):
    for by in (circle.coordinator, leader):
        with pytest.raises(PermissionDenied):
            start(by, topic, LOCAL("wales"))


def local(n, **given):
    fields = {"nation": "", "name": "", "place": "", "starts_on": "", "ends_on": "", "coordinator_name": "", "coordinator_email": ""}  # fmt: skip
    return {f"local-{n}-{key}": value for key, value in (fields | given).items()}


def test_the_page_keeps_everything_typed_and_then_begins_the_network(staff, topic, sign_in):
    client, url = sign_in(staff), reverse("networks:start")
    page = html_of(client.get(url))
    assert page.count(" selected") >= 4 and "Leave this one out" in page
    given = {
        "name": "Choice together", "topic": topic.pk, "host": "", "summary": "About <b>choice</b>",
        "starts_on": "2023-02-01", "ends_on": "2023-08-01",
        "local-TOTAL_FORMS": "4", "local-INITIAL_FORMS": "4",
        **local(0, nation="wales", place="Gwynedd", coordinator_name="Only a name"),
        **local(1, nation="scotland"), **local(2), **local(3),
    }  # fmt: skip
    page = html_of(client.post(url, given))
    assert "Nothing was saved" in page and "Row 1, Wales: A coordinator who is new" in page
    for typed in ("Choice together", "About &lt;b&gt;choice&lt;/b&gt;", "Gwynedd", "Only a name"):
        assert typed in page
    page = html_of(client.post(url, given | {"ends_on": "2022-01-01"}))
    assert "The last day is before the first" in page and "Gwynedd" in page
    page = html_of(client.post(url, given | {"do": "more"}))
    assert "local-4-nation" in page and "Gwynedd" in page
    response = client.post(url, given | local(0, nation="wales", place="Gwynedd"))
    network = Network.objects.get(name="Choice together")
    assert response["Location"] == reverse("networks:detail", args=[network.slug])
    assert Group.objects.filter(site=network).count() == 2
    assert "Site with this Name already exists" in html_of(client.post(url, given))
