"""The pages of assessors and of staff: what they show, and that what was typed is kept."""

import csv
import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from impact.core.access.permissions import SYSTEM
from impact.core.basics import clock
from sites.calls.applications import services as applications
from sites.calls.assessment.dashboard.progress import totals_of
from sites.calls.assessment.dashboard.views import review_rows
from sites.calls.assessment.models import Assignment, Criterion, EligibilityCheck, RoundAssessor, plan_of
from sites.calls.assessment.moderation.services import note_moderation
from sites.calls.assessment.scoring import services as scoring
from sites.calls.assessment.setup import assignments, services
from sites.calls.assessment.value import is_outlier
from tests import factories
from tests.pages import html_of
from tests.sites.calls.applications.build import submitted
from tests.sites.calls.assessment.build import WORDS, assessed, assessed_round, assessor_of, given, opened, scores_for

pytestmark = pytest.mark.django_db


def form_data(round, *values, **more) -> dict[str, str]:
    """What a browser sends for scores and reasons."""
    data = {}
    for criterion, (value, reason) in scores_for(round, *values).items():
        data |= {f"score-{criterion}": str(value), f"reason-{criterion}": reason}
    return data | more


# --- Assessors -----------------------------------------------------------------------------------
def test_an_assessors_first_page_lists_what_is_left_by_due_date(sign_in):
    late = submitted(assessed_round(due_on=clock.today() - timedelta(days=2)), organisation_name="Late House")
    soon = submitted(assessed_round(due_on=clock.today() + timedelta(days=3)), organisation_name="Soon House")
    row = given(soon)
    given(late, row.assessor)
    html = html_of(sign_in(row.assessor).get("/"))
    assert html.index("Late House") < html.index("Soon House")
    assert "Not opened. Overdue since" in html and "Not opened. Due" in html
    html = html_of(sign_in(row.assessor).get("/assessing/"))
    assert "2 left" in html and html.index("Late House") < html.index("Soon House")


def test_an_assessor_without_applications_is_told_when_they_come(sign_in, assessor, outsider):
    assert "No applications are waiting for you" in html_of(sign_in(assessor).get("/assessing/"))
    assert sign_in(outsider).get("/assessing/").status_code == 404


def test_after_the_conflict_question_the_application_opens_and_a_conflict_closes_it(sign_in):
    application = submitted(assessed_round())
    row = given(application)
    client = sign_in(row.assessor)
    page = f"/assessing/{row.pk}/"
    assert "Choose yes or no" in html_of(client.post(page, {}))
    kept = html_of(client.post(page, {"has_conflict": "yes", "reason": ""}))
    assert "Say in a few words what the conflict is." in kept
    client.post(page, {"has_conflict": "no"})
    assert "We would try a shared diary" in html_of(client.get(page))
    client.post(f"{page}conflict/", {"reason": "I know the chair."})
    assert "You declared a conflict of interest" in html_of(client.get(page))


def test_submitting_goes_to_the_next_application_and_says_when_it_was_the_last(sign_in):
    round = assessed_round()
    first = opened(submitted(round, organisation_name="One"))
    second = opened(submitted(round, organisation_name="Two"), first.assessor)
    client = sign_in(first.assessor)
    answer = client.post(f"/assessing/{first.pk}/", form_data(round, 2, submit="yes", version="1"), follow=True)
    assert answer.redirect_chain[-1][0] == f"/assessing/{second.pk}/"
    assert f"{first.application.reference} is submitted. This is the next one." in html_of(answer)
    answer = client.post(f"/assessing/{second.pk}/", form_data(round, 2, submit="yes", version="1"), follow=True)
    assert answer.redirect_chain[-1][0] == "/assessing/" and "That was the last one." in html_of(answer)


def test_an_incomplete_submission_keeps_what_was_typed_as_a_draft_and_says_what_is_missing(sign_in):
    round = assessed_round()
    row = opened(submitted(round))
    one, two = round.criteria.all()
    data = {f"score-{one.pk}": "3", f"reason-{one.pk}": "Strong.", "submit": "yes", "version": "1"}
    html = html_of(sign_in(row.assessor).post(f"/assessing/{row.pk}/", data))
    assert f"Score for {two.name}: Choose a score." in html and "Give a reason for your score." in html
    assert "Strong." in html and 'name="version" value="2"' in html
    row.assessment.refresh_from_db()
    assert row.assessment.submitted_at is None
    assert row.assessment.scores.get().reason == "Strong."


def test_a_draft_is_saved_while_it_is_written_and_a_second_window_is_told(sign_in):
    round = assessed_round()
    row = opened(submitted(round))
    client, page = sign_in(row.assessor), f"/assessing/{row.pk}/"
    auto = {"headers": {"X-Autosave": "yes"}}
    one = round.criteria.first()
    assert client.post(page, {f"score-{one.pk}": "3", "version": "1"}, **auto).json() == {"version": 2}
    stale = client.post(page, {f"score-{one.pk}": "1", "version": "1"}, **auto)
    assert stale.status_code == 409 and "another window" in stale.json()["error"]
    html = html_of(client.post(page, {f"score-{one.pk}": "1", "draft": "yes", "version": "1"}))
    assert "Someone else saved this while you were writing" in html and "What you wrote" in html
    assert row.assessment.scores.get().value == 3


def test_a_newer_revision_is_marked_and_its_assessor_moves_on(sign_in):
    application = submitted(assessed_round())
    row = assessed(application, 2).assignment
    applications.save_draft(by=SYSTEM, application=application, answers={"place": "Bala"})
    applications.submit_application(by=SYSTEM, application=application)
    client, page = sign_in(row.assessor), f"/assessing/{row.pk}/"
    html = html_of(client.get(page))
    assert "Assessed on revision 1, now 2" in html and "Llanfair" in html
    assert "Assessed on revision 1, now 2" in html_of(client.get("/assessing/"))
    html = html_of(client.post(f"{page}newest/", follow=True))
    assert "This is revision 2 now." in html and "Bala" in html and "Revision 2" in html


def test_after_submitting_an_assessor_sees_the_others_and_writes_to_them(sign_in):
    application = submitted(assessed_round())
    other = assessed(application, 4).assignment.assessor
    row = assessed(application, 1).assignment
    client, page = sign_in(row.assessor), f"/assessing/{row.pk}/"
    html = html_of(client.get(page))
    assert other.display_name in html and "(you)" in html and "Worth a visit." in html
    html = html_of(client.post(f"{page}discuss/", {"words": "**Why** a 4?"}, follow=True))
    assert "<strong>Why</strong> a 4?" in html
    html = html_of(client.post(f"{page}reopen/", follow=True))
    assert "You can change your assessment now." in html and other.display_name not in html


# --- Staff ---------------------------------------------------------------------------------------
def test_the_review_list_says_where_each_application_stands(sign_in, staff):
    round = assessed_round()
    calm, split, new, bad = (submitted(round, organisation_name=name) for name in ("Calm", "Split", "New", "Bad"))
    assessed(calm, 3), assessed(calm, 3), assessed(split, 4), assessed(split, 1)
    opened(new)
    services.check_eligibility(by=staff, application=bad, is_eligible=False, reason="No.")
    client = sign_in(staff)
    url = f"/rounds/{round.slug}/assessment/"
    html = html_of(client.get(url))
    assert "Differs much" in html and "1 assessor missing" in html and "Not eligible" in html
    assert "of 5 assessments submitted" in html
    for step, names in {
        "outlier": {"Split"},
        "unmoderated": {"Split"},
        "complete": {"Calm", "Split"},
        "waiting": {"New"},
        "unassigned": {"New"},
        "unchecked": {"Calm", "Split", "New"},
        "ineligible": {"Bad"},
    }.items():
        shown = html_of(client.get(url, {"step": step}))
        assert {name for name in ("Calm", "Split", "New", "Bad") if f">{name}</span>" in shown} == names, step
    note_moderation(by=staff, application=split, words="Both hold.")
    assert "Differs, moderated" in html_of(client.get(url))
    by_value = html_of(client.get(url, {"sort": "value"}))
    assert by_value.index(">Calm<") < by_value.index(">Split<") < by_value.index(">New<")
    assert html_of(client.get(url, {"assessor": "999999"})).count("<tbody>") <= 1


def test_the_file_of_the_review_list_has_values_and_no_formulas(sign_in, staff):
    round = assessed_round()
    application = submitted(round, organisation_name="=1+1")
    assessed(application, 4), assessed(application, 2)
    answer = sign_in(staff).get(f"/rounds/{round.slug}/assessment/", {"format": "csv"})
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert [(r["Organisation"], r["Value"], r["Lowest"], r["Assessors differ much"]) for r in rows] == [
        ("'=1+1", "75.0", "50.0", "yes")
    ]


def test_the_list_and_the_totals_agree_with_the_one_definition_of_an_outlier(staff):
    round = assessed_round(criteria=1)
    for low in (4, 3, 2):
        application = submitted(round, organisation_name=f"Low {low}")
        assessed(application, 4), assessed(application, low)
    rows = list(review_rows(round))
    assert sum(is_outlier(row.spread) for row in rows) == totals_of(round, plan_of(round)).outliers == 1


def test_the_review_list_makes_the_same_number_of_queries_for_few_and_many(sign_in, staff):
    round = assessed_round()
    client, url = sign_in(staff), f"/rounds/{round.slug}/assessment/"

    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            assert client.get(url).status_code == 200
        return len(found)

    assessed(submitted(round), 3)
    few = queries()
    people = [assessor_of(round).user for _n in range(3)]
    for n in range(8):
        application = submitted(round, organisation_name=f"Organisation {n}")
        for user in people:
            given(application, user)
    assert queries() == few <= 12


def test_an_assessors_list_makes_the_same_number_of_queries_for_few_and_many(sign_in):
    round = assessed_round()
    row = opened(submitted(round))
    client = sign_in(row.assessor)

    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            assert client.get("/assessing/").status_code == 200
            assert client.get("/api/v1/assessments/").status_code == 200
        return len(found)

    queries()  # the first reading begins a copy of the list
    few = queries()
    for n in range(6):
        opened(submitted(round, organisation_name=f"Organisation {n}"), row.assessor)
    assert queries() == few


def test_staff_prepare_a_round_on_the_pages(sign_in, staff):
    round = assessed_round(criteria=0)
    client, base = sign_in(staff), f"/rounds/{round.slug}/assessment/"
    assert "There are no criteria yet" in html_of(client.get(base))
    words = {f"words_{n}": text for n, text in enumerate(WORDS)}
    html = html_of(client.post(f"{base}criteria/new/", {"name": "Real", "weight": "11", **words}))
    assert "less than or equal to 10" in html and 'value="Real"' in html
    client.post(f"{base}criteria/new/", {"name": "Real", "weight": "2", **words})
    criterion = Criterion.objects.get()
    assert "100% of the value" in html_of(client.get(f"{base}criteria/"))
    client.post(f"{base}criteria/{criterion.pk}/edit/", {"name": "Real change", "weight": "2", "version": "1", **words})
    stale = client.post(
        f"{base}criteria/{criterion.pk}/edit/", {"name": "Other", "weight": "2", "version": "1", **words}
    )
    assert stale.status_code == 409 and "Real change" in html_of(stale)
    person = factories.UserFactory(roles=["assessor"])
    body = factories.OrganisationFactory()
    data = {"user": person.pk, "has_lived_experience": "on", "nation": "wales", "most": "5", "tied_to": [body.pk]}
    client.post(f"{base}assessors/new/", data)
    row = RoundAssessor.objects.get()
    assert (row.user, row.most, list(row.tied_to.all())) == (person, 5, [body])
    client.post(f"{base}assessors/{row.pk}/edit/", {"nation": "wales", "most": "9", "version": "1"})
    row.refresh_from_db()
    assert (row.most, row.has_lived_experience, row.tied_to.count()) == (9, False, 0)
    client.post(f"{base}settings/", {"assessors_each": "1", "due_on": "2030-01-31", "is_blind": "on", "version": "1"})
    assert plan_of(round).is_blind and plan_of(round).assessors_each == 1


def test_the_preview_shows_who_would_get_what_and_one_press_assigns(sign_in, staff):
    round = assessed_round(assessors_each=2)
    plain = assessor_of(round)
    application = submitted(round)
    client, url = sign_in(staff), f"/rounds/{round.slug}/assessment/assign/"
    html = html_of(client.get(url))
    assert "No assessor with lived experience takes part in this round." in html
    assert "1 missing" in html and "Make 1 assignment" in html and str(plain) in html
    assert not Assignment.objects.exists()
    stamp = assignments.preview_assignment(round).stamp
    assert "1 assignment made." in html_of(client.post(url, {"stamp": stamp}, follow=True))
    assert "have changed since this preview" in html_of(client.post(url, {"stamp": stamp}, follow=True))
    assert Assignment.objects.get().application == application


def test_an_applications_page_shows_scores_past_applications_and_what_staff_can_do(sign_in, staff):
    older = submitted(assessed_round())
    round = assessed_round()
    application = submitted(round)
    done = assessed(application, 4)
    scoring.reopen_assessment(by=done.assignment.assessor, assignment=done.assignment)
    scoring.submit_assessment(by=done.assignment.assessor, assignment=done.assignment, scores=scores_for(round, 2))
    assessed(application, 0)
    client = sign_in(staff)
    url = f"/rounds/{round.slug}/assessment/applications/{application.reference}/"
    html = html_of(client.get(url))
    assert "Differs much" in html and "100 points" in html and older.reference in html
    client.post(f"{url}moderate/", {"words": "We *asked* both."})
    html = html_of(client.get(url))
    assert "Differs, moderated" in html and "<em>asked</em>" in html and staff.display_name in html
    client.post(f"{url}eligibility/", {"is_eligible": "no", "reason": "Closed since.", "version": "0"})
    assert EligibilityCheck.objects.get().reason == "Closed since."
    assert "Closed since." in html_of(client.get(url))
    client.post(f"{url}eligibility/undo/")
    assert not EligibilityCheck.objects.exists()
    person = assessor_of(round)
    client.post(f"{url}assessors/new/", {"assessor": person.user_id})
    row = Assignment.objects.get(assessor=person.user)
    client.post(f"{url}assessors/{row.pk}/remove/")
    assert not Assignment.objects.filter(pk=row.pk).exists()


def test_staff_remind_assessors_and_close_assessment(sign_in, staff):
    round = assessed_round()
    given(submitted(round))
    client, base = sign_in(staff), f"/rounds/{round.slug}/assessment/"
    assert "1 reminder sent." in html_of(client.post(f"{base}assessors/remind/", follow=True))
    assert "There was no one to remind." in html_of(client.post(f"{base}assessors/remind/", follow=True))
    assert "Assessment is closed." in html_of(client.post(f"{base}close/", follow=True))
    assert "It was closed on" in html_of(client.get(f"{base}settings/"))
    assert "Assessment is open again." in html_of(client.post(f"{base}reopen/", follow=True))


def test_the_first_page_of_staff_tells_of_late_assessments_and_of_assessors_who_differ(sign_in, staff):
    round = assessed_round(due_on=clock.today() - timedelta(days=1))
    application = submitted(round)
    assessed(application, 4), assessed(application, 0), given(application)
    html = html_of(sign_in(staff).get("/"))
    assert "1 assessment to come" in html and "They were due on" in html
    assert "Assessors differ much about 1 application" in html
