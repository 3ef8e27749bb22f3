"""Today, as the domain means it. A demonstration is fixed on one day, so that its dates make sense.

Use these for what people see and decide by (due, overdue, upcoming, current). Leases, sessions and logs use real time.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, time

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone

_standing: ContextVar[date | None] = ContextVar("standing", default=None)


def _stands_on() -> date | None:
    return _standing.get() or settings.DEMO_TODAY


@contextmanager
def standing_on(day: date) -> Iterator[None]:
    """Set the domain's date to ``day`` temporarily, so that a demonstration's past is built on the right days."""
    token = _standing.set(day)
    try:
        yield
    finally:
        _standing.reset(token)


def today() -> date:
    """The day it is, in the UK; in a demonstration the day on which it stands."""
    return _stands_on() or timezone.localdate()


def now() -> datetime:
    """The time it is; in a demonstration nine o'clock on the day on which it stands."""
    day = _stands_on()
    return timezone.make_aware(datetime.combine(day, time(9))) if day else timezone.now()


def shown(moment: datetime) -> datetime:
    """Convert a moment of the machine's clock, such as when something is tried again, to the clock of ``now``."""
    return now() + (moment - timezone.now()) if _stands_on() else moment


def reject_future(field: str, on: date | None, what: str = "today or an earlier day") -> None:
    """Refuse a day on which something is said to have happened, when that day has not come yet."""
    if on and on > today():
        raise ValidationError({field: f"This date is in the future. Enter {what}."})
