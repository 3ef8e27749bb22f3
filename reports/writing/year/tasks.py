"""Scheduled work: reports open on their day, owners are reminded."""

from datetime import date
from typing import Any

from impact.core.jobs import queue
from impact.core.jobs.models import Job
from reports.writing.room.services import forget_writers
from reports.writing.year import services

TURN = "reports.turn_of_year"


@queue.daily(TURN, "The reporting year: opening, reminders")
def turn(claim: queue.Claim) -> queue.Finish:
    """Do the day's work, all in ``finish``: it counts once, however often the job is tried."""
    on = date.fromisoformat(claim.payload["on"])

    def finish(job: Job) -> dict[str, Any]:
        return run_day(on)

    return finish


def run_day(on: date) -> dict[str, Any]:
    """Open what is due, then remind owners and the leadership team, and tell of what is late."""
    return {
        "opened": services.open_what_is_due(on),
        "reminded": services.remind_owners(on),
        "responses": services.remind_of_response(on),
        "late": services.tell_of_late(on),
        "forgotten": forget_writers(),
    }
