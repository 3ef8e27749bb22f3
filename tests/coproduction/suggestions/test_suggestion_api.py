"""/api/v1/suggestions/: writing, sending, answering, merging and moderating, through the same services."""

import json

import pytest

from coproduction.suggestions import services
from coproduction.suggestions.models import Suggestion
from tests import factories

pytestmark = pytest.mark.sqlite_only
LIST = "/api/v1/suggestions/"


def send(client, path, data, method="post", status=200, **headers):
    answer = client.generic(method.upper(), path, json.dumps(data), content_type="application/json", headers=headers)
    assert answer.status_code == status, answer.content
    return answer


@pytest.fixture
def body(proposed):
    return {"version": proposed.version.pk, "section": "vision", "words": "Plainer", "quote": "our Vision"}


def test_a_member_drafts_changes_and_sends_a_suggestion(proposed, sign_in, body):
    mine, lead = sign_in(proposed.member), sign_in(proposed.lead)
    made = send(mine, LIST, body, status=201, **{"Idempotency-Key": "one"})
    send(mine, LIST, body, status=201, **{"Idempotency-Key": "one"})
    path = made["Location"].removeprefix("http://testserver")
    assert (made.json()["status"], made.json()["prefix"], made.json()["person"]) == (
        *("draft", "About "),
        proposed.member.person.name,
    )
    assert lead.get(path).status_code == 404 and lead.get(LIST).json()["results"] == []
    send(mine, path, {"words": "Plainer words"}, "patch", 428)
    changed = send(mine, path, {"words": "Plainer words"}, "patch", **{"If-Match": made["ETag"]})
    stale = send(mine, path, {"words": "From an old window"}, "patch", 412, **{"If-Match": made["ETag"]})
    assert stale.json()["current"]["words"] == "Plainer words" and stale["ETag"] == changed["ETag"]
    sent = send(mine, f"{path}send/", {}, **{"If-Match": changed["ETag"]})
    assert sent.json()["status"] == "waiting" and lead.get(path).json()["quote"] == "our Vision"
    send(mine, path, {"words": "Too late"}, "patch", 409, **{"If-Match": sent["ETag"]})
    assert mine.delete(path, headers={"If-Match": sent["ETag"]}).status_code == 409
    assert Suggestion.with_drafts.count() == 1


def test_a_draft_is_deleted_and_a_wrong_passage_refused(proposed, sign_in, body):
    mine = sign_in(proposed.member)
    wrong = send(mine, LIST, {**body, "quote": "not there"}, status=400).json()
    assert wrong["errors"][0]["attr"] == "quote"
    assert send(mine, LIST, {**body, "section": "nowhere"}, status=400).json()["errors"][0]["attr"] == "section"
    made = send(mine, LIST, body, status=201)
    path = made["Location"].removeprefix("http://testserver")
    assert mine.delete(path, headers={"If-Match": made["ETag"]}).status_code == 204
    assert not Suggestion.with_drafts.exists()


def test_one_member_does_not_write_for_another_and_the_lead_says_how_they_were_told(proposed, sign_in, body):
    given = {**body, "send": True, "person": proposed.people[0].pk}
    refused = send(sign_in(proposed.member), LIST, {**given, "told": "phone"}, status=400).json()
    assert refused["errors"][0]["attr"] == "person"
    lead = sign_in(proposed.lead)
    assert send(lead, LIST, given, status=400).json()["errors"][0]["attr"] == "told"
    row = send(lead, LIST, {**given, "told": "phone"}, status=201).json()
    assert (row["written_down_by"], row["told"]) == (proposed.lead.display_name, "phone")


def test_the_lead_answers_merges_and_moderates(proposed, sign_in, leader):
    about = {"section": proposed.section, "version": proposed.version, "by": proposed.member}
    one, two = (services.suggest_change(words=words, **about) for words in ("Shorter", "Shorter, please"))
    mine, lead = sign_in(proposed.member), sign_in(proposed.lead)
    path = f"{LIST}{one.pk}/"
    seen = lead.get(path)["ETag"]
    send(lead, f"{path}merge/", {"others": [two.pk]})
    assert mine.get(f"{LIST}{two.pk}/").json()["merged_into"] == one.pk
    late = send(lead, f"{path}answer/", {"status": "not_now", "answer": "No."}, status=412, **{"If-Match": seen})
    answer = {"status": "adapted", "answer": "A little."}
    send(lead, f"{path}answer/", answer, **{"If-Match": late["ETag"]})
    assert mine.get(f"{LIST}{two.pk}/").json()["answer"] == "A little."
    assert send(lead, f"{path}answer/", answer, status=409).json()["errors"][0]["code"] == "answered"
    send(mine, f"{path}answer/", answer, status=403)
    said = send(mine, f"{path}comments/", {"words": "Thank you"}, status=201).json()["comments"]
    hide = f"{path}comments/{said[0]['id']}/hide/"
    send(mine, hide, {"reason": "x"}, status=403)
    send(lead, hide, {"reason": "Be kind."})
    other = sign_in(factories.user_in(proposed.group)).get(path).json()["comments"]
    assert (other[0]["words"], other[0]["reason"], other[0]["who"]) == (None, "", "")
    assert mine.get(path).json()["comments"][0]["reason"] == "Be kind."
    send(lead, f"{path}comments/{said[0]['id']}/show/", {})
    outside = sign_in(leader).get(path).json()
    assert outside["comments"] is None and outside["person"] is None


def test_a_list_asks_the_database_as_often_for_thirty_as_for_one(
    proposed, sign_in, django_assert_max_num_queries, django_assert_num_queries
):
    def add(count):
        for n in range(count):
            Suggestion.objects.create(
                section=proposed.section, version=proposed.version, person=proposed.people[n % 3], words=f"{n}, {count}"
            )

    mine = sign_in(proposed.member)
    add(1)
    mine.get(LIST)
    with django_assert_max_num_queries(30) as first:
        mine.get(LIST)
    add(29)
    with django_assert_num_queries(len(first)):
        assert len(mine.get(LIST).json()["results"]) == 30
