"""The rows that a figure was counted from, from the snapshot and not from today, for those who may see them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Model

from impact.core.access.permissions import has_perm
from reports.figures.catalogue import Indicator
from reports.figures.counted import Period
from reports.figures.pages.lines import Reading
from reports.figures.rows.ids import JoinedKeys, Key, read
from reports.figures.rows.models import KeptRows
from reports.figures.rows.sources import BY_NAME, COUNTED_FROM, UNTRACED, Source, State

A_PAGE = 50
AT_A_TIME = 2_000  # keys in one question to the database
LOOKED_THROUGH = 20_000  # above this, what may be seen is asked page by page
Counted = tuple[Key, State]


@dataclass(frozen=True)
class Row:
    """One row behind a figure: what it is called now, under what it was counted, and what became of it since."""

    label: str
    address: str
    counted_as: str
    since: str = ""  # "Deleted since", "No longer counted", "Counted now as: …"


@dataclass(frozen=True)
class Traced:
    """The rows of a figure as one reader sees them. ``total`` is None where how many there are is not for them."""

    noun: str
    page: Page
    rows: Sequence[Row]
    total: int | None
    hidden: int | None
    changed: int


def trace(user: Any, indicator: Indicator, reading: Reading, page: Any = 1) -> Traced | None:
    """The rows behind ``indicator``; None where there are none to show: the snapshot is from before rows were
    kept, or they were deleted when the figure was published."""
    if not reading.has_rows or indicator.name in UNTRACED:
        return None
    name, counts = COUNTED_FROM[indicator.name]
    source = BY_NAME[name]
    kept = [one for one in _kept(source, reading) if counts is None or counts(one[1])]
    # Someone who reads drafts is told of rows that are gone; of people no one is, because a row would stand for one.
    tells_of_gone = has_perm(user, "reports.view_unpublished") and not source.is_people
    is_small = len(kept) <= LOOKED_THROUGH
    looked = _look(user, source, reading.period, kept, tells_of_gone=tells_of_gone) if is_small else None
    shown: list[Any] = [row for row in looked if row] if looked is not None else kept
    found: Page = Paginator(shown, A_PAGE).get_page(page)
    part: Any = found.object_list
    if looked is None:
        part = [row for row in _look(user, source, reading.period, part, tells_of_gone=tells_of_gone) if row]
    hidden = len(kept) - len(shown) if looked is not None else len(found.object_list) - len(part)
    tells_how_many = not source.is_people or not hidden
    return Traced(
        noun=source.noun,
        page=found,
        rows=part,
        total=len(kept) if tells_how_many else None,
        hidden=hidden if tells_how_many else None,
        changed=sum(bool(row.since) for row in (shown if looked is not None else part)),
    )


def _kept(source: Source, reading: Reading) -> Iterator[Counted]:
    """Each key with the state that it was counted under: from the snapshot, or for today from the records."""
    if reading.edition:
        rows = KeptRows.objects.filter(snapshot=reading.edition.snapshot_id, source=source.name)
        for row in rows:
            yield from ((key, tuple(row.state)) for key in row.each())
        return
    grouped = source.rows(reading.period).order_by().values_list(*source.state).annotate(keys=JoinedKeys("pk"))
    for *state, joined in sorted(grouped, key=str):
        yield from ((key, tuple(state)) for key in read(joined))


def _look(
    user: Any, source: Source, period: Period, kept: Sequence[Counted], *, tells_of_gone: bool
) -> list[Row | None]:
    """What each row is now, in the order given; None where the reader may not see it."""
    found: list[Row | None] = []
    for start in range(0, len(kept), AT_A_TIME):
        part = kept[start : start + AT_A_TIME]
        keys = [key for key, _state in part]
        seen = source.seen(user).filter(pk__in=keys).select_related(*source.related).in_bulk()
        there = set(source.model._base_manager.filter(pk__in=keys).values_list("pk", flat=True))
        now = {
            key: tuple(state)
            for key, *state in source.rows(period).filter(pk__in=keys).values_list("pk", *source.state)
        }
        found += [
            _row(source, state, seen.get(key), now.get(key), is_there=key in there, tells_of_gone=tells_of_gone)
            for key, state in part
        ]
    return found


def _row(
    source: Source, then: State, row: Model | None, now: State | None, *, is_there: bool, tells_of_gone: bool
) -> Row | None:
    counted_as = source.words(then)
    if row is None:
        if not tells_of_gone or (is_there and now is not None):
            return None
        what = f"{'An' if source.noun[0] in 'aeiou' else 'A'} {source.noun}"
        return Row(f"{what} that is no longer there", "", counted_as, "Removed since" if is_there else "Deleted since")
    since = ""
    if now is None:
        since = "No longer counted"
    elif now != then:
        since = f"Now counted as: {source.words(now)}"
    return Row(source.label(row), source.address(row), counted_as, since)
