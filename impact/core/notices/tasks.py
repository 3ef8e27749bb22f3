"""The day's work about notices: emails that gather several, and tidying."""

from datetime import date

from impact.core.jobs import failures, outbox, queue
from impact.core.notices import choices, services
from impact.core.notices.mail import digests, waiting
from impact.core.people import consents

consents.AFTERWARDS.append(choices.follow_consent)
outbox.CHECKS.append(waiting.recheck)
outbox.NEEDS_LARGE.append(waiting.needs_large)
failures.AFTERWARDS.append(waiting.tell_in_another_way)


@queue.daily("core.notice_digests", "Daily and weekly emails about notices")
def send_digests(claim: queue.Claim) -> queue.Finish:
    """Email those who hear once a day or once a week what is new for them."""
    on = date.fromisoformat(claim.payload["on"])
    sent = digests.send_digests(on, after_each=lambda number: claim.progress(50, f"{number} emails written"))
    return lambda job: {"emails": sent}


@queue.daily("core.tidy_notices", "Old notices")
def tidy(claim: queue.Claim) -> queue.Finish:
    """Delete notices that are older than a year."""
    gone = services.tidy()
    return lambda job: {"deleted": gone}
