"""Scheduled work about meetings."""

from datetime import date
from typing import Any

from impact.core import jobs
from impact.core.models import Job
from impact.core.permissions import SYSTEM
from networks import services

REMIND = "networks.remind"


@jobs.daily(REMIND)
def remind(claim: jobs.Claim) -> jobs.Finish:
    """Remind people of the meetings of the next days. All in ``finish``: a worker that dies has sent nothing."""
    on = date.fromisoformat(claim.payload["on"])

    def finish(job: Job) -> dict[str, Any]:
        return {"reminded": services.remind(by=SYSTEM, on=on)}

    return finish
