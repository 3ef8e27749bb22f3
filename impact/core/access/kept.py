"""Cache figures that are slow to count until anything changes.

Every change is in the audit log, so a figure counted at one state of the log is true as long as the log stands there.
Nothing has to remember to renew a figure, and two pages that ask for the same one show the same number.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import structlog
from django.core.cache import cache
from django.db import connection
from redis.exceptions import RedisError

from impact.core.access.models import AuditEvent
from impact.core.basics import clock

KEEP_SECONDS = 600  # for changes made round the audit log, such as in a database shell
KEEP_RECENT_SECONDS = 7 * 24 * 3600
ASK_SECONDS = 60
WINDOW = 1000  # events; a transaction that commits late adds one among these, below the newest

log = structlog.get_logger(__name__)


def revision() -> str:
    """Return a value that changes with every change in the audit log, including one whose transaction began earlier."""
    newest = AuditEvent.objects.order_by("-pk").values_list("pk", "at").first()
    if newest is None:
        return "0"
    pk, at = newest
    recent = AuditEvent.objects.filter(pk__gt=pk - WINDOW).count()
    return f"{pk}-{recent}-{at.timestamp()}"


def figure(name: str, count: Callable[[], Any]) -> Any:
    """What ``count`` gives today, counted again only after a change. ``name`` says what is counted, and for whom.

    Not for what depends on the time of day. Inside a transaction it is always counted: its own changes may yet be
    undone.
    """
    if connection.in_atomic_block:
        return count()
    key = f"figure:{name}:{clock.today():%Y%m%d}:{revision()}"
    found = _ask(lambda: cache.get(key))
    if found is None:
        found = (count(),)
        _ask(lambda: cache.set(key, found, KEEP_SECONDS))
    return found[0]


def recent_figure(name: str, count: Callable[[], Any], *, recount: Callable[[str], Any]) -> tuple[Any, datetime]:
    """What ``count`` gave last, and when: for figures that take a second or more, on pages that say as of when.

    After a change the last answer is shown once more, and ``recount`` is called, at most once a minute, with a text that
    differs for each call: it has a worker call ``count_again``. Inside a transaction it is always counted.
    """
    if connection.in_atomic_block:
        return count(), clock.now()
    found = _ask(lambda: cache.get(f"recent-figure:{name}"))
    if found is None:
        return count_again(name, count)
    value, at, counted_for = found
    if counted_for != _state() and _ask(lambda: cache.add(f"recent-figure-asked:{name}", True, ASK_SECONDS)):
        recount(f"{name}:{clock.now():%Y%m%d%H%M%S}")
    return value, at


def count_again(name: str, count: Callable[[], Any]) -> tuple[Any, datetime]:
    """Count a recent figure and keep it."""
    state, at = _state(), clock.now()  # before it is counted: what changes meanwhile is counted next time
    value = count()
    _ask(lambda: cache.set(f"recent-figure:{name}", (value, at, state), KEEP_RECENT_SECONDS))
    return value, at


def _state() -> str:
    """The day and the state of the audit log."""
    return f"{clock.today():%Y%m%d}:{revision()}"


def _ask(cached: Callable[[], Any]) -> Any:
    """Ask the cache; without one, nothing is kept and pages are only slower."""
    try:
        return cached()
    except (RedisError, OSError) as error:
        log.warning("figure_not_kept", reason=type(error).__name__)
        return None
