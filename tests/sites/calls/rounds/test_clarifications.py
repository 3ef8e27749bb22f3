"""Questions about a round: anyone asks, staff take out what could show who asked, everyone reads the answer."""

import pytest
from django.core.cache import cache
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from impact.core.access.models import AuditEvent
from impact.core.access.permissions import SYSTEM
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict
from impact.core.jobs.models import OutboxEmail
from sites.calls.rounds.clarifications import services
from sites.calls.rounds.clarifications.models import Clarification
from tests import factories
from tests.pages import html_of

pytestmark = pytest.mark.django_db
WORDS = "I am from Larkfield Homes in Bangor. Can we apply with no money?"


@pytest.fixture
def round():
    cache.clear()  # what earlier tests sent from the same address
    return factories.RoundFactory(slug="spring", name="Spring round", closes_at=factories.at(2099, 1, 1))


def asked(round, **fields) -> Clarification:
    return services.receive_clarification(by=SYSTEM, round=round, **{"words": WORDS, **fields})


def answered(staff, row: Clarification) -> Clarification:
    services.answer_clarification(by=staff, clarification=row, question="Is money needed?", answer="**No.**")
    return services.publish_clarification(by=staff, clarification=row)


def test_a_visitor_asks_without_an_account_and_nothing_of_it_is_public(round):
    page = Client().get("/rounds/spring/ask/")
    assert "You need no account." in html_of(page)
    response = Client().post("/rounds/spring/ask/", {"words": WORDS, "email": "Me@Larkfield.example"}, follow=True)
    assert "Your question is sent" in html_of(response)
    row = Clarification.objects.get()
    assert (row.words, row.email, row.state) == (WORDS, "me@larkfield.example", "waiting")
    public = html_of(Client().get("/rounds/spring/"))
    assert "Larkfield" not in public and "No questions yet" in public
    assert "larkfield" not in str(AuditEvent.objects.values_list("facts", "fields")).lower()


def test_what_is_published_is_in_staffs_words_and_the_person_who_asked_gets_one_email(round, staff, sign_in):
    row = asked(round, email="me@larkfield.example")
    client = sign_in(staff)
    address = f"/rounds/spring/clarifications/{row.pk}/"
    page = html_of(client.get(address))
    assert WORDS in page and "the address is deleted" in page and "me@larkfield" not in page
    data = {"question": "Is money needed?", "answer": "**No.**", "version": row.version}
    client.post(address, data)
    assert Clarification.objects.get().state == "waiting" and not OutboxEmail.objects.exists()
    client.post(address, {**data, "version": 2, "publish": "yes"})
    mail = OutboxEmail.objects.get()
    assert (
        mail.to == "me@larkfield.example" and "Question: Is money needed?" in mail.body and "Larkfield" not in mail.body
    )
    row.refresh_from_db()
    assert (row.state, row.email) == ("published", "")
    for reader in (Client(), client):
        public = html_of(reader.get("/rounds/spring/"))
        assert "Is money needed?" in public and "<strong>No.</strong>" in public and "Larkfield" not in public
    client.post(address, {**data, "answer": "No, not at all.", "version": row.version})
    assert "No, not at all." in html_of(Client().get("/rounds/spring/")) and OutboxEmail.objects.count() == 1


def test_a_program_that_fills_in_every_field_is_thanked_and_nothing_is_kept(round):
    data = {"words": "Buy pills", "email": "x@spam.example", "website": "https://spam.example"}
    response = Client().post("/rounds/spring/ask/", data, follow=True)
    assert "Your question is sent" in html_of(response)
    assert not Clarification.objects.exists()


def test_more_questions_from_one_network_than_people_send_are_put_off_and_what_was_typed_stays(round):
    for number in range(10):
        Client().post("/rounds/spring/ask/", {"words": f"Question {number}"})
    response = Client().post("/rounds/spring/ask/", {"words": "One more question"})
    assert response.status_code == 429 and Clarification.objects.count() == 10
    page = html_of(response)
    assert "Please try again in an hour." in page and "One more question" in page


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"words": ""}, "Write your question"),
        ({"words": "x" * 2001}, "at most 2000 characters"),
        ({"words": "Why?", "email": "no address"}, "Enter a valid email address"),
    ],
)
def test_a_question_that_cannot_be_taken_says_why_and_keeps_what_was_typed(round, data, words):
    response = Client().post("/rounds/spring/ask/", data)
    page = html_of(response)
    assert words in page and data["words"][:20] in page and not Clarification.objects.exists()


def test_a_closed_or_draft_round_takes_no_questions(round):
    round.closes_at = clock.now()
    round.save()
    response = Client().post("/rounds/spring/ask/", {"words": "Too late?"})
    assert "takes no more questions" in html_of(response) and "Too late?" in html_of(response)
    assert "Ask a question" not in html_of(Client().get("/rounds/spring/"))
    page = html_of(Client().get("/rounds/spring/ask/"))
    assert "takes no more questions" in page and "Send question" not in page
    round.is_announced = False
    round.save()
    assert Client().get("/rounds/spring/ask/").status_code == 404
    with pytest.raises(StateConflict):
        asked(round)


def test_a_question_is_published_only_with_an_answer_also_for_the_database(round, staff):
    row = asked(round)
    with pytest.raises(ValidationError, match="Write the question as everyone may read it"):
        services.publish_clarification(by=staff, clarification=row)
    with pytest.raises(IntegrityError), transaction.atomic():
        Clarification.objects.update(state="published", published_at=clock.now())


def test_a_published_answer_can_be_taken_off_the_page_and_taken_up_again(round, staff, sign_in):
    row = answered(staff, asked(round))
    client = sign_in(staff)
    client.post(f"/rounds/spring/clarifications/{row.pk}/set-aside/")
    assert "Is money needed?" not in html_of(Client().get("/rounds/spring/"))
    client.post(f"/rounds/spring/clarifications/{row.pk}/take-up/")
    assert Clarification.objects.get().state == "waiting"
    with pytest.raises(StateConflict):
        services.take_up_clarification(by=staff, clarification=row)


def test_an_address_is_deleted_when_a_question_is_set_aside(round, staff):
    services.set_aside_clarification(by=staff, clarification=asked(round, email="me@larkfield.example"))
    assert Clarification.objects.get().email == "" and not OutboxEmail.objects.exists()


def test_two_people_answering_lose_nothing(round, staff, sign_in):
    row = asked(round)
    stale = Clarification.objects.get()
    services.answer_clarification(by=staff, clarification=row, question="Theirs?", answer="Theirs.")
    with pytest.raises(Conflict):
        services.answer_clarification(by=staff, clarification=stale, question="Ours?", answer="Ours.", expected=1)
    data = {"question": "Ours?", "answer": "Ours.", "version": "1", "publish": "yes"}
    response = sign_in(staff).post(f"/rounds/spring/clarifications/{row.pk}/", data)
    page = html_of(response)
    assert response.status_code == 409 and "Theirs." in page and "Ours." in page
    assert Clarification.objects.get().state == "waiting"


def test_staff_see_on_their_lists_that_a_question_waits(round, staff, sign_in):
    asked(round)
    answered(staff, asked(round, words="Another?"))
    client = sign_in(staff)
    assert "1 question about Spring round" in html_of(client.get("/"))
    assert "1 question waiting for an answer" in html_of(client.get("/rounds/spring/"))
    page = html_of(client.get("/rounds/spring/clarifications/", {"state": "waiting"}))
    assert WORDS in page and "Another?" not in page
    body = b"".join(client.get("/rounds/spring/clarifications/", {"format": "csv"}).streaming_content).decode()
    assert WORDS in body and "Is money needed?" in body and "@" not in body


def test_only_staff_read_and_answer_what_was_asked(round, leader, assessor, sign_in):
    row = asked(round)
    assert not Clarification.objects.visible_to(leader).exists()
    for user in (leader, assessor):
        client = sign_in(user)
        for path in ("", f"{row.pk}/"):
            assert client.get(f"/rounds/spring/clarifications/{path}").status_code == 403
        with pytest.raises(PermissionDenied):
            services.answer_clarification(by=user, clarification=row, question="Q", answer="A")


def test_the_public_page_asks_as_many_queries_for_many_answers_as_for_one(round, staff):
    counts = []
    for number in (1, 9):
        for _ in range(number):
            answered(staff, asked(round))
        with CaptureQueriesContext(connection) as seen:
            Client().get("/rounds/spring/")
        counts.append(len(seen))
    assert counts[0] == counts[1]


# --- Over the API --------------------------------------------------------------------------------
def test_staff_answer_and_publish_over_the_api_and_others_find_nothing_there(round, staff, sign_in):
    api, json = sign_in(staff), {"content_type": "application/json"}
    made = api.post("/api/v1/clarifications/", {"round": "spring", "words": WORDS, "email": "me@x.example"}, **json)
    assert made.status_code == 201
    url = f"/api/v1/clarifications/{made.json()['id']}/"
    assert api.post(f"{url}publish/", {}, **json).status_code == 400, "nothing to publish yet"
    answer = {"question": "Is money needed?", "answer": "**No.**"}
    assert api.put(url, answer, headers={"If-Match": made["ETag"]}, **json).status_code == 200
    assert api.put(url, answer | {"answer": "Yes."}, headers={"If-Match": made["ETag"]}, **json).status_code == 412
    published = api.post(f"{url}publish/", {}, **json).json()
    assert (published["state"], published["email"], published["answer"]) == ("published", "", "**No.**")
    assert OutboxEmail.objects.filter(to="me@x.example").count() == 1
    assert api.post(f"{url}set-aside/", {}, **json).json()["state"] == "set_aside"
    assert api.post(f"{url}take-up/", {}, **json).json()["state"] == "waiting"
    leader = sign_in(factories.UserFactory(roles=["leadership"]))
    assert len(leader.get("/api/v1/clarifications/").json()["results"]) == 0 and leader.get(url).status_code == 404
