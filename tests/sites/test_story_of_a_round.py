"""Where the parts of a round meet: the same figures and states for applicants, staff, assessors and leadership."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone

from impact.core.access.models import AuditEvent
from impact.core.access.permissions import SYSTEM
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.people.models import User
from sites.calls.applications import services as applications
from sites.calls.applications.models import Application, ApplicationFile, hashed
from sites.calls.assessment.dashboard.attention import assessments_to_watch
from sites.calls.assessment.models import AssessmentPlan
from sites.calls.assessment.scoring import services as scoring
from sites.calls.assessment.scoring.attention import to_assess
from sites.calls.assessment.setup.services import check_eligibility
from sites.calls.portfolios.deciding import services as deciding
from sites.calls.portfolios.models import Mix, Release
from sites.calls.portfolios.reporting.contents import round_contents
from tests import factories
from tests.pages import html_of
from tests.sites.calls.applications.build import ANSWERS, open_round, publish_questions, started, submitted
from tests.sites.calls.assessment.build import assessed_round, given, opened
from tests.sites.calls.portfolios.build import decided, released, weighed_round

pytestmark = pytest.mark.django_db


def applicant_of(application: Application, *, is_helper: bool = False) -> Client:
    """The browser of someone who has opened a private link to an application."""
    token = f"link-{application.reference}-{is_helper}"
    application.links.create(email="carers@harbour.example", is_helper=is_helper, token_hash=hashed(token))
    client = Client()
    client.get(f"/application/{token}/")
    return client


def status_page(client: Client, application: Application) -> str:
    return html_of(client.get(f"/rounds/{application.round.slug}/apply/{application.reference}/"))


# --- What applicants learn -----------------------------------------------------------------------
def test_applicants_see_the_outcome_only_after_the_release(staff):
    round, rows = weighed_round(staff, 3)
    client = applicant_of(rows[0])
    decided(staff, rows)
    held = status_page(client, rows[0])
    assert "Our decision" not in held and "Feedback 0." not in held
    deciding.release_decisions(by=staff, round=round, confirmation=round.name)
    told = status_page(client, rows[0])
    assert "Our decision: chosen" in told and "Feedback 0." in told and "For the mix." not in told
    assert "Our decision: not chosen" in status_page(applicant_of(rows[2]), rows[2])
    assert "Our decision" not in status_page(applicant_of(rows[0], is_helper=True), rows[0])


def test_an_applicant_who_was_moved_up_sees_the_day_of_the_newest_letter(staff):
    _round, rows = weighed_round(staff, 3)
    _first, second, _third = released(staff, rows)
    second.sent_letters.update(at=timezone.make_aware(datetime(2022, 3, 1, 12)))
    deciding.move_up(by=staff, decision=second, reason="A place became free.")
    newest = second.sent_letters.latest("at").at
    outcome = deciding.released_outcome(rows[1])
    assert outcome is not None and (outcome.outcome, outcome.told_at) == ("chosen", newest)


def test_no_one_applies_or_changes_anything_once_the_results_are_out(staff, sign_in):
    round, rows = weighed_round(staff, 3)
    client = applicant_of(rows[0])
    decided(staff, rows)
    preview = html_of(sign_in(staff).get(f"/rounds/{round.slug}/decisions/release/"))
    assert "The round is still open" in preview and round.closes_in_words in preview
    deciding.release_decisions(by=staff, round=round, confirmation=round.name)
    told = status_page(client, rows[0])
    assert "The results of this round are out" in told and "submit again" not in told
    with pytest.raises(StateConflict, match="results of this round are out"):
        applications.save_draft(by=SYSTEM, application=rows[0], answers={"money": "99999.00"})
    with pytest.raises(StateConflict, match="results of this round are out"):
        started(round, email="late@harbour.example")
    assert ">Apply<" not in html_of(Client().get(f"/rounds/{round.slug}/"))
    assert "takes no more applications" in html_of(Client().get(f"/rounds/{round.slug}/apply/"))


# --- Ways between the parts ----------------------------------------------------------------------
def tabs_of(page: str) -> list[str]:
    found = re.search(r'aria-label="Parts of this round".*?</nav>', page, re.DOTALL)
    return re.findall(r"<a [^>]*>([^<]+)</a>", found[0]) if found else []


@pytest.mark.parametrize(
    "page",
    [
        *("", "questions/", "clarifications/", "applications/", "assessment/", "assessment/assessors/"),
        *("assessment/criteria/", "assessment/assign/", "assessment/settings/"),
        *("mix/", "portfolios/", "decisions/", "report/"),
    ],
)
def test_every_part_of_a_round_leads_to_every_other(page, staff, sign_in):
    round = open_round()
    found = tabs_of(html_of(sign_in(staff).get(f"/rounds/{round.slug}/{page}")))
    assert found == [
        *("Overview", "Application questions", "Questions and answers", "Applications", "Assessment", "Choosing"),
    ]


def test_leadership_finds_the_figures_of_assessment_and_no_applications(sign_in):
    round = open_round()
    client = sign_in(factories.UserFactory(roles=["leadership"]))
    for page in ("", "assessment/", "mix/"):
        found = tabs_of(html_of(client.get(f"/rounds/{round.slug}/{page}")))
        assert found == ["Overview", "Application questions", "Assessment", "Choosing"], page


# --- The same figures everywhere -----------------------------------------------------------------
def test_decisions_say_why_an_application_is_out_and_whether_a_letter_leaves(staff, sign_in):
    round, rows = weighed_round(staff, 3)
    decided(staff, rows)
    check_eligibility(by=staff, application=rows[1], is_eligible=False, reason="It is outside the UK.")
    address = f"/rounds/{round.slug}/decisions/"
    held = html_of(sign_in(staff).get(address))
    assert "Not eligible. The letter says why" in held and "Submitted. No letter" not in held
    deciding.release_decisions(by=staff, round=round, confirmation=round.name)
    applications.withdraw_application(by=SYSTEM, application=rows[0])
    told = html_of(sign_in(staff).get(address))
    assert re.search(r"Withdrawn\s*<", told) and "Withdrawn. No letter" not in told


def test_the_reports_counts_add_up_to_all_applications(staff):
    round = open_round()
    rows = [submitted(round, organisation_name=f"Group {n}") for n in range(4)]
    check_eligibility(by=staff, application=rows[0], is_eligible=False, reason="It is outside the UK.")
    applications.withdraw_application(by=SYSTEM, application=rows[1])
    counts = {each["label"]: each["number"] for each in round_contents(round)["counts"]}
    found = {label: number for label, number in counts.items() if label.startswith("Applications ")}
    assert found == {
        "Applications that can be chosen": 2,
        "Applications found not eligible": 1,
        "Applications withdrawn": 1,
        "Applications deleted at the applicant's request": 0,
        "Applications begun and not submitted": 0,
    }
    assert sum(found.values()) == Application.objects.filter(round=round).count()


def test_the_report_gives_days_in_uk_time(staff: User):
    round, rows = weighed_round(staff, 3)
    released(staff, rows)
    late = datetime(2022, 6, 30, 23, 30, tzinfo=UTC)  # half past midnight on 1 July in the UK
    Release.objects.filter(round=round).update(at=late)
    Mix.objects.filter(round=round).update(locked_at=late)
    contents = round_contents(round)
    assert (contents["released_on"], contents["locked_on"]) == ("2022-07-01", "2022-07-01")


def test_the_first_page_of_staff_says_how_many_applications_open_rounds_have(staff, sign_in):
    round = open_round(name="Spring round")
    empty = open_round(name="Autumn round")
    closed = open_round(name="Old round", closes_at=timezone.now() - timedelta(hours=1))
    for number in range(2):
        submitted(round, organisation_name=f"Group {number}")
    applications.withdraw_application(by=SYSTEM, application=submitted(round))
    started(round)
    page = html_of(sign_in(staff).get("/"))
    assert "2 applications to Spring round" in page and "1 more is being written." in page
    assert f"/rounds/{round.slug}/applications/" in page and "No applications yet to Autumn round" in page
    assert f"/rounds/{empty.slug}/applications/" in page and closed.name not in page
    assert "to Spring round" not in html_of(sign_in(factories.UserFactory(roles=["leadership"])).get("/"))


# --- Closing times -------------------------------------------------------------------------------
def test_an_applicant_who_may_still_finish_reads_until_when_in_uk_time():
    round = open_round()
    application = submitted(round)
    client = applicant_of(application)
    address = f"/rounds/{round.slug}/apply/{application.reference}/submitted/"
    assert f"submit it again until {round.closes_in_words}" in html_of(client.get(address))
    type(round).objects.filter(pk=round.pk).update(closes_at=clock.now() - timedelta(minutes=5))
    finishing = html_of(client.get(address))
    assert re.search(r"submit until .{8,40} UK time", finishing)
    assert re.search(r"submit it again until .{8,40} UK time", finishing)
    type(round).objects.filter(pk=round.pk).update(
        opens_at=clock.now() - timedelta(days=9), closes_at=clock.now() - timedelta(days=2)
    )
    over = html_of(client.get(address))
    assert "You can change your application" not in over and re.search(r"People\s+read every application", over)


# --- Files of an application ---------------------------------------------------------------------
def with_letter(*, is_blind: bool = False) -> Application:
    """A submitted application with a letter, in a round that asks for one."""
    round = assessed_round(is_blind=is_blind)
    publish_questions(round, with_letter=True)
    application = started(round)
    answers = {**ANSWERS, "topic": round.topics.first().slug, "letter": letter_of(application).pk}
    applications.save_draft(by=SYSTEM, application=application, answers=answers)
    applications.submit_application(by=SYSTEM, application=application)
    application.refresh_from_db()
    return application


def letter_of(application: Application) -> ApplicationFile:
    facts = {"content_type": "text/plain", "size": 8, "sha256": "0" * 64, "added_at": timezone.now()}
    name = default_storage.save("applications/letter.txt", ContentFile(b"contents"))
    return application.files.create(question_key="letter", file=name, name="letter.txt", **facts)


def test_an_assessor_downloads_a_file_of_an_application_they_opened(sign_in):
    application = with_letter()
    row = given(application)
    client, letter = sign_in(row.assessor), application.files.get()
    address = f"/assessing/{row.pk}/files/{letter.pk}/"
    assert client.get(address).status_code == 404  # not opened yet
    scoring.declare_conflict(by=row.assessor, assignment=row, has_conflict=False)
    assert address in html_of(client.get(f"/assessing/{row.pk}/"))
    got = client.get(address)
    assert b"".join(got.streaming_content) == b"contents"
    assert got["Content-Disposition"] == 'attachment; filename="letter.txt"'
    assert got["X-Content-Type-Options"] == "nosniff"
    assert AuditEvent.objects.filter(type="read.application_file", actor_id=row.assessor_id).count() == 1


def test_an_assessor_gets_no_file_that_is_not_part_of_what_they_assess(sign_in):
    application, other = with_letter(), with_letter()
    row = opened(application)
    client, unsent = sign_in(row.assessor), letter_of(application)
    for file in (unsent, other.files.get()):
        assert client.get(f"/assessing/{row.pk}/files/{file.pk}/").status_code == 404
    letter = application.files.first()
    stranger = sign_in(given(other).assessor)
    assert stranger.get(f"/assessing/{row.pk}/files/{letter.pk}/").status_code == 404
    scoring.declare_conflict(by=row.assessor, assignment=row, has_conflict=True, reason="My sister works there.")
    assert client.get(f"/assessing/{row.pk}/files/{letter.pk}/").status_code == 404


def test_files_are_withheld_in_a_round_without_names(sign_in):
    application = with_letter(is_blind=True)
    row = opened(application)
    client, letter = sign_in(row.assessor), application.files.get()
    assert "/files/" not in html_of(client.get(f"/assessing/{row.pk}/"))
    assert client.get(f"/assessing/{row.pk}/files/{letter.pk}/").status_code == 404


def test_once_the_results_are_out_no_one_is_asked_to_assess(staff):
    round, rows = weighed_round(staff, 3)
    AssessmentPlan.objects.update_or_create(round=round, defaults={"due_on": clock.today() - timedelta(days=1)})
    waiting = given(rows[0])
    assert [item["title"] for item in to_assess(waiting.assessor)] and "to come" in str(assessments_to_watch(staff))
    decided(staff, rows)
    deciding.release_decisions(by=staff, round=round, confirmation=round.name)
    assert to_assess(waiting.assessor) == [] and assessments_to_watch(staff) == []
    with pytest.raises(StateConflict, match="closed"):
        scoring.declare_conflict(by=waiting.assessor, assignment=waiting, has_conflict=False)
