"""Emails to those who asked for news: batch by batch, so that a worker that dies in the middle tells no one twice."""

from typing import Any

from impact.core.jobs import queue
from impact.core.jobs.models import Job
from sites.updates.subscriptions import services


@queue.handles(services.TELL, "News by email")
def tell(claim: queue.Claim) -> queue.Finish:
    """Tell subscribers of one row, unless it was withdrawn in the meantime."""
    kind, pk = claim.payload["kind"], claim.payload["pk"]
    sent = 0
    while (story := services.STORIES[kind](pk)) and (written := services.send_batch(story, f"{kind}:{pk}")):
        sent += written
        claim.progress(50, f"{sent} emails written")

    def finish(job: Job) -> dict[str, Any]:
        return {"emails": sent}

    return finish


@queue.daily("sites.drop_unconfirmed", "Addresses that were not confirmed")
def drop_unconfirmed(claim: queue.Claim) -> queue.Finish:
    """Delete addresses whose owners never confirmed them."""
    gone = services.drop_unconfirmed()
    return lambda job: {"deleted": gone}
