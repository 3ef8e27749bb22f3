"""Scheduled work: the costs that leadership reads, once a month."""

from datetime import date
from typing import Any

from impact.core.jobs import queue
from impact.core.jobs.models import Job
from networks.meetings.planning.costs.figures import renew_totals


@queue.daily("networks.renew_cost_totals", "Costs that leadership reads")
def renew(claim: queue.Claim) -> queue.Finish:
    """Bring the figures up to date on the first day of a month on which a worker runs."""
    on = date.fromisoformat(claim.payload["on"])

    def finish(job: Job) -> dict[str, Any]:
        return {"renewed": renew_totals(on)}

    return finish
