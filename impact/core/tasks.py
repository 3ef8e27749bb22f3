"""What Celery calls: ids in, delegate, nothing else."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from impact.core import jobs, outbox
from impact.core.models import IdempotencyKey


@shared_task(name="core.run_job")
def run_job(job_id: str) -> None:
    """Do one job, if it is still due."""
    jobs.run(job_id)


@shared_task(name="core.look_for_work")
def look_for_work() -> None:
    """Do what is due and send what waits; the scheduler rings this, and workers call it themselves."""
    jobs.enqueue_daily()
    jobs.run_due()
    outbox.send_due()


@shared_task(name="core.tidy")
def tidy() -> None:
    """Forget answered requests after a week and expired sessions."""
    from django.contrib.sessions.backends.db import SessionStore

    IdempotencyKey.objects.filter(created_at__lt=timezone.now() - timedelta(days=7)).delete()
    SessionStore.clear_expired()
