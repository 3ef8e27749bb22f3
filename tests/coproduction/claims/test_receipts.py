"""Receipts as files: who sees them, what is taken, and that one is claimed once."""

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from coproduction.claims import services
from coproduction.claims.models import Claim
from impact.core.access.models import AuditEvent
from impact.core.basics.states import StateConflict
from impact.core.web.files.store import KEPT
from tests import factories
from tests.coproduction.claims.conftest import claimed, fare
from tests.pages import html_of

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


def receipt(data=PDF, name="Bus ticket.pdf"):
    return SimpleUploadedFile(name, data)


@pytest.fixture
def with_receipt(pay):
    pay.fare = fare(pay, receipt=receipt())
    return pay


def addresses(w):
    return [reverse("coproduction:claim-receipt", args=[w.fare.pk]), f"/api/v1/claims/{w.fare.pk}/receipt/"]


def test_the_member_a_supporter_with_shared_pay_and_the_engagement_lead_see_a_receipt(with_receipt, sign_in):
    w = with_receipt
    for path in addresses(w):
        assert sign_in(w.supporter).get(path).status_code == 404
    services.share_pay(by=w.member, link=w.link)
    for user in (w.member, w.lead, w.supporter):
        for path in addresses(w):
            response = sign_in(user).get(path)
            assert b"".join(response.streaming_content) == PDF
            assert response["Content-Disposition"] == 'attachment; filename="Bus ticket.pdf"'
    services.stop_sharing_pay(by=w.member, link=w.link)
    assert [sign_in(w.supporter).get(path).status_code for path in addresses(w)] == [404, 404]


def test_no_one_else_sees_a_receipt_on_any_surface(with_receipt, sign_in, staff, leader, administrator):
    w = with_receipt
    for user in (staff, leader, administrator, factories.user_in(w.group), factories.UserFactory()):
        client = sign_in(user)
        assert {client.get(path).status_code for path in addresses(w)} <= {404, 403}
        for path in ("/api/v1/claims/", "/search/?q=ticket", "/co-production/", "/"):
            assert "Bus ticket" not in client.get(path, follow=True).content.decode()
    assert "Bus ticket" not in str(list(AuditEvent.objects.values()))
    finance = sign_in(w.lead).get(reverse("coproduction:claim-list"), {"format": "csv"}).getvalue().decode()
    assert "Bus ticket" not in finance


def test_the_same_receipt_is_claimed_once_even_for_another_member(with_receipt):
    w = with_receipt
    for more in ({"what": "Bus back"}, {"person": w.people[0], "by": w.lead, "told": "phone"}):
        with pytest.raises(ValidationError, match="This receipt is with a claim already"):
            fare(w, receipt=receipt(name="Another name.pdf"), **more)
    services.take_back_claim(by=w.member, claim=w.fare)
    assert fare(w, receipt=receipt()).receipt_sha256 == w.fare.receipt_sha256


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"<html><script>alert(1)</script></html>", r"Send a photo of the receipt \(JPEG, PNG or WebP\) or a PDF\."),
        (b"%PDF-1.7\nnothing more", "cannot accept"),
        (b"", "empty"),
        (b"%PDF-1.7\n1 0 obj\n<</OpenAction <</S /JavaScript /JS (x)>>>>\nendobj\n%%EOF\n", "Take a photo"),
    ],
)
def test_a_receipt_is_told_by_its_contents(pay, data, words):
    with pytest.raises(ValidationError, match=words):
        fare(pay, receipt=receipt(data))
    assert not Claim.objects.exclude(receipt="").exists()


def test_a_photo_is_kept_without_where_it_was_taken(pay):
    kept = fare(pay, receipt=receipt(factories.picture(), "IMG_1.JPG"))
    assert (kept.receipt_type, kept.receipt_name) == ("image/jpeg", "IMG_1.jpg") and kept.receipt_size > 0
    assert [row.name for row in KEPT["receipts"]()] == [kept.receipt.name]


def test_a_receipt_is_added_on_the_page_and_refused_once_it_is_approved(pay, sign_in):
    expense, member = fare(pay), sign_in(pay.member)
    page = html_of(member.get(expense.get_absolute_url()))
    add = reverse("coproduction:claim-receipt-add", args=[expense.pk])
    assert add in page
    form = html_of(member.get(add))
    assert 'enctype="multipart/form-data"' in form and "Photo or PDF of the receipt" in form
    assert "Choose a file" in html_of(member.post(add, {"version": expense.version}))
    done = html_of(member.post(add, {"version": expense.version, "receipt": receipt()}, follow=True))
    assert "The receipt is saved." in done and "Bus ticket.pdf" in done
    services.approve_claim(by=pay.lead, claim=expense)
    with pytest.raises(StateConflict, match="cannot add a receipt now"):
        services.add_receipt(by=pay.member, claim=expense, receipt=receipt(factories.picture()))
    assert add not in html_of(member.get(expense.get_absolute_url()))


def test_pay_for_time_takes_no_receipt(pay):
    with pytest.raises(StateConflict, match="needs no receipt"):
        services.add_receipt(by=pay.member, claim=claimed(pay), receipt=receipt())


def test_an_expense_is_claimed_with_its_receipt_on_the_page(pay, sign_in):
    path = reverse("coproduction:claim-expense", args=[pay.person.pk, pay.group.slug])
    given = {"kind": "travel", "what": "Bus home", "on": "2022-09-10", "amount": "4.80"}
    page = html_of(sign_in(pay.member).post(path, {**given, "receipt": receipt(b"no picture")}))
    assert "JPEG, PNG or WebP" in page
    sign_in(pay.member).post(path, {**given, "receipt": receipt()})
    assert Claim.objects.get(what="Bus home").receipt_name == "Bus ticket.pdf"


def test_a_receipt_is_sent_over_the_api(pay, sign_in):
    expense, client = fare(pay), sign_in(pay.member)
    path = f"/api/v1/claims/{expense.pk}/"
    assert client.get(path).json()["receipt"] is None
    assert client.get(f"{path}receipt/").status_code == 404
    refused = client.post(f"{path}add-receipt/", {"receipt": receipt(b"no picture")})
    assert refused.status_code == 400 and refused.json()["errors"][0]["attr"] == "receipt"
    done = client.post(f"{path}add-receipt/", {"receipt": receipt()})
    assert done.status_code == 200 and done.json()["receipt"].endswith(f"{path}receipt/")


def test_an_expense_is_claimed_with_its_receipt_in_one_request_over_the_api(pay, sign_in):
    client = sign_in(pay.member)
    given = {"group": pay.group.slug, "kind": "travel", "what": "Bus home", "on": "2022-09-10", "amount_pence": 480}
    refused = client.post("/api/v1/claims/", {**given, "receipt": receipt(b"no picture")})
    assert refused.status_code == 400 and refused.json()["errors"][0]["attr"] == "receipt"
    assert not Claim.objects.filter(what="Bus home").exists()
    key = {"headers": {"idempotency-key": "bus-1"}}
    first = client.post("/api/v1/claims/", {**given, "receipt": receipt()}, **key)
    assert first.status_code == 201 and first.json()["receipt"], first.json()
    again = client.post("/api/v1/claims/", {**given, "receipt": receipt()}, **key)
    assert again.headers["Idempotency-Replayed"] == "true" and again.json()["id"] == first.json()["id"]
    assert client.post("/api/v1/claims/", {**given, "receipt": receipt(PDF + b"1")}, **key).status_code == 422
    assert Claim.objects.get(what="Bus home").receipt_name == "Bus ticket.pdf"
    other = {**given, "what": "Bus there", "receipt": "a word"}
    assert client.post("/api/v1/claims/", other, content_type="application/json").status_code == 400


def test_a_claim_that_was_sent_back_is_sent_again_with_another_receipt_in_one_request(with_receipt, sign_in):
    w = with_receipt
    services.return_claim(by=w.lead, claim=w.fare, reason="The receipt is hard to read.")
    path, better = f"/api/v1/claims/{w.fare.pk}/claim-again/", PDF + b"clearer"
    done = sign_in(w.member).post(path, {"amount_pence": 480, "receipt": receipt(better)})
    assert done.status_code == 200 and done.json()["state"] == "claimed", done.json()
    shown = sign_in(w.member).get(f"/api/v1/claims/{w.fare.pk}/receipt/")
    assert b"".join(shown.streaming_content) == better
