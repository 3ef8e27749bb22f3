"""The day's work about the group's news."""

from datetime import date

from coproduction.group.news import services
from impact.core.jobs import queue


@queue.daily("coproduction.draft_summaries", "Drafts of monthly summaries")
def draft_summaries(claim: queue.Claim) -> queue.Finish:
    """Draft last month's summary for the engagement lead, once."""
    drafted = services.draft_missing(date.fromisoformat(claim.payload["on"]))
    return lambda job: {"drafted": drafted}
