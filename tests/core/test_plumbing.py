"""Outbox, idempotency keys, Markdown, lists: the small parts that everything depends on."""

import io
import json
import logging
import time
from datetime import timedelta

import pytest
import structlog
from django.conf import settings
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from impact.core.access.permissions import GRANTS, SYSTEM, Role, has_perm, require
from impact.core.api import idempotency
from impact.core.api.models import IdempotencyKey
from impact.core.api.tasks import forget_answered_requests
from impact.core.basics.markdown import render_markdown
from impact.core.jobs import outbox
from impact.core.jobs.models import OutboxEmail
from impact.core.people.models import Person
from impact.core.web.listing import safe_cell
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.database]


# --- Outbox --------------------------------------------------------------------------------------
def test_mail_is_sent_once_with_a_stable_message_id():
    row = outbox.send_later(event="meeting-reminder", to="a@people.example", subject="Hello\nthere", body="Text")
    assert outbox.send_due() == 1
    assert outbox.send_due() == 0
    assert mail.outbox[0].extra_headers["Message-ID"] == row.message_id
    assert mail.outbox[0].subject == "Hello there"


def test_mail_that_fails_waits_longer_each_time_and_keeps_its_id(monkeypatch):
    outbox.send_later(event="meeting-reminder", to="a@people.example", subject="Hello", body="Text")

    def away(self, *args, **kwargs):
        raise ConnectionRefusedError

    monkeypatch.setattr("django.core.mail.EmailMessage.send", away)
    waits = []
    for _ in range(3):
        OutboxEmail.objects.update(due_at=timezone.now())
        assert outbox.send_due() == 0
        waits.append(OutboxEmail.objects.get().due_at - timezone.now())
    assert waits == sorted(waits) and waits[0] > timedelta(minutes=1)
    row = OutboxEmail.objects.get()
    assert (row.attempts, row.error, row.sent_at) == (3, "The mail server refused the connection.", None)


def test_mail_rolls_back_with_what_caused_it():
    from django.db import transaction

    with pytest.raises(RuntimeError), transaction.atomic():
        outbox.send_later(event="meeting-reminder", to="a@people.example", subject="Hello", body="Text")
        raise RuntimeError
    assert not OutboxEmail.objects.exists()


# --- Idempotency ---------------------------------------------------------------------------------
def ask(user, body, effect, key="k1"):
    return idempotency.once(user=user, key=key, method="POST", path="/x/", body=body, effect=effect)


def test_the_same_request_twice_has_one_effect_and_one_answer(outsider):
    def effect():
        return {"id": Person.objects.create(name="Made").pk}

    first, is_new = ask(outsider, {"a": 1}, effect)
    second, again = ask(outsider, {"a": 1}, effect)
    assert first == second and (is_new, again) == (True, False)
    assert Person.objects.filter(name="Made").count() == 1


def test_the_same_key_with_another_body_is_refused(outsider):
    ask(outsider, {"a": 1}, dict)
    with pytest.raises(idempotency.KeyReused):
        ask(outsider, {"a": 2}, dict)


def test_a_crash_leaves_no_lock_behind(outsider):
    def crash():
        raise RuntimeError

    with pytest.raises(RuntimeError):
        ask(outsider, {}, crash)
    assert ask(outsider, {}, lambda: {"done": True}) == ({"done": True}, True)


def test_two_people_may_use_the_same_key(outsider, staff):
    ask(outsider, {}, lambda: {"who": 1})
    assert ask(staff, {}, lambda: {"who": 2})[0] == {"who": 2}


def test_old_keys_are_forgotten_after_a_week(outsider):
    ask(outsider, {}, dict)
    IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(days=8))
    forget_answered_requests()
    assert not IdempotencyKey.objects.exists()


# --- Markdown and cells --------------------------------------------------------------------------
@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        '<img src=x onerror="alert(1)">',
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "![x](http://tracker.example/x.png)",
    ],
)
def test_markdown_never_becomes_active_html(hostile):
    html = render_markdown(hostile)
    assert "<script" not in html and "<img" not in html
    assert 'href="javascript' not in html and 'href="data' not in html


def test_markdown_stays_quick_on_hostile_input():
    started = time.process_time()
    render_markdown("[" * 20_000)
    assert time.process_time() - started < 5  # other parsers need minutes


def test_markdown_headings_never_compete_with_the_page():
    assert "<h2>" in render_markdown("# Title") and "<h1" not in render_markdown("# Title")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_text_that_a_spreadsheet_would_run_is_escaped(text):
    assert safe_cell(text) == f"'{text}"


def test_numbers_in_an_export_stay_numbers():
    assert safe_cell(-3) == -3
    assert safe_cell(2.5) == 2.5


# --- Policy --------------------------------------------------------------------------------------
def test_an_unknown_permission_raises(staff):
    with pytest.raises(KeyError):
        has_perm(staff, "sites.fly")


def test_a_permission_asked_about_something_without_a_scope_raises(staff):
    with pytest.raises(TypeError):
        has_perm(staff, "sites.edit_site", object())


def test_an_inactive_account_may_do_nothing(staff):
    staff.is_active = False
    with pytest.raises(PermissionDenied):
        require(staff, "sites.view_all")


def test_scheduled_work_passes_by_name_only():
    assert has_perm(SYSTEM, "sites.add_site")
    assert not has_perm(None, "sites.add_site")


def test_every_grant_names_known_roles():
    for permission, roles in GRANTS.items():
        assert roles <= set(Role), permission


def test_an_over_long_idempotency_key_is_refused(outsider):
    with pytest.raises(ValidationError):
        ask(outsider, {}, dict, key="k" * 81)


# --- Logs ----------------------------------------------------------------------------------------
def test_logs_name_the_route_and_hold_no_token_query_or_address(client, staff):
    client.force_login(staff)
    root, stream = logging.getLogger(), io.StringIO()
    ours = next(h for h in root.handlers if isinstance(h.formatter, structlog.stdlib.ProcessorFormatter))
    before, level = ours.setStream(stream), root.level
    root.setLevel(logging.DEBUG)
    try:
        client.get("/people/?q=secret-name")
        client.get("/invitation/secret-token/")
        client.get("/no-such-page/secret-path/")
    finally:
        ours.setStream(before)
        root.setLevel(level)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert {line.get("request") for line in lines} >= {"GET people/", "GET invitation/<str:token>/"}
    assert {line["user_id"] for line in lines if line["event"] == "request_finished"} == {staff.pk}
    assert all(line["request_id"] for line in lines if line["event"] == "request_finished")
    assert "secret" not in stream.getvalue()
    assert staff.email not in stream.getvalue()


@pytest.mark.parametrize("is_signed_in", [True, False])
def test_a_client_that_asks_too_often_is_told_when_to_come_back(is_signed_in, client, hourly_limit):
    """The rates themselves are in the settings; here they are small enough to reach."""
    assert settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"] == {"user": "6000/hour", "anon": "300/hour"}
    hourly_limit("2/hour")
    if is_signed_in:
        client.force_login(factories.UserFactory(roles=["staff"]))
    asked = [client.get("/api/v1/rounds/", REMOTE_ADDR="203.0.113.77") for _ in range(3)]
    assert [answer.status_code for answer in asked] == [200, 200, 429]
    answer = asked[-1]
    assert 0 < int(answer["Retry-After"]) <= 3600
    assert answer.json()["errors"][0]["code"] == "throttled"
