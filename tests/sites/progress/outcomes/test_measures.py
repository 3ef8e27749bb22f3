"""Outcome measures and their readings: each rule, what people see, and the API."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from impact.core.access import audit
from impact.core.basics import clock
from impact.core.basics.versions import Conflict
from sites.progress.outcomes.measures import services
from sites.progress.outcomes.measures.chart import BOTTOM, LEFT, RIGHT, TOP, Point, line_chart, scale_of
from sites.progress.outcomes.measures.figures import compact, with_unit
from sites.progress.outcomes.measures.models import OutcomeMeasure, Reading, change_in_words
from tests import factories
from tests.pages import html_of
from tests.sites.test_views import csv_text, queries, text

pytestmark = pytest.mark.django_db
JUNE, JULY, AUGUST = date(2022, 6, 1), date(2022, 7, 4), date(2022, 8, 4)
FIELDS = {
    "frame": "reach",
    "name": "People with a plan",
    "definition": "Counted by hand.",
    "unit": "people",
    "source": "The host",
}


@pytest.fixture
def site():
    return factories.SiteFactory(name="Antrim")


@pytest.fixture
def coach(site):
    return factories.team_of(site)


@pytest.fixture
def measure(site, coach):
    return services.add_measure(by=coach, site=site, **FIELDS, baseline_value=Decimal(40), baseline_on=JUNE)


# --- Rules -----------------------------------------------------------------------------------------
def test_only_those_who_may_edit_the_site_write_its_outcomes(site, measure, leader, outsider):
    elsewhere = factories.team_of(factories.SiteFactory())
    reading = factories.ReadingFactory(measure=measure, on=JULY)
    for by in (leader, outsider, elsewhere):
        for refused in (
            lambda by=by: services.add_measure(by=by, site=site, **FIELDS),
            lambda by=by: services.update_measure(by=by, measure=measure, name="X"),
            lambda by=by: services.remove_measure(by=by, measure=measure),
            lambda by=by: services.add_reading(by=by, measure=measure, on=AUGUST, value=Decimal(1)),
            lambda by=by: services.update_reading(by=by, reading=reading, value=Decimal(1)),
            lambda by=by: services.remove_reading(by=by, reading=reading),
        ):
            with pytest.raises(PermissionDenied):
                refused()
    assert (OutcomeMeasure.objects.count(), Reading.objects.get().value) == (1, 12)


def test_measures_are_read_by_those_inside_the_site_only(measure, coach, staff, leader, outsider):
    elsewhere = factories.team_of(factories.SiteFactory())
    found = OutcomeMeasure.objects.visible_to
    assert all(list(found(user)) == [measure] for user in (coach, staff, leader))
    assert not any(found(user).exists() for user in (outsider, elsewhere))


def test_a_reading_is_after_the_baseline_and_not_in_the_future(measure, coach):
    for on, words in ((JUNE, "baseline is of 1 June 2022"), (clock.today() + timedelta(days=1), "future")):
        with pytest.raises(ValidationError, match=words) as refused:
            services.add_reading(by=coach, measure=measure, on=on, value=Decimal(1))
        assert "on" in refused.value.error_dict
    reading = services.add_reading(by=coach, measure=measure, on=JULY, value=Decimal("58.5"))
    with pytest.raises(ValidationError, match="reading for this day already"):
        services.add_reading(by=coach, measure=measure, on=JULY, value=Decimal(1))
    with pytest.raises(ValidationError, match="1 June 2022"):
        services.update_reading(by=coach, reading=reading, on=JUNE)
    assert Reading.objects.get().value == Decimal("58.5")


def test_a_baseline_stays_before_the_first_reading_and_the_unit_with_the_readings(measure, coach):
    services.add_reading(by=coach, measure=measure, on=JULY, value=Decimal(58))
    with pytest.raises(ValidationError, match="first reading is of 4 July 2022"):
        services.update_measure(by=coach, measure=OutcomeMeasure.objects.get(), baseline_on=JULY)
    with pytest.raises(ValidationError, match="Keep the unit"):
        services.update_measure(by=coach, measure=OutcomeMeasure.objects.get(), unit="%")
    services.update_measure(by=coach, measure=OutcomeMeasure.objects.get(), baseline_on=date(2022, 7, 3))
    assert OutcomeMeasure.objects.get().baseline_on == date(2022, 7, 3)


def test_a_baseline_has_a_value_and_a_day_or_neither(site, coach):
    with pytest.raises(ValidationError, match="both the baseline and its date"):
        services.add_measure(by=coach, site=site, **FIELDS, baseline_value=Decimal(1))
    with pytest.raises(ValidationError, match="future"):
        later = clock.today() + timedelta(days=1)
        services.add_measure(by=coach, site=site, **FIELDS, baseline_value=Decimal(1), baseline_on=later)
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.OutcomeMeasureFactory(site=site, baseline_on=JUNE)


def test_a_name_is_used_once_at_a_site(site, measure, coach):
    with pytest.raises(ValidationError, match="already has a measure with this name"):
        services.add_measure(by=coach, site=site, **FIELDS)


def test_the_second_of_two_editors_is_told(measure, coach):
    services.update_measure(by=coach, measure=OutcomeMeasure.objects.get(), expected=1, name="Plans made")
    with pytest.raises(Conflict):
        services.update_measure(by=coach, measure=OutcomeMeasure.objects.get(), expected=1, name="Other")
    with pytest.raises(Conflict):
        services.remove_measure(by=coach, measure=OutcomeMeasure.objects.get(), expected=1)
    assert OutcomeMeasure.objects.get().name == "Plans made"


def test_the_sites_history_says_what_was_done_and_no_words(site, measure, coach):
    reading = services.add_reading(by=coach, measure=measure, on=JULY, value=Decimal(58), note="Two joined")
    services.update_reading(by=coach, reading=reading, value=Decimal(59))
    services.remove_reading(by=coach, reading=reading)
    told = [(row["label"], row["detail"]) for row in audit.history(site)]
    assert told == [
        ("Reading of an outcome measure removed", "Reach, 4 July 2022"),
        ("Reading of an outcome measure changed", "Reach, 4 July 2022"),
        ("Reading of an outcome measure added", "Reach, 4 July 2022"),
        ("Outcome measure added", "Reach"),
    ]


# --- Numbers and charts: pure -----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        ("1200", "£", "£1,200"),
        ("-4.5", "£", "-£4.5"),
        ("31.50", "%", "31.5%"),
        ("100", "people", "100 people"),
        ("0", "people", "0 people"),
    ],
)
def test_numbers_stand_with_their_unit(value, unit, words):
    assert with_unit(Decimal(value), unit) == words


def test_long_numbers_are_short_at_the_edge_of_a_chart():
    assert [compact(Decimal(n)) for n in (0, 7500, 12500, 1500000)] == ["0", "7,500", "12.5k", "1.5m"]


@pytest.mark.parametrize(
    ("better", "value", "words"),
    [
        ("higher", 31, "up 9 percentage points, better"),
        ("lower", 31, "up 9 percentage points, worse"),
        ("higher", 20, "down 2 percentage points, worse"),
        ("neither", 31, "up 9 percentage points"),
        ("higher", 22, "no change"),
    ],
)
def test_a_change_says_which_way_and_whether_that_is_better(better, value, words):
    measure = OutcomeMeasure(unit="%", better=better, baseline_value=Decimal(22), baseline_on=JUNE)
    assert change_in_words(measure, Decimal(value))[0] == words


values = st.integers(-(10**10), 10**10).map(lambda cents: Decimal(cents) / 100)
days = st.integers(0, 40_000).map(lambda number: date(1990, 1, 1) + timedelta(days=number))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(days, values, min_size=2, max_size=12))
def test_every_point_of_a_chart_is_inside_it_in_order_and_on_its_scale(readings):
    chart = line_chart([Point(on, value) for on, value in readings.items()], None)
    assert chart
    places = chart["points"]
    assert [place["on"] for place in places] == sorted(readings)
    assert all(LEFT <= p["x"] <= RIGHT and TOP <= p["y"] <= BOTTOM for p in places)
    assert [p["x"] for p in places] == sorted(p["x"] for p in places)
    by_value = sorted(places, key=lambda p: p["value"])
    assert [p["y"] for p in by_value] == sorted((p["y"] for p in by_value), reverse=True)
    ticks = scale_of(list(readings.values()))
    assert ticks[0] <= min(readings.values()) and max(readings.values()) <= ticks[-1] and 2 <= len(ticks) <= 7


def test_one_reading_is_no_line():
    assert line_chart([Point(JULY, Decimal(1))], None) is None
    assert line_chart([Point(JULY, Decimal(1))], Point(JUNE, Decimal(0))) is not None


# --- Pages -----------------------------------------------------------------------------------------
def test_a_measure_is_added_read_and_shown_with_its_chart_and_a_table(site, coach, sign_in):
    client = sign_in(coach)
    add = reverse("sites:outcome-add", args=[site.slug])
    data = FIELDS | {"better": "higher", "baseline_value": "40", "baseline_on": "2022-06-01"}
    refused = client.post(add, data | {"baseline_on": ""})
    assert "both the baseline and its date" in text(refused) and "Counted by hand." in html_of(refused)
    client.post(add, data)
    measure = OutcomeMeasure.objects.get()
    new = reverse("sites:reading-add", args=[site.slug, measure.pk])
    early = client.post(new, {"on": "2022-05-01", "value": "3", "note": ""})
    assert "Enter a later day" in text(early)
    client.post(new, {"on": "2022-07-04", "value": "58", "note": "Two joined"})
    page = client.get(measure.get_absolute_url())
    assert "1 June 2022 40 people Baseline" in text(page) and "4 July 2022 58 people Two joined" in text(page)
    label = "People with a plan over time. Baseline 40 people on 1 June 2022. Latest 58 people on 4 July 2022, up 18 people, better."
    assert f'role="img" aria-label="{label}"' in html_of(page)
    listed = text(client.get(reverse("sites:outcome-list", args=[site.slug])))
    assert "Up 18 people, better" in listed and "Not measured yet." in listed
    at_site = text(client.get(site.get_absolute_url()))
    assert "People with a plan Reach 40 people 58 people 4 July 2022 Up 18 people, better" in at_site


def test_a_reading_and_a_measure_are_removed_after_asking(site, measure, coach, sign_in):
    client = sign_in(coach)
    reading = factories.ReadingFactory(measure=measure, on=JULY)
    remove = reverse("sites:reading-remove", args=[site.slug, measure.pk, reading.pk])
    assert "12 people on 4 July 2022" in text(client.get(remove))
    client.post(remove, {"version": "1"})
    assert not Reading.objects.exists()
    client.post(reverse("sites:outcome-remove", args=[site.slug, measure.pk]), {"version": "1"})
    assert not OutcomeMeasure.objects.exists()


def test_two_editors_of_a_measure_see_both_texts(site, measure, coach, sign_in):
    client = sign_in(coach)
    edit = reverse("sites:outcome-edit", args=[site.slug, measure.pk])
    data = FIELDS | {"better": "higher", "baseline_value": "40", "baseline_on": "2022-06-01", "version": "1"}
    services.update_measure(by=coach, measure=OutcomeMeasure.objects.get(), source="A survey")
    answer = client.post(edit, data | {"source": "The coach"})
    assert answer.status_code == 409
    assert "A survey" in text(answer) and "The coach" in html_of(answer)


def test_outcomes_of_all_sites_are_filtered_and_exported(site, measure, staff, sign_in):
    factories.ReadingFactory(measure=measure, on=JULY, value=58)
    factories.OutcomeMeasureFactory(frame="cost", name="Hours")
    client = sign_in(staff)
    assert "Hours" in text(client.get("/outcomes/"))
    assert "Hours" not in text(client.get("/outcomes/", {"frame": "reach"}))
    lines = csv_text(client.get("/outcomes/", {"format": "csv", "frame": "reach"})).splitlines()
    assert lines[1].startswith("Antrim,Reach,People with a plan,Counted by hand.,people,The host,40.00,2022-06-01,58")


def test_the_list_costs_the_same_for_one_measure_and_for_thirty(site, staff, sign_in):
    client = sign_in(staff)
    factories.ReadingFactory(measure=factories.OutcomeMeasureFactory(site=site))
    addresses = ["/outcomes/", reverse("sites:outcome-list", args=[site.slug]), site.get_absolute_url()]
    before = [queries(client, address) for address in addresses]
    for n in range(29):
        factories.ReadingFactory(
            measure=factories.OutcomeMeasureFactory(site=site if n % 2 else factories.SiteFactory())
        )
    assert [queries(client, address) for address in addresses] == before


def test_outsiders_find_no_outcomes(outsider, sign_in):
    site = factories.UpdateFactory().site
    measure = factories.OutcomeMeasureFactory(site=site, name="Secret")
    client = sign_in(outsider)
    assert "Secret" not in text(client.get(site.get_absolute_url()))
    assert client.get(measure.get_absolute_url()).status_code == 403
    assert "You see the outcomes of the sites where you work." in text(client.get("/outcomes/"))


# --- API -------------------------------------------------------------------------------------------
def test_a_measure_and_its_readings_are_written_over_the_api(site, coach, sign_in):
    client, address = sign_in(coach), "/api/v1/outcome-measures/"
    sent = FIELDS | {"site": site.slug, "baseline_value": "40", "baseline_on": "2022-06-01"}
    made = client.post(address, sent, content_type="application/json")
    assert made.status_code == 201, made.content
    own = f"{address}{made.json()['id']}/"
    late = client.post(f"{own}readings/", {"on": "2022-05-01", "value": "1"}, content_type="application/json")
    assert late.status_code == 400 and late.json()["errors"][0]["attr"] == "on"
    body = client.post(f"{own}readings/", {"on": "2022-07-04", "value": "58"}, content_type="application/json").json()
    assert body["change"] == "up 18 people, better"
    reading = f"{own}readings/{body['readings'][0]['id']}/"
    tag = client.get(reading)["ETag"]
    change = {"data": {"value": "60"}, "content_type": "application/json"}
    assert client.patch(reading, **change).status_code == 428
    assert client.patch(reading, **change, headers={"If-Match": tag}).json()["value"] == "60.00"
    assert client.patch(reading, **change, headers={"If-Match": tag}).status_code == 412
    assert client.delete(reading, headers={"If-Match": "*"}).status_code == 204
    assert client.get(own).json()["readings"] == []


def test_a_measure_is_not_added_to_a_site_that_the_caller_may_not_edit(coach, sign_in):
    other = factories.SiteFactory()
    answer = sign_in(coach).post(
        "/api/v1/outcome-measures/", FIELDS | {"site": other.slug}, content_type="application/json"
    )
    assert answer.status_code == 400 and answer.json()["errors"][0]["attr"] == "site"
    assert not OutcomeMeasure.objects.exists()
