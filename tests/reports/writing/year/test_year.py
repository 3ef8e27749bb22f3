"""The reporting year: days in order, reports that open on their day, owners who are reminded."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from impact.core.basics import clock
from impact.core.notices.models import Notice
from reports.writing.models import AnnualReport, ReportSection
from reports.writing.year import services, tasks
from reports.writing.year.models import ReportingYear
from tests import factories
from tests.pages import html_of

pytestmark = pytest.mark.django_db
ON = date(2023, 11, 1)


@pytest.fixture(autouse=True)
def standing():
    with clock.standing_on(ON - timedelta(days=30)):
        yield


def titles(user) -> list[str]:
    return list(Notice.objects.filter(person__user=user).order_by("pk").values_list("title", flat=True))


def test_a_report_opens_on_its_day_with_last_years_frame_and_tells_owners_and_leadership(
    staff, engagement_lead, leader
):
    last = factories.AnnualReportFactory(year=2022, title="Our year")
    last.sections.filter(key="progress").update(owner=engagement_lead, guidance="Begin with what changed.")
    last.sections.filter(key="sites").update(owner=leader)  # who may not write any more
    services.plan_year(by=staff, year=2023)
    assert tasks.run_day(ON - timedelta(days=1))["opened"] == []
    with clock.standing_on(ON):
        assert tasks.run_day(ON)["opened"] == [2023]
        assert tasks.run_day(ON)["opened"] == []
    report = AnnualReport.objects.get(year=2023)
    section = report.sections.get(key="progress")
    assert (report.title, section.owner, section.guidance) == ("Our year", engagement_lead, "Begin with what changed.")
    assert report.sections.get(key="sites").owner is None
    assert section.due_on == ReportingYear.objects.get(year=2023).sections_due_on
    assert titles(engagement_lead) == ["“Progress during the year” in the 2023 report is yours"]
    notice = Notice.objects.get(person__user=leader)
    assert notice.title == "The 2023 report is being written" and notice.path == "/reports/2023/calendar/"


def test_the_year_after_a_published_report_is_planned_by_itself():
    report = factories.EditionFactory(report=factories.AnnualReportFactory(year=2022)).report
    services.open_what_is_due(ON)
    assert not ReportingYear.objects.filter(year=2023).exists()
    AnnualReport.objects.filter(pk=report.pk).update(
        status="published", approved_on=ON, published_on=ON, approved_edition=report.editions.first()
    )
    services.open_what_is_due(ON - timedelta(days=30))
    assert ReportingYear.objects.get(year=2023).opens_on == ON and not AnnualReport.objects.filter(year=2023).exists()


def test_owners_are_reminded_a_week_before_and_once_when_it_is_overdue(staff):
    report = factories.AnnualReportFactory(year=2022)
    due = date(2023, 11, 20)
    report.sections.filter(key="progress").update(owner=staff, due_on=due)
    report.sections.filter(key="sites").update(owner=staff, due_on=due, status="review")
    told = []
    for day in (
        due - timedelta(days=8),
        due - timedelta(days=7),
        due,
        due + timedelta(days=1),
        due + timedelta(days=2),
    ):
        with clock.standing_on(day):
            told.append(services.remind_owners(day))
    assert told == [0, 1, 0, 1, 0]
    assert titles(staff) == [
        "“Progress during the year” in the 2022 report is due by 20 November 2023",
        "“Progress during the year” in the 2022 report is overdue",
    ]


def test_days_stay_in_order_and_none_of_them_has_passed(staff, leader):
    steps = services.plan_year(by=staff, year=2023)
    with pytest.raises(ValidationError) as refused:
        services.change_days(by=staff, steps=steps, days={"group_on": steps.sections_due_on - timedelta(days=1)})
    assert "This comes after “sections are due”" in refused.value.message_dict["group_on"][0]
    steps.refresh_from_db()
    with pytest.raises(ValidationError, match="has passed"):
        services.change_days(by=staff, steps=steps, days={"opens_on": date(2023, 1, 1)})
    steps.refresh_from_db()
    with pytest.raises(PermissionDenied):
        services.change_days(by=leader, steps=steps, days={"publish_on": steps.publish_on})
    with pytest.raises(IntegrityError), transaction.atomic():
        ReportingYear.objects.filter(pk=steps.pk).update(publish_on=date(2020, 1, 1))


def test_sections_move_with_the_day_on_which_they_are_due_and_others_keep_theirs(staff):
    report = services.open_report(by=staff, year=2022, title="T")
    steps = ReportingYear.objects.get(year=2022)
    report.sections.filter(key="sites").update(due_on=steps.sections_due_on - timedelta(days=3))
    later = steps.sections_due_on + timedelta(days=2)
    services.change_days(by=staff, steps=steps, days={"sections_due_on": later})
    assert report.sections.get(key="progress").due_on == later
    assert report.sections.get(key="sites").due_on == later - timedelta(days=5)


def test_the_calendar_shows_each_step_and_staff_move_the_days(staff, leader, sign_in):
    services.open_report(by=staff, year=2022, title="T")
    steps = ReportingYear.objects.get(year=2022)
    url = reverse("reports:calendar", args=[2022])
    text = html_of(sign_in(leader).get(url))
    assert (
        "12 of 12 sections are still to be written." in text
        and "Change" not in text.split("<main")[1].split("History")[0]
    )
    client = sign_in(staff)
    days = {name: day.isoformat() for name, day in steps.dates.items() if name != "opens_on"}
    moved = {**days, "publish_on": "2024-06-01", "version": steps.version}
    assert client.post(f"{url}edit/", moved).status_code == 302
    assert "1 June 2024" in html_of(client.get(url))
    late = client.post(f"{url}edit/", {**moved, "publish_on": "2024-07-01"})
    assert late.status_code == 409 and "1 June 2024" in html_of(late)
    wrong = client.post(f"{url}edit/", {**moved, "publish_on": "2023-10-02", "version": steps.version + 1})
    assert "Enter a later day" in html_of(wrong)


def test_the_first_page_of_staff_shows_own_sections_and_the_step_that_is_due(staff, sign_in):
    report = services.open_report(by=staff, year=2022, title="T")
    due = clock.today() + timedelta(days=3)
    report.sections.filter(key="progress").update(owner=staff, due_on=due)
    ReportSection.objects.filter(report=report).exclude(key="progress").update(due_on=None)
    page = html_of(sign_in(staff).get("/"))
    assert "Write “Progress during the year” in the 2022 report" in page
    steps = ReportingYear.objects.get(year=2022)
    with clock.standing_on(steps.group_on - timedelta(days=2)):
        assert "The 2022 report goes to the advisory group on" in html_of(sign_in(staff).get("/"))
