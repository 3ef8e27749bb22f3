"""Scheduled work: reminders of terms of office that end."""

from datetime import date
from typing import Any

from coproduction.group.people import services
from impact.core.access.permissions import SYSTEM
from impact.core.jobs import queue
from impact.core.jobs.models import Job

REMIND_OF_TERMS = "coproduction.remind_of_terms"


@queue.daily(REMIND_OF_TERMS, "Reminders of terms of office")
def remind_of_terms(claim: queue.Claim) -> queue.Finish:
    """Tell the engagement lead of terms that end soon. All in ``finish``: a worker that dies has told no one."""
    on = date.fromisoformat(claim.payload["on"])

    def finish(job: Job) -> dict[str, Any]:
        return {"told": services.remind_of_terms(by=SYSTEM, on=on)}

    return finish
