"""Scheduled work: waypoints open and close in time, and the next one is planned."""

from datetime import date
from typing import Any

from coproduction.waypoints.answers import daily
from impact.core.access.permissions import SYSTEM
from impact.core.jobs import queue
from impact.core.jobs.models import Job

DAY = "coproduction.waypoints"


@queue.daily(DAY, "Opening waypoints and reminding members")
def day(claim: queue.Claim) -> queue.Finish:
    """Do the day's work, all in ``finish``: it counts once, however often the job is tried."""
    on = date.fromisoformat(claim.payload["on"])

    def finish(job: Job) -> dict[str, Any]:
        return dict(daily.run_day(by=SYSTEM, on=on))

    return finish
