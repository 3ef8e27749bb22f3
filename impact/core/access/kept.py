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
from django.utils import timezone
from redis.exceptions import RedisError

from impact.core.access.models import AuditEvent, RecentFigure
from impact.core.basics import clock

KEEP_SECONDS = 600  # for changes made round the audit log, such as in a database shell
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


def recent_figure(
    name: str, count: Callable[[], Any], *, recount: Callable[[str], Any], may_wait: Callable[[], bool] = lambda: False
) -> tuple[Any, datetime | None]:
    """What ``count`` gave last, and when: for figures that take a second or more, on pages that say as of when.

    The last answer stands in the database, so that the first reader after a restart waits for nothing. After a change it
    is shown once more, and ``recount`` is called, at most once a minute, with a text that is the same within a minute: it
    has a worker call ``count_again``. What was never counted is counted now or, where it ``may_wait``, left to that worker:
    (None, None). Inside a transaction it is always counted. ``count`` gives plain values for JSON.
    """
    if connection.in_atomic_block:
        return count(), clock.now()
    row = RecentFigure.objects.filter(name=name).defer("value").first()
    if row is None and not may_wait():
        return count_again(name, count)
    if row is None or row.counted_for != _state():
        try:
            is_first = cache.add(f"recent-figure-asked:{name}", True, ASK_SECONDS)
        except (RedisError, OSError):
            is_first = True  # the text below is the same for all who ask in one minute
        if is_first:
            recount(f"{name}:{timezone.now():%Y%m%d%H%M}")  # not the domain's time, which stands in a demonstration
    return (_value_of(row), row.at) if row else (None, None)


def _value_of(row: RecentFigure) -> Any:
    """What was counted; megabytes of JSON are read from the cache ten times as fast as from the database."""
    key = f"recent-figure:{row.name}:{row.at.timestamp()}:{row.counted_for}"
    found = _ask(lambda: cache.get(key))
    if found is None:
        found = (row.value,)
        _ask(lambda: cache.set(key, found, KEEP_SECONDS))
    return found[0]


def count_again(name: str, count: Callable[[], Any]) -> tuple[Any, datetime]:
    """Count a recent figure and keep it; one that was counted meanwhile, from a later state, stays."""
    state, at = _state(), clock.now()  # before it is counted: what changes meanwhile is counted next time
    value = count()
    found = {"value": value, "at": at, "counted_for": state}
    _row, is_new = RecentFigure.objects.get_or_create(name=name, defaults=found)
    if not is_new:
        RecentFigure.objects.filter(name=name, at__lte=at).update(**found)
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
