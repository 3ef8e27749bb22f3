"""From a change that is recorded to a message for each webhook that wants it, in the transaction of the change.

The table of events stands in impact/events.py, the one place that may know all apps.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection, models, transaction
from django.utils.module_loading import import_string

from impact.core.access.models import AuditEvent
from impact.core.basics import clock
from impact.core.jobs import queue
from impact.core.jobs.webhooks.models import Webhook, WebhookDelivery
from impact.core.jobs.webhooks.sealing import new_message_id

LOOK_BACK = timedelta(days=1)  # for moments that passed while no worker ran


@dataclass(frozen=True)
class Event:
    """One thing that can happen.

    ``on``: the type of the recorded change, where it is not the name. ``through``: the field of the changed row that holds
    the number of the thing. ``at``: no one does it, it happens at the time in this field. ``where``: what must be so when
    the message is sent. ``ends``: the thing may have gone out of sight by it; then only those hear of it who were told of
    the thing before. ``by``: the field that stands in the API's address.
    """

    name: str
    words: str
    model: str
    route: str
    by: str = "pk"
    on: str = ""
    through: str = ""
    at: str = ""
    where: dict[str, Any] = field(default_factory=dict)
    ends: bool = False

    @property
    def recorded_as(self) -> str:
        """The type of the recorded change; empty for what comes with time."""
        return "" if self.at else self.on or self.name

    @property
    def kind(self) -> str:
        """What the thing is called in messages."""
        return self.name.split(".")[0]

    @property
    def manager(self) -> Any:
        return apps.get_model(self.model)._default_manager


@cache
def events() -> dict[str, Event]:
    """Every event, by its name."""
    rows: Iterable[Event] = import_string(settings.WEBHOOK_EVENTS)
    return {event.name: event for event in rows}


@cache
def _by_record() -> dict[str, Event]:
    return {event.recorded_as: event for event in events().values() if not event.at}


def follow(entry: AuditEvent, obj: models.Model) -> None:
    """Write a message for each webhook that is told of a change, next to the change itself."""
    event = _by_record().get(entry.type)
    if event is not None:
        number = getattr(obj, event.through) if event.through else obj.pk
        _write(event, str(number), key=f"change:{entry.pk}", at=entry.at)


def follow_time() -> None:
    """Write messages about what has come with time, such as a round that closed; once each, however often this runs."""
    now = clock.now()
    if not Webhook.objects.filter(is_active=True).exists():
        return
    for event in events().values():
        if event.at:
            passed = {f"{event.at}__gt": now - LOOK_BACK, f"{event.at}__lte": now}
            for number, at in event.manager.filter(**passed, **event.where).values_list("pk", event.at):
                with transaction.atomic():
                    _write(event, str(number), key=f"{event.name}:{number}:{at.isoformat()}", at=at)


def _write(event: Event, number: str, *, key: str, at: datetime) -> None:
    wanting = [hook for hook in Webhook.objects.filter(is_active=True) if event.name in hook.events]
    if event.at:
        told = set(WebhookDelivery.objects.filter(webhook__in=wanting, key=key).values_list("webhook_id", flat=True))
        wanting = [hook for hook in wanting if hook.on_since < at and hook.pk not in told]
    if not wanting:
        return
    WebhookDelivery.objects.bulk_create(
        [
            WebhookDelivery(
                webhook=hook,
                message_id=new_message_id(),
                key=key,
                event=event.name,
                object_id=number,
                happened_at=at,
                made_at=clock.now(),
            )
            for hook in wanting
        ],
        ignore_conflicts=True,
    )
    notify_on_commit()


def notify_on_commit() -> None:
    """Have a worker send soon; once a transaction."""
    if not any(entry[1] is _notify for entry in connection.run_on_commit):
        transaction.on_commit(_notify)


def _notify() -> None:
    queue.notify("core.send_webhooks")
