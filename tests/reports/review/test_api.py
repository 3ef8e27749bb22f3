"""Comments and the steps of a report over the API."""

import json

import pytest

from reports.approval.review.models import ReviewComment
from reports.writing.models import AnnualReport
from reports.writing.services import MUST_BE_WRITTEN
from tests import factories

pytestmark = pytest.mark.django_db


def post(client, path: str, body: dict, **headers):
    return client.post(f"/api/v1/{path}", json.dumps(body), content_type="application/json", headers=headers)


@pytest.fixture
def report() -> AnnualReport:
    found = factories.AnnualReportFactory(year=2022)
    found.sections.filter(key__in=MUST_BE_WRITTEN).update(body="Words.")
    return found


def test_leadership_comments_and_the_writers_resolve(report, leader, staff, outsider, sign_in):
    body = {"report": 2022, "section": "progress", "words": "Say more about Wales."}
    made = post(sign_in(leader), "comments/", body, **{"Idempotency-Key": "one"})
    again = post(sign_in(leader), "comments/", body, **{"Idempotency-Key": "one"})
    assert (made.status_code, again.status_code) == (201, 201) and ReviewComment.objects.count() == 1
    row = made.json()
    assert (row["section"], row["status"], row["made_by"]) == ("progress", "open", leader.display_name)
    assert sign_in(outsider).get("/api/v1/comments/").json()["results"] == []
    assert post(sign_in(outsider), "comments/", body).status_code == 403
    path = f"comments/{row['id']}/resolve/"
    assert post(sign_in(leader), path, {"answer": "Done"}).status_code == 403
    assert post(sign_in(staff), path, {"answer": "Done"}, **{"If-Match": '"9-x"'}).status_code == 412
    done = post(sign_in(staff), path, {"answer": "Wales has a page now."})
    assert done.status_code == 200 and done.json()["status"] == "resolved"
    assert post(sign_in(staff), path, {"answer": "Again"}).status_code == 409
    listed = sign_in(staff).get("/api/v1/comments/?report=2022&section=progress&status=resolved").json()["results"]
    assert [one["id"] for one in listed] == [row["id"]]


def test_a_report_goes_from_writing_to_everyone_over_the_api(report, staff, leader, sign_in):
    factories.EditionFactory(report=report)
    writer, reader = sign_in(staff), sign_in(leader)
    assert post(reader, "reports/2022/submit/", {}).status_code == 403
    assert post(writer, "reports/2022/submit/", {}).json()["status"] == "submitted"
    assert post(reader, "reports/2022/send-back/", {}).status_code == 400
    assert post(reader, "reports/2022/send-back/", {"note": "Wales"}).json()["status"] == "writing"
    post(writer, "reports/2022/submit/", {})
    assert post(reader, "reports/2022/approve/", {"edition": 9}).status_code == 400
    refused = post(reader, "reports/2022/approve/", {"edition": 1})
    assert refused.status_code == 400 and refused.json()["errors"][0]["attr"] == "override"
    body = {"edition": 1, "override": "No group reads it here."}
    assert post(reader, "reports/2022/approve/", body).json()["approved_edition"] == 1
    assert post(writer, "reports/2022/publish/", {}).json()["status"] == "published"


def test_the_one_who_sent_a_report_is_told_why_they_cannot_approve_it(report, sign_in):
    factories.EditionFactory(report=report)
    both = sign_in(factories.UserFactory(roles=["leadership", "staff"]))
    post(both, "reports/2022/submit/", {})
    refused = post(both, "reports/2022/approve/", {"edition": 1, "override": "Why"})
    assert refused.status_code == 409 and refused.json()["errors"][0]["code"] == "own_report"
