"""The append-only record of changes."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, timedelta
from itertools import groupby
from typing import Any

import structlog
from django.apps import apps
from django.db import models
from django.db.models import QuerySet

from impact.core.access.acting.noting import acting_for
from impact.core.access.models import AuditEvent
from impact.core.access.permissions import Actor, has_perm
from impact.core.basics import clock
from impact.core.basics.dates import day

# What else happens when a change is written down, in the same transaction.
FOLLOWERS: list[Callable[[AuditEvent, models.Model], None]] = []
_is_history: ContextVar[bool] = ContextVar("is_history", default=False)


@contextmanager
def as_history() -> Iterator[None]:
    """What is recorded inside is brought in from earlier records, so nothing follows it: no webhook is told."""
    before = _is_history.set(True)
    try:
        yield
    finally:
        _is_history.reset(before)


def record(by: Actor, type: str, obj: models.Model, *, fields: Iterable[str] = (), **facts: Any) -> AuditEvent:
    """Write who did what to ``obj``, inside the caller's transaction.

    ``type`` is noun.verb ("meeting.logged"). ``fields`` are names only; ``facts`` are dates, states, counts or names
    that are not personal. Personal values and people's own words do not belong here: this table can never be corrected.
    """
    context = structlog.contextvars.get_contextvars()
    entry = AuditEvent.objects.create(
        at=clock.now(),
        actor_id=by.pk,
        for_person_id=acting_for(by),
        type=type,
        object_type=obj._meta.label_lower,
        object_id=str(obj.pk),
        fields=sorted(fields),
        facts=facts,
        request_id=str(context.get("request_id", "")),
    )
    for follow in [] if _is_history.get() else FOLLOWERS:
        follow(entry, obj)
    return entry


_kept_apart: dict[str, str] = {}


def restrict_events(object_type: str, permission: str) -> None:
    """Hide all changes to rows of one type from users without ``permission``."""
    _kept_apart[object_type] = permission


def visible_to(user: Any, events: QuerySet[AuditEvent]) -> QuerySet[AuditEvent]:
    """Without the changes that ``user`` may not know of."""
    hidden = [kind for kind, permission in _kept_apart.items() if not has_perm(user, permission)]
    return events.exclude(object_type__in=hidden)


READ_AGAIN_AFTER = timedelta(hours=1)


def record_reading(by: Actor, what: str, obj: models.Model, *, each_time: bool = False, **facts: Any) -> None:
    """Record that someone read something sensitive ("needs", "people_exported"): who, what row and when.

    Never what they read. Looking at the same page again within the hour is the same reading, unless ``each_time``.
    """
    kind = f"{AuditEvent.READ}{what}"
    about = AuditEvent.objects.filter(object_type=obj._meta.label_lower, object_id=str(obj.pk), type=kind)
    if each_time or not about.filter(actor_id=by.pk, at__gt=clock.now() - READ_AGAIN_AFTER).exists():
        record(by, kind, obj, **facts)


def history(*objects: models.Model, limit: int = 20) -> list[dict[str, Any]]:
    """The newest changes to some rows, for ``<c-timeline>``: dicts of at, label, who, detail."""
    wanted = models.Q(pk__in=[])
    for obj in objects:
        wanted |= models.Q(object_type=obj._meta.label_lower, object_id=str(obj.pk))
    newest = AuditEvent.objects.filter(wanted).changes().order_by("-pk")[:limit]
    return describe(sorted(newest, key=lambda event: (event.at, event.pk), reverse=True))


Words = tuple[str, Callable[[dict[str, Any]], str] | None]
_words: dict[str, Words] = {}


def register_event_labels(words: Mapping[str, Words]) -> None:
    """Register an app's event labels: for each type what happened and, optionally, a function of its facts."""
    _words.update(words)


def label_of(type: str) -> str:
    """What happened, in words: "claim.claimed" is Claim sent."""
    return _words[type][0] if type in _words else type


def tell(event: AuditEvent) -> tuple[str, str]:
    """Return an event's label and detail."""
    if event.type in _words:
        label, more = _words[event.type]
        return label, more(event.facts) if more else ""
    facts = (
        f"{key.replace('_', ' ')}: {in_words(value)}"
        for key, value in event.facts.items()
        if not key.endswith("_id")  # for looking things up, not for reading
    )
    return event.label, "; ".join(facts)


def in_words(fact: Any) -> str:
    """Format a fact for people: "2022-07-24" is 24 July 2022 and "setting_up" setting up."""
    text = str(fact)
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return day(date.fromisoformat(text))
    return text.replace("_", " ")


def describe(events: Iterable[AuditEvent]) -> list[dict[str, Any]]:
    """Turn audit rows into dicts of at, label, who, detail, with one query for the names.

    Who acted for someone else is named with them: "Sam Reed for Kim Hart".
    """
    rows = list(events)
    actors = {row.actor_id for row in rows if row.actor_id}
    others = {row.for_person_id for row in rows if row.for_person_id}
    people = apps.get_model("core", "Person").objects.filter(models.Q(user_id__in=actors) | models.Q(pk__in=others))
    found = list(people.values_list("pk", "user_id", "name"))
    names = {user: name for _pk, user, name in found}
    persons = {pk: name for pk, _user, name in found}
    if actors - names.keys() or others - persons.keys():  # of records that were joined to another one
        merged = apps.get_model("core", "MergedRecord").objects.filter(
            models.Q(account_id__in=actors) | models.Q(old_id__in=others)
        )
        for old, account, name in merged.values_list("old_id", "account_id", "person__name"):
            persons.setdefault(old, name)
            names.setdefault(account, name)
    told = []
    for row in rows:
        label, detail = tell(row)
        who = names.get(row.actor_id, "A former account") if row.actor_id else "IMPACT platform"
        if row.for_person_id:
            who += f" for {persons.get(row.for_person_id, 'a former colleague')}"
        told.append({"at": row.at, "label": label, "who": who, "detail": detail})
    return told


def recent_changes(user: Any, *, without: Iterable[str] = (), limit: int = 6) -> list[dict[str, Any]]:
    """The newest changes with the name of what changed, if the reader may see it; repeated changes are grouped.

    ``without``: kinds of row that are told of elsewhere. The number of queries depends on how many kinds of row changed,
    not on how many rows.
    """
    events = AuditEvent.objects.changes().exclude(object_type__in=list(without))
    newest = list(events.order_by("-pk")[: 5 * limit])
    rows: dict[tuple[str, str], models.Model] = {}
    hidden: set[tuple[str, str]] = set()
    for kind in {e.object_type for e in newest}:
        every: Any = apps.get_model(kind)._default_manager
        found = every.in_bulk([e.object_id for e in newest if e.object_type == kind])
        seen = every.visible_to(user).in_bulk(list(found)) if hasattr(every, "visible_to") else found
        rows |= {(kind, str(pk)): row for pk, row in seen.items()}
        hidden |= {(kind, str(pk)) for pk in found.keys() - seen.keys()}
    newest = [e for e in newest if (e.object_type, e.object_id) not in hidden]
    described = describe(newest)
    for event, item in zip(newest, described, strict=True):
        row = rows.get((event.object_type, event.object_id))
        item["detail"] = str(row) if row is not None else ""
        if row is not None and hasattr(row, "get_absolute_url"):
            item["href"] = row.get_absolute_url()
    told = []
    for _same, run in groupby(described, key=lambda item: (item["label"], item["detail"], item["who"])):
        first, *more = run
        if more:
            first["label"] += f" ({len(more) + 1} times)"
        told.append(first)
    return told[:limit]
