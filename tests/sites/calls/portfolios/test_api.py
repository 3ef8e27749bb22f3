"""Portfolios over the API: read by staff and leadership, written by staff, as on the pages."""

import pytest

from impact.core.access.permissions import SYSTEM
from sites.calls.applications.services import withdraw_application
from sites.calls.portfolios.models import Portfolio
from sites.calls.portfolios.weighing import services
from tests import factories
from tests.sites.calls.applications.build import open_round, submitted
from tests.sites.calls.portfolios.build import assessed, weighed_round

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
