"""Before an application is open: who can apply, the private link, and keeping strangers and programs out."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from impact.core.access.permissions import SYSTEM
from impact.core.basics import clock
from impact.core.jobs.models import OutboxEmail
from impact.core.people.rights.erasure.services import lift_hold, place_hold
from impact.core.web.serving import logs
from sites.calls.applications import services
from sites.calls.applications.applying import links
from sites.calls.applications.applying.services import delete_unopened
from sites.calls.applications.models import Application, PrivateLink, hashed
from tests import factories
from tests.pages import html_of
from tests.sites.calls.applications.applying.conftest import EMAIL, address, last_mail, token_in

pytestmark = pytest.mark.django_db
START = "/rounds/spring/apply/"


def passed(client: Client) -> str:
    """The signed answers that the check of who can apply hands on."""
    page = html_of(client.post(f"{START}who-can-apply/", {"based": "yes", "based-was": ""}))
    return re.search(r'name="passed" value="([^"]+)"', page)[1]


def details(client: Client, email: str = EMAIL, **more: str):
    sent = {"contact_name": "A manager", "email": email, "passed": passed(client), **more}
    return client.post(f"{START}your-details/", sent)


def test_the_first_page_says_what_it_takes_and_until_when(client, round):
    page = html_of(client.get(START))
    assert "There are 7 questions, of which 1 needs more than a line" in page
    assert round.closes_in_words in page and "You do not need an account" in page


def test_an_organisation_that_cannot_apply_is_told_why_and_nothing_is_stored(client, round):
    page = html_of(client.post(f"{START}who-can-apply/", {"based": "no", "based-was": ""}))
    assert "You cannot apply to this round" in page and "We fund work in the UK." in page
    assert not Application.objects.exists() and not OutboxEmail.objects.exists()
    assert "sessionid" not in client.cookies


def test_the_check_of_who_can_apply_cannot_be_skipped(client, round):
    for forged in ("", "nonsense", passed(client)[:-2]):
        sent = {"contact_name": "A manager", "email": EMAIL, "passed": forged}
        assert client.post(f"{START}your-details/", sent)["Location"] == f"{START}who-can-apply/"
    assert not Application.objects.exists()


def test_a_mailbox_gets_a_private_link_with_nothing_that_was_written(client, round):
    response = details(client)
    assert response["Location"] == f"{START}check-your-email/"
    mail = last_mail()
    assert "manager" not in mail.body and "manager" not in mail.subject
    application = Application.objects.get()
    assert application.draft == {"based": "yes"} and application.contact_name == "A manager"
    assert not PrivateLink.objects.filter(token_hash=token_in(mail)).exists()
    assert application.links.get().token_hash == hashed(token_in(mail))


def test_the_link_is_exchanged_at_once_for_an_address_without_it(client, round):
    details(client)
    token = token_in(last_mail())
    response = client.get(f"/application/{token}/")
    application = Application.objects.get()
    assert response["Location"] == address(application)
    assert response["Referrer-Policy"] == "no-referrer" and "no-store" in response["Cache-Control"]
    page = client.get(response["Location"])
    assert page.status_code == 200 and token not in html_of(page) and "no-store" in page["Cache-Control"]
    assert client.cookies["sessionid"]["httponly"]


def test_known_and_unknown_mailboxes_get_the_same_answer_and_an_email_each(round, start):
    start()
    pages, before = [], OutboxEmail.objects.count()
    for email in (EMAIL, "unknown@elsewhere.example"):
        response = Client().post(f"{START}return/", {"email": email})
        headers = {name: value for name, value in response.headers.items() if name != "X-Request-ID"}
        pages.append((response.status_code, response["Location"], headers))
    assert pages[0] == pages[1] and OutboxEmail.objects.count() == before + 2
    assert "There is no application that this address can open" in last_mail("unknown@elsewhere.example").body


def test_starting_twice_with_one_mailbox_leads_to_the_same_application(client, round):
    details(client)
    details(client, email=EMAIL.upper())
    assert Application.objects.count() == 1
    assert "You asked for a link" in last_mail().body


def test_a_program_that_fills_in_every_box_sends_nothing(client, round):
    assert details(client, website="https://spam.example")["Location"] == f"{START}check-your-email/"
    assert not Application.objects.exists() and not OutboxEmail.objects.exists()


def test_a_name_that_is_an_advertisement_is_refused(client, round):
    page = html_of(
        client.post(
            f"{START}your-details/",
            {"contact_name": "Win at www.spam.example", "email": EMAIL, "passed": passed(client)},
        )
    )
    assert "Enter a name, without web or email addresses." in page


def test_one_mailbox_gets_few_emails_and_is_not_told_apart(client, round):
    answers = {client.post(f"{START}return/", {"email": EMAIL})["Location"] for _ in range(6)}
    assert answers == {f"{START}check-your-email/"} and OutboxEmail.objects.count() == 4


def test_one_connection_asks_only_so_often_and_keeps_what_was_typed(client, round):
    for n in range(30):
        client.post(f"{START}return/", {"email": f"someone{n}@elsewhere.example"})
    response = client.post(f"{START}return/", {"email": "next@elsewhere.example"})
    assert response.status_code == 429 and 'value="next@elsewhere.example"' in html_of(response)


def test_guessing_links_is_stopped_and_says_nothing(client, round):
    for n in range(60):
        assert client.get(f"/application/guess{n}/").status_code == 404
    assert client.get("/application/another/").status_code == 429


def test_a_link_that_was_ended_opens_nothing_from_the_next_request_on(start):
    client, application = start()
    token = token_in(last_mail())
    links.end_links(by=SYSTEM, application=application, email=EMAIL)
    assert client.get(address(application)).status_code == 410
    page = html_of(Client().get(f"/application/{token}/"))
    assert "This link was ended" in page and application.reference not in page


def test_a_link_used_after_withdrawal_shows_that_alone(start):
    client, application = start(organisation_name="Harbour Carers")
    token = token_in(last_mail())
    services.withdraw_application(by=SYSTEM, application=application)
    for response in (
        client.get(address(application), follow=True),
        Client().get(f"/application/{token}/", follow=True),
    ):
        page = html_of(response)
        assert response.status_code == 410 and "This application was withdrawn" in page
        assert application.reference not in page and "Harbour" not in page and EMAIL not in page


def test_without_the_link_an_application_is_not_there(client, round, start):
    _client, application = start()
    for reference in (application.reference, "SPRING-XXXX"):
        response = client.get(f"{START}{reference}/")
        assert (response.status_code, response["Location"]) == (302, f"{START}return/")


def test_a_session_opens_one_application_alone(round, start):
    client, _own = start()
    _other, theirs = start("other@elsewhere.example")
    assert client.get(address(theirs)).status_code == 302


def test_words_typed_after_the_session_ended_are_shown_to_be_copied(round, start):
    _client, application = start()
    section = application.question_set.questions()[-1].section_id
    text = "Words that took an evening to write"
    response = Client().post(address(application, f"section/{section}/"), {"what": text, "what-was": ""})
    assert response.status_code == 403 and text in html_of(response)


def test_a_mailbox_keeps_five_live_links(round, start):
    _client, application = start()
    for _ in range(7):
        links.send_links(by=SYSTEM, round=round, email=EMAIL)
    assert application.links.filter(ended_at=None).count() == links.LIVE_LINKS


def test_a_closed_round_takes_no_new_application(client, round):
    token = passed(client)
    round.closes_at = clock.now() - timedelta(minutes=5)
    round.save()
    assert "This round closed on" in html_of(client.get(START))
    sent = {"contact_name": "A manager", "email": EMAIL, "passed": token}
    assert client.post(f"{START}your-details/", sent)["Location"] == START
    assert not Application.objects.exists()


def test_a_draft_round_has_no_pages_to_apply(client, staff, sign_in, round):
    round.is_announced = False
    round.save()
    assert client.get(START).status_code == sign_in(staff).get(START).status_code == 404


def test_an_application_whose_link_was_never_opened_is_deleted_after_two_weeks(round, start):
    links.start_online(by=SYSTEM, round=round, email="typo@elsewhere.example", contact_name="X", answers={})
    _client, opened = start()
    Application.objects.update(created_at=timezone.now() - timedelta(days=15))
    lead, person = (
        factories.UserFactory(roles=["engagement_lead"]),
        factories.PersonFactory(email="typo@elsewhere.example"),
    )
    hold = place_hold(by=lead, person=person, reason="An inquiry")
    assert delete_unopened(by=SYSTEM) == 0, "a legal hold keeps it"
    lift_hold(by=lead, hold=hold, reason="It ended")
    assert delete_unopened(by=SYSTEM) == 1
    assert list(Application.objects.all()) == [opened]


def test_no_token_stays_in_a_log_line():
    token = "a" * 20
    assert logs.redact(f"GET /application/{token}/ 302") == f"GET /application/{logs.HIDDEN}/ 302"


def test_applications_that_came_another_way_have_no_link_by_mailbox(round):
    on_paper = services.start_application(by=SYSTEM, round=round, email=EMAIL, source="paper")
    links.send_links(by=SYSTEM, round=round, email=on_paper.email)
    assert not on_paper.links.exists()
