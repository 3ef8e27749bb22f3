"""What Celery calls: ids in, delegate, nothing else."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from impact.core import jobs, outbox, worker
from impact.core.models import IdempotencyKey


@shared_task(name="core.run_job")
def run_job(job_id: str) -> None:
    """Do one job, if it is still due."""
    jobs.run(job_id)


@shared_task(name="core.look_for_work")
def look_for_work() -> None:
    """Do the jobs that are due; the scheduler asks for this, and workers look themselves."""
    jobs.enqueue_daily()
    jobs.run_due()
    send_mail()


@shared_task(name="core.send_mail")
def send_mail() -> None:
    """Have mail sent by the worker's mail thread, so that a mail server that hangs holds no thread meant for jobs."""
    if worker.mail_thread_runs():
        outbox.wake.set()
    else:
        outbox.send_due()


@shared_task(name="core.tidy")
def tidy() -> None:
    """Delete answered requests after a week, expired sessions, and the text of emails that could never be sent."""
    from django.contrib.sessions.backends.db import SessionStore

    IdempotencyKey.objects.filter(created_at__lt=timezone.now() - timedelta(days=7)).delete()
    SessionStore.clear_expired()
    outbox.tidy()
