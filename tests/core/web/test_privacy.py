"""The privacy page promises only what the platform does. When a feature arrives, its test here fails: then say so there."""

import re
from datetime import date

import pytest
from django.apps import apps

from impact.core.basics.privacy import times_kept
from impact.core.jobs import queue
from impact.core.people import services
from impact.core.people.models import Consent, Person
from impact.core.people.rights.holdings.models import KEPT_FOR
from reports.editions.services import frozen
from reports.quotes.models import Quote
from tests import factories
from tests.pages import html_of

pytestmark = [pytest.mark.sqlite_only, pytest.mark.django_db]


@pytest.fixture
def page(client) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html_of(client.get("/privacy/"))))


def test_equality_answers_are_asked_of_applicants_and_members_and_lead_nowhere(page):
    assert "without your name, your application or the time" in page and "The platform asks no one else." in page
    assert "we delete every single answer and every link" in page
    models = {model._meta.label: model for model in apps.get_models()}
    found = {label for label in models if re.search("equality|ethnic|gender|disab|religion|orientation", label.lower())}
    assert found == {
        "sites.EqualityAnswer",
        *(f"coproduction.Equality{name}" for name in ("Round", "Invitation", "Link", "Reply")),
    }
    of_answers = {field.name for field in models["coproduction.EqualityReply"]._meta.fields}
    assert of_answers == {"id", "round", "stratum", "pseudonym", "answers"}
    assert {field.name for field in models["sites.EqualityAnswer"]._meta.fields} == of_answers - {"stratum"}


def test_applications_that_are_never_opened_are_deleted_by_a_daily_job(page):
    assert "never opened from its email is deleted after two weeks" in page
    assert "sites.delete_unopened_applications" in queue.DAILY


def test_people_see_and_download_what_is_held_and_ask_for_the_rest(page, client, sign_in):
    assert "You can see everything that is kept about you on one page" in page
    assert client.get("/my-data/").status_code == 200
    member = sign_in(factories.UserFactory())
    assert member.get("/account/my-data/").status_code == member.get("/account/requests/").status_code == 200
    assert "deleted after a week" in page and KEPT_FOR.days == 7


def test_how_long_things_are_kept_is_what_their_models_declare_and_a_daily_job_does(page):
    assert "core.retention" in queue.DAILY
    rows = [f"{what}{time}{why}" for what, time, why in times_kept()]
    assert len(rows) > 15 and [row for row in rows if row not in page] == []


def test_words_leave_the_next_report_when_their_speaker_says_no(page, staff):
    assert "Reports that are built from then on leave the words out" in page
    person = factories.agreed_to_be_quoted()
    said = factories.ContributionFactory(speaker=person, words="Quote me")
    report = factories.AnnualReportFactory(year=2022)
    quote = Quote.objects.create(
        report=report,
        contribution=said,
        person=person,
        words="Quote me",
        state="approved",
        answered_on=date(2022, 8, 1),
    )
    assert [row["words"] for row in frozen(report)["quotes"]] == ["Quote me"]
    services.record_consent(
        by=staff,
        person=person,
        purpose=Consent.Purpose.QUOTES,
        wording="May we?",
        is_given=False,
        given_on=date(2022, 9, 1),
    )
    quote.refresh_from_db()
    assert quote.state == "withdrawn" and frozen(report)["quotes"] == []


def test_there_are_two_cookies_and_no_others(page, client, staff):
    assert "Two cookies, and no others" in page and "up to 12 hours" in page
    staff.set_password("three plain words")
    staff.save()
    client.get("/accounts/login/")
    client.post("/accounts/login/", {"login": staff.email, "password": "three plain words"})
    client.post("/people/invite/", {"name": "Hazel Birch", "email": "hazel@impact.example"})  # leaves a message
    assert set(client.cookies) == {"sessionid", "csrftoken"}
    assert "Invitation sent to hazel@impact.example" in html_of(client.get("/people/"))


def test_what_it_says_about_the_second_step_is_how_this_site_is_set(client, settings):
    assert "no one has to use a second step" in html_of(client.get("/privacy/"))
    settings.TWO_STEP_REQUIRED = True
    assert "Staff and leadership need a second step" in html_of(client.get("/privacy/"))


def test_a_member_sees_first_names_and_leadership_no_needs(page, sign_in, leader):
    assert "the first names of the others" in page and "Leadership sees meetings, figures and reports, and not" in page
    group = factories.GroupFactory()
    other = factories.user_in(group).person
    Person.objects.filter(pk=other.pk).update(name="Hazel Birchwood", access_arrangements="A hoist")
    seen = html_of(sign_in(factories.user_in(group)).get(group.get_absolute_url()))
    assert "Hazel" in seen and "Birchwood" not in seen and "A hoist" not in seen
    assert "A hoist" not in html_of(sign_in(leader).get(group.get_absolute_url()))


def test_people_change_their_own_consents_and_others_only_suggest_what_they_need(page, sign_in):
    assert "what you need and what you agreed to" in page and "Others can only suggest changes" in page
    member = factories.user_in(factories.GroupFactory())
    client = sign_in(member)
    assert "What you agreed to" in html_of(client.get("/account/"))
    coordinator = factories.user_in(member.person.memberships.get().group, "coordinator")
    url = f"/memberships/{member.person.memberships.get().pk}/needs/"
    form = sign_in(coordinator).get(url).context["form"]
    sent = {**{k: v for k, v in form.initial.items() if v is not None}, "access_arrangements": "Overwritten"}
    sign_in(coordinator).post(url, sent)
    member.person.refresh_from_db()
    assert member.person.access_arrangements != "Overwritten"
