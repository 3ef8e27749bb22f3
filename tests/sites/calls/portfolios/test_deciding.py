"""Decisions held, previewed and released together; letters, the reserve list, questions and appeals."""

import threading
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connections

from impact.core.access.permissions import SYSTEM
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.basics.versions import Conflict
from impact.core.jobs.models import OutboxEmail
from sites.calls.applications.intake.changing.erasing import erase_application
from sites.calls.applications.models import Application
from sites.calls.applications.services import withdraw_application
from sites.calls.assessment.models import plan_of
from sites.calls.assessment.setup import services as setup
from sites.calls.assessment.setup.services import check_eligibility, undo_eligibility
from sites.calls.portfolios.deciding import release_views, services
from sites.calls.portfolios.deciding.letters import DEFAULTS, check_words, fill
from sites.calls.portfolios.models import Decision, Release, SentLetter
from sites.calls.portfolios.weighing import services as weighing
from sites.calls.rounds.models import Round
from tests import factories
from tests.pages import html_of
from tests.sites.calls.applications.build import open_round, submitted
from tests.sites.calls.portfolios.build import decided, released, weighed_round

pytestmark = pytest.mark.django_db


def fresh(application):
    return Application.objects.get(pk=application.pk)


def at(round, rest=""):
    return f"/rounds/{round.slug}/decisions/{rest}"


# --- Not eligible --------------------------------------------------------------------------------
def test_those_found_not_eligible_are_told_why_with_the_release_and_once(client, staff):
    round, rows = weighed_round(staff, 3)
    decided(staff, rows)
    odd = submitted(round)
    Application.objects.filter(pk=odd.pk).update(email="odd@example.org")
    check_eligibility(by=staff, application=odd, is_eligible=False, reason="The work would be outside the UK.")
    client.force_login(staff)
    preview = html_of(client.get(at(round, "release/")))
    assert "not eligible" in preview and "The work would be outside the UK." in preview
    assert services.released_outcome(odd) is None, "nobody is told before the release"
    services.release_decisions(by=staff, round=round, confirmation=round.name)
    letter = OutboxEmail.objects.get(to="odd@example.org")
    assert "The work would be outside the UK." in letter.body and odd.reference in letter.body
    outcome = services.released_outcome(fresh(odd))
    assert (outcome.words, outcome.feedback) == ("Not eligible", "The work would be outside the UK.")
    assert OutboxEmail.objects.filter(subject__startswith="Your application to").count() == len(rows) + 1
    page = html_of(client.get(at(round, f"{odd.reference}/")))
    assert "No letter is sent" not in page and "Told on" in page
    with pytest.raises(StateConflict, match="told already"):
        services.tell_not_eligible(by=staff, application=fresh(odd))


def test_one_found_not_eligible_after_the_release_is_told_by_a_button_of_its_own(client, staff):
    round, rows = weighed_round(staff, 3)
    decided(staff, rows)
    odd = submitted(round)
    Application.objects.filter(pk=odd.pk).update(email="odd@example.org")
    check_eligibility(by=staff, application=odd, is_eligible=False, reason="Too late.")
    undo_eligibility(by=staff, application=odd)
    services.decide(by=staff, application=odd, outcome="reserve", reason="Good.")
    check_eligibility(by=staff, application=fresh(odd), is_eligible=False, reason="Too late.")
    with pytest.raises(StateConflict, match="released together"):
        services.tell_not_eligible(by=staff, application=fresh(odd))
    services.release_decisions(by=staff, round=round, confirmation=round.name)
    undo_eligibility(by=staff, application=fresh(odd))
    check_eligibility(by=staff, application=fresh(odd), is_eligible=False, reason="A company.")
    client.force_login(staff)
    assert "Not eligible, and not told yet" in html_of(client.get(at(round)))
    client.post(at(round, f"{odd.reference}/tell-why/"))
    assert "A company." in OutboxEmail.objects.filter(to="odd@example.org").last().body
    assert "not told yet" not in html_of(client.get(at(round)))


def test_an_applicant_who_knows_the_decision_is_not_found_ineligible_afterwards(staff):
    _round, rows = weighed_round(staff, 3)
    released(staff, rows)
    with pytest.raises(StateConflict, match="has been told the decision"):
        check_eligibility(by=staff, application=fresh(rows[0]), is_eligible=False, reason="On second thoughts.")


def test_a_round_whose_results_are_out_is_closed_although_its_time_has_not_come(client, staff):
    round, rows = weighed_round(staff, 3)
    decided(staff, rows)
    assert (round.stage, round.is_open(clock.now())) == ("Open", True)
    assert Round.objects.open_at(clock.now()).exists() and Round.objects.not_closed(clock.now()).exists()
    services.release_decisions(by=staff, round=round, confirmation=round.name)
    round = Round.objects.get()
    assert (round.stage, round.time_left, round.is_open(clock.now())) == ("Closed", "", False)
    assert not Round.objects.open_at(clock.now()).exists() and not Round.objects.not_closed(clock.now()).exists()
    assert round.closes_in_words.startswith(f"{clock.today().day} {clock.today():%B}"), "closed by the results"
    assert "This round has closed" in html_of(client.get(f"/rounds/{round.slug}/"))


# --- Deciding ------------------------------------------------------------------------------------
def test_a_decision_needs_a_person_and_a_reason_and_is_held(staff, leader):
    round = open_round()
    application = submitted(round)
    with pytest.raises(ValidationError, match="Say why"):
        services.decide(by=staff, application=application, outcome="chosen", reason=" ")
    with pytest.raises(PermissionDenied):
        services.decide(by=leader, application=application, outcome="chosen", reason="Why")
    decision = services.decide(by=staff, application=application, outcome="chosen", reason="A strong plan.")
    assert decision.is_held and decision.decided_by == staff
    assert services.released_outcome(application) is None
    assert not OutboxEmail.objects.exists()


def test_reserves_take_the_next_free_place_and_no_place_twice(staff):
    _round, rows = weighed_round(staff, 3)
    places = [
        services.decide(by=staff, application=row, outcome="reserve", reason="Good.").reserve_place for row in rows[:2]
    ]
    assert places == [1, 2]
    with pytest.raises(ValidationError, match="has place 1"):
        services.decide(by=staff, application=rows[2], outcome="reserve", reason="Good.", reserve_place=1)
    assert Decision.objects.count() == 2  # nothing is left of the refused one
    moved = services.decide(by=staff, application=rows[0], outcome="chosen", reason="A place became free.")
    assert moved.reserve_place is None


def test_the_second_of_two_who_decide_sees_both(staff, sign_in):
    round, rows = weighed_round(staff, 1)
    first = services.decide(by=staff, application=rows[0], outcome="chosen", reason="One.")
    services.decide(by=staff, application=rows[0], outcome="chosen", reason="Two.")
    with pytest.raises(Conflict):
        services.decide(by=staff, application=rows[0], outcome="chosen", reason="Three.", expected=first.version)
    data = {"outcome": "not_chosen", "reason": "Mine.", "feedback": "", "reserve_place": "", "version": first.version}
    response = sign_in(staff).post(at(round, f"{rows[0].reference}/"), data)
    page = html_of(response)
    assert response.status_code == 409 and "Two." in page and "Mine." in page


def test_decisions_from_a_portfolio_take_the_common_reason_and_leave_those_that_stand(staff):
    round, rows = weighed_round(staff, 4)
    portfolio = weighing.add_portfolio(by=staff, round=round, name="Mine", applications=[rows[0].pk, rows[1].pk])
    services.decide(by=staff, application=rows[1], outcome="reserve", reason="By hand.")
    withdraw_application(by=SYSTEM, application=rows[3])
    made = services.decide_from_portfolio(
        by=staff,
        portfolio=portfolio,
        reason_chosen="The best mix.",
        reason_not_chosen="Others fit better.",
        feedback_not_chosen="Tell us more.",
    )
    assert made == (1, 1)
    found = {row.application_id: (row.outcome, row.reason, row.feedback) for row in Decision.objects.all()}
    assert found == {
        rows[0].pk: ("chosen", "The best mix.", ""),
        rows[1].pk: ("reserve", "By hand.", ""),
        rows[2].pk: ("not_chosen", "Others fit better.", "Tell us more."),
    }


def test_staff_begin_from_a_portfolio_and_change_single_decisions_on_the_page(staff, sign_in):
    round, rows = weighed_round(staff, 3)
    portfolio = weighing.add_portfolio(by=staff, round=round, name="Mine", applications=[rows[0].pk])
    client = sign_in(staff)
    assert "Decide from a portfolio" in html_of(client.get(at(round)))
    page = html_of(client.post(at(round, "begin/"), {"portfolio": portfolio.pk, "reason_chosen": ""}))
    assert "Enter an answer" in page
    data = {
        "portfolio": portfolio.pk,
        "reason_chosen": "The mix.",
        "reason_not_chosen": "No room.",
        "feedback_not_chosen": "",
    }
    client.post(at(round, "begin/"), data)
    page = html_of(client.get(at(round)))
    assert "Chosen,1" in page.replace(" ", "") and "Only staff and leadership can see this" in page
    version = Decision.objects.get(application=rows[1]).version
    data = {"outcome": "reserve", "reserve_place": "", "reason": "Next in line.", "feedback": "", "version": version}
    client.post(at(round, f"{rows[1].reference}/"), data)
    assert Decision.objects.get(application=rows[1]).reserve_place == 1
    client.post(at(round, f"{rows[2].reference}/take-back/"), {"version": 1})
    assert "No decision yet" in html_of(client.get(at(round)))


def test_held_decisions_are_for_staff_and_leadership_alone(staff, leader, sign_in):
    round, rows = weighed_round(staff, 3)
    decided(staff, rows)
    page = html_of(sign_in(leader).get(at(round)))
    assert "Group 1" in page and "For the mix." in page and "Make it a site" not in page
    for role in ("assessor", "api_client", "administrator"):
        client = sign_in(factories.UserFactory(roles=[role]))
        for address in (at(round), at(round, f"{rows[0].reference}/"), at(round, "release/")):
            assert client.get(address).status_code == 404, (role, address)
        assert "For the mix." not in html_of(client.get(f"/rounds/{round.slug}/"))
    assert sign_in(leader).get(at(round, "release/")).status_code == 403  # letters name people
    assert "carers@harbour.example" not in html_of(sign_in(leader).get(at(round, f"{rows[0].reference}/")))


# --- Letters -------------------------------------------------------------------------------------
@pytest.mark.parametrize("outcome", Decision.Outcome.values)
def test_the_usual_letters_use_only_known_placeholders(outcome):
    for text in DEFAULTS[outcome]:
        check_words(text)
    assert "{{reference}}" in DEFAULTS[outcome][1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Dear {{name}}", "no placeholder called name"),
        ("{{reference", "not closed"),
        ("reference}}", "not closed"),
        ("{{}}", "empty"),
    ],
)
def test_an_unknown_placeholder_is_refused_by_its_name(text, message):
    with pytest.raises(ValidationError, match=message):
        check_words(text)


def test_what_applicants_wrote_is_never_read_as_a_template():
    values = {"organisation": "{{feedback}}", "feedback": "Secret", "reference": "", "round": "", "contact_name": ""}
    assert fill("To {{ organisation }}", values) == "To {{feedback}}"


def test_staff_word_a_letter_and_a_mistake_keeps_what_was_typed(staff, sign_in):
    round = open_round()
    client = sign_in(staff)
    page = html_of(
        client.post(at(round, "letters/chosen/"), {"subject": "Good news", "body": "Dear {{nmae}}", "version": 1})
    )
    assert "There is no placeholder called nmae." in page and "Dear {{nmae}}" in page
    page = html_of(
        client.post(at(round, "letters/chosen/"), {"subject": "Good news", "body": "Dear you", "version": 1})
    )
    assert "Put {{reference}} into the letter" in page
    client.post(at(round, "letters/chosen/"), {"subject": "Good news", "body": "Ref {{reference}}", "version": 1})
    assert services.letter_for(round, "chosen").body == "Ref {{reference}}\n"
    response = client.post(at(round, "letters/chosen/"), {"subject": "Late", "body": "{{reference}}!", "version": 9})
    assert response.status_code == 409
    assert client.get(at(round, "letters/other/")).status_code == 404


# --- The release ---------------------------------------------------------------------------------
def test_every_applicant_gets_exactly_one_letter_however_often_the_button_is_pressed(staff, sign_in):
    round, rows = weighed_round(staff, 3)
    for number, row in enumerate(rows):
        Application.objects.filter(pk=row.pk).update(email=f"group{number}@example.org", contact_name=f"Chair {number}")
    decided(staff, rows)
    client = sign_in(staff)
    page = html_of(client.get(at(round, "release/")))
    assert "Dear Chair 2" in page and "Feedback 2." in page  # every letter can be read before
    assert "Type the name of the round exactly" in html_of(client.post(at(round, "release/"), {"confirmation": "no"}))
    for _press in range(2):
        client.post(at(round, "release/"), {"confirmation": round.name})
    assert sorted(OutboxEmail.objects.values_list("to", flat=True)) == [f"group{n}@example.org" for n in range(3)]
    assert SentLetter.objects.count() == 3 and Release.objects.count() == 1
    with pytest.raises(StateConflict, match="released already"):
        services.release_decisions(by=staff, round=round, confirmation=round.name)
    outcome = services.released_outcome(rows[2])
    assert outcome is not None and (outcome.outcome, outcome.feedback) == ("not_chosen", "Feedback 2.")
    letter = OutboxEmail.objects.get(to="group0@example.org")
    assert rows[0].reference in letter.body and "was chosen" in letter.subject


def test_a_release_waits_for_every_decision_and_for_feedback(staff):
    round, rows = weighed_round(staff, 2)
    services.decide(by=staff, application=rows[0], outcome="not_chosen", reason="No room.")
    with pytest.raises(StateConflict, match=f"No decision yet about {rows[1].reference}"):
        services.release_decisions(by=staff, round=round, confirmation=round.name)
    services.decide(by=staff, application=rows[1], outcome="chosen", reason="Best.")
    with pytest.raises(StateConflict, match=f"No feedback yet for {rows[0].reference}"):
        services.release_decisions(by=staff, round=round, confirmation=round.name)
    assert not OutboxEmail.objects.exists() and not Release.objects.exists()


def test_an_application_withdrawn_after_the_decision_gets_no_letter(staff):
    round, rows = weighed_round(staff, 3)
    decided(staff, rows)
    withdraw_application(by=SYSTEM, application=rows[0])
    now = services.readiness(round)
    assert [row.application for row in now.gone] == [rows[0]] and now.is_ready
    services.release_decisions(by=staff, round=round, confirmation=round.name)
    assert SentLetter.objects.count() == 2
    assert services.released_outcome(rows[0]) is None


def test_an_erased_application_gets_no_letter_and_stops_nothing(staff):
    round, rows = weighed_round(staff, 3)
    decided(staff, rows)
    erase_application(by=staff, application=rows[2], reference=rows[2].reference, asked_on=clock.today())
    services.release_decisions(by=staff, round=round, confirmation=round.name)
    assert set(SentLetter.objects.values_list("decision__application", flat=True)) == {rows[0].pk, rows[1].pk}


def test_a_letter_without_an_email_address_is_for_the_post(staff, sign_in):
    round, rows = weighed_round(staff, 1)
    Application.objects.filter(pk=rows[0].pk).update(email="")
    services.decide(by=staff, application=rows[0], outcome="chosen", reason="Best.")
    client = sign_in(staff)
    page = html_of(client.post(at(round, "release/"), {"confirmation": round.name}, follow=True))
    assert "0 letters go out by email. 1 have no email address" in page
    assert SentLetter.objects.get().is_by_post and not OutboxEmail.objects.exists()


def test_after_the_release_no_decision_changes_and_the_round_cannot_be_released_again(staff):
    _round, rows = weighed_round(staff, 3)
    found = released(staff, rows)
    with pytest.raises(StateConflict, match="cannot be changed"):
        services.decide(by=staff, application=rows[0], outcome="not_chosen", reason="Second thoughts.")
    with pytest.raises(StateConflict, match="cannot be taken back"):
        services.take_back(by=staff, decision=found[0])


def test_what_comes_into_the_running_after_the_release_is_decided_and_told_by_itself(staff, sign_in):
    """One that was found not eligible by mistake is told later, and those who were told get no second letter."""
    round, rows = weighed_round(staff, 2)
    late = submitted(round, organisation_name="Late group")
    check_eligibility(by=staff, application=late, is_eligible=False, reason="It is outside the UK.")
    released(staff, rows)
    undo_eligibility(by=staff, application=late)
    before = SentLetter.objects.count()
    with pytest.raises(StateConflict, match="released already"):
        services.release_decisions(by=staff, round=round, confirmation=round.name)
    decision = services.decide(by=staff, application=late, outcome="not_chosen", reason="Too late.")
    with pytest.raises(StateConflict, match="Write feedback first"):
        services.tell(by=staff, decision=decision)
    services.decide(by=staff, application=late, outcome="not_chosen", reason="Too late.", feedback="Next time.")
    client = sign_in(staff)
    assert "Send the letter" in html_of(client.get(at(round, f"{late.reference}/")))
    for _press in range(2):
        client.post(at(round, f"{late.reference}/tell/"))
    assert SentLetter.objects.count() == before + 1
    assert services.released_outcome(late) is not None


def test_a_reserve_is_moved_up_once_with_a_new_letter(staff, sign_in):
    round, rows = weighed_round(staff, 3)
    found = released(staff, rows)
    client = sign_in(staff)
    address = at(round, f"{rows[1].reference}/move-up/")
    assert "Enter an answer" in html_of(client.post(address, {"reason": " ", "version": 1}))
    version = found[1].version
    for _press in range(2):
        client.post(address, {"reason": "Group 1 found other money.", "version": version})
    moved = Decision.objects.get(pk=found[1].pk)
    assert (moved.outcome, moved.reserve_place) == ("chosen", None)
    assert list(moved.sent_letters.values_list("outcome", flat=True)) == ["reserve", "chosen"]
    assert OutboxEmail.objects.filter(subject__contains="was chosen").count() == 2  # the first, and this one
    with pytest.raises(StateConflict):
        services.move_up(by=staff, decision=found[2], reason="No.")


@pytest.mark.postgresql_only
@pytest.mark.django_db(transaction=True)
def test_two_people_who_release_at_the_same_moment_send_one_letter_each(staff):
    round, rows = weighed_round(staff, 4)
    decided(staff, rows)
    start = threading.Barrier(2)
    refused: list[str] = []

    def press() -> None:
        start.wait(10)
        try:
            services.release_decisions(by=staff, round=round, confirmation=round.name)
        except StateConflict as error:
            refused.append(str(error.state))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=press) for _n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert refused == ["released"]
    assert SentLetter.objects.count() == OutboxEmail.objects.count() == 4


# --- Questions and appeals -----------------------------------------------------------------------
def test_a_question_is_noted_and_answered_with_its_dates(staff, sign_in):
    round, rows = weighed_round(staff, 3)
    found = released(staff, rows)
    client = sign_in(staff)
    today = clock.today()
    address = at(round, f"{rows[2].reference}/enquiries/")
    data = {"kind": "appeal", "received_on": today.isoformat(), "text": "Please look again.", "version": ""}
    client.post(f"{address}new/", data)
    enquiry = found[2].enquiries.get()
    page = html_of(client.get(found[2].get_absolute_url()))
    assert "Please look again." in page and "Not answered yet." in page
    early = {**data, "answer": "We did.", "answered_on": (today - timedelta(days=3)).isoformat(), "version": 1}
    assert "This is before it was received" in html_of(client.post(f"{address}{enquiry.pk}/", early))
    assert "Enter both" in html_of(client.post(f"{address}{enquiry.pk}/", {**data, "answer": "We did.", "version": 1}))
    client.post(f"{address}{enquiry.pk}/", {**early, "answered_on": today.isoformat()})
    assert "We did." in html_of(client.get(found[2].get_absolute_url()))


def test_there_are_no_questions_about_a_decision_that_is_held(staff):
    _round, rows = weighed_round(staff, 1)
    decision = services.decide(by=staff, application=rows[0], outcome="chosen", reason="Best.")
    with pytest.raises(StateConflict, match="does not know"):
        services.note_enquiry(by=staff, decision=decision, kind="question", received_on=clock.today(), text="Why?")


# --- Assessment, and many letters ----------------------------------------------------------------
def test_the_release_closes_assessment_and_its_page_shows_letters_a_page_at_a_time(client, staff, monkeypatch):
    """Nothing that was told is assessed on; one that waits for a decision of its own still can be."""
    monkeypatch.setattr(release_views, "ON_A_PAGE", 2)
    round, rows = weighed_round(staff, 3)
    decided(staff, rows[:2])
    odd = rows[2]
    check_eligibility(by=staff, application=odd, is_eligible=False, reason="Outside the UK.")
    client.force_login(staff)
    shown = [html_of(client.get(at(round, "release/"), {"page": page})) for page in (1, 2)]
    assert [page.count("govuk-details__summary-text") for page in shown] == [2, 1]
    assert all("3 letters will leave at once" in page for page in shown)
    if plan_of(round).closed_at:
        setup.reopen_assessment(by=staff, round=round)
    services.release_decisions(by=staff, round=round, confirmation=round.name)
    assert plan_of(round).closed_at is not None
    with pytest.raises(StateConflict, match="nothing is left to assess"):
        setup.reopen_assessment(by=staff, round=Round.objects.get(pk=round.pk))
    undo_eligibility(by=staff, application=fresh(odd))  # a mistake: this one has yet to be decided
    assert setup.reopen_assessment(by=staff, round=Round.objects.get(pk=round.pk)).closed_at is None
