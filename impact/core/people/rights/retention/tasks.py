"""The day's work: the schedule of deletion, and erasures that a restore or a crash left undone."""

from impact.core.access.permissions import SYSTEM
from impact.core.jobs import queue
from impact.core.people.rights.erasure.services import complete_ledger, replay
from impact.core.people.rights.retention.services import apply_retention


@queue.daily("core.retention", "Deleting what has been kept long enough")
def delete_old(claim: queue.Claim) -> queue.Finish:
    """Delete or empty what has been kept long enough, as each model declares."""
    run = apply_retention(by=SYSTEM, before_each=claim.renew)
    return lambda job: {"rows": run.number, "held": run.held}


@queue.daily("core.replay_erasures", "Erasures after a restore")
def replay_erasures(claim: queue.Claim) -> queue.Finish:
    """Complete the ledger of erasures, and erase again those whom a restored back-up brought back."""
    complete_ledger()
    again = replay()
    return lambda job: {"erased_again": again}
