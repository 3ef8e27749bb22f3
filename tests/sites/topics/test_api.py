"""The API of topics, proposals, scores and lists: the same services, the same refusals, conditional writes."""

import pytest

from sites.topics.models import Topic
from sites.topics.proposals.models import Proposal
from sites.topics.scoring.models import ScoreSheet, TopicYear
from tests import factories

pytestmark = pytest.mark.django_db
FULL = {
    name: value
    for field in ("makes_a_difference", "tackles_inequalities", "good_use_of_resources", "enough_evidence")
    for name, value in ((field, 3), (f"{field}_why", "Because"))
}


@pytest.fixture
def as_staff(staff, sign_in):
    return sign_in(staff)


def send(client, method: str, url: str, data: dict, **headers: str):
    return getattr(client, method)(url, data, content_type="application/json", headers=headers)


def errors(response) -> dict[str | None, str]:
    return {error["attr"]: error["detail"] for error in response.json()["errors"]}


def test_a_topic_is_added_changed_and_scored(as_staff, staff):
    made = send(as_staff, "post", "/api/v1/topics/", {"name": "Carers", "source": "staff", "proposed_for": 2024})
    assert made.status_code == 201 and made["Location"].endswith("/api/v1/topics/carers/")
    url, tag = "/api/v1/topics/carers/", made["ETag"]
    assert send(as_staff, "patch", url, {"summary": "New"}).status_code == 428
    changed = send(as_staff, "patch", url, {"summary": "New"}, **{"If-Match": tag})
    assert changed.json()["summary"] == "New"
    assert send(as_staff, "patch", url, {"summary": "Late"}, **{"If-Match": tag}).status_code == 412
    scores = {"makes_a_difference": 5, "tackles_inequalities": 4, "good_use_of_resources": 3, "enough_evidence": None}
    scored = send(as_staff, "put", f"{url}scores/", scores, **{"If-Match": changed["ETag"]})
    assert scored.json()["makes_a_difference"] == 5 and scored.json()["total"] is None
    wrong = send(as_staff, "put", f"{url}scores/", {**scores, "enough_evidence": 6}, **{"If-Match": "*"})
    assert wrong.status_code == 400 and "enough_evidence" in errors(wrong)
    assert errors(send(as_staff, "post", "/api/v1/topics/", {"name": "x", "colour": "red"}))["colour"]
    factories.scoring_of(2024, [Topic.objects.get()], [staff])
    several = send(as_staff, "put", f"{url}scores/", scores, **{"If-Match": "*"})
    assert several.status_code == 409 and "Several people" in several.json()["errors"][0]["detail"]


def test_proposals_are_recorded_and_decided_about(as_staff):
    url = "/api/v1/topic-proposals/"
    assembly = factories.AdvisoryGroupFactory(kind="assembly", slug="assembly-wales", nation="wales")
    meeting = factories.MeetingFactory(group=assembly)
    sent = {
        "year": 2024,
        "title": "A break",
        "source": "assembly",
        "group": "assembly-wales",
        "meeting": meeting.pk,
        "nations": [],
    }
    made = send(as_staff, "post", url, sent, **{"Idempotency-Key": "one"})
    again = send(as_staff, "post", url, sent, **{"Idempotency-Key": "one"})
    assert made.status_code == 201 and again.json()["id"] == made.json()["id"] and Proposal.objects.count() == 1
    assert made.json()["nations"] == ["wales"] and made.json()["meeting"]["on"] == "2022-07-26"
    own = f"{url}{made.json()['id']}/"
    assert "group" in errors(send(as_staff, "post", url, {**sent, "group": None, "meeting": None}))
    assert "meeting" in errors(send(as_staff, "post", url, {**sent, "meeting": 999}))
    assert send(as_staff, "patch", own, {"title": "Rest"}).status_code == 428
    assert send(as_staff, "patch", own, {"title": "Rest"}, **{"If-Match": made["ETag"]}).json()["title"] == "Rest"
    late = send(as_staff, "post", f"{own}take-on/", {}, **{"If-Match": made["ETag"]})
    assert late.status_code == 412
    taken = send(as_staff, "post", f"{own}take-on/", {})
    assert taken.status_code == 200 and taken.json()["topic"] == {"slug": "rest", "name": "Rest"}
    assert send(as_staff, "post", f"{own}set-aside/", {"reason": "No"}).status_code == 409
    other = factories.ProposalFactory()
    merged = send(as_staff, "post", f"{url}{other.pk}/merge/", {"into": made.json()["id"]})
    assert merged.json()["merged_into"] == {"id": made.json()["id"], "title": "Rest"}
    assert send(as_staff, "post", f"{url}{other.pk}/reopen/", {}).json()["state"] == "open"


def test_scores_are_given_and_changed_by_those_who_are_asked_only(as_staff, staff, assessor, leader, sign_in):
    topic = factories.TopicFactory(slug="carers", proposed_for=2024)
    year = factories.scoring_of(2024, [topic], [staff, assessor])
    url = "/api/v1/topic-scores/"
    assert send(sign_in(leader), "post", url, {"year": 2024, "topic": "carers", **FULL}).status_code == 403
    made = send(as_staff, "post", url, {"year": 2024, "topic": "carers", **FULL})
    assert made.status_code == 201 and made.json()["is_complete"] and made.json()["is_own"]
    assert send(as_staff, "post", url, {"year": 2024, "topic": "carers", **FULL}).status_code == 409
    assert "year" in errors(send(as_staff, "post", url, {"year": 2023, "topic": "carers", **FULL}))
    own = f"{url}{made.json()['id']}/"
    bad = send(as_staff, "patch", own, {"enough_evidence_why": ""}, **{"If-Match": made["ETag"]})
    assert "Give a reason" in errors(bad)["enough_evidence_why"]
    changed = send(as_staff, "patch", own, {"enough_evidence": 5}, **{"If-Match": made["ETag"]})
    assert changed.json()["enough_evidence"] == 5
    assert send(as_staff, "patch", own, {"enough_evidence": 1}, **{"If-Match": made["ETag"]}).status_code == 412
    assert send(sign_in(assessor), "patch", own, {"enough_evidence": 1}, **{"If-Match": "*"}).status_code == 404
    TopicYear.objects.filter(pk=year.pk).update(stage="scored")
    assert send(as_staff, "patch", own, {"enough_evidence": 1}, **{"If-Match": "*"}).status_code == 409
    assert send(sign_in(assessor), "patch", own, {"enough_evidence": 1}, **{"If-Match": "*"}).status_code == 403
    assert ScoreSheet.objects.get().enough_evidence == 5


def test_a_year_goes_from_scoring_to_a_published_list_and_a_correction(as_staff, staff, assessor, leader, sign_in):
    topic = factories.TopicFactory(slug="carers", name="Carers", proposed_for=2024)
    url = "/api/v1/topic-years/"
    unknown = send(as_staff, "post", url, {"year": 2024, "scorers": [staff.email, "who@impact.example"]})
    assert "who@impact.example" in errors(unknown)["scorers"]
    made = send(as_staff, "post", url, {"year": 2024, "scorers": [staff.email, assessor.email]})
    assert made.status_code == 201 and made.json()["stage"] == "scoring"
    own = f"{url}2024/"
    for user in (staff, assessor):
        send(sign_in(user), "post", "/api/v1/topic-scores/", {"year": 2024, "topic": "carers", **FULL})
    closed = send(as_staff, "post", f"{own}close-scoring/", {})
    assert closed.json()["stage"] == "scored"
    listed = {"introduction": "How.", "entries": [{"topic": topic.slug, "place": 1, "reason": "It matters."}]}
    assert send(as_staff, "put", f"{own}list/", listed).status_code == 428
    drafted = send(as_staff, "put", f"{own}list/", listed, **{"If-Match": closed["ETag"]})
    assert drafted.json()["entries"][0]["reason"] == "It matters."
    assert send(sign_in(leader), "post", f"{own}agree/", {}, **{"If-Match": closed["ETag"]}).status_code == 412
    agreed = send(sign_in(leader), "post", f"{own}agree/", {}, **{"If-Match": drafted["ETag"]})
    assert agreed.json()["agreed_by"] == leader.display_name
    outside = sign_in(factories.UserFactory())
    assert outside.get(own).status_code == 404
    assert send(as_staff, "post", f"{own}publish/", {}).json()["editions"][0]["number"] == 1
    public = outside.get(own).json()
    assert public["agreed_by"] == "" and public["scorers"] == [] and public["entries"][0]["topic"]["slug"] == "carers"
    listed["entries"][0]["reason"] = "It matters much."
    corrected = send(as_staff, "post", f"{own}correct/", {**listed, "correction": "The reason"})
    assert [row["correction"] for row in corrected.json()["editions"]] == ["The reason", ""]
    assert send(as_staff, "post", f"{own}reopen-scoring/", {"reason": "Again"}).status_code == 409


def test_lists_of_topics_proposals_scores_and_years_come_as_files(as_staff, staff, assessor):
    topic = factories.TopicFactory(proposed_for=2024)
    year = factories.scoring_of(2024, [topic], [staff, assessor], stage="scored")
    factories.sheet_of(year, topic, assessor, 1, 2, 3, 4)
    factories.ProposalFactory(title="=cmd")
    for name, words in (
        ("topics", "scored_by"),
        ("topic-proposals", "'=cmd"),
        ("topic-scores", "Reason for 4"),
        ("topic-years", "2024,scored"),
        ("survey-counts", "people"),
    ):
        answer = as_staff.get(f"/api/v1/{name}/export.csv")
        body = b"".join(answer.streaming_content).decode()
        assert answer.status_code == 200 and (words in body or words.lower() in body.lower()), (name, body[:300])
        assert as_staff.get(f"/api/v1/{name}/export.xlsx").status_code == 200
