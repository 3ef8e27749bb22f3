"""What Celery calls to send, and the day's work about webhooks."""

from celery import shared_task

from impact.core.jobs import queue, worker
from impact.core.jobs.webhooks import delivering, sealing, services
from impact.core.jobs.webhooks.models import Webhook

THREAD = "send-webhooks"
sealing.seal_daily(Webhook, "secret", "old_secret")


@shared_task(name="core.send_webhooks")
def send_webhooks() -> None:
    """Have the worker's own thread for it send, so that a slow receiver holds no thread meant for jobs."""
    if worker.runs(THREAD):
        delivering.wake.set()
    else:
        delivering.send_due()


@queue.daily("core.webhook_owners", "Switching off webhooks of accounts that can no longer use them")
def switch_off_webhooks(claim: queue.Claim) -> queue.Finish:
    """Switch off the webhooks of accounts that can no longer use them."""

    def finish(job: object) -> dict[str, int]:
        return {"webhooks": services.switch_off_without_access()}

    return finish
