"""What an importer is, the rows that it reads, and what it made. Each app registers its own kinds of spreadsheet."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction

from impact.core.access.permissions import Actor, has_perm, require
from impact.core.web.imports.columns import Column

NEW, CHANGE, SAME = "new", "change", "same"
OUTCOMES = {NEW: "New", CHANGE: "Will change", SAME: "Already there, unchanged", "": "Needs attention"}


@dataclass(frozen=True)
class Problem:
    """Why a row cannot be saved: the heading of the column ("" for the row as a whole), its cell, and what to do."""

    column: str
    value: str
    words: str


@dataclass
class Row:
    """One row of a file. ``cells``: what it says, by column; ``values``: what that means. ``plan`` is the importer's own."""

    line: int
    cells: dict[str, str]
    values: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    outcome: str = NEW
    person: int | None = None  # the record that the row is about, where there is one
    is_written: bool = False  # by an earlier part of the same import
    plan: Any = None

    def get(self, name: str, default: Any = "") -> Any:
        """What a cell means; ``default`` where it is empty."""
        return self.values.get(name, default)

    def refuse(self, column: Column | None, words: str) -> None:
        """Note what is wrong, with the cell."""
        cell = self.cells.get(column.name, "")[:200] if column else ""
        self.problems.append(Problem(column.heading if column else "", cell, words))


class Made:
    """What writing a spreadsheet made and changed, in order; and the rows that a service refused.

    ``seconds``: a large import is saved in parts that take about so long each; ``rest`` says whether rows are left.
    """

    def __init__(self, *, seconds: float | None = None) -> None:
        self.new: list[models.Model] = []
        self.changed: list[tuple[models.Model, dict[str, Any]]] = []
        self.done: list[Row] = []
        self.people: dict[int, int] = {}  # the line of a row → the record that was made for it
        self.rest = False
        self._until = None if seconds is None else time.monotonic() + seconds

    def each(self, rows: Iterable[Row]) -> Iterator[Row]:
        """The rows to write now: not those of earlier parts, and none once the time of this part is over."""
        for row in rows:
            if row.is_written:
                continue
            if self._until is not None and self.done and time.monotonic() > self._until:
                self.rest = True
                return
            yield row
            self.done.append(row)

    def add(self, *things: models.Model) -> None:
        """Note what was made."""
        self.new += things

    def change(self, thing: models.Model, before: dict[str, Any]) -> None:
        """Note what a changed row was before: field → value."""
        self.changed.append((thing, before))

    def attempt(self, importer: "Importer", row: Row, do: Callable[[], Any]) -> Any:
        """Do what one row asks; a refusal is noted at the row, and nothing of it is done. None then."""
        try:
            with transaction.atomic():
                return do()
        except ValidationError as error:
            columns = {column.name: column for column in importer.columns}
            if hasattr(error, "error_dict"):
                for name, messages in error.message_dict.items():
                    row.refuse(columns.get(name), " ".join(messages))
            elif error.messages:
                row.refuse(None, " ".join(error.messages))
        except PermissionDenied:
            row.refuse(None, "You do not have permission to add this. Leave the row out, or ask a colleague.")
        return None


@dataclass(frozen=True)
class Importer:
    """One kind of spreadsheet.

    ``check(by, rows)`` looks at all rows together and at what is there: it notes problems, and says of each row whether it
    is new, will change something or is there already. ``write(by, rows, made)`` saves them through the services, going over
    them by ``made.each``.
    ``permissions``: all of them are needed.
    """

    kind: str
    label: str
    lead: str
    permissions: tuple[str, ...]
    columns: tuple[Column, ...]
    check: Callable[[Actor, Sequence[Row]], None]
    write: Callable[[Actor, Sequence[Row], Made], None]
    example: tuple[dict[str, str], ...] = ()
    order: int = 0
    notes: tuple[str, ...] = ()

    def column(self, name: str) -> Column:
        """The column of this name."""
        return next(column for column in self.columns if column.name == name)

    def columns_for(self, user: Any) -> list[Column]:
        """The columns that someone may bring in."""
        return [column for column in self.columns if not column.permission or has_perm(user, column.permission)]

    def may_use(self, user: Any) -> bool:
        """Whether someone may bring in such a spreadsheet."""
        return all(has_perm(user, permission) for permission in self.permissions)

    def require(self, by: Actor) -> None:
        """Refuse everyone who may not."""
        for permission in self.permissions:
            require(by, permission)


IMPORTERS: dict[str, Importer] = {}


def register(*importers: Importer) -> None:
    """Add the kinds of spreadsheet of an app."""
    IMPORTERS.update({importer.kind: importer for importer in importers})


def importers_for(user: Any) -> list[Importer]:
    """The kinds that someone may bring in, in the order in which a centre moves in."""
    return sorted((one for one in IMPORTERS.values() if one.may_use(user)), key=lambda one: one.order)


def refuse_twins(importer: Importer, rows: Iterable[Row], key: Callable[[Row], Any]) -> None:
    """Refuse a row that says the same as an earlier one, by a key; None: no key."""
    seen: dict[Any, int] = {}
    for row in rows:
        one = key(row)
        if one is not None and one in seen:
            row.refuse(importer.columns[0], f"The same as row {seen[one]}. Leave one of them out.")
        elif one is not None:
            seen[one] = row.line


def different(row: Row, thing: models.Model, names: Iterable[str]) -> dict[str, Any]:
    """The filled cells of a row that say something other than what is there: field → what the row says."""
    return {name: row.values[name] for name in names if name in row.values and getattr(thing, name) != row.values[name]}


def before_of(thing: models.Model, changes: Iterable[str]) -> dict[str, Any]:
    """What stands in some fields now, to be kept for undoing."""
    return {name: getattr(thing, thing._meta.get_field(name).attname) for name in changes}  # type: ignore[union-attr]
