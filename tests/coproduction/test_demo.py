"""The demonstration's charter and register: built once, through the services, on the days they tell of."""

import re
from datetime import date
from pathlib import Path

import pytest

import coproduction.management.demo.estate
from coproduction.agreement.models import AgreementRound, Position
from coproduction.charter.models import Charter, CharterVersion
from coproduction.claims.models import Claim, ClaimStep, PaymentBatch
from coproduction.group.attention import attention_for
from coproduction.involvements.models import Involvement
from coproduction.involvements.taking_part.because import because_of
from coproduction.reflections.models import Reflection, ReflectionAnswer
from coproduction.suggestions.models import Suggestion
from coproduction.waypoints.answers.models import WaypointAnswer
from coproduction.waypoints.models import Waypoint
from impact.core.access.models import AuditEvent
from impact.core.management import demo as core_demo
from tests import factories

STANDS = {"DEMO": True, "DEMO_TODAY": date(2023, 1, 16)}


@pytest.fixture(scope="module")
def demonstration(one_for_the_file):
    """The demonstration's accounts and a ten-member advisory group, as the apps before this one leave them."""
    with one_for_the_file(**STANDS):
        accounts = core_demo.build()
        group = factories.AdvisoryGroupFactory(slug="advisory-group")
        people = [factories.PersonFactory() for _n in range(8)]
        people += [factories.PersonFactory(name="Ivy Field", is_illustrative=True), accounts["member"].person]
        for person in people:
            factories.MembershipFactory(group=group, person=person, starts_on=date(2022, 3, 1))
        for slug in ("mid-and-east-antrim", "direct-payments-bme"):
            factories.SiteFactory(slug=slug)
        for nation in ("england", "scotland", "wales"):
            local = factories.GroupFactory(slug=f"choice-and-control-{nation}")
            person = accounts[f"coordinator.{nation}"].person
            factories.MembershipFactory(group=local, person=person, role="coordinator", starts_on=date(2022, 3, 1))
        coproduction.management.demo.estate.build(accounts)
        yield accounts


@pytest.fixture
def accounts(demonstration, db, settings):
    settings.DEMO, settings.DEMO_TODAY = STANDS.values()
    return demonstration


def counts():
    models = (Charter, CharterVersion, Suggestion, AgreementRound, Position, Waypoint, Involvement, AuditEvent)
    return [model.objects.count() for model in models]


def test_building_twice_changes_nothing(accounts):
    before = counts()
    coproduction.management.demo.estate.build(accounts)
    assert counts() == before
    assert before[:7] == [1, 4, 14, 4, 25, 6, 10]


def test_the_charter_went_from_a_draft_to_an_agreed_text_and_a_new_one_is_out(accounts):
    charter = Charter.objects.get()
    assert charter.is_illustrative
    assert list(charter.versions.order_by("number", "correction").values_list("status", flat=True)) == [
        "withdrawn",
        "superseded",
        "agreed",
        "proposed",
    ]
    second = charter.agreed_version
    tally = second.agreement_rounds.get().tally()
    assert (tally.members, tally.agree, tally.reservation, tally.stand_aside, tally.object) == (10, 8, 1, 1, 0)
    assert second.agreement_rounds.get().positions.in_force().filter(is_late=True).count() == 1
    third = charter.versions.get(status="proposed").agreement_rounds.get()
    assert third.closes_on.isoformat() == "2023-01-31" and third.tally().answered == 4


def test_every_answer_but_two_is_given_and_they_differ(accounts):
    assert Suggestion.objects.waiting().count() == 2
    assert set(Suggestion.objects.values_list("status", flat=True)) == {
        *("waiting", "taken_up", "adapted", "not_now", "merged")
    }
    assert Suggestion.with_drafts.drafts_of(accounts["member"]).count() == 1
    assert Suggestion.objects.filter(status="taken_up", taken_in__isnull=True).count() == 0


def test_waypoints_ended_both_ways_and_one_is_overdue(accounts):
    assert set(Waypoint.objects.exclude(held_on=None).values_list("outcome", flat=True)) == {"new_version", "no_change"}
    assert Waypoint.objects.overdue().get().due_on.isoformat() == "2023-01-13"


def test_one_waypoint_is_open_and_answers_are_private_or_shared(accounts):
    assert Waypoint.objects.open().get().title == "Working together online"
    assert set(WaypointAnswer.objects.values_list("is_shared", flat=True)) == {True, False}
    own = WaypointAnswer.objects.of(accounts["member"]).get()
    assert not own.is_shared and not WaypointAnswer.objects.visible_to(accounts["engagement"]).filter(pk=own.pk)
    assert "End of our first year" in [row["title"] for row in because_of(accounts["member"])]


def test_involvements_have_real_askers_and_one_answer_is_overdue(accounts):
    assert Involvement.objects.filter(site__isnull=False).count() == 2
    assert Involvement.objects.exclude(workstream="").count() == 8
    assert Involvement.objects.overdue().get().title == "Telling other teams what we have learned"
    assert Involvement.objects.public().count() == 2 and Involvement.objects.filter(is_development=True).count() == 1


def test_the_register_holds_every_state(accounts):
    rows = list(Involvement.objects.all())
    assert {row.step for row in rows} == {"asked", "said", "settled"}
    assert {row.outcome for row in rows} == set(Involvement.Outcome.values)
    assert sum(row.is_good_practice for row in rows) >= 3
    assert any(row.is_illustrative for row in rows)


def test_the_member_and_the_engagement_lead_have_something_to_do(accounts):
    assert [item["title"] for item in attention_for(accounts["member"])] == [
        "Say where you stand on version 3 of the charter",
        "Send or delete your draft suggestion",
        "Working together online: say where you think we are",
        "Would you like to take part? Names for the 2023 topics",
        "Put a claim right: Taxi to the January meeting",
        "Answer the offer of paid time: Helping to choose the topics of 2023",
    ]
    titles = " ".join(item["title"] for item in attention_for(accounts["engagement"]))
    assert "Answer 2 suggestions" in titles and "New-year waypoint" in titles
    assert attention_for(accounts["assessor"]) == []


def test_history_is_dated_on_the_days_it_describes(accounts):
    event = AuditEvent.objects.get(type="charter_version.agreed")
    assert event.at.date().isoformat() == "2022-10-13" and event.actor_id == accounts["engagement"].pk


def test_the_words_name_no_real_person():
    folder = Path(coproduction.management.demo.estate.__file__).parent / "data"
    text = "\n".join(path.read_text() for path in sorted(folder.iterdir()) if path.is_file())
    assert "How we work together" in text
    assert not re.search(r"\b(Karen|Amber|Kate|Robin McC|Munpreet|Marie|Jon|Obert|Clenton|Terry|Sarah)\b", text)


def test_there_is_a_claim_in_each_state_and_two_years_of_reflections_and_a_second_building_adds_none(accounts):
    before = [model.objects.count() for model in (Claim, ClaimStep, PaymentBatch, Reflection, ReflectionAnswer)]
    assert set(Claim.objects.values_list("state", flat=True)) == set(Claim.State.values)
    assert Claim.objects.filter(is_illustrative=False).count() == 0
    assert {row.year: (row.is_closed, row.answered) for row in Reflection.objects.all()} == {
        2022: (True, 10),
        2023: (True, 10),
    }
    coproduction.management.demo.estate.build(accounts)
    assert [m.objects.count() for m in (Claim, ClaimStep, PaymentBatch, Reflection, ReflectionAnswer)] == before
