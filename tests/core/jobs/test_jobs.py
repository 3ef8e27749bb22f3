"""The job table: one winner, a fence, a lease, and a reason that a person can read."""

import threading
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, connections, transaction
from django.utils import timezone

from impact.core.access.models import AuditEvent
from impact.core.access.permissions import SYSTEM
from impact.core.jobs import queue
from impact.core.jobs.models import Job, OutboxEmail

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def kind(monkeypatch):
    """A job kind whose handler is a plain function that the test may replace."""
    box = {"work": lambda claim: lambda job: {"ok": True}}
    monkeypatch.setitem(queue.HANDLERS, "test.kind", lambda claim: box["work"](claim))
    monkeypatch.setattr(queue, "notify_worker", lambda job_id: None)
    return box


def put(key="one") -> Job:
    return queue.enqueue(by=SYSTEM, kind="test.kind", dedupe_key=key, payload={"n": 1})


def expire_lease(job) -> None:
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_a_job_is_done_once_and_keeps_its_result(kind):
    job = put()
    assert queue.run(job.pk) is True
    assert queue.run(job.pk) is False
    job.refresh_from_db()
    assert (job.state, job.progress, job.attempt, job.result) == ("succeeded", 100, 1, {"ok": True})


def test_the_same_key_gives_the_same_job(kind):
    assert put().pk == put().pk
    assert Job.objects.count() == 1


def test_the_worker_is_notified_only_when_the_transaction_commits(monkeypatch, django_capture_on_commit_callbacks):
    rung = []
    monkeypatch.setattr(queue, "notify_worker", rung.append)
    with django_capture_on_commit_callbacks(execute=False) as callbacks:
        job = put()
    assert rung == []
    callbacks[0]()
    assert rung == [job.pk]


def test_jobs_that_no_one_waits_for_run_last(kind, monkeypatch, django_capture_on_commit_callbacks):
    """Without this the report of a first start waited for the words of eighty papers, and was given up."""
    notified, done = [], []
    monkeypatch.setattr(queue, "PATIENT", {"test.patient"})
    monkeypatch.setitem(queue.HANDLERS, "test.patient", lambda claim: kind["work"](claim))
    kind["work"] = lambda claim: lambda job: done.append(job.kind) or {}
    monkeypatch.setattr(queue, "notify_worker", notified.append)
    with django_capture_on_commit_callbacks(execute=True):
        queue.enqueue(by=SYSTEM, kind="test.patient", dedupe_key="patient", payload={})
        job = put()
    queue.run_due()
    assert (notified, done) == ([job.pk], ["test.kind", "test.patient"])


def test_a_broker_that_is_away_loses_nothing(kind, monkeypatch):
    from impact.core.jobs.tasks import run_job

    def away(*args, **kwargs):
        raise ConnectionError("no broker")

    monkeypatch.undo()
    monkeypatch.setitem(queue.HANDLERS, "test.kind", lambda claim: lambda job: {})
    monkeypatch.setattr(run_job, "apply_async", away)
    job = put()
    queue.notify_worker(job.pk)
    assert queue.run_due() == 1


def test_a_worker_that_lost_its_lease_can_neither_finish_nor_report(kind):
    """The fence: without the attempt number in the UPDATE, the slow worker would publish a second outcome."""
    job = put()
    slow = queue.claim(job.pk)
    expire_lease(job)
    quick = queue.claim(job.pk)
    assert (slow.attempt, quick.attempt) == (1, 2)
    with pytest.raises(queue.LeaseLost):
        slow.progress(50, "Still here")
    with pytest.raises(queue.LeaseLost):
        queue._finish(slow, lambda job: {"by": "slow"})
    queue._finish(quick, lambda job: {"by": "quick"})
    job.refresh_from_db()
    assert job.result == {"by": "quick"}
    # Without the fence, the same late finish is accepted.
    Job.objects.filter(pk=job.pk, state="succeeded").update(result={"by": "slow"})
    job.refresh_from_db()
    assert job.result == {"by": "slow"}


def test_what_finish_wrote_is_undone_when_the_lease_was_lost(kind):
    job = put()
    slow = queue.claim(job.pk)
    expire_lease(job)
    queue.claim(job.pk)
    with pytest.raises(queue.LeaseLost):
        queue._finish(slow, lambda job: OutboxEmail.objects.create(message_id="x", to="a@b.example") and {})
    assert not OutboxEmail.objects.exists()


def test_a_job_with_a_live_lease_cannot_be_taken(kind):
    job = put()
    assert queue.claim(job.pk) is not None
    assert queue.claim(job.pk) is None


def test_an_error_is_tried_three_times_and_then_gives_a_reason(kind):
    def broken(claim):
        raise RuntimeError("secret detail")

    kind["work"] = broken
    job = put()
    for _ in range(3):
        Job.objects.update(due_at=timezone.now())
        queue.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.attempt) == ("failed", 3)
    assert "Something went wrong" in job.error
    assert "secret" not in job.error


def test_a_refusal_fails_at_once_with_its_own_words(kind):
    def refuse(claim):
        raise queue.JobRefused("There is nothing to report on.")

    kind["work"] = refuse
    job = put()
    queue.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.attempt, job.error) == ("failed", 1, "There is nothing to report on.")


def test_a_job_whose_worker_dies_three_times_fails_with_a_reason(kind):
    job = put()
    for _ in range(3):
        assert queue.claim(job.pk) is not None
        expire_lease(job)
    assert queue.claim(job.pk) is None
    job.refresh_from_db()
    assert job.state == "failed"
    assert "each time it was tried" in job.error


def test_a_failed_job_can_be_tried_again_and_the_attempt_number_goes_on(kind, staff):
    job = put()
    Job.objects.update(state="failed", attempt=3, error="It broke")
    queue.retry(by=staff, job=Job.objects.get())
    assert queue.run(job.pk) is True
    job.refresh_from_db()
    assert (job.state, job.attempt, job.error) == ("succeeded", 4, "")
    assert AuditEvent.objects.filter(type="job.retried").count() == 1


def test_only_a_failed_job_can_be_tried_again_and_not_by_everybody(kind, staff, outsider):
    job = put()
    with pytest.raises(ValidationError, match="Only a failed or cancelled job"):
        queue.retry(by=staff, job=job)
    with pytest.raises(PermissionDenied):
        queue.retry(by=outsider, job=job)


def test_progress_renews_the_lease_and_never_says_done_early(kind):
    job = put()
    claim = queue.claim(job.pk)
    expire_lease(job)
    claim.progress(250, "Laying out")
    job.refresh_from_db()
    assert (job.progress, job.step) == (99, "Laying out")
    assert job.lease_until > timezone.now()


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_exactly_one_gets_the_job(kind):
    job = put()
    won, gate = [], threading.Barrier(8)

    def grab() -> None:
        gate.wait()
        try:
            claim = queue.claim(job.pk)
            if claim:
                won.append(claim)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=grab) for _ in range(8)]
    if connection.vendor == "sqlite" and connection.is_in_memory_db():
        for _ in range(8):
            won += [c for c in [queue.claim(job.pk)] if c]
    else:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(won) == 1


def test_the_database_refuses_a_running_job_without_a_lease(kind):
    job = put()
    with pytest.raises(Exception, match="running_job_has_a_lease"), transaction.atomic():
        Job.objects.filter(pk=job.pk).update(state="running")
