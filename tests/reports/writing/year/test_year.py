"""The reporting year: days in order, reports that open on their day, owners who are reminded."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from impact.core.basics import clock
from impact.core.notices.models import Notice
from reports.group_reading.services import respond
from reports.writing.models import AnnualReport, ReportSection
from reports.writing.year import services, tasks
from reports.writing.year.calendar import steps_of
from reports.writing.year.models import STEPS, ReportingYear
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
    assert titles(engagement_lead) == [
        "“Progress during the year” in the 2023 report is yours",
        "The 2022 report is late",
    ]
    notice = Notice.objects.get(person__user=leader)
    assert notice.title == "The 2023 report is being written" and notice.path == "/reports/2023/calendar/"


def test_next_years_report_opens_on_its_day_whether_or_not_this_one_is_out_and_what_is_late_is_told(staff, leader):
    report = factories.AnnualReportFactory(year=2022, title="Our year")
    report.sections.filter(key="progress").update(owner=staff, guidance="Begin with what changed.")
    ReportingYear.objects.create(
        year=2022, **services.usual_days(2022, date(2022, 11, 1)) | {"publish_on": ON - timedelta(days=29)}
    )
    tasks.run_day(ON - timedelta(days=29))
    assert ReportingYear.objects.get(year=2023).opens_on == ON and titles(staff) == []
    for day in (ON - timedelta(days=28), ON - timedelta(days=27), ON, ON + timedelta(days=1)):
        with clock.standing_on(day):
            tasks.run_day(day)
    section = AnnualReport.objects.get(year=2023).sections.get(key="progress")
    assert (section.owner, section.guidance) == (staff, "Begin with what changed.")
    late = Notice.objects.filter(event="report-late")
    assert [one.person.user for one in late] == [staff, staff] and "The 2022 report is late" not in titles(leader)
    assert "was to be published by 3 October 2023" in late.order_by("pk")[0].words
    assert "The 2023 report is open now, and this one is not published yet" in late.order_by("pk")[1].words


def test_the_leadership_teams_answer_is_a_step_of_the_year_and_they_are_reminded_of_it(staff, leader, sign_in):
    report = services.open_report(by=staff, year=2022, title="T")
    steps = ReportingYear.objects.get(year=2022)
    data = {"sections": {"development": "# Pay on time\n\n# Quieter rooms"}, "figures": {}}
    edition = factories.EditionFactory(report=report, snapshot=factories.SnapshotFactory(report=report, data=data))
    AnnualReport.objects.update(status="approved", approved_on=ON, approved_edition=edition)
    report.refresh_from_db()

    def state() -> str:
        return next(step.state for step in steps_of(steps, report) if step.label == STEPS["response_on"])

    told = []
    for days in (-4, -3, 0, 1, 2):
        with clock.standing_on(steps.response_on + timedelta(days=days)):
            told.append(services.remind_of_response(steps.response_on + timedelta(days=days)))
            if days == 0:
                respond(by=leader, report=report, area="Pay on time", words="Not this year.", decision="not_now")
                assert state() != "done"
    assert told == [0, 1, 0, 1, 0]
    assert "1 point waits for your answer. It was due" in Notice.objects.filter(event="response-due").latest("pk").words
    respond(by=leader, report=report, area="Quieter rooms", words="Done.", decision="done")
    assert state() == "done"


def test_the_advisory_group_reads_the_calendar_of_its_report_and_no_more(staff, sign_in):
    services.open_report(by=staff, year=2022, title="T")
    group = factories.AdvisoryGroupFactory(slug="ours", ends_on=None)
    mine, other = factories.user_in(group), factories.user_in(factories.GroupFactory(slug="elsewhere"))
    client = sign_in(mine)
    answer = client.get("/reports/2022/calendar/")
    page = html_of(answer)
    assert answer.status_code == 200, page[-3000:]
    assert "The leadership team answers its points" in page
    assert "still to be written</h2>" not in page and "History" not in page and 'href="/reports/2022/"' not in page
    assert "/reports/2022/calendar/" in html_of(client.get(group.get_absolute_url()))
    assert client.get("/reports/2022/calendar/edit/").status_code == 404
    assert sign_in(other).get("/reports/2022/calendar/").status_code == 404


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
