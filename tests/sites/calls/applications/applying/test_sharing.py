"""One mailbox with several applications in a round: two organisations that share an address, and two colleagues."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from impact.core.access.permissions import SYSTEM
from impact.core.basics import clock
from impact.core.jobs.models import OutboxEmail
from sites.calls.applications import services
from sites.calls.applications.applying import links
from sites.calls.applications.applying.services import delete_unopened
from sites.calls.applications.equality.models import EqualityAnswer
from sites.calls.applications.intake.changing.erasing import erase_application
from sites.calls.applications.models import Application, MailboxLink, PrivateLink, hashed
from tests.pages import html_of
from tests.sites.calls.applications.applying.conftest import (
    COMPLETE,
    EMAIL,
    address,
    fields_of,
    last_mail,
    section_of,
    token_in,
)
from tests.sites.calls.applications.applying.test_starting import START, details, passed

pytestmark = pytest.mark.django_db
LIST = f"{START}your-applications/"


def tokens_in(mail: OutboxEmail) -> list[str]:
    """Every private link's token in an email, in order."""
    return re.findall(r"/application/([\w-]+)/", mail.body)


def text_of(response) -> str:
    """What a page says, without its markup."""
    return " ".join(re.sub(r"<[^>]+>", " ", html_of(response)).split())


def proved(round, email: str = EMAIL) -> Client:
    """The browser of someone who has opened the link that proves their mailbox."""
    links.send_links(by=SYSTEM, round=round, email=email)
    client = Client()
    assert client.get(f"/application/{tokens_in(last_mail(email))[-1]}/")["Location"] == LIST
    return client


def another(client: Client, name: str = "A second manager") -> Application:
    """A further application with the address that the browser has proved."""
    before = set(Application.objects.values_list("pk", flat=True))
    response = details(client, contact_name=name)
    made = Application.objects.exclude(pk__in=before).get()
    assert response["Location"] == address(made)
    return made


@pytest.fixture
def both(round, start) -> tuple[Client, Application, Application]:
    """(a browser that has proved the mailbox, the first application, the second, of another organisation)."""
    _client, first = start(organisation_name="Harbour Carers")
    client = proved(round)
    second = another(client)
    services.save_draft(by=SYSTEM, application=second, answers={"organisation_name": "Lighthouse Trust"})
    return client, first, second


def test_a_known_address_gets_its_links_and_one_to_start_another_and_the_form_does_not_say_so(client, round, start):
    _client, first = start()
    new = details(Client(), email="unknown@elsewhere.example")
    known = details(client)
    assert (known.status_code, known["Location"]) == (new.status_code, new["Location"])
    assert html_of(client.get(known["Location"])) and Application.objects.filter(email=EMAIL).count() == 1
    mail = last_mail()
    assert first.reference in mail.body and "start another application with this address" in mail.body
    opens, lists = tokens_in(mail)
    assert Client().get(f"/application/{opens}/")["Location"] == address(first)
    assert Client().get(f"/application/{lists}/")["Location"] == LIST


def test_each_application_of_a_mailbox_has_its_own_links_answers_and_submission(both):
    client, first, second = both
    page = text_of(client.get(LIST))
    for application, name in ((first, "Harbour Carers"), (second, "Lighthouse Trust")):
        assert application.reference in page and name in page
    assert "Begun by A second manager" in page
    assert not set(first.links.values_list("pk")) & set(second.links.values_list("pk"))
    services.save_draft(by=SYSTEM, application=second, answers=COMPLETE)
    services.submit_application(by=SYSTEM, application=second)
    first.refresh_from_db()
    assert (first.state, first.draft["organisation_name"]) == ("draft", "Harbour Carers")


def test_a_second_application_comes_with_an_email_that_names_it_alone(both):
    _client, first, second = both
    mail = last_mail()
    assert second.reference in mail.body and first.reference not in mail.body
    browser = Client()
    assert browser.get(f"/application/{token_in(mail)}/")["Location"] == address(second)
    assert browser.get(address(first)).status_code == 302  # the one link opens the one application
    assert browser.get(LIST)["Location"] == f"{START}return/"  # and never the list: it may have been passed on


def test_any_application_of_the_list_can_be_opened_and_gone_on_with(both):
    client, first, second = both
    for application in (first, second):
        assert client.post(f"{LIST}{application.reference}/")["Location"] == address(application)
        assert application.reference in html_of(client.get(address(application)))


def test_the_list_holds_what_the_mailbox_helps_with_and_opens_it_as_a_helper(round, start):
    _client, theirs = start("other@elsewhere.example")
    links.invite_helper(by=SYSTEM, application=theirs, email=EMAIL)
    client = proved(round)
    assert "You help with it" in html_of(client.get(LIST))
    client.post(f"{LIST}{theirs.reference}/")
    assert "You are helping with this application" in html_of(client.get(address(theirs)))
    assert client.get(address(theirs, "withdraw/")).status_code == 403


def test_others_than_the_mailbox_see_no_list_and_open_nothing_from_it(both, round, start, client):
    _client, first, _second = both
    other, _theirs = start("other@elsewhere.example")
    for stranger in (client, other, proved(round, "other@elsewhere.example")):
        page = stranger.get(LIST)
        assert page.status_code == 302 or first.reference not in html_of(page)
        response = stranger.post(f"{LIST}{first.reference}/")
        assert response.status_code == 403 and first.reference not in html_of(response)
        assert stranger.get(address(first)).status_code == 302


def test_a_link_to_the_list_lasts_a_day_and_is_kept_as_a_hash_until_it_is_deleted(both, round):
    client, _first, _second = both
    links.send_links(by=SYSTEM, round=round, email=EMAIL)
    token = tokens_in(last_mail())[-1]
    assert MailboxLink.objects.filter(token_hash=hashed(token)).exists()
    MailboxLink.objects.update(created_at=clock.now() - timedelta(days=1, minutes=1))
    page = Client().get(f"/application/{token}/")
    assert page.status_code == 410 and "works for one day" in html_of(page) and EMAIL not in html_of(page)
    assert client.get(LIST)["Location"] == f"{START}return/"
    delete_unopened(by=SYSTEM)
    assert not MailboxLink.objects.exists()
    assert Client().get(f"/application/{token}/").status_code == 404


def test_closing_one_application_on_a_device_closes_the_list_as_well(both):
    client, first, _second = both
    client.post(f"{LIST}{first.reference}/")
    client.post(address(first, "leave/"))
    assert client.get(LIST)["Location"] == f"{START}return/"


def test_withdrawing_one_leaves_the_other_and_says_which_in_its_email(both):
    client, first, second = both
    client.post(f"{LIST}{first.reference}/")
    client.post(address(first, "withdraw/"))
    mail = last_mail()
    assert first.reference in mail.body and second.reference not in mail.body
    assert client.get(address(first), follow=True).status_code == 410 and client.get(address(second)).status_code == 200
    page = text_of(client.get(LIST))
    assert f"{first.reference}, withdrawn on" in page and "Lighthouse Trust" in page and "Harbour" not in page
    assert client.post(f"{LIST}{first.reference}/").status_code == 403


def test_deleting_one_leaves_the_other_with_its_links_emails_and_equality_answers(both, staff):
    client, first, second = both
    for application in (first, second):
        client.post(f"{LIST}{application.reference}/")
        client.post(address(application, "about-you/"), {"age": "35_44"})
    letter = f"Dear colleague, about {second.reference} in {second.round.name}."
    OutboxEmail.objects.create(to=EMAIL, subject="Your result", body=letter)
    erase_application(by=staff, application=first, reference=first.reference, asked_on=clock.today())
    assert EqualityAnswer.objects.count() == 1 and not first.links.exists()
    bodies = list(OutboxEmail.objects.filter(to=EMAIL).values_list("body", flat=True))
    assert bodies and letter in bodies and not any(first.reference in body for body in bodies)
    page = text_of(client.get(LIST))
    assert "Lighthouse Trust" in page and first.reference not in page
    assert client.get(address(second)).status_code == 200
    erase_application(by=staff, application=second, reference=second.reference, asked_on=clock.today())
    assert not OutboxEmail.objects.filter(to=EMAIL).exists() and not MailboxLink.objects.exists()


def test_ending_the_links_of_a_mailbox_ends_its_list(both):
    client, first, _second = both
    links.end_links(by=SYSTEM, application=first, email=EMAIL)
    assert client.get(LIST)["Location"] == f"{START}return/"


def test_a_mailbox_has_at_most_ten_applications_and_is_told_so(both):
    client, _first, _second = both
    for _ in range(links.MOST_OF_A_MAILBOX - 2):
        another(client)
    page = html_of(details(client, contact_name="One more"))
    assert "This address has 10 applications in this round" in page and 'value="One more"' in page
    assert Application.objects.count() == links.MOST_OF_A_MAILBOX


def test_with_another_address_a_new_application_waits_for_that_mailbox(both):
    client, _first, _second = both
    assert details(client, email="third@elsewhere.example")["Location"] == f"{START}check-your-email/"
    third = Application.objects.get(email="third@elsewhere.example")
    assert client.get(address(third)).status_code == 302
    assert third.reference in last_mail("third@elsewhere.example").body


def test_the_form_of_details_holds_the_address_that_was_proved(both):
    client, _first, _second = both
    page = html_of(client.post(f"{START}who-can-apply/", {"based": "yes", "based-was": ""}))
    assert f'value="{EMAIL}"' in page and "Start application" in page
    assert EMAIL not in html_of(Client().post(f"{START}who-can-apply/", {"based": "yes", "based-was": ""}))


def test_a_closed_round_lists_what_there_is_and_starts_nothing(both, round):
    client, first, _second = both
    token = passed(client)
    round.closes_at = clock.now() - timedelta(hours=1)
    round.save()
    page = text_of(client.get(LIST))
    assert first.reference in page and "takes no new applications now" in page and "Start another" not in page
    sent = {"contact_name": "A manager", "email": EMAIL, "passed": token}
    assert client.post(f"{START}your-details/", sent)["Location"] == START
    assert Application.objects.count() == 2


def test_two_colleagues_with_one_address_write_at_once_without_loss(round, start):
    one, application = start()
    links.send_links(by=SYSTEM, round=round, email=EMAIL)
    two = Client()
    two.get(f"/application/{tokens_in(last_mail())[0]}/")
    plan = section_of(application, "Your plan")
    marks = [fields_of(browser, plan) for browser in (one, two)]
    one.post(plan, {**marks[0], "what": "A shared diary", "money": "", "do": "later"})
    two.post(plan, {**marks[1], "what": "", "money": "500", "do": "later"})
    application.refresh_from_db()
    assert (application.draft["what"], application.draft["money"]) == ("A shared diary", "500")
    clash = two.post(plan, {**marks[1], "what": "A choir", "money": "500", "do": "later"})
    assert clash.status_code == 409 and "A shared diary" in html_of(clash) and "A choir" in html_of(clash)


def test_an_invitation_to_the_own_address_says_how_a_colleague_gets_in(start):
    client, application = start()
    page = html_of(client.post(address(application, "people/"), {"email": EMAIL}))
    assert "A colleague who reads this mailbox too can open the link in it" in page
    assert PrivateLink.objects.filter(is_helper=True).count() == 0
