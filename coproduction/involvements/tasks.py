"""Scheduled work: teams that owe members an answer are reminded."""

from datetime import date
from typing import Any

from coproduction.involvements import services
from impact.core.access.permissions import SYSTEM
from impact.core.jobs import queue
from impact.core.jobs.models import Job

REMIND = "coproduction.involvements"


@queue.daily(REMIND, "Reminders of answers owed to members")
def remind(claim: queue.Claim) -> queue.Finish:
    """Remind those who owe an answer, all in ``finish``."""
    on = date.fromisoformat(claim.payload["on"])

    def finish(job: Job) -> dict[str, Any]:
        return {"told": services.remind_overdue(by=SYSTEM, on=on)}

    return finish
