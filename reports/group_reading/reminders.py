"""Reminders to members who have said nothing yet about the report that is with their group."""

from datetime import date, timedelta

from django.db import transaction

from coproduction.group.members import deciding_members, say_day
from impact.core.access.permissions import Actor
from impact.core.notices.services import tell
from impact.core.people.models import Person
from reports.group_reading.models import GroupReading

WEEK, EVE = 7, 1  # days before the deadline on which members are reminded


@transaction.atomic
def remind_of_readings(*, by: Actor, on: date) -> int:
    """Remind members a week and a day before the deadline; how many were told.

    Each notice has a key of its own, with the deadline in it: running this again tells no one twice, members who were
    given more time are reminded of the new deadline, and a day on which this did not run is made up for.
    """
    told = 0
    for reading in GroupReading.objects.open().select_related("group", "report").filter(deadline__gte=on):
        left = (reading.deadline - on).days
        if left <= WEEK:
            told += _remind(reading, on, EVE if left <= EVE else WEEK)
    return told


def quiet_members(reading: GroupReading, on: date) -> list[Person]:
    """Members of the day who have neither commented, nor said that they are ready, nor said whether the Easy Read is clear."""
    heard = set(reading.comments.values_list("person_id", flat=True))
    heard |= set(reading.ready.in_force().values_list("person_id", flat=True))
    heard |= set(reading.easy_answers.values_list("person_id", flat=True))
    rows = deciding_members(reading.group, on).exclude(person__in=heard).select_related("person")
    return [row.person for row in rows.order_by("pk")]


def _remind(reading: GroupReading, on: date, days: int) -> int:
    """Remind them, unless they were first asked on that day or later."""
    if reading.opened_on >= reading.deadline - timedelta(days=days):
        return 0
    return tell(
        people=quiet_members(reading, on),
        event="reading-reminder",
        title=f"Your annual report for {reading.report.year}: please read it by {say_day(reading.deadline)}",
        words="You have not said anything about it yet. You can say what should change, or say “ready”. A few words are "
        "enough.",
        path=reading.get_absolute_url(),
        about=reading,
        key=f"reading-reminder:{reading.pk}:{reading.deadline}:{days}",
    )
