"""Portfolios over the API: read by staff and leadership, written by staff, as on the pages."""

import pytest

from impact.core.access.permissions import SYSTEM
from sites.calls.applications.services import withdraw_application
from sites.calls.portfolios.deciding import services as deciding
from sites.calls.portfolios.models import Decision, Portfolio
from sites.calls.portfolios.weighing import services
from tests import factories
from tests.sites.calls.applications.build import open_round, submitted
from tests.sites.calls.portfolios.build import assessed, decided, weighed_round

pytestmark = pytest.mark.django_db
LIST = "/api/v1/portfolios/"
JSON = "application/json"


def test_staff_save_change_and_remove_a_portfolio(staff, sign_in):
    round, rows = weighed_round(staff, 3)
    client = sign_in(staff)
    body = {"round": round.slug, "name": "Mine", "applications": [rows[0].reference]}
    answer = client.post(LIST, body, content_type=JSON)
    assert answer.status_code == 201, answer.json()
    made = answer.json()
    assert made["applications"] == [rows[0].reference] and made["made_by"] == staff.display_name
    address = f"{LIST}{made['id']}/"
    change = {"applications": [row.reference for row in rows[1:]]}
    assert client.patch(address, change, content_type=JSON).status_code == 428
    tag = client.get(address)["ETag"]
    answer = client.patch(address, change, content_type=JSON, headers={"If-Match": tag})
    assert sorted(answer.json()["applications"]) == sorted(row.reference for row in rows[1:])
    assert client.patch(address, {"name": "X"}, content_type=JSON, headers={"If-Match": tag}).status_code == 412
    assert client.delete(address, headers={"If-Match": answer["ETag"]}).status_code == 204
    assert not Portfolio.objects.exists()


def test_an_application_that_cannot_be_chosen_is_named(staff, sign_in):
    round, rows = weighed_round(staff, 2)
    withdraw_application(by=SYSTEM, application=rows[0])
    body = {"round": round.slug, "name": "Mine", "applications": [rows[0].reference, rows[1].reference]}
    answer = sign_in(staff).post(LIST, body, content_type=JSON)
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert (
        error["attr"] == "applications"
        and rows[0].reference in error["detail"]
        and rows[1].reference not in error["detail"]
    )


def test_leadership_reads_and_others_see_nothing(staff, leader, sign_in):
    round, rows = weighed_round(staff, 2)
    portfolio = services.add_portfolio(by=staff, round=round, name="Mine", applications=[rows[0].pk])
    client = sign_in(leader)
    assert [row["name"] for row in client.get(LIST).json()["results"]] == ["Mine"]
    assert client.get(f"{LIST}?round={round.slug}").json()["results"]
    assert not client.get(f"{LIST}?round=none").json()["results"]
    assert client.post(LIST, {"round": round.slug, "name": "X"}, content_type=JSON).status_code == 403
    for role in ("assessor", "administrator", "api_client"):
        other = sign_in(factories.UserFactory(roles=[role]))
        assert other.get(LIST).json()["results"] == []
        assert other.get(f"{LIST}{portfolio.pk}/").status_code == 404
        assert other.get(f"{LIST}{portfolio.pk}/mix/").status_code == 404


def test_the_mix_has_the_figures_of_the_page_and_no_value_before_the_lock(staff, sign_in):
    round, rows = weighed_round(staff, 3)
    portfolio = services.add_portfolio(by=staff, round=round, name="Mine", applications=[row.pk for row in rows])
    mix = sign_in(staff).get(f"{LIST}{portfolio.pk}/mix/").json()
    assert (mix["count"], mix["money"], mix["value"]) == (3, "30000.00", 225.0)
    assert [(each["target"], each["is_met"]) for each in mix["targets"]] == [
        ("Places, at most 2", False),
        ("Money, at most £30,000", True),
        ("Nation: Wales, at least 1", True),
    ]
    assert {"trait": "nation:scotland", "count": 1} in mix["spread"]
    other = open_round(name="Another", slug="another")
    application = submitted(other)
    assessed(application, 4)
    portfolio = services.add_portfolio(by=staff, round=other, name="Early", applications=[application.pk])
    early = sign_in(staff).get(f"{LIST}{portfolio.pk}/mix/").json()
    assert early["value"] is None and early["not_assessed"] is None and early["count"] == 1


# --- Targets -------------------------------------------------------------------------------------
TARGETS = "/api/v1/targets/"


def test_targets_are_set_over_the_api_until_they_are_locked(staff, leader, sign_in):
    round = open_round(slug="new")
    client = sign_in(staff)
    body = {"round": "new", "trait": "nation:wales", "bound": "at_least", "number": 2}
    made = client.post(TARGETS, body, content_type=JSON)
    assert made.status_code == 201 and made.json()["trait"] == "nation:wales" and made.json()["is_locked"] is False
    assert client.post(TARGETS, {**body, "trait": "nation:mars"}, content_type=JSON).status_code == 400
    assert [row["number"] for row in sign_in(leader).get(f"{TARGETS}?round=new").json()["results"]] == [2]
    assert sign_in(leader).post(TARGETS, body, content_type=JSON).status_code == 403
    address = f"{TARGETS}{made.json()['id']}/"
    tag = client.get(address)["ETag"]
    services.lock_mix(by=staff, round=round)
    answer = client.delete(address, headers={"If-Match": "*"})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "locked")
    assert client.delete(address, headers={"If-Match": tag}).status_code == 412  # it says now that it is locked


# --- Decisions -----------------------------------------------------------------------------------
DECISIONS = "/api/v1/decisions/"


def test_staff_decide_change_and_take_back_over_the_api(staff, sign_in):
    _round, rows = weighed_round(staff, 3)
    client = sign_in(staff)
    body = {"application": rows[0].reference, "outcome": "chosen", "reason": "The best."}
    answer = client.post(DECISIONS, body, content_type=JSON)
    assert answer.status_code == 201, answer.json()
    made = answer.json()
    assert (made["outcome"], made["told_at"], made["decided_by"]) == ("chosen", None, staff.display_name)
    assert client.post(DECISIONS, body, content_type=JSON).json()["errors"][0]["code"] == "decided"
    assert client.post(DECISIONS, {**body, "reason": ""}, content_type=JSON).status_code == 400
    address = f"{DECISIONS}{made['id']}/"
    assert client.patch(address, {"outcome": "reserve"}, content_type=JSON).status_code == 428
    changed = client.patch(
        address, {"outcome": "reserve"}, content_type=JSON, headers={"If-Match": client.get(address)["ETag"]}
    ).json()
    assert (changed["outcome"], changed["reserve_place"], changed["reason"]) == ("reserve", 1, "The best.")
    assert client.delete(address, headers={"If-Match": client.get(address)["ETag"]}).status_code == 204
    assert not Decision.objects.exists()


def test_a_decision_that_is_known_is_changed_only_by_moving_up(staff, sign_in):
    round, rows = weighed_round(staff, 3)
    _chosen, reserve, _other = decided(staff, rows)
    deciding.release_decisions(by=staff, round=round, confirmation=round.name)
    client, address = sign_in(staff), f"{DECISIONS}{reserve.pk}/"
    sent = {"content_type": JSON, "headers": {"If-Match": "*"}}
    for answer in (client.patch(address, {"reason": "New."}, **sent), client.delete(address, **sent)):
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "told")
    assert client.post(f"{address}tell/", content_type=JSON).status_code == 409
    moved = client.post(f"{address}move-up/", {"reason": "A place became free."}, content_type=JSON)
    assert (moved.status_code, moved.json()["outcome"]) == (200, "chosen")
    assert reserve.sent_letters.count() == 2


def test_leadership_reads_decisions_and_others_see_none(staff, leader, sign_in):
    round, rows = weighed_round(staff, 3)
    first = decided(staff, rows)[0]
    client = sign_in(leader)
    found = client.get(f"{DECISIONS}?round={round.slug}&outcome=chosen&told=false").json()["results"]
    assert [(row["application"], row["reason"]) for row in found] == [(rows[0].reference, "For the mix.")]
    assert client.get(f"{DECISIONS}?told=true").json()["results"] == []
    assert client.post(f"{DECISIONS}{first.pk}/tell/", content_type=JSON).status_code == 403
    for role in ("assessor", "administrator", "api_client"):
        other = sign_in(factories.UserFactory(roles=[role]))
        assert other.get(DECISIONS).json()["results"] == []
        assert other.get(f"{DECISIONS}{first.pk}/").status_code == 404
