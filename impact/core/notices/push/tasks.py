"""What Celery calls to send to devices, the day's tidying, and what ends a device besides its owner."""

from typing import Any

from allauth.account.signals import password_changed, password_reset, password_set
from celery import shared_task
from django.contrib.sessions.models import Session
from django.db.models.signals import pre_delete
from django.dispatch import receiver
from django.utils import timezone

from impact.core.jobs import queue, worker
from impact.core.jobs.webhooks import sealing
from impact.core.notices.push import delivering, services
from impact.core.notices.push.models import PushDevice

THREAD = "send-push"
sealing.seal_daily(PushDevice, "subscription")


@shared_task(name="core.send_push")
def send_push() -> None:
    """Have the worker's own thread for it send, so that a slow push service holds no thread meant for jobs."""
    if worker.runs(THREAD):
        delivering.wake.set()
    else:
        delivering.send_due()


@queue.daily("core.tidy_push", "Devices that are no longer used")
def tidy(claim: queue.Claim) -> queue.Finish:
    """Remove devices on which their owner has not been for a long time."""
    gone = services.tidy()
    return lambda job: {"deleted": gone}


@receiver(pre_delete, sender=Session)
def end_with_session(instance: Session, **kwargs: Any) -> None:
    """Stop messages to a device when its owner signs out, there or from elsewhere. A session that times out stops nothing."""
    if instance.expire_date > timezone.now():
        services.remove_with_session(instance.session_key)


@receiver([password_changed, password_reset, password_set])
def end_with_password(user: Any, **kwargs: Any) -> None:
    """A new password signs out all other browsers, so none of them shows messages any more."""
    services.remove_all_of(user.pk)
