"""Scheduled work: askers' contacts are deleted once they are no longer needed."""

from datetime import date
from typing import Any

from impact.core.access.permissions import SYSTEM
from impact.core.jobs import queue
from impact.core.jobs.models import Job
from sites.questions import services

FORGET = "sites.forget_contacts"


@queue.daily(FORGET, "Deleting contacts of answered questions")
def forget(claim: queue.Claim) -> queue.Finish:
    """Delete how to reach those whose question was settled 90 days ago, all in ``finish``."""
    on = date.fromisoformat(claim.payload["on"])

    def finish(job: Job) -> dict[str, Any]:
        return {"deleted": services.forget_contacts(by=SYSTEM, on=on)}

    return finish
