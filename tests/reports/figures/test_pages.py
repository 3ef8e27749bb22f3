"""The catalogue of figures and the page of a printed code, for the public and for those who work on the report."""

import csv
import io
import re
from datetime import date
from html import unescape

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from impact.core.basics import clock
from networks.log.models import Attendance
from reports.editions.services import take_snapshot
from reports.figures.catalogue import INDICATORS
from tests import factories
from tests.pages import html_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def report():
    return factories.AnnualReportFactory(year=2022)


@pytest.fixture
def meeting():
    return factories.LoggedMeetingFactory(group=factories.GroupFactory(nation="wales"))


def edition(report, by):
    return factories.EditionFactory(report=report, snapshot=take_snapshot(by=by, report=report))


def publish(report, by):
    report.approved_edition = edition(report, by)
    report.status, report.approved_on, report.published_on = "published", "2023-01-16", "2023-01-16"
    report.save()
    return report.approved_edition


def text(response) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html_of(response))).split())


def figure(client, code: str, **query) -> dict:
    return client.get(f"/api/v1/figures/{code}/", {"report": 2022, **query}).json()


# --- The catalogue -------------------------------------------------------------------------------
def test_the_catalogue_says_what_each_figure_counts_and_who_answers_for_it(report, meeting, staff, sign_in):
    factories.ContributionFactory(meeting=meeting)
    page = text(sign_in(staff).get("/reports/2022/figures/"))
    assert f"{len(INDICATORS)} of {len(INDICATORS)} figures" in page
    assert "Contributions F13, contribution 1" in page and "UK Networks Manager" in page
    assert "Counted now, with figures to 31 December 2022" in page
    assert "All figures, what they count" in text(sign_in(staff).get("/reports/2022/"))


@pytest.mark.database
def test_the_catalogue_is_searched_and_filtered_and_says_when_nothing_matches(report, staff, sign_in):
    client = sign_in(staff)
    found = client.get("/reports/2022/figures/", {"q": "missing", "owner": "UK Networks Manager"})
    assert [line.indicator.code for line in found.context["lines"]] == ["F10", "F11"]
    nothing = text(client.get("/reports/2022/figures/", {"q": "missing", "owner": "Delivery leads"}))
    assert "No figure matches" in nothing
    assert client.get("/reports/2022/figures/", {"owner": "No such role"}).status_code == 200


def test_the_catalogue_is_a_csv_and_an_excel_file_with_the_same_numbers(report, meeting, staff, sign_in):
    factories.ContributionFactory.create_batch(3, meeting=meeting)
    client = sign_in(staff)
    answer = client.get("/reports/2022/figures/", {"format": "csv", "q": "F13"})
    rows = list(csv.DictReader(b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()))
    assert [(row["Code"], row["Value"], row["Owner"]) for row in rows] == [("F13", "3", "UK Networks Manager")]
    book = b"".join(client.get("/reports/2022/figures/", {"format": "xlsx"}).streaming_content)
    sheet = list(openpyxl.load_workbook(io.BytesIO(book)).active.iter_rows(values_only=True))
    assert len(sheet) == len(INDICATORS) + 1
    assert next(row for row in sheet if row[0] == "F13")[2] == 3


def test_last_years_value_is_that_of_its_published_edition_and_else_counted_now(report, meeting, staff, sign_in):
    group = meeting.group
    factories.ContributionFactory.create_batch(3, meeting=meeting)
    last_year = factories.LoggedMeetingFactory(group=group, number=9, starts_at=factories.at(2021, 6, 1))
    factories.ContributionFactory(meeting=last_year)
    client = sign_in(staff)
    assert figure(client, "F13")["year_before"] == 1
    publish(factories.AnnualReportFactory(year=2021), staff)
    factories.ContributionFactory(meeting=last_year)
    assert figure(client, "F13")["year_before"] == 1, "as it was published"
    page = client.get("/reports/2022/figures/")
    line = next(line for line in page.context["lines"] if line.indicator.code == "F13")
    assert line.change == "+2" and "+2" in text(page)


def test_a_year_before_in_which_nothing_was_recorded_is_left_out(report, meeting, staff, sign_in):
    page = text(sign_in(staff).get("/reports/2022/figures/"))
    assert "Year before" not in page
    assert figure(sign_in(staff), "F6")["year_before"] is None


def test_a_year_with_no_data_says_so(report, staff, sign_in):
    client = sign_in(staff)
    assert "Nothing was recorded in 2022" in text(client.get("/reports/2022/figures/"))
    assert "Nothing was counted." in text(client.get("/f/F13/?year=2022"))
    assert figure(client, "F13")["value"] == 0


# --- What has changed ----------------------------------------------------------------------------
def test_a_figure_that_changed_since_the_last_edition_is_marked_on_every_surface(report, meeting, staff, sign_in):
    factories.ContributionFactory(meeting=meeting)
    edition(report, staff)
    client = sign_in(staff)
    assert figure(client, "F13")["is_changed"] is False
    factories.ContributionFactory(meeting=meeting)
    said = "Changed since edition 1: it was 1"
    assert said in text(client.get("/reports/2022/figures/"))
    assert said in text(client.get("/f/F13/?year=2022"))
    assert said in text(client.get("/reports/2022/preview/"))
    found = figure(client, "F13")
    assert (found["is_changed"], found["previous_value"], found["previous_edition"]) == (True, 1, 1)
    assert (found["value"], found["edition"], found["as_of"]) == (2, None, "2022-12-31")
    only = client.get("/reports/2022/figures/", {"changed": "on"}).context["lines"]
    assert {"F13"} <= {line.indicator.code for line in only} < {one.code for one in INDICATORS}
    edition(report, staff)
    assert (figure(client, "F13", edition=2)["previous_edition"], figure(client, "F13", edition=1)["value"]) == (1, 1)
    assert figure(client, "F13", edition=1)["is_changed"] is False


def come(meeting, perspective: str, people: int) -> None:
    for _n in range(people):
        person = factories.PersonFactory()
        Attendance.objects.create(meeting=meeting, person=person, perspective=perspective, status="present")


def test_numbers_of_people_change_only_with_an_edition(report, meeting, staff, leader, sign_in):
    client = sign_in(leader)
    come(meeting, "carer", 12)
    come(meeting, "provider", 31)
    come(meeting, "funder", 3)
    assert figure(client, "F12")["value"] is None, "no edition yet"
    assert "counted with the first edition" in text(client.get("/reports/2022/preview/"))
    edition(report, staff)
    shown = figure(client, "F12")
    assert dict(shown["table"]["rows"]) == {
        "Carer": 10,
        "Funder or decision-maker": None,
        "Service provider": 30,
        "All shown": 40,
    }
    come(meeting, "carer", 2)
    come(meeting, "provider", 20)
    come(meeting, "funder", 20)
    assert figure(client, "F12") == shown, "as long as no other edition is built"
    made = edition(report, staff)
    now = dict(figure(client, "F12", edition=made.number)["table"]["rows"])
    assert now == {"Carer": 10, "Funder or decision-maker": None, "Service provider": 50, "All shown": 60}
    assert dict(figure(client, "F12", edition=1)["table"]["rows"]) == dict(shown["table"]["rows"])


def test_numbers_of_people_wait_for_the_end_of_the_year(report, meeting, staff, sign_in):
    """An edition of a running year has counted few people: what it withheld would stay withheld for good."""
    come(meeting, "carer", 3)
    with clock.standing_on(date(2022, 11, 30)):
        edition(report, staff)
    come(meeting, "carer", 30)
    made = edition(report, staff)
    assert dict(figure(sign_in(staff), "F12", edition=made.number)["table"]["rows"])["Carer"] == 35


# --- A printed code ------------------------------------------------------------------------------
def test_a_code_gives_everyone_the_definition_and_the_published_value_and_no_rows(report, meeting, staff, client):
    factories.ContributionFactory(meeting=meeting, words="Said in Wales")
    assert "No report has been published yet" in text(client.get("/f/F13/"))
    publish(report, staff)
    page = text(client.get("/f/F13/"))
    assert "Contributions" in page and "Things that people said" in page and "LOGS" not in page
    assert "1 2022" in page and "Edition 1, with figures to 31 December 2022" in page
    assert "Said in Wales" not in page and "What it was counted from" not in page
    assert "Said in Wales" not in text(client.get("/reports/2022/figures/"))


def test_a_code_gives_those_who_may_see_them_the_rows(report, meeting, staff, sign_in):
    factories.ContributionFactory(meeting=meeting, words="Said in Wales")
    made = edition(report, staff)
    page = text(sign_in(staff).get(f"/f/F13/?year=2022&edition={made.number}"))
    assert "Counted from 1 contribution." in page and "Said in Wales" in page and "As it was" in page


def test_a_draft_is_not_found_by_its_code_for_those_who_may_not_read_it(report, staff, client, outsider, sign_in):
    made = edition(report, staff)
    for reader in (client, sign_in(outsider)):
        assert reader.get("/reports/2022/figures/").status_code == 404
        for address in ("/f/F13/?year=2022", f"/f/F13/?year=2022&edition={made.number}"):
            answer = reader.get(address)
            assert answer.status_code == 404 and "has not been published" in text(answer)
    assert sign_in(outsider).get("/api/v1/figures/?report=2022").status_code == 400


def test_small_letters_lead_to_the_code_and_keep_the_edition(report, client):
    answer = client.get("/f/f12/?year=2022&edition=3")
    assert (answer.status_code, answer["Location"]) == (302, "/f/F12/?year=2022&edition=3")
    assert client.get("/f/", {"code": " f7 "})["Location"] == "/f/F7/"


@pytest.mark.parametrize(
    ("code", "meant"),
    [("F99", ""), ("12", "F12"), ("F012", "F12"), ("attendance-by-perspectiv", "F12"), ("%C5%B5", ""), ("F" * 300, "")],
)
def test_an_unknown_code_says_what_codes_look_like(code, meant, client):
    answer = client.get(f"/f/{code}/")
    assert answer.status_code == 404
    page = text(answer)
    assert "such as F12" in page and "Find figure" in page
    assert (f"Did you mean {meant}" in page) if meant else ("Did you mean" not in page)


@pytest.mark.parametrize("query", ["year=1990", "year=x", "edition=77", "edition=-1", "year=2022&edition=99999999999"])
def test_an_address_with_no_such_year_or_edition_is_not_found_kindly(query, report, staff, sign_in):
    answer = sign_in(staff).get(f"/f/F13/?{query}")
    assert answer.status_code == 404 and "There is no such year or edition" in text(answer)


def test_the_chapters_lead_from_each_code_to_its_figure(report, meeting, staff, sign_in):
    factories.ContributionFactory(meeting=meeting)
    page = html_of(sign_in(staff).get("/reports/2022/preview/"))
    links = set(re.findall(r'href="/f/(F\d+)/\?year=2022"', page))
    assert {"F1", "F6", "F13", "F16", "F10"} <= links


# --- The API -------------------------------------------------------------------------------------
def test_the_api_gives_each_figure_with_its_meaning(report, meeting, staff, sign_in):
    factories.ContributionFactory(meeting=meeting)
    rows = sign_in(staff).get("/api/v1/figures/?report=2022").json()
    assert [row["code"] for row in rows] == [one.code for one in INDICATORS]
    row = next(row for row in rows if row["name"] == "contributions")
    assert (row["value"], row["unit"], row["owner"]) == (1, "contribution", "UK Networks Manager")
    assert row["url"] == "http://testserver/f/F13/?year=2022"


def test_the_api_refuses_what_is_no_report_edition_or_figure(report, staff, sign_in):
    client = sign_in(staff)
    assert client.get("/api/v1/figures/?report=x").status_code == 400
    assert client.get("/api/v1/figures/?report=2022&edition=x").status_code == 400
    for address in ("?report=1990", "?report=2022&edition=9"):
        assert client.get(f"/api/v1/figures/{address}").status_code == 400, address
    assert client.get("/api/v1/figures/F999/?report=2022").status_code == 404


def test_the_catalogue_takes_the_same_number_of_queries_however_much_was_recorded(report, meeting, staff, sign_in):
    client = sign_in(staff)
    edition(report, staff)
    client.get("/reports/2022/figures/")
    with CaptureQueriesContext(connection) as few:
        client.get("/reports/2022/figures/")
    factories.ContributionFactory.create_batch(20, meeting=meeting)
    factories.SiteFactory.create_batch(5)
    with CaptureQueriesContext(connection) as many:
        client.get("/reports/2022/figures/")
    assert len(many) == len(few)
