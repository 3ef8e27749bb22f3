"""Keeping, beside a snapshot, the keys of the rows that its figures were counted from."""

import hashlib
import json
from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from reports.figures.counted import Period
from reports.figures.rows.ids import JoinedKeys, pack
from reports.figures.rows.models import KeptRows
from reports.figures.rows.sources import BY_NAME, SOURCES, Source


@dataclass(frozen=True)
class Gathered:
    """Rows of one kind that count under one state."""

    source: str
    state: list[Any]
    number: int
    keys: bytes


def gather_rows(year: int, on: date | None = None, only: Container[str] | None = None) -> list[Gathered]:
    """The rows behind every figure of a year as they are now. One query for each kind of row, however many there are.
    ``on``: an earlier cut-off; ``only``: these kinds of rows."""
    period = Period(year, on) if on else Period.of(year)
    sources = [source for source in SOURCES if only is None or source.name in only]
    return [row for source in sources for row in _gather(source, period)]


def _gather(source: Source, period: Period) -> Iterable[Gathered]:
    grouped = source.rows(period).order_by().values_list(*source.state).annotate(keys=JoinedKeys("pk"))
    found = []
    for *state, joined in grouped:
        found.append(Gathered(source.name, state, joined.count(",") + 1, pack(joined)))
    return sorted(found, key=lambda row: json.dumps(row.state))


def digests(rows: Iterable[Gathered]) -> dict[str, str]:
    """A short check code of the rows of each kind, for the snapshot's data: other rows, another snapshot.

    Rows that stand for people have none, because a few keys could be guessed from it.
    """
    hashes: dict[str, Any] = {}
    for row in rows:
        if not BY_NAME[row.source].is_people:
            one = hashes.setdefault(row.source, hashlib.sha256())
            one.update(json.dumps(row.state).encode())
            one.update(row.keys)
    return {name: one.hexdigest()[:16] for name, one in hashes.items()}


def keep_rows(snapshot: Any, rows: Iterable[Gathered]) -> None:
    """Keep the rows beside a snapshot, in the transaction in which ``take_snapshot`` makes it."""
    KeptRows.objects.bulk_create(
        [
            KeptRows(snapshot=snapshot, source=row.source, state=row.state, number=row.number, keys=row.keys)
            for row in rows
        ],
        batch_size=500,
    )
