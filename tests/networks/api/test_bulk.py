"""Adding many rows in one request."""

import json

import pytest

from networks.log.models import Contribution

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
