"""Colleagues who help, who has links, and the equality questions."""

import re

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client

from impact.core.access.models import AuditEvent
from impact.core.access.permissions import SYSTEM
from sites.calls.applications import services
from sites.calls.applications.applying import links
from sites.calls.applications.equality.models import EqualityAnswer
from sites.calls.applications.equality.services import pseudonym_of
from tests.pages import html_of
from tests.sites.calls.applications.applying.conftest import COMPLETE, EMAIL, address, last_mail, section_of, token_in

pytestmark = pytest.mark.django_db
HELPER = "helper@harbour.example"


@pytest.fixture
def helper(start):
    """(applicant's browser, helper's browser, application)."""
    client, application = start()
    client.post(address(application, "people/"), {"email": HELPER})
    other = Client()
    other.get(f"/application/{token_in(last_mail(HELPER))}/")
    return client, other, application


def test_a_helper_writes_but_neither_submits_nor_withdraws_nor_invites(helper):
    _client, other, application = helper
    services.save_draft(by=SYSTEM, application=application, answers=COMPLETE)
    assert "You are helping with this application" in html_of(other.get(address(application)))
    assert other.get(section_of(application, "Your plan")).status_code == 200
    version = type(application).objects.get(pk=application.pk).version
    for page, sent in {
        "check/": {"version": version, "declaration": "on"},
        "withdraw/": {},
        "people/": {"email": "more@harbour.example"},
        "about-you/": {},
    }.items():
        response = other.post(address(application, page), sent)
        assert response.status_code == 403 and "Only the applicant can do this" in html_of(response)
    assert not application.revisions.exists() and application.links.count() == 2


def test_the_applicant_sees_who_has_links_and_when_each_was_opened_and_ends_one(helper):
    client, other, application = helper
    page = html_of(client.get(address(application, "people/")))
    assert HELPER in page and EMAIL in page and page.count("Last opened") == 2
    link = application.links.get(email=HELPER)
    client.post(address(application, f"people/{link.pk}/end/"))
    assert other.get(address(application)).status_code == 410
    assert f"{HELPER} can no longer open this application" in html_of(client.get(address(application, "people/")))
    assert HELPER not in html_of(client.get(address(application, "people/")))


def test_the_invitation_names_the_applicant_and_nothing_that_was_written(helper):
    mail = last_mail(HELPER)
    assert EMAIL in mail.body and "Role holder" not in mail.body


def test_ending_ones_own_links_sends_a_new_one(start):
    client, application = start()
    before = token_in(last_mail())
    own = application.links.get()
    response = client.post(address(application, f"people/{own.pk}/end/"))
    assert response["Location"].endswith("/check-your-email/")
    assert client.get(address(application)).status_code == 410
    assert Client().get(f"/application/{before}/").status_code == 410
    assert Client().get(f"/application/{token_in(last_mail())}/").status_code == 302


def test_an_applicant_ends_no_link_of_another_application(start):
    client, application = start()
    _other, theirs = start("other@elsewhere.example")
    link = theirs.links.get()
    assert client.post(address(application, f"people/{link.pk}/end/")).status_code == 404
    link.refresh_from_db()
    assert link.ended_at is None


def test_the_number_of_helpers_is_limited_and_so_are_invitations(start):
    client, application = start()
    for n in range(links.MOST_HELPERS):
        client.post(address(application, "people/"), {"email": f"h{n}@harbour.example"})
    page = html_of(client.post(address(application, "people/"), {"email": "one-more@harbour.example"}))
    assert "End one before you invite another" in page
    assert "your own address" in html_of(client.post(address(application, "people/"), {"email": EMAIL.upper()}))


def test_a_helper_who_asks_again_gets_a_helpers_link(helper, round):
    links.send_links(by=SYSTEM, round=round, email=HELPER)
    other = Client()
    other.get(f"/application/{token_in(last_mail(HELPER))}/")
    assert "You are helping" in html_of(other.get(address(helper[2])))


# --- Equality --------------------------------------------------------------------------------------------
def test_equality_answers_are_kept_without_anything_that_leads_to_their_application(start):
    client, application = start()
    events = AuditEvent.objects.count()
    client.post(address(application, "about-you/"), {"age": "35_44", "sex": "prefer_not"})
    row = EqualityAnswer.objects.get()
    assert row.answers == {"age": "35_44", "sex": "prefer_not"} and row.round == "spring"
    held = f"{row.pk}{row.pseudonym}"
    assert str(application.pk) != row.pseudonym and EMAIL not in held and application.reference not in held
    assert AuditEvent.objects.count() == events
    fields = EqualityAnswer._meta.get_fields()
    assert not [field for field in fields if field.is_relation]
    assert {field.name for field in fields} == {"id", "round", "pseudonym", "answers"}


def test_equality_answers_are_in_no_admin_page_and_no_model_leads_to_them():
    assert EqualityAnswer not in admin.site._registry
    leads = [f for model in apps.get_models() for f in model._meta.get_fields() if f.related_model is EqualityAnswer]
    assert not leads


def test_no_page_shows_equality_answers_or_whether_there_are_any(start):
    client, application = start()
    page = address(application, "about-you/")
    before = html_of(client.get(page))
    client.post(page, {"ethnicity": "other"})
    client.get(address(application))  # takes the message away
    token = r'csrf\w*" value="[^"]+"|X-CSRFToken": "[^"]+"'
    assert re.sub(token, "", html_of(client.get(page))) == re.sub(token, "", before)


def test_new_equality_answers_replace_the_old_and_none_deletes_them_also_after_a_new_secret_key(start, settings):
    client, application = start()
    page = address(application, "about-you/")
    client.post(page, {"age": "35_44"})
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another-" * 8, [settings.SECRET_KEY]
    client.post(page, {"age": "over_64"})
    assert EqualityAnswer.objects.get().answers == {"age": "over_64"}
    client.post(page, {})
    assert not EqualityAnswer.objects.exists()


def test_the_same_mailbox_has_another_pseudonym_for_another_application(start, round):
    _client, one = start()
    services.withdraw_application(by=SYSTEM, application=one)
    _client, two = start()
    assert pseudonym_of(one, EMAIL) != pseudonym_of(two, EMAIL)
