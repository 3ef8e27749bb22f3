"""What people agreed to: the words of each version, taken back by themselves in two taps, asked again before it ends."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from impact.core.basics import clock
from impact.core.notices.models import Notice
from impact.core.people.consents import WORDINGS, live
from impact.core.people.models import Consent, Person
from impact.core.people.rights.agreeing import services
from impact.core.people.services import record_consent
from networks.members.services import record_member_consent
from reports.quotes.models import Quote
from tests import factories
from tests.pages import html_of

pytestmark = pytest.mark.django_db
QUOTES = Consent.Purpose.QUOTES


@pytest.fixture
def member():
    return Person.objects.get(user=factories.UserFactory())


def say_yes(person, purpose=QUOTES, days=365, **more):
    return record_consent(
        by=person.user,
        person=person,
        purpose=purpose,
        wording=WORDINGS[purpose][-1].words,
        is_given=True,
        given_on=clock.today(),
        expires_on=clock.today() + timedelta(days=days),
        **more,
    )


def test_each_answer_keeps_which_wording_it_had(member, client):
    assert (say_yes(member).wording_version, say_yes(member).is_easy_read) == (1, False)
    Person.objects.filter(pk=member.pk).update(preferred_format="easy_read")
    client.force_login(member.user)
    page = html_of(client.get("/account/consents/quotes/"))
    assert "We write down what you say in meetings.<br>We would like to use your words." in page
    client.post("/account/consents/quotes/", {"is_given": "yes"})
    newest = member.consents.order_by("-pk").first()
    assert (newest.wording_version, newest.is_easy_read) == (1, True)
    assert newest.wording == WORDINGS[QUOTES][-1].easy_read
    other = record_consent(
        by=member.user, person=member, purpose="quotes", wording="Other words", is_given=True, given_on=clock.today()
    )
    assert (other.wording_version, other.is_easy_read) == (None, None)


def test_each_wording_has_both_forms_and_is_numbered_from_one():
    for purpose in Consent.Purpose:
        versions = WORDINGS[purpose]
        assert [wording.version for wording in versions] == list(range(1, len(versions) + 1))
        assert all("You can say no" in wording.words and "You can say no" in wording.easy_read for wording in versions)
        assert all(len(line.split()) <= 16 for wording in versions for line in wording.easy_read.splitlines())


@pytest.mark.parametrize(
    "change",
    ["wording_version = 9", "is_easy_read = NULL", "told_how = 'phone'", "is_given = NOT is_given", "wording = 'x'"],
)
def test_which_wording_it_had_is_not_rewritten_in_sql(member, change):
    say_yes(member)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE core_consent SET {change}")


def test_a_yes_is_taken_back_in_two_taps_with_what_it_does_shown_before(member, client):
    contribution = factories.ContributionFactory(speaker=member)
    say_yes(member)
    Quote.objects.create(
        report=factories.AnnualReportFactory(),
        contribution=contribution,
        person=member,
        words="My words",
        state="approved",
        answered_on=clock.today(),
    )
    client.force_login(member.user)
    assert "/account/consents/quotes/withdraw/" in html_of(client.get("/account/consents/"))
    page = html_of(client.get("/account/consents/quotes/withdraw/"))
    assert "1 quote of yours is withdrawn and not printed again." in page
    assert live(QUOTES).filter(person=member).exists()  # looking changes nothing
    answer = html_of(client.post("/account/consents/quotes/withdraw/", follow=True))
    assert "Your answer is now no." in answer
    assert not live(QUOTES).filter(person=member).exists()
    assert Quote.objects.get().state == "withdrawn"
    assert member.consents.count() == 2  # the yes stays on record


def test_a_page_used_after_the_answer_was_taken_back_says_so_and_changes_nothing(member, client):
    say_yes(member)
    client.force_login(member.user)
    client.post("/account/consents/quotes/withdraw/")
    assert "There is no yes to take back" in html_of(client.get("/account/consents/quotes/withdraw/"))
    again = html_of(client.post("/account/consents/quotes/withdraw/", follow=True))
    assert "There is no yes to take back. Nothing has changed." in again and member.consents.count() == 2
    assert client.get("/account/consents/shoes/withdraw/").status_code == 404


def test_no_one_takes_back_what_someone_else_agreed_to(member):
    say_yes(member)
    with pytest.raises(PermissionDenied):
        services.withdraw_consent(by=factories.UserFactory(), person=member, purpose=QUOTES)
    with pytest.raises(ValidationError):
        services.withdraw_consent(by=member.user, person=member, purpose=Consent.Purpose.PHOTOS)


def test_the_person_who_records_an_answer_says_which_words_were_used(sign_in):
    membership = factories.MembershipFactory(person=factories.PersonFactory(preferred_format="easy_read"))
    coordinator = sign_in(factories.user_in(membership.group, "coordinator"))
    address = reverse("networks:membership-consent", args=[membership.pk, "photos"])
    for query, words, is_easy in (("", "easy_read", True), ("?words=full", "words", False)):
        asked = getattr(WORDINGS[Consent.Purpose.PHOTOS][-1], words)
        assert asked.splitlines()[0] in html_of(coordinator.get(address + query))
        coordinator.post(address + query, {"is_given": "yes", "given_on": clock.today()})
        answer = membership.person.consents.first()
        assert (answer.wording, answer.is_easy_read) == (asked, is_easy)


def test_who_wrote_it_down_and_on_whose_word_is_shown(client):
    group = factories.GroupFactory()
    coordinator = factories.user_in(group, "coordinator")
    person = factories.PersonFactory()
    membership = factories.MembershipFactory(group=group, person=person)
    consent = record_member_consent(
        by=coordinator, membership=membership, purpose="photos", is_given=True, given_on=clock.today(), told_how="phone"
    )
    assert (consent.told_how, consent.recorded_by) == ("phone", coordinator)
    user = factories.UserFactory()
    Person.objects.filter(user=user).update(user=None)
    Person.objects.filter(pk=person.pk).update(user=user)
    client.force_login(user)
    page = html_of(client.get("/account/consents/"))
    assert f"{coordinator.display_name} wrote it down: they told us by phone." in page


def test_the_person_and_the_coordinator_are_reminded_once_before_it_ends(member):
    group = factories.GroupFactory()
    coordinator = factories.user_in(group, "coordinator")
    factories.MembershipFactory(group=group, person=member)
    say_yes(member, days=20)
    say_yes(member, purpose=Consent.Purpose.PHOTOS, days=200)
    assert services.remind(clock.today()) == 2
    assert services.remind(clock.today() + timedelta(days=1)) == 0
    own = Notice.objects.get(person=member)
    theirs = Notice.objects.get(person=coordinator.person)
    assert own.path == "/account/consents/" and theirs.path.startswith(group.get_absolute_url())
    assert member.name not in theirs.title + theirs.words  # a mailbox may be read by others
    say_yes(member)  # asked again: nothing more to remind of
    assert services.remind(clock.today() + timedelta(days=2)) == 0


def test_over_the_api_people_read_give_and_take_back_their_own(member, client):
    say_yes(factories.UserFactory().person)
    client.force_login(member.user)
    made = client.post(
        "/api/v1/consents/", {"purpose": "photos", "is_given": True}, content_type="application/json"
    ).json()
    assert made["counts"] and made["is_own"] and made["wording_version"] == 1
    assert [row["id"] for row in client.get("/api/v1/consents/").json()["results"]] == [made["id"]]
    back = client.post(f"/api/v1/consents/{made['id']}/withdraw/", {}, content_type="application/json")
    assert back.status_code == 201 and back.json()["is_given"] is False
    assert client.get(f"/api/v1/consents/{made['id']}/").json()["counts"] is False
    assert (
        client.post(f"/api/v1/consents/{made['id']}/withdraw/", {}, content_type="application/json").status_code == 400
    )


def test_the_list_over_the_api_costs_the_same_for_one_answer_and_for_thirty(member, client, django_assert_num_queries):
    say_yes(member)
    client.force_login(member.user)
    client.get("/api/v1/consents/")
    with CaptureQueriesContext(connection) as one:
        assert [row["counts"] for row in client.get("/api/v1/consents/").json()["results"]] == [True]
    for number in range(30):
        say_yes(member, purpose=list(Consent.Purpose)[number % 3])
    with django_assert_num_queries(len(one)):
        rows = client.get("/api/v1/consents/").json()["results"]
    assert sorted(row["purpose"] for row in rows if row["counts"]) == ["contact", "photos", "quotes"]
