"""Milestones, commitments and learning notes written over the API, through the services of the pages."""

from datetime import date, timedelta
from typing import Any

import pytest

from impact.core.access.models import AuditEvent
from impact.core.basics import clock
from sites.progress.delivery.models import Commitment, LearningNote, Milestone
from tests import factories

pytestmark = pytest.mark.django_db
JULY, AUGUST = date(2022, 7, 4), date(2022, 8, 4)
LISTS = ["milestones", "commitments", "learning-notes"]
BODIES: dict[str, dict[str, Any]] = {
    "milestones": {"title": "First visits", "planned_on": "2022-07-04"},
    "commitments": {"side": "centre", "text": "Pay for a coach", "due_on": "2022-07-04"},
    "learning-notes": {"worked": "Asking twice.", "for_whom": "carers", "setting": "supported living"},
}
CHANGES = {
    "milestones": {"title": "First ten visits"},
    "commitments": {"text": "Pay for two coaches"},
    "learning-notes": {"did_not_work": "Letters."},
}
EVENTS = {
    "milestones": ("milestone.added", "milestone.changed", "milestone.removed"),
    "commitments": ("commitment.added", "commitment.reworded", "commitment.removed"),
    "learning-notes": ("learning_note.added", "learning_note.changed", "learning_note.removed"),
}
MODELS = {"milestones": Milestone, "commitments": Commitment, "learning-notes": LearningNote}


@pytest.fixture
def site():
    return factories.SiteFactory(slug="antrim", name="Antrim")


@pytest.fixture
def client(site, sign_in):
    """Signed in as someone who works at the site."""
    return sign_in(factories.team_of(site))


def send(client, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
    """The status and the JSON of a request with a JSON body."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    ask = getattr(client, method.lower())
    response = ask(f"/api/v1/{path}", body or {}, content_type="application/json", headers=named)
    return response.status_code, response.json() if response.content else None


def attr(body: Any) -> str:
    return body["errors"][0]["attr"]


def events(site) -> list[str]:
    return list(AuditEvent.objects.filter(object_id=str(site.pk)).order_by("pk").values_list("type", flat=True))


def row_of(name: str, site) -> Any:
    kinds = {
        "milestones": factories.MilestoneFactory,
        "commitments": factories.CommitmentFactory,
        "learning-notes": factories.LearningNoteFactory,
    }
    return kinds[name](site=site)


@pytest.mark.parametrize("name", LISTS)
def test_the_team_of_a_site_adds_changes_and_removes(name, site, client):
    sent = BODIES[name] | {"site": "antrim"}
    made = client.post(f"/api/v1/{name}/", sent, content_type="application/json", headers={"Idempotency-Key": "one"})
    assert made.status_code == 201, made.content
    found = made.json()
    assert found["site"] == {"slug": "antrim", "name": "Antrim"} and BODIES[name].items() <= found.items()
    own = f"{name}/{found['id']}/"
    assert made["Location"].endswith(f"/api/v1/{own}")
    again = client.post(f"/api/v1/{name}/", sent, content_type="application/json", headers={"Idempotency-Key": "one"})
    assert again["Idempotency-Replayed"] == "true" and again.json()["id"] == found["id"]

    assert send(client, "PATCH", own, CHANGES[name])[0] == 428
    status, changed = send(client, "PATCH", own, CHANGES[name], If_Match=made["ETag"])
    assert status == 200 and CHANGES[name].items() <= changed.items() and changed["version"] == 2
    status, refused = send(client, "PATCH", own, CHANGES[name], If_Match=made["ETag"])
    assert status == 412 and refused["current"]["version"] == 2

    assert send(client, "DELETE", own)[0] == 428
    assert send(client, "DELETE", own, If_Match=made["ETag"])[0] == 412
    assert send(client, "DELETE", own, If_Match=client.get(f"/api/v1/{own}")["ETag"]) == (204, None)
    assert client.get(f"/api/v1/{own}").status_code == 404 and not MODELS[name].objects.exists()
    assert events(site) == list(EVENTS[name])


@pytest.mark.parametrize("name", LISTS)
def test_leadership_only_reads_and_those_outside_find_nothing(name, site, leader, outsider, staff, sign_in):
    row = row_of(name, site)
    elsewhere = factories.team_of(factories.SiteFactory(slug="elsewhere"))
    own, sent = f"{name}/{row.pk}/", BODIES[name] | {"site": "antrim"}
    readers = {leader: 403, outsider: 404, elsewhere: 404, factories.UserFactory(roles=["api_client"]): 404}
    for user, status in readers.items():
        client = sign_in(user)
        assert send(client, "PATCH", own, CHANGES[name], If_Match="*")[0] == status
        assert send(client, "DELETE", own, If_Match="*")[0] == status
        assert send(client, "POST", f"{name}/", sent)[0] == (400 if user == elsewhere else 403)
    assert attr(send(sign_in(elsewhere), "POST", f"{name}/", sent)[1]) == "site"
    assert MODELS[name].objects.get().version == 1 and events(site) == []
    assert send(sign_in(staff), "PATCH", own, CHANGES[name], If_Match="*")[0] == 200


@pytest.mark.parametrize(
    ("name", "wrong", "field"),
    [
        ("milestones", {"title": " "}, "title"),
        ("milestones", {"planned_on": "1066-10-14"}, "planned_on"),
        ("milestones", {"actual_on": "2022-07-04"}, "actual_on"),
        ("commitments", {"side": "both"}, "side"),
        ("commitments", {"text": "x" * 401}, "text"),
        ("commitments", {"state": "kept"}, "state"),
        ("learning-notes", {"worked": ""}, "worked"),
        ("learning-notes", {"noted_on": "2100-01-01"}, "noted_on"),
        ("learning-notes", {"author": 1}, "author"),
        ("learning-notes", {"site": "no-such-site"}, "site"),
    ],
)
def test_what_is_wrong_is_named(name, wrong, field, site, client):
    status, found = send(client, "POST", f"{name}/", {"site": "antrim"} | BODIES[name] | wrong)
    assert (status, attr(found)) == (400, field) and not MODELS[name].objects.exists()


# --- Milestones ----------------------------------------------------------------------------------
def test_a_planned_date_moves_only_by_a_replan_with_a_reason(site, client):
    row = factories.MilestoneFactory(site=site, planned_on=JULY)
    own = f"milestones/{row.pk}/"
    status, refused = send(client, "PATCH", own, {"planned_on": "2022-08-04"}, If_Match="*")
    assert (status, attr(refused)) == (400, "planned_on")
    assert attr(send(client, "POST", f"{own}replan/", {"planned_on": "2022-08-04"})[1]) == "reason"
    body = {"planned_on": "2022-08-04", "reason": "The room was not free."}
    status, found = send(client, "POST", f"{own}replan/", body, If_Match='"1-x"')
    assert status == 200 and found["planned_on"] == "2022-08-04"
    moved = {"before": "2022-07-04", "after": "2022-08-04", "reason": "The room was not free."}
    assert found["replans"] == [moved | {"on": clock.today().isoformat()}]
    assert send(client, "POST", f"{own}replan/", body | {"planned_on": "2022-09-04"}, If_Match='"1-x"')[0] == 412
    assert attr(send(client, "POST", f"{own}replan/", body)[1]) == "planned_on"  # that day already
    assert events(site) == ["milestone.replanned"]
    later = factories.MilestoneFactory(site=site)
    assert send(client, "POST", f"milestones/{later.pk}/replan/", body)[0] == 409


def test_a_milestone_is_completed_once(site, client, leader, sign_in):
    row = factories.MilestoneFactory(site=site, planned_on=JULY)
    path = f"milestones/{row.pk}/complete/"
    assert send(sign_in(leader), "POST", path)[0] == 403
    tomorrow = (clock.today() + timedelta(days=1)).isoformat()
    assert attr(send(client, "POST", path, {"actual_on": tomorrow})[1]) == "actual_on"
    assert send(client, "POST", path, If_Match='"7-x"')[0] == 412
    status, found = send(client, "POST", path, {"actual_on": "2022-07-16"}, If_Match='"1-x"')
    assert status == 200 and (found["actual_on"], found["slippage_days"]) == ("2022-07-16", 12)
    status, refused = send(client, "POST", path)
    assert status == 409 and refused["errors"][0]["code"] == "wrong_state"
    assert events(site) == ["milestone.completed"]
    other = factories.MilestoneFactory(site=site)
    assert send(client, "POST", f"milestones/{other.pk}/complete/")[1]["actual_on"] == clock.today().isoformat()


def test_milestones_are_read_and_filtered_inside_their_site(site, client, outsider, sign_in):
    factories.MilestoneFactory(site=site, title="Late visits", planned_on=JULY)
    done = factories.MilestoneFactory(site=site, title="Begin", planned_on=JULY, actual_on=AUGUST)
    factories.MilestoneFactory(title="Elsewhere")

    def titles(by=client, **query) -> set[str]:
        return {row["title"] for row in by.get("/api/v1/milestones/", query).json()["results"]}

    assert titles() == titles(site="antrim") == {"Late visits", "Begin"} and titles(sign_in(outsider)) == set()
    assert titles(overdue="true") == titles(search="VISITS") == titles(complete="false") == {"Late visits"}
    assert titles(overdue="false") == titles(complete="true") == {"Begin"}
    found = client.get(f"/api/v1/milestones/{done.pk}/").json()
    assert found["url"] == "http://testserver/sites/antrim/#milestones" and found["slippage_days"] == 31
    listed = client.get("/api/v1/sites/antrim/").json()["milestones"]
    assert [row["id"] for row in listed] == [row.pk for row in site.milestones.all()]


# --- Commitments ---------------------------------------------------------------------------------
def test_a_commitment_is_settled_corrected_and_reopened(site, client, leader, sign_in):
    row = factories.CommitmentFactory(site=site)
    own, kept = f"commitments/{row.pk}/", {"state": "kept", "outcome": "By bank.", "settled_on": "2022-07-04"}
    assert send(sign_in(leader), "POST", f"{own}settle/", kept)[0] == 403
    assert attr(send(client, "POST", f"{own}settle/", kept | {"outcome": " "})[1]) == "outcome"
    assert attr(send(client, "POST", f"{own}settle/", kept | {"state": "open"})[1]) == "state"
    status, found = send(client, "POST", f"{own}settle/", kept, If_Match='"1-x"')
    assert status == 200 and kept.items() <= found.items()
    status, refused = send(client, "POST", f"{own}settle/", kept | {"state": "not_kept"}, If_Match='"1-x"')
    assert status == 412 and refused["current"]["state"] == "kept"
    assert send(client, "PATCH", own, {"text": "Other words"}, If_Match="*")[0] == 409  # reopen it first
    today = {"state": "not_kept", "outcome": "It bounced."}
    assert send(client, "POST", f"{own}settle/", today)[1]["settled_on"] == clock.today().isoformat()
    assert send(sign_in(leader), "POST", f"{own}reopen/")[0] == 403
    found = send(client, "POST", f"{own}reopen/")[1]
    assert (found["state"], found["outcome"], found["settled_on"]) == ("open", "", None)
    assert send(client, "POST", f"{own}reopen/")[0] == 409
    assert events(site) == ["commitment.settled", "commitment.settled", "commitment.reopened"]


def test_an_earlier_wording_stays_and_a_new_due_date_alone_changes_no_words(site, client):
    row = factories.CommitmentFactory(site=site, text="One room", due_on=JULY)
    own = f"commitments/{row.pk}/"
    found = send(client, "PATCH", own, {"due_on": "2022-08-04"}, If_Match="*")[1]
    assert (found["text"], found["state"], found["earlier_wordings"]) == ("One room", "open", [])
    found = send(client, "PATCH", own, {"text": "Two rooms"}, If_Match="*")[1]
    assert (found["text"], found["due_on"], found["state"]) == ("Two rooms", "2022-08-04", "changed")
    assert [wording["text"] for wording in found["earlier_wordings"]] == ["One room"]
    assert events(site) == ["commitment.changed", "commitment.reworded"]


# --- Learning notes ------------------------------------------------------------------------------
def test_a_note_has_its_writer_as_author_and_keeps_saying_something(site, client, staff, sign_in):
    status, made = send(sign_in(staff), "POST", "learning-notes/", BODIES["learning-notes"] | {"site": "antrim"})
    assert status == 201 and (made["author"], made["noted_on"]) == (staff.display_name, clock.today().isoformat())
    own = f"learning-notes/{made['id']}/"
    assert attr(send(client, "PATCH", own, {"worked": ""}, If_Match="*")[1]) == "worked"
    found = send(client, "PATCH", own, {"worked": "", "did_not_work": "Letters."}, If_Match="*")[1]
    assert (found["worked"], found["did_not_work"], found["author"]) == ("", "Letters.", staff.display_name)
