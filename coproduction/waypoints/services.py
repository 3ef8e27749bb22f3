"""Planning and recording waypoints."""

from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction

from coproduction.charter.models import Charter, CharterVersion
from coproduction.charter.services import draft_version
from coproduction.group.members import require_past_day, say_day
from coproduction.waypoints.models import Waypoint
from impact.core.access import audit
from impact.core.access.permissions import Actor, require


# --- Waypoints -----------------------------------------------------------------------------------
@transaction.atomic
def plan_waypoint(*, by: Actor, charter: Charter, title: str, due_on: date) -> Waypoint:
    """Set the day on which the group will stop and ask where it is."""
    require(by, "coproduction.record_waypoint", charter)
    waypoint = Waypoint(charter=charter, title=title.strip(), due_on=due_on)
    waypoint.full_clean()
    waypoint.save()
    audit.record(by, "waypoint.planned", waypoint, due=say_day(due_on))
    return waypoint


@transaction.atomic
def record_waypoint(
    *, by: Actor, waypoint: Waypoint, held_on: date, where_we_are: str, heading: str, outcome: str
) -> Waypoint:
    """Keep what the group found. "No change" is an answer too; a new version opens a draft, or joins the open one."""
    require(by, "coproduction.record_waypoint", waypoint)
    waypoint = Waypoint.objects.select_for_update(of=("self",)).select_related("charter").get(pk=waypoint.pk)
    if waypoint.held_on is not None:
        raise ValidationError(f"This waypoint was recorded on {say_day(waypoint.held_on)}. Plan another one.")
    waypoint.held_on = require_past_day(held_on, "held_on")
    missing = {
        name: "Write down what the group said."
        for name, words in (("where_we_are", where_we_are), ("heading", heading))
        if not words.strip()
    }
    if missing:
        raise ValidationError(missing)
    waypoint.where_we_are = where_we_are.strip()
    waypoint.heading = heading.strip()
    waypoint.outcome = outcome
    waypoint.full_clean()
    if outcome == Waypoint.Outcome.NEW_VERSION:
        open_states = [CharterVersion.Status.DRAFT, CharterVersion.Status.PROPOSED]
        waypoint.led_to = waypoint.charter.versions.filter(status__in=open_states).first() or draft_version(
            by=by, charter=waypoint.charter
        )
    waypoint.save(update_fields=["held_on", "where_we_are", "heading", "outcome", "led_to"])
    audit.record(by, "waypoint.recorded", waypoint, outcome=waypoint.get_outcome_display())
    return waypoint
