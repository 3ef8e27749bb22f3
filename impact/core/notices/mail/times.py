"""When emails leave, and when the bell shows what was put off: mornings, and the hours in which people are left alone."""

from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from impact.core.notices.models import NoticeChoices, Quiet, Timing

MORNING = time(8)  # when emails that gather leave, and what was put off comes back


class Later(models.TextChoices):
    """How long a notice is put off."""

    TOMORROW = "tomorrow", "Remind me tomorrow"
    NEXT_WEEK = "next_week", "Remind me next week"


def at(day: date, moment: time = time.min) -> datetime:
    """A time of a day here."""
    return timezone.make_aware(datetime.combine(day, moment))


def morning_after(now: datetime) -> datetime:
    """The next morning."""
    return at(timezone.localdate(now) + timedelta(days=1), MORNING)


def monday_after(now: datetime) -> datetime:
    """The morning of the next Monday."""
    today = timezone.localdate(now)
    return at(today + timedelta(days=7 - today.weekday()), MORNING)


def put_off(until: str, now: datetime) -> datetime:
    """When a notice that is put off comes back."""
    if until not in Later.values:
        raise ValidationError({"until": "Choose until when."})
    return morning_after(now) if until == Later.TOMORROW else monday_after(now)


def shown_from(timing: str, now: datetime) -> datetime | None:
    """From when the bell shows a notice of someone who hears on the site once a day or once a week; None: at once."""
    waits = {Timing.SITE_DAILY: morning_after, Timing.SITE_WEEKLY: monday_after}
    return waits[Timing(timing)](now) if timing in waits else None


def quiet_hours(row: NoticeChoices) -> tuple[time, time] | None:
    """Between which times someone gets no email that can wait; None: at any hour."""
    if row.quiet == Quiet.OWN and row.quiet_from and row.quiet_until:
        return row.quiet_from, row.quiet_until
    if row.quiet == Quiet.NONE or not settings.QUIET_HOURS:
        return None
    begins, ends = settings.QUIET_HOURS.split("-")
    return time.fromisoformat(begins), time.fromisoformat(ends)


def quiet_until(row: NoticeChoices, moment: datetime) -> datetime | None:
    """When the quiet hours of someone end in which ``moment`` lies; None where it lies in none."""
    hours = quiet_hours(row)
    if hours is None:
        return None
    begins, ends = hours
    here = timezone.localtime(moment)
    day, now = here.date(), here.time()
    if begins < ends:
        return at(day, ends) if begins <= now < ends else None
    if now >= begins:
        return at(day + timedelta(days=1), ends)
    return at(day, ends) if now < ends else None
