"""Commitments, learning notes and milestones over the API."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from impact.core.basics import clock
from tests import factories

pytestmark = pytest.mark.django_db
JULY = date(2022, 7, 4)
LISTS = ["/api/v1/commitments/", "/api/v1/learning-notes/"]


@pytest.fixture
def site():
    return factories.SiteFactory(slug="antrim", nations=["northern_ireland"], delivery_model="demonstrator")


def found(client, url: str, **query) -> list[dict]:
    response = client.get(url, query)
    assert response.status_code == 200, response.content
    return response.json()["results"]


def test_a_commitment_is_read_with_its_earlier_wordings(site, staff, sign_in):
    commitment = factories.EarlierWordingFactory(
        commitment__site=site, commitment__text="Two rooms", text="One room", changed_on=JULY
    ).commitment
    link = {"slug": "antrim", "name": site.name}
    assert sign_in(staff).get(f"/api/v1/commitments/{commitment.pk}/").json() == {
        "id": commitment.pk,
        "site": link,
        "side": "host",
        "text": "Two rooms",
        "due_on": None,
        "state": "changed",
        "settled_on": None,
        "outcome": "",
        "earlier_wordings": [{"text": "One room", "changed_on": "2022-07-04"}],
        "version": 1,
        "url": "http://testserver/sites/antrim/#commitments",
    }


def test_a_learning_note_is_read_with_its_author(site, staff, sign_in):
    note = factories.LearningNoteFactory(site=site, author=staff)
    row = sign_in(staff).get(f"/api/v1/learning-notes/{note.pk}/").json()
    assert (row["author"], row["worked"], row["did_not_work"]) == (staff.display_name, "Asking twice.", "")
    assert (row["for_whom"], row["setting"], row["noted_on"]) == ("carers", "supported living", "2022-07-04")
    assert row["url"] == f"http://testserver/sites/antrim/learning-notes/#note-{note.pk}"


def test_commitments_are_filtered(site, staff, sign_in):
    factories.CommitmentFactory(site=site, side="centre", text="Pay", due_on=JULY)
    settled = {"state": "kept", "settled_on": JULY, "outcome": "By bank."}
    factories.CommitmentFactory(site=site, text="Log", due_on=JULY, **settled)
    factories.CommitmentFactory(text="Elsewhere", due_on=clock.today() + timedelta(days=1))
    client = sign_in(staff)

    def texts(**query) -> set[str]:
        return {row["text"] for row in found(client, LISTS[0], **query)}

    assert texts() == {"Pay", "Log", "Elsewhere"}
    assert texts(site="antrim") == {"Pay", "Log"} and texts(side="centre") == {"Pay"}
    assert texts(state="kept") == {"Log"} and texts(search="bank") == {"Log"}
    assert texts(overdue="true") == {"Pay"} and texts(overdue="false") == {"Log", "Elsewhere"}
    assert client.get(LISTS[0], {"side": "nobody"}).status_code == 400


def test_learning_notes_are_filtered(site, staff, sign_in):
    factories.LearningNoteFactory(site=site, worked="Visits")
    factories.LearningNoteFactory(site__nations=["wales"], worked="Calls")
    client = sign_in(staff)

    def worked(**query) -> set[str]:
        return {row["worked"] for row in found(client, LISTS[1], **query)}

    assert worked() == {"Visits", "Calls"}
    assert worked(site="antrim") == worked(nation="northern_ireland") == {"Visits"}
    assert worked(delivery_model="network") == worked(search="calls") == {"Calls"}


def test_only_those_inside_the_site_read_them(site, leader, outsider, sign_in):
    rows = [factories.CommitmentFactory(site=site), factories.LearningNoteFactory(site=site)]
    factories.UpdateFactory(site=site)
    readers = [leader, factories.team_of(site)]
    others = [outsider, factories.team_of(factories.SiteFactory()), factories.UserFactory(roles=["api_client"])]
    for url, row in zip(LISTS, rows, strict=True):
        for user in readers:
            assert len(found(sign_in(user), url)) == 1
        for user in others:
            client = sign_in(user)
            assert found(client, url) == [] and client.get(f"{url}{row.pk}/").status_code == 404
        assert sign_in(leader).post(url, {}).status_code == 403


def test_a_site_gives_its_milestones_with_their_slippage_to_those_inside(site, staff, outsider, sign_in):
    factories.UpdateFactory(site=site)
    later = factories.MilestoneFactory(site=site, title="Later")
    begun = factories.MilestoneFactory(site=site, title="Begin", planned_on=JULY, actual_on=date(2022, 7, 16))
    row = sign_in(staff).get("/api/v1/sites/antrim/").json()
    assert row["milestones"] == [
        {
            "id": begun.pk,
            "title": "Begin",
            "planned_on": "2022-07-04",
            "expected_on": None,
            "actual_on": "2022-07-16",
            "slippage_days": 12,
        },
        {
            "id": later.pk,
            "title": "Later",
            "planned_on": None,
            "expected_on": None,
            "actual_on": None,
            "slippage_days": None,
        },
    ]
    assert sign_in(outsider).get("/api/v1/sites/antrim/").json()["milestones"] is None


def test_each_list_asks_as_many_queries_with_thirty_rows_as_with_one(site, staff, sign_in):
    client, urls = sign_in(staff), [*LISTS, "/api/v1/milestones/", "/api/v1/sites/"]

    def add() -> None:
        factories.ReplanFactory(milestone__site=site)
        factories.EarlierWordingFactory(commitment__site=site)
        factories.LearningNoteFactory(site=site, author=factories.UserFactory())

    def queries(url: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            assert found(client, url)
        return len(seen)

    add()
    for url in urls:
        client.get(url)  # the first reading begins a copy of the list
    few = [queries(url) for url in urls]
    for _ in range(29):
        add()
    assert [queries(url) for url in urls] == few
