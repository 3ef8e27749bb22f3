"""What members of the demonstration answered at waypoints: some shared it, some keep it to themselves."""

from datetime import date

from coproduction.charter.models import Charter
from coproduction.management.demo import shapes
from coproduction.waypoints.answers.services import save_answer
from coproduction.waypoints.models import Waypoint
from coproduction.waypoints.services import open_waypoint, set_rhythm
from impact.core.access.permissions import SYSTEM
from impact.core.basics import clock
from impact.core.people.models import Person, User


def answer(lead: User, member: User, people: list[Person], waypoint: Waypoint, row: shapes.Waypoint) -> None:
    """Open a waypoint on its day, and keep what members answered on theirs."""
    if row.opens_on is None or waypoint.opened_on is not None:
        return
    with clock.standing_on(row.opens_on):
        open_waypoint(by=SYSTEM, waypoint=waypoint)
    for said in row.answers:
        with clock.standing_on(said.on):
            save_answer(
                by=lead if said.member else member,
                waypoint=waypoint,
                words=said.words,
                is_shared=said.is_shared,
                person=people[said.member - 1] if said.member else None,
                told=said.told,
            )


def take_stock_every(lead: User, charter: Charter, months: int, on: date) -> None:
    """The group decides how often to take stock."""
    with clock.standing_on(on):
        set_rhythm(by=lead, charter=charter, months=months, notice_days=14)
