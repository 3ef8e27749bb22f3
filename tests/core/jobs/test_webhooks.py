"""Webhooks: what is told to whom, signed as receivers check it, tried for days, and never sent where it must not go."""

import json
import re
import socket
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from standardwebhooks import Webhook as Checker
from standardwebhooks import WebhookVerificationError

from impact.core.access import audit
from impact.core.access.models import AuditEvent, RoleGrant
from impact.core.access.permissions import SYSTEM
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.jobs import worker
from impact.core.jobs.models import OutboxEmail
from impact.core.jobs.webhooks import catalogue, delivering, sealing, sending, services
from impact.core.jobs.webhooks.catalogue import events
from impact.core.jobs.webhooks.models import Webhook, WebhookAttempt, WebhookDelivery
from impact.core.jobs.webhooks.tasks import THREAD
from impact.core.people.signing_in.sealing import OTHERS
from networks.groups.services import update_group
from sites.registry.services import update_site
from sites.updates.services import publish_update, withdraw_update
from tests import factories
from tests.core.jobs import receiver as receivers
from tests.pages import html_of
from tests.permission_world import build_world
from tests.test_architecture import ORDER, modules

pytestmark = [pytest.mark.django_db, pytest.mark.database]
ELSEWHERE = "https://93.184.216.34/hook"
CANARY = "marmalade"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("receiver")
    with receivers.running(folder) as running:
        running.folder = folder
        yield running


@pytest.fixture
def receiver(server, settings, monkeypatch):
    """A receiver that may be reached: its port, its network and its certificate are named in the settings."""
    settings.WEBHOOK_PORTS, settings.WEBHOOK_NETWORKS = [443, server.port], ["127.0.0.1/32"]
    settings.WEBHOOK_CA_FILE = str(server.folder / "certificate.pem")
    known, asked = {receivers.NAME: "127.0.0.1"}, sending.look_up

    def look_up(host, port):
        if host not in known:
            return asked(host, port)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (known[host], port))]

    monkeypatch.setattr(sending, "look_up", look_up)
    server.got.clear()
    server.answer, server.headers, server.words, server.known = 204, {}, b"", known
    return server


@pytest.fixture
def staff(db):
    return factories.UserFactory(roles=["staff"])


def add(owner, address, *names):
    return services.add_webhook(by=owner, name="Public website", address=address, events=names or ["site.changed"])


def make_due():
    WebhookDelivery.objects.filter(state="waiting").update(due_at=timezone.now(), lease_until=None)


def change(site, by, name="Another name"):
    update_site(by=by, site=site, name=name)


# --- The whole way -------------------------------------------------------------------------------
def test_a_change_reaches_the_receiver_signed_and_says_nothing_of_its_words(receiver, staff):
    _hook, secret = add(staff, receiver.address)
    site = factories.SiteFactory(slug="the-site")
    with pytest.raises(ValueError, match="Undone"), transaction.atomic():
        change(site, staff)
        raise ValueError("Undone")
    site.refresh_from_db()
    assert not WebhookDelivery.objects.exists()  # nothing is told of what was undone
    change(site, staff, f"A site with {CANARY}")
    assert delivering.send_due() == 1 and delivering.send_due() == 0
    ((headers, body),) = receiver.got
    said = Checker(secret).verify(body, headers)
    assert said["type"] == "site.changed" and set(said) == {"type", "timestamp", "data"}
    url = f"{django_settings.SITE_URL}/api/v1/sites/the-site/"
    assert said["data"] == {"type": "site", "id": site.pk, "url": url} and CANARY.encode() not in body
    assert headers["host"] == f"{receivers.NAME}:{receiver.port}" and headers["path"] == "/hook?of=ours"
    with pytest.raises(WebhookVerificationError):
        Checker(secret).verify(body.replace(b"the-site", b"my-sites"), headers)
    delivery = WebhookDelivery.objects.get()
    attempt = delivery.tried.get()
    assert delivery.state == "delivered" and delivery.payload.encode() == body
    assert (attempt.code, attempt.error, headers["webhook-id"]) == (204, "", delivery.message_id)


def test_a_secret_is_encrypted_and_a_new_one_signs_beside_the_old_until_that_ends(receiver, staff, settings):
    _hook, old = add(staff, receiver.address)
    row = Webhook.objects.get()
    assert old.startswith("whsec_") and old not in str(Webhook.objects.values().get())
    new = services.replace_secret(by=staff, webhook=row)
    services.send_test(by=staff, webhook=row)
    delivering.send_due()
    headers, body = receiver.got[-1]
    assert headers["webhook-signature"].count("v1,") == 2
    assert Checker(old).verify(body, headers) == Checker(new).verify(body, headers)
    row.refresh_from_db()
    services.end_old_secret(by=staff, webhook=row)
    services.send_test(by=staff, webhook=row)
    delivering.send_due()
    headers, body = receiver.got[-1]
    assert Checker(new).verify(body, headers)["type"] == "webhook.test"
    with pytest.raises(WebhookVerificationError):
        Checker(old).verify(body, headers)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another-key-" + "y" * 40
    assert sealing.unseal(row.secret) == new
    assert sum(seal() for seal in OTHERS) == 1 and sum(seal() for seal in OTHERS) == 0  # the day's job
    settings.SECRET_KEY_FALLBACKS = []
    row.refresh_from_db()
    assert sealing.unseal(row.secret) == new  # so the old key can go
    settings.SECRET_KEY = "a-third-key-" + "z" * 40
    assert sum(seal() for seal in OTHERS) == 0  # what no key opens stays
    services.send_test(by=staff, webhook=row)
    delivering.send_due()
    row.refresh_from_db()
    assert len(receiver.got) == 2 and row.off_reason == Webhook.Off.NO_SECRET
    with pytest.raises(StateConflict, match="Replace the secret first"):
        services.switch(by=staff, webhook=row, is_on=True)


def test_a_message_is_tried_for_three_days_then_the_owner_is_told_and_after_three_it_is_switched_off(receiver, staff):
    hook, _secret = add(staff, receiver.address)
    site = factories.SiteFactory()
    receiver.answer, receiver.words = 500, b"No room \0 here " + b"x" * 2000
    tried_for = timedelta()
    for n in range(3):
        change(site, staff, f"Name {n}")
        if n:  # the first one goes all the way
            WebhookDelivery.objects.filter(state="waiting").update(tries=len(delivering.WAITS))
        for _ in range(1 if n else len(delivering.WAITS) + 1):
            before = timezone.now()
            delivering.send_due()
            newest = WebhookDelivery.objects.first()
            tried_for += (newest.due_at - before) if not n and newest.state == "waiting" else timedelta()
            make_due()
        assert WebhookDelivery.objects.first().state == "failed"
        hook.refresh_from_db()
        assert hook.failures == n + 1 and hook.is_active == (n < 2)
    assert timedelta(days=2.8) < tried_for < timedelta(days=3.5)
    assert len(receiver.got) == 10 + 2 and len({headers["webhook-id"] for headers, _ in receiver.got}) == 3
    attempt = WebhookAttempt.objects.first()
    assert attempt.code == 500 and len(attempt.answer) <= 1000 and "\0" not in attempt.answer
    mails = OutboxEmail.objects.filter(to=staff.email).order_by("pk")
    assert [mail.subject for mail in mails] == [
        "Messages to a webhook of yours do not arrive",
        "A webhook of yours was switched off",
    ]
    change(site, staff, "Meanwhile")
    assert WebhookDelivery.objects.count() == 3 and hook.off_reason == Webhook.Off.FAILING
    with pytest.raises(StateConflict, match="Switch the webhook on first"):
        services.send_failed_again(by=staff, webhook=hook)
    receiver.answer = 200
    services.switch(by=staff, webhook=hook, is_on=True)
    assert services.send_failed_again(by=staff, webhook=hook, since=timezone.now() - timedelta(hours=1)) == 3
    assert delivering.send_due() == 3 and len({headers["webhook-id"] for headers, _ in receiver.got}) == 3
    hook.refresh_from_db()
    assert hook.failures == 0 and hook.is_active
    again = services.send_again(by=staff, delivery=WebhookDelivery.objects.first())
    assert delivering.send_due() == 1 and receiver.got[-1][0]["webhook-id"] == again.message_id


def test_a_receiver_that_is_gone_is_left_alone_and_one_that_asks_for_time_gets_it(receiver, staff):
    hook, _secret = add(staff, receiver.address)
    site = factories.SiteFactory()
    receiver.answer, receiver.headers = 429, {"Retry-After": "7200"}
    change(site, staff)
    delivering.send_due()
    assert WebhookDelivery.objects.get().due_at > timezone.now() + timedelta(minutes=110)
    receiver.answer, receiver.headers = 503, {"Retry-After": "Mon, 20 Nov 2022 00:00:00 +99999999999999999999"}
    make_due()
    delivering.send_due()  # no receiver stops the round for everyone
    assert WebhookDelivery.objects.get().reason == "The server answered 503."
    receiver.answer, receiver.headers = 302, {"Location": "https://127.0.0.1/inside"}
    make_due()
    delivering.send_due()
    assert len(receiver.got) == 3 and "follow no redirects" in WebhookDelivery.objects.get().reason
    receiver.answer, receiver.headers = 410, {}
    make_due()
    delivering.send_due()
    hook.refresh_from_db()
    assert hook.off_reason == Webhook.Off.GONE and WebhookDelivery.objects.get().state == "failed"


# --- Who is told of what -------------------------------------------------------------------------
def test_rights_are_looked_at_again_when_a_message_leaves(receiver):
    client = factories.UserFactory(roles=["api_client"])
    names = ["update.published", "update.withdrawn", "site.changed", "meeting.changed", "group.changed"]
    add(client, receiver.address, *names)
    lead = factories.UserFactory(roles=["engagement_lead"])
    update = factories.UpdateFactory(site=factories.SiteFactory(slug="quiet"), status="draft", published_at=None)
    change(update.site, lead)  # not public yet
    update_group(by=lead, group=factories.GroupFactory(), place="Elsewhere")  # never for an API client
    delivering.send_due()
    assert not receiver.got
    assert set(WebhookDelivery.objects.values_list("state", "payload")) == {("withheld", "")}
    publish_update(by=lead, update=update)
    delivering.send_due()
    change(update.site, lead, "A third name")
    delivering.send_due()
    withdraw_update(by=lead, update=update, reason="It was wrong.")
    delivering.send_due()
    sent = [json.loads(body)["type"] for _headers, body in receiver.got]
    assert sent == ["update.published", "site.changed", "update.withdrawn"]  # it was told of the news before
    never = factories.UpdateFactory(site=update.site, status="published", published_at=timezone.now())
    withdraw_update(by=lead, update=never, reason="It was wrong.")
    delivering.send_due()
    assert len(receiver.got) == 3  # of news that it never heard of, it does not hear the end


@pytest.mark.parametrize("lost", ["role", "account", "second step"])
def test_an_owner_who_lost_access_is_told_nothing_more(receiver, staff, settings, lost):
    hook, _secret = add(staff, receiver.address)
    other = factories.UserFactory(roles=["staff"])
    change(factories.SiteFactory(), other)
    if lost == "role":
        RoleGrant.objects.filter(user=staff).update(revoked_at=timezone.now())
    elif lost == "account":
        type(staff).objects.filter(pk=staff.pk).update(is_active=False)
    else:
        settings.TWO_STEP_REQUIRED = True
    delivering.send_due()
    hook.refresh_from_db()
    assert not receiver.got and hook.off_reason == Webhook.Off.NO_ACCESS
    Webhook.objects.update(is_active=True, off_reason="")
    assert services.switch_off_without_access() == 1  # the day's work, without any event


def test_others_see_no_webhook_and_change_none_and_staff_only_switch_and_send_again(receiver, sign_in):
    client = factories.UserFactory(roles=["api_client"])
    hook, _secret = add(client, receiver.address)
    staff = factories.UserFactory(roles=["staff"])
    for act in (
        lambda: services.change_webhook(by=staff, webhook=hook, address=ELSEWHERE),
        lambda: services.replace_secret(by=staff, webhook=hook),
        lambda: services.send_test(by=staff, webhook=hook),
        lambda: services.delete_webhook(by=staff, webhook=hook),
    ):
        with pytest.raises(PermissionDenied):
            act()
    receiver.answer, receiver.words = 200, b"our own token"  # what a receiver answers is for its owner
    services.send_test(by=client, webhook=hook)
    delivering.send_due()
    page, path = WebhookDelivery.objects.get().get_absolute_url(), "/api/v1/webhook-deliveries/"
    for reader, is_shown in ((client, True), (staff, False)):
        for url in (page, path):
            assert ("our own token" in sign_in(reader).get(url).content.decode()) is is_shown
    services.switch(by=staff, webhook=hook, is_on=False)
    assert Webhook.objects.get().off_reason == Webhook.Off.OWNER
    other = factories.UserFactory(roles=["api_client"])
    assert sign_in(other).get(f"/webhooks/{hook.pk}/").status_code == 404
    for url in ("/webhooks/", f"/webhooks/{hook.pk}/", f"/api/v1/webhooks/{hook.pk}/"):  # it can hold a password
        page = sign_in(staff).get(url).content.decode()
        assert "of=ours" not in page and receivers.NAME in page
        assert "of=ours" in sign_in(client).get(url).content.decode()
    assert not Webhook.objects.visible_to(other) and not WebhookDelivery.objects.visible_to(other)
    with pytest.raises(PermissionDenied):
        services.switch(by=other, webhook=hook, is_on=True)
    with pytest.raises(PermissionDenied):
        add(factories.UserFactory(), receiver.address)


def test_no_message_holds_anything_private(receiver, monkeypatch):
    """A word in every text of every thing that a message can be about: none of them gets out, in none of the events."""
    world = build_world()
    owner = world.people["engagement_lead"]
    add(owner, receiver.address, *events())
    told = 0
    for event in events().values():
        row = event.manager.visible_to(owner).filter(**event.where).first()
        if row is None:
            continue
        private = {str(getattr(row, f.attname)) for f in row._meta.concrete_fields if not f.is_relation}
        private -= {str(row.pk), str(getattr(row, event.by)), "", "True", "False", "None"}
        catalogue._write(event, str(row.pk), key=event.name, at=timezone.now() + timedelta(days=1))
        delivering.send_due()
        _headers, body = receiver.got[-1]
        said = json.loads(body)
        told += 1
        assert set(said["data"]) == {"type", "id", "url"} and said["type"] == event.name
        assert not [words for words in private if len(words) > 12 and words in body.decode()], event.name
    assert told > 20


# --- The table of events -------------------------------------------------------------------------
def test_every_event_comes_from_a_recorded_change_and_stands_in_the_documentation():
    sources = [path for package in ORDER for path in modules(package) if path.name != "event_words.py"]
    code = "".join(path.read_text() for path in sources)
    for event in events().values():
        assert event.at or (event.recorded_as in audit._words and f'"{event.recorded_as}"' in code), event.name
        event.manager.model._meta.get_field(event.at or "id")
    text = (Path(django_settings.BASE_DIR) / "docs" / "api.md").read_text()
    table = dict(re.findall(r"^\| `([a-z_.]+)` \| (.+?) \|$", text, re.MULTILINE))
    assert table == {event.name: event.words for event in events().values()}


def test_a_round_that_closes_by_itself_is_told_of_once(receiver, staff):
    _hook, _secret = add(staff, receiver.address, "round.opened", "round.closed")
    now = timezone.now()
    Webhook.objects.update(on_since=now - timedelta(days=1))
    times = {"opens_at": now - timedelta(days=9), "closes_at": now - timedelta(minutes=1)}
    closed = factories.RoundFactory(slug="closed", is_announced=True, **times)
    factories.RoundFactory(slug="secret", is_announced=False, **times)
    for _ in range(3):
        delivering.send_due()
    assert [json.loads(body)["data"]["id"] for _headers, body in receiver.got] == [closed.pk]
    assert json.loads(receiver.got[0][1])["type"] == "round.closed"
    Webhook.objects.update(on_since=now)
    WebhookDelivery.objects.all().delete()
    assert delivering.send_due() == 0  # one that is new hears of nothing from before


# --- Where no request goes -----------------------------------------------------------------------
PRIVATE = [
    "127.0.0.1",
    "127.1.2.3",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "100.127.255.254",
    "192.0.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::808:808",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:808:808::",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
]


@pytest.mark.parametrize("ip", PRIVATE)
def test_no_request_goes_to_an_address_that_is_not_public(ip, staff, monkeypatch):
    monkeypatch.setattr(socket, "create_connection", lambda *a, **k: pytest.fail("It was connected to."))
    typed = f"https://[{ip}]/hook" if ":" in ip else f"https://{ip}/hook"
    answer = sending.post(typed, b"{}", {})
    assert answer.code is None and "private network" in answer.error
    with pytest.raises(ValidationError, match="private network"):
        services.look_up_address(by=staff, address=typed)
    rows = [(socket.AF_INET, 1, 6, "", (found, 443)) for found in ("8.8.8.8", ip)]
    monkeypatch.setattr(sending, "look_up", lambda host, port: rows)
    assert "private network" in sending.post("https://mixed.example/", b"{}", {}).error


@pytest.mark.parametrize("typed", ["2130706433", "0x7f000001", "127.1", "0177.0.0.1", "localhost"])
def test_other_ways_to_write_this_machine_are_refused_too(typed, monkeypatch):
    monkeypatch.setattr(socket, "create_connection", lambda *a, **k: pytest.fail("It was connected to."))
    assert "private network" in sending.post(f"https://{typed}/", b"{}", {}).error


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("http://example.org/", "begin with https"),
        ("ftp://example.org/", "begin with https"),
        ("https://example.org:8443/", "port 443"),
        ("https://example.org:99999/", "web address"),
        ("https://me:pass@example.org/", "user name"),
        ("https://example.org\\@127.0.0.1/", "special characters"),
        ("https://example.org/ a", "spaces"),
        ("https://example.org/#part", "#"),
        ("https://exämple.org/", "special characters"),
        ("https://example.org/\r\nX-More: yes", "special characters"),
        ("https:///hook", "web address"),
        ("https://[::1/", "web address"),
    ],
)
def test_an_address_that_could_lead_astray_is_refused_with_a_reason(address, why, staff):
    with pytest.raises(ValidationError, match=re.escape(why)):
        add(staff, address)
    assert why in sending.post(address, b"{}", {}).error


def test_a_name_that_leads_elsewhere_the_second_time_leads_to_no_private_address(receiver, staff, settings):
    """The name is looked up once a request, and what was checked is what is connected to (DNS rebinding)."""
    _hook, _secret = add(staff, receiver.address)
    asked = []
    answers = iter(["127.0.0.1", "169.254.169.254"])

    def look_up(host, port):
        asked.append(host)
        return [(socket.AF_INET, 1, 6, "", (next(answers), port))]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sending, "look_up", look_up)
        patch.setattr(
            socket,
            "getaddrinfo",
            lambda host, *a, **k: (
                look_up(host, 443) if host[0].isalpha() else [(socket.AF_INET, 1, 6, "", (host, a[0]))]
            ),
        )
        assert sending.post(receiver.address, b"{}", {}).code == 204
        assert len(asked) == 1
        refused = sending.post(receiver.address, b"{}", {})
    assert refused.code is None and "private network" in refused.error and len(receiver.got) == 1


def test_the_certificate_must_be_for_the_name(receiver, settings):
    receiver.known["other.example"] = "127.0.0.1"
    wrong = sending.post(receiver.address.replace(receivers.NAME, "other.example"), b"{}", {})
    settings.WEBHOOK_CA_FILE = ""
    unknown = sending.post(receiver.address, b"{}", {})
    assert {wrong.error, unknown.error} == {"The certificate of the server is not valid for this address."}
    assert not receiver.got


# --- Slow receivers and several workers ----------------------------------------------------------
def test_a_receiver_that_drips_is_cut_off_and_holds_up_no_other(receiver, staff, monkeypatch):
    monkeypatch.setattr(sending, "TOTAL_SECONDS", 2)
    site = factories.SiteFactory()
    add(staff, receiver.address, "site.added")
    add(factories.UserFactory(roles=["staff"]), receiver.address + "&quick=1")
    receiver.answer = lambda handler: (
        receivers.drip(handler) if "quick" not in handler.path else handler.send_response(204) or handler.end_headers()
    )
    catalogue._write(events()["site.added"], str(site.pk), key="slow", at=timezone.now())
    for n in range(3):
        change(site, staff, f"Name {n}")
    assert delivering.send_due() == 3
    *quick, slow = WebhookAttempt.objects.order_by("pk")  # in the order in which they ended
    assert [attempt.code for attempt in quick] == [204] * 3 and slow.error == sending.LATE
    assert 1900 < slow.milliseconds < 9000  # without the cut it drips for twenty seconds


def test_a_message_that_is_on_its_way_is_not_sent_a_second_time(receiver, staff):
    _hook, _secret = add(staff, receiver.address)
    change(factories.SiteFactory(), staff)
    delivery = WebhookDelivery.objects.get()
    parcel = delivering._take(delivery)
    assert parcel and delivering._take(delivery) is None and delivering.send_due() == 0
    with pytest.raises(StateConflict, match="on its way"):
        services.send_again(by=staff, delivery=delivery)
    assert not receiver.got
    WebhookDelivery.objects.update(lease_until=timezone.now() - timedelta(seconds=1))  # that worker died
    assert delivering.send_due() == 1
    late = sending.Answer(500, "", "The server answered 500.", 1)
    assert delivering._write_down(parcel, late) == 0  # and comes back to life: it changes nothing
    delivery.refresh_from_db()
    assert delivery.state == "delivered" and delivery.attempts == 2


def test_a_worker_has_a_thread_for_webhooks():
    sender = worker.SENDERS[THREAD]
    assert sender.send is delivering.send_due and sender.wake is delivering.wake
    assert delivering.HOLD.total_seconds() > sending.TOTAL_SECONDS + sending.LOOK_UP_SECONDS + sending.CONNECT_SECONDS


# --- Pages and the API ---------------------------------------------------------------------------
def test_an_owner_adds_tries_and_deletes_a_webhook_on_the_pages(receiver, staff, sign_in):
    own = sign_in(staff)
    given = {"name": "Public website", "events": ["site.changed", "report.published"]}
    refused = html_of(own.post("/webhooks/add/", {**given, "address": "https://10.0.0.1/"}))
    assert "leads to a private network" in refused and not Webhook.objects.exists()
    page = html_of(own.post("/webhooks/add/", {**given, "address": receiver.address}))
    hook = Webhook.objects.get()
    assert (secret := re.search(r"whsec_[\w+/=]+", page)) and "shown only once" in page
    assert secret.group() == sealing.unseal(hook.secret) and "whsec_" not in html_of(own.get(f"/webhooks/{hook.pk}/"))
    receiver.words, receiver.answer = b"<script>alert(1)</script>", 400
    to = own.post(f"/webhooks/{hook.pk}/test/").headers["Location"]
    delivering.send_due()
    message = html_of(own.get(to))
    assert "The server answered 400." in message and "&lt;script&gt;" in message and "webhook.test" in message
    assert "Failed" in html_of(own.get(f"/webhooks/{hook.pk}/?state=failed"))
    assert "No message matches" in html_of(own.get(f"/webhooks/{hook.pk}/?state=withheld"))
    receiver.answer = 200
    assert own.post(f"{to}send-again/").status_code == 302 and delivering.send_due() == 1
    assert "Public website" in html_of(own.get("/webhooks/"))
    edited = {"name": "Website", "events": ["site.added"], "address": receiver.address, "version": hook.version}
    assert own.post(f"/webhooks/{hook.pk}/edit/", edited).status_code == 302
    assert own.post(f"/webhooks/{hook.pk}/edit/", {**edited, "name": "Lost"}).status_code == 409
    assert own.post(f"/webhooks/{hook.pk}/delete/", {"version": "1"}).status_code == 409  # it has changed since
    assert own.post(f"/webhooks/{hook.pk}/delete/", {"version": "2"}).status_code == 302
    assert not Webhook.objects.exists() and not WebhookDelivery.objects.exists()
    kinds = set(AuditEvent.objects.filter(type__startswith="webhook.").values_list("type", flat=True))
    assert kinds == {"webhook.added", "webhook.tested", "webhook.sent_again", "webhook.changed", "webhook.deleted"}
    assert "whsec" not in str(list(AuditEvent.objects.values()))


def test_a_program_keeps_a_webhook_of_its_own_over_the_api(receiver, sign_in):
    api = sign_in(factories.UserFactory(roles=["api_client"]))

    def post(path, body=None, **headers):
        return api.post(f"/api/v1/webhooks/{path}", body or {}, "application/json", headers=headers)

    given = {"name": "Website", "address": receiver.address, "events": ["update.published"]}
    for wrong, attr in (
        ({**given, "address": "https://192.168.0.1/"}, "address"),
        ({**given, "events": ["no.such"]}, "events"),
        ({**given, "events": []}, "events"),
        ({**given, "owner": 1}, "owner"),
    ):
        refused = post("", wrong)
        assert refused.status_code == 400 and refused.json()["errors"][0]["attr"].startswith(attr), refused.json()
    made = post("", given, **{"Idempotency-Key": "one"})
    again = post("", given, **{"Idempotency-Key": "one"})
    assert made.status_code == again.status_code == 201 and Webhook.objects.count() == 1
    assert made.json()["secret"].startswith("whsec_") and again.json()["secret"] == ""
    pk = made.json()["id"]
    detail = api.get(f"/api/v1/webhooks/{pk}/")
    assert "secret" not in detail.json() and "whsec_" not in api.get("/api/v1/webhooks/").content.decode()
    assert post(f"{pk}/test/").status_code == 202
    assert delivering.send_due() == 1
    (row,) = api.get("/api/v1/webhook-deliveries/", {"webhook": pk, "state": "delivered"}).json()["results"]
    assert row["message"]["type"] == "webhook.test" and row["attempts"][0]["code"] == 204
    assert api.post(f"/api/v1/webhook-deliveries/{row['id']}/replay/", {}, "application/json").status_code == 200
    assert delivering.send_due() == 1
    assert post(f"{pk}/replace-secret/").json()["secret"] not in ("", made.json()["secret"])
    assert post(f"{pk}/replay/").status_code == 409  # none has failed
    assert post(f"{pk}/switch-off/").json()["off_reason"] == "owner"
    assert post(f"{pk}/switch-on/").json()["is_active"] is True
    tag = api.get(f"/api/v1/webhooks/{pk}/").headers["ETag"]
    changed = api.patch(f"/api/v1/webhooks/{pk}/", {"name": "Site"}, "application/json", headers={"If-Match": tag})
    assert changed.json()["name"] == "Site"
    assert api.delete(f"/api/v1/webhooks/{pk}/", headers={"If-Match": tag}).status_code == 412
    assert api.delete(f"/api/v1/webhooks/{pk}/", headers={"If-Match": changed.headers["ETag"]}).status_code == 204


def test_a_webhook_that_does_not_work_is_on_the_first_page_of_staff(receiver, staff, sign_in):
    hook, _secret = add(factories.UserFactory(roles=["api_client"]), receiver.address)
    assert "Webhook: Public website" not in html_of(sign_in(staff).get("/"))
    delivering.switch_off(by=SYSTEM, webhook=hook, reason=Webhook.Off.FAILING)
    page = html_of(sign_in(staff).get("/"))
    assert "Webhook: Public website" in page and "could not be delivered for days" in page


# --- One clock -----------------------------------------------------------------------------------
def test_in_a_demonstration_attempts_stand_on_the_day_of_what_happened(receiver, staff, client):
    """What happened, each attempt and the next one are shown by one clock; the machine's says when it is really tried."""
    receiver.answer = 500
    with clock.standing_on(date(2022, 11, 3)):
        hook, _secret = add(staff, receiver.address)
        change(factories.SiteFactory(), staff)
        delivering.send_due()
        services.replace_secret(by=staff, webhook=hook)
        delivery = WebhookDelivery.objects.get()
        client.force_login(staff)
        page = html_of(client.get(f"/webhooks/messages/{delivery.pk}/"))
        told = client.get(f"/api/v1/webhook-deliveries/{delivery.pk}/").json()
        old = html_of(client.get(f"/webhooks/{hook.pk}/"))
    assert page.count("3 November 2022") == 3 and f"{timezone.now():%Y}" not in page
    assert {told[name][:10] for name in ("happened_at", "made_at", "due_at")} == {"2022-11-03"}
    assert "5 November 2022" in old
    assert delivery.due_at > timezone.now() - timedelta(minutes=1) and not WebhookDelivery.objects.due().exists()
