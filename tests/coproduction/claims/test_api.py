"""Claims over the API: the same services, once for a key, and only what the caller may see."""

from decimal import Decimal

import pytest

from coproduction.claims import services
from coproduction.claims.models import Claim
from impact.core.access.models import AuditEvent
from tests.coproduction.claims.conftest import claimed, fare

pytestmark = pytest.mark.django_db
CLAIMS = "/api/v1/claims/"


def send(client, address, body=None, **headers):
    return client.post(address, body or {}, content_type="application/json", headers=headers)


def test_a_member_claims_an_expense_once_for_a_key_and_not_again_under_another(pay, sign_in):
    client = sign_in(pay.member)
    body = {"group": "advisory-group", "kind": "travel", "what": "Bus", "on": "2022-09-10", "amount_pence": 480}
    first = send(client, CLAIMS, body, **{"Idempotency-Key": "bus"})
    again = send(client, CLAIMS, body, **{"Idempotency-Key": "bus"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert again["Idempotency-Replayed"] == "true" and first.json()["id"] == again.json()["id"]
    other = send(client, CLAIMS, body, **{"Idempotency-Key": "another"})
    assert other.status_code == 400 and "has been claimed already" in other.json()["errors"][0]["detail"]
    assert Claim.objects.filter(kind="travel").count() == 1


def test_a_claim_goes_from_offer_to_approval_with_the_state_and_the_version_held(pay, sign_in):
    member, lead = sign_in(pay.member), sign_in(pay.lead)
    here = f"{CLAIMS}{pay.offer.pk}/"
    early = send(member, f"{here}claim/")
    assert early.status_code == 409 and early.json()["errors"][0]["code"] == "offered"
    tag = member.get(here)["ETag"]
    assert send(member, f"{here}answer/", {"hours": "2"}, **{"If-Match": tag}).json()["state"] == "taken_up"
    assert send(member, f"{here}answer/", {"hours": "1"}, **{"If-Match": tag}).status_code == 412
    assert send(member, f"{here}claim/").json()["amount_pence"] == 4000
    assert send(member, f"{here}approve/").status_code == 403
    assert send(lead, f"{here}return/", {"reason": "Which day?"}).json()["returned_because"] == "Which day?"
    assert send(member, f"{here}claim-again/", {"amount_pence": 3000}).json()["amount_pence"] == 3000
    assert send(lead, f"{here}approve/").json()["state"] == "approved"
    assert send(lead, f"{here}approve/").status_code == 409


def test_the_lead_offers_and_withdraws(pay, sign_in):
    lead = sign_in(pay.lead)
    body = {"group": "advisory-group", "person": pay.people[0].pk, "what": "A talk", "on": "2022-09-20"}
    made = send(lead, f"{CLAIMS}offer/", {**body, "hours": "1.50", "rate_pence": 2000})
    assert made.status_code == 201 and made.json()["state"] == "offered"
    assert send(lead, f"{CLAIMS}{made.json()['id']}/withdraw/", {"reason": "Moved"}).json()["state"] == "withdrawn"
    unknown = send(lead, f"{CLAIMS}offer/", {**body, "person": 10**9, "hours": "1", "rate_pence": 1})
    assert unknown.status_code == 400 and unknown.json()["errors"][0]["attr"] == "person"


def test_a_member_writes_for_no_one_else_and_takes_their_own_back(pay, sign_in):
    client = sign_in(pay.member)
    body = {"group": "advisory-group", "kind": "travel", "what": "Bus", "on": "2022-09-10", "amount_pence": 480}
    other = send(client, CLAIMS, {**body, "person": pay.people[0].pk, "told": "phone"})
    assert other.status_code == 400 and "no member with this id" in other.json()["errors"][0]["detail"]
    own = fare(pay, amount=Decimal(9))
    assert send(client, f"{CLAIMS}{own.pk}/take-back/").json()["state"] == "withdrawn"


def test_the_list_holds_one_s_own_and_what_a_member_shares(pay, sign_in):
    claimed(pay)
    fare(pay, by=pay.lead, person=pay.people[0], told="phone")
    assert [row["person"] for row in sign_in(pay.member).get(CLAIMS).json()["results"]] == [pay.person.pk]
    assert sign_in(pay.supporter).get(CLAIMS).json()["results"] == []
    services.share_pay(by=pay.member, link=pay.link)
    assert [row["person"] for row in sign_in(pay.supporter).get(CLAIMS).json()["results"]] == [pay.person.pk]
    assert len(sign_in(pay.lead).get(CLAIMS).json()["results"]) == 2


def test_what_the_lead_reads_over_the_api_is_recorded_and_what_members_read_of_their_own_is_not(pay, sign_in):
    for address in (CLAIMS, f"{CLAIMS}{pay.offer.pk}/", f"{CLAIMS}export.csv"):
        sign_in(pay.member).get(address)
    assert not AuditEvent.objects.filter(type__startswith="read.pay").exists()
    for address in (CLAIMS, f"{CLAIMS}{pay.offer.pk}/", f"{CLAIMS}export.csv"):
        sign_in(pay.lead).get(address)
    kinds = AuditEvent.objects.filter(type__startswith="read.pay").order_by("pk").values_list("type", "object_type")
    assert list(kinds) == [
        ("read.pay", "core.user"),
        ("read.pay", "core.person"),
        ("read.pay_exported", "core.user"),
    ]
