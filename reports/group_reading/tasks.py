"""Scheduled work: reminders about the report that is with the group."""

from datetime import date
from typing import Any

from impact.core.access.permissions import SYSTEM
from impact.core.jobs import queue
from impact.core.jobs.models import Job
from reports.group_reading.reminders import remind_of_readings

REMIND = "reports.remind_of_readings"


@queue.daily(REMIND, "Reminders about the annual report")
def remind(claim: queue.Claim) -> queue.Finish:
    """Remind members. All in ``finish``: a worker that dies has told no one."""
    on = date.fromisoformat(claim.payload["on"])

    def finish(job: Job) -> dict[str, Any]:
        return {"told": remind_of_readings(by=SYSTEM, on=on)}

    return finish
