"""Evidence and evidence gaps written over the API, through the services of the pages."""

from datetime import timedelta
from typing import Any

import pytest

from impact.core.access.models import AuditEvent
from impact.core.basics import clock
from sites.progress.evidence.models import EvidenceGap, EvidenceItem, GapFeedback
from tests import factories

pytestmark = pytest.mark.django_db
ITEM = {
    "title": "Sleep of carers",
    "kind": "lived_experience",
    "strength": "emerging",
    "summary": "Nights are broken.",
    "source": "An invented survey",
    "year": 2021,
    "formats": ["audio"],
}
GAP = {"title": "What helps at night?", "why": "Carers would know.", "raised_on": "2022-09-01"}


@pytest.fixture
def client(staff, sign_in):
    return sign_in(staff)


@pytest.fixture
def site():
    return factories.UpdateFactory(site__slug="antrim").site


@pytest.fixture
def gap(site):
    return factories.EvidenceGapFactory(slug="nights", topic=None, site=site)


def send(client, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
    """The status and the JSON of a request with a JSON body."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    ask = getattr(client, method.lower())
    response = ask(f"/api/v1/{path}", body or {}, content_type="application/json", headers=named)
    return response.status_code, response.json() if response.content else None


def attr(body: Any) -> str:
    return body["errors"][0]["attr"]


def events() -> list[str]:
    rows = AuditEvent.objects.filter(type__startswith="evidence").order_by("pk")
    return list(rows.values_list("type", flat=True))


def slugs(rows: list[dict[str, Any]]) -> set[str]:
    return {row["slug"] for row in rows}


# --- Evidence items ------------------------------------------------------------------------------
def test_staff_add_an_item_and_change_it_with_what_it_is_about(site, client):
    topic = site.topic
    sent = ITEM | {"topics": [topic.slug, topic.slug], "sites": ["antrim"]}
    made = client.post("/api/v1/evidence/", sent, content_type="application/json", headers={"Idempotency-Key": "one"})
    assert made.status_code == 201, made.content
    found = made.json()
    assert ITEM.items() <= found.items() and found["slug"] == "sleep-of-carers" and not found["is_illustrative"]
    assert slugs(found["topics"]) == {topic.slug} and slugs(found["sites"]) == {"antrim"}
    assert made["Location"].endswith("/api/v1/evidence/sleep-of-carers/")
    again = client.post("/api/v1/evidence/", sent, content_type="application/json", headers={"Idempotency-Key": "one"})
    assert again["Idempotency-Replayed"] == "true" and EvidenceItem.objects.count() == 1

    own = "evidence/sleep-of-carers/"
    assert send(client, "PATCH", own, {"title": "Sleep"})[0] == 428
    status, found = send(client, "PATCH", own, {"title": "Sleep"}, If_Match=made["ETag"])
    assert status == 200 and (found["title"], found["slug"]) == ("Sleep", "sleep-of-carers")
    assert slugs(found["topics"]) == {topic.slug}  # what was not sent stays
    status, refused = send(client, "PATCH", own, {"sites": []}, If_Match=made["ETag"])
    assert status == 412 and refused["current"]["title"] == "Sleep"
    tag = client.get(f"/api/v1/{own}")["ETag"]
    assert send(client, "PATCH", own, {"sites": []}, If_Match=tag)[1]["sites"] == []
    assert send(client, "PATCH", own, {"topics": []}, If_Match=tag)[0] == 412  # other links are another version
    assert events() == ["evidence.added", "evidence.changed", "evidence.changed"]
    assert client.delete(f"/api/v1/{own}").status_code == 405


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"kind": "rumour"}, "kind"),
        ({"formats": ["smell"]}, "formats.0"),
        ({"year": 1899}, "year"),
        ({"year": 2099}, "year"),
        ({"web_address": "javascript:alert(1)"}, "web_address"),
        ({"topics": ["no-such-topic"]}, "topics"),
        ({"sites": ["antrim"] * 101}, "sites"),
        ({"title": "Known"}, "title"),
        ({"is_illustrative": True}, "is_illustrative"),
    ],
)
def test_what_is_wrong_with_an_item_is_named(wrong, field, site, client):
    factories.EvidenceItemFactory(title="Known")
    status, found = send(client, "POST", "evidence/", ITEM | wrong)
    assert (status, attr(found)) == (400, field) and EvidenceItem.objects.count() == 1


def test_only_national_staff_write_evidence_and_gaps(site, gap, staff, leader, outsider, administrator, sign_in):
    item = factories.EvidenceItemFactory(slug="known", topics=[site.topic])
    feedback = GapFeedback.objects.create(gap=gap, role="A manager")
    team = factories.team_of(site)
    writes = [
        ("POST", "evidence/", ITEM),
        ("PATCH", "evidence/known/", {"title": "Other"}),
        ("POST", "evidence-gaps/", GAP | {"site": "antrim"}),
        ("PATCH", "evidence-gaps/nights/", {"why": "Other"}),
        ("POST", "evidence-gaps/nights/feedback/", {"role": "A nurse"}),
        ("PATCH", f"evidence-gaps/nights/feedback/{feedback.pk}/", {"said": "Other"}),
        ("POST", "evidence-gaps/nights/answer/", {"answer": "Yes."}),
        ("POST", "evidence-gaps/nights/close/", {"reason": "No one asks."}),
        ("POST", "evidence-gaps/nights/reopen/", {}),
    ]
    for user in (leader, team, administrator):  # who see all of it
        assert [send(sign_in(user), *write, If_Match="*")[0] for write in writes] == [403] * len(writes)
    found = [send(sign_in(outsider), *write, If_Match="*")[0] for write in writes]
    assert found == [403, 403, 403, *[404] * 6]  # a gap of a site is seen inside it
    item.refresh_from_db()
    gap.refresh_from_db()
    assert (item.version, gap.version, gap.feedback.get().version) == (1, 1, 1) and events() == []


# --- Evidence gaps -------------------------------------------------------------------------------
def test_staff_raise_a_gap_and_correct_where_it_comes_from(site, client):
    made = client.post("/api/v1/evidence-gaps/", GAP | {"site": "antrim"}, content_type="application/json")
    assert made.status_code == 201, made.content
    found, own = made.json(), f"evidence-gaps/{made.json()['slug']}/"
    assert GAP.items() <= found.items() and found["site"]["slug"] == "antrim" and found["topic"] is None
    assert found["state"] == "open" and found["feedback"] == []
    assert send(client, "PATCH", own, {"why": "Many ask."})[0] == 428
    status, refused = send(client, "PATCH", own, {"topic": site.topic.slug}, If_Match="*")
    assert (status, attr(refused)) == (400, "topic")  # one of the two
    change = {"topic": site.topic.slug, "site": None}
    status, found = send(client, "PATCH", own, change, If_Match=made["ETag"])
    assert status == 200 and (found["topic"]["slug"], found["site"]) == (site.topic.slug, None)
    status, refused = send(client, "PATCH", own, {"why": "Many ask."}, If_Match=made["ETag"])
    assert status == 412 and refused["current"]["topic"]["slug"] == site.topic.slug
    assert events() == ["evidence_gap.raised", "evidence_gap.changed"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"site": None}, "topic"),
        ({"site": "no-such-site"}, "site"),
        ({"title": ""}, "title"),
        ({"raised_on": (clock.today() + timedelta(days=1)).isoformat()}, "raised_on"),
        ({"state": "answered"}, "state"),
    ],
)
def test_what_is_wrong_with_a_gap_is_named(wrong, field, site, client):
    status, found = send(client, "POST", "evidence-gaps/", GAP | {"site": "antrim"} | wrong)
    assert (status, attr(found)) == (400, field) and not EvidenceGap.objects.exists()


def test_feedback_on_a_gap_is_recorded_and_completed_later(gap, client, site, outsider, sign_in):
    body = factories.OrganisationFactory()
    own = "evidence-gaps/nights/feedback/"
    assert attr(send(client, "POST", own, {"said": "Yes"})[1]) == "organisation"
    assert attr(send(client, "POST", own, {"organisation": body.slug, "role": "A nurse"})[1]) == "role"
    assert attr(send(client, "POST", own, {"role": "A nurse", "on": "2022-08-31"})[1]) == "on"  # before it was raised
    status, found = send(client, "POST", own, {"organisation": body.slug, "on": "2022-09-02"}, Idempotency_Key="one")
    assert status == 201 and send(
        client, "POST", own, {"organisation": body.slug, "on": "2022-09-02"}, Idempotency_Key="one"
    ) == (201, found)
    (row,) = found["feedback"]
    assert (row["organisation"]["slug"], row["on"], row["said"], row["version"]) == (body.slug, "2022-09-02", "", 1)

    one = f"{own}{row['id']}/"
    tag = client.get(f"/api/v1/{one}")["ETag"]
    assert send(client, "PATCH", one, {"said": "We will."})[0] == 428
    status, found = send(client, "PATCH", one, {"said": "We will."}, If_Match=tag)
    assert status == 200 and (found["said"], found["version"]) == ("We will.", 2)
    status, found = send(client, "PATCH", one, {"said": "Never."}, If_Match=tag)
    assert status == 412 and gap.feedback.get().said == "We will."
    assert attr(send(client, "PATCH", one, {"organisation": None}, If_Match="*")[1]) == "organisation"
    assert sign_in(factories.team_of(site)).get(f"/api/v1/{one}").json()["said"] == "We will."
    assert sign_in(outsider).get(f"/api/v1/{one}").status_code == 404
    assert events() == ["evidence_gap.fed_back", "evidence_gap.feedback_changed"]


def test_who_was_told_stays_inside_also_at_its_own_address(client, site, outsider, sign_in):
    gap, other = factories.EvidenceGapFactory(slug="shown", topic=site.topic), factories.EvidenceGapFactory(slug="two")
    row = GapFeedback.objects.create(gap=gap, role="A manager")
    assert sign_in(outsider).get("/api/v1/evidence-gaps/shown/").status_code == 200
    address = f"/api/v1/evidence-gaps/shown/feedback/{row.pk}/"
    assert sign_in(outsider).get(address).status_code == 404 and client.get(address).status_code == 200
    assert client.get(f"/api/v1/evidence-gaps/{other.slug}/feedback/{row.pk}/").status_code == 404


def test_a_gap_is_answered_reopened_and_closed(gap, client):
    for slug in ("one", "two"):
        factories.EvidenceItemFactory(slug=slug)
    own = "evidence-gaps/nights/"
    assert attr(send(client, "POST", f"{own}answer/", {"answer": " "})[1]) == "answer"
    assert attr(send(client, "POST", f"{own}answer/", {"answer": "Yes.", "on": "2022-08-31"})[1]) == "on"
    assert attr(send(client, "POST", f"{own}answer/", {"answer": "Yes.", "evidence": ["none"]})[1]) == "evidence"
    body = {"answer": "Yes.", "on": "2022-09-11", "evidence": ["one", "two"]}
    assert send(client, "POST", f"{own}answer/", body, If_Match='"7-x"')[0] == 412
    status, found = send(client, "POST", f"{own}answer/", body, If_Match='"1-x"')
    assert status == 200 and (found["state"], found["settled_on"], found["days_open"]) == ("answered", "2022-09-11", 10)
    assert slugs(found["evidence"]) == {"one", "two"}
    status, refused = send(client, "POST", f"{own}close/", {"reason": "No one asks."})
    assert (status, refused["errors"][0]["code"]) == (409, "wrong_state")

    status, found = send(client, "POST", f"{own}reopen/")
    assert status == 200 and (found["state"], found["answer"], found["settled_on"]) == ("open", "Yes.", None)
    assert send(client, "POST", f"{own}reopen/")[0] == 409
    found = send(client, "POST", f"{own}answer/", {"answer": "No."})[1]
    assert slugs(found["evidence"]) == {"one", "two"}  # left out: as in the earlier answer
    send(client, "POST", f"{own}reopen/")
    assert send(client, "POST", f"{own}answer/", {"answer": "No.", "evidence": []})[1]["evidence"] == []
    send(client, "POST", f"{own}reopen/")

    assert attr(send(client, "POST", f"{own}close/")[1]) == "reason"
    status, found = send(client, "POST", f"{own}close/", {"reason": "No one asks."})
    assert status == 200 and (found["state"], found["closed_reason"]) == ("closed", "No one asks.")
    assert found["settled_on"] == clock.today().isoformat()
    assert events()[:3] == ["evidence_gap.answered", "evidence_gap.reopened", "evidence_gap.answered"]
    assert events()[-1] == "evidence_gap.closed"
