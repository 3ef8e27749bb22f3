"""The demonstration's report: written in full, with the leadership team, and never made twice."""

import io
import re
from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from impact.core.access.acting.models import ActingFor
from impact.core.access.models import AuditEvent
from impact.core.access.permissions import SYSTEM
from impact.core.jobs.models import Job
from impact.core.jobs.webhooks.models import Webhook
from impact.core.notices.models import Notice
from impact.core.people.models import User
from networks.actions.plan import count_plan, plan_rows
from networks.groups.models import Network
from reports.editions import services
from reports.formats import document
from reports.group_reading.points import points_of
from reports.subjects import services as subjects
from reports.subjects.easy_read.services import contents_for
from reports.subjects.models import SubjectReport
from reports.writing.models import AnnualReport, ReportSection
from sites.progress.outcomes.measures.models import OutcomeMeasure
from tests.pages import html_of

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


STANDS = {"DEMO": True, "DEMO_TODAY": date(2023, 1, 16)}


@pytest.fixture(scope="module")
def demonstration(one_for_the_file):
    said = io.StringIO()
    with one_for_the_file(**STANDS) as files:
        call_command("demo", stdout=said)
        yield said.getvalue(), files


@pytest.fixture
def demo(demonstration, db, settings) -> str:
    said, settings.MEDIA_ROOT = demonstration
    return said


def test_the_report_is_written_and_waits_for_approval(demo):
    report = AnnualReport.objects.get(year=2022)
    assert (report.status, report.is_illustrative) == ("submitted", True)
    empty = report.sections.filter(body="").values_list("key", flat=True)
    assert list(empty) == [ReportSection.Key.METHOD]
    assert "6 sites" in demo and "staff@impact.example" in demo and "impact-demo-2022" in demo


def test_the_next_report_is_being_written_with_owners_and_days(demo):
    report = AnnualReport.objects.get(year=2023)
    assert report.status == "writing"
    assert report.sections.exclude(owner=None).count() == 4 and not report.sections.filter(due_on=None).exists()
    services.placing.check(services.frozen(report), dict(ReportSection.Key.choices))
    assert Notice.objects.filter(path__contains="/reports/2023/calendar/").exists()


def test_a_network_a_site_and_a_quarter_have_reports_with_words_and_a_first_edition(demo):
    found = {report.title: report for report in SubjectReport.objects.all()}
    assert set(found) == {
        "Network report: Choice and control Network",
        "Site report: Mid and East Antrim Demonstrator",
        "Note to funders, October to December 2022",
    }
    for report in found.values():
        edition = report.editions.get()
        assert report.opening and report.closing and edition.data["report"]["is_illustrative"]
        assert Job.objects.filter(kind=subjects.MAKE, payload__edition=edition.pk).exists()


def test_the_network_counts_its_actions_alike_on_every_page(demo):
    """The measure that its team typed in, the action plan, the annual report and the network's own report."""
    network = Network.objects.get(slug="choice-and-control")
    planned = count_plan(plan_rows(network))["total"]
    measure = OutcomeMeasure.objects.get(site=network, name="Actions agreed by local networks")
    readings = {reading.on: reading.value for reading in measure.readings.all()}
    agreed = plan_rows(network).filter(meeting__starts_at__date__lte=date(2022, 10, 31)).count()
    assert readings == {date(2022, 10, 31): agreed, date(2022, 12, 31): planned}
    annual = services.frozen(AnnualReport.objects.get(year=2022))["figures"]["actions"]["total"]
    edition = SubjectReport.objects.get(kind="network").editions.get()
    assert annual == planned == edition.data["figures"]["actions"]["counts"]["total"]


def test_a_second_time_changes_nothing(demo):
    before = AuditEvent.objects.count()
    call_command("demo", verbosity=0)
    assert AuditEvent.objects.count() == before and AnnualReport.objects.count() == 2


def test_its_figures_are_those_of_the_other_apps(demo):
    report = AnnualReport.objects.get(year=2022)
    data = services.frozen(report)
    figures = data["figures"]
    assert figures["sites"]["total"] == 6 and figures["sites"]["nations_reached"] == 4
    missing = {row["nation"] for row in figures["meetings"]["missing_returns"]}
    assert "Northern Ireland" in missing and not missing & {"England", "Scotland"}
    assert 0 < figures["coverage"][0]["percent"] < 100
    assert figures["charter"]["agreed"] and figures["involvements"]["led_to_change"] > 0
    words = document.context(data, taken_on=date(2023, 1, 16), fingerprint="")
    assert words["silent_nations"] == ["Northern Ireland"]


def test_leadership_approves_the_edition_that_was_built_and_answers_each_point_once(demo):
    report = AnnualReport.objects.get(year=2022)
    said = io.StringIO()
    call_command("demo", approve=True, stdout=said)
    assert "nothing to approve" in said.getvalue(), "no edition has been built"
    snapshot, job = services.request_edition(by=SYSTEM, report=report)
    drawn = {"file": "reports/x.pdf", "sha256": "ab" * 32, "size": 1, "pages": 1, "seconds": 1}
    edition = report.editions.create(number=1, snapshot=snapshot, renderer=job.payload["renderer"], job=job, **drawn)
    call_command("demo", approve=True, verbosity=0)
    report.refresh_from_db()
    assert (report.status, report.approved_edition, report.approved_by.email) == (
        "approved",
        edition,
        "leadership@impact.example",
    )
    answered = set(report.responses.values_list("area", flat=True))
    areas = [point.title for point in points_of(snapshot.data) if point.kind == "area"]
    assert answered == {"", *areas}
    member = Client()
    member.force_login(User.objects.get(email="member@impact.example"))
    assert "one subject" in html_of(member.get("/reports/2022/"))
    before = AuditEvent.objects.count()
    call_command("demo", approve=True, verbosity=0)
    assert AuditEvent.objects.count() == before


def test_a_member_finds_words_of_their_own_that_the_report_prints(demo):
    member = Client()
    member.force_login(User.objects.get(email="member@impact.example"))
    page = html_of(member.get("/your-words/"))
    assert "I was shown three flats." in page and "Withdraw" in page
    held = services.frozen(AnnualReport.objects.get(year=2022))["quotes"]
    assert "I was shown three flats. Before, I was told which one." in [row["words"] for row in held]


def test_the_report_of_a_network_is_in_easy_read_as_members_reviewed_it(demo):
    report = SubjectReport.objects.get(kind="network")
    contents = contents_for(report.editions.get())
    assert contents["is_reviewed"] and not contents["lacking"]
    assert all(line["picture"] for chapter in contents["sections"] for line in chapter["lines"])


def test_every_chapter_with_words_is_in_easy_read(demo):
    report = AnnualReport.objects.get(year=2022)
    assert all(section.easy_read.reviewed_by for section in report.sections.exclude(body=""))


def test_people_act_for_others_and_a_webhook_was_tried_out(demo):
    assert [(str(row), row.state[0]) for row in ActingFor.objects.order_by("pk")] == [
        ("Coordinator for Scotland for Coordinator for Wales", "Running"),
        ("Coordinator for England for Coordinator for Scotland", "Waiting for an answer"),
        ("Ash Warren for Ivy Field", "Running"),
    ]
    webhook = Webhook.objects.get()
    assert [row.get_state_display() for row in webhook.deliveries.order_by("pk")] == ["Failed", "Delivered"]
    assert not webhook.is_active, "nothing leaves a demonstration"


def test_it_is_refused_outside_a_demonstration(settings):
    settings.DEMO = False
    with pytest.raises(CommandError, match="IMPACT_DEMO=1"):
        call_command("demo")


def test_the_group_read_it_first_and_its_member_can_open_it(demo):
    member = User.objects.get(email="member@impact.example")
    client = Client()
    client.force_login(member)
    page = html_of(client.get("/reports/2022/"))
    assert "A report that only praises is not ours." in page and "Taken in" in page
    waiting = Notice.objects.visible_to(member).unread().count()
    assert 3 <= waiting <= 8, "a few, and not all of a year"
    assert re.search(rf"Your notices: {waiting}\s+unread", page)
