"""Scheduled work: reminders of meetings."""

from datetime import date
from typing import Any

from impact.core.access.permissions import SYSTEM
from impact.core.jobs import queue
from impact.core.jobs.models import Job
from networks.meetings.invitations import services

REMIND = "networks.remind"


@queue.daily(REMIND, "Reminders of meetings")
def remind(claim: queue.Claim) -> queue.Finish:
    """Remind people of the meetings of the next days. All in ``finish``: a worker that dies has sent nothing."""
    on = date.fromisoformat(claim.payload["on"])

    def finish(job: Job) -> dict[str, Any]:
        return {"reminded": services.remind(by=SYSTEM, on=on)}

    return finish
