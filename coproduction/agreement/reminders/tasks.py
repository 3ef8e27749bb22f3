"""Scheduled work: reminders about rounds of agreement."""

from datetime import date
from typing import Any

from coproduction.agreement.reminders import services
from impact.core.access.permissions import SYSTEM
from impact.core.jobs import queue
from impact.core.jobs.models import Job

REMIND = "coproduction.remind_of_agreement"


@queue.daily(REMIND, "Reminders about the charter")
def remind(claim: queue.Claim) -> queue.Finish:
    """Remind members and the engagement lead. All in ``finish``: a worker that dies has told no one."""
    on = date.fromisoformat(claim.payload["on"])

    def finish(job: Job) -> dict[str, Any]:
        return {"told": services.remind_of_rounds(by=SYSTEM, on=on)}

    return finish
