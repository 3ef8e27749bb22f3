"""The queue of Ask IMPACT as people see it, on pages and over the API."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from impact.core.access.models import AuditEvent
from impact.core.basics import clock
from sites.questions import services
from sites.questions.models import AskedQuestion
from tests import factories
from tests.pages import html_of
from tests.sites.test_views import csv_text, queries, text

pytestmark = pytest.mark.django_db
EMAIL = "asker@example.org"


def ago(days: int) -> date:
    return clock.today() - timedelta(days=days)


def at(name: str, question: AskedQuestion) -> str:
    return reverse(f"sites:question-{name}", args=[question.pk])


@pytest.fixture
def client_of_staff(staff, sign_in):
    return sign_in(staff)


# --- The queue ---------------------------------------------------------------------------------------
def test_the_queue_shows_those_that_wait_the_oldest_first_with_age_and_what_is_overdue(client_of_staff):
    factories.QuestionFactory(words="Young one?", received_on=ago(2), due_on=ago(-26))
    factories.QuestionFactory(words="Old one?", received_on=ago(40), due_on=ago(1))
    factories.QuestionFactory(words="Done one?", state="declined", declined_on=ago(1), declined_reason="No.")
    page = text(client_of_staff.get("/questions/"))
    assert page.index("Old one?") < page.index("Young one?") and "Done one?" not in page
    assert "1 answer is overdue" in page and "Overdue by 1 day" in page
    assert "Old one? Manager of a care home 40" in page and "Waiting (2)" in page and "Not for us (1)" in page
    assert "Young one?" not in text(client_of_staff.get("/questions/", {"overdue": "on"}))
    declined = text(client_of_staff.get("/questions/", {"state": "declined"}))
    assert "Done one?" in declined and "Old one?" not in declined
    assert "Done one?" in text(client_of_staff.get("/questions/", {"state": "all"}))


def test_the_queue_is_narrowed_by_words_topic_nation_and_who_answers(staff, client_of_staff):
    topic = factories.TopicFactory(slug="breaks")
    factories.QuestionFactory(words="Mine?", assignee=staff, state="answering")
    factories.QuestionFactory(words="Topical?", topic=topic, nation="wales")

    def found(**query) -> list[str]:
        page = text(client_of_staff.get("/questions/", query))
        return [words for words in ("Mine?", "Topical?") if words in page]

    assert found() == ["Mine?", "Topical?"] and found(mine="on") == ["Mine?"]
    assert found(topic="breaks") == found(nation="wales") == found(q="topical") == ["Topical?"]
    assert "No question matches" in text(client_of_staff.get("/questions/", {"q": "zzz"}))


def test_the_queue_is_a_file_without_how_to_reach_anyone(client_of_staff):
    factories.QuestionFactory(words="=1+1?", contact_email=EMAIL)
    lines = csv_text(client_of_staff.get("/questions/", {"format": "csv"}))
    assert "'=1+1?" in lines and EMAIL not in lines


def test_the_queue_costs_the_same_for_one_question_and_for_thirty(staff, client_of_staff):
    factories.QuestionFactory(assignee=staff, asker=factories.OrganisationFactory())
    before = [queries(client_of_staff, url) for url in ("/questions/", "/api/v1/questions/")]
    for _ in range(29):
        row = factories.QuestionFactory(assignee=staff, asker=factories.OrganisationFactory())
        row.evidence.add(factories.EvidenceItemFactory())
    assert [queries(client_of_staff, url) for url in ("/questions/", "/api/v1/questions/")] == before


# --- One question ------------------------------------------------------------------------------------
def test_a_question_is_added_answered_and_shared_on_its_pages(staff, client_of_staff):
    client = client_of_staff
    data = {"words": "What helps?", "background": "", "received_on": ago(3).isoformat(), "due_on": ""}
    refused = client.post("/questions/new/", data)
    assert "Choose the organisation that asks, or give the role" in text(refused) and "What helps?" in html_of(refused)
    client.post("/questions/new/", data | {"asker_role": "Manager of a care home", "contact_email": EMAIL})
    question = AskedQuestion.objects.get()
    assert question.due_on == ago(-25) and question.recorded_by == staff
    client.post(at("assign", question), {"assignee": staff.pk, "version": "1"})
    item = factories.EvidenceItemFactory(title="Ask twice")
    answer = {"answer": "**Ask** again.", "evidence": [item.pk], "on": ago(1).isoformat(), "version": "2"}
    client.post(at("answer", question), answer)
    page = client.get(question.get_absolute_url())
    assert "<strong>Ask</strong> again." in html_of(page) and "Ask twice" in text(page)
    client.post(at("share", question), {"how": "By email", "on": clock.today().isoformat(), "version": "3"})
    page = text(client.get(question.get_absolute_url()))
    assert "Shared with asker" in page and "By email" in page and "Age 3 days" in page


def test_two_who_answer_at_once_lose_no_words(staff, client_of_staff):
    question = factories.QuestionFactory()
    services.answer_question(by=staff, question=question, answer="The first answer.")
    sent = {"answer": "The second answer.", "on": ago(0).isoformat(), "version": "1"}
    answer = client_of_staff.post(at("answer", question), sent)
    assert answer.status_code == 409
    assert "The first answer." in text(answer) and "The second answer." in html_of(answer)


def test_a_question_is_declined_with_a_reason_and_reopened(client_of_staff):
    question = factories.QuestionFactory()
    refused = client_of_staff.post(at("decline", question), {"reason": "", "on": ago(0).isoformat(), "version": "1"})
    assert "Enter an answer" in text(refused)
    sent = {"reason": "A question about the law.", "on": ago(0).isoformat(), "version": "1"}
    page = text(client_of_staff.post(at("decline", question), sent, follow=True))
    assert "Not for us" in page and "A question about the law." in page
    page = text(client_of_staff.post(at("reopen", question), follow=True))
    assert "open again" in page and "Why it was declined before A question about the law." in page
    assert "open already" in text(client_of_staff.post(at("reopen", question), follow=True))


def test_how_to_reach_the_asker_is_seen_by_national_staff_and_the_reading_is_on_record(staff, leader, sign_in):
    site = factories.SiteFactory(delivery_model="ask_impact")
    question = factories.QuestionFactory(site=site, contact_email=EMAIL)
    team = factories.team_of(site)
    addresses = [question.get_absolute_url(), f"/api/v1/questions/{question.pk}/", "/api/v1/questions/"]
    addresses += ["/api/v1/questions/export.csv", at("edit", question)]
    for user, may in ((team, False), (leader, False), (staff, True)):
        client = sign_in(user)
        for address in addresses:
            answer = client.get(address)
            if answer.status_code == 403:  # leadership does not edit
                continue
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            assert (EMAIL.encode() in body) is may, (user, address)
    read = AuditEvent.objects.filter(type__startswith="read.").order_by("pk").values_list("type", "actor_id")
    assert set(read) == {("read.question_contact", staff.pk), ("read.question_contacts", staff.pk)}


def test_leadership_reads_a_question_without_buttons_and_others_do_not_find_it(leader, outsider, sign_in):
    question = factories.QuestionFactory(words="What helps?")
    page = sign_in(leader).get(question.get_absolute_url())
    assert "What helps?" in text(page) and "/answer/" not in html_of(page) and "/edit/" not in html_of(page)
    assert sign_in(outsider).get(question.get_absolute_url()).status_code == 404
    assert "You see the questions of the Ask IMPACT sites where you work." in text(sign_in(outsider).get("/questions/"))


def test_the_team_of_an_ask_impact_site_adds_for_its_own_site_only(sign_in):
    site, other = (factories.SiteFactory(delivery_model="ask_impact", name=name) for name in ("Ours", "Theirs"))
    client = sign_in(factories.team_of(site))
    page = client.get("/questions/new/")
    assert "Ours" in text(page) and "Theirs" not in text(page) and "contact_email" not in html_of(page)
    data = {"words": "What helps?", "asker_role": "Nurse", "received_on": ago(1).isoformat()}
    client.post("/questions/new/", data | {"site": other.pk})
    assert not AskedQuestion.objects.exists()
    client.post("/questions/new/", data | {"site": site.pk})
    assert AskedQuestion.objects.get().site == site


# --- First pages -------------------------------------------------------------------------------------
def test_overdue_questions_and_commitments_are_on_the_first_page_of_those_who_act(staff, leader, sign_in):
    site = factories.SiteFactory(name="Harbour", delivery_model="ask_impact")
    team = factories.team_of(site)
    own = factories.QuestionFactory(words="Ours?", site=site)
    factories.QuestionFactory(words="Central?")
    promise = factories.CommitmentFactory(site=site, text="Book a room", due_on=ago(3))
    factories.CommitmentFactory(site=site, text="Not due yet", due_on=ago(0))
    factories.CommitmentFactory(text="Elsewhere", due_on=ago(5))
    page = html_of(sign_in(staff).get("/"))
    for words in ("Ours?", "Central?", "The host promised: Book a room", "The host promised: Elsewhere"):
        assert words in page
    assert "Not due yet" not in page and "3 days ago. Record how it ended." in page
    assert reverse("sites:commitment-settle", args=[site.slug, promise.pk]) in page
    page = html_of(sign_in(team).get("/"))
    assert "Ours?" in page and own.get_absolute_url() in page and "Book a room" in page
    assert "Central?" not in page and "Elsewhere" not in page
    assert "Book a room" not in html_of(sign_in(leader).get("/"))


def test_more_than_a_few_overdue_commitments_are_a_link_to_the_list(staff, sign_in):
    for n in range(6):
        factories.CommitmentFactory(text=f"Promise no {n}", due_on=ago(10 - n))
    client = sign_in(staff)
    page = html_of(client.get("/"))
    assert "2 more overdue commitments" in page and "/commitments/?state=overdue" in page
    assert client.get("/commitments/?state=overdue").context["listing"].total == 6


def test_commitments_of_all_sites_are_filtered_and_exported(staff, outsider, sign_in):
    factories.CommitmentFactory(site__name="Harbour", text="Book a room", due_on=ago(3))
    factories.CommitmentFactory(text="Pay in a week", side="centre")
    client = sign_in(staff)
    page = text(client.get("/commitments/"))
    assert "Book a room The host Harbour" in page and "Pay in a week" in page
    assert "Book a room" not in text(client.get("/commitments/", {"side": "centre"}))
    lines = csv_text(client.get("/commitments/", {"format": "csv", "state": "overdue"})).splitlines()
    assert len(lines) == 2 and lines[1].startswith("Harbour,The host,Book a room") and "Overdue" in lines[1]
    assert "You see the commitments of the sites where you work." in text(sign_in(outsider).get("/commitments/"))


def test_an_overdue_commitment_stands_under_what_to_do_next_at_its_site(staff, sign_in):
    site = factories.CommitmentFactory(text="Book a room", due_on=ago(1)).site
    page = text(sign_in(staff).get(site.get_absolute_url()))
    todo = page.split("What to do next")[1].split("Milestones")[0]
    assert "The host promised: Book a room It was due on" in todo and "1 day ago. Record how it ended." in todo


# --- API -------------------------------------------------------------------------------------------
def test_the_whole_way_of_a_question_over_the_api(staff, sign_in):
    client, json = sign_in(staff), {"content_type": "application/json"}
    item, body = factories.EvidenceItemFactory(slug="ask-twice"), factories.OrganisationFactory(slug="harbour")
    sent = {"words": "What helps?", "asker": "harbour", "received_on": ago(3).isoformat(), "contact_email": EMAIL}
    made = client.post("/api/v1/questions/", sent, **json)
    assert made.status_code == 201, made.content
    assert (made.json()["asker"]["name"], made.json()["contact_email"]) == (body.name, EMAIL)
    own = f"/api/v1/questions/{made.json()['id']}/"
    assert client.post(f"{own}assign/", {"assignee": staff.pk}, **json).json()["state"] == "answering"
    stale = {"headers": {"If-Match": made["ETag"]}}
    assert client.post(f"{own}answer/", {"answer": "Yes."}, **json, **stale).status_code == 412
    answered = client.post(f"{own}answer/", {"answer": "Yes.", "evidence": [item.slug]}, **json).json()
    assert (answered["state"], answered["evidence"]) == ("answered", [{"slug": "ask-twice", "title": item.title}])
    shared = client.post(f"{own}share/", {"how": "By email"}, **json).json()
    assert (shared["state"], shared["age_days"]) == ("shared", 3)
    assert client.post(f"{own}share/", {"how": "By email"}, **json).status_code == 409
    assert client.post(f"{own}reopen/", **json).json()["state"] == "answering"
    assert client.post(f"{own}decline/", {"reason": "No."}, **json).json()["declined_reason"] == "No."
    assert client.patch(own, {"words": "What helps most?"}, **json).status_code == 428
    changed = client.patch(own, {"words": "What helps most?"}, **json, headers={"If-Match": "*"})
    assert changed.json()["words"] == "What helps most?"


def test_questions_are_filtered_over_the_api(staff, sign_in):
    item = factories.EvidenceItemFactory(slug="ask-twice")
    late = factories.QuestionFactory(nation="wales")
    late.evidence.add(item)
    factories.QuestionFactory(received_on=ago(1), due_on=ago(-5))
    factories.QuestionFactory(state="declined", declined_on=ago(1), declined_reason="No.")
    client = sign_in(staff)

    def number(**query) -> int:
        return len(client.get("/api/v1/questions/", query).json()["results"])

    assert number() == 3 and number(waiting="true") == 2 and number(waiting="false") == 1
    assert number(overdue="true") == number(nation="wales") == number(evidence="ask-twice") == 1
    assert number(overdue="false") == 2 and number(state="declined") == 1
    assert client.get("/api/v1/questions/", {"state": "lost"}).status_code == 400
