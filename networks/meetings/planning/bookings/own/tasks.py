"""Scheduled work: asking how booked support was."""

from datetime import date
from typing import Any

from impact.core.jobs import queue
from impact.core.jobs.models import Job
from networks.meetings.planning.bookings.own.said import ask_how_it_was


@queue.daily("networks.ask_how_support_was", "Questions about support after meetings")
def ask(claim: queue.Claim) -> queue.Finish:
    """Ask people about the support booked for yesterday's meetings. All in ``finish``: a worker that dies has sent nothing."""
    on = date.fromisoformat(claim.payload["on"])

    def finish(job: Job) -> dict[str, Any]:
        return {"asked": ask_how_it_was(on)}

    return finish
