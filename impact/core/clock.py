"""Today, as the domain means it. A demonstration stands still on one day, so that its dates make sense.

Use these for what people see and decide by (due, overdue, upcoming, current). Leases, sessions and logs use real time.
"""

from datetime import date, datetime, time

from django.conf import settings
from django.utils import timezone


def today() -> date:
    """The day it is, in the UK; in a demonstration the day on which it stands."""
    return settings.DEMO_TODAY or timezone.localdate()


def now() -> datetime:
    """The time it is; in a demonstration nine o'clock on the day on which it stands."""
    if settings.DEMO_TODAY:
        return timezone.make_aware(datetime.combine(settings.DEMO_TODAY, time(9)))
    return timezone.now()
