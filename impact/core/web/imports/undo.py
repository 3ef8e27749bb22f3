"""Undoing an import: what it made goes if no one has touched it since, what it changed is set back, and the rest is named."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.db.models.deletion import ProtectedError, RestrictedError

from impact.core.access import audit
from impact.core.access.models import AuditEvent
from impact.core.access.permissions import SYSTEM, Actor, has_perm
from impact.core.basics import clock
from impact.core.basics.states import StateConflict
from impact.core.people.models import Person
from impact.core.people.services import follow_address
from impact.core.web.imports.models import SheetImport, SheetThing
from impact.core.web.imports.shapes import IMPORTERS, Made

WITHIN = timedelta(days=1)
BATCH = 400
DEEP = 3  # how far rows that point at rows that point at a thing are looked at
SHALLOW = 1  # the same while a large import is being saved, which is marked again at its end
# Rows that come and go without anyone’s doing say nothing of whether someone has touched a row.
PASSING = {"core.sheetrow", "core.sheetthing", "core.notice", "core.noticechoices", "core.searchentry"}
MOVING = {"updated_at"}


# --- Marks ---------------------------------------------------------------------------------------
def _values(model: type[models.Model], where: dict[str, Any]) -> list[dict[str, Any]]:
    names = [f.attname for f in model._meta.concrete_fields if f.name not in MOVING]
    return list(model._base_manager.filter(**where).order_by("pk").values(*names))


def _pointing(model: type[models.Model]) -> list[Any]:
    """The relations by which rows of other models point at rows of this one."""
    return [
        relation
        for relation in model._meta.get_fields(include_hidden=True)
        if isinstance(relation, models.ManyToOneRel) and relation.related_model._meta.label_lower not in PASSING
    ]


def _told(model: type[models.Model], keys: Sequence[Any], deep: int = DEEP) -> dict[Any, list[Any]]:
    """Row → what it says, and what the rows say that point at it."""
    found: dict[Any, list[Any]] = defaultdict(list)
    pk = model._meta.pk.attname
    for at in range(0, len(keys), BATCH):
        for row in _values(model, {"pk__in": list(keys[at : at + BATCH])}):
            found[row[pk]].append(sorted(row.items()))
    if not deep or not found:
        return found
    for relation in _pointing(model):
        below: Any = relation.related_model
        to = relation.field.attname
        pairs: list[tuple[Any, Any]] = []
        present = list(found)
        for at in range(0, len(present), BATCH):
            rows = below._base_manager.filter(**{f"{to}__in": present[at : at + BATCH]})
            pairs += rows.order_by("pk").values_list("pk", to)
        told = _told(below, [key for key, _owner in pairs], deep - 1) if pairs else {}
        for key, owner in pairs:
            found[owner].append([relation.name, str(key), told.get(key)])
    return found


def _hash(told: Any) -> str:
    return hashlib.sha256(json.dumps(told, cls=DjangoJSONEncoder, sort_keys=True).encode()).hexdigest()


def marks_of(things: Iterable[tuple[str, str]], *, deep: int = DEEP) -> dict[tuple[str, str], str]:
    """(model, key) → a mark of what stands there now, with the rows that point at it. Missing: it is gone."""
    return {
        (label, str(key)): _hash(told)
        for label, model, keys in _by_model(things)
        for key, told in _told(model, keys, deep).items()
    }


def _by_model(things: Iterable[tuple[str, str]]) -> Iterator[tuple[str, type[models.Model], list[Any]]]:
    """Things by their model, with its label and their keys as its own."""
    found: dict[str, list[str]] = defaultdict(list)
    for label, key in things:
        found[label].append(key)
    for label, keys in found.items():
        model = apps.get_model(label)
        yield label, model, [model._meta.pk.to_python(key) for key in keys]


def _there(things: Iterable[tuple[str, str]], *, is_locking: bool = False) -> dict[tuple[str, str], Any]:
    """(model, key) → the row that is there now. A locked row gets no new rows that point at it meanwhile."""
    found = {}
    for label, model, keys in _by_model(things):
        rows = model._base_manager.select_for_update() if is_locking else model._base_manager.all()
        for at in range(0, len(keys), BATCH):
            batch = rows.filter(pk__in=keys[at : at + BATCH]).order_by("pk")
            found.update({(label, str(row.pk)): row for row in batch})
    return found


def _mark_of_fields(thing: Any, names: Iterable[str]) -> str:
    fields = {name: getattr(thing, thing._meta.get_field(name).attname) for name in names}
    return _hash(sorted(json.loads(json.dumps(fields, cls=DjangoJSONEncoder)).items()))


def keep_things(sheet: SheetImport, made: Made, *, part: int = 0) -> None:
    """Keep what an import made and changed, or one part of it, so that it can be undone."""
    new = [(thing._meta.label_lower, str(thing.pk)) for thing in made.new]
    marks = marks_of(new, deep=SHALLOW if part else DEEP)
    rows = []
    there = _there((thing._meta.label_lower, str(thing.pk)) for thing, _before in made.changed)
    for thing, before in made.changed:
        fresh = there[thing._meta.label_lower, str(thing.pk)]
        kept = json.loads(json.dumps(before, cls=DjangoJSONEncoder))
        mark = _mark_of_fields(fresh, before)
        rows.append(
            SheetThing(
                label=thing._meta.label_lower, key=str(thing.pk), mark_sha256=mark, before=kept, person=_person(fresh)
            )
        )
    for thing, pair in zip(made.new, new, strict=True):
        rows.append(SheetThing(label=pair[0], key=pair[1], mark_sha256=marks[pair], person=_person(thing)))
    for row in rows:
        row.sheet, row.part = sheet, part
    SheetThing.objects.bulk_create(rows)


def touched_by_others(since: datetime, by: int | None) -> set[tuple[str, str]]:
    """(model, key) of what anyone but one account has changed since then."""
    events = AuditEvent.objects.changes().filter(at__gte=since).exclude(actor_id=by)
    return set(events.values_list("object_type", "object_id"))


def mark_again(sheet: SheetImport) -> None:
    """Mark what the parts of an import made once more, now that all are there: later parts point at things of earlier ones.

    What someone else has changed or used meanwhile keeps its old mark, by which undoing lets it stay.
    """
    things = list(sheet.things.filter(before__isnull=True))
    marks = marks_of((thing.label, thing.key) for thing in things)
    others = touched_by_others(sheet.added_at, sheet.added_by_id)
    fresh = []
    for thing in things:
        mark = marks.get((thing.label, thing.key), thing.mark_sha256)
        if (thing.label, thing.key) not in others:
            thing.mark_sha256 = mark
            fresh.append(thing)
    SheetThing.objects.bulk_update(fresh, ["mark_sha256"], batch_size=200)


def _person(thing: Any) -> Person | None:
    """Whose row it is, where it is someone's."""
    return thing if isinstance(thing, Person) else getattr(thing, "person", None)


# --- Looking -------------------------------------------------------------------------------------
@dataclass
class Plan:
    """What undoing would do now: what goes, what is set back, and what stays, with the reason."""

    goes: list[SheetThing] = field(default_factory=list)
    back: list[tuple[SheetThing, Any]] = field(default_factory=list)
    stays: list[tuple[str, str]] = field(default_factory=list)  # what it is, and why
    counts: dict[str, int] = field(default_factory=dict)


def why_not(sheet: SheetImport) -> str:
    """Why an import can no longer be undone; empty while it can."""
    if sheet.state != SheetImport.State.DONE or sheet.done_at is None:
        return "Only an import that was saved can be undone."
    if clock.now() - sheet.done_at > WITHIN:
        return "An import can be undone for a day, and this one is older."
    return "" if sheet.things.exists() else "It made and changed nothing."


def may_undo(user: Any, sheet: SheetImport) -> bool:
    """Who saved an import undoes it, while they may bring in its kind, or an administrator."""
    is_own = user.pk is not None and sheet.added_by_id == user.pk and IMPORTERS[sheet.kind].may_use(user)
    return is_own or has_perm(user, "core.undo_import")


def require_undo(by: Any, sheet: SheetImport) -> None:
    """Refuse everyone else."""
    if not may_undo(by, sheet):
        raise PermissionDenied("Only the person who saved this import, or an administrator, can undo it.")


def plan_undo(sheet: SheetImport, *, is_locking: bool = False) -> Plan:
    """What undoing an import would do now. With ``is_locking`` it stays so until the transaction ends."""
    return _plan(list(sheet.things.all()), is_locking=is_locking)


def _plan(things: list[SheetThing], *, is_locking: bool, deep: int = DEEP) -> Plan:
    plan = Plan()
    there = _there(((thing.label, thing.key) for thing in things), is_locking=is_locking)
    new = [thing for thing in things if thing.before is None]
    marks = marks_of(((thing.label, thing.key) for thing in new), deep=deep)
    for thing in new:
        mark = marks.get((thing.label, thing.key))
        if mark is None:
            continue  # gone already
        if mark == thing.mark_sha256:
            plan.goes.append(thing)
            name = str(apps.get_model(thing.label)._meta.verbose_name_plural)
            plan.counts[name] = plan.counts.get(name, 0) + 1
        else:
            plan.stays.append((_name(thing, there), "Someone has changed it since, or added to it."))
    for thing in things:
        if thing.before is None:
            continue
        row = there.get((thing.label, thing.key))
        if row is None:
            continue
        if _mark_of_fields(row, thing.before) == thing.mark_sha256:
            plan.back.append((thing, row))
        else:
            plan.stays.append((_name(thing, there), "Someone has changed it since, so it keeps what it says now."))
    return plan


def plan_of_chosen(things: list[SheetThing], others: set[tuple[str, str]]) -> Plan:
    """The same for things that were chosen a moment ago, but for those that others have touched since."""
    plan = Plan()
    there = _there(((thing.label, thing.key) for thing in things), is_locking=True)
    for thing in things:
        row = there.get((thing.label, thing.key))
        if row is None:
            continue
        if (thing.label, thing.key) in others:
            plan.stays.append((_name(thing, there), "Someone has changed it since."))
        elif thing.before is None:
            plan.goes.append(thing)
        else:
            plan.back.append((thing, row))
    return plan


def _name(thing: SheetThing, there: dict[tuple[str, str], Any]) -> str:
    kind = str(apps.get_model(thing.label)._meta.verbose_name).capitalize()
    return f"{kind}: {there.get((thing.label, thing.key))}"


# --- Doing ---------------------------------------------------------------------------------------
def begin_undo(by: Actor, sheet: SheetImport) -> SheetImport:
    """The import, locked, if someone may take it back now; by them from now on. Raises StateConflict."""
    sheet = SheetImport.objects.select_for_update(of=("self",)).get(pk=sheet.pk)
    require_undo(by, sheet)
    if reason := why_not(sheet):
        raise StateConflict(reason)
    sheet.undone_at, sheet.undone_by_id = clock.now(), by.pk
    return sheet


@transaction.atomic
def undo_import(*, by: Actor, sheet: SheetImport) -> Plan:
    """Take an import back within a day: what it made goes and what it changed is set back, if untouched since.

    What someone has changed or used since stays, and is named in the answer.
    """
    sheet = begin_undo(by, sheet)
    plan = take_back(sheet)
    sheet.removed, sheet.stayed = len(plan.goes) + len(plan.back), len(plan.stays)
    close_undo(by, sheet)
    return plan


def close_undo(by: Actor, sheet: SheetImport) -> None:
    """Keep that an import was taken back. Of its things nothing is left to be undone."""
    sheet.state = SheetImport.State.UNDONE
    sheet.save(update_fields=["state", "undone_at", "undone_by", "removed", "stayed"])
    sheet.things.all().delete()
    audit.record(by, "import.undone", sheet, kind=sheet.kind, removed=sheet.removed, stayed=sheet.stayed)


def take_back(sheet: SheetImport, *, part: int | None = None) -> Plan:
    """Remove what an import, or one part of it, made, and set back what it changed. In the caller's transaction."""
    rows = sheet.things.all() if part is None else sheet.things.filter(part=part)
    plan = _plan(list(rows), is_locking=True, deep=SHALLOW if part else DEEP)
    carry_out(sheet.undone_by or sheet.added_by or SYSTEM, plan)
    rows.delete()
    return plan


def carry_out(by: Actor, plan: Plan) -> None:
    """Delete what goes and set back what was changed; what cannot go moves to what stays.

    Where someone's address is set back, both mailboxes are told, and the links that the wrong one got end.
    """
    _remove(plan)
    for thing, row in plan.back:
        wrong = row.email if isinstance(row, Person) else ""
        for name, value in (thing.before or {}).items():
            column = row._meta.get_field(name)
            setattr(row, column.attname, column.to_python(value) if not column.is_relation else value)
        if hasattr(row, "version"):
            row.version += 1
        row.save()
        if isinstance(row, Person) and row.email != wrong:
            follow_address(by=by, person=row, before=wrong)


def _remove(plan: Plan) -> None:
    """Delete what an import made, the newest first. What cannot go because something that stays points at it, stays too."""
    gone = []
    for thing in reversed(plan.goes):
        try:
            with transaction.atomic():
                apps.get_model(thing.label)._base_manager.filter(pk=thing.key).delete()
            gone.append(thing)
        except (ProtectedError, RestrictedError):
            stays = (thing.label, thing.key)
            plan.stays.append((_name(thing, _there([stays])), "Something that stays points at it."))
    plan.goes = gone
