"""The first page: what it tells each reader to do is theirs to do, and its numbers lead to what they count."""

import re
from datetime import date

import pytest

from reports.writing.models import AnnualReport
from tests import factories
from tests.pages import html_of

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def home(client):
    """``home("staff")`` is the first page as someone with that role sees it."""

    def seen_by(role: str) -> str:
        client.force_login(factories.UserFactory(roles=[role]))
        return html_of(client.get("/"))

    return seen_by


@pytest.mark.parametrize(
    ("status", "writers", "readers"),
    [
        ("writing", "Finish the chapters", "It comes to the leadership team once its chapters are finished."),
        ("approved", "Publish it when you are ready.", "The staff team publishes it."),
    ],
)
def test_only_those_who_write_and_publish_a_report_are_asked_to(home, status, writers, readers):
    report = factories.AnnualReportFactory(year=2022)
    approved = {"approved_on": date(2023, 1, 16), "approved_edition": factories.EditionFactory(report=report)}
    AnnualReport.objects.filter(pk=report.pk).update(status=status, **(approved if status == "approved" else {}))
    assert writers in home("staff") and readers not in home("staff")
    assert readers in home("leadership") and writers not in home("leadership")


@pytest.mark.parametrize(("over", "words"), [(5, "1 more meeting to log"), (6, "2 more meetings to log")])
def test_the_meetings_that_are_not_named_are_counted_and_found(home, client, over, words):
    group = factories.GroupFactory()
    for number in range(over):
        factories.MeetingFactory(group=group, title=f"Not logged {number}", starts_at=factories.at(2022, 7, 1 + number))
    page = home("staff")
    href = re.search(rf'<a[^>]*href="([^"]+)"[^>]*>{words}</a>', page)
    assert href
    assert f"{over} meetings" in html_of(client.get(href[1]))


def test_the_number_of_meetings_leads_to_those_of_its_year(home, client):
    group = factories.GroupFactory()
    factories.LoggedMeetingFactory(group=group, title="Of the year", starts_at=factories.at(2022, 7, 20))
    factories.MeetingFactory(group=group, title="Of another", starts_at=factories.at(2023, 7, 20))
    factories.AnnualReportFactory(year=2022)
    href = re.search(r'href="(/meetings/[^"]*)"', home("leadership"))[1].replace("&amp;", "&")
    found = html_of(client.get(href))
    assert "Of the year" in found and "Of another" not in found
