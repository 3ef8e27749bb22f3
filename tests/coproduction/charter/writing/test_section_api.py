"""/api/v1/sections/: read by those who may read the version, written in a draft by the engagement lead."""

from datetime import date

from coproduction.agreement.services import propose_version
from coproduction.charter.models import RetiredSection, SectionText
from coproduction.charter.services import draft_version

LIST = "/api/v1/sections/"
JSON = "application/json"


def text_of(version, key="vision"):
    return SectionText.objects.get(version=version, section__key=key)


def test_sections_are_read_with_the_name_of_their_version(agreed, sign_in):
    rows = sign_in(agreed.member).get(LIST, {"version": agreed.version.pk}).json()["results"]
    found = {row["key"]: row for row in rows}
    assert set(found) == {"structure", "vision"}
    row = found["vision"]
    assert (row["label"], row["status"], row["title"], row["position"]) == ("Version 1", "agreed", "Vision", 2)
    assert row["url"].endswith(f"{agreed.version.get_absolute_url()}#vision")


def test_a_draft_is_not_there_for_others(agreed, sign_in, staff):
    draft = draft_version(by=agreed.lead, charter=agreed.charter)
    one = f"{LIST}{text_of(draft).pk}/"
    for user in (staff, agreed.member):
        client = sign_in(user)
        assert client.get(one).status_code == client.patch(one, {}, JSON).status_code == 404
        assert {row["label"] for row in client.get(LIST).json()["results"]} == {"Version 1"}
        assert client.get(LIST, {"status": "draft"}).json()["results"] == []


def test_the_engagement_lead_writes_a_section_with_if_match(agreed, sign_in):
    client = sign_in(agreed.lead)
    draft = draft_version(by=agreed.lead, charter=agreed.charter)
    one = f"{LIST}{text_of(draft).pk}/"
    tag = client.get(one)["ETag"]
    assert client.patch(one, {"body": "Words."}, JSON).status_code == 428
    response = client.patch(one, {"body": "Words.", "title": "Aims", "position": 1}, JSON, headers={"If-Match": tag})
    assert response.status_code == 200, response.json()
    data = response.json()
    assert (data["body"], data["title"], data["position"], data["label"]) == ("Words.", "Aims", 1, "Version 2, draft a")
    late = client.patch(one, {"body": "Late."}, JSON, headers={"If-Match": tag})
    assert late.status_code == 412 and late.json()["current"]["body"] == "Words."
    long = client.patch(one, {"body": "x" * 20_001}, JSON, headers={"If-Match": "*"})
    assert long.status_code == 400 and text_of(draft).body == "Words."


def test_a_section_of_a_text_out_for_agreement_is_a_409_that_says_where_to_go(proposed, sign_in):
    client = sign_in(proposed.lead)
    one = f"{LIST}{text_of(proposed.version).pk}/"
    response = client.patch(one, {"body": "Sly."}, JSON, headers={"If-Match": "*"})
    assert response.status_code == 409 and "open the agreement page" in response.json()["errors"][0]["detail"]
    assert client.patch(one, {"position": 1}, JSON, headers={"If-Match": "*"}).status_code == 409
    assert client.post(f"{one}retire/", {"reason": "x"}, JSON).status_code == 409


def test_sections_are_added_taken_out_and_restored(agreed, sign_in):
    client = sign_in(agreed.lead)
    draft = draft_version(by=agreed.lead, charter=agreed.charter)
    new = {"charter": agreed.charter.pk, "title": "How we rest", "kind": "open", "body": "Often.", "position": 1}
    made = client.post(LIST, new, JSON, headers={"Idempotency-Key": "one"})
    assert made.status_code == 201, made.json()
    assert (made.json()["key"], made.json()["position"], made.json()["body"]) == ("how-we-rest", 1, "Often.")
    again = client.post(LIST, new, JSON, headers={"Idempotency-Key": "one"})
    assert again.json()["id"] == made.json()["id"] and draft.texts.count() == 3
    retired = client.post(f"{LIST}{made.json()['id']}/retire/", {"reason": "Not now"}, JSON)
    assert (retired.status_code, retired.json()) == (
        200,
        {"key": "how-we-rest", "title": "How we rest", "reason": "Not now"},
    )
    restored = client.post(f"{LIST}restore/", {"charter": agreed.charter.pk, "key": "how-we-rest"}, JSON)
    assert restored.status_code == 201 and restored.json()["body"] == "Often."
    assert not RetiredSection.objects.exists()


def test_versions_and_charters_say_their_name(agreed, sign_in):
    client = sign_in(agreed.member)
    assert client.get("/api/v1/charters/").json()["results"][0]["label"] == "Version 1"
    draft = draft_version(by=agreed.lead, charter=agreed.charter)
    labels = {row["label"] for row in sign_in(agreed.lead).get("/api/v1/charter-versions/").json()["results"]}
    assert labels == {"Version 1", "Version 2, draft a"}
    propose = {"by": agreed.lead, "version": draft, "closes_on": date(2022, 10, 1), "change_note": "New"}
    SectionText.objects.filter(version=draft, section__key="vision").update(body="New.")
    propose_version(**propose)
    assert "Version 2" in {row["label"] for row in client.get("/api/v1/charter-versions/").json()["results"]}
