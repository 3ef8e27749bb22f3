"""Devices of a person: switched on, used again, removed, and what is written down to be shown on them."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils import timezone

from impact.core.access import audit
from impact.core.access.permissions import Actor
from impact.core.jobs import queue
from impact.core.jobs.webhooks import sending
from impact.core.notices.mail.letters import Told
from impact.core.notices.push import keys
from impact.core.notices.push.keys import Subscription
from impact.core.notices.push.models import KEPT_FOR, TRIED_FOR, PushDevice, PushMessage
from impact.core.people.models import User

MAX_DEVICES = 10  # of one account
LONGEST = 1000  # characters of an address
NOT_KNOWN = "This browser’s push service is not one that we send to. You can still hear from us by email."
NOT_READ = "Your browser did not give what we need. Reload the page and try again."


def is_known_host(endpoint: str) -> bool:
    """Whether an address is one of a push service that the makers of browsers run."""
    host = (urlsplit(endpoint).hostname or "").lower()
    return any(host == known or host.endswith(f".{known}") for known in settings.PUSH_HOSTS)


def look_up_address(*, by: Actor, endpoint: str) -> None:
    """Refuse what does not lead to a push service on the public internet. It can take seconds: not in a transaction."""
    _require_account(by)
    try:
        sending.target_of(endpoint[: LONGEST + 1])
        if len(endpoint) > LONGEST or not is_known_host(endpoint):
            raise ValidationError(NOT_KNOWN)
        sending.check_address(endpoint)
    except sending.Refused:
        raise ValidationError(NOT_KNOWN) from None


@transaction.atomic
def switch_on(*, by: User, subscription: Subscription, name: str, session: str) -> PushDevice:
    """Show messages on this device from now on. A browser belongs to one account: an earlier owner gets no more messages.

    ``session``: the key of the session in which it was asked for.
    """
    _require_account(by)
    if not is_known_host(subscription.endpoint):
        raise ValidationError(NOT_KNOWN)
    try:
        keys.check(subscription)
    except keys.Unusable:
        raise ValidationError(NOT_READ) from None
    User.objects.select_for_update().get(pk=by.pk)
    known = keys.hash_of(subscription.endpoint)
    PushDevice.objects.filter(endpoint_hash=known).exclude(owner=by).delete()
    values: dict[str, Any] = {
        "name": name[:80],
        "subscription": keys.seal(subscription),
        "made_for": keys.mark(),
        "session": keys.hash_of(session),
        "used_at": timezone.now(),
    }
    mine = PushDevice.objects.filter(endpoint_hash=known)
    if mine.update(**values, version=F("version") + 1):
        return mine.get()
    if PushDevice.objects.filter(owner=by).count() >= MAX_DEVICES:
        raise ValidationError("You have ten devices already. Remove one first.")
    try:
        with transaction.atomic():
            device = PushDevice.objects.create(owner=by, endpoint_hash=known, **values)
    except IntegrityError:  # another account took the same browser at this moment
        raise ValidationError(NOT_READ) from None
    audit.record(by, "push.switched_on", by, device=device.name)
    return device


@transaction.atomic
def use(*, by: User, endpoint: str, session: str) -> PushDevice | None:
    """Note that the owner of a device is signed in on it; None where it is not one of their devices.

    If it belongs to another person, they get no more messages on it: someone else uses it now.
    """
    _require_account(by)
    rows = PushDevice.objects.filter(endpoint_hash=keys.hash_of(endpoint))
    rows.exclude(owner=by).delete()
    mine = rows.filter(made_for=keys.mark()) if keys.is_on() else rows.none()
    mine.update(used_at=timezone.now(), session=keys.hash_of(session))
    return mine.first()


@transaction.atomic
def remove(*, by: Actor, device: PushDevice) -> None:
    """Show nothing more on a device of one’s own. What waited for it goes too."""
    if device.owner_id != by.pk:
        raise PermissionDenied("Only its owner can remove a device.")
    if PushDevice.objects.filter(pk=device.pk).delete()[0]:
        audit.record(by, "push.removed", device.owner, device=device.name)


def remove_all_of(user_id: Any) -> None:
    """Show nothing more on any device of an account: its password was changed, or it is closed."""
    PushDevice.objects.filter(owner_id=user_id).delete()


def remove_with_session(session: str) -> None:
    """Show nothing more where someone signed out, or was signed out."""
    PushDevice.objects.filter(session=keys.hash_of(session)).delete()


def _require_account(by: Actor) -> None:
    if not keys.is_on():
        raise PermissionDenied("This platform sends no messages to devices.")
    if not getattr(by, "is_active", False):
        raise PermissionDenied("Sign in first.")


# --- What is shown on them -----------------------------------------------------------------------
def follow(told: Sequence[Told]) -> None:
    """Write down what the devices of people show, in the transaction that tells them by email."""
    if not told or not keys.is_on():
        return
    devices: dict[int, list[PushDevice]] = {}
    owners = [one.person.user_id for one in told if one.person.user_id is not None]
    for device in PushDevice.objects.filter(owner__in=owners, made_for=keys.mark()):
        devices.setdefault(device.owner_id, []).append(device)
    rows = []
    for one in told:
        due = max(one.due_at or timezone.now(), timezone.now())
        when = {"due_at": due, "give_up_at": due + TRIED_FOR}
        for device in devices.get(one.person.user_id or 0, []):
            rows.append(PushMessage(device=device, notice=one.notice, letter=one.letter, **when))
    if not rows:
        return
    PushMessage.objects.bulk_create(rows, ignore_conflicts=True)
    if not any(entry[1] is _notify for entry in connection.run_on_commit):
        transaction.on_commit(_notify)


def _notify() -> None:
    """Ask a worker to send now."""
    queue.notify("core.send_push")


def tidy() -> int:
    """Remove devices that are no longer used, and messages that are no news any more; how many devices."""
    now = timezone.now()
    PushMessage.objects.filter(give_up_at__lt=now).delete()
    gone = PushDevice.objects.filter(used_at__lt=now - KEPT_FOR).delete()[1]
    return gone.get("core.PushDevice", 0)
