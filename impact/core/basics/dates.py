"""Dates and times as people read them."""

from datetime import date, datetime, time
from functools import lru_cache

from django.utils import dateformat, timezone


def day(value: date | datetime | None) -> str:
    """A date as "24 July 2022", in the site's time zone; nothing when there is none."""
    if not isinstance(value, date):
        return ""
    if isinstance(value, datetime) and timezone.is_aware(value):
        value = timezone.localtime(value)
    return _in_full(value.year, value.month, value.day)


@lru_cache(maxsize=4096)
def _in_full(year: int, month: int, of_month: int) -> str:
    """A day in words, worked out once: a long list says the same few days over and over."""
    return dateformat.format(date(year, month, of_month), "j F Y")


def clock(value: datetime | time | None) -> str:
    """A time as "2pm" or "2:30pm", in the site's time zone."""
    if not isinstance(value, datetime | time):
        return ""
    if isinstance(value, datetime) and timezone.is_aware(value):
        value = timezone.localtime(value)
    if (value.hour, value.minute) in {(0, 0), (12, 0)}:
        return "midday" if value.hour else "midnight"
    minutes = f":{value.minute:02}" if value.minute else ""
    return f"{value.hour % 12 or 12}{minutes}{'am' if value.hour < 12 else 'pm'}"


def when(value: datetime | None) -> str:
    """A date and time as "24 July 2022, 2pm"."""
    if not isinstance(value, datetime):
        return day(value)
    return f"{day(value)}, {clock(value)}"
