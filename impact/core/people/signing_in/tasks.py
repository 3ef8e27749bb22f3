"""The day's work about signing in: owners hear of API tokens that end soon."""

from impact.core.jobs import queue
from impact.core.people import accounts


@queue.daily("core.token_warnings", "Emails about API tokens that end soon")
def warn_of_ending_tokens(claim: queue.Claim) -> queue.Finish:
    """Email the owners of API tokens that stop working within a week."""

    def finish(job: object) -> dict[str, int]:
        return {"emails": accounts.warn_of_ending_tokens()}

    return finish
