"""Background work whose truth is a row.

``enqueue`` inserts the row in the caller's transaction and notifies Celery once it commits. A worker claims a due
row by a conditional UPDATE, holds a lease that it renews while it works, and finishes by an UPDATE fenced on its
attempt number, in one transaction with what it made. A worker that lost its lease can therefore neither finish
nor publish anything. Celery and Redis may lose every message: workers also poll for due rows.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from celery import current_app
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models.functions import Now
from django.utils import timezone

from impact.core.access import audit
from impact.core.access.permissions import SYSTEM, Actor, require
from impact.core.basics import clock
from impact.core.jobs.models import Job
from impact.core.web.files import store

log = structlog.get_logger(__name__)

Finish = Callable[[Job], dict[str, Any]]
Handler = Callable[["Claim"], Finish]
HANDLERS: dict[str, Handler] = {}
LABELS: dict[str, str] = {}  # kind → what people call it
PATIENT: set[str] = set()  # kinds that no one waits for
ENDED: dict[str, Callable[[Job], None]] = {}  # what is done when a job of a kind ends without success


class LeaseLost(Exception):
    """Another worker has taken the job over; stop, and publish nothing."""


class JobRefused(Exception):
    """The job cannot succeed however often it is tried; the message is shown to a person."""


def handles(kind: str, label: str, *, is_patient: bool = False) -> Callable[[Handler], Handler]:
    """Mark a function in a ``tasks.py`` as what does jobs of ``kind``, which people know as ``label``.

    A patient kind, of which there may be thousands at once, lets all others go first: workers are not notified of it
    and do it when they look for due jobs and find no other.

    The function gets a Claim, does the slow work outside any transaction, and returns a ``finish(job) -> result``
    that writes the outcome; ``finish`` runs in the transaction that marks the job as done.
    """

    def register(handler: Handler) -> Handler:
        HANDLERS[kind] = handler
        LABELS[kind] = label
        if is_patient:
            PATIENT.add(kind)
        return handler

    return register


def when_ended(kind: str, do: Callable[[Job], None]) -> None:
    """Have ``do`` called when a job of a kind is given up or cancelled, in the transaction that says so."""
    ENDED[kind] = do


def _ended(job: Job) -> None:
    if job.kind in ENDED:
        ENDED[job.kind](job)


DAILY: set[str] = set()


def daily(kind: str, label: str) -> Callable[[Handler], Handler]:
    """Mark a function as what does jobs of ``kind``, of which there is one a day: reminders, digests.

    The payload holds the day as ``on``. Workers ask for the day's jobs each time they look; the job's key makes it
    one, however many workers ask, and a day on which no worker ran is not made up for.
    """

    def register(handler: Handler) -> Handler:
        DAILY.add(kind)
        return handles(kind, label)(handler)

    return register


def enqueue_daily() -> None:
    """Put today's daily jobs in the table, once each."""
    on = clock.today().isoformat()
    keys = {f"{kind}:{on}": kind for kind in DAILY}
    there = set(Job.objects.filter(dedupe_key__in=keys).values_list("dedupe_key", flat=True))
    for key in sorted(set(keys) - there):
        with transaction.atomic():
            enqueue(by=SYSTEM, kind=keys[key], dedupe_key=key, payload={"on": on})


class TryAgain(Exception):
    """The work failed this time and may succeed the next; the message is shown to a person.

    With ``wait`` it is tried again only after that long, for up to a day: the cause lies outside the job, and someone
    has to mend it.
    """

    def __init__(self, message: str, *, wait: timedelta | None = None) -> None:
        super().__init__(message)
        self.wait = wait


NO_ROOM_WAIT = timedelta(minutes=10)
WAITS_FOR = timedelta(days=1)


def no_room() -> TryAgain:
    """The error of a job that found the disk full."""
    words = "The disk is full, so the file could not be written. We will try again every ten minutes for a day."
    return TryAgain(f"{words} Tell the people who run this site.", wait=NO_ROOM_WAIT)


@dataclass(frozen=True)
class Claim:
    """One worker's hold on one job."""

    job_id: Any
    kind: str
    attempt: int
    payload: dict[str, Any]

    def _mine(self) -> models.QuerySet[Job]:
        return Job.objects.filter(pk=self.job_id, attempt=self.attempt, state=Job.State.RUNNING)

    def progress(self, percent: int, step: str) -> None:
        """Say how far the work is (0–100) and in what step, and renew the lease. Raises LeaseLost."""
        if not self._mine().update(progress=min(99, max(0, percent)), step=step, lease_until=_lease()):
            raise LeaseLost(str(self.job_id))

    def renew(self) -> None:
        """Keep the lease while the work moves. Raises LeaseLost."""
        if not self._mine().update(lease_until=_lease()):
            raise LeaseLost(str(self.job_id))


def _lease() -> Any:
    return Now() + timedelta(seconds=settings.JOB_LEASE_SECONDS)


def enqueue(*, by: Actor, kind: str, dedupe_key: str, payload: dict[str, Any], due_at: datetime | None = None) -> Job:
    """Put a job in the table and notify a worker on commit; the same ``dedupe_key`` gives the same job.

    With ``due_at`` it waits until then: workers look for due jobs themselves, and none is notified now.
    """
    later = {"due_at": due_at} if due_at else {}
    job, is_new = Job.objects.get_or_create(
        dedupe_key=dedupe_key,
        defaults={"kind": kind, "payload": payload, "created_by_id": by.pk, **later},
    )
    if not due_at and kind not in PATIENT and (is_new or not job.is_finished):
        transaction.on_commit(lambda: notify_worker(job.pk))
    return job


def notify_worker(job_id: Any) -> None:
    """Tell Celery that a job is due."""
    notify("core.run_job", str(job_id))


class _Broker:
    """Until when this process leaves a broker alone that did not answer."""

    away_until = 0.0


AWAY_SECONDS = 5


def notify(task: str, *args: str) -> None:
    """Send a task by its name. An unreachable broker only costs seconds, because workers also poll.

    After a failure the broker is left alone for a moment, so that ten notices do not wait for it ten times.
    """
    if time.monotonic() < _Broker.away_until:
        return
    try:
        current_app.tasks[task].apply_async(args=args, retry=False)
    except Exception as error:  # noqa: BLE001  whatever the broker raises, the row is safe
        _Broker.away_until = time.monotonic() + AWAY_SECONDS
        log.warning("worker.not_notified", error=type(error).__name__)


def claim(job_id: Any) -> Claim | None:
    """Take a due job, or None when it is not there to take. Exactly one of any number of callers wins."""
    job = Job.objects.due().filter(pk=job_id).first()
    if job is None:
        return None
    if job.attempt >= job.attempts_allowed:
        _give_up(job, "It stopped part-way each time it was tried. The machine may be short of memory.")
        return None
    now = timezone.now()
    won = (
        Job.objects.due()
        .order_by()
        .filter(pk=job.pk, attempt=job.attempt)
        .update(
            state=Job.State.RUNNING,
            attempt=job.attempt + 1,
            lease_until=_lease(),
            started_at=now,
            progress=0,
            step="Starting",
        )
    )
    return Claim(job.pk, job.kind, job.attempt + 1, job.payload) if won else None


def run(job_id: Any) -> bool:
    """Claim a job and do it. True when this call finished it; never raises for the job's own failure."""
    held = claim(job_id)
    if held is None:
        return False
    log.info("job.started", job=str(job_id), kind=held.kind, attempt=held.attempt)
    try:
        finish = HANDLERS[held.kind](held)
        _finish(held, finish)
    except LeaseLost:
        log.warning("job.lease_lost", job=str(job_id), attempt=held.attempt)
        return False
    except JobRefused as refusal:
        _fail(held, str(refusal), for_good=True)
        return False
    except TryAgain as trouble:
        log.warning("job.stumbled", job=str(job_id), attempt=held.attempt)
        _fail(held, str(trouble), for_good=False, wait=trouble.wait)
        return False
    except Exception as error:
        if store.is_disk_full(error):
            log.error("job.no_room", job=str(job_id), attempt=held.attempt)
            _fail(held, str(no_room()), for_good=False, wait=NO_ROOM_WAIT)
            return False
        log.exception("job.error", job=str(job_id), attempt=held.attempt)
        _fail(held, f"Something went wrong ({type(error).__name__}). The details are in the log.", for_good=False)
        return False
    log.info("job.succeeded", job=str(job_id), attempt=held.attempt)
    return True


@transaction.atomic
def _finish(held: Claim, finish: Finish) -> None:
    now = timezone.now()
    done = held._mine().update(
        state=Job.State.SUCCEEDED, progress=100, step="Done", finished_at=now, lease_until=None, error=""
    )
    if not done:
        raise LeaseLost(str(held.job_id))
    job = Job.objects.get(pk=held.job_id)
    job.result = finish(job)
    job.save(update_fields=["result"])


def _fail(held: Claim, reason: str, *, for_good: bool, wait: timedelta | None = None) -> None:
    job = held._mine().first()
    if job is None:
        return
    now = timezone.now()
    is_patient = wait is not None and now - job.created_at < WAITS_FOR
    if for_good or (job.attempt >= job.attempts_allowed and not is_patient):
        _give_up(job, reason)
    else:
        held._mine().update(
            state=Job.State.QUEUED,
            attempts_allowed=job.attempts_allowed + (1 if is_patient else 0),
            lease_until=None,
            due_at=Now() + (wait or timedelta(seconds=2**job.attempt)),
            error=reason[:400],
            step="Will try again",
        )


@transaction.atomic
def _give_up(job: Job, reason: str) -> None:
    changed = (
        Job.objects.filter(pk=job.pk, attempt=job.attempt)
        .exclude(state=Job.State.SUCCEEDED)
        .update(state=Job.State.FAILED, lease_until=None, finished_at=timezone.now(), error=reason[:400], step="Failed")
    )
    if changed:
        _ended(job)
    log.error("job.failed", job=str(job.pk), kind=job.kind, attempt=job.attempt)


@transaction.atomic
def retry(*, by: Actor, job: Job) -> Job:
    """Give a failed job three more attempts, for someone who has read why it failed."""
    require(by, "core.retry_job")
    changed = Job.objects.filter(pk=job.pk, state__in=[Job.State.FAILED, Job.State.CANCELLED]).update(
        state=Job.State.QUEUED,
        attempts_allowed=models.F("attempt") + 3,
        due_at=timezone.now(),
        finished_at=None,
        progress=0,
        step="",
        error="",
    )
    if not changed:
        raise ValidationError(
            "Only a failed or cancelled job can be tried again. Reload the page to see the status of this one."
        )
    job.refresh_from_db()
    audit.record(by, "job.retried", job, kind=job.kind)
    transaction.on_commit(lambda: notify_worker(job.pk))
    return job


@transaction.atomic
def cancel(*, by: Actor, job: Job) -> Job:
    """End a job that waits or runs. A worker that is at it notices within seconds, stops, and records nothing."""
    require(by, "core.retry_job")
    if not withdraw(job):
        raise ValidationError("This job has ended already. Reload the page to see what became of it.")
    _ended(job)
    job.refresh_from_db()
    audit.record(by, "job.cancelled", job, kind=job.kind)
    return job


def withdraw(job: Job) -> bool:
    """Mark a job that waits or runs as cancelled; whether there was one. For services, which have asked who may."""
    unfinished = [Job.State.QUEUED, Job.State.RUNNING]
    changed = Job.objects.filter(pk=job.pk, state__in=unfinished).update(
        state=Job.State.CANCELLED, lease_until=None, finished_at=timezone.now(), step="Cancelled", error=""
    )
    return bool(changed)


def run_due(limit: int = 10) -> int:
    """Do the jobs that are due now, patient kinds last and then oldest first; the number that this call finished."""
    is_patient = models.Case(models.When(kind__in=PATIENT, then=1), default=0)
    ids = list(Job.objects.due().order_by(is_patient, "due_at", "pk").values_list("pk", flat=True)[:limit])
    return sum(run(job_id) for job_id in ids)
