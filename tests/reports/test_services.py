"""A report's life, step by step, and what each step refuses."""

import json
from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from coproduction.suggestions.models import Suggestion
from impact.core.access.models import AuditEvent
from impact.core.access.permissions import SYSTEM
from impact.core.basics.versions import Conflict
from impact.core.jobs import queue
from impact.core.jobs.models import Job
from networks.log.models import Attendance
from networks.meetings.models import Meeting
from reports.approval import services
from reports.editions.models import Edition, Snapshot
from reports.editions.services import frozen, latest_job, request_edition, take_snapshot
from reports.figures import gather
from reports.formats import document
from reports.writing.models import AnnualReport, ReportSection
from reports.writing.services import start_report, write_section
from tests import factories

pytestmark = pytest.mark.django_db
WHY = "No group reads it here: the tests of a group that does are in group_reading."


@pytest.fixture
def report() -> AnnualReport:
    return factories.AnnualReportFactory(year=2022)


@pytest.fixture(autouse=True)
def no_worker_notification(monkeypatch):
    monkeypatch.setattr(queue, "notify_worker", lambda job_id: None)


def write_what_must_be(report: AnnualReport) -> None:
    report.sections.filter(key__in=services.MUST_BE_WRITTEN).update(body="Some words.")


def submitted(report: AnnualReport, by) -> AnnualReport:
    write_what_must_be(report)
    return services.submit_for_approval(by=by, report=report)


def events(report: AnnualReport) -> list[str]:
    return list(AuditEvent.objects.about(report).values_list("type", flat=True))[::-1]


# --- Starting and writing --------------------------------------------------------------------------
def test_a_report_starts_with_its_empty_chapters_in_order(staff):
    report = start_report(by=staff, year=2022, title="  Our year ")
    assert report.title == "Our year"
    assert list(report.sections.values_list("key", flat=True)) == ReportSection.Key.values
    assert not report.sections.exclude(body="").exists()
    assert events(report) == ["report.started"]


def test_a_year_has_one_report(staff, report):
    with pytest.raises(ValidationError, match="already a report for 2022"):
        start_report(by=staff, year=2022, title="Again")


@pytest.mark.parametrize("year", [2021, 2999])
def test_a_report_looks_back_on_a_year_that_has_begun(staff, year):
    with pytest.raises(ValidationError, match="Choose a year"):
        start_report(by=staff, year=year, title="T")


def test_leadership_does_not_start_or_write(leader, report):
    with pytest.raises(PermissionDenied):
        start_report(by=leader, year=2022, title="T")
    with pytest.raises(PermissionDenied):
        write_section(by=leader, section=report.sections.first(), body="x")


def test_words_are_saved_with_plain_line_ends_and_recorded_without_the_words(staff, report):
    section = write_section(by=staff, section=report.sections.get(key="progress"), body=" One\r\ntwo \n")
    section.refresh_from_db()
    assert (section.body, section.version) == ("One\ntwo", 2)
    recorded = json.dumps(list(AuditEvent.objects.values("fields", "facts")))
    assert "Progress during the year" in recorded and "two" not in recorded


def test_two_writers_lose_nothing(staff, engagement_lead, report):
    mine, theirs = (report.sections.get(key="progress") for _ in range(2))
    write_section(by=staff, section=theirs, body="Theirs", expected=1)
    with pytest.raises(Conflict) as conflict:
        write_section(by=engagement_lead, section=mine, body="Mine", expected=1)
    assert conflict.value.current.body == "Theirs"
    assert report.sections.get(key="progress").body == "Theirs"


def test_the_text_is_locked_while_leadership_reads_it(staff, report):
    submitted(report, staff)
    with pytest.raises(ValidationError, match="Take it back to edit"):
        write_section(by=staff, section=report.sections.first(), body="Late")


# --- Snapshots -----------------------------------------------------------------------------------
def test_unchanged_data_gives_the_same_snapshot_and_changed_data_another(staff, report):
    one = take_snapshot(by=staff, report=report)
    assert take_snapshot(by=SYSTEM, report=report).pk == one.pk
    report.sections.filter(key="progress").update(body="New words")
    assert take_snapshot(by=staff, report=report).pk != one.pk
    factories.SiteFactory(name="A new site")
    assert Snapshot.objects.count() == 2
    assert take_snapshot(by=staff, report=report).pk not in {one.pk}
    assert Snapshot.objects.count() == 3


def test_a_snapshot_stays_as_it_was_when_the_records_change(staff, report):
    site = factories.SiteFactory(name="The old name")
    snapshot = take_snapshot(by=staff, report=report)
    site.name = "The new name"
    site.save()
    snapshot.refresh_from_db()
    html, _assets = document.compose(snapshot)
    assert "The old name" in html and "The new name" not in html
    assert frozen(report)["figures"]["sites"]["rows"][0]["name"] == "The new name"


def test_the_database_refuses_to_change_or_delete_a_snapshot_or_an_edition(staff, report):
    edition = factories.EditionFactory(report=report)
    for change in (
        lambda: Snapshot.objects.update(data={"figures": "others"}),
        lambda: Snapshot.objects.all().delete(),
        lambda: Edition.objects.filter(pk=edition.pk).update(pages=1),
        lambda: edition.delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def test_outsiders_and_leaders_take_no_snapshot(leader, outsider, report):
    for user in (leader, outsider):
        with pytest.raises(PermissionDenied):
            take_snapshot(by=user, report=report)


def fill(group, meetings: int, first: int) -> None:
    """Meetings with people and words, of one group."""
    for n in range(meetings):
        meeting = factories.LoggedMeetingFactory(group=group, number=first + n)
        Attendance.objects.create(
            meeting=meeting, person=factories.PersonFactory(), perspective="carer", status="present"
        )
        factories.ContributionFactory(meeting=meeting, quotable=True)
        factories.ActionFactory(group=group, meeting=meeting)


def test_figures_take_the_same_number_of_queries_for_1_and_for_30_meetings(report):
    group = factories.GroupFactory()
    fill(group, 1, 1)
    factories.InvolvementFactory()
    with CaptureQueriesContext(
        connection,
    ) as few:
        gather.gather_figures(2022)
    fill(group, 29, 2)
    for _n in range(5):
        fill(factories.GroupFactory(), 1, 1)
        factories.InvolvementFactory()
    with CaptureQueriesContext(connection) as many:
        figures = gather.gather_figures(2022)
    assert len(many) == len(few) <= 20
    assert figures["meetings"]["held"] == 35 and figures["contributions"]["total"] == 35


# --- What the rows become --------------------------------------------------------------------------
def test_only_what_happened_in_the_year_counts():
    group = factories.GroupFactory()
    factories.ContributionFactory(meeting=factories.LoggedMeetingFactory(group=group, number=1))
    late = factories.LoggedMeetingFactory(group=group, number=2, starts_at=factories.at(2023, 1, 5))
    factories.ContributionFactory(meeting=late)
    assert gather.gather_figures(2022)["contributions"]["total"] == 1
    assert gather.gather_figures(2023)["contributions"]["total"] == 1


def test_what_was_taken_off_the_log_or_said_elsewhere_does_not_count():
    contribution = factories.ContributionFactory()
    factories.ContributionFactory(meeting=factories.LoggedMeetingFactory(group=factories.AdvisoryGroupFactory()))
    contribution.removed_at = factories.at(2022, 8, 1)
    contribution.save()
    assert gather.gather_figures(2022)["contributions"]["total"] == 0


def test_a_suggestion_that_was_merged_has_the_answer_of_the_other_and_drafts_are_no_answer():
    charter = factories.CharterFactory()
    version = factories.CharterVersionFactory(charter=charter, number=1)
    made = {
        "section": charter.sections.first(),
        "version": version,
        "person": factories.PersonFactory(),
        "words": "Shorter",
    }
    one = Suggestion.objects.create(made_on=date(2022, 11, 17), **made)
    Suggestion.objects.create(made_on=date(2022, 11, 10), status="merged", merged_into=one, **made)
    before = gather.gather_figures(2022)["charter"]["suggestions"]
    assert (before["made"], before["answered"]) == (2, 0)
    Suggestion.objects.filter(pk=one.pk).update(status="adapted", answer="Yes", answered_on=date(2022, 12, 15))
    after = gather.gather_figures(2022)["charter"]["suggestions"]
    assert (after["made"], after["answered"], after["percent"]) == (2, 2, 100)
    assert {row["key"]: row["value"] for row in after["rows"] if row["value"]} == {"merged": 1, "adapted": 1}
    assert "Draft" not in [row["label"] for row in after["rows"]]


def test_a_merged_theme_counts_under_the_theme_it_became():
    kept = factories.ThemeFactory(name="Time", slug="time")
    merged = factories.ThemeFactory(merged_into=kept)
    meeting = factories.LoggedMeetingFactory()
    for theme in (kept, merged):
        factories.ContributionFactory(meeting=meeting, theme=theme)
    themes = gather.gather_figures(2022)["contributions"]["themes"]
    assert [(row["theme"], row["enablers"]) for row in themes] == [("Time", 2)]


def test_small_numbers_of_people_and_names_never_reach_the_frozen_data():
    meeting = factories.LoggedMeetingFactory()
    person = factories.PersonFactory(name="Someone Particular")
    Attendance.objects.create(meeting=meeting, person=person, perspective="funder", status="present")
    for n in range(24):
        Attendance.objects.create(
            meeting=meeting, guest_name=f"Guest {n}", is_guest=True, perspective="carer", status="present"
        )
    figures = gather.gather_figures(2022)
    rows = {row["key"]: row["value"] for row in figures["attendance"]["rows"]}
    assert rows == {"carer": 25, "funder": None}
    assert "Particular" not in json.dumps(figures) and "Guest" not in json.dumps(figures)


def test_what_changed_after_the_year_is_told_as_it_stood_on_its_last_day():
    involvement = factories.InvolvementFactory(
        said="Yes",
        said_on=date(2022, 7, 1),
        changed="Everything",
        changed_on=date(2023, 1, 10),
        outcome="changed",
        is_good_practice=True,
    )
    row = gather.gather_figures(2022)["involvements"]["rows"][0]
    assert (row["pk"], row["key"], row["changed"], row["is_good_practice"]) == (involvement.pk, "waiting", "", False)
    assert gather.gather_figures(2023)["involvements"]["rows"][0]["key"] == "changed"


def test_a_site_that_began_later_is_not_in_an_earlier_year():
    from sites.registry.models import StatusChange

    site = factories.SiteFactory(name="Late one", status="active")
    StatusChange.objects.create(site=site, status="proposed", on=date(2022, 12, 1))
    StatusChange.objects.create(site=site, status="active", on=date(2023, 1, 9))
    newer = factories.SiteFactory(name="Newer")
    StatusChange.objects.create(site=newer, status="proposed", on=date(2023, 1, 9))
    assert [(r["name"], r["status"]) for r in gather.gather_figures(2022)["sites"]["rows"]] == [
        ("Late one", "Proposed")
    ]
    assert len(gather.gather_figures(2023)["sites"]["rows"]) == 2


# --- Editions ------------------------------------------------------------------------------------
def test_the_same_data_gives_the_same_job(staff, engagement_lead, report):
    snapshot, job = request_edition(by=staff, report=report)
    assert request_edition(by=engagement_lead, report=report) == (snapshot, job)
    assert job.payload == {"snapshot": snapshot.pk, "renderer": document.renderer()}
    assert latest_job(report) == job
    report.sections.filter(key="method").update(body="x")
    assert request_edition(by=staff, report=report)[1] != job


def test_asking_again_tries_a_failed_build_again(staff, report):
    _snapshot, job = request_edition(by=staff, report=report)
    Job.objects.filter(pk=job.pk).update(state=Job.State.FAILED, attempt=3, error="Out of memory")
    again = request_edition(by=staff, report=report)[1]
    assert (again.pk, again.state, again.attempts_allowed) == (job.pk, Job.State.QUEUED, 6)


def test_leaders_and_outsiders_do_not_build(leader, outsider, report):
    for user in (leader, outsider):
        with pytest.raises(PermissionDenied):
            request_edition(by=user, report=report)


# --- Approval ------------------------------------------------------------------------------------
def test_a_report_with_chapters_unwritten_names_them(staff, report):
    report.sections.filter(key="summary").update(body="Done")
    with pytest.raises(ValidationError, match="Progress during the year, Good practice, Areas for further development"):
        services.submit_for_approval(by=staff, report=report)
    assert AnnualReport.objects.get(pk=report.pk).status == "writing"


def test_a_report_goes_from_writing_to_everybody_one_step_at_a_time(staff, leader, report):
    edition = factories.EditionFactory(report=report)
    submitted(report, staff)
    approved = services.approve_report(by=leader, report=report, edition=edition, override=WHY)
    assert (approved.approved_edition, approved.approved_by_id) == (edition, leader.pk)
    published = services.publish_report(by=staff, report=report)
    assert published.status == "published" and published.published_on
    assert events(report) == [
        "report.submitted",
        "report.approved",
        "report.approved_before_group",
        "report.published",
    ]
    assert AnnualReport.objects.visible_to(None).count() == 1


def test_no_step_can_be_skipped_or_repeated(staff, leader, report):
    edition = factories.EditionFactory(report=report)
    for step in (
        lambda: services.approve_report(by=leader, report=report, edition=edition, override=WHY),
        lambda: services.publish_report(by=staff, report=report),
        lambda: services.return_to_writing(by=staff, report=report),
    ):
        with pytest.raises(ValidationError, match=r"being written|Only an approved"):
            step()
    submitted(report, staff)
    with pytest.raises(ValidationError, match="already"):
        services.submit_for_approval(by=staff, report=report)


def test_each_step_belongs_to_one_side(staff, leader, report):
    edition = factories.EditionFactory(report=report)
    with pytest.raises(PermissionDenied):
        services.submit_for_approval(by=leader, report=report)
    submitted(report, staff)
    with pytest.raises(PermissionDenied):
        services.approve_report(by=staff, report=report, edition=edition)
    services.approve_report(by=leader, report=report, edition=edition, override=WHY)
    with pytest.raises(PermissionDenied):
        services.publish_report(by=leader, report=report)


def test_leadership_approves_the_newest_edition_of_this_report_and_no_other(staff, leader, report):
    old = factories.EditionFactory(report=report)
    factories.EditionFactory(report=report)
    submitted(report, staff)
    with pytest.raises(ValidationError, match="Edition 2 has been built since"):
        services.approve_report(by=leader, report=report, edition=old)
    with pytest.raises(ValidationError, match="an edition of this report"):
        services.approve_report(by=leader, report=report, edition=factories.EditionFactory())


def test_the_database_knows_no_approved_report_without_its_edition(report):
    with pytest.raises(IntegrityError), transaction.atomic():
        AnnualReport.objects.filter(pk=report.pk).update(status="approved")


def test_leadership_sends_a_report_back_with_words_and_writers_take_it_back_without(staff, leader, report):
    submitted(report, staff)
    with pytest.raises(ValidationError, match="Say what should change"):
        services.return_to_writing(by=leader, report=report, note=" ")
    services.return_to_writing(by=leader, report=report, note="Say more about Wales")
    report.refresh_from_db()
    assert (report.status, report.status_note) == ("writing", "Say more about Wales")
    submitted(report, staff)
    report.refresh_from_db()
    assert report.status_note == ""
    services.return_to_writing(by=staff, report=report)
    recorded = json.dumps(list(AuditEvent.objects.values_list("facts", flat=True)))
    assert "Wales" not in recorded


def test_an_approved_report_is_not_built_again(staff, leader, report):
    edition = factories.EditionFactory(report=report)
    submitted(report, staff)
    services.approve_report(by=leader, report=report, edition=edition, override=WHY)
    with pytest.raises(ValidationError, match="approved as edition 1"):
        request_edition(by=staff, report=report)


def test_a_meeting_planned_for_after_the_year_is_not_among_the_meetings():
    group = factories.GroupFactory()
    factories.MeetingFactory(group=group, number=1, starts_at=factories.at(2023, 2, 1))
    assert Meeting.objects.count() == 1
    assert gather.gather_figures(2022)["meetings"]["by_kind"] == []
