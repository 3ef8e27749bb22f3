"""Addresses that email does not reach: refused at once, or back later; shown to staff and to the person, and mended."""

import mailbox
from datetime import timedelta
from email.message import EmailMessage
from io import BytesIO, StringIO
from smtplib import SMTPRecipientsRefused
from types import SimpleNamespace

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from structlog.testing import capture_logs

from impact.core.access.models import AuditEvent
from impact.core.jobs import failures, outbox
from impact.core.jobs.models import FailedAddress, OutboxEmail
from impact.core.notices import services
from impact.core.notices.mail import digests
from impact.core.notices.mail.addresses import bounces
from impact.core.notices.mail.addresses.services import correct
from impact.core.notices.models import Notice, Owed
from impact.core.people.services import update_person
from tests import factories
from tests.pages import html_of

pytestmark = pytest.mark.django_db
GONE = (550, b"5.1.1 <old@people.example>: no such user called Olwen")


def tell(*people, key="it", event="agreement-asked"):
    return services.tell(event=event, people=people, title="A text waits", words="Read it.", path="/", key=key)


@pytest.fixture
def member():
    return factories.UserFactory(email="me@impact.example")


@pytest.fixture
def refusing(monkeypatch):
    """``refusing[address]`` is what the mail server says to an email to it."""
    said: dict[str, tuple[int, bytes]] = {}
    original = mail.EmailMultiAlternatives.send

    def send(self, *args, **kwargs):
        if self.to[0] in said:
            raise SMTPRecipientsRefused({self.to[0]: said[self.to[0]]})
        return original(self, *args, **kwargs)

    monkeypatch.setattr(mail.EmailMultiAlternatives, "send", send)
    return said


@pytest.mark.parametrize(
    ("code", "words", "is_final", "reason"),
    [
        (550, b"5.1.1 unknown", True, "There is no such mailbox."),
        (550, b"no such user here", True, "There is no such mailbox."),
        (554, b"5.7.1 looks like spam", False, "The mail server turned it away as unwanted."),
        (552, b"5.2.2 over quota", False, "The mailbox is full or does not take this email."),
        (550, b"5.7.26 unauthenticated", False, "The mail server turned it away as unwanted."),
        (451, b"4.7.1 come back later", None, ""),
    ],
)
def test_a_mailbox_that_is_gone_is_told_from_a_server_that_will_not_take_it_now(code, words, is_final, reason):
    found = failures.refusal_of(SMTPRecipientsRefused({"a@b.example": (code, words)}), "a@b.example")
    assert (found is None) if is_final is None else (found.is_final, found.reason) == (is_final, reason)


def test_a_refused_address_is_held_shown_and_corrected_by_staff(refusing, staff, sign_in, member):
    """The story of one wrong address, from the refusal to the email that arrives."""
    wrong = factories.PersonFactory(name="Wrong Address", email="old@people.example")
    right = factories.PersonFactory(email="right@people.example")
    refusing["old@people.example"] = GONE
    tell(wrong, right)
    tell(wrong, key="second")
    with capture_logs() as logs:
        assert outbox.send_due() == 1  # the other’s; the second to the same address is not even tried
    assert "people.example" not in str(logs) and "Olwen" not in str(logs)
    failed = FailedAddress.objects.get()
    assert (failed.address, failed.status, failed.is_held, failed.failures) == ("old@people.example", "5.1.1", True, 1)
    assert "Olwen" not in failed.reason
    assert Notice.objects.get(key="it", person=wrong).owed == Owed.IN_PERSON  # phoned meanwhile
    assert tell(wrong, key="third") == 1 and Notice.objects.get(key="third").owed == Owed.IN_PERSON
    outbox.send_later(event="my-data-link", to=wrong.email, subject="Asked", body="A link")
    waits = outbox.send_later(event="meeting-cancelled", to=wrong.email, subject="Urgent", body="Not a way in")
    before = failed.failures
    outbox.send_due()
    failed.refresh_from_db()
    assert failed.failures == before + 1  # what someone asked for a moment ago is tried all the same, and nothing else
    waits.refresh_from_db()
    assert waits.error.startswith("Not sent") and waits in OutboxEmail.objects.stuck()

    client = sign_in(staff)
    assert "Email does not arrive at 1 address" in html_of(client.get("/"))
    page = html_of(client.get("/background/"))
    assert "There is no such mailbox." in page and "Save address" in page and "old@people.example" in page
    assert (
        sign_in(member).post(f"/background/addresses/{failed.pk}/correct/", {"email": "x@y.example"}).status_code == 403
    )
    assert sign_in(member).post(f"/background/addresses/{failed.pk}/works/").status_code == 403
    path = f"/background/addresses/{failed.pk}/correct/"
    assert "valid email" in html_of(client.post(path, {"email": "nonsense"}, follow=True))
    assert "the address that failed" in html_of(client.post(path, {"email": "OLD@people.example"}, follow=True))
    page = html_of(client.post(path, {"email": "new@people.example"}, follow=True))
    assert "We write to this address again." in page and "Email reaches every address" in page
    wrong.refresh_from_db()
    assert wrong.email == "new@people.example" and not FailedAddress.objects.open().exists()
    mail.outbox = []
    outbox.send_due()
    assert {message.to[0] for message in mail.outbox} == {"new@people.example"}
    assert "Asked" not in {message.subject for message in mail.outbox}
    assert {"email.failed", "email.address_settled", "person.changed"} <= set(
        AuditEvent.objects.values_list("type", flat=True)
    )
    assert tell(wrong, key="fourth") == 1 and OutboxEmail.objects.unsent().get().to == "new@people.example"


def test_what_only_the_old_mailbox_may_open_does_not_follow_a_correction(refusing, staff, sign_in):
    """A private link proves who reads that mailbox. On a colleague’s word it goes to no one else, nor does another’s email."""
    one, other = (factories.PersonFactory(name=name, email="home@people.example") for name in ("One", "Other"))
    refusing["home@people.example"] = GONE
    tell(one)
    outbox.send_due()
    for event in (
        "my-data-link",
        "reflection-link",
        "equality-link",
        "consent-asked",
        "application",
        "join-invitation",
    ):
        outbox.send_later(event=event, to=one.email, subject=event, body="https://impact.example/a-private-link/")
    outbox.send_later(event="meeting-cancelled", to=one.email, subject="meeting-cancelled", body="It is off.")
    failed, client = FailedAddress.objects.get(), sign_in(staff)
    path = f"/background/addresses/{failed.pk}/correct/"
    page = html_of(client.get("/background/"))
    assert "Whose new address this is" in page and f"Other (record {other.pk})" in page
    page = html_of(client.post(path, {"email": "one@people.example"}, follow=True))
    assert "Choose whose new address this is" in page
    page = html_of(client.post(path, {"email": "one@people.example", "person": one.pk}, follow=True))
    assert "8 waiting emails are not sent on: others had this address too" in page
    one.refresh_from_db(), other.refresh_from_db()
    assert (one.email, other.email) == ("one@people.example", "home@people.example")
    [told] = OutboxEmail.objects.unsent().filter(to="one@people.example")  # whose the others are cannot be told
    assert told.event == "address-changed"
    assert FailedAddress.objects.open().filter(pk=failed.pk).exists()
    for event in ("my-data-link", "reflection-link", "meeting-cancelled"):
        outbox.send_later(event=event, to=other.email, subject=event, body="https://impact.example/a-private-link/")
    page = html_of(client.post(path, {"email": "other@people.example"}, follow=True))
    assert "2 private links were not sent on" in page and "8 waiting emails are not sent on" in page
    mail.outbox = []
    outbox.send_due()
    sent = {(m.to[0], m.subject) for m in mail.outbox} - {(told.to, told.subject)}
    assert sent == {("other@people.example", subject) for subject in ("meeting-cancelled", told.subject)}
    assert not FailedAddress.objects.open().exists()  # the dead mailbox was not told, so it does not fail once more
    assert not OutboxEmail.objects.unsent().exists()


def test_a_notice_to_one_of_several_with_a_dead_mailbox_reaches_its_reader(refusing, staff):
    """Of a notice it is known whose it is: it goes to their right address, or is told in the next day's email."""
    one, two, three = (factories.PersonFactory(email="home@people.example") for _n in range(3))
    refusing["home@people.example"] = GONE
    tell(one, two, three)
    outbox.send_due()
    failed = FailedAddress.objects.get()
    assert OutboxEmail.objects.unsent().filter(to=failed.address).count() == 3
    update_person(by=staff, person=three, email="three@people.example")
    done = correct(by=staff, failed=failed, email="two@people.example", person=two.pk)
    assert (done.sent, done.left) == (1, 2)
    correct(by=staff, failed=failed, email="one@people.example")
    mail.outbox = []
    outbox.send_due()
    told = {message.to[0] for message in mail.outbox if message.subject != "Where IMPACT writes to"}
    assert told == {"two@people.example"}
    assert Notice.objects.get(person=one).owed == Owed.IN_PERSON  # whose email was the one that failed
    assert digests.send_digests(timezone.localdate() + timedelta(days=1)) == 1
    assert OutboxEmail.objects.unsent().get().to == "three@people.example"


def test_many_addresses_cost_no_more_queries_than_one(staff, sign_in):
    client, numbers = sign_in(staff), []
    for more in (1, 9):
        for _number in range(more):
            person = factories.PersonFactory(email=f"gone{FailedAddress.objects.count()}@people.example")
            FailedAddress.objects.create(address=person.email, failures=1, reason="There is no such mailbox.")
        with CaptureQueriesContext(connection) as found:
            page = html_of(client.get("/background/"))
        numbers.append(len(found))
    assert page.count("Save address") == 10 and numbers[0] == numbers[1]


def test_the_address_of_an_account_is_changed_by_its_owner_alone(refusing, staff, member, sign_in):
    """Otherwise staff could have the codes that open an account sent to themselves."""
    refusing[member.email] = GONE
    tell(member.person)
    outbox.send_due()
    failed = FailedAddress.objects.get()
    with pytest.raises(ValidationError, match="only they can change it"):
        correct(by=staff, failed=failed, email="mine@staff.example")
    with pytest.raises(PermissionDenied):
        correct(by=member, failed=failed, email="mine@staff.example")
    assert Notice.objects.get().owed == ""  # they read it on the site
    client = sign_in(member)
    assert "do not arrive" in html_of(client.get("/account/notices/"))
    refusing.clear()
    assert "We write to this address again." in html_of(client.post("/account/notices/address/", follow=True))
    assert not FailedAddress.objects.open().exists() and "do not arrive" not in html_of(client.get("/account/notices/"))
    assert "as far as we know" in html_of(client.post("/account/notices/address/", follow=True))


# --- What comes back later (RFC 3464) --------------------------------------------------------------------------------------
def report(message_id: str, *, status="5.1.1", action="failed", recipient="elsewhere@forwarded.example") -> bytes:
    """What a mail server sends when an email did not arrive; Postfix and Exim write it like this."""
    return f"""From: MAILER-DAEMON@relay.example
To: no-reply@impact.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain; charset=utf-8

I could not deliver it.

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example
Arrival-Date: Mon, 19 Sep 2022 09:00:00 +0100

Final-Recipient: rfc822; {recipient}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} no such user

--B
Content-Type: text/rfc822-headers

Message-ID: {message_id}
Subject: Something

--B--
""".encode()


def sent_to(address: str) -> OutboxEmail:
    row = outbox.send_later(event="meeting-reminder", to=address, subject="Hello", body="Words")
    outbox.send_due()
    return OutboxEmail.objects.get(pk=row.pk)


def test_an_email_that_came_back_is_noted_and_its_reader_phoned(tmp_path, monkeypatch):
    person = factories.PersonFactory(email="gone@people.example")
    tell(person)
    outbox.send_due()
    email = OutboxEmail.objects.get()
    other, full = sent_to("other@people.example"), sent_to("full@people.example")
    file = tmp_path / "report.eml"
    file.write_bytes(report(email.message_id))
    out = StringIO()
    call_command("read_bounces", str(file), stdout=out)
    assert out.getvalue().startswith("1 came back, 0 known already")
    email.refresh_from_db()
    failed = FailedAddress.objects.get()
    assert email.returned_at and failed.address == "gone@people.example" and failed.is_held  # where we wrote to
    assert Notice.objects.get().owed == Owed.IN_PERSON

    box = mailbox.mbox(tmp_path / "reports.mbox")
    for raw in (
        report(email.message_id),  # the same again
        report(full.message_id, status="5.2.2"),
        report(other.message_id, action="delayed", status="4.4.1"),
        report("<" + "x" * 32 + "@impact.example>"),  # an email that we never sent
    ):
        box.add(raw)
    box.close()
    out = StringIO()
    call_command("read_bounces", str(tmp_path / "reports.mbox"), stdout=out)
    assert out.getvalue().startswith("1 came back, 1 known already, 2 not")
    assert FailedAddress.objects.get(address="full@people.example").is_held is False
    assert not FailedAddress.objects.filter(address="other@people.example").exists()
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=BytesIO(report(other.message_id))))
    out = StringIO()
    call_command("read_bounces", "-", stdout=out)
    assert out.getvalue().startswith("1 came back")
    with pytest.raises(CommandError):
        call_command("read_bounces", str(tmp_path / "nowhere"))


def test_no_other_message_marks_an_address(tmp_path):
    """A forged report names an address, but not the Message-ID of an email of ours; and a person may quote one."""
    email = sent_to("safe@people.example")
    waiting = outbox.send_later(event="meeting-reminder", to="wait@people.example", subject="Hello", body="Words")
    reply = EmailMessage()
    reply["In-Reply-To"] = email.message_id
    reply.set_content(f"Action: failed\nStatus: 5.1.1\nMessage-ID: {email.message_id}")
    cases = [
        report("<forged@impact.example>", recipient="safe@people.example"),
        reply.as_bytes(),
        report(waiting.message_id),  # not sent yet, so it cannot have come back
        b"",
        b"\xff\xfe\x00" * 1000,
        b"Content-Type: multipart/report; boundary=B\n\n--B\nContent-Type: message/delivery-status\n\n\n--B--",
        report(email.message_id).replace(b"multipart/report", b"multipart/mixed"),
    ]
    found = bounces.read(cases)
    assert (found.returned, found.known, found.others) == (0, 0, len(cases))
    assert not FailedAddress.objects.exists()
