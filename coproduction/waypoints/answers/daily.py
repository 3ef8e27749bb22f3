"""What happens to waypoints each day: they open, members are reminded, and the next one is planned."""

from datetime import date, timedelta

from django.db import transaction

from coproduction.charter.models import Charter
from coproduction.group.members import say_day
from coproduction.waypoints.answers.models import WaypointAnswer
from coproduction.waypoints.models import Waypoint
from coproduction.waypoints.services import members_of, open_waypoint, plan_next_waypoint
from impact.core.access.permissions import Actor, require
from impact.core.notices.services import tell

REMIND = timedelta(days=3)  # before the last day to answer


@transaction.atomic
def run_day(*, by: Actor, on: date) -> dict[str, int]:
    """Open the waypoints whose day has come, remind who has not answered, and plan the next ones. Safe to run again."""
    require(by, "coproduction.record_waypoint")
    opened = 0
    for waypoint in Waypoint.objects.to_open(on).order_by("pk"):
        open_waypoint(by=by, waypoint=waypoint)
        opened += 1
    reminded = sum(_remind(waypoint) for waypoint in Waypoint.objects.open(on).filter(due_on__lte=on + REMIND))
    charters = Charter.objects.filter(waypoints__isnull=False).distinct().order_by("pk")
    planned = sum(plan_next_waypoint(by=by, charter=charter) is not None for charter in charters)
    return {"opened": opened, "reminded": reminded, "planned": planned}


def _remind(waypoint: Waypoint) -> int:
    answered = set(WaypointAnswer.objects.filter(waypoint=waypoint).values_list("person_id", flat=True))
    return tell(
        people=[person for person in members_of(waypoint.charter.group) if person.pk not in answered],
        event="waypoint-closing",
        title=f"{waypoint.title}: you can answer until {say_day(waypoint.due_on)}",
        words="If you would like to answer, there are a few days left. You can also answer by phone or with a supporter.",
        path=waypoint.get_absolute_url(),
        about=waypoint,
        key=f"waypoint-closing:{waypoint.due_on.isoformat()}:{waypoint.pk}",
    )
