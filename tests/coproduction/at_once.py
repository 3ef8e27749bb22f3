"""Several people at the same moment, on a database whose writers overlap; and the protection switched off, to show that
the fault it is there for bites."""

import contextlib
import contextvars
import threading
from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, OperationalError, connections, models


def at_once(*acts: Callable[[], object]) -> list[object]:
    """What each act gave, or the refusal that it raised, in their order; all begun at the same moment."""
    start, found = threading.Barrier(len(acts)), list[object]([None] * len(acts))

    def run(n: int, act: Callable[[], object]) -> None:
        try:
            start.wait(timeout=20)
            found[n] = act()
        except (ValidationError, OperationalError, IntegrityError) as error:
            found[n] = error
        finally:
            connections.close_all()

    # Each thread stands on the day of the test.
    threads = [
        threading.Thread(target=contextvars.copy_context().run, args=(run, n, act)) for n, act in enumerate(acts)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return found


def without_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Switch the protection off: no row is locked."""
    monkeypatch.setattr(models.QuerySet, "select_for_update", lambda rows, **kwargs: rows.all())


def meet(monkeypatch: pytest.MonkeyPatch, owner: object, name: str, times: int = 2) -> None:
    """Let the acts wait for each other just before a step, so that they really are inside at the same time."""
    together, real = threading.Barrier(times), getattr(owner, name)

    def step(*args, **kwargs):
        with contextlib.suppress(threading.BrokenBarrierError):  # the other waits for a lock, as it should
            together.wait(timeout=4)
        return real(*args, **kwargs)

    monkeypatch.setattr(owner, name, step)
