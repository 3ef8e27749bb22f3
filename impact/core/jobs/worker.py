"""Poll for due jobs in the worker, so that losing the broker costs seconds and never a job.

One thread looks for jobs, one sends mail, and each sender of another kind has one: a server that hangs keeps only its own
thread busy.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from celery.signals import worker_init, worker_shutting_down
from django.conf import settings
from django.db import close_old_connections, connections

log = structlog.get_logger(__name__)
_stop = threading.Event()
MAIL_THREAD = "send-mail"


@dataclass(frozen=True)
class Sender:
    """What sends something, and the event that says that there is something to send."""

    send: Callable[[], Any]
    wake: threading.Event


SENDERS: dict[str, Sender] = {}  # by the name of its thread; packages add theirs when they start


def poll_once() -> None:
    """Do the jobs that are due; errors are logged and the next poll tries again."""
    from impact.core.jobs import queue

    def look() -> None:
        queue.enqueue_daily()
        queue.run_due()

    _log_errors(look)


def send_once() -> None:
    """Send the mail that waits."""
    from impact.core.jobs import outbox

    _log_errors(outbox.send_due)


def _log_errors(work: Callable[[], Any]) -> None:
    close_old_connections()
    try:
        work()
    except Exception as error:  # noqa: BLE001  the threads must outlive a database that is away
        log.warning("worker.look_failed", error=type(error).__name__)
        connections.close_all()


def _poll_for_jobs() -> None:
    while not _stop.wait(settings.JOB_POLL_SECONDS):
        poll_once()


def _send_mail() -> None:
    from impact.core.jobs.outbox import wake

    while not _stop.is_set():
        wake.wait(settings.JOB_POLL_SECONDS)
        wake.clear()
        if not _stop.is_set():
            send_once()


def _keep_sending(sender: Sender) -> None:
    while not _stop.is_set():
        sender.wake.wait(settings.JOB_POLL_SECONDS)
        sender.wake.clear()
        if not _stop.is_set():
            _log_errors(sender.send)


def mail_thread_runs() -> bool:
    """Whether this process is a worker whose mail thread will send what waits."""
    return runs(MAIL_THREAD)


def runs(name: str) -> bool:
    """Whether this process is a worker that has a thread of this name."""
    return any(thread.name == name and thread.is_alive() for thread in threading.enumerate())


@worker_init.connect
def start_polling(**kwargs: Any) -> None:
    """Start the threads when the worker starts, whether or not the broker answers yet."""
    _stop.clear()
    threading.Thread(target=_poll_for_jobs, name="look-for-due-jobs", daemon=True).start()
    threading.Thread(target=_send_mail, name=MAIL_THREAD, daemon=True).start()
    for name, sender in SENDERS.items():
        threading.Thread(target=_keep_sending, args=(sender,), name=name, daemon=True).start()


@worker_shutting_down.connect
def stop_polling(**kwargs: Any) -> None:
    _stop.set()
