"""Messages on devices: off until switched on, readable by the device alone, with nothing private in them, and gone with it."""

import io
import json
import logging
import socket
import zipfile
from base64 import urlsafe_b64encode
from datetime import timedelta
from io import StringIO

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from py_vapid import Vapid02

from impact.core.access.models import AuditEvent
from impact.core.access.permissions import SYSTEM
from impact.core.basics import clock
from impact.core.jobs import outbox, worker
from impact.core.jobs.models import OutboxEmail
from impact.core.jobs.webhooks import sending
from impact.core.notices import choices, services
from impact.core.notices.mail import digests
from impact.core.notices.models import Notice
from impact.core.notices.push import delivering, keys, tasks
from impact.core.notices.push import services as push
from impact.core.notices.push.models import PushDevice, PushMessage
from impact.core.people.accounts import shut_account
from impact.core.people.models import User
from impact.core.people.rights.erasure.services import erase_person
from impact.core.people.rights.holdings.archive import write_archive
from impact.core.people.rights.holdings.reading import subject_of
from impact.core.people.services import record_consent
from networks.groups.models import Membership
from tests import factories
from tests.core.jobs import receiver as receivers
from tests.pages import html_of

pytestmark = [pytest.mark.django_db, pytest.mark.database]
CANARY = "marmalade"


class Device:
    """A browser that was given an address at the push service, and alone can read what comes."""

    def __init__(self, server, name="one", at=None):
        self.endpoint = at or f"https://{receivers.NAME}:{server.port}/push/{name}-secret-address"
        self.private, self.auth = ec.generate_private_key(ec.SECP256R1()), name.ljust(16, "x")[:16].encode()
        point = self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.sent = {"endpoint": self.endpoint, "p256dh": text(point), "auth": text(self.auth)}
        self.subscription = keys.Subscription(**self.sent)

    def read(self, body):
        opened = http_ece.decrypt(body, private_key=self.private, auth_secret=self.auth, version="aes128gcm")
        return json.loads(opened)


def text(raw):
    return urlsafe_b64encode(raw).decode().rstrip("=")


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    folder = tmp_path_factory.mktemp("push")
    with receivers.running(folder) as server:
        server.folder = folder
        yield server


@pytest.fixture
def server(running, settings, monkeypatch):
    """A push service that may be reached."""
    settings.PUSH_KEY, settings.PUSH_HOSTS = keys.new_key(), [receivers.NAME]
    settings.WEBHOOK_PORTS, settings.WEBHOOK_NETWORKS = [443, running.port], ["127.0.0.1/32"]
    settings.WEBHOOK_CA_FILE = str(running.folder / "certificate.pem")
    running.known = {receivers.NAME: "127.0.0.1"}

    def look_up(host, port):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (running.known[host], port))]

    monkeypatch.setattr(sending, "look_up", look_up)
    running.got.clear()
    running.answer, running.headers = 201, {}
    return running


@pytest.fixture
def me():
    return factories.UserFactory(email="me@impact.example").person


def signed_in(person):
    client = Client(headers={"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"})
    client.force_login(person.user)
    return client


def add(device, person, session="a-session"):
    return push.switch_on(by=person.user, subscription=device.subscription, name="Firefox", session=session)


def tell(*people, event="agreement-asked", key="it", **more):
    words = {"title": f"About {CANARY}", "words": f"Words of {CANARY}.", "path": f"/co-production/?{CANARY}=1"}
    return services.tell(event=event, people=people, key=key, **words, **more)


def archive_of(person):
    write_archive(subject_of(person), into := io.BytesIO())
    with zipfile.ZipFile(into) as packed:
        return "".join(packed.read(name).decode(errors="replace") for name in packed.namelist())


def make_due():
    PushMessage.objects.update(due_at=timezone.now(), lease_until=None)


# --- The whole way -------------------------------------------------------------------------------
def test_a_device_that_was_switched_on_shows_what_kind_of_news_there_is_and_nothing_else(server, me, caplog):
    caplog.set_level(logging.DEBUG)
    device, client, page = Device(server), signed_in(me), reverse("core:notice-choices")
    assert "No device of yours shows messages" in html_of(client.get(page))
    tell(me, key="before")
    assert not PushMessage.objects.exists()  # off until switched on
    assert client.post(reverse("core:push-add"), device.sent).status_code == 201
    shown = html_of(client.get(page))
    assert "Messages are on for this device." in shown and "Firefox on Linux" in shown
    tell(me)
    tell(factories.UserFactory().person, key="of another person")
    assert delivering.send_due() == 1 and delivering.send_due() == 0 and not PushMessage.objects.exists()
    ((headers, body),) = server.got
    notice = Notice.objects.get(key="it", person=me)
    said = device.read(body)
    assert said == {
        "body": "Please say where you stand on the charter",
        "path": f"/notices/{notice.pk}/",
        "tag": f"notice-{notice.pk}",
    }
    assert Vapid02.verify(headers["authorization"]) and headers["content-encoding"] == "aes128gcm"
    assert headers["urgency"] == "normal" and 86000 < int(headers["ttl"]) <= 86400 and len(headers["topic"]) == 32
    assert CANARY.encode() not in body and not Notice.objects.filter(pk=notice.pk, read_at__isnull=False).exists()
    other = Device(server, "two")
    with pytest.raises(http_ece.ECEException):
        other.read(body)
    # The address is a secret: in no page, history, log or answer of the API, and not in the clear in the database.
    secrets = [device.endpoint, "secret-address", device.sent["auth"], device.sent["p256dh"]]
    mine = html_of(client.get(reverse("core:my-data")))
    assert "Devices that show you messages" in mine and "Firefox on Linux" in mine
    places = [shown, mine, str(list(PushDevice.objects.values())), str(list(AuditEvent.objects.values())), caplog.text]
    places += [archive_of(me), *(html_of(client.get(f"/api/v1/{name}/")) for name in ("me", "notices"))]
    assert not [(secret, place[:80]) for secret in secrets for place in places if secret in place]
    gone = client.post(reverse("core:push-remove", args=[PushDevice.objects.get().pk]), follow=True)
    assert "Firefox on Linux shows no more messages" in html_of(gone) and not PushDevice.objects.exists()
    tell(me, key="after")
    assert not PushMessage.objects.exists()


def test_without_a_key_there_is_nothing_and_a_wrong_key_is_found_at_the_start(settings, me):
    assert settings.PUSH_KEY == "" and keys.key_can_be_read() == []
    client = signed_in(me)
    assert "Messages on your devices" not in html_of(client.get(reverse("core:notice-choices")))
    assert client.post(reverse("core:push-add"), {"endpoint": "https://push.apple.com/x"}).status_code == 403
    assert client.post(reverse("core:push-here"), {"endpoint": "x"}).json() == {"device": None}
    out = StringIO()
    call_command("push_key", stdout=out)
    name, key = out.getvalue().strip().split("=")
    settings.PUSH_KEY = key
    assert name == "IMPACT_PUSH_KEY" and keys.key_can_be_read() == [] and len(keys.public_key()) == 87
    assert "Messages on your devices" in html_of(client.get(reverse("core:notice-choices")))
    settings.PUSH_KEY = "not a key"
    assert [fault.msg for fault in keys.key_can_be_read()] == ["IMPACT_PUSH_KEY is not a key."]


def test_messages_go_to_known_push_services_on_the_public_internet_alone(server, me, settings):
    """Asked when a device is switched on, and again each time something leaves."""
    client = signed_in(me)
    for address in (
        "https://elsewhere.example/x",
        f"https://x{receivers.NAME}/x",
        "https://127.0.0.1/x",
        "",
        "nonsense",
    ):
        answer = client.post(reverse("core:push-add"), Device(server, at=address or " ").sent)
        assert answer.status_code == 400 and "push service" in answer.json()["error"]
    inside = Device(server)
    settings.WEBHOOK_NETWORKS = []
    assert client.post(reverse("core:push-add"), inside.sent).status_code == 400
    broken = {**inside.sent, "p256dh": "AAAA"}
    settings.WEBHOOK_NETWORKS = ["127.0.0.1/32"]
    assert "Reload the page" in client.post(reverse("core:push-add"), broken).json()["error"]
    assert not PushDevice.objects.exists()
    add(inside, me)
    tell(me)
    settings.WEBHOOK_NETWORKS = []  # as where the name leads to a private address from now on
    assert delivering.send_due() == 0 and server.got == [] and PushMessage.objects.get().attempts == 1
    settings.WEBHOOK_NETWORKS, settings.PUSH_HOSTS = ["127.0.0.1/32"], ["push.apple.com"]
    make_due()
    assert delivering.send_due() == 0 and server.got == []


# --- As the person chose -------------------------------------------------------------------------
def test_devices_keep_to_choices_quiet_hours_and_what_was_put_off_as_emails_do(server, me, settings):
    device, group = Device(server), factories.GroupFactory()
    membership = factories.MembershipFactory(group=group, person=me)
    add(device, me)
    chosen = {"charter": "none", "suggestion": "site", "waypoint": "daily", "involvement": "site_daily"}
    choices.choose(by=me.user, person=me, **chosen)
    for event in ("charter-corrected", "suggestion-answered", "waypoint-opened", "involvement-invited"):
        tell(me, event=event, key=event)
    assert not PushMessage.objects.exists()
    # What happens before it leaves: read, chosen otherwise, no longer to be seen.
    for key in ("read", "left", "later"):
        tell(me, key=key, about=group if key == "left" else None)
    services.mark_read(by=me.user, notice=Notice.objects.get(key="read"))
    Membership.objects.filter(pk=membership.pk).delete()
    until = services.snooze(by=me.user, notice=Notice.objects.get(key="later"), until="tomorrow")
    assert delivering.send_due() == 0 and server.got == []
    later = PushMessage.objects.get()
    assert later.notice.key == "later" and later.due_at == until and later.give_up_at == until + timedelta(days=1)
    services.wake(by=me.user, notice=later.notice)
    choices.choose(by=me.user, person=me, agreement="weekly")
    make_due()
    assert delivering.send_due() == 0 and not PushMessage.objects.exists()
    # Who said no to contact between meetings while it waited.
    choices.choose(by=me.user, person=me, agreement="at_once")
    tell(me, key="between meetings")
    say = {"person": me, "purpose": "contact", "wording": "May we?", "given_on": clock.today()}
    record_consent(by=me.user, is_given=False, **say)
    assert delivering.send_due() == 0 and not PushMessage.objects.exists()
    record_consent(by=me.user, is_given=True, **say)
    # At night only what cannot wait, also where the message was written by day and could not be sent then.
    choices.choose(by=me.user, person=me, agreement="at_once")
    tell(me, key="by day")
    now = timezone.localtime()
    hours = [(now + timedelta(hours=add)).time().replace(microsecond=0) for add in (-2, 2)]
    choices.choose(by=me.user, person=me, quiet="own", quiet_from=hours[0], quiet_until=hours[1])
    tell(me, key="at night")
    tell(me, key="cannot wait", event="support-cancelled")
    assert delivering.send_due() == 1 and device.read(server.got[0][1])["tag"].endswith(
        str(Notice.objects.get(key="cannot wait").pk)
    )
    waits = {row.notice.key: row.due_at for row in PushMessage.objects.all()}
    assert set(waits) == {"by day", "at night"} and min(waits.values()) > timezone.now() + timedelta(minutes=110)


def test_a_daily_email_is_one_message_that_says_how_many(server, me):
    device = Device(server)
    add(device, me)
    choices.choose(by=me.user, person=me, agreement="daily")
    for key in "abc":
        tell(me, key=key)
    assert not PushMessage.objects.exists()
    assert digests.send_digests(timezone.localdate() + timedelta(days=1)) == 1
    message = PushMessage.objects.get()
    assert message.due_at == OutboxEmail.objects.get().due_at > timezone.now()
    services.mark_read(by=me.user, notice=Notice.objects.get(key="a"))
    make_due()
    assert delivering.send_due() == 1
    said = device.read(server.got[0][1])
    assert (said["body"], said["path"]) == ("2 things to tell you from IMPACT", "/notices/")


# --- What push services answer -------------------------------------------------------------------
def test_what_does_not_arrive_is_tried_again_for_a_day_and_a_device_that_is_gone_is_removed(server, me):
    device = Device(server)
    row = add(device, me)
    tell(me)
    server.answer, server.headers = 503, {"Retry-After": "1800"}
    assert delivering.send_due() == 0 and len(server.got) == 1
    message = PushMessage.objects.get()
    assert (
        timedelta(minutes=29) < message.due_at - timezone.now() <= timedelta(minutes=30) and delivering.send_due() == 0
    )
    server.headers = {}
    make_due()
    delivering.send_due()
    assert timedelta(0) < PushMessage.objects.get().due_at - timezone.now() <= timedelta(minutes=1)
    PushMessage.objects.update(give_up_at=timezone.now() + timedelta(seconds=30))
    make_due()
    assert delivering.send_due() == 0 and not PushMessage.objects.exists() and PushDevice.objects.exists()
    for gone in (404, 410):
        row = add(device, me)
        tell(me, key=f"gone {gone}")
        server.answer = gone
        assert delivering.send_due() == 0 and not PushDevice.objects.filter(pk=row.pk).exists()
    assert not PushMessage.objects.exists()


def test_a_device_removed_while_a_message_is_on_its_way_stays_removed_and_one_switched_on_again_stays(server, me):
    """Each order of steps by hand: what another worker or tab does falls between leasing a message and its answer."""
    device = Device(server)
    gone, taken = sending.Answer(410, "", "", 1), sending.Answer(201, "", "", 1)
    row = add(device, me)
    tell(me)
    message = PushMessage.objects.get()
    parcel = delivering.take(message)
    assert parcel and delivering.take(message) is None  # another worker does not send it as well
    again = add(device, me)  # switched on again meanwhile: the answer is about the device as it was
    assert again.pk == row.pk and delivering.write_down(parcel, gone) == 0 and PushDevice.objects.get() == row
    make_due()
    parcel = delivering.take(PushMessage.objects.get())
    push.remove(by=me.user, device=row)
    assert delivering.write_down(parcel, sending.Answer(503, "", "", 1)) == 0
    assert not PushDevice.objects.exists() and not PushMessage.objects.exists()
    push.remove(by=me.user, device=row)  # pressed twice
    assert AuditEvent.objects.filter(type="push.removed").count() == 1
    add(device, me)
    tell(me, key="second")
    message = PushMessage.objects.get()
    PushDevice.objects.all().delete()  # between finding a message and leasing it
    assert delivering.take(message) is None and server.got == []
    add(device, me)
    tell(me, key="third")
    parcel = delivering.take(PushMessage.objects.get())
    assert delivering.write_down(parcel, taken) == 1 and delivering.write_down(parcel, taken) == 0


# --- Whose device it is --------------------------------------------------------------------------
def test_signing_out_ends_messages_and_a_shared_browser_belongs_to_one_account(server, me):
    device, client = Device(server), signed_in(me)
    other = factories.UserFactory(email="other@impact.example").person

    def switch_on(by):
        assert by.post(reverse("core:push-add"), device.sent).status_code == 201
        tell(me, other, key=str(timezone.now()))
        assert PushMessage.objects.exists()

    switch_on(client)
    client.post(reverse("account_logout"))
    assert not PushDevice.objects.exists() and not PushMessage.objects.exists()
    # A session that ran out by itself ends nothing; signing out after the next one does.
    client = signed_in(me)
    switch_on(client)
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    call_command("clearsessions")
    client = signed_in(me)
    here = {"endpoint": device.endpoint}
    assert client.post(reverse("core:push-here"), here).json() == {"device": PushDevice.objects.get().pk}
    client.post(reverse("account_logout"))
    assert not PushDevice.objects.exists()
    # Someone else signs in to the same browser.
    switch_on(signed_in(me))
    assert signed_in(other).post(reverse("core:push-here"), here).json() == {"device": None}
    assert not PushDevice.objects.exists()
    switch_on(signed_in(me))
    switch_on(signed_in(other))
    assert [row.device.owner for row in PushMessage.objects.all()] == [other.user]
    row = PushDevice.objects.get()
    assert signed_in(me).post(reverse("core:push-remove", args=[row.pk])).status_code == 404
    with pytest.raises(PermissionDenied):
        push.remove(by=me.user, device=row)
    tasks.end_with_password(user=other.user)
    assert not PushDevice.objects.exists()
    assert server.got == []


def test_a_closed_account_an_erased_person_and_a_device_for_an_older_key_get_no_messages(server, me, settings):
    people = {name: factories.UserFactory().person for name in ("closed", "inactive", "erased", "kept")}
    for name, person in people.items():
        signed_in(person).post(reverse("core:push-add"), Device(server, name).sent)
    assert PushDevice.objects.count() == 4
    tell(*people.values())
    shut_account(by=me.user, user=people["closed"].user)
    User.objects.filter(pk=people["inactive"].user.pk).update(is_active=False)  # however it came about
    erase_person(by=SYSTEM, person=people["erased"], name=people["erased"].name)
    assert delivering.send_due() == 1 and len(server.got) == 1
    assert [device.owner for device in PushDevice.objects.all()] == [people["kept"].user]
    tell(people["kept"], key="new key")
    settings.PUSH_KEY = keys.new_key()
    assert delivering.send_due() == 0 and len(server.got) == 1 and not PushDevice.objects.exists()


def test_devices_are_few_and_those_not_used_for_long_go(server, me):
    for number in range(push.MAX_DEVICES):
        add(Device(server, f"number-{number}"), me)
    with pytest.raises(ValidationError, match="ten devices"):
        add(Device(server, "one-more"), me)
    add(Device(server, "number-0"), me)  # not one more
    row = PushDevice.objects.first()
    PushDevice.objects.filter(pk=row.pk).update(used_at=timezone.now() - timedelta(days=91))
    assert push.tidy() == 1 and not PushDevice.objects.filter(pk=row.pk).exists()
    assert worker.SENDERS[tasks.THREAD].send is delivering.send_due
    tell(me)
    assert delivering.send_due() == 9 and outbox.send_due() == 1
