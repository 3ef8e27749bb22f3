"""The day's work about signing in: owners hear of API tokens that end soon, and second steps stay sealed."""

from impact.core.jobs import queue
from impact.core.people import accounts
from impact.core.people.signing_in import sealing


@queue.daily("core.token_warnings", "Emails about API tokens that end soon")
def warn_of_ending_tokens(claim: queue.Claim) -> queue.Finish:
    """Email the owners of API tokens that stop working within a week."""

    def finish(job: object) -> dict[str, int]:
        return {"emails": accounts.warn_of_ending_tokens()}

    return finish


@queue.daily("core.second_steps", "Sealing the secrets of second steps, webhooks and devices")
def seal_second_steps(claim: queue.Claim) -> queue.Finish:
    """Encrypt those that are not encrypted yet, and all that an earlier SECRET_KEY encrypted."""

    def finish(job: object) -> dict[str, int]:
        return {"sealed": sealing.seal_second_steps() + sum(seal() for seal in sealing.OTHERS)}

    return finish
