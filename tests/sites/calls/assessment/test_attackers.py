"""What an assessor must not get at: an application with a conflict, another's scores before one's own, a withheld name."""

import re
from typing import Any

import pytest
from django.test import Client

from impact.core.access.permissions import SYSTEM
from sites.calls.applications import services as applications
from sites.calls.applications.models import Application
from sites.calls.assessment.models import Assignment
from sites.calls.assessment.moderation.services import post_message
from sites.calls.assessment.scoring import services
from sites.calls.assessment.setup import services as setup
from sites.calls.rounds.questions.models import Kind, Question, QuestionSet, Section
from tests import factories
from tests.pages import html_of
from tests.sites.calls.applications.build import open_round, started, submitted
from tests.sites.calls.assessment.build import WORDS, assessed, assessed_round, assessor_of, given, opened, scores_for

pytestmark = pytest.mark.django_db
SECRET = "We would try a shared diary for carers."  # an answer of every application in these tests


def every_address(row: Assignment) -> list[str]:
    """Each address at which an assessor might look for an application."""
    slug, reference = row.application.round.slug, row.application.reference
    staff = f"/rounds/{slug}/assessment/"
    return [
        "/",
        "/assessing/",
        f"/assessing/{row.pk}/",
        f"/assessing/{row.pk}/conflict/",
        f"/assessing/{row.pk}/discuss/",
        staff,
        f"{staff}?format=csv",
        f"{staff}?format=xlsx",
        f"{staff}assign/",
        f"{staff}assessors/",
        f"{staff}applications/{reference}/",
        f"{staff}applications/{reference}/discuss/",
        f"/rounds/{slug}/",
        f"/rounds/{slug}/applications/",
        f"/rounds/{slug}/applications/?format=csv",
        f"/rounds/{slug}/applications/{reference}/",
        f"/rounds/{slug}/applications/{reference}/revisions/1/",
        "/api/v1/assessments/",
        f"/api/v1/assessments/?application={reference}",
        "/api/v1/assessments/export.csv",
        "/api/v1/assessments/export.xlsx",
        f"/api/v1/assessments/{row.pk}/",
        f"/api/v1/assessments/{row.pk}/application/",
        f"/api/v1/assessments/{row.pk}/others/",
        "/api/v1/applications/",
        "/api/v1/applications/export.csv",
        f"/api/v1/applications/{reference}/",
        "/organisations/",
    ]


def read(client: Client, url: str) -> str:
    """All that a response says, its headers included."""
    response: Any = client.get(url)
    if getattr(response, "streaming", False):
        body = b"".join(response.streaming_content).decode("utf-8", "replace")
    else:
        body = response.content.decode("utf-8", "replace")
    return f"{response.status_code} {dict(response.headers)} {body}"


def test_an_assessor_with_a_conflict_finds_the_application_nowhere(sign_in):
    application = submitted(assessed_round())
    row = opened(application)
    client = sign_in(row.assessor)
    assert SECRET in read(client, f"/assessing/{row.pk}/"), "without a conflict it opens"
    services.declare_conflict(by=row.assessor, assignment=row, has_conflict=True, reason="My sister works there.")
    assessed(application, 3)
    for url in every_address(row):
        found = read(client, url)
        assert SECRET not in found and "Harbour Carers" not in found and "Llanfair" not in found, url
        assert "Because of" not in found and "sister" not in found, url


def test_an_assessor_with_a_conflict_writes_nothing(sign_in):
    row = opened(submitted(assessed_round()))
    services.declare_conflict(by=row.assessor, assignment=row, has_conflict=True, reason="A friend.")
    client = sign_in(row.assessor)
    client.post(f"/assessing/{row.pk}/", {"has_conflict": "no", "reason": ""})
    for path in ("conflict", "reopen", "newest", "discuss"):
        assert client.post(f"/assessing/{row.pk}/{path}/", {"reason": "x", "words": "x"}).status_code == 404
    api = f"/api/v1/assessments/{row.pk}/"
    kind = {"content_type": "application/json"}
    assert client.post(f"{api}conflict/", {"has_conflict": False}, **kind).status_code == 409
    assert client.post(f"{api}submit/", {}, **kind).status_code == 409
    assert client.patch(api, {"comment": "x"}, headers={"If-Match": "*"}, **kind).status_code == 409
    row.refresh_from_db()
    assert row.conflict == "declared" and not row.assessment.comment


def test_before_the_conflict_question_only_reference_name_and_place_are_shown(sign_in):
    row = given(submitted(assessed_round()))
    client = sign_in(row.assessor)
    html = html_of(client.get(f"/assessing/{row.pk}/"))
    assert "Harbour Carers" in html and "Llanfair" in html and "Do you have a conflict of interest?" in html
    for url in every_address(row):
        assert SECRET not in read(client, url), url


def test_another_assessors_work_is_not_there(sign_in):
    application = submitted(assessed_round())
    row, other = assessed(application, 3).assignment, assessor_of(application.round).user
    client = sign_in(other)
    for url in every_address(row):
        found = read(client, url)
        assert SECRET not in found and "Because of" not in found, url
    assert client.get(f"/assessing/{row.pk}/").status_code == 404
    assert client.get(f"/api/v1/assessments/{row.pk}/").status_code == 404


def test_others_scores_and_messages_open_with_ones_own_submission_and_close_when_it_is_reopened(sign_in, staff):
    application = submitted(assessed_round())
    first = assessed(application, 4)
    post_message(by=first.assignment.assessor, application=application, words="I was moved by this.")
    row = opened(application)
    client = sign_in(row.assessor)
    who = first.assignment.assessor.display_name

    def sees() -> bool:
        found = "".join(read(client, url) for url in every_address(row))
        seen = {"Because of Criterion 1" in found, "I was moved" in found, who in found}
        assert len(seen) == 1
        return seen.pop()

    assert not sees()
    services.submit_assessment(by=row.assessor, assignment=row, scores=scores_for(application.round, 1))
    assert sees()
    services.reopen_assessment(by=row.assessor, assignment=row)
    found = "".join(read(client, url) for url in every_address(row))
    assert who not in found and "I was moved" not in found
    assert client.get(f"/api/v1/assessments/{row.pk}/others/").json()["errors"][0]["code"] == "not_submitted"


# --- Without names -------------------------------------------------------------------------------
CANARIES = {
    "organisation_name": "Zanderling Canary Trust",
    "place": "Quillbury-under-Canary",
    "leader": "Peregrine Canarybird",
    "website": "canary-trust.example",
}
CONTACT = {"email": "letters@canarymail.example", "contact_name": "Ottoline Canarywood"}
RECORD = "Zanderling Canary Trust (charity 0000)"
EVERY_NAME = [*CANARIES.values(), *CONTACT.values(), RECORD]


def blind_application() -> Application:
    """An application that says who applied in every field that can, and again in its free text."""
    round = open_round()
    questions = QuestionSet.objects.create(round=round, number=round.question_sets.count() + 1)
    section = Section.objects.create(question_set=questions, order=1, title="About you")
    for order, (key, fact, kind, names) in enumerate(
        [
            ("organisation_name", "organisation_name", Kind.SHORT, True),
            ("place", "place", Kind.PLACE, False),  # a fact that names, whatever staff ticked
            ("leader", "", Kind.SHORT, True),
            ("website", "", Kind.SHORT, True),
            ("what", "", Kind.LONG, False),
            ("letter", "", Kind.FILE, False),
        ]
    ):
        Question.objects.create(
            section=section, order=order, key=key, fact=fact, kind=kind, label=f"{key}?", names_applicant=names,
            is_required=False,
        )  # fmt: skip
    questions.published_at = round.question_sets.first().published_at
    questions.save()
    application = started(round, **CONTACT)
    hidden = " ".join(name.upper() if n % 2 else name for n, name in enumerate([*CANARIES.values(), *CONTACT.values()]))
    answers = {**CANARIES, "what": f"{SECRET} We are {hidden}, in\nQuillbury-under-Canary.", "letter": 7}
    applications.save_draft(by=SYSTEM, application=application, answers=answers)
    applications.submit_application(by=SYSTEM, application=application)
    record = factories.OrganisationFactory(name=RECORD)
    Application.objects.filter(pk=application.pk).update(organisation=record)
    setup.add_criterion(by=SYSTEM, round=round, name="Criterion 1", score_words=WORDS)
    setup.update_plan(by=SYSTEM, round=round, is_blind=True)
    application.refresh_from_db()
    return application


def test_no_name_of_a_blind_application_reaches_its_assessor(sign_in):
    application = blind_application()
    row = given(application)
    client = sign_in(row.assessor)

    def look() -> None:
        for url in (u for u in every_address(row) if u != "/organisations/"):
            found = read(client, url)
            for name in EVERY_NAME:
                pattern = re.escape(name).replace(r"\ ", r"\s+")
                assert not re.search(pattern, found, re.IGNORECASE), (url, name)

    look()
    services.declare_conflict(by=row.assessor, assignment=row, has_conflict=False)
    look()
    html = html_of(client.get(f"/assessing/{row.pk}/"))
    assert SECRET in html and "[withheld]" in html and "Withheld: this round is assessed without names." in html
    assert f"<title>{application.reference} – IMPACT</title>" in html
    assert not Application.objects.visible_to(row.assessor).exists()
    services.submit_assessment(by=row.assessor, assignment=row, scores=scores_for(application.round, 3))
    assessed(application, 2)
    look()
    services.reopen_assessment(by=row.assessor, assignment=row)
    look()
    services.declare_conflict(by=row.assessor, assignment=row, has_conflict=True, reason="I know them.")
    look()


def test_the_names_are_there_without_the_protection(sign_in, monkeypatch):
    """The test above would notice: with names shown, an assessor meets every one of them that a page holds."""
    application = blind_application()
    row = opened(application)
    setup.AssessmentPlan.objects.update(is_blind=False)
    found = read(sign_in(row.assessor), f"/assessing/{row.pk}/")
    assert all(name in found for name in CANARIES.values())


def test_leadership_sees_counts_and_neither_names_nor_scores(sign_in, leader):
    application = submitted(assessed_round())
    assessed(application, 4)
    row = assessed(application, 1).assignment
    client = sign_in(leader)
    html = html_of(client.get(f"/rounds/{application.round.slug}/assessment/"))
    assert "of 2 assessments submitted" in html
    assert not html.count(application.reference) and "Harbour Carers" not in html and "62" not in html
    for url in every_address(row)[5:]:
        found = read(client, url)
        assert "Because of" not in found and row.assessor.display_name not in found, url
