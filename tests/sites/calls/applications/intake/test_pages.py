"""Staff's pages of applications: what they find there, what bad input does, and who is turned away."""

import html
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from impact.core.access.models import AuditEvent
from impact.core.access.permissions import SYSTEM
from impact.core.basics import clock
from sites.calls.applications import services as writing
from sites.calls.applications.intake import services
from sites.calls.applications.models import Application
from sites.calls.assessment.models import Assessment, Assignment
from sites.calls.rounds.models import Round
from sites.calls.rounds.questions.models import Question, QuestionSet, Section
from tests import factories
from tests.pages import html_of
from tests.sites.calls.applications.build import ANSWERS, open_round, started, submitted

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def round():
    return open_round(slug="the-round", name="The round")


@pytest.fixture
def client(staff, sign_in):
    return sign_in(staff)


def text(response) -> str:
    """The page's text without tags."""
    main = html_of(response).split("<main", 1)[-1]
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", main)))


def csv_text(response) -> str:
    return b"".join(response.streaming_content).decode("utf-8-sig")


def page_of(application: Application, rest: str = "") -> str:
    return f"{application.get_absolute_url()}{rest}"


LIST = "/rounds/the-round/applications/"


# --- The list ------------------------------------------------------------------------------------
def test_staff_narrow_the_list_by_words_state_place_organisation_topic_model_and_way(client, staff, round):
    topic = factories.TopicFactory(slug="breaks")
    round.topics.add(topic)
    submitted(round, organisation_name="Alpha", nation="england", region="london", organisation_kind="health")
    submitted(round, organisation_name="Beta", organisation_size="over_250", place="Bala", topic="breaks")
    gone = submitted(round, organisation_name="Gamma")
    writing.withdraw_application(by=SYSTEM, application=gone)
    Application.objects.filter(organisation_name="Beta").update(source="phone")
    started(round)
    submitted(open_round(), organisation_name="Elsewhere")

    def names(**query) -> list[str]:
        return sorted(row["organisation_name"] for row in client.get(LIST, query).context["rows"])

    assert names() == ["Alpha", "Beta"]
    assert names(q="bala") == names(size="over_250") == names(topic="breaks") == names(source="phone") == ["Beta"]
    assert names(nation="england") == names(region="london") == names(kind="health") == ["Alpha"]
    assert names(state="withdrawn") == ["Gamma"] and names(state="all") == ["", "Alpha", "Beta", "Gamma"]
    assert names(model="network") == [] and names(model="demonstrator") == ["Alpha", "Beta"]
    assert [row["organisation_name"] for row in client.get(LIST, {"sort": "-organisation"}).context["rows"]] == [
        "Beta",
        "Alpha",
    ]
    page = text(client.get(LIST, {"q": "nothing like it"}))
    assert "No application matches" in page and "0 applications" in page


def test_the_headings_count_every_state_and_agree_with_the_list(client, round):
    for n in range(3):
        submitted(round, organisation_name=f"Organisation {n}")
    writing.withdraw_application(by=SYSTEM, application=Application.objects.first())
    started(round)
    page = client.get(LIST)
    assert {row["label"]: row["number"] for row in page.context["numbers"]} == {
        "Submitted": 2,
        "Being written": 1,
        "Withdrawn": 1,
        "In all": 4,
    }
    assert "2 applications" in text(page)
    for row in page.context["numbers"]:
        assert client.get(row["href"]).context["listing"].total == row["number"]


def test_an_empty_round_says_what_comes_next(client, round):
    assert "Enter those that come on paper" in text(client.get(LIST))
    factories.RoundFactory(slug="without-questions")
    page = text(client.get("/rounds/without-questions/applications/"))
    assert "once this round has questions" in page and "Enter an application" not in page


def test_the_file_holds_answers_and_no_names_of_people_and_escapes_formulas(client, staff, round):
    submitted(round, organisation_name='=HYPERLINK("x")', place="@cmd", what="-1+1 is none")
    Application.objects.update(contact_name="Ada Invented", source="paper")
    file = csv_text(client.get(LIST, {"format": "csv"}))
    assert "'=HYPERLINK" in file and "'@cmd" in file and "'-1+1 is none" in file
    assert "What would you do?" in file and "On paper" in file and "Unpaid carers; Older people" in file
    assert "Ada Invented" not in file and "carers@harbour.example" not in file
    assert AuditEvent.objects.get(type="read.applications_exported").actor_id == staff.pk
    assert client.get(LIST, {"format": "xlsx"})["Content-Type"].endswith("sheet")


def test_the_list_says_how_far_assessment_is_without_declared_conflicts(client, round, assessor):
    application = submitted(round)
    other = factories.UserFactory(roles=["assessor"])
    done = Assignment.objects.create(
        application=application, assessor=assessor, conflict="none", declared_at=clock.now()
    )
    Assessment.objects.create(assignment=done, revision=application.revision, submitted_at=clock.now())
    Assignment.objects.create(application=application, assessor=other)
    third = factories.UserFactory(roles=["assessor"])
    Assignment.objects.create(application=application, assessor=third, conflict="declared", declared_at=clock.now())
    assert [row["assessed"] for row in client.get(LIST).context["rows"]] == ["1 of 2"]


@pytest.mark.database
def test_the_list_takes_the_same_few_queries_for_one_and_for_thirty(client, round, assessor):
    def queries() -> int:
        client.get(LIST)
        with CaptureQueriesContext(connection) as seen:
            assert client.get(LIST).status_code == 200
        return len(seen)

    first = submitted(round)
    one = queries()
    for n in range(30):
        row = submitted(round, organisation_name=f"Organisation {n}")
        Assignment.objects.create(application=row, assessor=assessor)
    Application.objects.exclude(pk=first.pk).update(source="paper")
    assert queries() == one <= 10


# --- One application -----------------------------------------------------------------------------
def test_staff_read_the_newest_answers_under_their_questions_with_the_statement_and_the_contact(client, round):
    application = submitted(round)
    Application.objects.update(contact_name="Chair of trustees")
    page = text(client.get(page_of(application)))
    for words in (
        *("Harbour Carers", "What would you do?", "We would try a shared diary for carers.", "£12,000"),
        *("Unpaid carers, Older people", "Carer-led organisation", "Share what you learn.", "Chair of trustees"),
        "carers@harbour.example",
    ):
        assert words in page, words
    assert "Region of England" not in page  # it was not asked


def test_what_an_applicant_is_writing_is_theirs_until_they_submit_it(client, round):
    application = started(round)
    writing.save_draft(by=SYSTEM, application=application, answers={"what": "Not ready to be read"})
    page = text(client.get(page_of(application)))
    assert "The applicant is still writing" in page and "Not ready" not in page
    section = application.question_set.sections.first().pk
    for rest in ("check/", f"answers/{section}/", f"correct/{section}/"):
        assert client.get(page_of(application, rest)).status_code == 404


def test_two_revisions_are_compared_word_by_word(client, staff, round):
    application = submitted(round)
    services.correct_application(
        by=staff, application=application, answers={"what": "We would try a shared calendar for carers."}, why="asked"
    )
    page = html_of(client.get(page_of(application, "revisions/2/")))
    assert (
        "diary" in page.split("<del")[1].split("</del>")[0] and "calendar" in page.split("<ins")[1].split("</ins>")[0]
    )
    assert "The applicant asked for it" in page
    assert "What changed" not in text(client.get(page_of(application, "revisions/1/")))
    assert client.get(page_of(application, "revisions/3/")).status_code == 404


def test_text_that_looks_like_markup_is_shown_as_text(client, round):
    application = submitted(round, what="<script>alert(1)</script>", organisation_name="<b>Bold</b>")
    for address in (LIST, page_of(application), page_of(application, "revisions/1/")):
        page = client.get(address).content.decode()
        assert "<script>alert" not in page and "<b>Bold" not in page


def test_past_applications_are_told_to_staff_and_a_match_can_be_made_from_near_names(client, staff, round):
    near = factories.OrganisationFactory(name="Harbour Carers Ltd")
    earlier, application = submitted(open_round(name="Last year")), submitted(round)
    assert "by the same name" in text(client.get(page_of(application)))
    form = html_of(client.get(page_of(application, "organisation/")))
    assert "Names like this one" in form and f'<option value="{near.pk}" selected' in form
    assert client.post(page_of(application, "organisation/"), {"organisation": near.pk}).status_code == 302
    services.match_organisation(by=staff, application=earlier, organisation=near)
    page = text(client.get(page_of(application)))
    assert "Harbour Carers Ltd" in page and earlier.reference in page and "by the same name" not in page


# --- Entering ------------------------------------------------------------------------------------
def enter(client, **more):
    data = {"source": "video", "received_on": clock.today().isoformat(), "contact_name": "Chair", **more}
    return client.post(f"{LIST}enter/", data)


def test_an_application_is_entered_section_by_section_checked_and_submitted(client, staff, round):
    response = enter(client)
    application = Application.objects.get()
    about, plan = application.question_set.sections.all()
    assert response["Location"].endswith(f"{application.reference}/answers/{about.pk}/")
    answers = {**ANSWERS, "topic": round.topics.get().slug}
    data = {key: value for key, value in answers.items() if key != "what"}
    shown = [question.key for question in about.questions.all() if question.key != "region"]
    data |= {"version": application.version, "shown": shown}
    response = client.post(response["Location"], data)
    assert response["Location"].endswith(f"answers/{plan.pk}/")
    assert "1 answer needs attention" in text(client.get(page_of(application, "check/")))
    application.refresh_from_db()
    response = client.post(
        response["Location"], {"what": "A shared diary.", "version": application.version, "shown": ["what"]}
    )
    assert response["Location"].endswith("check/")
    assert client.post(response["Location"])["Location"] == application.get_absolute_url()
    application.refresh_from_db()
    assert (application.state, application.source, application.place) == ("submitted", "video", "Llanfair")
    page = text(client.get(page_of(application)))
    assert "As a video" in page and f"Entered by {staff.display_name}" in page


def test_an_answer_that_brings_up_another_question_leads_back_to_it(client, round):
    address = enter(client)["Location"]
    application = Application.objects.get()
    response = client.post(
        address, {"nation": "england", "version": application.version, "shown": ["nation"]}, follow=True
    )
    assert response.redirect_chain[0][0] == address
    page = html_of(response)
    assert "brings up another question" in page and 'name="region"' in page


def test_a_section_saved_by_two_colleagues_shows_both_texts_and_keeps_what_was_typed(client, round):
    address = enter(client)["Location"]
    application = Application.objects.get()
    seen = application.version
    plan = application.question_set.sections.last()
    address = page_of(application, f"answers/{plan.pk}/")
    client.post(address, {"what": "Theirs", "version": seen, "shown": ["what"]})
    response = client.post(address, {"what": "Mine", "version": seen, "shown": ["what"]})
    page = html_of(response)
    assert response.status_code == 409 and "Someone else saved this" in page
    assert "Theirs" in page and "Mine</textarea>" in page
    application.refresh_from_db()
    assert f'name="version" value="{application.version}"' in page
    assert client.post(address, {"what": "Mine", "version": application.version, "shown": ["what"]}).status_code == 302


def test_too_many_words_are_refused_with_how_many_and_kept_in_the_form(client, round):
    enter(client)
    application = Application.objects.get()
    plan = application.question_set.sections.last()
    long = "word " * 20_000
    response = client.post(
        page_of(application, f"answers/{plan.pk}/"), {"what": long, "version": application.version, "shown": ["what"]}
    )
    page = html_of(response)
    assert "characters" in page or "has 20,000 words" in page
    assert page.count("word word") > 100
    application.refresh_from_db()
    assert application.draft == {}


def test_entering_after_closing_asks_for_a_reason(client, round):
    Round.objects.update(closes_at=clock.now() - timedelta(days=1), opens_at=clock.now() - timedelta(days=9))
    assert "Say why you accept it" in text(enter(client))
    enter(client, late_reason="The post was late.")
    application = Application.objects.get()
    assert application.late_reason == "The post was late."
    assert "Late" in text(client.get(page_of(application)))


def with_letter(round: Round) -> None:
    """New questions for a round: one for a file."""
    questions = QuestionSet.objects.create(round=round, number=2)
    section = Section.objects.create(question_set=questions, order=1, title="Your letter")
    Question.objects.create(section=section, order=1, key="letter", kind="file", label="Your letter of support")
    Question.objects.create(section=section, order=2, key="what", kind="long", label="What would you do?")
    QuestionSet.objects.filter(pk=questions.pk).update(published_at=timezone.now())


def test_a_file_that_came_with_the_paper_is_added_read_by_staff_alone_and_kept_by_corrections(
    client, round, assessor, sign_in
):
    with_letter(round)
    address = enter(client)["Location"]
    application = Application.objects.get()
    data = {"what": "A diary.", "version": application.version, "shown": ["letter", "what"]}
    bad = client.post(address, data | {"letter": SimpleUploadedFile("letter.pdf", b"MZ\x90\0 a program")})
    assert "We cannot accept this kind of file" in text(bad)
    application.refresh_from_db()
    assert application.draft == {} and not application.files.exists()
    letter = SimpleUploadedFile("letter.pdf", b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n")
    assert client.post(address, data | {"letter": letter})["Location"].endswith("check/")
    client.post(page_of(application, "check/"))
    file = page_of(application, f"files/{application.files.get().pk}/")
    assert file in html_of(client.get(page_of(application)))
    assert b"".join(client.get(file).streaming_content).startswith(b"%PDF")
    assert sign_in(assessor).get(file).status_code == 403
    application.refresh_from_db()
    section = application.question_set.sections.get().pk
    correction = {"what": "A calendar.", "version": application.version, "correction-why": "asked"}
    assert client.post(page_of(application, f"correct/{section}/"), correction).status_code == 302
    assert application.revision.answers == {"letter": application.files.get().pk, "what": "A calendar."}


# --- Changing ------------------------------------------------------------------------------------
def correct(client, application, **more):
    plan = application.question_set.sections.last()
    data = {"what": "A calendar.", "version": application.version, "correction-why": "asked", **more}
    return client.post(page_of(application, f"correct/{plan.pk}/"), data)


def test_staff_correct_a_section_and_say_why(client, round):
    application = submitted(round)
    assert correct(client, application).status_code == 302
    page = text(client.get(page_of(application)))
    assert "Corrected by" in page and "the applicant asked for it" in page and "A calendar." in page


@pytest.mark.parametrize(
    ("more", "words", "status"),
    [
        ({"correction-why": ""}, "Choose an answer", 200),
        ({"correction-why": "other"}, "Explain the other reason", 200),
        ({"what": ANSWERS["what"]}, "Nothing was changed", 200),
        ({"what": ""}, "Answer this question", 200),
        ({"version": "1"}, "Someone else changed this application", 409),
    ],
)
def test_a_correction_that_cannot_be_is_refused_in_words(client, round, more, words, status):
    application = submitted(round)
    response = correct(client, application, **more)
    assert response.status_code == status and words in text(response)
    assert application.revisions.count() == 1


def test_staff_withdraw_for_the_applicant(client, round):
    application = submitted(round)
    assert "They asked us to delete it" in text(client.get(page_of(application, "withdraw/")))
    client.post(page_of(application, "withdraw/"))
    page = text(client.get(page_of(application)))
    assert "Withdrawn" in page and "Withdraw it for the applicant" not in page
    assert "was withdrawn before" in text(client.post(page_of(application, "withdraw/")))


def test_deletion_asks_for_the_reference_and_leaves_a_page_with_dates_alone(client, round):
    application = submitted(round)
    address, today = page_of(application, "delete/"), clock.today().isoformat()
    page = text(client.post(address, {"reference": "other", "asked_on": today}))
    assert f"Type the reference as it stands here: {application.reference}" in page
    assert Application.objects.get().state == "submitted"
    client.post(address, {"reference": application.reference, "asked_on": today})
    page = text(client.get(page_of(application)))
    assert "The applicant asked us to delete it" in page and "Harbour" not in page
    assert client.get(page_of(application, "revisions/1/")).status_code == 404
    listed = text(client.get(LIST, {"state": "erased"}))
    assert "1 application" in listed and "Deleted at the applicant’s request" in listed and "Harbour" not in listed
    assert "Harbour" not in csv_text(client.get(LIST, {"state": "all", "format": "csv"}))


def test_staff_accept_late_what_was_begun_online(client, round):
    application = started(round)
    writing.save_draft(by=SYSTEM, application=application, answers={"what": "Nearly done"})
    assert "Accept it late" not in text(client.get(page_of(application)))
    Round.objects.update(closes_at=clock.now() - timedelta(days=2), opens_at=clock.now() - timedelta(days=9))
    assert "Accept it late" in text(client.get(page_of(application)))
    response = client.post(page_of(application, "late/"), {"reason": "Their lines were down."}, follow=True)
    assert "Nearly done" in text(response) and "need attention" in text(response)


# --- Who is turned away --------------------------------------------------------------------------
@pytest.mark.parametrize("role", ["assessor", "leadership", "api_client", "administrator"])
def test_an_assessor_and_others_reach_none_of_these_addresses_not_even_for_what_they_assess(role, sign_in, round):
    user = factories.UserFactory(roles=[role])
    application = submitted(round)
    Assignment.objects.create(application=application, assessor=user, conflict="none", declared_at=clock.now())
    section = application.question_set.sections.first().pk
    client = sign_in(user)
    rests = ["", "revisions/1/", "check/", "late/", "withdraw/", "delete/", "organisation/"]
    rests += [f"answers/{section}/", f"correct/{section}/"]
    addresses = [LIST, f"{LIST}?format=csv", f"{LIST}enter/", f"{LIST}import/", f"{LIST}import/template/"]
    for address in [
        *addresses,
        *(page_of(application, rest) for rest in rests),
        page_of(application).replace("20", "x"),
    ]:
        for response in (client.get(address), client.post(address)):
            assert response.status_code in (403, 404, 405), address
            assert b"carers@harbour.example" not in response.content
    api = "/api/v1/applications/"
    assert client.get(api).json()["results"] == []
    assert b"Harbour" not in b"".join(client.get(f"{api}export.csv").streaming_content)
    assert client.get(f"{api}{application.reference}/").status_code == 404
    assert client.get(f"{api}{application.reference}/revisions/").status_code == 404
