"""Pages of rounds: what visitors read before they apply, and how staff build the questions."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from impact.core.basics import clock
from sites.calls.rounds.models import Round
from sites.calls.rounds.questions import services
from sites.calls.rounds.questions.models import Kind, Question, QuestionSet, Section
from sites.calls.rounds.services import restate_round, update_round
from tests import factories
from tests.pages import html_of
from tests.sites.calls.applications.build import open_round, started

pytestmark = [pytest.mark.sqlite_only, pytest.mark.django_db]


def text(response) -> str:
    """The page's text without tags."""
    main = html_of(response).split("<main", 1)[-1]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main)).replace("&#x27;", "'")


@pytest.fixture
def round():
    return open_round(slug="spring", name="Spring round", guidance="Ring us **any time**.")


@pytest.fixture
def version(staff, round) -> QuestionSet:
    """The second version of the round's questions, in preparation."""
    return services.start_version(by=staff, round=round, copy_of=round.question_sets.get())


def at(version: QuestionSet, key: str) -> Question:
    return Question.objects.get(section__question_set=version, key=key)


# --- For everyone --------------------------------------------------------------------------------
def test_a_visitor_reads_when_it_closes_what_is_asked_and_where_to_apply(round):
    response = Client().get("/rounds/spring/")
    page = text(response)
    for words in ("Open now", "UK time", "30 days left", "About you", "14 questions", "Ring us any time", "Version 1"):
        assert words in page
    assert 'href="/rounds/spring/apply/"' in html_of(response) and "History" not in page
    assert "Application questions" not in page


def test_every_question_can_be_read_before_beginning_with_its_limit_choices_and_condition(round):
    page = text(Client().get("/rounds/spring/what-we-ask/"))
    for words in (
        "What would you do? A long answer, up to 20 words.",
        "Choose one. Asked only if you answer “England” to “Nation”.",
        "Carer-led organisation",
        "An amount of money",
    ):
        assert words in page
    assert Client().get(f"/rounds/{factories.RoundFactory().slug}/what-we-ask/").status_code == 404
    draft = open_round(is_announced=False)
    assert Client().get(f"/rounds/{draft.slug}/what-we-ask/").status_code == 404


@pytest.mark.parametrize(
    ("opens", "closes", "words"),
    [
        ((2022, 1, 1), (2022, 2, 1), "This round has closed"),
        ((2098, 1, 1), (2099, 2, 1), "You can read all the questions and prepare your answers now."),
    ],
)
def test_no_one_is_sent_to_apply_before_opening_or_after_closing(opens, closes, words):
    round = open_round(opens_at=factories.at(*opens), closes_at=factories.at(*closes))
    response = Client().get(round.get_absolute_url())
    assert words in text(response) and "/apply/" not in html_of(response)


def test_a_moved_closing_time_stands_on_the_public_page_with_its_reason(round, staff):
    update_round(by=staff, round=round, closes_at=factories.at(2099, 3, 1, 12), reason="Post was slow.")
    page = text(Client().get("/rounds/spring/"))
    assert "The closing time was moved on" in page and "to 1 March 2099, midday UK time. Post was slow." in page


def test_a_version_in_preparation_is_not_public(round, staff, version):
    services.update_question(by=staff, question=at(version, "what"), label="A secret question?")
    for path in ("/rounds/spring/", "/rounds/spring/what-we-ask/"):
        assert "A secret question?" not in html_of(Client().get(path))
    assert Client().get("/rounds/spring/questions/").status_code == 302


def test_the_public_pages_ask_as_many_queries_for_many_questions_as_for_few(round):
    other = factories.RoundFactory()
    section = Section.objects.create(question_set=QuestionSet.objects.create(round=other, number=1), title="Plan")
    Question.objects.create(section=section, key="a", kind=Kind.LONG, label="What?")
    QuestionSet.objects.filter(round=other).update(published_at=clock.now())
    counts = []
    for slug in (other.slug, "spring"):
        with CaptureQueriesContext(connection) as seen:
            Client().get(f"/rounds/{slug}/what-we-ask/")
        counts.append(len(seen))
    assert counts[1] <= counts[0] + 1  # the topics that a question offers


# --- Times in the form ---------------------------------------------------------------------------
def round_data(**more) -> dict:
    return {
        "purpose": "sites",
        "name": "Autumn round",
        "opens_on": "2098-09-01",
        "opens_at": "09:00",
        "closes_on": "2098-10-12",
        "closes_at": "17:00",
        "delivery_models": ["network"],
        "offered": "Money",
        "asked": "Sharing",
    } | more


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"closes_on": "2098-08-01"}, "The round closes before it opens. Choose a later closing time."),
        ({"closes_at": "00:00"}, "Choose 11:59pm on the last day instead."),
        ({"closes_on": "2098-10-26", "closes_at": "01:30"}, "Choose a time after 2am."),
        ({"closes_at": ""}, "Enter an answer"),
        ({"delivery_models": []}, "Choose at least one delivery model."),
    ],
)
def test_a_round_with_impossible_times_is_refused_beside_the_field_and_keeps_what_was_typed(
    more, words, staff, sign_in
):
    response = sign_in(staff).post("/rounds/new/", round_data(**more))
    assert words in text(response) and 'value="Autumn round"' in html_of(response) and not Round.objects.exists()


def test_times_are_typed_and_shown_as_uk_time(staff, sign_in):
    client = sign_in(staff)
    client.post("/rounds/new/", round_data(opens_on="2098-07-01"))
    round = Round.objects.get()
    assert (round.opens_at.hour, round.closes_at.hour) == (8, 16)  # UTC, in summer time
    page = html_of(client.get(f"/rounds/{round.slug}/edit/"))
    assert (
        'value="09:00"' in page
        and 'value="17:00"' in page
        and "1 July 2098, 9am UK time" in text(client.get(round.get_absolute_url()))
    )


def test_a_refusal_about_closing_stands_beside_its_field(round, staff, sign_in):
    data = round_data(
        name="Spring round", version=round.version, opens_on="2020-01-01", closes_on="2020-01-02", topics=[1]
    )
    data["topics"] = [topic.pk for topic in round.topics.all()]
    response = sign_in(staff).post("/rounds/spring/edit/", data)
    assert "This time has passed." in text(response) and 'id="id_closes_at_error"' in html_of(response)


def test_moving_a_date_is_no_new_wording_though_browsers_send_other_line_ends(round, staff, sign_in):
    lines = "- A coach\n- A day a week"
    restate_round(by=staff, round=round, offered=lines, asked="Share what you learn.")
    data = round_data(name="Spring round", version=Round.objects.get().version, offered=lines.replace("\n", "\r\n"))
    data |= {"asked": "Share what you learn.", "who_for": "", "topics": [topic.pk for topic in round.topics.all()]}
    number = round.statements.count()
    assert sign_in(staff).post("/rounds/spring/edit/", data).status_code == 302
    assert round.statements.count() == number and Round.objects.get().closes_at.year == 2098


def test_two_people_moving_the_closing_time_see_both_times(round, staff, sign_in):
    update_round(by=staff, round=Round.objects.get(), closes_at=factories.at(2098, 10, 12, 12))
    data = round_data(name="Spring round", version="1", opens_on="2020-01-01")
    data["topics"] = [topic.pk for topic in round.topics.all()]
    response = sign_in(staff).post("/rounds/spring/edit/", data)
    assert response.status_code == 409
    assert "12 October 2098, midday 12 October 2098, 5pm" in text(response)


def test_a_recruitment_round_is_prepared_with_its_network_and_without_topics(staff, sign_in):
    network = factories.SiteFactory(delivery_model="network", name="Second pilot")
    client = sign_in(staff)
    data = round_data(purpose="coordinators", recruits_for=network.pk, delivery_models=[])
    response = client.post("/rounds/new/", data, follow=True)
    page = text(response)
    assert "Recruitment of coordinators" in page and "Second pilot" in page and "Topics" not in page
    edit = html_of(client.get(f"/rounds/{Round.objects.get().slug}/edit/"))
    assert 'name="topics"' not in edit and 'name="recruits_for"' in edit and 'name="reason"' not in edit


# --- Building questions --------------------------------------------------------------------------
def test_staff_build_questions_from_nothing_to_published(staff, sign_in):
    round = factories.RoundFactory(slug="autumn", closes_at=factories.at(2099, 1, 1))
    client, base = sign_in(staff), "/rounds/autumn/questions/"
    assert "This round has no questions yet" in text(client.get(base))
    client.post(f"{base}start/")
    page = client.post(f"{base}sections/new/", {"title": "Your plan"}, follow=True)
    assert "No questions in this section yet." in text(page) and "To put right" not in text(page)
    section = Section.objects.get()
    add = f"{base}sections/{section.pk}/new/"
    chosen = client.post(add, {"kind": "one_of"})
    assert chosen["Location"] == f"{add}?kind=one_of"
    form = html_of(client.get(f"{add}?kind=one_of"))
    assert 'name="choices"' in form and 'name="word_limit"' not in form and 'name="must_be"' not in form
    bad = client.post(f"{add}?kind=one_of", {"label": "Which?", "choices": "Red"})
    assert "Give at least two choices." in text(bad) and "Which?" in html_of(bad)
    client.post(f"{add}?kind=one_of", {"label": "Which?", "choices": "Red\n\n Blue \n", "is_required": "on"})
    client.post(f"{add}?kind=long", {"label": "Why red?", "word_limit": "100", "is_required": "on"})
    which, why = Question.objects.order_by("order")
    assert (which.choices, which.key, why.word_limit) == (["Red", "Blue"], "which", 100)
    condition = f"{base}{why.pk}/condition/"
    assert client.post(condition, {"on": "which"})["Location"] == f"{condition}?on=which"
    client.post(f"{condition}?on=which", {"values": ["Red"], "version": why.version})
    page = text(client.get(base))
    assert (
        "Asked only if you answer “Red” to “Which?”." in page
        and "No question asks for: Name of the organisation" in page
    )
    client.post(f"{base}facts/")
    round.topics.add(factories.TopicFactory())
    assert "No question asks for" not in text(client.get(base))
    done = client.post(f"{base}publish/", {"version": QuestionSet.objects.get().version}, follow=True)
    assert "Version 1 is published." in text(done) and "Prepare a new version" in text(done)


def test_a_question_is_edited_with_only_the_fields_that_its_kind_needs(staff, sign_in, version):
    client = sign_in(staff)
    fields = {
        "what": {"label", "help_text", "word_limit", "is_required", "names_applicant"},
        "nation": {"label", "help_text", "is_required", "names_applicant"},
        "money": {"label", "help_text", "least", "most", "is_required", "names_applicant"},
    }
    for key, expected in fields.items():
        form = client.get(f"/rounds/spring/questions/{at(version, key).pk}/").context["form"]
        assert set(form.fields) - {"version"} == expected


def test_questions_move_by_buttons_and_the_page_comes_back_to_the_question(staff, sign_in, version):
    question = at(version, "organisation_kind")
    response = sign_in(staff).post(f"/rounds/spring/questions/{question.pk}/move/", {"to": "up"})
    assert response["Location"] == f"/rounds/spring/questions/#question-{question.pk}"
    assert QuestionSet.objects.get(pk=version.pk).questions()[0].key == "organisation_kind"


def test_removing_asks_first_and_names_what_depends_on_it(staff, sign_in, version):
    client = sign_in(staff)
    address = f"/rounds/spring/questions/{at(version, 'nation').pk}/remove/"
    assert "Remove this question?" in text(client.get(address)) and at(version, "nation")
    refused = client.post(address)
    assert "One question depends on this one: “Region of England”." in text(refused) and at(version, "nation")
    client.post(f"/rounds/spring/questions/{at(version, 'what').pk}/remove/")
    assert not Question.objects.filter(section__question_set=version, key="what").exists()


def test_two_people_editing_one_question_see_both_texts(staff, sign_in, version):
    question = at(version, "what")
    services.update_question(by=staff, question=at(version, "what"), label="Theirs?")
    data = {"label": "Ours?", "word_limit": "20", "is_required": "on", "version": question.version}
    response = sign_in(staff).post(f"/rounds/spring/questions/{question.pk}/", data)
    assert response.status_code == 409 and "Question Theirs? Ours?" in text(response)
    assert at(version, "what").label == "Theirs?"


def test_the_preview_checks_answers_as_an_applicant_would_send_them_and_keeps_nothing(staff, sign_in, round):
    client = sign_in(staff)
    page = text(client.get("/rounds/spring/questions/preview/"))
    assert "What would you do?" in page and "Up to 20 words." in page and "Asked only if you answer “England”" in page
    empty = client.post("/rounds/spring/questions/preview/")
    assert "Answer this question" in text(empty) and "Region of England" not in text(empty)
    long = client.post("/rounds/spring/questions/preview/", {"what": "word " * 21, "nation": "england"})
    assert "Shorten it by 1 word" in text(long) and "Region of England" in text(long)
    assert not round.applications.exists()


def test_publishing_begins_with_what_was_compared_and_says_how_many_are_writing(staff, sign_in, round, version):
    started(round)
    services.update_question(by=staff, question=at(version, "what"), word_limit=50)
    client, address = sign_in(staff), "/rounds/spring/questions/publish/"
    page = text(client.get(address))
    assert "1 application is being written on an earlier version." in page
    assert "- Your answer to “What would you do?” may now be up to 50 words." in page
    current = QuestionSet.objects.get(pk=version.pk).version
    refused = client.post(address, {"what_changed": "", "version": current})
    assert "Say what changed" in text(refused)
    stale = client.post(address, {"what_changed": "Longer.", "version": current - 1})
    assert "Someone else saved this" in text(stale) and "Longer." in html_of(stale)
    client.post(address, {"what_changed": "You may write **more**.", "version": current})
    page = text(client.get("/rounds/spring/questions/"))
    assert "Version 2 In force" in page and "You may write more ." in page
    counts = re.findall(r"Version (\d)(?: In force)? [\w ]+ (\d) ", page)
    assert counts == [("2", "0"), ("1", "1")]


def test_a_published_version_stays_readable_also_as_a_file(leader, sign_in, round):
    client = sign_in(leader)
    address = "/rounds/spring/questions/versions/1/"
    assert "Published on" in text(client.get(address))
    body = b"".join(client.get(address, {"format": "csv"}).streaming_content).decode()
    assert "What would you do?" in body and "up to 20 words" in body and "Region of England" in body
    assert client.get("/rounds/spring/questions/versions/9/").status_code == 404


def test_questions_are_copied_from_another_round(staff, sign_in, round):
    factories.RoundFactory(slug="autumn", closes_at=factories.at(2099, 1, 1))
    client, address = sign_in(staff), "/rounds/autumn/questions/copy/"
    source = round.question_sets.get()
    assert "Spring round" in text(client.get(address))
    client.post(address, {"source": source.pk})
    copy = QuestionSet.objects.get(round__slug="autumn")
    assert [q.key for q in copy.questions()] == [q.key for q in source.questions()]


def test_a_version_in_preparation_is_discarded_after_one_more_question(staff, sign_in, version):
    client, address = sign_in(staff), "/rounds/spring/questions/discard/"
    assert "Discard version 2?" in text(client.get(address)) and QuestionSet.objects.count() == 2
    client.post(address)
    assert QuestionSet.objects.get().number == 1


def test_those_who_only_read_rounds_see_the_questions_without_buttons(leader, sign_in, version):
    client = sign_in(leader)
    page = html_of(client.get("/rounds/spring/questions/"))
    assert "In preparation" in page and "Move" not in page and "Add a section" not in page
    question = at(version, "what")
    for path in (f"{question.pk}/", f"{question.pk}/condition/", "publish/", "sections/new/", "copy/"):
        assert client.get(f"/rounds/spring/questions/{path}").status_code == 403


def test_the_questions_of_another_round_are_not_reached_through_this_one(staff, sign_in, version):
    other = open_round(slug="other")
    services.start_version(by=staff, round=other, copy_of=other.question_sets.get())
    question = Question.objects.get(section__question_set__round=other, section__question_set__number=2, key="what")
    client = sign_in(staff)
    for path in (f"{question.pk}/", f"{question.pk}/remove/", f"sections/{question.section_id}/"):
        assert client.get(f"/rounds/spring/questions/{path}").status_code == 404
