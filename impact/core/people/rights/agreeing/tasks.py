"""The day's reminders to ask again."""

from datetime import date

from impact.core.jobs import queue
from impact.core.people.rights.agreeing.services import remind


@queue.daily("core.consent_reminders", "Reminders to ask again about consents")
def remind_of_consents(claim: queue.Claim) -> queue.Finish:
    """Tell people whose consent ends within a month, and their coordinators."""
    told = remind(date.fromisoformat(claim.payload["on"]))
    return lambda job: {"told": told}
