"""The read endpoints of co-production: words and figures, never names."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from coproduction.charter.models import CharterVersion
from coproduction.charter.services import draft_version
from coproduction.waypoints import services
from tests import factories
from tests.coproduction.conftest import stand
from tests.pages import html_of


def get(client, path, **query):
    response = client.get(f"/api/v1/{path}/", query)
    assert response.status_code == 200, response.json()
    return response.json()


def rows(client, path, **query):
    return get(client, path, **query)["results"]


def test_a_charter_carries_the_words_in_force(agreed, sign_in):
    (charter,) = rows(sign_in(agreed.member), "charters")
    assert (charter["group"], charter["version"], charter["agreed_on"]) == ("advisory-group", 1, "2022-09-15")
    assert charter["sections"][1] == {"key": "vision", "title": "Vision", "kind": "open", "body": "About our Vision."}
    assert charter["url"].endswith(agreed.charter.get_absolute_url())
    assert get(sign_in(agreed.member), f"charters/{agreed.charter.pk}")["id"] == agreed.charter.pk


def test_a_charter_without_agreed_words_is_empty(proposed, sign_in):
    (charter,) = rows(sign_in(proposed.member), "charters")
    assert (charter["version"], charter["agreed_on"], charter["sections"]) == (None, None, [])


def test_a_version_counts_positions_and_names_no_one(proposed, sign_in, leader):
    stand(proposed, proposed.people[0], "object", "My own reason.")
    stand(proposed, proposed.people[0], "reservation", "My own reason.")
    stand(proposed, proposed.people[1])
    response = sign_in(proposed.member).get("/api/v1/charter-versions/")
    (version,) = response.json()["results"]
    assert version["agreement"] == {"agree": 1, "reservation": 1, "stand_aside": 0, "object": 0}
    (rounded,) = sign_in(leader).get("/api/v1/charter-versions/").json()["results"]
    assert set(rounded["agreement"].values()) == {None}  # so few that every number is withheld
    assert version["text_hash"] == proposed.version.text_hash and len(version["sections"]) == 2
    text = html_of(response)
    assert "My own reason." not in text and not any(p.name in text for p in proposed.people)


def test_drafts_are_for_the_engagement_lead(world, sign_in, staff):
    assert rows(sign_in(staff), "charter-versions") == []
    (draft,) = rows(sign_in(world.lead), "charter-versions")
    assert (draft["status"], draft["text_hash"]) == ("draft", "")
    assert sign_in(staff).get(f"/api/v1/charter-versions/{draft['id']}/").status_code == 404


def test_versions_filter_by_status_and_charter(agreed, sign_in):
    draft_version(by=agreed.lead, charter=agreed.charter)
    client = sign_in(agreed.lead)
    assert [v["number"] for v in rows(client, "charter-versions", status="agreed")] == [1]
    assert len(rows(client, "charter-versions", charter=agreed.charter.pk)) == 2
    assert rows(client, "charter-versions", charter=agreed.charter.pk + 1) == []


def test_waypoints_tell_where_the_group_was(agreed, sign_in):
    waypoint = services.plan_waypoint(by=agreed.lead, charter=agreed.charter, title="Autumn", due_on=date(2022, 9, 1))
    services.plan_waypoint(by=agreed.lead, charter=agreed.charter, title="Spring", due_on=date(2023, 3, 1))
    services.record_waypoint(
        by=agreed.lead,
        waypoint=waypoint,
        held_on=date(2022, 9, 1),
        summary=["Here.", "Yes."],
        finding="on_course",
        outcome="no_change",
        no_change_reason="It works.",
    )
    client = sign_in(agreed.member)
    (held,) = rows(client, "waypoints", is_held="true")
    assert (held["title"], held["outcome"], held["summary"][0]["words"]) == ("Autumn", "no_change", "Here.")
    (ahead,) = rows(client, "waypoints", is_held="false")
    assert (ahead["title"], ahead["held_on"]) == ("Spring", None)


def test_involvements_filter_and_tell_the_story(world, sign_in):
    done = {
        "said": "Shorter.",
        "said_on": date(2022, 7, 1),
        "outcome": "changed",
        "changed": "One page.",
        "changed_on": date(2022, 8, 1),
    }
    factories.InvolvementFactory(group=world.group, title="Alpha", is_good_practice=True, **done)
    factories.InvolvementFactory(group=world.group, title="Beta", asked_on=date(2021, 1, 1))
    client = sign_in(world.member)

    def titles(**query):
        return sorted(row["title"] for row in rows(client, "involvements", **query))

    assert titles() == ["Alpha", "Beta"]
    assert titles(outcome="changed") == titles(is_good_practice="true") == titles(search="shorter") == ["Alpha"]
    assert titles(year=2021) == ["Beta"]
    assert titles(group="elsewhere") == []
    (alpha,) = rows(client, "involvements", search="shorter")
    assert (alpha["step"], alpha["changed"], alpha["group"]) == ("settled", "One page.", "advisory-group")


@pytest.mark.parametrize("path", ["charters", "charter-versions", "waypoints", "involvements"])
def test_outside_the_group_there_is_nothing(agreed, sign_in, outsider, assessor, administrator, path):
    factories.InvolvementFactory(group=agreed.group)
    services.plan_waypoint(by=agreed.lead, charter=agreed.charter, title="Autumn", due_on=date(2022, 9, 1))
    inside = rows(sign_in(agreed.member), path)
    coordinator = factories.user_in(factories.GroupFactory(), "coordinator")
    client_of_api = factories.UserFactory(roles=["api_client"])
    for user in (outsider, assessor, administrator, coordinator, client_of_api):
        client = sign_in(user)
        assert rows(client, path) == []
        assert client.get(f"/api/v1/{path}/{inside[0]['id']}/").status_code == 404


@pytest.mark.parametrize("path", ["charters", "charter-versions", "waypoints", "involvements"])
def test_a_list_asks_the_database_as_often_for_thirty_as_for_one(engagement_lead, sign_in, path):
    def more():
        version = factories.CharterVersionFactory(number=1)
        CharterVersion.objects.filter(pk=version.pk).update(
            status="agreed", agreed_on=date(2022, 1, 1), text_hash="0" * 64
        )
        factories.InvolvementFactory(group=version.charter.group)
        services.plan_waypoint(by=engagement_lead, charter=version.charter, title="Autumn", due_on=date(2022, 9, 1))

    client = sign_in(engagement_lead)

    def count():
        with CaptureQueriesContext(connection) as caught:
            found = rows(client, path)
        return len(found), len(caught)

    more()
    count()
    one, before = count()
    for _ in range(29):
        more()
    many, after = count()
    assert (one, many) == (1, 30) and after == before
