"""Columns of a list's file that are read straight from the database, without making an object of each row."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

CHUNK = 2000  # rows held at a time

Load = Callable[[list[Any]], Mapping[Any, Any]]


@dataclass(frozen=True)
class Value:
    """Field paths from the row (``group__name``), and what to make of their values; as they are without ``read``."""

    paths: tuple[str, ...]
    read: Callable[..., Any] | None = None


@dataclass(frozen=True)
class Batch:
    """Something counted or gathered for many rows at once: ``load`` gets primary keys and returns a value for each.

    Columns with the same ``load`` share one call a chunk. A key that ``load`` leaves out is read as ``missing``. ``read``
    gets the loaded value, then the values of ``paths``.
    """

    load: Load
    read: Callable[..., Any]
    missing: Any = None
    paths: tuple[str, ...] = ()


Column = Value | Batch


def value(*paths: str, read: Callable[..., Any] | None = None) -> Value:
    """A column of one field or of several."""
    return Value(paths, read)


def as_shown(path: str) -> Value:
    """A field as it is; a moment in UK time."""
    zone = timezone.get_current_timezone()
    return Value((path,), lambda found: found.astimezone(zone) if isinstance(found, datetime) else found)


def iterate(rows: QuerySet, columns: Sequence[Column]) -> Iterator[list[Any]]:
    """The cells of each row, in the order of ``columns``; holds ``CHUNK`` rows at a time."""
    paths = list(dict.fromkeys(["pk", *(path for column in columns for path in column.paths)]))
    at = {path: n for n, path in enumerate(paths)}
    loads = list(dict.fromkeys(column.load for column in columns if isinstance(column, Batch)))
    readers = [_reader(column, at, loads) for column in columns]
    found = rows.select_related(None).prefetch_related(None).values_list(*paths).iterator(chunk_size=CHUNK)
    while chunk := list(islice(found, CHUNK)):
        loaded = [load([row[0] for row in chunk]) for load in loads]
        for row in chunk:
            yield [read(row, loaded) for read in readers]


def _reader(column: Column, at: Mapping[str, int], loads: list[Load]) -> Callable[[Any, list[Mapping]], Any]:
    """A function of a row's values and of what was loaded for its chunk."""
    places = [at[path] for path in column.paths]
    read: Any = column.read
    if isinstance(column, Batch):
        n, missing = loads.index(column.load), column.missing
        if not places:
            return lambda row, loaded: read(loaded[n].get(row[0], missing))
        return lambda row, loaded: read(loaded[n].get(row[0], missing), *[row[place] for place in places])
    if len(places) == 1:
        place = places[0]
        return (lambda row, loaded: row[place]) if read is None else (lambda row, loaded: read(row[place]))
    return lambda row, loaded: read(*[row[place] for place in places])


def is_streamed(columns: Mapping[str, Any], rows: Any) -> bool:
    """Whether every column can be read without objects."""
    return isinstance(rows, QuerySet) and all(isinstance(column, (Value, Batch)) for column in columns.values())
