"""A group's meetings planned in one step: dates worked out from its rhythm, then saved together or not at all."""

from calendar import monthrange
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from impact.core.access.permissions import Actor, require
from impact.core.basics.dates import day
from networks.groups.models import Group
from networks.meetings.models import Meeting
from networks.meetings.services import plan_meeting

SATURDAY = 5


def weeks_between(group: Group) -> int:
    """How many weeks lie between meetings when the planned number is spread over the planned months."""
    return max(1, group.months_planned * 52 // 12 // max(1, group.meetings_planned))


def still_to_plan(group: Group) -> int:
    """How many of the planned meetings have no date yet; at least one, because more is fine."""
    dated = group.meetings.exclude(status=Meeting.Status.CANCELLED).count()
    return max(1, group.meetings_planned - dated)


def series_dates(first: date, rhythm: str, count: int, weeks: int) -> list[date]:
    """``count`` days from ``first`` on: every ``weeks`` weeks, or on the same day of each month."""
    if rhythm == "monthly":
        return [_months_later(first, n) for n in range(count)]
    return [first + timedelta(weeks=weeks * n) for n in range(count)]


def _months_later(first: date, months: int) -> date:
    year, month = divmod(first.month - 1 + months, 12)
    year, month = first.year + year, month + 1
    return date(year, month, min(first.day, monthrange(year, month)[1]))


def is_weekend(on: date) -> bool:
    """Whether a day is a Saturday or Sunday, which a meeting may be and people should know."""
    return on.weekday() >= SATURDAY


@transaction.atomic
def plan_series(
    *, by: Actor, group: Group, times: Sequence[tuple[datetime, datetime]], **details: Any
) -> list[Meeting]:
    """Plan several meetings as drafts, in order; a refusal names each row that is wrong, and nothing is saved."""
    require(by, "networks.plan_meeting", group)
    if not times:
        raise ValidationError("Enter at least one date.")
    planned, problems = [], []
    before: datetime | None = None
    for number, (starts_at, ends_at) in enumerate(times, start=1):
        row = f"Row {number}, {day(timezone.localtime(starts_at))}"
        if before is not None and starts_at <= before:
            problems.append(f"{row}: it is not after the row above. Put the dates in order.")
        before = starts_at
        try:
            planned.append(plan_meeting(by=by, group=group, starts_at=starts_at, ends_at=ends_at, **details))
        except ValidationError as error:
            problems += [f"{row}: {message}" for message in error.messages]
    if problems:
        raise ValidationError(problems)
    return planned
