"""Forms of an edition: asked for, made by a worker, shown with where they stand, downloaded, verified and compared."""

import hashlib
import io
import json
from datetime import date

import docx
import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from impact.core.access.models import AuditEvent
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict
from impact.core.jobs import queue
from impact.core.jobs.models import Job
from reports.editions import registry
from reports.editions.comparing.compare import figures_compared, words_compared
from reports.editions.making import services, tasks
from reports.editions.making.models import EditionForm
from reports.editions.verifying import forms as verifying
from reports.editions.verifying.services import tidy_hash
from reports.formats.easy_read import services as easy
from reports.formats.easy_read.models import EasyReadSection
from reports.formats.files import kinds
from reports.writing.models import AnnualReport
from tests import factories
from tests.pages import html_of
from tests.reports.sample import rows

pytestmark = pytest.mark.django_db
DAY = date(2023, 1, 10)


@pytest.fixture(autouse=True)
def no_worker_notification(monkeypatch):
    monkeypatch.setattr(queue, "notify_worker", lambda job_id: None)


def edition_of(report: AnnualReport, summary: str = "Frozen words", *, sites: int = 4):
    data = {
        "report": {"year": report.year, "title": "Our report", "subtitle": "", "is_illustrative": False},
        "as_of": "2022-12-31",
        "sections": {"summary": summary, "progress": "Members met."},
        "figures": rows(sites=sites),
    }
    number = report.editions.count() + 1
    snapshot = factories.SnapshotFactory(report=report, data=data)
    return factories.EditionFactory(report=report, snapshot=snapshot, sha256=f"{number:064x}")


@pytest.fixture
def report() -> AnnualReport:
    return factories.AnnualReportFactory(year=2022)


@pytest.fixture
def edition(report):
    return edition_of(report)


def published(report: AnnualReport, edition) -> AnnualReport:
    report.approved_edition, report.status = edition, "published"
    report.approved_on = report.published_on = date(2023, 1, 16)
    report.save()
    return report


def made(by, edition, form: str = "docx", language: str = "en") -> EditionForm:
    job = services.request_form(by=by, edition=edition, form=form, language=language)
    assert queue.run(job.pk), Job.objects.get(pk=job.pk).error
    return EditionForm.objects.get(pk=Job.objects.get(pk=job.pk).result["form"])


def bytes_of(one: EditionForm) -> bytes:
    with tasks.default_storage.open(one.file) as file:
        return file.read()


def in_easy_read(by, report: AnnualReport, summary: str = "Frozen words", *, reviewed: bool = True) -> None:
    """The chapters of ``edition_of`` in Easy Read."""
    for key, body in (("summary", summary), ("progress", "Members met.")):
        report.sections.filter(key=key).update(body=body)
        section = report.sections.select_related("report").get(key=key)
        easy.write_easy_read(by=by, section=section, sentences=["We met.", "We talked."])
        easy.choose_drawings(by=by, section=section, pictures=["meeting", ""])
        easy.send_for_review(by=by, section=section)
        if reviewed:
            easy.review_easy_read(by=by, section=section, reviewed_by="Two members", reviewed_on=DAY)


# --- Asking and making -------------------------------------------------------------------------------
@pytest.mark.parametrize("form", ["docx", "html", "xlsx", "csv", "json"])
@pytest.mark.parametrize("language", ["en", "cy"])
def test_a_worker_makes_a_form_from_the_snapshot_alone(staff, report, edition, form, language):
    AnnualReport.objects.filter(pk=report.pk).update(title="Changed since")
    one = made(staff, edition, form, language)
    data = bytes_of(one)
    assert one.sha256 == hashlib.sha256(data).hexdigest() and one.size == len(data)
    assert one.file.endswith(kinds.KINDS[form].extension) and b"Changed since" not in data
    events = AuditEvent.objects.filter(type__startswith="edition.form_").order_by("pk").values_list("type", flat=True)
    assert list(events) == ["edition.form_requested", "edition.form_made"]


@pytest.mark.slow
def test_large_print_is_drawn_by_the_pdf_engine(staff, edition):
    one = made(staff, edition, "large-print")
    assert bytes_of(one).startswith(b"%PDF-") and one.pages >= 6
    assert one.file_name == "impact-co-production-report-2022-edition-1-large-print.pdf"


def test_the_same_form_is_made_once_and_a_failed_one_is_tried_again(staff, edition, monkeypatch):
    one = made(staff, edition)
    job = services.request_form(by=staff, edition=edition, form="docx")
    assert (job.pk, job.state) == (one.job_id, Job.State.SUCCEEDED) and EditionForm.objects.count() == 1
    other = services.request_form(by=staff, edition=edition, form="json")
    Job.objects.filter(pk=other.pk).update(state="failed", error="The disk was full.")
    assert services.standing_of(staff, edition, "json", "en").state == "failed"
    assert services.request_form(by=staff, edition=edition, form="json").state == Job.State.QUEUED
    assert services.standing_of(staff, edition, "json", "en").state == "being_made"


def test_only_those_who_build_editions_ask_for_forms(leader, outsider, edition):
    for user in (leader, outsider):
        with pytest.raises(PermissionDenied):
            services.request_form(by=user, edition=edition, form="docx")


@pytest.mark.parametrize(
    ("form", "language", "words"),
    [
        ("exe", "en", "Choose one of"),
        ("docx", "fr", "Choose en for English"),
        ("pdf", "en", "is the edition itself"),
        ("easy-read", "cy", "in English only"),
    ],
)
def test_a_form_that_there_is_not_is_refused_in_words(staff, edition, form, language, words):
    with pytest.raises(ValidationError, match=words):
        services.request_form(by=staff, edition=edition, form=form, language=language)


def test_a_form_asked_for_before_an_update_is_refused(staff, edition, monkeypatch):
    job = services.request_form(by=staff, edition=edition, form="json")
    monkeypatch.setattr(tasks, "renderer", lambda: "newer")
    queue.run(job.pk)
    job.refresh_from_db()
    assert job.state == "failed" and "The platform was updated" in job.error and not EditionForm.objects.exists()


def test_words_that_name_an_unknown_figure_end_the_job_with_the_place(staff, report):
    job = services.request_form(by=staff, edition=edition_of(report, "{{figure:unheard-of}}"), form="json")
    queue.run(job.pk)
    job.refresh_from_db()
    assert job.state == "failed" and "unheard-of" in job.error


@pytest.mark.parametrize("change", [{"sha256": "f" * 64}, {"is_reviewed": False}, {"size": 2}])
def test_a_form_never_changes_and_is_never_deleted(staff, edition, change):
    one = made(staff, edition, "json")
    for write in (
        lambda: EditionForm.objects.filter(pk=one.pk).update(**change),
        lambda: EditionForm.objects.filter(pk=one.pk).delete(),
    ):
        with pytest.raises(DatabaseError, match=r"never|constraint"), transaction.atomic():
            write()


def test_every_form_is_known_to_the_command_line(staff, edition):
    assert set(kinds.KINDS) <= set(registry.FORMS)
    form = registry.FORMS["json"]
    assert form.find(edition, "en") is None
    job = form.request(by=staff, edition=edition, language="en")
    queue.run(job.pk)
    found = form.find(edition, "en")
    assert found.size == EditionForm.objects.get().size and found.file_name.endswith("edition-1.json")


# --- Easy Read -----------------------------------------------------------------------------------------
@pytest.mark.slow
def test_an_easy_read_is_drawn_from_its_own_words_and_is_public_once_reviewed(staff, outsider, report, edition):
    in_easy_read(staff, report, reviewed=False)
    draft = made(staff, edition, "easy-read")
    published(report, edition)
    assert not draft.is_reviewed
    assert not EditionForm.objects.visible_to(outsider).exists() and EditionForm.objects.visible_to(staff).exists()
    for easy_section in EasyReadSection.objects.select_related("section__report"):
        easy.review_easy_read(by=staff, section=easy_section.section, reviewed_by="Two members", reviewed_on=DAY)
    final = made(staff, edition, "easy-read")
    assert final.is_reviewed and EditionForm.objects.visible_to(outsider).get() == final
    assert final.contents["sections"][0]["lines"][0] == {
        "words": "We met.",
        "picture": "meeting",
        "alt": "Three people sit around a table.",
    }


def test_easy_read_of_other_words_is_not_that_editions(staff, report, edition):
    in_easy_read(staff, report, summary="Newer words")
    with pytest.raises(StateConflict, match="written for other words"):
        services.request_form(by=staff, edition=edition, form="easy-read")


def test_easy_read_that_lacks_a_chapter_is_no_reviewed_edition(staff, report, edition):
    with pytest.raises(StateConflict, match="No chapter is in Easy Read"):
        services.request_form(by=staff, edition=edition, form="easy-read")
    in_easy_read(staff, report)
    EasyReadSection.objects.get(section__key="progress").delete()
    job = services.request_form(by=staff, edition=edition, form="easy-read")
    assert job.payload["contents"]["lacking"] == ["Progress during the year"]
    assert job.payload["contents"]["is_reviewed"] is False


def test_a_change_takes_a_reviewed_easy_read_back_to_draft_and_keeps_its_drawings(staff, report):
    in_easy_read(staff, report)
    section = report.sections.select_related("report").get(key="summary")
    one = easy.write_easy_read(by=staff, section=section, sentences=["We met.", "We listened."])
    assert (one.status, one.reviewed_by, one.lines[0]["picture"]) == ("draft", "", "meeting")
    same = easy.write_easy_read(by=staff, section=section, sentences=["We met.", "We listened."])
    assert same.version == one.version
    with pytest.raises(Conflict):
        easy.write_easy_read(by=staff, section=section, sentences=["Late."], expected=1)


def test_easy_read_refuses_what_it_cannot_be(staff, leader, report):
    section = report.sections.select_related("report").get(key="summary")
    with pytest.raises(StateConflict, match="not in Easy Read yet"):
        easy.send_for_review(by=staff, section=section)
    with pytest.raises(ValidationError, match="Make this sentence shorter"):
        easy.write_easy_read(by=staff, section=section, sentences=["x" * 301])
    with pytest.raises(PermissionDenied):
        easy.write_easy_read(by=leader, section=section, sentences=["No."])
    easy.write_easy_read(by=staff, section=section, sentences=["One."])
    with pytest.raises(ValidationError, match="Choose a drawing"):
        easy.choose_drawings(by=staff, section=section, pictures=["../secret"])
    with pytest.raises(StateConflict, match="waits for review"):
        easy.review_easy_read(by=staff, section=section, reviewed_by="A", reviewed_on=DAY)
    report.sections.filter(key="summary").update(body="New words")
    with pytest.raises(StateConflict, match="has changed since"):
        easy.send_for_review(by=staff, section=section)


def test_easy_read_is_written_reviewed_and_given_drawings_on_pages(staff, sign_in, report):
    client = sign_in(staff)
    path = "/reports/2022/easy-read/summary/"
    client.post(path, {"sentences": "We met.\nWe talked.", "version": 0})
    page = html_of(client.get(path))
    assert "Picture beside “We met.”" in page and "Send for review" in page
    client.post(path, {"drawings": "1", "drawing-version": 1, "drawing-picture-0": "meeting", "drawing-picture-1": ""})
    page = html_of(client.get(path))
    assert 'alt="Three people sit around a table."' in page
    client.post(f"{path}send/", {"version": 2})
    client.post(f"{path}review/", {"reviewed_by": "Two members", "reviewed_on": "2023-01-10", "version": 3})
    assert "By Two members, 10 January 2023" in html_of(client.get("/reports/2022/easy-read/"))
    late = client.post(path, {"sentences": "Other.", "version": 1})
    assert late.status_code == 409 and "We talked." in html_of(late)


# --- Pages -----------------------------------------------------------------------------------------------
def test_the_panel_says_where_each_form_stands(staff, sign_in, report, edition):
    made(staff, edition, "docx")
    waiting = services.request_form(by=staff, edition=edition, form="json")
    failed = services.request_form(by=staff, edition=edition, form="csv", language="cy")
    Job.objects.filter(pk=waiting.pk).update(progress=40, step="Writing the chapters")
    Job.objects.filter(pk=failed.pk).update(state="failed", error="The disk is full.")
    client = sign_in(staff)
    page = html_of(client.get("/reports/2022/"))
    assert 'href="/reports/2022/editions/1/docx/en/"' in page and "Being made" in page
    assert "The disk is full." in page and "Try again" in page and "Writing the chapters" in page
    assert "In English only" in page and "Not made yet" in page
    fragment = client.get("/reports/2022/editions/1/forms/waiting/", HTTP_HX_REQUEST="true")
    assert "Making JSON, English" in html_of(fragment) and "HX-Refresh" not in fragment
    queue.run(waiting.pk)
    fragment = client.get("/reports/2022/editions/1/forms/waiting/", HTTP_HX_REQUEST="true")
    assert fragment["HX-Refresh"] == "true"


def test_a_form_is_asked_for_with_a_button(staff, leader, sign_in, edition):
    client = sign_in(staff)
    sent = client.post("/reports/2022/editions/1/forms/", {"form": "xlsx", "language": "cy"}, follow=True)
    assert "Excel, Welsh is being made" in html_of(sent)
    wrong = client.post("/reports/2022/editions/1/forms/", {"form": "nothing"}, follow=True)
    assert "Choose one of" in html_of(wrong)
    assert sign_in(leader).post("/reports/2022/editions/1/forms/", {"form": "docx"}).status_code == 403


@pytest.mark.parametrize(
    ("form", "content_type", "name"),
    [
        ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "edition-1-cy.docx"),
        ("html", "text/html; charset=utf-8", "edition-1-cy.html"),
        ("csv", "application/zip", "edition-1-csv-cy.zip"),
        ("json", "application/json", "edition-1-cy.json"),
    ],
)
def test_a_download_is_an_attachment_with_its_type_and_a_sensible_name(
    staff, sign_in, edition, form, content_type, name
):
    made(staff, edition, form, "cy")
    answer = sign_in(staff).get(f"/reports/2022/editions/1/{form}/cy/")
    assert answer["Content-Type"] == content_type
    assert answer["Content-Disposition"] == f'attachment; filename="impact-co-production-report-2022-{name}"'
    assert answer["X-Content-Type-Options"] == "nosniff" and "sandbox" in answer["Content-Security-Policy"]
    assert answer.getvalue()


def test_forms_of_the_approved_edition_of_a_published_report_are_public_and_no_others(staff, report, edition):
    other = edition_of(report, "Draft words")
    for one in (edition, other):
        made(staff, one, "html")
    path = "/reports/2022/editions/{}/html/en/"
    assert [Client().get(path.format(n)).status_code for n in (1, 2)] == [404, 404]
    published(report, edition)
    assert [Client().get(path.format(n)).status_code for n in (1, 2)] == [200, 404]
    page = html_of(Client().get("/reports/2022/"))
    assert 'href="/reports/2022/editions/1/html/en/"' in page and ">Make<" not in page
    assert "Large print" not in page  # not made, so not offered


def test_a_form_whose_file_is_gone_is_not_found(staff, sign_in, edition):
    one = made(staff, edition, "json")
    tasks.default_storage.delete(one.file)
    assert sign_in(staff).get("/reports/2022/editions/1/json/en/").status_code == 404


def test_a_published_report_can_be_read_online_by_everyone_with_figures_for_those_who_may(
    staff, sign_in, report, edition
):
    assert Client().get("/reports/2022/read/").status_code == 404
    published(report, edition)
    page = html_of(Client().get("/reports/2022/read/"))
    assert "Frozen words" in page and "figures-and-rows" not in page
    assert "/f/F1/" in page  # the definition and the published value are for everyone
    assert 'id="figures-and-rows"' in html_of(sign_in(staff).get("/reports/2022/read/"))


def test_the_panel_takes_the_same_queries_for_one_form_and_for_many(staff, sign_in, edition):
    client = sign_in(staff)
    made(staff, edition, "json")
    client.get("/reports/2022/")
    with CaptureQueriesContext(connection) as few:
        client.get("/reports/2022/")
    for form in ("csv", "html", "xlsx"):
        made(staff, edition, form)
        services.request_form(by=staff, edition=edition, form=form, language="cy")
    with CaptureQueriesContext(connection) as many:
        client.get("/reports/2022/")
    assert len(many) == len(few)


# --- The API -----------------------------------------------------------------------------------------------
def test_a_form_is_asked_for_followed_and_downloaded_over_the_api(staff, sign_in, edition):
    client = sign_in(staff)
    base = f"/api/v1/editions/{edition.pk}/forms/"
    asked = client.post(base, {"form": "docx"}, content_type="application/json")
    assert asked.status_code == 202 and asked["Location"] == f"http://testserver{base}docx/en/"
    assert client.get(asked["Location"]).json()["state"] == "being_made"
    queue.run(Job.objects.get().pk)
    found = client.get(asked["Location"]).json()
    assert found["state"] == "ready" and found["made"]["download_url"].endswith("/forms/docx/en/content/")
    file = client.get(found["made"]["download_url"]).getvalue()
    book = docx.Document(io.BytesIO(file))
    assert hashlib.sha256(file).hexdigest() == found["made"]["sha256"]
    assert any(p.text == "Frozen words" for p in book.paragraphs)
    assert client.post(base, {"form": "docx"}, content_type="application/json").status_code == 200
    assert {(row["form"], row["language"], row["state"]) for row in client.get(base).json()} >= {
        ("docx", "en", "ready"),
        ("docx", "cy", "not_made"),
        ("easy-read", "en", "not_made"),
    }
    listed = client.get("/api/v1/editions/").json()["results"][0]
    assert [(row["form"], row["language"]) for row in listed["forms"]] == [("docx", "en")]
    assert client.get(f"/api/v1/editions/{edition.pk}/content/").getvalue() == b"%PDF-1.7 test"


def test_the_api_refuses_forms_that_there_are_not_and_people_who_may_not(staff, leader, outsider, sign_in, edition):
    base = f"/api/v1/editions/{edition.pk}/forms/"
    wrong = sign_in(staff).post(base, {"form": "easy-read", "language": "cy"}, content_type="application/json")
    assert wrong.status_code == 400 and wrong.json()["errors"][0]["attr"] == "language"
    assert sign_in(staff).get(f"{base}docx/fr/").status_code == 404
    assert sign_in(leader).post(base, {"form": "docx"}, content_type="application/json").status_code == 403
    assert sign_in(outsider).get(base).status_code == 404


def test_page_api_and_file_say_the_same_figures(staff, sign_in, report, edition):
    one = made(staff, edition, "json")
    published(report, edition)
    figures = {row["code"]: row["words"] for row in json.loads(bytes_of(one))["figures"]}
    page = html_of(sign_in(staff).get("/reports/2022/read/"))
    assert all(f'class="num">{figures[code]}</td>' in page for code in ("F1", "F2"))


# --- Verifying -----------------------------------------------------------------------------------------------
def test_a_copy_is_recognised_by_its_file_or_its_code(staff, report, edition):
    one = made(staff, edition, "json")
    data = bytes_of(one)
    unpublished = html_of(Client().post("/reports/verify/", {"file": SimpleUploadedFile("a.json", data)}))
    assert "This is not a published report of ours" in unpublished and "edition 1" not in unpublished.lower()
    published(report, edition)
    for page in (
        html_of(Client().post("/reports/verify/", {"file": SimpleUploadedFile("renamed.bin", data)})),
        html_of(Client().post("/reports/verify/", {"sha256": f" SHA256:{one.sha256.upper()} "})),
        html_of(Client().get("/reports/verify/", {"sha256": one.sha256})),
    ):
        assert "Yes, this is our report, unchanged" in page and "JSON, English" in page
        assert "the one that the leadership team approved" in page
    changed = html_of(Client().post("/reports/verify/", {"file": SimpleUploadedFile("a.json", data + b" ")}))
    assert "This is not a published report of ours" in changed


def test_those_who_work_on_a_report_verify_unpublished_editions(staff, sign_in, report, edition):
    page = html_of(sign_in(staff).get("/reports/verify/", {"sha256": edition.sha256}))
    assert "which is not the approved one" in page and "PDF, English" in page


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "Choose a file, or enter its check code."),
        ({"sha256": "abc"}, "A check code has 64 characters"),
        ({"sha256": "g" * 64}, "A check code has 64 characters"),
    ],
)
def test_what_cannot_be_checked_is_said_kindly(given, words):
    assert words in html_of(Client().post("/reports/verify/", given))


def test_a_large_file_is_refused_kindly(monkeypatch):
    monkeypatch.setattr(verifying, "LARGEST", 10)
    page = html_of(Client().post("/reports/verify/", {"file": SimpleUploadedFile("a.pdf", b"x" * 11)}))
    assert "so it is not one of ours" in page


def test_a_code_is_read_however_it_is_written():
    assert tidy_hash(f"{'AB' * 16}\n {'cd' * 16}") == "ab" * 16 + "cd" * 16
    assert tidy_hash("ab" * 31) == "" and tidy_hash("' OR 1=1") == ""


def test_a_file_larger_than_other_forms_may_be_sent_without_signing_in(settings):
    file = SimpleUploadedFile("a.pdf", b"x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1000))
    answer = Client().post("/reports/verify/", {"file": file})
    assert answer.status_code == 200 and "This is not a published report of ours" in html_of(answer)


# --- Comparing -------------------------------------------------------------------------------------------------
def test_two_editions_are_compared_in_words_and_figures(staff, sign_in, report, edition):
    edition_of(report, "Frozen and changed words", sites=6)
    page = html_of(sign_in(staff).get("/reports/2022/editions/compare/", {"a": 1, "b": 2}))
    assert "From edition 1 to edition 2" in page and "1 section changed" in page
    assert "added: </span>" in page and "Changed" in page and "The same" in page
    assert 'role="status"' in page


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"a": 1, "b": 1}, "Choose two different editions"),
        ({"a": 1, "b": 9}, "Choose two editions of this report"),
        ({"a": "x", "b": ""}, "Choose two editions of this report"),
    ],
)
def test_a_choice_that_cannot_be_compared_is_said(staff, sign_in, report, edition, query, words):
    edition_of(report, "Other")
    assert words in html_of(sign_in(staff).get("/reports/2022/editions/compare/", query))


def test_a_report_with_one_edition_says_so(staff, sign_in, edition):
    assert "not two editions of this report yet" in html_of(sign_in(staff).get("/reports/2022/editions/compare/"))


def test_cells_of_tables_that_differ_are_named():
    old = {"figures": rows(sites=4), "sections": {"summary": "A b"}}
    new = {"figures": rows(sites=6), "sections": {"summary": "A c", "progress": "New"}}
    changed = {row.code: row for row in figures_compared(old, new) if row.is_changed}
    assert changed["F1"].was == "4" and changed["F1"].now == "6"
    cells = [cell for row in changed.values() for cell in row.cells]
    assert any((cell.row, cell.was, cell.now) == ("All", "4", "6") for cell in cells)
    assert not [row for row in figures_compared(old, old) if row.is_changed]
    assert words_compared(old, new).summary == "1 section changed, 1 new"
