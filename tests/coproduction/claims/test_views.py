"""Pages of paid involvement: what each reader sees, what is kept on a mistake, and what goes to finance."""

import io
import re
import zipfile
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from coproduction.claims import offers, paying, services
from coproduction.claims.models import Claim, PaymentBatch
from impact.core.access.models import AuditEvent, RoleGrant
from tests import factories
from tests.coproduction.claims.conftest import claimed, fare, offered
from tests.pages import html_of

pytestmark = pytest.mark.django_db
MINE = "/co-production/pay/mine/"
LIST = "/co-production/pay/"
PAYMENTS = "/co-production/pay/payments/"


def at(claim, more=""):
    return f"{claim.get_absolute_url()}{more}"


def test_a_member_takes_up_an_offer_in_part_and_claims_it(pay, sign_in):
    client = sign_in(pay.member)
    assert "Answer the offer" in html_of(client.get(MINE))
    page = html_of(client.get(at(pay.offer, "answer/")))
    assert "If you get benefits, read this first" in page and "3 hours at £20 an hour" in page
    assert "How did the member tell you" not in page
    page = html_of(client.post(at(pay.offer, "answer/"), {"answer": "part", "hours": "", "words": "Mornings only"}))
    assert "Enter how many of the hours" in page and "Mornings only" in page
    client.post(at(pay.offer, "answer/"), {"answer": "part", "hours": "1.5", "version": "1"})
    page = html_of(client.get(at(pay.offer, "claim/")))
    assert "If you get benefits, read this first" in page and "The hours come to £30. You can claim less." in page
    page = html_of(client.post(at(pay.offer, "claim/"), {"amount": "25", "version": "2"}, follow=True))
    assert "The claim is sent." in page and "£25" in page and "Claimed" in page


def test_the_benefits_reminder_stands_on_every_page_that_claims(pay, sign_in):
    client = sign_in(pay.member)
    expense = f"/co-production/pay/members/{pay.person.pk}/advisory-group/expense/"
    for address in (expense, at(pay.offer, "answer/"), at(pay.offer, "claim/"), MINE):
        page = html_of(client.get(address))
        assert "If you get benefits, read this first" in page and "for less, or for nothing" in page, address


def test_an_expense_that_is_claimed_twice_is_refused_and_what_was_typed_stays(pay, sign_in):
    client = sign_in(pay.member)
    address = f"/co-production/pay/members/{pay.person.pk}/advisory-group/expense/"
    sent = {"kind": "travel", "what": "Bus to the meeting", "on": "2022-09-10", "amount": "4.80"}
    assert client.post(address, sent).status_code == 302
    page = html_of(client.post(address, sent))
    assert "This has been claimed already" in page and 'value="Bus to the meeting"' in page
    assert Claim.objects.filter(kind="travel").count() == 1


def test_the_member_sees_what_was_paid_by_tax_year(pay, sign_in):
    rows = [(date(2022, 4, 5), "Bus one", "1.00"), (date(2022, 4, 6), "Bus two", "2.50")]
    for n, (day, what, amount) in enumerate(rows):
        claim = fare(pay, what=what, amount=Decimal(amount))
        services.approve_claim(by=pay.lead, claim=claim)
        paying.mark_paid(by=pay.lead, claims=[claim.pk], paid_on=day, reference=f"Run {n}")
    page = html_of(sign_in(pay.member).get(MINE))
    year = re.findall(r'<th scope="row">(6 April \d+ to 5 April \d+)</th>.*?class="num">([^<]*)</td></tr>', page)
    assert year == [("6 April 2022 to 5 April 2023", "£2.50"), ("6 April 2021 to 5 April 2022", "£1")]


def test_what_someone_is_paid_is_on_no_surface_for_anyone_else(pay, sign_in, administrator, staff, leader):
    """Every page, file, list of the API, history and admin page, asked for by everyone else."""
    claim = fare(pay, amount=Decimal("43.21"), what="Unmistakable fare")
    services.approve_claim(by=pay.lead, claim=claim)
    batch = paying.mark_paid(by=pay.lead, claims=[claim.pk], paid_on=pay.today, reference="Unmistakable run")
    others = [administrator, staff, leader, pay.supporter, factories.user_in(pay.group)]
    others += [factories.UserFactory(roles=[role]) for role in ("assessor", "api_client")]
    addresses = ["/", "/co-production/", LIST, f"{LIST}?format=csv", PAYMENTS, f"{PAYMENTS}?format=xlsx", MINE]
    addresses += [at(claim), at(claim, "claim/"), f"/co-production/pay/members/{pay.person.pk}/"]
    addresses += [f"{PAYMENTS}{batch.pk}/undo/", "/groups/advisory-group/", f"/people/{pay.person.pk}/"]
    addresses += [
        f"/api/v1/claims/{more}" for more in ("", f"{claim.pk}/", "export.csv", "export.xlsx", "?search=fare")
    ]
    addresses += ["/admin/", "/admin/core/auditevent/", "/admin/coproduction/claim/", "/search/?q=Unmistakable"]
    for user in others:
        client = sign_in(user)
        client.raise_request_exception = False
        for address in addresses:
            answer = client.get(address)
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            if body[:2] == b"PK":
                with zipfile.ZipFile(io.BytesIO(body)) as book:
                    body = b" ".join(book.read(name) for name in book.namelist())
            text = body.decode(errors="replace")
            said = [words for words in ("43.21", "4321", "Unmistakable", "claim.paid") if words in text]
            assert not said or (address.endswith("Unmistakable") and "43" not in said), (user, address, said)
    assert "43.21" in html_of(sign_in(pay.member).get(at(claim)))
    assert "43.21" in html_of(sign_in(pay.lead).get(at(claim)))


def test_an_administrator_finds_no_trace_of_claims_in_the_audit_log_of_the_admin_pages(pay, sign_in, administrator):
    claimed(pay)
    assert AuditEvent.objects.filter(type="claim.claimed").exists()
    page = html_of(sign_in(administrator).get("/admin/core/auditevent/"))
    assert "claim." not in page


def test_the_engagement_lead_approves_and_cannot_approve_their_own(pay, sign_in):
    claim = claimed(pay)
    lead = sign_in(pay.lead)
    assert "Approve claim" in html_of(lead.get(at(claim)))
    RoleGrant.objects.create(user=pay.member, role="engagement_lead")
    own = sign_in(pay.member)
    page = html_of(own.get(at(claim)))
    assert "Approve claim" not in page and "Another engagement lead has to approve it" in page
    assert own.post(at(claim, "approve/"), {"version": claim.version}).status_code == 403
    page = html_of(lead.post(at(claim, "approve/"), {"version": claim.version}, follow=True))
    assert f"Approved. The claim of {pay.person.name} waits to be paid." in page


def test_approving_what_changed_since_it_was_opened_is_refused(pay, sign_in):
    claim = fare(pay)
    services.return_claim(by=pay.lead, claim=claim, reason="Which bus?")
    services.claim_again(by=pay.member, claim=claim, amount=Decimal(400), what="Taxi")
    page = html_of(sign_in(pay.lead).post(at(claim, "approve/"), {"version": claim.version}, follow=True))
    assert "Someone else saved this" in page
    assert Claim.objects.get(pk=claim.pk).state == "claimed"


def test_a_step_taken_meanwhile_is_shown_beside_what_was_typed(pay, sign_in):
    claim = fare(pay)
    services.take_back_claim(by=pay.member, claim=claim)
    answer = sign_in(pay.lead).post(at(claim, "return/"), {"reason": "Which bus?", "version": claim.version})
    page = html_of(answer)
    assert "It was withdrawn." in page and "Which bus?" in page
    offers.answer_offer(by=pay.member, claim=pay.offer, hours=Decimal(1))
    late = sign_in(pay.lead).post(at(pay.offer, "withdraw/"), {"reason": "Moved", "version": "1"})
    assert late.status_code == 409 and "Moved" in html_of(late) and "Taken up" in html_of(late)


# --- Supporters ----------------------------------------------------------------------------------
def test_a_member_lets_their_supporter_see_and_stops_it(pay, sign_in):
    member, supporter = sign_in(pay.member), sign_in(pay.supporter)
    theirs = f"/co-production/pay/members/{pay.person.pk}/"
    assert supporter.get(theirs).status_code == 404 and supporter.get(at(pay.offer)).status_code == 404
    name = pay.supporter.display_name
    assert f"Let {name} see this" in html_of(member.get(MINE))
    address = f"/co-production/pay/supporters/{pay.link.pk}/"
    assert f"{name} can now see this page" in html_of(member.post(address, {"share": "yes"}, follow=True))
    assert supporter.get(theirs).status_code == 200
    member.post(address, {"share": "no"})
    assert supporter.get(theirs).status_code == 404


def test_a_supporter_of_two_reads_in_title_button_and_confirmation_whose_claim_it_is(pay, sign_in):
    services.share_pay(by=pay.member, link=pay.link)
    services.share_pay(by=pay.lead, link=pay.other_link, told="phone")
    client = sign_in(pay.supporter)
    names = [pay.person.name, pay.people[0].name]
    home = html_of(client.get(MINE))
    assert all(f"Pay and expenses of {name}" in home for name in names)
    for person, name in zip((pay.person, pay.people[0]), names, strict=True):
        address = f"/co-production/pay/members/{person.pk}/advisory-group/expense/"
        page = html_of(client.get(address))
        assert f"<h1>Claim an expense for {name}</h1>" in page and f"Send claim for {name}</button>" in page
        sent = {"kind": "travel", "what": "Bus", "on": "2022-09-10", "amount": "4.80"}
        assert "Choose how the member told you" in html_of(client.post(address, sent))
        page = html_of(client.post(address, {**sent, "told": "phone"}, follow=True))
        assert f"The claim for {name} is sent." in page and "Written down by" in page
    assert sorted(Claim.objects.filter(what="Bus").values_list("person", flat=True)) == sorted(
        [pay.person.pk, pay.people[0].pk]
    )


# --- Finance -------------------------------------------------------------------------------------
def approved(w, *names):
    rows = [fare(w, what=name) for name in names]
    for row in rows:
        services.approve_claim(by=w.lead, claim=row)
    return rows


def test_finance_gets_approved_claims_alone_and_reading_the_file_is_recorded(pay, sign_in):
    approved(pay, "=Bus", "Tram")
    fare(pay, what="Not approved")
    client = sign_in(pay.lead)
    text = b"".join(client.get(f"{PAYMENTS}?format=csv").streaming_content).decode()
    assert text.count("\n") == 3 and "'=Bus" in text and "4.8" in text and "Not approved" not in text
    book = b"".join(client.get(f"{PAYMENTS}?format=xlsx").streaming_content)
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
    assert "<v>4.8</v>" in sheet
    assert AuditEvent.objects.filter(type="read.pay_exported", actor_id=pay.lead.pk).count() == 2


def test_a_payment_is_recorded_for_what_the_page_showed_and_undone(pay, sign_in):
    first, second = approved(pay, "Bus", "Tram")
    client = sign_in(pay.lead)
    page = html_of(client.get(PAYMENTS))
    assert "2 claims, £9.60" in page
    (late,) = approved(pay, "Approved a moment ago")
    sent = {"claims": [first.pk, second.pk], "paid_on": "2022-09-15", "reference": "Run 7"}
    page = html_of(client.post(PAYMENTS, sent, follow=True))
    assert "The payment “Run 7” is recorded" in page
    late.refresh_from_db()
    assert late.state == "approved"
    page = html_of(client.post(PAYMENTS, {**sent, "reference": "Run 8"}))
    assert "no longer wait to be paid" in page and 'value="Run 8"' in page
    undo = f"{PAYMENTS}{PaymentBatch.objects.get().pk}/undo/"
    assert "Enter an answer" in html_of(client.post(undo, {"reason": " "}))
    assert Claim.objects.filter(state="paid").count() == 2
    page = html_of(client.post(undo, {"reason": "It came back."}, follow=True))
    assert "It came back." in page and Claim.objects.filter(state="approved").count() == 3


def test_the_lead_s_list_filters_exports_and_asks_the_same_number_of_queries(pay, sign_in):
    client = sign_in(pay.lead)
    fare(pay)
    client.get(LIST)  # what is read once for all requests
    client.get("/api/v1/claims/")
    numbers = []
    for n in range(2):
        for k in range(4):
            offered(pay, what=f"Offer {n} {k}")
        with CaptureQueriesContext(connection) as queries:
            client.get(LIST)
            client.get("/api/v1/claims/")
        numbers.append(len(queries))
    assert numbers[0] == numbers[1]
    page = html_of(client.get(f"{LIST}?state=claimed"))
    assert "Bus to the meeting" in page and "Offer 1 1" not in page
    assert "Nothing matches" in html_of(client.get(f"{LIST}?q=zzz"))
    text = b"".join(client.get(f"{LIST}?format=csv&kind=travel").streaming_content).decode()
    assert "Bus to the meeting" in text and "Offer" not in text.split("\n", 1)[1]


def test_reading_someone_else_s_pay_is_recorded_and_reading_one_s_own_is_not(pay, sign_in):
    sign_in(pay.member).get(at(pay.offer))
    assert not AuditEvent.objects.filter(type="read.pay").exists()
    sign_in(pay.lead).get(at(pay.offer))
    sign_in(pay.lead).get(f"/co-production/pay/members/{pay.person.pk}/")
    assert AuditEvent.objects.filter(type="read.pay", object_id=str(pay.person.pk)).count() == 1


def test_the_lead_offers_paid_time_on_a_page(pay, sign_in):
    client = sign_in(pay.lead)
    sent = {"person": pay.people[1].pk, "what": "A talk", "on": "2022-09-20", "hours": "2.1", "rate": "20"}
    assert "in quarters" in html_of(client.post("/co-production/pay/offer/", sent))
    page = html_of(client.post("/co-production/pay/offer/", {**sent, "hours": "2"}, follow=True))
    assert f"The offer to {pay.people[1].name} is made." in page
