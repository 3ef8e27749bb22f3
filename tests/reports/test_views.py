"""The pages: who sees what, what each button does, and that nothing typed is lost."""

import pytest
from django.contrib.messages import get_messages
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from impact.core.jobs import queue
from impact.core.jobs.models import Job
from reports.writing import services
from reports.writing.models import AnnualReport
from tests import factories
from tests.pages import html_of
from tests.reports.sample import rows

# What pages show; every page's queries run on PostgreSQL too, in the permission matrix.
pytestmark = [pytest.mark.sqlite_only, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def no_worker_notification(monkeypatch):
    monkeypatch.setattr(queue, "notify_worker", lambda job_id: None)


@pytest.fixture
def report() -> AnnualReport:
    return factories.AnnualReportFactory(year=2022)


def page(client: Client, name: str, *args, expect: int = 200, **data) -> str:
    response = client.get(reverse(f"reports:{name}", args=args), data)
    assert response.status_code == expect
    return html_of(response)


def said(response) -> str:
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def frozen_sample(report: AnnualReport):
    return factories.SnapshotFactory(
        report=report,
        data={
            "report": {"year": 2022, "title": "T", "subtitle": "", "is_illustrative": False},
            "as_of": "2022-12-31",
            "sections": {"summary": "Frozen words"},
            "figures": rows(sites=4),
        },
    )


def approved(report: AnnualReport, status: str = "published") -> AnnualReport:
    """``report`` with its newest edition approved, whose frozen figures are those of the sample."""
    report.approved_edition = factories.EditionFactory(report=report, snapshot=frozen_sample(report))
    report.approved_on = report.published_on = factories.at(2023, 1, 16).date()
    report.status = status
    report.save()
    return report


# --- The list ------------------------------------------------------------------------------------
def test_visitors_see_published_reports_only(client, staff, sign_in, report):
    text = page(client, "list")
    assert "No report has been published yet" in text and "Reports appear here once they are published." in text
    assert "Being written" in page(sign_in(staff), "list")
    approved(report)
    text = page(client, "list")
    assert "Co-production report 2022" in text and "PDF, 19 pages" in text and "Start a report" not in text


def test_the_list_filters_sorts_and_exports(staff, sign_in):
    factories.AnnualReportFactory(year=2022, title="Older")
    approved(factories.AnnualReportFactory(year=2023, title="Newer"))
    client = sign_in(staff)
    assert "Older" not in page(client, "list", status="published")
    text = page(client, "list", sort="year")
    assert text.index("Older") < text.index("Newer")
    export = client.get(reverse("reports:list"), {"format": "csv"})
    assert "2023,Newer,Published,2023-01-16" in b"".join(export.streaming_content).decode()


def test_an_empty_list_tells_writers_what_to_do(staff, sign_in):
    assert "Start the first report" in page(sign_in(staff), "list")


def test_the_list_takes_the_same_number_of_queries_for_1_and_for_30_reports(staff, sign_in):
    client = sign_in(staff)
    approved(factories.AnnualReportFactory(year=2000))
    page(client, "list")
    with CaptureQueriesContext(connection) as few:
        page(client, "list")
    for year in range(2001, 2030):
        factories.EditionFactory(report=factories.AnnualReportFactory(year=year))
    with CaptureQueriesContext(connection) as many:
        page(client, "list")
    assert len(many) == len(few)


# --- Starting ------------------------------------------------------------------------------------
def test_a_writer_starts_a_report_and_comes_to_its_page(staff, sign_in):
    response = sign_in(staff).post(reverse("reports:start"), {"year": "2022", "title": "Our year", "subtitle": ""})
    assert response.headers["Location"] == "/reports/2022/"
    assert AnnualReport.objects.get().sections.count() == 12


def test_a_wrong_year_says_how_to_fix_it_and_keeps_what_was_typed(staff, sign_in, report):
    response = sign_in(staff).post(reverse("reports:start"), {"year": "2022", "title": "My own title", "subtitle": ""})
    text = html_of(response)
    assert "already" in text and "My own title" in text and AnnualReport.objects.count() == 1
    text = html_of(sign_in(staff).post(reverse("reports:start"), {"year": "1999", "title": "My own title"}))
    assert "Choose a year from 2022" in text and "My own title" in text


def test_leaders_do_not_start_reports(leader, sign_in):
    page(sign_in(leader), "start", expect=403)


# --- One report ----------------------------------------------------------------------------------
def test_an_unpublished_report_is_not_there_for_visitors_and_members(client, outsider, sign_in, report):
    for reader in (client, sign_in(outsider)):
        page(reader, "detail", 2022, expect=404)


def test_writers_see_what_is_left_to_write_and_how_to_build(staff, sign_in, report):
    text = page(sign_in(staff), "detail", 2022)
    assert "write: Summary for leadership, Progress during the year" in text
    assert "Build the first edition" in text and "No edition yet" in text and "Send to the leadership team" not in text


def test_leaders_read_and_do_not_build(leader, sign_in, report):
    text = page(sign_in(leader), "detail", 2022)
    assert "Build the first edition" not in text and "0 of 12 chapters have text" in text


def test_figures_at_a_glance_are_live_until_approval_and_frozen_afterwards(staff, sign_in, report):
    for n in range(3):
        factories.SiteFactory(name=f"S{n}")
    client = sign_in(staff)
    assert '<div class="stat__number">3</div>' in page(client, "detail", 2022).replace("\n", "")
    approved(report, "approved")
    text = page(client, "detail", 2022)
    assert '<div class="stat__number">4</div>' in text and "figures of the approved edition" in text


def test_visitors_read_a_published_report_without_its_inside(client, report):
    factories.EditionFactory(report=report)  # an earlier edition that no one approved
    approved(report)
    text = page(client, "detail", 2022)
    assert "Download the report" in text and "Edition 2" in text
    assert (
        "Edition 1" not in text and "History" not in text and "What to do next" not in text and "Chapters" not in text
    )


def test_a_report_page_takes_the_same_queries_for_1_and_for_30_editions(staff, sign_in, report):
    client = sign_in(staff)
    factories.EditionFactory(report=report)
    page(client, "detail", 2022)
    with CaptureQueriesContext(connection) as few:
        page(client, "detail", 2022)
    for _n in range(29):
        factories.EditionFactory(report=report)
    with CaptureQueriesContext(connection) as many:
        assert "Edition 30" in page(client, "detail", 2022)
    assert len(many) == len(few)


# --- Building ------------------------------------------------------------------------------------
def test_building_makes_one_job_and_shows_its_progress_with_and_without_scripts(staff, sign_in, report):
    client = sign_in(staff)
    for _press in range(2):
        assert client.post(reverse("reports:build", args=[2022])).headers["Location"] == "/reports/2022/"
    job = Job.objects.get()
    text = page(client, "detail", 2022)
    assert "Waiting to start" in text and "Check again" in text and "Build the first edition" not in text
    Job.objects.filter(pk=job.pk).update(
        state="running", attempt=1, progress=48, step="Setting page 9", lease_until=factories.at(2099, 1, 1)
    )
    fragment = client.get(reverse("reports:job", args=[2022]), headers={"HX-Request": "true"})
    assert "Setting page 9" in html_of(fragment) and "48%" in html_of(fragment)
    assert "HX-Refresh" not in fragment.headers
    assert client.get(reverse("reports:job", args=[2022])).headers["Location"] == "/reports/2022/"


def test_the_page_is_loaded_again_when_the_build_is_done(staff, sign_in, report):
    client = sign_in(staff)
    client.post(reverse("reports:build", args=[2022]))
    Job.objects.update(state="succeeded", result={"edition": 1})
    done = client.get(reverse("reports:job", args=[2022]), headers={"HX-Request": "true"})
    assert done.headers["HX-Refresh"] == "true" and "data-hx-get" not in html_of(done)
    assert "up to date" in said(client.post(reverse("reports:build", args=[2022])))


def test_a_failed_build_shows_its_reason_and_can_be_tried_again(staff, leader, sign_in, report):
    client = sign_in(staff)
    client.post(reverse("reports:build", args=[2022]))
    job = Job.objects.get()
    Job.objects.update(state="failed", attempt=3, error="The report needed more than 1536 MB of memory.")
    text = page(client, "detail", 2022)
    assert "needed more than 1536 MB" in text and "Try again" in text and "Nothing was lost" in text
    assert "Try again" not in page(sign_in(leader), "detail", 2022)
    retried = client.post(reverse("core:job-retry", args=[job.pk]), {"next": "/reports/2022/"})
    job.refresh_from_db()
    assert (retried.headers["Location"], job.state) == ("/reports/2022/", "queued")


def test_a_build_is_cancelled_and_built_again_by_who_may_build(staff, leader, sign_in, report):
    client = sign_in(staff)
    client.post(reverse("reports:build", args=[2022]))
    Job.objects.update(state="running", attempt=1, lease_until=factories.at(2030, 1, 1), step="3 of 9 chapters ready")
    text = page(client, "detail", 2022)
    assert "3 of 9 chapters ready" in text and "Cancel build" in text
    assert "Cancel build" not in page(sign_in(leader), "detail", 2022)
    assert sign_in(leader).post(reverse("reports:job-cancel", args=[2022])).status_code == 403
    assert "was cancelled" in said(client.post(reverse("reports:job-cancel", args=[2022])))
    text = page(client, "detail", 2022)
    assert "The build was cancelled" in text and "Build again" in text and "Cancel build" not in text
    assert "Build of an edition cancelled" in text
    assert "nothing to cancel" in said(client.post(reverse("reports:job-cancel", args=[2022])))
    client.post(reverse("reports:build", args=[2022]))
    assert Job.objects.get().state == "queued"


def test_leaders_do_not_build_and_an_approved_report_says_why_it_is_not_built(staff, leader, sign_in, report):
    assert sign_in(leader).post(reverse("reports:build", args=[2022])).status_code == 403
    approved(report)
    assert "approved as edition 1" in said(sign_in(staff).post(reverse("reports:build", args=[2022])))
    assert not Job.objects.exists()


# --- The writing room ----------------------------------------------------------------------------
def test_a_chapter_is_written_with_its_figures_beside_it(staff, sign_in, report):
    site = factories.SiteFactory(delivery_model="facilitator")
    client = sign_in(staff)
    text = page(client, "section-edit", 2022, "sites")
    assert f'{reverse("sites:list")}?delivery_model=facilitator">1</a>' in text and site.topic
    saved = client.post(reverse("reports:section-edit", args=[2022, "sites"]), {"body": "New words", "version": "1"})
    assert saved.status_code == 302
    assert report.sections.get(key="sites").body == "New words"


@pytest.mark.parametrize("key", services.ReportSection.Key.values)
def test_every_chapter_has_a_room_with_the_next_one_beside_it(key, staff, sign_in, report):
    meeting = factories.LoggedMeetingFactory()
    factories.ContributionFactory(meeting=meeting)
    factories.InvolvementFactory(
        said="S", changed="C", outcome="changed", said_on="2022-06-02", changed_on="2022-06-03", is_good_practice=True
    )
    factories.CharterFactory()
    text = page(sign_in(staff), "section-edit", 2022, key)
    assert "Figures of this section" in text and 'rel="' in text


def test_looking_before_saving_shows_the_words_and_saves_nothing(staff, sign_in, report):
    text = html_of(
        sign_in(staff).post(
            reverse("reports:section-edit", args=[2022, "progress"]),
            {"body": "**Loud** <b>raw</b>", "version": "1", "preview": "1"},
        )
    )
    assert "<strong>Loud</strong>" in text and "&lt;b&gt;raw" in text and "Not saved yet" in text
    assert report.sections.get(key="progress").body == ""


def test_the_second_of_two_writers_sees_both_texts_and_can_save_again(staff, engagement_lead, sign_in, report):
    url = reverse("reports:section-edit", args=[2022, "progress"])
    sign_in(engagement_lead).post(url, {"body": "Theirs", "version": "1"})
    client = sign_in(staff)
    conflict = client.post(url, {"body": "Mine", "version": "1"})
    text = html_of(conflict)
    assert conflict.status_code == 409 and "Theirs" in text and "Mine" in text and 'name="version" value="2"' in text
    assert client.post(url, {"body": "Both", "version": "2"}).status_code == 302
    assert report.sections.get(key="progress").body == "Both"


def test_words_that_are_too_long_are_kept_and_explained(staff, sign_in, report):
    text = html_of(
        sign_in(staff).post(
            reverse("reports:section-edit", args=[2022, "progress"]), {"body": "x" * 50_001, "version": "1"}
        )
    )
    assert "50,001 characters, and 50,000 is the most" in text and "x" * 50_001 in text


def test_leaders_read_a_chapter_and_do_not_write_it(leader, sign_in, report):
    client = sign_in(leader)
    assert "<textarea" not in page(client, "section-edit", 2022, "progress")
    assert client.post(reverse("reports:section-edit", args=[2022, "progress"]), {"body": "x"}).status_code == 403


def test_locked_text_says_how_to_change_it(staff, sign_in, report):
    AnnualReport.objects.update(status="submitted")
    text = page(sign_in(staff), "section-edit", 2022, "progress")
    assert "The text is final" in text and reverse("reports:send-back", args=[2022]) in text and "<textarea" not in text


def test_an_unknown_chapter_or_year_is_not_there(staff, sign_in, report):
    client = sign_in(staff)
    page(client, "section-edit", 2022, "weather", expect=404)
    page(client, "section-edit", 2031, "progress", expect=404)


# --- Preview -------------------------------------------------------------------------------------
def test_the_preview_is_the_report_as_a_page_with_words_for_its_charts(leader, sign_in, report):
    report.sections.filter(key="summary").update(body="Our **key** message")
    factories.SiteFactory(name="A very good site")
    text = page(sign_in(leader), "preview", 2022)
    assert "<strong>key</strong>" in text and "A very good site" in text
    assert '<svg role="img" aria-label="Tiles of the four nations. Sites' in text
    assert "asset:" not in text and "style=" not in text


def test_the_preview_of_an_approved_report_is_the_approved_text(staff, sign_in, report):
    approved(report)
    report.sections.filter(key="summary").update(body="Written later")
    text = page(sign_in(staff), "preview", 2022)
    assert "Frozen words" in text and "Written later" not in text


def test_the_preview_is_for_those_who_work_on_the_report(client, outsider, sign_in, report):
    approved(report)
    page(sign_in(outsider), "preview", 2022, expect=403)
    assert client.get(reverse("reports:preview", args=[2022])).status_code == 302


# --- The way to publication ------------------------------------------------------------------------
def test_from_writing_to_everybody_through_the_pages(staff, leader, client, sign_in, report):
    report.sections.update(body="Words.")
    factories.EditionFactory(report=report, snapshot=frozen_sample(report))
    writer, reader = sign_in(staff), sign_in(leader)
    assert "Send the 2022 report to the leadership team?" in page(writer, "submit", 2022)
    assert writer.post(reverse("reports:submit", args=[2022])).status_code == 302
    assert "Approve edition 1" in page(reader, "detail", 2022)
    assert "edition 1, 19 pages" in page(reader, "approve", 2022)
    approve = reverse("reports:approve", args=[2022])
    assert "has not had its say" in html_of(reader.post(approve, {"edition": "1"})), (
        "the group never had it: why not is kept"
    )
    sent = {"edition": "1", "override": "The group meets only in spring."}
    assert reader.post(approve, sent).status_code == 302
    assert "makes the approved edition public" in page(writer, "detail", 2022)
    assert writer.post(reverse("reports:publish", args=[2022])).status_code == 302
    assert "Download the report" in page(client, "detail", 2022)


def test_leadership_cannot_approve_what_was_replaced_while_they_read(staff, leader, sign_in, report):
    factories.EditionFactory(report=report)
    AnnualReport.objects.update(status="submitted")
    factories.EditionFactory(report=report)
    text = html_of(sign_in(leader).post(reverse("reports:approve", args=[2022]), {"edition": "1"}))
    assert "Edition 2 has been built since" in text
    assert AnnualReport.objects.get().status == "submitted"


def test_without_an_edition_there_is_nothing_to_approve(leader, sign_in, report):
    AnnualReport.objects.update(status="submitted")
    client = sign_in(leader)
    assert "There is no edition to approve yet" in page(client, "approve", 2022)
    assert "No edition has been built yet" in html_of(
        client.post(reverse("reports:approve", args=[2022]), {"edition": "1"})
    )


def test_sending_back_asks_leaders_for_words_and_keeps_them_for_the_writers(staff, leader, sign_in, report):
    AnnualReport.objects.update(status="submitted")
    client = sign_in(leader)
    url = reverse("reports:send-back", args=[2022])
    assert "Say what should change" in html_of(client.post(url, {"note": ""}))
    assert client.post(url, {"note": "Name who follows it up"}).status_code == 302
    assert "Name who follows it up" in page(sign_in(staff), "detail", 2022)


def test_a_report_that_its_writers_send_back_is_not_said_to_come_from_leadership(staff, sign_in, report):
    approved(report, status="approved")
    client = sign_in(staff)
    client.post(reverse("reports:send-back", args=[2022]), {"note": "A speaker took their words back"})
    text = page(client, "detail", 2022)
    assert "A speaker took their words back" in text and "It was sent back" in text
    assert "leadership team sent it back" not in text


def test_a_report_that_is_not_ready_keeps_its_reason_on_the_page(staff, sign_in, report):
    text = html_of(sign_in(staff).post(reverse("reports:submit", args=[2022])))
    assert "Write these sections first" in text and AnnualReport.objects.get().status == "writing"


@pytest.mark.parametrize(
    ("name", "role"),
    [("submit", "leadership"), ("approve", "staff"), ("publish", "leadership"), ("send-back", "assessor")],
)
def test_each_step_is_refused_to_the_other_side(name, role, sign_in, report):
    approved(report)
    page(sign_in(factories.UserFactory(roles=[role])), name, 2022, expect=403)


# --- Files ---------------------------------------------------------------------------------------
def test_a_file_comes_as_an_attachment_that_browsers_do_not_guess_about(staff, sign_in, report):
    factories.EditionFactory(report=report)
    response = sign_in(staff).get(reverse("reports:edition-download", args=[2022, 1]))
    assert b"".join(response.streaming_content) == b"%PDF-1.7 test"
    assert (
        response.headers["Content-Disposition"]
        == 'attachment; filename="impact-co-production-report-2022-edition-1.pdf"'
    )
    assert (
        response.headers["Content-Type"] == "application/pdf"
        and response.headers["X-Content-Type-Options"] == "nosniff"
    )


def test_the_public_gets_the_approved_edition_of_a_published_report_and_nothing_else(client, outsider, sign_in, report):
    factories.EditionFactory(report=report)
    url = [reverse("reports:edition-download", args=[2022, n]) for n in (1, 2)]
    approved(report, "approved")
    assert [client.get(u).status_code for u in url] == [404, 404]
    AnnualReport.objects.update(status="published")
    for reader in (client, sign_in(outsider)):
        assert [reader.get(u).status_code for u in url] == [404, 200]


def test_a_file_that_is_gone_is_not_found_rather_than_an_error(staff, sign_in, report):
    edition = factories.EditionFactory(report=report)
    default_storage.delete(edition.file)
    page(sign_in(staff), "edition-download", 2022, 1, expect=404)
