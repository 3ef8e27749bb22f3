"""Several people at the same moment, on a database whose writers overlap; and the protection switched off, to show that
the fault it is there for bites."""

import contextvars
import threading
import time
from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, OperationalError, connection, connections, models

PATIENCE = 60  # seconds, for a step that comes in any case
ENDED: set[int] = set()  # the threads of this test that have ended


def at_once(*acts: Callable[[], object]) -> list[object]:
    """What each act gave, or the refusal that it raised, in their order; all begun at the same moment."""
    start, found = threading.Barrier(len(acts)), list[object]([None] * len(acts))

    def run(n: int, act: Callable[[], object]) -> None:
        try:
            start.wait(timeout=PATIENCE)
            found[n] = act()
        except (ValidationError, OperationalError, IntegrityError) as error:
            found[n] = error
        finally:
            connections.close_all()
            ENDED.add(threading.get_ident())

    # Each thread stands on the day of the test.
    threads = [
        threading.Thread(target=contextvars.copy_context().run, args=(run, n, act)) for n, act in enumerate(acts)
    ]
    ENDED.clear()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(2 * PATIENCE)
    return found


def without_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Switch the protection off: no row is locked."""
    monkeypatch.setattr(models.QuerySet, "select_for_update", lambda rows, **kwargs: rows.all())


WAITING = """SELECT count(*) FROM pg_locks WHERE NOT granted AND pid IN
  (SELECT pid FROM pg_stat_activity WHERE datname = current_database())"""


def wait_for_a_lock() -> int:
    """How many of this test's connections wait for a lock that another one holds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(WAITING)
        return int(cursor.fetchone()[0])


def meet(monkeypatch: pytest.MonkeyPatch, owner: object, name: str, times: int = 2) -> None:
    """Let each act wait just before a step until each of the others is there too, waits for a lock or has ended, so that
    they really are inside at the same time, however busy the machine is."""
    there, real = set[int](), getattr(owner, name)

    def step(*args, **kwargs):
        there.add(threading.get_ident())
        deadline = time.monotonic() + PATIENCE
        while len(there | ENDED) + wait_for_a_lock() < times:
            assert time.monotonic() < deadline, f"the other act never came to {name}"
            time.sleep(0.02)
        return real(*args, **kwargs)

    monkeypatch.setattr(owner, name, step)
