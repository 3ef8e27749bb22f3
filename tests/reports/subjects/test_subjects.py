"""Reports about a network, a site and a quarter: what they say, in every form, and who may write and read them."""

import io
import json
import shutil
import subprocess
from datetime import date
from pathlib import Path

import docx
import openpyxl
import pikepdf
import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import call_command
from django.db import DatabaseError, transaction

from impact.core.access.models import AuditEvent
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict
from impact.core.jobs import queue
from impact.core.jobs.models import Job
from impact.core.notices.models import Notice
from impact.core.people.models import Consent
from networks.log.models import Attendance
from reports.editions.models import Snapshot
from reports.formats.easy_read import services as easy
from reports.formats.files import data as json_form
from reports.formats.files import easy_read as easy_read_form
from reports.formats.files import page, sheets, word
from reports.subjects import services
from reports.subjects.easy_read.services import SubjectChapter, contents_for
from reports.subjects.easy_read.services import chapters_of as easy_chapters
from reports.subjects.frozen.network import gather
from reports.subjects.models import (
    SubjectEdition,
    SubjectFile,
    SubjectReport,
    quarter_days,
    quarter_in_words,
)
from reports.subjects.printing import document
from reports.subjects.tasks import source_of
from tests import factories
from tests.pages import html_of
from tests.reports.formats.test_pdf import thin_pages

pytestmark = pytest.mark.django_db
Kind = SubjectReport.Kind


def text_of(response) -> str:
    """The words of a page, with single spaces."""
    return " ".join(document.parse(html_of(response)).text.split())


SAID = "Ask me, and ask me again next year."


@pytest.fixture(autouse=True)
def a_day_in_january(settings, monkeypatch):
    settings.DEMO_TODAY = date(2023, 1, 16)
    monkeypatch.setattr(queue, "notify_worker", lambda job_id: None)


@pytest.fixture
def group():
    site = factories.SiteFactory(slug="choice", name="Choice and control", delivery_model="network")
    return factories.GroupFactory(site=site, slug="choice-england", name="Choice, England")


@pytest.fixture
def speaker():
    return factories.agreed_to_be_quoted()


@pytest.fixture
def network(group, speaker):
    """A network with a logged meeting, one that is missing, and an action from what a member said."""
    meeting = factories.LoggedMeetingFactory(group=group, number=1)
    factories.MeetingFactory(group=group, number=2)
    said = factories.ContributionFactory(meeting=meeting, words=SAID, speaker=speaker)
    factories.ContributionFactory(meeting=meeting, kind="barrier", theme=said.theme, words="Not to be quoted at all.")
    for number in range(6):
        Attendance.objects.create(
            meeting=meeting, person=factories.PersonFactory(), perspective="carer", status="present"
        )
        if number < 2:
            Attendance.objects.create(
                meeting=meeting, person=factories.PersonFactory(), perspective="front_line", status="present"
            )
    factories.ActionFactory(group=group, what="Write a page to ask with", contribution=said, due_on=date(2022, 12, 1))
    factories.ActionFactory(
        group=group, what="Ring the council", status="done", closed_on=date(2022, 11, 1), outcome="They answered."
    )
    return group.site


def started(by, kind, site=None, quarter="") -> SubjectReport:
    return services.start_report(by=by, kind=kind, site=site, quarter=quarter)


def edition_of(by, report) -> SubjectEdition:
    edition, _job = services.request_edition(by=by, report=report)
    return edition


def file_of(edition: SubjectEdition, form: str = "pdf", **more) -> SubjectFile:
    """A file as a worker would have made it."""
    given = {"renderer": "test", "file": f"x.{form}", "sha256": "1" * 64, "size": 1, **more}
    return SubjectFile.objects.create(edition=edition, form=form, **given)


def chapters_in_words(edition: SubjectEdition) -> str:
    source = source_of(edition)
    return " ".join(document.parse(source._context()["body"]).text.split())


# --- A network ---------------------------------------------------------------------------------------
def test_a_networks_report_holds_the_numbers_of_its_own_page(network, staff, sign_in):
    edition = edition_of(staff, started(staff, Kind.NETWORK, network))
    figures = {row["name"]: row["value"] for row in document.values(edition.data)}
    assert figures == {
        "local-networks": 1,
        "meetings-held": 1,
        "people": 5,
        "contributions": 2,
        "learning": 0,
        "actions-done": 1,
    }
    told = text_of(sign_in(staff).get("/networks/choice/"))
    text = chapters_in_words(edition)
    assert "2 things said in meetings: 1 enabler, 1 barrier" in text
    for words in edition.data["figures"]["meetings"]["missing"]:
        assert words in text and words in " ".join(told.split())
    plan = text_of(sign_in(staff).get("/networks/choice/action-plan/"))
    assert edition.data["figures"]["actions"]["counts"]["overdue"] == 1 and "1 overdue" in plan.lower()


def test_numbers_of_people_are_suppressed_and_stay_so_in_later_editions(network, group, staff):
    report = started(staff, Kind.NETWORK, network)
    first = edition_of(staff, report)
    people = {row["key"]: row["value"] for row in first.data["figures"]["people"]["rows"]}
    assert people["carer"] == 5 and people["front_line"] is None
    assert "Front-line worker withheld: too few" in chapters_in_words(first)
    meeting = group.meetings.get(number=1)
    for _number in range(5):
        Attendance.objects.create(
            meeting=meeting, person=factories.PersonFactory(), perspective="front_line", status="present"
        )
    assert edition_of(staff, report) == first  # it would say the same, so that nothing tells that people came
    services.edit_words(by=staff, report=report, expected=None, opening="More.")
    second = edition_of(staff, report)
    again = {row["key"]: row["value"] for row in second.data["figures"]["people"]["rows"]}
    assert second.number == 2 and again["front_line"] is None and again["carer"] == 5


def test_what_the_annual_report_withholds_is_withheld_here_too(network, group):
    withheld = {"rows": [{"key": "carer", "label": "Carer", "value": None}], "total": None, "is_withheld": True}
    report = factories.AnnualReportFactory(year=2022)
    Snapshot.objects.create(report=report, sha256="3" * 64, data={"figures": {"attendance": withheld}})
    people = gather(services.Network.objects.get(pk=network.pk), None)["people"]
    assert {row["value"] for row in people["rows"]} == {None} and people["total"] is None


def test_words_stand_in_a_report_only_while_their_speaker_agrees(network, speaker, staff, group):
    report = started(staff, Kind.NETWORK, network)
    first = edition_of(staff, report)
    file_of(first)
    assert SAID in chapters_in_words(first) and "Not to be quoted" not in json.dumps(first.data)
    services.finish_report(by=staff, report=report, edition=first)
    member = factories.user_in(group)
    assert SubjectReport.objects.visible_to(member).get() == report
    Consent.objects.create(
        person=speaker, purpose="quotes", wording="May we?", is_given=False, given_on=date(2023, 1, 15)
    )
    assert not SubjectReport.objects.visible_to(member).exists()
    assert not SubjectFile.objects.visible_to(member).exists() and SubjectFile.objects.visible_to(staff).exists()
    second = edition_of(staff, report)
    assert second.number == 2 and SAID not in json.dumps(second.data) and not second.data["figures"]["held_words"]
    file_of(second)
    with pytest.raises(StateConflict, match="no longer agrees"):
        services.finish_report(by=staff, report=report, edition=first)
    services.finish_report(by=staff, report=report, edition=second)
    assert SubjectReport.objects.visible_to(member).get() == report


def test_a_network_without_a_plan_or_local_networks_says_so(staff):
    site = factories.SiteFactory(delivery_model="network", name="New network")
    text = chapters_in_words(edition_of(staff, started(staff, Kind.NETWORK, site)))
    assert "No local network has started yet." in text and "no action plan yet" in text
    assert "No contributions have been recorded yet." in text and "not shared any learning yet" in text


def test_owners_are_named_by_role_alone(network, group, staff):
    person = factories.PersonFactory(name="Gwenllian Invented")
    factories.ActionFactory(group=group, owner_person=person)
    edition = edition_of(staff, started(staff, Kind.NETWORK, network))
    assert "Gwenllian" not in json.dumps(edition.data)


# --- A site and a quarter -----------------------------------------------------------------------------
@pytest.fixture
def site():
    site = factories.SiteFactory(slug="antrim", name="Antrim", delivery_model="demonstrator")
    measure = factories.OutcomeMeasureFactory(
        site=site, name="People with a plan", baseline_value=40, baseline_on=date(2022, 6, 1)
    )
    factories.ReadingFactory(measure=measure, on=date(2022, 9, 1), value=58)
    factories.ReadingFactory(measure=measure, on=date(2022, 12, 1), value=96)
    factories.ReadingFactory(measure=measure, on=date(2023, 1, 10), value=104)
    return site


def test_a_sites_report_says_what_its_outcome_pages_say(site, staff, sign_in):
    text = chapters_in_words(edition_of(staff, started(staff, Kind.SITE, site)))
    shown = text_of(sign_in(staff).get("/sites/antrim/outcomes/"))
    for words in ("40 people", "104 people", "up 64 people, better"):
        assert words in text and words in shown.lower()


def test_a_site_without_outcomes_says_so(staff):
    bare = factories.SiteFactory(delivery_model="facilitator")
    text = chapters_in_words(edition_of(staff, started(staff, Kind.SITE, bare)))
    assert "No outcomes have been measured at this site yet." in text and "No milestones have been recorded" in text


def test_a_note_to_funders_stands_on_the_last_day_of_its_quarter(site, staff):
    edition = edition_of(staff, started(staff, Kind.FUNDERS, quarter="2022q4"))
    [row] = [row for part in edition.data["figures"]["outcomes"] for row in part["rows"]]
    assert (row["baseline"], row["before"], row["latest"]) == ("40 people", "58 people", "96 people")
    assert row["change"] == "up 56 people, better" and edition.as_of == date(2022, 12, 31)
    assert edition.data["figures"]["readings"] == 1
    text = chapters_in_words(edition)
    assert "Note to funders, October to December 2022" in edition.report.title and "96 people" in text
    assert "104" not in text


def test_a_quarter_with_no_data_says_so(staff):
    text = chapters_in_words(edition_of(staff, started(staff, Kind.FUNDERS, quarter="2019Q1")))
    assert "No outcome had been measured at any site by the end of this quarter." in text
    assert "No local network met in this quarter." in text and "No site had begun" in text


def test_a_quarter_that_runs_is_marked_and_one_to_come_is_refused(staff):
    text = chapters_in_words(edition_of(staff, started(staff, Kind.FUNDERS, quarter="2023Q1")))
    assert "The quarter is not over." in text
    for wrong, message in (("2023Q2", "has not begun"), ("2022Q5", "such as 2022Q4"), ("later", "such as 2022Q4")):
        with pytest.raises(ValidationError, match=message):
            started(staff, Kind.FUNDERS, quarter=wrong)


@pytest.mark.parametrize(
    ("quarter", "first", "last", "words"),
    [
        ("2022Q1", date(2022, 1, 1), date(2022, 3, 31), "January to March 2022"),
        ("2022Q2", date(2022, 4, 1), date(2022, 6, 30), "April to June 2022"),
        ("2022Q3", date(2022, 7, 1), date(2022, 9, 30), "July to September 2022"),
        ("2022Q4", date(2022, 10, 1), date(2022, 12, 31), "October to December 2022"),
    ],
)
def test_a_quarter_has_its_three_months(quarter, first, last, words):
    assert (*quarter_days(quarter), quarter_in_words(quarter)) == (first, last, words)


# --- Every form ---------------------------------------------------------------------------------------
def test_every_form_carries_the_same_words_and_figures(network, staff, sign_in):
    report = started(staff, Kind.NETWORK, network)
    services.edit_words(by=staff, report=report, expected=1, opening="Time **matters** most.", closing="We go on.")
    edition = edition_of(staff, report)
    source = source_of(edition)
    told = ["Time matters most.", "We go on.", "Write a page to ask with", SAID, "withheld: too few", "about 5"]
    client = sign_in(staff)
    online = " ".join(text_of(client.get(edition.get_absolute_url())).split())
    web = " ".join(document.parse(page.make(source).decode()).text.split())
    book = docx.Document(io.BytesIO(word.make(source)))
    cells = [cell.text for table in book.tables for row in table.rows for cell in row.cells]
    in_word = " ".join(" ".join([*(p.text for p in book.paragraphs), *cells]).split())
    workbook = openpyxl.load_workbook(io.BytesIO(sheets.make_xlsx(source)))
    in_sheets = " ".join(
        str(v) for s in workbook for row in s.iter_rows(values_only=True) for v in row if v is not None
    )
    in_sheets = " ".join(in_sheets.split())
    whole = json.loads(json_form.make(source))
    in_json = " ".join(json.dumps(whole, ensure_ascii=False).replace("\\n", " ").split())
    for name, text in {"page": online, "web": web, "word": in_word, "sheets": in_sheets, "json": in_json}.items():
        for words in told:
            assert words in text, (name, words)
    api = client.get(f"/api/v1/subject-editions/{edition.pk}/").json()
    assert whole["figures"] == api["figures"] == document.values(edition.data)
    first = workbook["Figures"]
    shown = {row[0]: row[1] for row in first.iter_rows(min_row=4, values_only=True)}
    for row in api["figures"]:
        assert str(shown[row["title"]]) == document.said(row["value"])
        assert f"{document.said(row['value'])} " in online
    assert sheets.make_xlsx(source) == sheets.make_xlsx(source_of(SubjectEdition.objects.get(pk=edition.pk)))


@pytest.mark.slow
def test_a_worker_makes_a_tagged_pdf_with_every_word(network, staff, settings):
    report = started(staff, Kind.NETWORK, network)
    edition, job = services.request_edition(by=staff, report=report)
    same, again = services.request_edition(by=staff, report=report)
    assert (same.pk, again.pk) == (edition.pk, job.pk)
    assert queue.run(job.pk), Job.objects.get(pk=job.pk).error
    file = edition.files.get(form="pdf")
    path = Path(settings.MEDIA_ROOT) / file.file
    text = subprocess.run(
        [shutil.which("pdftotext") or "pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True
    ).stdout
    flat = " ".join(text.split())
    assert b"/StructTreeRoot" in path.read_bytes() or b"/ObjStm" in path.read_bytes()
    assert thin_pages(path) == []
    assert file.pages and "Write a page to ask" in flat and "withheld: too few" in flat
    assert file.file_name == "impact-network-report-choice-edition-1.pdf"
    events = AuditEvent.objects.filter(type__startswith="subject_report.").values_list("type", flat=True)
    assert set(events) == {
        "subject_report.started",
        "subject_report.edition_requested",
        "subject_report.file_made",
    }
    written_in_easy_read(staff, edition)
    for form, tongue in (("easy-read", "en"), ("pdf", "cy")):
        job = services.request_file(by=staff, edition=edition, form=form, language=tongue)
        assert queue.run(job.pk), Job.objects.get(pk=job.pk).error
    easy_file, welsh_file = edition.files.get(form="easy-read"), edition.files.get(language="cy")
    assert easy_file.is_reviewed and easy_file.file_name.endswith("edition-1-easy-read.pdf")
    assert welsh_file.file_name == "impact-network-report-choice-edition-1-cy.pdf"
    with pikepdf.open(Path(settings.MEDIA_ROOT) / welsh_file.file) as pdf:
        assert str(pdf.Root.Lang) == "cy"
    out = path.parent / "copy.json"
    call_command("build_report", network="choice", form="json", stdout=io.StringIO())
    pending = Job.objects.get(kind=services.MAKE, state="queued")
    assert queue.run(pending.pk)
    call_command("build_report", network="choice", form="json", output=out, stdout=io.StringIO())
    assert json.loads(out.read_text())["title"] == "Network report: Choice and control"


def test_an_edition_and_its_files_never_change(network, staff):
    edition = edition_of(staff, started(staff, Kind.NETWORK, network))
    file = file_of(edition)
    for change in (
        lambda: SubjectEdition.objects.filter(pk=edition.pk).update(data={}),
        lambda: SubjectEdition.objects.filter(pk=edition.pk).update(number=7),
        lambda: SubjectFile.objects.filter(pk=file.pk).update(sha256="2" * 64),
        lambda: SubjectFile.objects.filter(pk=file.pk).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


# --- Easy Read and Welsh ------------------------------------------------------------------------------
def written_in_easy_read(by, edition, *, leave_out=()) -> None:
    """Every chapter of an edition in Easy Read, but for those left out and those that are there."""
    for said in easy_chapters(edition):
        if said.key not in leave_out and not edition.report.easy_read.filter(key=said.key).exists():
            chapter = SubjectChapter(edition.report, said)
            easy.write_easy_read(by=by, section=chapter, sentences=[f"This is {said.title}.", "It is short."])
            easy.choose_drawings(by=by, section=chapter, pictures=["meeting", ""])
            easy.send_for_review(by=by, section=chapter)
            easy.review_easy_read(by=by, section=chapter, reviewed_by="Two members", reviewed_on=date(2023, 1, 10))


def test_easy_read_has_its_own_words_and_says_plainly_what_it_lacks(network, staff):
    edition = edition_of(staff, started(staff, Kind.NETWORK, network))
    with pytest.raises(StateConflict, match="No chapter is in Easy Read yet"):
        services.request_file(by=staff, edition=edition, form="easy-read")
    written_in_easy_read(staff, edition, leave_out=["plan"])
    contents = contents_for(edition)
    assert contents["lacking"] == ["The action plan"] and not contents["is_reviewed"]
    html, assets = easy_read_form.compose(source_of(edition, contents=contents))
    text = document.parse(html).text
    assert "Network report: Choice and control" in text and "This is In short. It is short." in text
    assert "not in Easy Read yet. The action plan" in text and "This is a draft" in text
    assert "Write a page to ask with" not in text and "meeting.svg" in assets
    written_in_easy_read(staff, edition)
    html, _assets = easy_read_form.compose(source_of(edition, contents=contents_for(edition)))
    assert "Not in Easy Read yet" not in html and "This is a draft" not in html


def test_easy_read_of_other_words_or_figures_is_not_that_editions(network, group, staff):
    report = started(staff, Kind.NETWORK, network)
    first = edition_of(staff, report)
    written_in_easy_read(staff, first)
    factories.ActionFactory(group=group, what="A new action")
    second = edition_of(staff, report)
    assert contents_for(first)["is_reviewed"]
    with pytest.raises(StateConflict, match="“In short” was written for other words"):  # it counts the actions
        services.request_file(by=staff, edition=second, form="easy-read")


def test_readers_get_an_easy_read_and_welsh_once_they_are_made_and_reviewed(network, group, staff, sign_in):
    report = started(staff, Kind.NETWORK, network)
    edition = edition_of(staff, report)
    file_of(edition)
    contents = {"contents": {"sections": []}, "contents_sha256": "5" * 64}
    file_of(edition, "easy-read", is_reviewed=False, **contents)
    file_of(edition, "docx", language="cy")
    services.finish_report(by=staff, report=report, edition=edition)
    member = factories.user_in(group)
    address = f"{report.get_absolute_url()}1/easy-read/en/"
    api = f"/api/v1/subject-editions/{edition.pk}/"
    assert sign_in(member).get(address).status_code == 404 and sign_in(staff).get(address).status_code == 404  # no file
    forms = [(row["form"], row["language"]) for row in sign_in(member).get(api).json()["files"]]
    assert forms == [("docx", "cy"), ("pdf", "en")]
    states = {(row["form"], row["language"]): row["state"] for row in sign_in(member).get(f"{api}forms/").json()}
    assert states[("docx", "cy")] == "ready" and states[("easy-read", "en")] == "not_made" and len(states) == 15
    page_words = text_of(sign_in(member).get(f"{report.get_absolute_url()}1/forms/"))
    assert "Download: Word, Welsh" in page_words and "Easy Read" not in page_words
    file_of(edition, "easy-read", **{**contents, "contents_sha256": "6" * 64}, renderer="newer")
    assert "Download: Easy Read, English" in text_of(sign_in(member).get(f"{report.get_absolute_url()}1/forms/"))
    assert "easy-read" in {row["form"] for row in sign_in(member).get(api).json()["files"]}


def test_easy_read_is_written_reviewed_and_made_on_pages(network, staff, sign_in):
    report = started(staff, Kind.NETWORK, network)
    client, here = sign_in(staff), f"{report.get_absolute_url()}easy-read/"
    assert "No edition yet" in text_of(client.get(here)) and client.get(f"{here}summary/").status_code == 404
    edition = edition_of(staff, report)
    shown = text_of(client.get(f"{here}plan/"))
    assert "Write a page to ask with" in shown and client.get(f"{here}method/").status_code == 404
    saved = client.post(f"{here}plan/", {"sentences": "We have a list.\nSome is done.", "version": "0"}, follow=True)
    assert "is saved" in text_of(saved)
    late = client.post(f"{here}plan/", {"sentences": "Mine.", "version": "0"})
    assert late.status_code == 409 and "We have a list." in text_of(late)
    client.post(f"{here}plan/", {"drawings": "1", "drawing-version": "1", "drawing-picture-0": "plan"})
    assert "waits for review" in text_of(client.post(f"{here}plan/send/", {"version": "2"}, follow=True))
    given = {"reviewed_by": "Two members", "reviewed_on": "10/01/2023", "version": "3"}
    assert "By Two members, 10 January 2023" in text_of(client.post(f"{here}plan/review/", given, follow=True))
    asked = client.post(f"{report.get_absolute_url()}1/forms/", {"form": "easy-read", "language": "en"}, follow=True)
    assert "Easy Read, English is being made" in text_of(asked)
    job = Job.objects.get(payload__form="easy-read")
    assert job.payload["contents"]["lacking"][:2] == ["In short", "Who met, and how often"]
    welsh = client.post(f"{report.get_absolute_url()}1/forms/", {"form": "easy-read", "language": "cy"}, follow=True)
    assert "in English only" in text_of(welsh)
    assert edition.files.count() == 0 and "Making Easy Read, English" in html_of(
        client.get(f"{report.get_absolute_url()}1/forms/waiting/", headers={"HX-Request": "true"})
    )


# --- Who may ------------------------------------------------------------------------------------------
def test_coordinators_write_their_networks_report_and_members_read_it_once_it_is_finished(network, group, staff):
    coordinator, member = factories.user_in(group, "coordinator"), factories.user_in(group)
    other = factories.user_in(factories.GroupFactory(), "coordinator")
    for stranger in (member, other):
        with pytest.raises(PermissionDenied):
            started(stranger, Kind.NETWORK, network)
    report = started(coordinator, Kind.NETWORK, network)
    edition = edition_of(coordinator, report)
    assert not SubjectReport.objects.visible_to(member).exists()
    with pytest.raises(StateConflict, match="has not been made yet"):
        services.finish_report(by=coordinator, report=report, edition=edition)
    file_of(edition)
    services.finish_report(by=coordinator, report=report, edition=edition)
    later = edition_of(coordinator, services.edit_words(by=coordinator, report=report, expected=None, opening="More."))
    assert list(SubjectEdition.objects.visible_to(member)) == [edition] and later.number == 2
    assert not SubjectReport.objects.visible_to(other).exists()
    told = set(Notice.objects.filter(path=report.get_absolute_url()).values_list("person", flat=True))
    assert member.person.pk in told and coordinator.person.pk not in told
    group.memberships.filter(person=member.person).update(ends_on=date(2022, 12, 1))
    assert not SubjectReport.objects.visible_to(member).exists()  # left before the local network ended


def test_members_are_not_told_of_editions_that_are_not_for_them(network, group, staff, sign_in, settings):
    member, report = factories.user_in(group), started(staff, Kind.NETWORK, network)
    edition = edition_of(staff, report)
    file_of(edition)
    services.finish_report(by=staff, report=report, edition=edition)
    settings.DEMO_TODAY = date(2023, 2, 2)
    edition_of(staff, services.edit_words(by=staff, report=report, expected=None, opening="More."))
    listed = [html_of(sign_in(user).get("/reports/others/")) for user in (staff, member)]
    assert ["2 February 2023" in page for page in listed] == [True, False]
    year = "/reports/others/?year=2023", "/api/v1/subject-reports/?year=2023"
    settings.DEMO_TODAY = date(2024, 1, 5)
    edition_of(staff, services.edit_words(by=staff, report=report, expected=None, opening="Even more."))
    assert all(report.title in html_of(sign_in(member).get(address)) for address in year)
    assert not any(report.title in html_of(sign_in(member).get(a.replace("2023", "2024"))) for a in year)
    assert report.title in html_of(sign_in(staff).get("/reports/others/?year=2024"))


def test_members_keep_the_report_after_their_local_network_ended(network, group, staff, settings):
    member = factories.user_in(group)
    group.memberships.filter(person=member.person).update(ends_on=group.ends_on)
    report = started(staff, Kind.NETWORK, network)
    edition = edition_of(staff, report)
    file_of(edition)
    services.finish_report(by=staff, report=report, edition=edition)
    settings.DEMO_TODAY = date(2023, 6, 1)
    assert SubjectReport.objects.visible_to(member).get() == report


def test_the_lead_of_a_site_writes_its_report_and_the_team_reads_it(site, staff):
    lead, coach = factories.UserFactory(), factories.team_of(site)
    factories.SiteRoleFactory(site=site, kind="lead", person=lead.person)
    with pytest.raises(PermissionDenied):
        started(coach, Kind.SITE, site)
    report = started(lead, Kind.SITE, site)
    assert SubjectReport.objects.visible_to(coach).get() == report
    with pytest.raises(PermissionDenied):
        services.edit_words(by=coach, report=report, expected=None, opening="Mine.")


def test_staff_write_notes_to_funders_and_leadership_reads_them(staff, leader, group, outsider):
    coordinator = factories.user_in(group, "coordinator")
    for by in (leader, coordinator, outsider):
        with pytest.raises(PermissionDenied):
            started(by, Kind.FUNDERS, quarter="2022Q4")
    report = started(staff, Kind.FUNDERS, quarter="2022Q4")
    assert SubjectReport.objects.visible_to(leader).get() == report
    assert not SubjectReport.objects.visible_to(coordinator).exists()
    with pytest.raises(ValidationError, match="started already"):
        started(staff, Kind.FUNDERS, quarter="2022Q4")


def test_two_people_who_write_at_once_see_each_others_words(staff, network, sign_in):
    report = started(staff, Kind.NETWORK, network)
    services.edit_words(by=staff, report=report, expected=1, opening="Mine.")
    with pytest.raises(Conflict):
        services.edit_words(by=staff, report=report, expected=1, opening="Theirs.")
    answer = sign_in(staff).post(
        f"{report.get_absolute_url()}words/", {"opening": "Theirs.", "closing": "", "version": "1"}
    )
    assert answer.status_code == 409 and "Mine." in text_of(answer)


# --- Pages ----------------------------------------------------------------------------------------------
def test_a_report_is_started_built_and_found_from_the_page_of_its_network(staff, network, sign_in):
    client = sign_in(staff)
    assert "/reports/others/network/choice/" in client.get("/networks/choice/").content.decode()
    address = "/reports/others/network/choice/"
    assert "No report has been started yet" in text_of(client.get(address))
    assert "No edition yet" in text_of(client.post(address, follow=True))
    assert "is being built" in text_of(client.post(f"{address}build/", follow=True))
    assert "cancelled" in text_of(client.post(f"{address}cancel/", follow=True))
    listed = text_of(client.get("/reports/others/?kind=network&nation=england"))
    assert "Network report: Choice and control" in listed
    for none in ("?nation=wales", "?year=2019", "?kind=site"):
        assert "No report matches" in text_of(client.get(f"/reports/others/{none}"))
    assert "Choice and control" in text_of(client.get("/reports/others/?year=2023"))


def test_a_sites_page_leads_to_its_report_for_those_who_may_read_it(site, staff, sign_in):
    assert "/reports/others/site/antrim/" in sign_in(staff).get("/sites/antrim/").content.decode()
    coach = factories.team_of(site)
    assert "/reports/others/site/antrim/" not in sign_in(coach).get("/sites/antrim/").content.decode()
    assert sign_in(coach).get("/reports/others/site/antrim/").status_code == 404


def test_the_list_takes_as_many_queries_for_many_reports(staff, sign_in, django_assert_max_num_queries):
    client = sign_in(staff)
    client.get("/api/v1/subject-reports/")  # the first reading begins a copy of the list
    for quarter in ("2022Q1", "2022Q2", "2022Q3", "2022Q4"):
        edition_of(staff, started(staff, Kind.FUNDERS, quarter=quarter))
    with django_assert_max_num_queries(14):
        client.get("/reports/others/")
    with django_assert_max_num_queries(14):
        client.get("/api/v1/subject-reports/")


def test_a_report_with_many_editions_gives_its_newest_and_the_way_to_all(staff, sign_in):
    report = started(staff, Kind.FUNDERS, quarter="2022Q4")
    for number in range(7):
        services.edit_words(by=staff, report=report, expected=None, opening=f"Words {number}.")
        edition_of(staff, report)
    client = sign_in(staff)
    (row,) = client.get("/api/v1/subject-reports/").json()["results"]
    assert [edition["number"] for edition in row["editions"]] == [7, 6, 5, 4, 3]
    found = client.get(row["editions_url"]).json()["results"]
    assert sorted(edition["number"] for edition in found) == [1, 2, 3, 4, 5, 6, 7]


def test_words_save_themselves_and_never_over_those_of_someone_else(staff, network, sign_in):
    report = started(staff, Kind.NETWORK, network)
    client, path = sign_in(staff), "/reports/others/network/choice/words/"
    assert "data-report-words" in client.get(path).content.decode()
    sent = {"do": "autosave", "version": 1, "opening": "One.", "closing": ""}
    first = html_of(client.post(path, sent))
    assert "Saved at" in first and 'id="id_version" value="2"' in first
    assert "Saved at" in html_of(client.post(path, sent)), "the same words after a lost answer"
    client.post(path, {**sent, "version": 2, "opening": "One. Two."})
    services.edit_words(by=factories.UserFactory(roles=["staff"]), report=report, expected=3, closing="Theirs.")
    late = html_of(client.post(path, {**sent, "version": 3, "opening": "Mine."}))
    report.refresh_from_db()
    assert "Someone else changed these words" in late and (report.opening, report.closing) == ("One. Two.", "Theirs.")
    assert AuditEvent.objects.filter(type="subject_report.edited").count() == 2, "one for each who wrote"


def test_a_report_goes_from_its_start_to_its_readers_over_the_api(staff, group, network, outsider, sign_in):
    api, client = "/api/v1/subject-reports/", sign_in(staff)

    def send(path, data=None, method="post", as_=client, **headers):
        call = getattr(as_, method)
        return call(path, data or {}, content_type="application/json", headers=headers)

    asked = {"kind": "network", "subject": "choice"}
    made = send(api, asked, **{"Idempotency-Key": "start"})
    again = send(api, asked, **{"Idempotency-Key": "start"})
    assert (made.status_code, again.status_code, again["Idempotency-Replayed"]) == (201, 201, "true")
    here = f"{api}{made.json()['id']}/"
    written = send(here, {"opening": "What we learned."}, "patch", **{"If-Match": made["ETag"]})
    assert written.json()["opening"] == "What we learned."
    assert send(here, {"opening": "Late."}, "patch", **{"If-Match": made["ETag"]}).status_code == 412
    assert client.get(f"{here}build/").status_code == 404
    asked_for = send(f"{here}build/")
    assert asked_for.status_code == 202 and asked_for["Location"].endswith(f"{here}build/")
    assert client.get(f"{here}build/").json()["state"] == "queued"
    edition = SubjectEdition.objects.get()
    assert send(f"{here}finish/", {"edition": 1}).json()["errors"][0]["code"] == "not_built"
    file_of(edition)
    Job.objects.update(state=Job.State.SUCCEEDED, finished_at="2023-01-16T12:00Z")
    assert send(f"{here}build/").status_code == 200
    form = send(f"/api/v1/subject-editions/{edition.pk}/forms/", {"form": "docx"})
    assert form.status_code == 202 and Job.objects.filter(payload__form="docx").exists()
    assert send(f"{here}finish/", {"edition": 1}).json()["finished_edition"] == 1
    member = sign_in(factories.user_in(group))
    services.edit_words(by=staff, report=edition.report, expected=None, opening="Not for members yet.")
    assert "Not for members yet." not in member.get(here).content.decode()
    for name, body in (("build/", {}), ("finish/", {"edition": 1})):
        assert send(here + name, body, as_=member).status_code == 403
        assert send(here + name, body, as_=sign_in(outsider)).status_code == 404
