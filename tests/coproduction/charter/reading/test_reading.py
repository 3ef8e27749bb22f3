"""Reading a charter: what changed, one section's history, the course, formats, PDFs, and the API."""

import re
from datetime import date

import pikepdf
import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext

from coproduction.agreement.services import propose_version
from coproduction.charter import services as charter_services
from coproduction.charter.corrections.deciding import undo_correction
from coproduction.charter.corrections.services import Fixed, correct_version
from coproduction.charter.reading import printing
from coproduction.charter.reading.making import services
from coproduction.charter.reading.models import CharterPdf
from coproduction.charter.writing.sections import add_section
from coproduction.waypoints.services import plan_waypoint
from impact.core.basics import clock
from impact.core.jobs import queue
from tests import factories
from tests.coproduction.charter.reading.test_making import picture, read, reviewed, text_of, url
from tests.networks.documents.test_documents import words_of


@pytest.fixture
def two(agreed):
    """Version 2 is out: a section reworded and one added."""
    draft = charter_services.draft_version(by=agreed.lead, charter=agreed.charter)
    charter_services.write_section(by=agreed.lead, text=text_of(agreed, version=draft), body="About our shared Vision.")
    add_section(by=agreed.lead, charter=agreed.charter, title="Being online", kind="open")
    propose_version(by=agreed.lead, version=draft, closes_on=date(2022, 10, 1), change_note="Shared")
    agreed.second = draft
    return agreed


# --- What changed --------------------------------------------------------------------------------
def test_what_changed_is_summed_up_and_each_change_leads_to_the_next(two, sign_in):
    page = read(sign_in(two.member), url("charter-version", two.charter.pk, 2) + "?against=1")
    assert "1 section changed, 1 new" in page and re.search(r"added: </span>\s*shared", page) and "end of added" in page
    assert 'href="#vision"' in page and 'href="#being-online"' in page
    assert "Next change" in page and "Previous change" in page


def test_both_texts_stand_side_by_side(two, sign_in):
    address = url("charter-version", two.charter.pk, 1) + "?against=2&view=side-by-side"
    page = read(sign_in(two.member), address)
    assert "Version 2</h3>" in page and "Version 1</h3>" in page and "This section is not there." in page
    assert re.search(r"removed: </span>\s*shared", page) and "Retired" in page


def test_any_two_versions_are_chosen_on_a_form(two, sign_in):
    client = sign_in(two.member)
    address = url("charter-compare", two.charter.pk)
    assert "Version 2 (out for agreement)" in read(client, address)
    response = client.get(address, {"from": "1", "to": "2"})
    assert response["Location"] == url("charter-version", two.charter.pk, 2) + "?against=1"
    for bad in ({"from": "1", "to": "1"}, {"from": "x", "to": "99"}):
        assert "Choose two different versions." in html(client.get(address, bad))


def html(response):
    return response.content.decode()


def test_a_draft_is_compared_by_its_writer_alone(agreed, sign_in):
    charter_services.draft_version(by=agreed.lead, charter=agreed.charter)
    for address in (
        url("charter-version", agreed.charter.pk, 1) + "?against=2",
        url("charter-version", agreed.charter.pk, 2) + "?against=1",
    ):
        assert sign_in(agreed.member).get(address).status_code == 404
        assert sign_in(agreed.lead).get(address).status_code == 200


# --- A section and the course --------------------------------------------------------------------
def test_a_section_has_one_address_with_its_history_through_all_versions(two, sign_in):
    page = read(sign_in(two.member), url("charter-section", two.charter.pk, "vision"))
    assert "About our Vision." in page, "the words in force"
    assert re.search(r"added: </span>\s*shared", page) and "First version" in page and "since version 1" in page


def test_a_section_that_is_only_in_a_draft_is_for_its_writer(agreed, sign_in):
    charter_services.draft_version(by=agreed.lead, charter=agreed.charter)
    add_section(by=agreed.lead, charter=agreed.charter, title="A secret", kind="open")
    address = url("charter-section", agreed.charter.pk, "a-secret")
    assert sign_in(agreed.member).get(address).status_code == 404
    assert "A secret" in read(sign_in(agreed.lead), address)


def test_versions_and_waypoints_stand_on_one_line_in_their_order(two, sign_in):
    plan_waypoint(by=two.lead, charter=two.charter, title="Autumn stop", due_on=date(2022, 11, 1))
    page = read(sign_in(two.member), url("charter-course", two.charter.pk))
    places = [page.index(words) for words in ("Version 1 agreed by the members", "Today, 15 September", "Autumn stop")]
    assert places == sorted(places) and "What changed since version 1" in page


def test_a_correction_stands_once_on_the_course_on_the_day_it_was_made(agreed, sign_in):
    """No one was asked about it, so it was neither put to the members nor agreed by them."""
    plan_waypoint(by=agreed.lead, charter=agreed.charter, title="Summer stop", due_on=date(2022, 9, 20))
    fixed = {agreed.section.pk: Fixed("Vision", "About our vision.")}
    with clock.standing_on(date(2022, 9, 21)):
        new = correct_version(by=agreed.lead, version=agreed.version, fixed=fixed, note="A capital letter.")
        page = read(sign_in(agreed.member), url("charter-course", agreed.charter.pk))
        assert page.count("Version 1.1") == 1 and "Version 1.1 corrects version 1" in page
        assert "Overdue" in page and "Overdue since" not in page
        assert "Members agreed version 1 on 15 September 2022" in read(
            sign_in(agreed.member), url("agreement", agreed.charter.pk)
        )
        undo_correction(by=agreed.lead, version=new, reason="The capital was right.")
        page = read(sign_in(agreed.member), url("charter-course", agreed.charter.pk))
        assert "Not in force any more: The capital was right." in page


# --- Formats -------------------------------------------------------------------------------------
def test_the_format_that_someone_prefers_is_offered_first(two, sign_in):
    person = two.member.person
    person.preferred_format = "easy_read"
    person.save()
    client = sign_in(two.member)
    page = read(client, url("charter-version", two.charter.pk, 2))
    assert "You like to read papers like this: Easy Read" in page and "Your choice" in page
    assert page.index('formats__label">Easy Read') < page.index('formats__label">Standard')
    page = read(client, url("charter-version", two.charter.pk, 2) + "?format=large_print")
    assert "large-words" in page and "You like to read papers like this" not in page
    assert 'formats__label">Standard' in read(client, url("charter-version", two.charter.pk, 2) + "?format=nonsense")


def test_a_version_asks_the_same_number_of_queries_however_many_sections_are_in_easy_read(proposed, sign_in):
    client = sign_in(proposed.member)
    address = url("charter-version", proposed.charter.pk, 1) + "?format=easy_read"
    client.get(address)
    counts = []
    for key in ("vision", "structure"):
        easy = factories.EasyReadFactory(text=text_of(proposed, key))
        factories.EasyReadLineFactory(easy_read=easy)
        with CaptureQueriesContext(connection) as caught:
            assert client.get(address).status_code == 200
        counts.append(len(caught))
    assert counts[0] == counts[1]


# --- PDFs ----------------------------------------------------------------------------------------
@pytest.fixture
def silent(monkeypatch):
    """Send no broker notifications; the tests run the jobs."""
    monkeypatch.setattr(queue, "notify_worker", lambda job_id: None)


def test_the_same_words_are_built_once_and_an_easy_read_makes_new_ones(proposed, silent):
    first, job = printing.request_pdf(by=proposed.member, version=proposed.version)
    again, same = printing.request_pdf(by=proposed.lead, version=proposed.version)
    assert (first.pk, job.pk) == (again.pk, same.pk)
    with pytest.raises(Exception, match="No section of this version is in Easy Read"):
        printing.request_pdf(by=proposed.member, version=proposed.version, form="easy_read")


def test_someone_outside_the_group_cannot_have_a_pdf_built(proposed, silent, sign_in):
    outsider = factories.UserFactory()
    with pytest.raises(PermissionDenied):
        printing.request_pdf(by=outsider, version=proposed.version)
    assert sign_in(outsider).post(url("charter-pdf-build", proposed.charter.pk, 1)).status_code == 404


@pytest.mark.slow
def test_a_pdf_is_tagged_and_says_the_words_of_the_version(proposed, silent, sign_in):
    client = sign_in(proposed.member)
    line = services.write_easy_read(by=proposed.lead, text=text_of(proposed), sentences=["A good life."]).lines.first()
    services.set_picture(by=proposed.lead, line=line, alt="A rising sun.", file=picture())
    reviewed_again = text_of(proposed).easy_read
    easy = services.send_for_review(by=proposed.lead, easy_read=reviewed_again)
    services.review_easy_read(by=proposed.lead, easy_read=easy, reviewed_by="Panel", reviewed_on=proposed.today)
    for form in CharterPdf.Form:
        client.post(url("charter-pdf-build", proposed.charter.pk, 1), {"form": form})
    assert "being built" in read(client, url("charter-version", proposed.charter.pk, 1))
    for pdf in CharterPdf.objects.select_related("job"):
        assert queue.run(pdf.job_id)
        pdf.refresh_from_db()
        assert pdf.file, pdf.job.error
        with pikepdf.open(pdf.file.path) as document:
            assert document.Root.MarkInfo.Marked and document.Root.Lang == "en-GB"
            assert "/StructTreeRoot" in document.Root and document.docinfo["/Title"] == "Our charter, version 1"
            tags = {
                str(thing.S) for thing in document.objects if isinstance(thing, pikepdf.Dictionary) and "/S" in thing
            }
            assert {"/H1", "/H2", "/P"} <= tags
            if pdf.form == "easy_read":
                alts = [str(t.Alt) for t in document.objects if isinstance(t, pikepdf.Dictionary) and "/Alt" in t]
                assert "A rising sun." in alts
        words = words_of(pdf.file.path)
        assert "1. Structure" in words and "About our Structure." in words
        assert ("A good life." in words) == (pdf.form == "easy_read")
        assert client.get(pdf.get_absolute_url())["Content-Type"] == "application/pdf"


# --- The API -------------------------------------------------------------------------------------
def test_the_api_gives_easy_read_and_what_changed(two, sign_in):
    factories.EasyReadLineFactory(easy_read=factories.EasyReadFactory(text=text_of(two)))
    client = sign_in(two.member)
    data = client.get(f"/api/v1/charter-versions/{two.version.pk}/").json()
    (row,) = data["easy_read"]
    assert row["key"] == "vision" and row["lines"][0]["alt"] == "A calendar." and data["audio"] == []
    assert row["is_out_of_date"] is False
    later = client.get(f"/api/v1/charter-versions/{two.second.pk}/").json()
    assert later["easy_read"][0]["is_out_of_date"] is True
    shown = client.get(f"/api/v1/charter-versions/{two.second.pk}/compare/?against=1").json()
    assert (shown["old"], shown["new"], shown["summary"]) == ("1", "2", "1 section changed, 1 new")
    vision = next(row for row in shown["sections"] if row["key"] == "vision")
    assert "".join(p["text"] for p in vision["pieces"] if p["kind"] != "removed") == "About our shared Vision."
    assert client.get(f"/api/v1/charter-versions/{two.second.pk}/compare/").status_code == 400
    assert client.get(f"/api/v1/charter-versions/{two.second.pk}/compare/?against=9").status_code == 404


def test_an_easy_read_that_waits_for_review_is_in_no_answer_of_the_api(proposed, sign_in):
    easy = reviewed(proposed)
    services.write_easy_read(by=proposed.lead, text=text_of(proposed), sentences=["Changed."])
    easy.refresh_from_db()
    for person in (proposed.member, proposed.lead):
        data = sign_in(person).get(f"/api/v1/charter-versions/{proposed.version.pk}/").json()
        assert data["easy_read"] == []
