"""Scheduled work: rounds of equality monitoring close after their last day."""

from datetime import date
from typing import Any

from coproduction.reflections.equality import services
from coproduction.reflections.equality.models import CLOSES
from impact.core.access.permissions import SYSTEM
from impact.core.jobs import queue
from impact.core.jobs.models import Job


@queue.daily(CLOSES, "Closing equality monitoring")
def close_equality_rounds(claim: queue.Claim) -> queue.Finish:
    """Publish the figures of rounds whose last day is over. All in ``finish``: a worker that dies has deleted nothing."""
    on = date.fromisoformat(claim.payload["on"])

    def finish(job: Job) -> dict[str, Any]:
        return {"closed": services.close_due(by=SYSTEM, on=on)}

    return finish
