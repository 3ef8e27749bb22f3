"""Writing over the API: ETags, idempotency keys, refusals, and each verb with what it leaves behind."""

import json
import uuid
from datetime import date
from typing import Any

import pytest
from django.test import Client

from impact.core.access.models import ApiToken
from impact.core.api.models import IdempotencyKey
from impact.core.basics.versions import Conflict
from networks.actions.models import Action
from networks.actions.services import add_action
from networks.documents.materials.services import add_material
from networks.groups.models import Group, Membership
from networks.log import services
from networks.log.models import Attendance, Contribution, Decision
from networks.meetings import services as meetings_services
from networks.meetings.models import AgendaItem, Meeting
from networks.themes.models import Theme
from tests import factories

pytestmark = pytest.mark.django_db


class Api:
    """A caller with a token. Gives the status and the JSON; keeps the last answer."""

    def __init__(self, user: Any) -> None:
        _row, self.token = ApiToken.objects.create(user, scopes=ApiToken.Scope.values)
        self.client = Client()

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        sent = {"Authorization": f"Token {self.token}", **{k.replace("_", "-"): v for k, v in headers.items()}}
        data = "" if body is None else json.dumps(body)
        self.last = self.client.generic(method, f"/api/v1/{path}", data, content_type="application/json", headers=sent)
        return self.last.status_code, json.loads(self.last.content) if self.last.content else None

    def upload(self, path: str, fields: dict[str, Any], **headers: str) -> tuple[int, Any]:
        sent = {"Authorization": f"Token {self.token}", **{k.replace("_", "-"): v for k, v in headers.items()}}
        self.last = self.client.post(f"/api/v1/{path}", fields, headers=sent)
        return self.last.status_code, json.loads(self.last.content)

    def change(self, method: str, path: str, body: Any = None, *, at: str = "", **headers: str) -> tuple[int, Any]:
        """With the ETag of what is there now (at ``at``, or ``path``)."""
        self("GET", at or path)
        return self(method, path, body, If_Match=self.last["ETag"], **headers)


@pytest.fixture
def api(circle) -> Api:
    return Api(circle.coordinator)


def problem(body: Any) -> tuple[str, str]:
    error = body["errors"][0]
    return error["attr"], error["code"]


# --- Conditional requests --------------------------------------------------------------------------
def test_a_detail_that_has_not_changed_is_not_sent_again(circle, api):
    path = f"meetings/{circle.meeting.pk}/"
    api("GET", path)
    tag = api.last["ETag"]
    assert tag.startswith('"1-')
    assert api("GET", path, If_None_Match=tag) == (304, None)
    services.add_contribution(by=circle.coordinator, meeting=circle.meeting, kind="barrier", words="New")
    status, body = api("GET", path, If_None_Match=tag)  # the row is the same, but its counts are not
    assert (status, body["counts"]["barriers"]) == (200, 1)


def test_answers_are_not_shared_between_callers(circle, api):
    api("GET", f"meetings/{circle.meeting.pk}/")
    assert api.last["Cache-Control"] == "private, no-cache"
    assert {"Authorization", "Cookie"} <= {word.strip() for word in api.last["Vary"].split(",")}


def test_a_change_without_if_match_is_refused_and_says_what_to_do(circle, api):
    status, body = api("PATCH", f"meetings/{circle.meeting.pk}/", {"title": "Mine"})
    assert status == 428 and "If-Match" in body["errors"][0]["detail"]
    circle.meeting.refresh_from_db()
    assert circle.meeting.title == "Meeting 1"


def test_a_change_on_a_stale_etag_is_refused_with_the_row_as_it_is_now(circle, api):
    path = f"meetings/{circle.meeting.pk}/"
    api("GET", path)
    mine = api.last["ETag"]
    meetings_services.update_meeting(by=circle.coordinator, meeting=circle.meeting, title="Theirs")
    status, body = api("PATCH", path, {"title": "Mine"}, If_Match=mine)
    assert status == 412
    assert body["current"]["title"] == "Theirs"
    status, body = api("PATCH", path, {"title": "Both"}, If_Match=api.last["ETag"])
    assert (status, body["title"]) == (200, "Both")
    assert api("GET", path, If_None_Match=api.last["ETag"])[0] == 304  # a write's ETag is that of the next read


def test_two_changes_at_the_same_moment_end_in_one_412(circle, api, monkeypatch):
    """The version moved between reading it and writing: what the service says is the same answer."""
    monkeypatch.setattr(
        meetings_services, "update_meeting", lambda **kwargs: (_ for _ in ()).throw(Conflict(circle.meeting))
    )
    status, body = api.change("PATCH", f"meetings/{circle.meeting.pk}/", {"title": "Mine"})
    assert status == 412 and body["current"]["title"] == "Meeting 1"


def test_a_weakened_etag_a_list_of_them_and_a_star_match_too(circle, api):
    path = f"meetings/{circle.meeting.pk}/"
    for n, shape in enumerate(["W/{}", '"9-zz", {}', "*"]):
        api("GET", path)
        status, body = api("PATCH", path, {"title": f"T{n}"}, If_Match=shape.format(api.last["ETag"]))
        assert (status, body["title"]) == (200, f"T{n}")


def test_a_part_without_a_version_is_held_against_all_of_it(circle, api):
    path = f"meetings/{circle.meeting.pk}/agenda/"
    api("GET", path)
    mine = api.last["ETag"]
    meetings_services.add_agenda_item(by=circle.coordinator, meeting=circle.meeting, title="Theirs")
    status, body = api("PUT", path, {"items": [{"title": "Mine"}]}, If_Match=mine)
    assert status == 412 and body["current"]["items"][0]["title"] == "Theirs"
    status, body = api("PUT", path, {"items": [{"title": "Mine"}]}, If_Match=api.last["ETag"])
    assert status == 200 and [item["title"] for item in body["items"]] == ["Mine"]
    assert api("PUT", path, {"items": []})[0] == 428


# --- Idempotency ---------------------------------------------------------------------------------
def test_the_same_key_twice_has_one_effect_and_the_same_answer(circle, api):
    body = {"group": circle.group.slug, "what": "Ask the council"}
    first = api("POST", "actions/", body, Idempotency_Key="k1")
    assert first[0] == 201 and "Idempotency-Replayed" not in api.last
    assert api.last["Location"].endswith(f"/api/v1/actions/{first[1]['id']}/")
    again = api("POST", "actions/", body, Idempotency_Key="k1")
    assert again == first and api.last["Idempotency-Replayed"] == "true"
    assert Action.objects.count() == 1


def test_the_same_key_with_another_body_is_refused(circle, api):
    api("POST", "actions/", {"group": circle.group.slug, "what": "One"}, Idempotency_Key="k1")
    status, body = api("POST", "actions/", {"group": circle.group.slug, "what": "Two"}, Idempotency_Key="k1")
    assert status == 422 and body["errors"][0]["code"] == "key_reused"
    assert [a.what for a in Action.objects.all()] == ["One"]


def test_a_key_belongs_to_one_caller_and_one_address(circle, api, staff):
    body = {"group": circle.group.slug, "what": "One"}
    api("POST", "actions/", body, Idempotency_Key="k1")
    assert Api(staff)("POST", "actions/", body, Idempotency_Key="k1")[0] == 201
    assert Action.objects.count() == 2
    assert api("POST", f"meetings/{circle.meeting.pk}/decisions/", {"words": "One"}, Idempotency_Key="k1")[0] == 201


def test_a_refused_request_leaves_its_key_free(circle, api):
    assert api("POST", "actions/", {"group": circle.group.slug, "what": " "}, Idempotency_Key="k1")[0] == 400
    late = {"group": circle.group.slug, "what": "x", "meeting": circle.meeting.pk, "due_on": "2022-01-01"}
    assert api("POST", "actions/", late, Idempotency_Key="k1")[0] == 400
    assert not IdempotencyKey.objects.exists()
    assert api("POST", "actions/", {"group": circle.group.slug, "what": "x"}, Idempotency_Key="k1")[0] == 201


def test_a_replay_reveals_nothing_to_a_caller_who_can_no_longer_see_the_row(circle, api):
    body = {"name": "Nadia Invented", "perspective": "carer"}
    path = f"groups/{circle.group.slug}/members/"
    assert api("POST", path, body, Idempotency_Key="k1")[0] == 201
    assert "Nadia" not in str(list(IdempotencyKey.objects.values_list("answer", flat=True)))
    Membership.objects.filter(pk=circle.coordinator_membership.pk).update(role="member")
    status, answer = api("POST", path, body, Idempotency_Key="k1")
    assert status == 403 and "Nadia" not in str(answer)
    Membership.objects.filter(pk=circle.coordinator_membership.pk).update(ends_on=date(2023, 1, 1))
    status, answer = api("POST", path, body, Idempotency_Key="k1")
    assert status == 404 and "Nadia" not in str(answer)


def test_a_verb_replayed_with_its_old_if_match_still_gives_its_answer(circle, api):
    api("GET", f"meetings/{circle.later.pk}/")
    tag = api.last["ETag"]
    for _ in range(2):
        status, body = api(
            "POST", f"meetings/{circle.later.pk}/cancel/", {"reason": "Snow"}, If_Match=tag, Idempotency_Key="k"
        )
        assert (status, body["status"], body["status_reason"]) == (200, "cancelled", "Snow")


def test_a_contribution_with_an_id_made_by_the_caller_is_added_once(circle, api):
    body = {"id": str(uuid.uuid4()), "meeting": circle.meeting.pk, "kind": "enabler", "words": "They listen"}
    for _ in range(2):
        status, row = api("POST", "contributions/", body)
        assert status == 201 and row["id"] == body["id"]
    assert Contribution.objects.count() == 1


# --- Who may write, and what the API takes ---------------------------------------------------------
def test_a_session_writes_only_with_its_csrf_token(circle):
    client = Client(enforce_csrf_checks=True)
    client.force_login(circle.coordinator)
    body = json.dumps({"group": circle.group.slug, "what": "Ask"})
    response = client.post("/api/v1/actions/", body, content_type="application/json")
    assert response.status_code == 403 and not Action.objects.exists()
    client.get("/meetings/")
    token = "a" * 32
    client.cookies["csrftoken"] = token
    headers = {"X-CSRFToken": token}
    assert client.post("/api/v1/actions/", body, content_type="application/json", headers=headers).status_code == 201


def test_visitors_and_api_clients_cannot_write(circle):
    reader = Api(factories.UserFactory(roles=["api_client"]))
    body = {"group": circle.group.slug, "what": "Ask"}
    assert reader("POST", "actions/", body)[0] == 403
    assert reader("POST", "groups/", {})[0] == 403
    anybody = Client().post("/api/v1/actions/", json.dumps(body), content_type="application/json")
    assert anybody.status_code == 401 and not Action.objects.exists()


@pytest.mark.parametrize(
    ("path", "body", "attr"),
    [
        ("actions/", {"what": "x", "colour": "red"}, "colour"),
        ("meetings/", {"starts_at": "0001-01-01T00:00:00Z"}, "starts_at"),
        ("meetings/", {"starts_at": "9999-12-31T23:59:59Z"}, "starts_at"),
        ("actions/", {"what": "nul\x00byte"}, "what"),
        ("actions/", {"what": "x", "due_on": "0999-01-01"}, "due_on"),
        ("actions/", [], None),
        ("actions/", {"what": "x", "meeting": True}, "meeting"),
        ("actions/", {"what": "x", "meeting": 10**30}, "meeting"),
        ("actions/", {"what": "x", "contribution": "not-an-id"}, "contribution"),
        ("contributions/", {"words": "x" * 2001}, "words"),
        ("contributions/", {"id": "7"}, "id"),
    ],
)
def test_a_body_that_cannot_be_is_refused_by_field(circle, api, path, body, attr):
    status, answer = api("POST", path, body)
    assert status == 400
    assert attr in {error["attr"] for error in answer["errors"]}


def test_a_misspelt_key_deep_in_a_body_is_named(circle, api):
    status, body = api("PUT", f"meetings/{circle.meeting.pk}/agenda/", {"items": [{"title": "x", "minuts": 5}]})
    assert status == 400 and problem(body)[0] == "items.0.minuts"
    assert "minutes" in body["errors"][0]["detail"]


def test_a_body_too_large_or_too_deep_or_of_another_kind_is_refused(circle, api, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 20_000
    assert api("POST", "actions/", {"what": "x" * 30_000})[0] == 413
    deep = api.client.post(
        "/api/v1/actions/",
        "[" * 15_000,
        content_type="application/json",
        headers={"Authorization": f"Token {api.token}"},
    )
    assert deep.status_code == 400
    xml = api.client.post(
        "/api/v1/actions/", "<a/>", content_type="text/xml", headers={"Authorization": f"Token {api.token}"}
    )
    assert xml.status_code == 415


def test_a_hidden_row_and_a_missing_one_are_refused_in_the_same_words(circle, api):
    hidden = factories.GroupFactory(slug="hidden-group")
    said = []
    for slug in (hidden.slug, "nothing-here"):
        status, body = api("POST", "actions/", {"group": slug, "what": "x"})
        assert status == 400
        said.append(body["errors"][0]["detail"].replace(slug, "…"))
    assert said[0] == said[1]


# --- Groups and members ----------------------------------------------------------------------------
def test_staff_start_a_group_and_its_coordinator_changes_it(circle, api, staff):
    site = circle.group.site
    body = {"kind": "local_network", "name": "Local network, Fife", "nation": "scotland", "network": site.slug}
    status, made = Api(staff)("POST", "groups/", body)
    assert (status, made["slug"], made["size_min"], made["network"]["slug"]) == (
        201,
        "local-network-fife",
        8,
        site.slug,
    )
    assert api("POST", "groups/", body)[0] == 403
    status, changed = api.change("PATCH", f"groups/{circle.group.slug}/", {"place": "Powys", "lead_days": 10})
    assert (status, changed["place"], changed["lead_days"]) == (200, "Powys", 10)
    for fixed in ("kind", "nation", "network"):
        assert api.change("PATCH", f"groups/{circle.group.slug}/", {fixed: "x"})[0] == 400, fixed
    status, body = api.change("PATCH", f"groups/{circle.group.slug}/", {"ends_on": "2020-01-01"})
    assert status == 400 and "before the start" in body["errors"][0]["detail"]


def test_members_are_listed_added_and_ended_by_those_who_may_see_them(circle, api, leader):
    path = f"groups/{circle.group.slug}/members/"
    status, body = api("GET", path + "?current=true&role=member")
    assert status == 200 and len(body["results"]) == 9
    status, row = api("POST", path, {"name": "Nadia Invented", "perspective": "carer", "access_arrangements": "Loop"})
    assert (status, row["name"], row["access_arrangements"], row["starts_on"]) == (
        201,
        "Nadia Invented",
        "Loop",
        "2023-01-16",
    )
    assert api("POST", path, {"name": "No perspective"})[1]["errors"][0]["attr"] == "perspective"
    assert api("POST", path, {"name": "x", "role": "coordinator", "perspective": "carer"})[0] == 400
    status, row = api("POST", f"{path}{row['id']}/end/", {"ends_on": "2023-01-31"})
    assert (status, row["ends_on"]) == (200, "2023-01-31")
    assert api("POST", f"{path}{row['id']}/end/", {"ends_on": "2023-01-31"})[0] == 409
    assert Api(leader)("GET", path)[0] == 403
    assert Api(factories.user_in(circle.group))("POST", path, {"name": "x"})[0] == 403


def test_the_national_team_appoints_a_coordinator(circle, api, staff):
    person = factories.PersonFactory()
    path = f"groups/{circle.group.slug}/coordinators/"
    assert api("POST", path, {"person": person.pk})[0] == 403
    assert Api(staff)("POST", path, {"person": 10**12})[1]["errors"][0]["attr"] == "person"
    status, _body = Api(staff)("POST", path, {"person": person.pk, "starts_on": "2023-02-01"})
    assert status == 200
    circle.coordinator_membership.refresh_from_db()
    assert circle.coordinator_membership.ends_on == date(2023, 1, 31)


def test_a_caution_is_read_and_explained(circle, api):
    circle.group.memberships.filter(pk__in=[m.pk for m in circle.members[:5]]).delete()
    path = f"groups/{circle.group.slug}/cautions/"
    status, body = api("GET", path)
    assert status == 200 and body[0]["guard"] == "size" and body[0]["reason"] == ""
    status, body = api("POST", path, {"guard": "size", "reason": "Two more come in May"})
    assert status == 200 and body[0]["reason"] == "Two more come in May"


# --- Meetings --------------------------------------------------------------------------------------
def test_a_meeting_goes_from_plan_to_debrief(circle, api):
    status, made = api(
        "POST",
        "meetings/",
        {
            "group": circle.group.slug,
            "starts_at": "2023-01-12T10:00:00Z",
            "ends_at": "2023-01-12T12:00:00Z",
            "mode": "online",
        },
    )
    assert (status, made["title"], made["number"]) == (201, "Meeting 3", 3)
    path = f"meetings/{made['id']}/"
    status, body = api.change("PATCH", path, {"title": "Third", "join_url": "https://meet.example/3"})
    assert (status, body["title"], body["join_url"]) == (200, "Third", "https://meet.example/3")
    assert api("POST", f"{path}finish/", {})[0] == 409  # no one came yet
    came = {
        "members": [{"person": circle.ids[0], "status": "present"}, {"person": circle.ids[1], "status": "apologies"}]
    }
    status, body = api.change("PUT", f"{path}attendance/", came)
    assert status == 200 and len(body["members"]) == 2
    status, guest = api("POST", f"{path}guests/", {"name": "An advocate", "perspective": "other"})
    assert status == 201
    guest_path = f"{path}guests/{guest['id']}/"
    status, guest = api.change("PATCH", guest_path, {"name": "An interpreter"})
    assert (status, guest["name"]) == (200, "An interpreter")
    assert api.change("DELETE", guest_path)[0] == 204
    assert not Attendance.objects.filter(person=None).exists()
    status, body = api.change("PUT", f"{path}notes/", {"notes": "# What we said"})
    assert (status, body) == (200, {"notes": "# What we said"})
    status, body = api("POST", f"{path}finish/", {}, Idempotency_Key="f")
    assert (status, body["status"], body["notes"]) == (200, "logged", "# What we said")
    assert api("POST", f"{path}finish/", {}, Idempotency_Key="f")[0] == 200
    assert api("GET", f"{path}debrief/")[0] == 404
    said = {"held_on": "2023-01-13", "agreed_next": "Start with a story"}
    status, body = api("POST", f"{path}debrief/", said, Idempotency_Key="d")
    assert (status, body["agreed_next"]) == (201, "Start with a story")
    assert api("POST", f"{path}debrief/", said, Idempotency_Key="d")[0] == 201
    assert api("GET", path)[1]["status"] == "complete"
    assert AgendaItem.objects.get(meeting=circle.later).title == "Start with a story"
    assert api.change("PATCH", path, {"title": "x"})[1]["errors"][0]["detail"].startswith("This meeting is complete")
    status, body = api("POST", f"{path}reopen/", {"reason": "An action was missing"})
    assert (status, body["status"]) == (200, "logged")


def test_an_agenda_keeps_the_items_whose_id_is_sent(circle, api):
    path = f"meetings/{circle.meeting.pk}/agenda/"
    _status, body = api.change(
        "PUT", path, {"items": [{"title": "One", "minutes": 10}, {"title": "Two", "owner": "Ann"}]}
    )
    one, two = body["items"]
    _status, body = api.change(
        "PUT", path, {"items": [{"id": two["id"], "title": "Two"}, {"id": one["id"], "title": "One"}]}
    )
    assert [(item["id"], item["position"]) for item in body["items"]] == [(two["id"], 1), (one["id"], 2)]
    assert api("GET", f"meetings/{circle.meeting.pk}/")[1]["agenda"] == body["items"]


def test_materials_are_listed_sent_and_taken_off(circle, api):
    path = f"meetings/{circle.later.pk}/materials/"
    paper = {"title": "A story", "evidence_kind": "lived_experience", "formats": ["standard", "audio"]}
    status, row = api("POST", path, paper)
    assert status == 201 and row["sent_on"] is None
    assert api("POST", path, {**paper, "formats": []})[0] == 400
    assert api("POST", path, {**paper, "url": "javascript:alert(1)"})[0] == 400
    status, row = api("POST", f"{path}{row['id']}/sent/", {})
    assert (status, row["sent_on"]) == (200, "2023-01-16")
    status, body = api.change("DELETE", f"{path}{row['id']}/")
    assert status == 409 and "already been sent" in body["errors"][0]["detail"]
    other = api("POST", path, paper)[1]
    assert api("DELETE", f"{path}{other['id']}/")[0] == 428
    assert api.change("DELETE", f"{path}{other['id']}/")[0] == 204
    assert len(api("GET", path)[1]["results"]) == 1


# --- The log ---------------------------------------------------------------------------------------
def test_a_contribution_is_written_corrected_taken_off_and_put_back(circle, api):
    said = {
        "meeting": circle.meeting.pk,
        "kind": "barrier",
        "theme": "  time ",
        "new_theme": True,
        "words": "No time",
        "level": "systemic",
    }
    status, row = api("POST", "contributions/", said)
    assert (status, row["theme"]) == (201, {"slug": "time", "name": "Time"})
    path = f"contributions/{row['id']}/"
    status, row = api.change("PATCH", path, {"kind": "solution", "theme": "", "speaker": circle.ids[0]})
    assert (status, row["kind"], row["theme"], row["may_quote"]) == (200, "solution", None, False)
    assert "speaker" not in row and Contribution.objects.get().speaker_id == circle.ids[0]
    factories.agreed_to_be_quoted(circle.members[0].person)
    assert api("GET", path)[1]["may_quote"] is True
    outside = factories.PersonFactory()
    assert api.change("PATCH", path, {"speaker": outside.pk})[0] == 400
    assert api.change("PATCH", path, {"may_quote": True})[0] == 400  # no one ticks that for another person
    assert api.change("DELETE", path)[0] == 204
    assert api("GET", path)[0] == 404
    assert Api(factories.user_in(circle.group))("POST", f"{path}put-back/", {})[0] == 404
    status, row = api("POST", f"{path}put-back/", {})
    assert status == 200 and api("GET", path)[1]["words"] == "No time"


def test_a_theme_is_added_only_when_that_is_said(circle, api):
    said = {"meeting": circle.meeting.pk, "kind": "barrier", "theme": "Tim", "words": "No time"}
    status, answer = api("POST", "contributions/", said)
    assert (
        status == 400 and "new_theme: true" in answer["errors"][0]["detail"] and answer["errors"][0]["attr"] == "theme"
    )
    assert not Theme.objects.exists() and not circle.meeting.contributions.exists()
    row = api("POST", "contributions/", said | {"theme": "Time", "new_theme": True})[1]
    path = f"contributions/{row['id']}/"
    status, answer = api.change("PATCH", path, {"theme": "Trav"})
    assert status == 400 and "There is no theme “Trav”" in answer["errors"][0]["detail"]
    assert api.change("PATCH", path, {"theme": "Travel", "new_theme": True})[1]["theme"]["name"] == "Travel"
    assert api("POST", "contributions/", said | {"theme": "travel"})[0] == 201  # one that is there needs no more
    assert api("POST", "contributions/", said | {"theme": "time"})[0] == 400  # one that no entry has any more does
    assert {theme.name for theme in Theme.objects.all()} == {"Time", "Travel"}


def test_decisions_are_written_reworded_and_taken_off(circle, api):
    path = f"meetings/{circle.meeting.pk}/decisions/"
    status, row = api("POST", path, {"words": "We meet at ten"})
    assert status == 201
    status, row = api.change("PATCH", f"{path}{row['id']}/", {"words": "We meet at eleven"})
    assert (status, row["words"]) == (200, "We meet at eleven")
    assert api.change("PATCH", f"{path}{row['id']}/", {"words": " "})[0] == 400
    member = Api(factories.user_in(circle.group))
    assert member("GET", path)[0] == 403  # the log is being written
    assert api.change("DELETE", f"{path}{row['id']}/")[0] == 204
    assert not Decision.objects.exists()


def test_an_action_is_written_changed_closed_and_opened_again(circle, api):
    said = factories.ContributionFactory(meeting=circle.meeting)
    body = {"group": circle.group.slug, "meeting": circle.meeting.pk, "contribution": str(said.pk), "what": "Ask"}
    status, row = api("POST", "actions/", body)
    assert (status, row["contribution"], row["status"]) == (201, str(said.pk), "open")
    path = f"actions/{row['id']}/"
    status, row = api.change("PATCH", path, {"owner": "Ann", "due_on": "2023-02-01"})
    assert (status, row["owner"], row["due_on"]) == (200, "Ann", "2023-02-01")
    assert api("POST", f"{path}close/", {"status": "dropped"})[1]["errors"][0]["attr"] == "outcome"
    status, row = api(
        "POST", f"{path}close/", {"status": "done", "outcome": "They said yes"}, If_Match=api.last.get("ETag", "*")
    )
    assert (status, row["status"], row["closed_on"]) == (200, "done", "2023-01-16")
    assert api.change("PATCH", path, {"owner": "Bob"})[0] == 409
    status, row = api("POST", f"{path}reopen/", {})
    assert (status, row["status"]) == (200, "open")


def test_an_action_agreed_at_another_groups_meeting_is_refused(circle, api, staff):
    elsewhere = factories.MeetingFactory()
    body = {"group": circle.group.slug, "meeting": elsewhere.pk, "what": "Ask"}
    status, answer = Api(staff)("POST", "actions/", body)  # staff see both
    assert status == 400 and answer["errors"][0]["attr"] == "meeting"


def test_logging_a_cancelled_meeting_is_refused_with_what_to_do(circle, api):
    meetings_services.cancel_meeting(by=circle.coordinator, meeting=circle.meeting, reason="Snow")
    status, body = api("POST", "contributions/", {"meeting": circle.meeting.pk, "kind": "barrier", "words": "x"})
    assert (
        status == 409
        and body["errors"][0]["code"] == "cancelled"
        and "Plan a new meeting" in body["errors"][0]["detail"]
    )


# --- An attacker with someone else's token ----------------------------------------------------------
def test_a_coordinator_of_another_group_writes_nothing_here(circle, api):
    """Through every address of this group's rows, and through every related field of their own."""
    said = services.add_contribution(by=circle.coordinator, meeting=circle.meeting, kind="barrier", words="Ours")
    gone = services.add_contribution(by=circle.coordinator, meeting=circle.meeting, kind="barrier", words="Off")
    services.remove_contribution(by=circle.coordinator, contribution=gone)
    decision = services.add_decision(by=circle.coordinator, meeting=circle.meeting, words="Ours")
    action = add_action(by=circle.coordinator, group=circle.group, what="Ours")
    material = add_material(
        by=circle.coordinator, meeting=circle.meeting, title="Ours", evidence_kind="research", formats=["standard"]
    )
    services.record_attendance(by=circle.coordinator, meeting=circle.meeting, statuses={}, guests=[("Guest", "")])
    guest = Attendance.objects.get(guest_name="Guest")
    group, meeting = f"groups/{circle.group.slug}", f"meetings/{circle.meeting.pk}"
    member = circle.members[0]
    mine = factories.GroupFactory()
    thief = Api(factories.user_in(mine, "coordinator"))
    my_meeting = factories.MeetingFactory(group=mine)
    mine_to_change = factories.ActionFactory(group=mine)
    before = _everything()
    for method, path, body in [
        ("PATCH", f"{group}/", {"name": "Taken"}),
        ("POST", f"{group}/cautions/", {"guard": "size", "reason": "x"}),
        ("POST", f"{group}/coordinators/", {"person": circle.ids[0]}),
        ("POST", f"{group}/members/", {"name": "x", "perspective": "carer"}),
        ("POST", f"{group}/members/{member.pk}/end/", {"ends_on": "2023-01-16"}),
        ("POST", f"groups/{mine.slug}/members/{member.pk}/end/", {"ends_on": "2023-01-16"}),
        ("PATCH", f"{meeting}/", {"title": "Taken"}),
        ("POST", f"{meeting}/cancel/", {"reason": "x"}),
        ("POST", f"{meeting}/reopen/", {"reason": "x"}),
        ("POST", f"{meeting}/finish/", {}),
        ("PUT", f"{meeting}/agenda/", {"items": []}),
        ("PUT", f"{meeting}/attendance/", {"members": [{"person": circle.ids[0], "status": "absent"}]}),
        ("PUT", f"{meeting}/notes/", {"notes": "x"}),
        ("POST", f"{meeting}/debrief/", {"held_on": "2023-01-16", "agreed_next": "x"}),
        ("POST", f"{meeting}/materials/", {"title": "x", "evidence_kind": "research", "formats": ["standard"]}),
        ("DELETE", f"{meeting}/materials/{material.pk}/", None),
        ("POST", f"{meeting}/materials/{material.pk}/sent/", {}),
        ("DELETE", f"meetings/{my_meeting.pk}/materials/{material.pk}/", None),
        ("POST", f"{meeting}/decisions/", {"words": "x"}),
        ("PATCH", f"{meeting}/decisions/{decision.pk}/", {"words": "x"}),
        ("DELETE", f"meetings/{my_meeting.pk}/decisions/{decision.pk}/", None),
        ("POST", f"{meeting}/guests/", {"name": "x"}),
        ("DELETE", f"{meeting}/guests/{guest.pk}/", None),
        ("PATCH", f"meetings/{my_meeting.pk}/guests/{guest.pk}/", {"name": "x"}),
        ("PATCH", f"contributions/{said.pk}/", {"words": "Taken"}),
        ("DELETE", f"contributions/{said.pk}/", None),
        ("POST", f"contributions/{gone.pk}/put-back/", {}),
        ("PATCH", f"actions/{action.pk}/", {"what": "Taken"}),
        ("POST", f"actions/{action.pk}/close/", {"status": "done"}),
        ("POST", f"actions/{action.pk}/reopen/", {}),
    ]:
        status, answer = thief(method, path, body, If_Match="*")
        assert status == 404, (method, path, answer)
    for method, path, body, attr in [
        ("POST", "meetings/", {"group": circle.group.slug, "starts_at": "2023-02-01T10:00Z", "ends_at": "2023-02-01T11:00Z"}, "group"),
        ("POST", "contributions/", {"meeting": circle.meeting.pk, "kind": "barrier", "words": "x"}, "meeting"),
        ("POST", "actions/", {"group": circle.group.slug, "what": "x"}, "group"),
        ("POST", "actions/", {"group": mine.slug, "what": "x", "meeting": circle.meeting.pk}, "meeting"),
        ("POST", "actions/", {"group": mine.slug, "what": "x", "contribution": str(said.pk)}, "contribution"),
        ("PATCH", f"actions/{mine_to_change.pk}/", {"contribution": str(said.pk)}, "contribution"),
        ("PUT", f"meetings/{my_meeting.pk}/attendance/", {"members": [{"person": circle.ids[0], "status": "present"}]}, None),
    ]:  # fmt: skip
        status, answer = thief(method, path, body, If_Match="*")
        assert status == 400 and problem(answer)[0] == attr, (method, path, answer)
        assert "Ours" not in str(answer) and "Local network, Wales" not in str(answer)
    status, answer = thief(
        "POST", "contributions/", {"id": str(said.pk), "meeting": my_meeting.pk, "kind": "barrier", "words": "x"}
    )
    assert status == 409 and "Ours" not in str(answer)
    assert _everything() == before


def _everything() -> list[Any]:
    models = [Group, Membership, Meeting, AgendaItem, Attendance, Contribution, Decision, Action]
    return [list(model.objects.order_by("pk").values()) for model in models]


def test_an_agenda_item_of_another_meeting_is_not_moved_by_its_id(circle, api):
    item = meetings_services.add_agenda_item(by=circle.coordinator, meeting=circle.later, title="Theirs")
    api.change("PUT", f"meetings/{circle.meeting.pk}/agenda/", {"items": [{"id": item.pk, "title": "Mine"}]})
    item.refresh_from_db()
    assert (item.meeting_id, item.title) == (circle.later.pk, "Theirs")


def test_a_member_writes_nothing_that_pages_do_not_let_them_write(circle, api):
    said = services.add_contribution(by=circle.coordinator, meeting=circle.meeting, kind="barrier", words="Ours")
    services.record_attendance(by=circle.coordinator, meeting=circle.meeting, statuses={circle.ids[0]: "present"})
    services.finish_log(by=circle.coordinator, meeting=circle.meeting)
    action = add_action(by=circle.coordinator, group=circle.group, what="Ours")
    member = Api(factories.user_in(circle.group))
    before = _everything()
    for method, path, body in [
        ("PATCH", f"groups/{circle.group.slug}/", {"name": "x"}),
        ("POST", f"groups/{circle.group.slug}/members/", {"name": "x"}),
        ("POST", "meetings/", {}),
        ("PATCH", f"meetings/{circle.meeting.pk}/", {"title": "x"}),
        ("POST", f"meetings/{circle.meeting.pk}/debrief/", {}),
        ("PUT", f"meetings/{circle.meeting.pk}/agenda/", {"items": []}),
        ("PUT", f"meetings/{circle.meeting.pk}/attendance/", {}),
        ("POST", "contributions/", {}),
        ("PATCH", f"contributions/{said.pk}/", {"words": "x"}),
        ("DELETE", f"contributions/{said.pk}/", None),
        ("POST", "actions/", {}),
        ("PATCH", f"actions/{action.pk}/", {"what": "x"}),
        ("POST", f"actions/{action.pk}/close/", {"status": "done"}),
    ]:
        assert member(method, path, body, If_Match="*")[0] == 403, (method, path)
    assert _everything() == before
