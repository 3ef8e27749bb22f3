"""Adding many rows in one request."""

import json

import pytest

from networks.groups.models import Membership
from networks.log.models import Attendance, Contribution
from networks.meetings.models import Meeting

pytestmark = pytest.mark.django_db


def test_many_are_added_at_once_all_or_none_or_those_that_are_right(circle, leader, sign_in):
    client = sign_in(circle.coordinator)

    def send(rows: list, *, key: str = "", by=client, **more) -> tuple[int, dict, str]:
        response = by.post(
            "/api/v1/contributions/bulk/",
            json.dumps({"rows": rows, **more}),
            content_type="application/json",
            headers={"Idempotency-Key": key} if key else {},
        )
        return response.status_code, response.json(), response.headers.get("Idempotency-Replayed", "")

    right = {"meeting": circle.meeting.pk, "kind": "barrier", "level": "systemic", "words": "No time"}
    wrong, unknown = {**right, "words": ""}, {**right, "meeting": 10**8, "shoe_size": 9}
    status, body, _ = send([right, wrong, unknown])
    assert status == 400 and body["type"] == "validation_error" and Contribution.objects.count() == 0
    assert [error["attr"] for error in body["errors"]] == ["rows.1.words", "rows.2.shoe_size"]

    status, body, _ = send([right, {**right, "words": "Too far"}], key="all")
    assert status == 201 and [row["status"] for row in body["results"]] == [201, 201]
    assert {row["id"] for row in body["results"]} == {
        str(pk) for pk in Contribution.objects.values_list("pk", flat=True)
    }
    assert send([right, {**right, "words": "Too far"}], key="all") == (201, body, "true")  # nothing was added twice
    assert Contribution.objects.count() == 2 and send([right], key="all")[0] == 422

    status, body, _ = send([wrong, {**right, "words": "Too late"}], partial=True, key="some")
    first, second = body["results"]
    assert status == 200 and (first["status"], first["id"], first["errors"][0]["attr"]) == (400, None, "words")
    assert second["status"] == 201 and Contribution.objects.filter(pk=second["id"], words="Too late").exists()
    again = send([wrong, {**right, "words": "Too late"}], partial=True, key="some")[1]["results"]
    assert [row["status"] for row in again] == [400, 201] and again[0]["errors"][0]["detail"] == ""

    assert send([])[0] == 400 and send([right] * 201)[0] == 400
    assert send([wrong], by=sign_in(leader))[0] == 403  # could add nothing: not even told what is wrong


def test_attendance_members_and_meetings_are_added_at_once_by_the_rules_of_one(circle, leader, sign_in):
    client = sign_in(circle.coordinator)

    def send(path: str, rows: list, by=client, **more) -> tuple[int, list]:
        body = json.dumps({"rows": rows, **more})
        response = by.post(f"/api/v1/{path}bulk/", body, content_type="application/json")
        return response.status_code, response.json().get("results") or response.json()["errors"]

    first, second = circle.ids[:2]
    came = {"meeting": circle.meeting.pk, "person": first, "status": "present"}
    sent = {**came, "person": second, "status": "apologies"}
    later, stranger = {**came, "meeting": circle.later.pk}, {**came, "person": leader.person.pk}
    status, errors = send("attendance/", [came, later, stranger])
    assert status == 400 and not Attendance.objects.exists() and {e["attr"].split(".")[1] for e in errors} == {"1", "2"}
    status, results = send("attendance/", [came, sent, later, stranger], partial=True)
    assert status == 200 and [row["status"] for row in results] == [201, 201, 409, 400]
    assert dict(circle.meeting.attendances.values_list("person_id", "status")) == {
        first: "present",
        second: "apologies",
    }
    status, (corrected,) = send("attendance/", [{**came, "status": "absent"}])
    assert (
        status == 201
        and corrected["id"] == results[0]["id"]
        and circle.meeting.attendances.get(person=first).status == "absent"
    )
    assert send("attendance/", [came], by=sign_in(leader))[0] == 403

    members = f"groups/{circle.group.slug}/members/"
    new = {"name": "New Member", "perspective": "carer"}
    status, results = send(members, [new, {"name": "No Perspective"}, {**new, "name": "Other Member"}], partial=True)
    assert status == 200 and [row["status"] for row in results] == [201, 400, 201]
    added = Membership.objects.get(pk=results[0]["id"])
    assert added.person.name == "New Member" and added.recorded_by == circle.coordinator
    assert send(members, [new], by=sign_in(leader))[0] == 403

    day = {"group": circle.group.slug, "starts_at": "2023-01-24T10:00Z", "ends_at": "2023-01-24T12:00Z"}
    status, results = send(
        "meetings/", [day, {**day, "starts_at": "2023-01-31T10:00Z", "ends_at": "2023-01-31T12:00Z"}]
    )
    planned = Meeting.objects.filter(pk__in=[row["id"] for row in results])
    assert status == 201 and sorted(planned.values_list("number", "status")) == [(3, "planned"), (4, "planned")]
    assert send("meetings/", [{**day, "ends_at": "2023-01-24T09:00Z"}])[0] == 400
    assert send("meetings/", [day], by=sign_in(leader))[0] == 403
