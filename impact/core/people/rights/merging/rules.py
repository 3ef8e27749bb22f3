"""What happens to each kind of row when two records of one person become one, and what cannot be joined.

Every link to a person is found in the models, so a new one cannot be forgotten. Rows move. Where both records have a row
and the database allows one, ``JOINS`` says what happens; a model that says nothing is refused, with what to do first.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.db.models import F, Q, UniqueConstraint
from django.db.models.functions import Lower

from impact.core.basics.privacy import heading_of
from impact.core.people.models import Person

Model = type[models.Model]
Pair = tuple[Any, Any]  # the row of the record that stays, and that of the one that goes


def delete_second(ours: Any, theirs: Any) -> None:
    """The usual way to join two rows that say the same: the one of the record that stays is enough."""
    theirs.delete()


def differ_in(*names: str) -> Callable[[Any, Any], str]:
    """Refuse two rows that do not say the same in these fields."""

    def refuse(ours: Any, theirs: Any) -> str:
        if all(getattr(ours, name) == getattr(theirs, name) for name in names):
            return ""
        return f"{heading_of(type(ours))}: the two records differ ({_where(ours)}). Make them say the same first."

    return refuse


def unless_empty(*names: str) -> Callable[[Any, Any], str]:
    """Refuse where the second row says something in these fields."""

    def refuse(ours: Any, theirs: Any) -> str:
        return never(ours, theirs) if any(getattr(theirs, name) for name in names) else ""

    return refuse


def never(ours: Any, theirs: Any) -> str:
    """Refuse any two rows: what each says matters, and only one can stand."""
    return f"{heading_of(type(ours))}: both records have one ({_where(ours)}). Remove or finish one of them first."


def always(ours: Any, theirs: Any) -> str:
    """Refuse none: the second says nothing that the first does not."""
    return ""


def _where(row: Any) -> str:
    """What a row belongs to, without a word of what it says."""
    for name in ("meeting", "round", "group", "waypoint", "involvement", "reading", "material", "version"):
        if (place := getattr(row, name, None)) is not None and isinstance(place, models.Model):
            return str(place)
    return "see both pages"


@dataclass(frozen=True)
class Joins:
    """What becomes of two rows where there can be one."""

    refuse: Callable[[Any, Any], str] = never  # why not, with what to do first; empty: they can be joined
    settle: Callable[[Any, Any], None] = delete_second
    find: Callable[[Person, Person], list[Pair]] | None = None  # which rows meet; None: as the constraints say


# By the label of a model. Apps add theirs when they start.
JOINS: dict[str, Joins] = {
    "core.NoticeChoices": Joins(always),
    "core.Notice": Joins(always),
    "core.NeedsProposal": Joins(always),
}
# Other reasons against joining two records, as sentences. Apps add theirs.
REFUSALS: list[Callable[[Person, Person], list[str]]] = []
# Rows that must not lead to more than they did: they are deleted with the record that they were made for.
NOT_MOVED = {"core.DataLink": "Links by email to what is held: they can be asked for again"}
NOT_YET = "Not yet: see above"


def links() -> Iterator[tuple[Model, "models.ForeignKey[Any, Any]"]]:
    """Every column of every table that points at a person, those without a name on the other side included."""
    for relation in Person._meta.get_fields(include_hidden=True):
        if relation.auto_created and not relation.concrete:
            column: Any = relation.field  # type: ignore[union-attr]
            if column.concrete and not column.many_to_many:
                yield column.model, column


def uniques(model: Model, column: Any) -> Iterator[tuple[list[str], frozenset[str], Q]]:
    """What there can be one of for a person: the other fields of each constraint, those read without capitals, and where."""
    if column.unique:
        yield [], frozenset(), Q()
    for constraint in model._meta.constraints:
        if not isinstance(constraint, UniqueConstraint):
            continue
        lowered = frozenset(_name(one) for one in constraint.expressions if isinstance(one, Lower))
        names = [*constraint.fields, *(_name(one) for one in constraint.expressions)]
        if column.name in names:
            yield [name for name in names if name != column.name], lowered, constraint.condition or Q()


def _name(expression: Any) -> str:
    """The field that an expression of a constraint names. Only plain fields and Lower() of one are understood."""
    inner = expression.get_source_expressions()[0] if isinstance(expression, Lower) else expression
    if not isinstance(inner, F):
        raise TypeError(f"Records cannot be joined while a constraint is about {expression}: add it to {__name__}.")
    return str(inner.name)  # type: ignore[attr-defined]  # which the stubs of F forget


def pairs(model: Model, column: Any, kept: Person, other: Person) -> list[Pair]:
    """The rows of two records of which there can be only one."""
    joins = JOINS.get(model._meta.label)
    if joins and joins.find:
        return joins.find(kept, other)
    found: dict[Any, Pair] = {}
    for names, lowered, condition in uniques(model, column):

        def key(row: Any, names: list[str] = names, lowered: frozenset[str] = lowered) -> tuple[Any, ...]:
            values = ((name, getattr(row, row._meta.get_field(name).attname)) for name in names)
            return tuple(value.lower() if name in lowered else value for name, value in values)

        rows = model._base_manager.filter(condition)
        mine = {key(row): row for row in rows.filter(**{column.name: kept.pk})}
        for row in rows.filter(**{column.name: other.pk}):
            if None not in key(row) and key(row) in mine:  # an empty column is like no other
                found[row.pk] = (mine[key(row)], row)
    return list(found.values())


@dataclass(frozen=True)
class Line:
    """One kind of row beside each other: how many each record has, and what happens."""

    heading: str
    kept: int
    other: int
    what: str


@dataclass
class Plan:
    """All that joining two records would do."""

    lines: list[Line] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    joined: list[tuple[Joins, Pair]] = field(default_factory=list)


def plan(kept: Person, other: Person) -> Plan:
    """What joining would move, count once and leave out, and each reason against it. Changes nothing."""
    found = Plan()
    for find in REFUSALS:
        found.refusals += find(kept, other)
    by_model: dict[Model, list[Any]] = {}
    for model, column in links():
        by_model.setdefault(model, []).append(column)
    for model, columns in sorted(by_model.items(), key=lambda item: heading_of(item[0])):
        if model._meta.label in NOT_MOVED:
            _count(found, model, columns, kept, other, 0, "Deleted")
            continue
        joins = JOINS.get(model._meta.label, Joins())
        meeting = [pair for column in columns for pair in pairs(model, column, kept, other)]
        before = len(found.refusals)
        for pair in meeting:
            if why := joins.refuse(*pair) or _hangs_on(joins, pair[1]):
                found.refusals.append(why)
        found.joined += [(joins, pair) for pair in meeting]
        found.refusals += _both_in_one(model, columns, kept, other)
        is_refused = len(found.refusals) > before
        _count(found, model, columns, kept, other, 0 if is_refused else len(meeting), NOT_YET if is_refused else "Move")
    found.refusals = list(dict.fromkeys(found.refusals))
    return found


def _count(found: Plan, model: Model, columns: list[Any], kept: Person, other: Person, joined: int, what: str) -> None:
    numbers = [
        model._base_manager.filter(Q(*((column.name, who.pk) for column in columns), _connector=Q.OR)).count()
        for who in (kept, other)
    ]
    if any(numbers):
        words = what if numbers[1] else "Stay"
        if joined:
            words = f"{joined} counted once" + ("; the others move" if numbers[1] > joined else "")
        found.lines.append(Line(heading_of(model), numbers[0], numbers[1], words))


def _hangs_on(joins: Joins, theirs: Any) -> str:
    """A row is not deleted while others belong to it: they would go with it."""
    if joins.settle is not delete_second:
        return ""
    for relation in theirs._meta.related_objects:
        if relation.related_model._base_manager.filter(**{relation.field.name: theirs.pk}).exists():
            return (
                f"{heading_of(type(theirs))}: both records have one ({_where(theirs)}), and more belongs to each of them. "
                "They cannot be joined."
            )
    return ""


def _both_in_one(model: Model, columns: list[Any], kept: Person, other: Person) -> list[str]:
    """No one helps, or talks to, themselves: a row between the two records says that they are two people."""
    for first in columns:
        for second in columns:
            two = {first.name: kept.pk, second.name: other.pk}
            if first is not second and model._base_manager.filter(**two).exists():
                return [f"{heading_of(model)}: one of the two is there for the other. Are they two people?"]
    return []
