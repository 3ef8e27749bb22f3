"""Deleting what has been kept long enough, as each model declares, and showing beforehand what will go."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.db.models import Min, ProtectedError, Q, QuerySet
from django.utils import timezone

from impact.core.access import audit
from impact.core.access.permissions import Actor, require
from impact.core.basics import clock
from impact.core.basics.privacy import After, Blank, Delete, NotPersonal, Personal, declared, heading_of
from impact.core.people.rights.erasure import rows
from impact.core.people.rights.erasure.models import LegalHold
from impact.core.people.rights.erasure.services import delete_files_later, empty_rows
from impact.core.people.rights.requests.models import months_after
from impact.core.people.rights.retention.models import RetentionRun

BATCH = 500  # rows in one transaction
AHEAD = timedelta(days=30)


@dataclass(frozen=True)
class Rule:
    """How long the rows of one model are kept, and what then happens to them."""

    model: rows.Model
    said: Personal | NotPersonal
    kept: After

    @property
    def heading(self) -> str:
        """What the rows are called on pages."""
        return heading_of(self.model)

    @property
    def action(self) -> Blank | Delete:
        """What happens to rows whose time is over."""
        on_erasure = self.said.on_erasure if isinstance(self.said, Personal) else Delete()
        return on_erasure if isinstance(on_erasure, Blank) else Delete()

    def over(self, on: date) -> QuerySet[Any]:
        """Rows that have been kept long enough on a day and are still to be dealt with."""
        found = self.model._base_manager.filter(rows.over(self.model, self.kept, on))
        if isinstance(self.action, Blank):
            found = found.filter(rows.not_emptied(self.model, self.action))
        return found

    def goes_on(self, since: date | datetime) -> date:
        """The first day on which a row of that date is over."""
        day = timezone.localtime(since).date() if isinstance(since, datetime) else since
        return months_after(day, 12 * self.kept.years) + timedelta(days=self.kept.days + 1)


def rules() -> Iterator[Rule]:
    """Every model whose rows go after a time, except where a task of its own sees to it; what points at another first."""
    found = []
    for model in apps.get_models():
        said = declared(model)
        kept = said.keep
        if not isinstance(kept, After) or kept.by:
            continue
        if isinstance(said, NotPersonal) or isinstance(said.on_erasure, Blank | Delete):
            found.append(Rule(model, said, kept))
    order = {model: at for at, (model, _said) in enumerate(rows.personal_models())}
    yield from sorted(found, key=lambda rule: (order.get(rule.model, -1), rule.heading))


def held_rows(rule: Rule) -> Q:
    """The rows of people with a legal hold, which stay."""
    said, held = rule.said, Q(pk__in=[])
    if not isinstance(said, Personal):
        return held
    for hold in LegalHold.objects.in_force().select_related("person__user"):
        subject = rows.subject_of(hold.person)
        held |= Q(pk__in=rows.rows_of(rule.model, said, subject).values("pk"))
        for path in said.by_address:  # also an address that others share: better kept too long than lost
            held |= rows.at(path, subject.addresses)
    return held


@dataclass(frozen=True)
class Due:
    """What one rule will do within a month."""

    heading: str
    what: str
    why: str
    now: int
    soon: int
    first_on: date | None
    held: int
    kept_for: str


def schedule() -> list[Due]:
    """What goes with the next run and within thirty days, for those who want to look at it before it goes."""
    today, found = clock.today(), []
    for rule in rules():
        coming = rule.over(today + AHEAD)
        held = held_rows(rule)
        going = coming.exclude(held)
        now = rule.over(today).exclude(held).count()
        total = going.count()
        first = going.aggregate(first=Min(rule.kept.since))["first"]
        what = "Emptied" if isinstance(rule.action, Blank) else "Deleted"
        first_on = max(rule.goes_on(first), today) if first else None
        found.append(
            Due(
                heading=rule.heading,
                what=what,
                why=rule.kept.why,
                now=now,
                soon=total - now,
                first_on=first_on,
                held=coming.filter(held).count(),
                kept_for=rule.kept.time,
            )
        )
    return sorted(found, key=lambda due: (due.first_on is None, due.first_on or date.max, due.heading))


def apply_retention(
    *, by: Actor, is_dry_run: bool = False, before_each: Callable[[], None] = lambda: None
) -> RetentionRun:
    """Delete or empty what has been kept long enough, some rows at a time; counts are recorded, no values.

    A run that is stopped has done whole batches, and the next one goes on. ``before_each`` is called before each batch.
    """
    require(by, "core.erase_person")
    today, done, kept_back = clock.today(), {}, 0
    for rule in rules():
        held = held_rows(rule)
        found = rule.over(today)
        kept_back += found.filter(held).count()
        found = found.exclude(held)
        number = found.count() if is_dry_run else sum(_batches(rule, found, before_each))
        if number:
            done[rule.heading] = number
    run = RetentionRun(at=clock.now(), done=done, held=kept_back)
    if not is_dry_run:
        with transaction.atomic():
            run.save()
            audit.record(by, "retention.applied", run, rows=run.number, held=kept_back)
    return run


def _batches(rule: Rule, found: QuerySet[Any], before_each: Callable[[], None]) -> Iterator[int]:
    """Deal with all rows, a batch a transaction; how many each."""
    last: Any = None
    while True:
        left = found.order_by("pk")
        keys = list((left.filter(pk__gt=last) if last is not None else left).values_list("pk", flat=True)[:BATCH])
        if not keys:
            return
        last = keys[-1]
        before_each()
        yield _batch(rule, keys)


def _batch(rule: Rule, keys: list[Any]) -> int:
    with transaction.atomic():
        free = rule.model._base_manager.filter(pk__in=keys).exclude(held_rows(rule))  # a hold may be newer than the run
        keys = list(free.values_list("pk", flat=True))
        batch = rule.model._base_manager.filter(pk__in=keys)
        if isinstance(rule.action, Blank):
            files = empty_rows(rule.model, rule.action, keys)
            number = len(keys)
        else:
            files = rows.files_in(batch)
            number = _delete(batch, keys)
        delete_files_later(files)
    return number


def _delete(batch: models.QuerySet[Any], keys: list[Any]) -> int:
    """Delete rows; of a batch in which something still points at a row, those that can go."""
    try:
        with transaction.atomic():
            batch.delete()
            return len(keys)
    except ProtectedError:
        gone = 0
        for key in keys:
            try:
                with transaction.atomic():
                    batch.model._base_manager.filter(pk=key).delete()
                    gone += 1
            except ProtectedError:
                continue
        return gone
