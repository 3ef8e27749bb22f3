"""Every page of an application, for those who hold no link to it: none shows that it is there, nor lets anything be done."""

import json
import re

import pytest
from django.test import Client
from django.urls import reverse

from sites.calls.applications.applying import urls
from sites.calls.applications.models import Application, PrivateLink
from sites.calls.rounds.models import Round
from tests import factories
from tests.pages import html_of
from tests.sites.calls.applications.applying.conftest import EMAIL, address, last_mail, section_of, token_in

pytestmark = pytest.mark.django_db
OF_AN_APPLICATION = [entry for entry in urls.urlpatterns if "<slug:reference>" in str(entry.pattern)]
WORDS = "What only the applicant may read"


@pytest.fixture
def theirs(start) -> Application:
    _client, application = start(organisation_name=WORDS)
    return application


@pytest.mark.parametrize("role", ["stranger", "other applicant", "staff", "administrator"])
@pytest.mark.parametrize("entry", OF_AN_APPLICATION, ids=lambda entry: entry.name)
def test_no_page_opens_without_its_own_link(entry, role, theirs, start, sign_in):
    client = Client()
    if role == "other applicant":
        client, _own = start("other@elsewhere.example")
    elif role != "stranger":
        client = sign_in(factories.UserFactory(roles=[role]))
    given = {"slug": "spring", "reference": theirs.reference}
    if "<int:pk>" in str(entry.pattern):
        given["pk"] = theirs.links.get().pk if "end" in entry.name else theirs.question_set.questions()[-1].section_id
    url = reverse(f"sites:{entry.name}", kwargs=given)
    before = theirs.version, theirs.links.filter(ended_at=None).count()
    got = client.get(url)
    assert got.status_code == 405 or got["Location"] == "/rounds/spring/apply/return/"
    sent = client.post(url, {"what": "Overwritten", "what-was": "", "email": "more@elsewhere.example", "age": "35_44"})
    assert sent.status_code in {403, 405} and WORDS not in html_of(sent) and theirs.reference not in html_of(sent)
    theirs.refresh_from_db()
    assert (theirs.version, theirs.links.filter(ended_at=None).count()) == before


def test_the_session_names_a_link_and_holds_no_token(start):
    client, application = start()
    assert client.session["applications"] == {application.reference: application.links.get().pk}
    assert client.session.get_expire_at_browser_close()
    assert token_in(last_mail()) not in json.dumps(dict(client.session))


def test_an_application_is_not_found_under_another_round(start):
    client, application = start()
    factories.RoundFactory(slug="autumn")
    assert client.get(f"/rounds/autumn/apply/{application.reference}/").status_code == 302


def test_a_link_is_looked_up_by_its_hash_alone(start, django_assert_num_queries):
    start()
    token = token_in(last_mail())
    assert PrivateLink._meta.get_field("token_hash").unique
    assert token not in str(list(PrivateLink.objects.values()))
    assert EMAIL in str(list(PrivateLink.objects.values()))


def test_a_section_costs_the_same_with_few_and_many_questions(start, round, django_assert_max_num_queries):
    client, application = start()
    with django_assert_max_num_queries(20):
        client.get(section_of(application, "About you"))
    with django_assert_max_num_queries(20):
        client.get(address(application))
    with django_assert_max_num_queries(24):
        client.get(address(application, "check/"))


def test_every_mail_of_applying_is_free_of_personal_words(start):
    start(organisation_name=WORDS)
    mail = last_mail()
    assert WORDS not in mail.body + mail.subject and not re.search(r"Spring", mail.subject)
    assert Round.objects.get().name in mail.body
