"""The day's reminders that cover or support ends soon."""

from datetime import date

from impact.core.jobs import queue
from impact.core.people.rights.acting.services import remind


@queue.daily("core.acting_reminders", "Reminders that cover or support ends")
def remind_of_ends(claim: queue.Claim) -> queue.Finish:
    """Tell both people where cover or support ends within a week."""
    told = remind(date.fromisoformat(claim.payload["on"]))
    return lambda job: {"told": told}
