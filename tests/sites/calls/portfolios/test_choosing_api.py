"""From the limits of a mix to the award, all over the API: what a script does must be what people do on the pages."""

import pytest

from impact.core.basics import clock
from impact.core.jobs.models import OutboxEmail
from sites.calls.assessment.setup.services import check_eligibility, undo_eligibility
from sites.calls.portfolios.deciding import services as deciding
from sites.calls.portfolios.models import Award, Decision, Enquiry, Letter, Mix, RoundReport, SentLetter
from sites.calls.portfolios.weighing import services as weighing
from sites.progress.delivery.models import Commitment
from sites.registry.models import Site
from tests import factories
from tests.sites.calls.applications.build import open_round, submitted
from tests.sites.calls.portfolios.build import assessed, decided, released, weighed_round

pytestmark = pytest.mark.django_db
JSON = {"content_type": "application/json"}
V1 = "/api/v1"


@pytest.fixture
def api(staff, sign_in):
    return sign_in(staff)


def match(client, address):
    """What a write to ``address`` sends along, after reading it."""
    return {**JSON, "headers": {"If-Match": client.get(address)["ETag"]}}


# --- Limits and the lock -------------------------------------------------------------------------
def test_staff_set_the_limits_and_lock_them(api, leader, sign_in):
    open_round(slug="new")
    address = f"{V1}/mixes/new/"
    found = api.get(address).json()
    assert (found["most"], found["money"], found["locked_at"], found["targets"], found["version"]) == (
        *(None, None, None),
        *(0, 1),
    )
    assert api.patch(address, {"most": 3}, **JSON).status_code == 428
    sent = match(api, address)
    changed = api.patch(address, {"most": 3}, **sent)
    assert changed.status_code == 200, changed.json()
    assert (changed.json()["most"], changed.json()["money"]) == (3, None)
    assert api.patch(address, {"most": 4}, **sent).status_code == 412
    assert api.patch(address, {"money": "500.50"}, **match(api, address)).json()["most"] == 3  # what is not sent stays
    assert api.post(f"{address}lock/", **sent).status_code == 412
    assert Mix.objects.get().locked_at is None
    locked = api.post(f"{address}lock/", **match(api, address))
    assert locked.status_code == 200 and locked.json()["locked_at"]
    refused = api.patch(address, {"most": 9}, **match(api, address))
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (409, "locked")
    reader = sign_in(leader)
    assert reader.get(address).json()["money"] == "500.50"
    assert reader.post(f"{address}lock/", **JSON).status_code == 403


def test_a_lock_after_an_assessment_says_why(api):
    round = open_round(slug="new")
    assessed(submitted(round), 3)
    api.patch(f"{V1}/mixes/new/", {"most": 1}, **match(api, f"{V1}/mixes/new/"))
    answer = api.post(f"{V1}/mixes/new/lock/", **JSON)
    assert (answer.status_code, answer.json()["errors"][0]["attr"]) == (400, "reason")
    locked = api.post(f"{V1}/mixes/new/lock/", {"reason": "The board met late."}, **JSON).json()
    assert locked["lock_reason"] == "The board met late."


def test_a_suggestion_is_the_one_of_the_page_and_stores_nothing(api, staff):
    round, rows = weighed_round(staff, 4)
    address = f"{V1}/mixes/{round.slug}/suggest/"
    best = api.post(address, {"mixes": 1}, **JSON).json()["mixes"][0]
    assert sorted(best["applications"]) == sorted(row.reference for row in rows[:2])
    assert all(each["is_met"] for each in best["targets"])
    fixed = api.post(address, {"mixes": 1, "picks": [rows[3].reference], "left_out": [rows[1].reference]}, **JSON)
    assert sorted(fixed.json()["mixes"][0]["applications"]) == sorted([rows[0].reference, rows[3].reference])
    strange = api.post(address, {"picks": ["NO-SUCH"]}, **JSON)
    assert strange.status_code == 400 and "NO-SUCH" in strange.json()["errors"][0]["detail"]
    clash = api.post(address, {"left_out": [row.reference for row in rows if row.nation == "wales"]}, **JSON).json()
    assert clash["mixes"] == [] and "Nation: Wales, at least 1" in clash["clash"]
    assert not round.portfolios.exists()
    open_round(slug="unlocked", name="Unlocked")
    assert api.post(f"{V1}/mixes/unlocked/suggest/", **JSON).status_code == 409  # no scores before the lock


# --- Deciding from a portfolio, letters, release -------------------------------------------------
def test_a_portfolio_becomes_decisions_that_are_held(api, staff):
    round, rows = weighed_round(staff, 3)
    portfolio = weighing.add_portfolio(by=staff, round=round, name="Mine", applications=[rows[0].pk])
    address = f"{V1}/portfolios/{portfolio.pk}/decide/"
    assert api.post(address, {"reason_chosen": "The best."}, **JSON).status_code == 400
    body = {"reason_chosen": "The best.", "reason_not_chosen": "No place.", "feedback_not_chosen": "Thank you."}
    assert api.post(address, body, **JSON).status_code == 200
    outcomes = dict(Decision.objects.values_list("application__reference", "outcome"))
    assert outcomes == {rows[0].reference: "chosen", rows[1].reference: "not_chosen", rows[2].reference: "not_chosen"}
    assert not Decision.objects.filter(told_at__isnull=False).exists()


def test_staff_word_a_letter_and_a_strange_placeholder_is_refused_by_its_name(api, leader, sign_in):
    open_round(slug="new")
    address = f"{V1}/releases/new/letters/chosen/"
    usual = api.get(address).json()
    assert usual["is_own"] is False and "{{reference}}" in usual["body"]
    words = {"subject": "Chosen", "body": "Dear {{contact_name}}, {{reference}} was chosen."}
    assert api.put(address, words, **JSON).status_code == 428
    sent = match(api, address)
    strange = api.put(address, {**words, "body": "{{refrence}} {{reference}}"}, **sent)
    assert strange.status_code == 400 and "refrence" in strange.json()["errors"][0]["detail"]
    written = api.put(address, words, **sent)
    assert written.status_code == 200 and written.json()["is_own"] is True
    assert api.put(address, words, **sent).status_code == 412
    assert [row["is_own"] for row in api.get(f"{V1}/releases/new/letters/").json()] == [True, False, False, False]
    assert Letter.objects.get().subject == "Chosen"
    assert api.get(f"{V1}/releases/new/letters/perhaps/").status_code == 404
    assert sign_in(leader).get(address).status_code == 403


def test_everyone_is_told_at_once_and_only_once(api, staff, leader, sign_in):
    round, rows = weighed_round(staff, 3)
    address = f"{V1}/releases/{round.slug}/"
    waiting = api.get(f"{address}readiness/").json()
    assert waiting["is_ready"] is False and sorted(waiting["undecided"]) == sorted(row.reference for row in rows)
    decided(staff, rows)
    ready = api.get(f"{address}readiness/").json()
    assert (ready["is_ready"], ready["letters"], ready["undecided"]) == (True, 3, [])
    first = api.get(f"{address}preview/", {"page_size": 2}).json()
    last = api.get(first["next"]).json()
    assert (len(first["results"]), len(last["results"]), last["next"]) == (2, 1, None)
    letters = {row["application"]: row for row in first["results"] + last["results"]}
    assert "Feedback 2." in letters[rows[2].reference]["body"] and letters[rows[0].reference]["outcome"] == "chosen"
    assert sign_in(leader).post(f"{address}tell-everyone/", {"confirmation": round.name}, **JSON).status_code == 403
    wrong = api.post(f"{address}tell-everyone/", {"confirmation": "Another"}, **JSON)
    assert wrong.status_code == 400 and not SentLetter.objects.exists()
    key = {**JSON, "headers": {"Idempotency-Key": "tell"}}
    told = api.post(f"{address}tell-everyone/", {"confirmation": round.name}, **key)
    assert told.status_code == 200 and told.json()["released_at"] and told.json()["released_by"] == staff.display_name
    assert api.post(f"{address}tell-everyone/", {"confirmation": round.name}, **key)["Idempotency-Replayed"] == "true"
    again = api.post(f"{address}tell-everyone/", {"confirmation": round.name}, **JSON)
    assert (again.status_code, again.json()["errors"][0]["code"]) == (409, "released")
    assert SentLetter.objects.count() == OutboxEmail.objects.filter(subject__contains=round.name).count() == 3


def test_one_found_not_eligible_after_the_release_is_told_why(api, staff):
    round, rows = weighed_round(staff, 3)
    late = submitted(round, organisation_name="Late")
    check_eligibility(by=staff, application=late, is_eligible=False, reason="A mistake.")
    released(staff, rows)
    undo_eligibility(by=staff, application=late)
    check_eligibility(by=staff, application=late, is_eligible=False, reason="No site.")
    address = f"{V1}/releases/{round.slug}/tell-why/"
    assert api.post(address, {"application": late.reference}, **JSON).status_code == 200
    assert "No site." in OutboxEmail.objects.latest("pk").body
    assert api.post(address, {"application": late.reference}, **JSON).json()["errors"][0]["code"] == "told"
    assert api.post(address, {"application": "NO-SUCH"}, **JSON).status_code == 400


# --- Questions and appeals -----------------------------------------------------------------------
def test_an_appeal_is_noted_answered_and_found_again(api, staff, leader, sign_in):
    round, rows = weighed_round(staff, 3)
    held = deciding.decide(by=staff, application=rows[0], outcome="chosen", reason="The best.")
    address = f"{V1}/enquiries/"
    body = {
        "application": rows[0].reference,
        "kind": "appeal",
        "received_on": clock.today().isoformat(),
        "text": "We disagree.",
    }
    assert api.post(address, body, **JSON).json()["errors"][0]["code"] == "held"
    held.delete()
    released(staff, rows)
    made = api.post(address, body, **JSON)
    assert made.status_code == 201, made.json()
    assert api.post(address, {**body, "received_on": "2099-01-01"}, **JSON).status_code == 400
    one = f"{address}{made.json()['id']}/"
    half = api.patch(one, {"answer": "We looked again."}, **match(api, one))
    assert (half.status_code, half.json()["errors"][0]["attr"]) == (400, "answered_on")
    answer = {"answer": "We looked again.", "answered_on": clock.today().isoformat()}
    sent = match(api, one)
    assert api.patch(one, answer, **sent).json()["answer"] == "We looked again."
    assert api.patch(one, {"text": "Other"}, **sent).status_code == 412
    reader = sign_in(leader)
    where = f"{address}?round={round.slug}&kind=appeal"
    assert [row["application"] for row in reader.get(f"{where}&answered=true").json()["results"]] == [rows[0].reference]
    assert reader.get(f"{where}&answered=false").json()["results"] == []
    assert reader.post(address, body, **JSON).status_code == 403
    for role in ("assessor", "administrator", "api_client"):
        other = sign_in(factories.UserFactory(roles=[role]))
        assert other.get(address).json()["results"] == [] and other.get(one).status_code == 404
    assert Enquiry.objects.count() == 1


# --- Awards --------------------------------------------------------------------------------------
def test_an_award_copies_the_application_and_what_was_sent_instead(api, staff):
    _round, rows = weighed_round(staff, 3)
    chosen = released(staff, rows)[0]
    address = f"{V1}/decisions/{chosen.pk}/award/"
    body = {"name": "Our site", "money": "9000.00", "in_kind": "A coach", "centre": ["A coach for a year."]}
    key = {**JSON, "headers": {"Idempotency-Key": "award"}}
    made = api.post(address, body, **key)
    assert made.status_code == 201, made.json()
    site = Site.objects.get(slug=made.json()["site"])
    assert made.json()["award"] == {"on": clock.today().isoformat(), "money": "9000.00", "in_kind": "A coach"}
    assert (site.name, site.host.name, site.topic) == ("Our site", "Group 1", rows[0].topic)
    assert [row.nation for row in site.nations.all()] == ["wales"]
    promises = set(Commitment.objects.filter(site=site).values_list("side", "text"))
    assert ("centre", "A coach for a year.") in promises and any(side == "host" for side, _text in promises)
    assert api.post(address, body, **key)["Idempotency-Replayed"] == "true"
    again = api.post(address, body, **JSON)
    assert (again.status_code, again.json()["errors"][0]["code"]) == (409, "awarded")
    assert Award.objects.count() == 1


def test_only_what_was_chosen_and_told_becomes_a_site(api, staff, leader, sign_in):
    _round, rows = weighed_round(staff, 3)
    chosen, reserve, _other = decided(staff, rows)
    assert api.post(f"{V1}/decisions/{chosen.pk}/award/", **JSON).status_code == 409
    deciding.release_decisions(by=staff, round=rows[0].round, confirmation=rows[0].round.name)
    assert api.post(f"{V1}/decisions/{reserve.pk}/award/", **JSON).status_code == 409
    assert sign_in(leader).post(f"{V1}/decisions/{chosen.pk}/award/", **JSON).status_code == 403
    rows[0].__class__.objects.filter(pk=rows[0].pk).update(topic=None)
    missing = api.post(f"{V1}/decisions/{chosen.pk}/award/", **JSON)
    assert (missing.status_code, missing.json()["errors"][0]["attr"]) == (400, "topic")
    assert not Award.objects.exists()


# --- The report ----------------------------------------------------------------------------------
def test_leadership_asks_for_the_report_of_a_round_and_reads_what_it_says(staff, leader, sign_in):
    round, rows = weighed_round(staff, 3)
    decided(staff, rows)
    client = sign_in(leader)
    made = client.post(f"{V1}/round-reports/", {"round": round.slug}, **JSON)
    assert made.status_code == 201, made.json()
    assert (made.json()["is_ready"], made.json()["download_url"]) == (False, None)
    one = f"{V1}/round-reports/{made.json()['id']}/"
    says = client.get(f"{one}contents/").json()
    assert says["round"] == round.name and {row["label"]: row["count"] for row in says["outcomes"]}["Chosen"] == 1
    assert client.get(f"{one}content/").status_code == 404
    assert client.post(f"{V1}/round-reports/", {"round": round.slug}, **JSON).json()["id"] == made.json()["id"]
    assert RoundReport.objects.count() == 1
    other = sign_in(factories.UserFactory(roles=["assessor"]))
    assert other.get(f"{one}contents/").status_code == 404
