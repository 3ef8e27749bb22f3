"""Background email and jobs: retried for days, reported to staff, and never blocking each other."""

import socket
import threading
import time
from datetime import timedelta
from smtplib import SMTPRecipientsRefused

import pytest
from celery import current_app
from django.core import mail
from django.db import transaction
from django.utils import timezone

from impact.core.access.models import AuditEvent
from impact.core.access.permissions import SYSTEM
from impact.core.jobs import outbox, queue, tasks
from impact.core.jobs.models import Job, OutboxEmail
from tests import factories
from tests.pages import html_of

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def failing(monkeypatch):
    """``failing(error)``: every email fails like this."""

    def fail(error: Exception) -> None:
        def send(self, *args, **kwargs):
            raise error

        monkeypatch.setattr("django.core.mail.EmailMessage.send", send)

    return fail


def write(n: int = 1) -> list[OutboxEmail]:
    return [
        outbox.send_later(event="meeting-reminder", to=f"p{k}@people.example", subject=f"Subject {k}", body="Text")
        for k in range(n)
    ]


def make_due() -> None:
    OutboxEmail.objects.update(due_at=timezone.now() - timedelta(seconds=1))


# --- Sending -------------------------------------------------------------------------------------
def test_email_is_tried_again_for_days_and_then_waits_for_staff(failing):
    (row,) = write()
    failing(ConnectionRefusedError())
    waits = []
    for _ in range(14):
        make_due()
        before = timezone.now()
        outbox.send_due()
        row.refresh_from_db()
        waits.append(row.due_at - before)
    assert (
        row.attempts == 14
        and waits[0] < timedelta(minutes=3)
        and waits[-1] < outbox.LONGEST_WAIT + timedelta(minutes=1)
    )
    assert sum(waits, timedelta()) > timedelta(hours=20)  # it gave up for ever after 254 minutes
    OutboxEmail.objects.update(give_up_at=timezone.now() - timedelta(seconds=1))
    make_due()
    outbox.send_due()
    row.refresh_from_db()
    assert row.attempts == 14 and row.is_given_up


def test_when_there_is_no_mail_server_one_email_tells_and_the_others_lose_no_turn(failing):
    write(5)
    failing(TimeoutError())
    outbox.send_due()
    assert sorted(OutboxEmail.objects.values_list("attempts", flat=True)) == [0, 0, 0, 0, 1]


def test_an_address_that_takes_no_mail_does_not_hold_up_the_others(monkeypatch):
    write(3)
    original = mail.EmailMessage.send

    def send(self, *args, **kwargs):
        if self.to == ["p0@people.example"]:
            raise SMTPRecipientsRefused({"p0@people.example": (550, b"No such user")})
        return original(self, *args, **kwargs)

    monkeypatch.setattr("django.core.mail.EmailMessage.send", send)
    assert outbox.send_due() == 2
    error = OutboxEmail.objects.get(to="p0@people.example").error
    assert error.startswith(outbox.REFUSED) and "550" not in error and "p0@" not in error


def test_a_sent_email_keeps_no_link_and_one_that_waits_keeps_it(settings, failing):
    settings.DEMO = False
    write()
    outbox.send_due()
    sent = OutboxEmail.objects.get()
    assert sent.sent_at and (sent.body, sent.calendar) == ("", "")
    failing(TimeoutError())
    write()
    outbox.send_due()
    assert OutboxEmail.objects.unsent().get().body == "Text"


def test_the_text_of_email_that_never_left_is_dropped_in_the_end():
    write()
    OutboxEmail.objects.update(give_up_at=timezone.now() - timedelta(days=31))
    tasks.tidy()
    assert OutboxEmail.objects.get().body == ""


def test_a_silent_mail_server_ends_the_round_in_seconds_and_holds_no_second_thread(settings):
    """A real server that accepts and says nothing; a round took as long as the server liked."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.getsockname()
        assert settings.EMAIL_TIMEOUT == 10
        settings.EMAIL_TIMEOUT = 0.3
        write(4)
        began = time.monotonic()
        outbox.send_due()
        assert time.monotonic() - began < 3
    tried = OutboxEmail.objects.exclude(attempts=0).get()
    assert tried.error == "The mail server did not answer in time."


def test_only_one_thread_of_a_process_sends_mail(monkeypatch):
    write()
    inside, leave = threading.Event(), threading.Event()

    def slow(limit, until):
        inside.set()
        leave.wait(5)
        return 1

    monkeypatch.setattr(outbox, "_send_round", slow)
    first = threading.Thread(target=outbox.send_due)
    first.start()
    inside.wait(5)
    assert outbox.send_due() == 0  # at once: the thread is free for jobs
    leave.set()
    first.join()


def test_in_a_worker_the_task_only_wakes_the_mail_thread(monkeypatch):
    monkeypatch.setattr("impact.core.jobs.worker.mail_thread_runs", lambda: True)
    monkeypatch.setattr(outbox, "send_due", lambda: pytest.fail("the task must not send"))
    outbox.wake.clear()
    tasks.send_mail()
    assert outbox.wake.is_set()
    outbox.wake.clear()


# --- Telling the worker --------------------------------------------------------------------------
def test_ten_emails_in_one_change_tell_the_worker_once(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        write(10)
    assert len(callbacks) == 1


def test_email_in_a_part_that_is_undone_does_not_keep_the_rest_from_being_sent(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        with pytest.raises(RuntimeError), transaction.atomic():
            write()
            raise RuntimeError
        write()
    assert len(callbacks) == 1


def test_a_broker_that_refuses_is_asked_once_and_not_ten_times(monkeypatch):
    monkeypatch.setattr(queue._Broker, "away_until", 0.0)
    asked = []

    class Task:
        def apply_async(self, **kwargs):
            asked.append(1)
            raise ConnectionRefusedError

    monkeypatch.setitem(current_app.tasks, "core.send_mail", Task())
    for _ in range(10):
        queue.notify("core.send_mail")
    assert len(asked) == 1
    monkeypatch.setattr(queue._Broker, "away_until", 0.0)


def test_a_worker_whose_clock_is_a_day_ahead_holds_a_job_no_longer_than_others(monkeypatch):
    """Its lease ends by the database's clock."""
    monkeypatch.setitem(queue.HANDLERS, "none", lambda claim: lambda job: {})
    job = queue.enqueue(by=SYSTEM, kind="none", dedupe_key="x", payload={})
    real = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: real() + timedelta(days=1))
    assert queue.claim(job.pk)
    monkeypatch.setattr(timezone, "now", real)
    job.refresh_from_db()
    assert job.lease_until < real() + timedelta(minutes=2)


# --- What staff see ------------------------------------------------------------------------------
def failed_job() -> Job:
    job = queue.enqueue(by=SYSTEM, kind="networks.build_document", dedupe_key="x", payload={})
    Job.objects.update(state=Job.State.FAILED, finished_at=timezone.now(), error="The machine may be short of memory.")
    return job


def test_staff_see_on_home_what_was_not_sent_or_failed(sign_in, staff, failing):
    client = sign_in(staff)
    assert "not been sent" not in html_of(client.get("/"))
    write()
    OutboxEmail.objects.update(attempts=2, error="The mail server did not answer in time.")
    failed_job()
    home = html_of(client.get("/"))
    assert "1 email has not been sent" in home and "1 background job failed" in home
    page = html_of(client.get("/background/"))
    assert "The mail server did not answer in time." in page and "The machine may be short of memory." in page
    assert "Meeting pack or action plan" in page  # and not networks.build_document


def test_send_again_sends_even_what_was_given_up(sign_in, staff, django_capture_on_commit_callbacks):
    (row,) = write()
    OutboxEmail.objects.update(attempts=40, give_up_at=timezone.now() - timedelta(days=1))
    with django_capture_on_commit_callbacks(execute=True):
        response = sign_in(staff).post("/background/send-again/", {"email": row.pk}, follow=True)
    assert "Sending 1 email again" in html_of(response)
    outbox.send_due()
    row.refresh_from_db()
    assert row.sent_at and [m.to for m in mail.outbox] == [["p0@people.example"]]
    assert AuditEvent.objects.filter(type="email.sent_again", object_id=str(row.pk)).exists()


@pytest.mark.parametrize("chosen", ["²", "-1", "abc", "9" * 40])
def test_an_invalid_choice_sends_nothing(sign_in, staff, chosen):
    write()
    response = sign_in(staff).post("/background/send-again/", {"email": chosen}, follow=True)
    assert response.status_code == 200 and "sent already" in html_of(response)


def test_try_again_leads_back_to_the_page(sign_in, staff):
    job = failed_job()
    response = sign_in(staff).post(f"/jobs/{job.pk}/retry/", {"next": "/background/"})
    assert response["Location"] == "/background/"
    job.refresh_from_db()
    assert job.state == Job.State.QUEUED


def test_readyz_tells_when_mail_does_not_leave_but_not_because_of_one_bad_address(client):
    write()
    OutboxEmail.objects.update(created_at=timezone.now() - timedelta(hours=2), attempts=5, error=f"{outbox.REFUSED}: x")
    assert client.get("/readyz").json()["checks"]["mail"] == "ok"
    OutboxEmail.objects.update(error="The mail server did not answer in time.")
    response = client.get("/readyz")
    assert response.status_code == 503 and "an hour" in response.json()["checks"]["mail"]
    assert response["Retry-After"] == "30"


def test_the_mail_of_a_demonstration_can_be_read_and_no_other(sign_in, staff, settings):
    (row,) = write()
    client = sign_in(staff)
    assert client.get("/outbox/").status_code == client.get(f"/outbox/{row.pk}/").status_code == 404
    settings.DEMO = True
    assert "Subject 0" in html_of(client.get("/outbox/?q=p0"))
    OutboxEmail.objects.update(body="Join here: http://127.0.0.1/x/ <script>")
    page = html_of(client.get(f"/outbox/{row.pk}/"))
    assert 'href="http://127.0.0.1/x/"' in page and "<script>" not in page.split("email-text")[1].split("</div>")[0]
    outbox.send_due()
    row.refresh_from_db()
    assert row.sent_at and row.body  # there it stays to be read
    coordinator = sign_in(factories.UserFactory(roles=["assessor"]))
    assert coordinator.get("/outbox/").status_code == 403
