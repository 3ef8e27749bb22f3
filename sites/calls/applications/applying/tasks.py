"""Daily work about applications."""

from typing import Any

from impact.core.access.permissions import SYSTEM
from impact.core.jobs import queue
from impact.core.jobs.models import Job
from sites.calls.applications.applying.services import delete_unopened


@queue.daily("sites.delete_unopened_applications", "Deleting applications that were never opened")
def delete_unopened_applications(claim: queue.Claim) -> queue.Finish:
    """Delete applications whose link no one opened in two weeks."""

    def finish(job: Job) -> dict[str, Any]:
        return {"deleted": delete_unopened(by=SYSTEM)}

    return finish
