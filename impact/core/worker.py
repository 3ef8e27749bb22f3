"""The worker's own look for due work, so that losing the broker costs seconds and never a job."""

import threading
from typing import Any

import structlog
from celery.signals import worker_init, worker_shutting_down
from django.conf import settings
from django.db import close_old_connections, connections

log = structlog.get_logger(__name__)
_stop = threading.Event()


def look_once() -> None:
    """One look: do what is due, send what waits; whatever goes wrong is logged and the next look tries again."""
    from impact.core import jobs, outbox

    close_old_connections()
    try:
        jobs.enqueue_daily()
        jobs.run_due()
        outbox.send_due()
    except Exception as error:  # noqa: BLE001  the look must outlive a database that is away
        log.warning("worker.look_failed", error=type(error).__name__)
        connections.close_all()


def _look_for_ever() -> None:
    while not _stop.wait(settings.JOB_LOOK_SECONDS):
        look_once()


@worker_init.connect
def start_looking(**kwargs: Any) -> None:
    """Start the look when the worker starts, whether or not the broker answers yet."""
    _stop.clear()
    threading.Thread(target=_look_for_ever, name="look-for-due-jobs", daemon=True).start()


@worker_shutting_down.connect
def stop_looking(**kwargs: Any) -> None:
    _stop.set()
