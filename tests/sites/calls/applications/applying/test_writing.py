"""Writing an application: saved by hand and by itself, never at the cost of words, by two people at once, and to the end."""

import threading
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection
from django.test import Client

from impact.core.access.models import AuditEvent
from impact.core.access.permissions import SYSTEM
from impact.core.basics import clock
from impact.core.basics.dates import when
from impact.core.jobs.models import OutboxEmail
from sites.calls.applications import services
from sites.calls.applications.applying import links
from sites.calls.applications.applying.saving import LONGEST, Sent, mark_of, save_answers
from sites.calls.applications.applying.services import submit_online
from sites.calls.applications.intake.changing.erasing import erase_application
from sites.calls.applications.models import Application, ApplicationFile
from sites.calls.rounds.models import Round
from tests.pages import html_of
from tests.sites.calls.applications.applying.conftest import (
    COMPLETE,
    EMAIL,
    address,
    ask_about,
    fields_of,
    last_mail,
    section_of,
    token_in,
)

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4\n1 0 obj << >> endobj\n%%EOF\n"


def write(client, url: str, do: str = "next", **answers):
    """Send a section's page as a browser does, with the marks of what it shows."""
    return client.post(url, {**fields_of(client, url), **answers, "do": do})


def draft_of(application: Application) -> dict:
    return Application.objects.get(pk=application.pk).draft


def test_the_list_of_sections_says_how_far_each_is(start):
    client, application = start()
    page = html_of(client.get(address(application)))
    assert "1 of 3 sections complete" in page and page.count("Not started") == 2
    write(client, section_of(application, "About you"), organisation_name="Harbour Carers")
    write(client, section_of(application, "Your plan"), what="word " * 21, money="1")
    page = html_of(client.get(address(application)))
    assert "In progress" in page and "Needs attention" in page


def test_save_and_continue_goes_on_to_the_next_section_and_at_the_end_to_the_check(start):
    client, application = start()
    plan = section_of(application, "Your plan")
    about = write(client, section_of(application, "About you"), organisation_name="Harbour Carers", nation="wales")
    assert about["Location"] == plan
    assert write(client, plan, what="A diary", money="10")["Location"] == address(application, "check/")
    assert draft_of(application)["organisation_name"] == "Harbour Carers"


def test_save_and_come_back_later_keeps_an_unfinished_section(start):
    client, application = start()
    response = write(client, section_of(application, "Your plan"), do="later", what="Half a")
    assert response["Location"] == address(application)
    assert "Your answers are saved" in html_of(client.get(response["Location"]))
    assert draft_of(application)["what"] == "Half a"


def test_a_page_saves_itself_and_learns_what_is_stored(start):
    client, application = start()
    url = section_of(application, "Your plan")
    page = html_of(write(client, url, do="autosave", what="A diary"))
    assert 'data-state="saved"' in page and f'id="id_what-was" value="{mark_of("A diary")}"' in page
    assert draft_of(application)["what"] == "A diary"


def test_saving_what_did_not_change_writes_nothing(start):
    client, application = start()
    url = section_of(application, "Your plan")
    write(client, url, do="autosave", what="A diary")
    version = Application.objects.get(pk=application.pk).version
    write(client, url, do="autosave", what="A diary\r\n")
    assert Application.objects.get(pk=application.pk).version == version


def test_two_people_in_one_section_keep_both_and_a_true_clash_shows_both_texts(start):
    client, application = start()
    url = section_of(application, "Your plan")
    mine = fields_of(client, url)
    save_answers(by=SYSTEM, application=application, sent={"money": Sent("99", mark_of(None))})
    client.post(url, {**mine, "what": "My words", "money": "", "do": "next"})  # money was not touched here
    assert (draft_of(application)["what"], draft_of(application)["money"]) == ("My words", "99")

    save_answers(by=SYSTEM, application=application, sent={"what": Sent("Theirs", mark_of("My words"))})
    late = {**mine, "what-was": mark_of("My words"), "what": "Mine, later", "money": "99", "do": "autosave"}
    assert "Someone else changed the same answer" in html_of(client.post(url, late))
    response = client.post(url, {**late, "do": "next"})
    page = html_of(response)
    assert response.status_code == 409 and "Theirs" in page and "Mine, later" in page
    assert draft_of(application)["what"] == "Theirs"
    again = {**late, "what-was": mark_of("Theirs"), "what": "Theirs, and mine", "do": "next"}
    assert client.post(url, again).status_code == 302
    assert draft_of(application)["what"] == "Theirs, and mine"


def test_too_many_words_are_kept_and_named(start):
    client, application = start()
    page = html_of(write(client, section_of(application, "Your plan"), what="word " * 25, money="1"))
    assert "Your answer has 25 words. Shorten it by 5 words, to 20 at most." in page
    assert "Your words are saved. Put this right before you submit." in page
    assert len(draft_of(application)["what"].split()) == 25


def test_twenty_thousand_words_are_refused_and_stay_on_the_page(start):
    client, application = start()
    url, text = section_of(application, "Your plan"), "wording " * 20_000
    assert len(text) > LONGEST
    page = html_of(write(client, url, what=text, money="1"))
    assert "This answer has 20,000 words, which is more than we can store." in page
    assert text.strip() in page and "data-unsaved" in page and "maxlength" not in page
    assert "what" not in draft_of(application) and draft_of(application)["money"] == "1"
    line = html_of(write(client, url, do="autosave", what=text))
    assert 'data-state="error"' in line and "your words are still on this page" in line


def test_an_amount_may_be_typed_as_people_write_it_and_nonsense_stays_to_be_corrected(start):
    client, application = start()
    url = section_of(application, "Your plan")
    assert write(client, url, what="A diary", money="£12,000").status_code == 302
    page = html_of(write(client, url, what="A diary", money="a lot"))
    assert "Enter a number in digits" in page and 'value="a lot"' in page
    assert draft_of(application)["money"] == "a lot"


def test_a_conditional_question_is_there_without_scripts_and_says_when_it_applies(start):
    client, application = start()
    page = html_of(client.get(section_of(application, "About you")))
    assert "Only if you answer “England” to “Which nation?”" in page and 'data-only-if="nation"' in page
    assert 'data-only-if-values="[&quot;england&quot;]"' in page


def test_words_for_a_question_that_stopped_applying_meanwhile_are_kept_too(start):
    client, application = start()
    url = section_of(application, "About you")
    marks = fields_of(client, url)
    services.save_draft(by=SYSTEM, application=application, answers={"nation": "wales"})
    page = html_of(client.post(url, {**marks, "region": "london", "do": "autosave"}))
    assert 'id="id_region-was"' in page and draft_of(application)["region"] == "london"


def test_closing_while_someone_types_leaves_fifteen_minutes_and_then_keeps_the_words_on_the_page(start, round):
    client, application = start()
    url = section_of(application, "Your plan")
    round.closes_at = clock.now() - timedelta(minutes=14)
    round.save()
    assert "you can still finish and submit until" in html_of(client.get(url))
    until = f"{when(round.closes_at + timedelta(minutes=15))} UK time"
    assert (
        " ".join(html_of(client.get(address(application))).split()).count(until) == 2
    )  # and not a time that has passed
    assert write(client, url, what="Just in time", money="1").status_code == 302
    marks = fields_of(client, url)
    round.closes_at = clock.now() - timedelta(minutes=16)
    round.save()
    page = html_of(client.post(url, {**marks, "what": "Too late", "do": "next"}))
    assert "This round has closed" in page and "Too late" in page
    assert "Save and continue" not in page and "so nothing is saved" in page  # no button that cannot do anything
    tasks = html_of(client.get(address(application)))
    assert "Read your answers" in tasks and "submit</a>" not in tasks and "Submit by" not in tasks
    line = html_of(client.post(url, {**marks, "what": "Too late", "do": "autosave"}))
    assert 'data-state="error"' in line and "This round has closed" in line
    assert draft_of(application)["what"] == "Just in time"


# --- Files -----------------------------------------------------------------------------------------------
def test_a_file_is_told_by_its_contents_and_handed_out_to_its_own_applicant_alone(start):
    client, application = start()
    url = section_of(application, "Your plan")
    sham = SimpleUploadedFile("letter.pdf", b"MZ\x00\x01 a program")
    assert "We cannot accept this kind of file" in html_of(write(client, url, do="upload", letter=sham))
    assert not ApplicationFile.objects.exists()
    write(client, url, do="upload", letter=SimpleUploadedFile("letter.pdf", PDF), what="Typed beside it")
    row = ApplicationFile.objects.get()
    assert draft_of(application) == {"based": "yes", "letter": row.pk, "what": "Typed beside it"}
    handed = client.get(address(application, f"file/{row.pk}/"))
    assert b"".join(handed.streaming_content) == PDF and "attachment" in handed["Content-Disposition"]
    stranger, other = start("other@elsewhere.example")
    assert stranger.get(address(application, f"file/{row.pk}/")).status_code == 302
    assert stranger.get(address(other, f"file/{row.pk}/")).status_code == 404
    call_command("check_files")


def test_a_large_file_is_taken_from_a_link_holder_alone_and_only_so_large(start):
    client, application = start()
    url = section_of(application, "Your plan")
    letter = b"A page of a letter. " * 200_000  # 4 MB
    marks = fields_of(client, url)
    assert Client().post(url, {**marks, "letter": SimpleUploadedFile("l.txt", letter)}).status_code == 413
    client.post(url, {**marks, "letter": SimpleUploadedFile("l.txt", letter), "do": "upload"})
    assert ApplicationFile.objects.get().size == len(letter)
    page = html_of(client.post(url, {**marks, "letter": SimpleUploadedFile("l.txt", letter * 3), "do": "upload"}))
    assert "The largest we accept is 10.0" in page
    assert client.post(url, {**marks, "letter": SimpleUploadedFile("l.txt", letter * 7)}).status_code == 413


def test_a_file_is_replaced_and_removed_but_stays_with_what_was_submitted(start):
    client, application = start()
    url = section_of(application, "Your plan")
    for n in range(2):
        write(client, url, do="upload", letter=SimpleUploadedFile(f"letter{n}.txt", f"Letter {n}".encode()))
    assert ApplicationFile.objects.get().name == "letter1.txt"
    services.save_draft(by=SYSTEM, application=application, answers=COMPLETE)
    services.submit_application(by=SYSTEM, application=application)
    write(client, url, do="remove-letter", what=COMPLETE["what"], money=COMPLETE["money"])
    assert "letter" not in draft_of(application) and ApplicationFile.objects.count() == 1
    assert "letter1.txt" in html_of(client.get(address(application, "answers/")))


# --- Checking and submitting -----------------------------------------------------------------------------
@pytest.fixture
def complete(start):
    client, application = start()
    services.save_draft(by=SYSTEM, application=application, answers=COMPLETE)
    application.refresh_from_db()
    return client, application


def submit(client, application):
    version = Application.objects.get(pk=application.pk).version
    return client.post(address(application, "check/"), {"version": version, "declaration": "on"})


def test_the_check_names_what_is_missing_first_and_links_to_each_question(start):
    client, application = start()
    page = html_of(client.get(address(application, "check/")))
    assert "Before you can submit" in page and f"{section_of(application, 'Your plan')}#q-what" in page
    assert submit(client, application).status_code == 200
    assert not application.revisions.exists()


def test_a_submission_is_confirmed_with_a_reference_and_nothing_that_was_written(complete):
    client, application = complete
    page = html_of(client.get(address(application, "check/")))
    assert "Harbour Carers" in page and "£12,000" in page and "Change" in page
    assert "Tick the box" in html_of(client.post(address(application, "check/"), {"version": application.version}))
    done = submit(client, application)
    assert application.reference in html_of(client.get(done["Location"]))
    mail = last_mail()
    assert application.reference in mail.body and "Harbour" not in mail.body and "diary" not in mail.body
    assert "/application/" not in mail.body


def test_two_submits_at_once_make_one_revision_and_one_email(complete):
    client, application = complete
    sent = {"version": application.version, "declaration": "on"}
    before = OutboxEmail.objects.count()
    for _ in range(2):
        assert client.post(address(application, "check/"), sent)["Location"] == address(application, "submitted/")
    assert application.revisions.count() == 1 and OutboxEmail.objects.count() == before + 1


@pytest.mark.postgresql_only
@pytest.mark.django_db(transaction=True)
def test_two_people_who_submit_in_the_same_moment_make_one_revision(complete):
    """Both have checked the same version. (An SQLite file has one writer; on PostgreSQL the row is held.)"""
    _client, application = complete
    barrier, numbers, errors = threading.Barrier(2), [], []

    def send() -> None:
        try:
            barrier.wait(timeout=20)
            numbers.append(submit_online(by=SYSTEM, application=application, expected=application.version).number)
        except Exception as error:  # noqa: BLE001  shown by the assertion below
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors and numbers == [1, 1] and application.revisions.count() == 1
    assert OutboxEmail.objects.filter(body__contains="We have received your application").count() == 1


def test_an_answer_that_changed_after_the_check_is_checked_again(complete):
    client, application = complete
    seen = application.version
    services.save_draft(by=SYSTEM, application=application, answers={"money": "40000"})
    response = client.post(address(application, "check/"), {"version": seen, "declaration": "on"})
    page = html_of(response)
    assert response.status_code == 409 and "£40,000" in page and not application.revisions.exists()


def test_each_submission_is_a_revision_and_changes_count_only_once_sent(complete):
    client, application = complete
    submit(client, application)
    assert "unsent changes" not in html_of(client.get(address(application)))
    write(client, section_of(application, "Your plan"), what="Something better", money="£12,000.00")
    assert "You have unsent changes" in html_of(client.get(address(application)))
    assert "A shared diary" in html_of(client.get(address(application, "answers/")))
    submit(client, application)
    assert [r.answers["what"] for r in application.revisions.all()] == [COMPLETE["what"], "Something better"]


def test_an_applicant_who_turns_out_not_to_be_eligible_cannot_submit(complete):
    client, application = complete
    services.save_draft(by=SYSTEM, application=application, answers={"based": "no"})
    submit(client, application)
    page = html_of(client.get(address(application, "check/")))
    assert "With this answer you cannot apply." in page and not application.revisions.exists()


# --- Newer questions -------------------------------------------------------------------------------------
def test_newer_questions_are_named_and_words_without_a_question_are_shown_to_be_copied(start, round):
    client, application = start()
    write(client, section_of(application, "Your plan"), what="Words of the old question", money="10")
    newer = ask_about(round, without="what")
    page = html_of(client.get(address(application)))
    assert "The questions have changed since you started" in page and "What would you do?" in page
    page = html_of(client.post(address(application, "newest-questions/")))
    assert "They are not kept: copy what you need." in page and "Words of the old question" in page
    assert Application.objects.get(pk=application.pk).question_set == newer
    assert "have changed since" not in html_of(client.get(address(application)))


def test_a_page_of_earlier_questions_keeps_what_is_still_asked_and_shows_the_rest(start, round):
    client, application = start()
    old = section_of(application, "Your plan")
    marks = fields_of(client, old)
    ask_about(round, without="what")
    client.post(address(application, "newest-questions/"))
    line = html_of(client.post(old, {**marks, "what": "Gone", "money": "7", "do": "autosave"}))
    assert 'data-state="error"' in line and "The questions have changed" in line
    response = client.post(old, {**marks, "what": "Gone", "money": "7", "do": "next"})
    assert response.status_code == 409 and "Gone" in html_of(response)
    assert draft_of(application) == {"based": "yes", "money": "7"}
    assert client.get(old)["Location"] == address(application)


# --- Withdrawing -----------------------------------------------------------------------------------------
def test_withdrawing_asks_first_ends_every_link_and_is_confirmed(complete):
    client, application = complete
    assert "You cannot undo this" in html_of(client.get(address(application, "withdraw/")))
    assert Application.objects.get(pk=application.pk).state == "draft"
    response = client.post(address(application, "withdraw/"))
    assert response.status_code == 410 and "This application was withdrawn" in html_of(response)
    assert not application.links.filter(ended_at=None).exists()
    assert "was withdrawn" in last_mail().body
    assert client.get(address(application, "check/"), follow=True).status_code == 410


def test_who_withdraws_can_have_it_deleted_as_well_and_staff_see_that(complete, staff, sign_in):
    client, application = complete
    submit(client, application)
    page = html_of(client.post(address(application, "withdraw/"), {"with_deletion": "yes"}))
    assert "You asked us to delete it" in page and "Ask us to delete it" not in page
    assert "You also asked us to delete what you wrote" in last_mail().body
    client = sign_in(staff)
    assert f"Delete application {application.reference}" in html_of(client.get("/"))
    assert "The applicant asked for its deletion" in html_of(client.get(application.get_absolute_url()))
    form = html_of(client.get(f"{application.get_absolute_url()}delete/"))
    assert f'value="{clock.today().isoformat()}"' in form
    fresh = Application.objects.get(pk=application.pk)
    erase_application(by=staff, application=fresh, reference=fresh.reference, asked_on=clock.today())
    assert "Delete application" not in html_of(client.get("/"))


@pytest.mark.parametrize("is_closed", [False, True])
def test_who_withdrew_can_have_it_deleted_later_also_once_the_round_is_closed(start, is_closed):
    client, application = start()
    link = f"/application/{token_in(last_mail())}/"
    client.post(address(application, "withdraw/"))
    kept = "If you want it deleted, open the link to your application once more"
    assert kept in last_mail().body
    if is_closed:
        Round.objects.filter(pk=application.round_id).update(closes_at=clock.now() - timedelta(hours=1))
    stranger = Client()
    page = html_of(stranger.get(link, follow=True))
    assert "Ask us to delete it" in page
    assert ("you can apply again" in " ".join(page.split())) is not is_closed
    response = stranger.post(address(application, "withdraw/"))
    assert response.status_code == 410 and "You asked us to delete it" in html_of(response)
    asked = Application.objects.get(pk=application.pk)
    assert (asked.state, asked.erasure_asked_on) == ("withdrawn", clock.today())
    mails = OutboxEmail.objects.count()
    assert client.post(address(application, "withdraw/")).status_code == 410  # asked twice: one request
    assert (
        OutboxEmail.objects.count() == mails
        and AuditEvent.objects.filter(type="application.erasure_asked").count() == 1
    )


def test_neither_a_helper_nor_an_ended_link_nor_a_live_one_asks_for_deletion(start):
    client, application = start()
    own = f"/application/{token_in(last_mail())}/"
    client.post(address(application, "people/"), {"email": "helper@harbour.example"})
    helper = f"/application/{token_in(last_mail())}/"
    links.end_links(by=SYSTEM, application=application, email=application.email)
    application.refresh_from_db()
    services.withdraw_application(by=SYSTEM, application=application)
    for link in (own, helper):
        stranger = Client()
        assert "Ask us to delete it" not in html_of(stranger.get(link, follow=True))
        stranger.post(address(application, "withdraw/"))
    assert Application.objects.get(pk=application.pk).erasure_asked_on is None


def test_what_applicants_do_is_in_the_history_without_their_words(complete):
    client, application = complete
    submit(client, application)
    client.post(address(application, "people/"), {"email": "helper@harbour.example"})
    client.post(address(application, "withdraw/"))
    kinds = set(AuditEvent.objects.values_list("type", flat=True))
    assert {"application.submitted", "application.helper_invited", "application.withdrawn"} <= kinds
    facts = str(list(AuditEvent.objects.values_list("facts", "fields")))
    assert "harbour" not in facts.lower() and EMAIL not in facts


def test_submitting_twice_by_service_keeps_one_revision(complete):
    _client, application = complete
    first = submit_online(by=SYSTEM, application=application, expected=application.version)
    assert submit_online(by=SYSTEM, application=application, expected=application.version) == first


def test_leaving_closes_the_application_on_this_device(complete):
    client, application = complete
    assert client.post(address(application, "leave/"))["Location"] == f"/rounds/{application.round.slug}/apply/"
    assert client.get(address(application)).status_code == 302


@pytest.mark.parametrize("page", ["", "check/", "people/", "withdraw/", "answers/", "about-you/"])
def test_every_page_keeps_out_of_caches_and_search_engines(complete, page):
    client, application = complete
    response = client.get(address(application, page))
    assert response.status_code == 200 and "no-store" in response["Cache-Control"] and "noindex" in html_of(response)
