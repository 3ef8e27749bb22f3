"""What Celery calls: ids in, delegate, nothing else."""

from celery import shared_task

from impact.core.jobs import outbox, queue, worker


@shared_task(name="core.run_job")
def run_job(job_id: str) -> None:
    """Do one job, if it is still due."""
    queue.run(job_id)


@shared_task(name="core.poll_jobs")
def poll_jobs() -> None:
    """Do the jobs that are due; the scheduler asks for this, and workers look themselves."""
    queue.enqueue_daily()
    queue.run_due()
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
    """Delete expired sessions, and the text of emails that could never be sent."""
    from django.contrib.sessions.backends.db import SessionStore

    SessionStore.clear_expired()
    outbox.tidy()
