"""Following a list: what has changed since a program last asked, and which rows it may no longer see.

Changes come from the log that the database's triggers keep (``watching``). Who may see a row depends on far more than the
row, and also on the day; so what an account could see in a list when it asked is kept, and compared with what it can see
now. Both are counted in the cursor ``next_changed_since``, never by the clock (docs/decisions).
"""

import datetime
import re
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import OperationalError, connection, transaction
from django.db.models import Model, Q, QuerySet
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from rest_framework import exceptions, serializers

from impact.core.api.lists.models import CopiedRow, ListCopy, RowChange
from impact.core.api.lists.watching import INSIDE, LOG, paths_of

MOST = 50_000  # rows of a list whose copy is begun by only reading it; a longer one begins with ``changed_since``
FIRST, LAST = 1990, 2100  # the years that a time can be in
CURSOR = re.compile(r"after-(\d{1,18})-(\d{1,18})-(\d{1,18})", re.ASCII)
HORIZON = {
    # Every change that is not yet to be seen will have this mark or a higher one.
    "postgresql": "pg_snapshot_xmin(pg_current_snapshot())::text::bigint",
    "sqlite": f"COALESCE((SELECT seq FROM sqlite_sequence WHERE name = '{LOG}'), 0) + 1",
}


class StartAgain(exceptions.APIException):
    """A cursor that can no longer be followed."""

    status_code = 410
    default_code = "start_again"
    default_detail = "This cursor is no longer kept. Read the whole list again, without changed_since."


@dataclass(frozen=True)
class Cursor:
    """Up to where a program knows a list: every change before ``mark``, and the comings and goings up to ``round``."""

    mark: int
    round: int
    copy: int

    def __str__(self) -> str:
        return f"after-{self.mark}-{self.round}-{self.copy}"

    @classmethod
    def read(cls, name: str, text: str) -> "Cursor":
        """The cursor that a program sends back."""
        if found := CURSOR.fullmatch(text):
            return cls(*(int(number) for number in found.groups()))
        raise serializers.ValidationError({name: "Send next_changed_since as it came."})


def read_since(text: str) -> Cursor | datetime.datetime:
    """What ``changed_since`` says: a cursor, or a time to begin with."""
    if text.startswith("after-"):
        return Cursor.read("changed_since", text)
    given = re.sub(r" (\d\d:?\d\d)$", r"+\1", text) if "T" in text else text  # a plus sign that was sent as it is
    try:
        day = parse_date(given)
        moment = datetime.datetime.combine(day, datetime.time()) if day else parse_datetime(given)
        if moment is not None and timezone.is_naive(moment):
            moment = moment.replace(tzinfo=datetime.UTC)
        if moment is None or not FIRST <= moment.year <= LAST:
            raise ValueError(text)
        return moment.astimezone(datetime.UTC)
    except (ValueError, OverflowError):
        words = "Send a time such as 2026-01-31T09:30:00Z, or next_changed_since as it came."
        raise serializers.ValidationError({"changed_since": words}) from None


def key_of(pk: Any) -> str:
    """A primary key as the triggers write it."""
    return pk.hex if isinstance(pk, uuid.UUID) and connection.vendor == "sqlite" else str(pk)


def _keys(rows: QuerySet, model: type[Model]) -> QuerySet:
    """Keys in a log or a copy, as a model's own."""
    pk: Any = model._meta.pk
    return rows.values_list(Cast("key", pk.__class__(primary_key=False)), flat=True)


@dataclass(frozen=True)
class Inside:
    """The rows of which an account sees more than others do, and which of that a list shows.

    ``shows``: by what way ("" for the row itself) a change that is noted apart is news to those inside. ``only``: what is
    loaded with a row and shown to no one else.
    """

    rows: QuerySet
    shows: tuple[str, ...] = ()
    only: tuple[str, ...] = ()


class Following:
    """One account's way of following one list. ``visible`` are the rows that it may see, before any filter."""

    def __init__(
        self, *, user: Any, address: str, visible: QuerySet, loaded: QuerySet, inside: Inside | None = None
    ) -> None:
        self.inside = inside
        self.user_id: int | None = user.pk if user and user.is_authenticated else None
        self.address, self.visible = address[:200], visible.order_by()
        self.model = visible.model
        self.paths = paths_of(loaded)
        self.copy: ListCopy | None = None

    # --- Where things stand ------------------------------------------------------------------------
    def begin(self, *, is_asked: bool) -> Cursor | None:
        """Where the list stands, before anything of it is read. Begins a copy where there is none; of a long list only
        when ``is_asked``, and else there is no cursor."""
        whose = "c.user_id IS NULL" if self.user_id is None else "c.user_id = %s"
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {HORIZON[connection.vendor]}, c.id, c.round, c.asked_on FROM (SELECT 1) one "
                f"LEFT JOIN core_listcopy c ON c.address = %s AND {whose}",
                [self.address, *([] if self.user_id is None else [self.user_id])],
            )
            mark, pk, rounds, asked_on = cursor.fetchone()
        if pk is None:
            if not is_asked and self.visible.values("pk")[: MOST + 1].count() > MOST:
                return None
            try:
                self.copy = self._make()
            except OperationalError:
                if is_asked:
                    raise
                return None  # another writer takes long, and reading does not wait for it
        else:
            self.copy = ListCopy(pk=pk, round=rounds)
            if is_asked and str(asked_on) != str(timezone.localdate()):
                ListCopy.objects.filter(pk=pk).update(asked_on=timezone.localdate())
        return Cursor(mark, self.copy.round, self.copy.pk)

    @transaction.atomic
    def _make(self) -> ListCopy:
        copy, is_new = ListCopy.objects.get_or_create(
            user_id=self.user_id,  # type: ignore[misc]
            address=self.address,
            defaults={"asked_on": timezone.localdate()},
        )
        if is_new:
            self._run(
                "INSERT INTO core_copiedrow (copy_id, key, since, noted_at) SELECT %s, v.k, 0, %s FROM v",
                [copy.pk, timezone.now()],
            )
        return copy

    def _run(self, statement: str, params: list[Any], *, gives: bool = False) -> list[str]:
        """SQL over ``v``, the keys (``k``) of what the account may see now."""
        try:
            sql, of_rows = self.visible.values("pk").query.sql_with_params()
        except EmptyResultSet:
            sql, of_rows = "SELECT NULL WHERE 1 = 0", ()
        keys = f"WITH o(k) AS ({sql}), v(k) AS (SELECT DISTINCT CAST(o.k AS varchar(36)) FROM o) "
        with connection.cursor() as cursor:
            cursor.execute(keys + statement, [*of_rows, *params])
            return [row[0] for row in cursor.fetchall()] if gives else []

    def catch_up(self, here: Cursor) -> Cursor:
        """Note in the copy what has come into sight and what has gone since it was last compared."""
        if not any(self._differences(here.copy)):
            return here
        with transaction.atomic():
            copy = ListCopy.objects.select_for_update().filter(pk=here.copy).first()
            if copy is None:
                raise StartAgain
            come, gone = self._differences(here.copy)
            copy.round += 1
            copy.save(update_fields=["round"])
            now = timezone.now()
            CopiedRow.objects.bulk_create(
                [CopiedRow(copy=copy, key=key, since=copy.round, noted_at=now) for key in come],
                batch_size=500,
                update_conflicts=True,
                unique_fields=["copy", "key"],
                update_fields=["since", "gone", "noted_at"],
            )
            for first in range(0, len(gone), 500):
                rows = CopiedRow.objects.filter(copy=copy, key__in=gone[first : first + 500])
                rows.update(gone=copy.round, noted_at=now)
        return Cursor(here.mark, copy.round, copy.pk)

    def _differences(self, copy: int) -> tuple[list[str], list[str]]:
        # EXCEPT, for PostgreSQL answers NOT IN row by row once the keys are more than its working memory holds.
        known = "SELECT r.key FROM core_copiedrow r WHERE r.copy_id = %s AND r.gone IS NULL"
        come = self._run(f"SELECT v.k FROM v EXCEPT {known}", [copy], gives=True)
        gone = self._run(f"{known} EXCEPT SELECT v.k FROM v", [copy], gives=True)
        return come, gone

    # --- What has changed --------------------------------------------------------------------------
    def check(self, since: Cursor | datetime.datetime, here: Cursor) -> None:
        """Refuse a cursor of another copy, or one that is ahead of the database (which was restored)."""
        if isinstance(since, Cursor) and (
            since.copy != here.copy or since.mark > here.mark or since.round > here.round
        ):
            raise StartAgain

    def changed(self, rows: QuerySet, since: Cursor | datetime.datetime) -> QuerySet:
        """Those of some rows that were written since then, or something shown with them, or that came into sight."""
        if isinstance(since, Cursor):
            log, come = Q(mark__gte=since.mark), Q(since__gt=since.round)
        else:
            at = since.replace(microsecond=since.microsecond // 1000 * 1000)  # SQLite counts whole milliseconds
            if at <= self.began:
                return rows
            log, come = Q(at__gte=at), Q(since__gt=0, noted_at__gte=at)
        changes = RowChange.objects.filter(log)
        of_copy = CopiedRow.objects.filter(come, copy=self.copy, gone=None)
        meta = self.model._meta
        found = Q(pk__in=_keys(changes.filter(source=meta.db_table), self.model))
        found |= Q(pk__in=_keys(of_copy, self.model))
        only = self.inside.only if self.inside else ()
        for path, other in self.paths.items():
            if path not in only:
                found |= Q(**{f"{path}__in": _keys(changes.filter(source=other._meta.db_table), other)})
        if self.inside is not None:
            seen = Q()
            for path, other, source in self._inside_ways():
                seen |= Q(**{f"{path or 'pk'}__in": _keys(changes.filter(source=source), other)})
            found |= seen & Q(pk__in=self.inside.rows.order_by().values("pk"))
        return rows.filter(found)

    def _inside_ways(self) -> Iterator[tuple[str, type[Model], str]]:
        """The ways by which a change is news to those inside alone, with the model there and its name in the log."""
        assert self.inside is not None  # noqa: S101  asked just before
        models = {"": self.model, **self.paths}
        for path in self.inside.shows:
            yield path, models[path], models[path]._meta.db_table + INSIDE
        for path in self.inside.only:
            yield path, models[path], models[path]._meta.db_table

    def deleted(self, filtered: QuerySet, since: Cursor | datetime.datetime) -> list[Any]:
        """The keys of rows that have gone out of sight since then, and of those that the filters no longer let through."""
        went = Q(gone__gt=since.round) if isinstance(since, Cursor) else Q(gone__gt=0, noted_at__gte=since)
        pk: Any = self.model._meta.pk
        gone = CopiedRow.objects.filter(went, copy=self.copy).values_list("key", flat=True)
        found = {pk.to_python(key) for key in gone}
        elsewhere = self.changed(self.visible, since).exclude(pk__in=filtered.order_by().values("pk"))
        return sorted(found.union(elsewhere.values_list("pk", flat=True)))

    # --- When rows changed -------------------------------------------------------------------------
    @cached_property
    def began(self) -> datetime.datetime:
        """When the log began: nothing is known of what changed before."""
        first = RowChange.objects.filter(source="").values_list("at", flat=True).first()
        return first or datetime.datetime(FIRST, 1, 1, tzinfo=datetime.UTC)

    def times(self, page: list[Any]) -> list[datetime.datetime]:
        """When each row of a page last changed."""
        keys: dict[str, set[str]] = {}
        inside: set[Any] = set()
        if self.inside is not None and page:
            known = self.inside.rows.order_by().filter(pk__in=[pk_of(row) for row in page])
            inside = set(known.values_list("pk", flat=True))
        of_rows = [list(self._parts_of(row, is_inside=pk_of(row) in inside)) for row in page]
        for source, key in (part for parts in of_rows for part in parts):
            keys.setdefault(source, set()).add(key)
        found: dict[tuple[str, str], datetime.datetime] = {}
        asked, params = ["source = ''"], []
        for source, wanted in keys.items():
            asked.append(f"source = %s AND key IN ({', '.join(['%s'] * len(wanted))})")
            params += [source, *wanted]
        newest = " UNION ALL ".join(
            f"SELECT source, key, MAX(at) FROM {LOG} WHERE {where} GROUP BY source, key" for where in asked
        )
        with connection.cursor() as cursor:
            cursor.execute(newest, params)
            for source, key, at in cursor.fetchall():
                found[source, key] = _moment(at)
        began = found.get(("", ""), datetime.datetime(FIRST, 1, 1, tzinfo=datetime.UTC))
        return [
            max((found[p] for p in parts if p in found), default=_own_time(row) or began)
            for row, parts in zip(page, of_rows, strict=True)
        ]

    def _parts_of(self, row: Any, *, is_inside: bool) -> Iterator[tuple[str, str]]:
        """The row's own entry in the log, and those of what it loads with it."""
        yield self.model._meta.db_table, key_of(pk_of(row))
        if not isinstance(row, Model):
            return
        only = self.inside.only if self.inside else ()
        ways = [(path, other._meta.db_table) for path, other in self.paths.items() if path not in only]
        if is_inside:
            ways += [(path, source) for path, _other, source in self._inside_ways()]
        for path, source in ways:
            if (pk := _pk_at(row, path.split("__")) if path else row.pk) is not None:
                yield source, key_of(pk)


def times_of(rows: list[Any]) -> list[datetime.datetime]:
    """When each of some rows of one kind last changed, for a list that comes whole."""
    if not rows:
        return []
    all_of_them = type(rows[0])._default_manager.all()
    return Following(user=None, address="", visible=all_of_them, loaded=all_of_them).times(rows)


def pk_of(row: Any) -> Any:
    """The primary key of a row, or of its values."""
    return row["pk"] if isinstance(row, dict) else row.pk


def _pk_at(row: Any, names: Iterable[str]) -> Any:
    """The key of what ``names`` lead to; nothing is loaded for it."""
    for name in names:
        if row is None or name not in row._state.fields_cache:
            column = f"{name}_id"
            return getattr(row, column, None) if row is not None and column in row.__dict__ else None
        row = row._state.fields_cache[name]
    return row.pk if row is not None else None


def _moment(at: Any) -> datetime.datetime:
    """A time as the database gives it; SQLite gives text in UTC."""
    return datetime.datetime.fromisoformat(at).replace(tzinfo=datetime.UTC) if isinstance(at, str) else at


def _own_time(row: Any) -> datetime.datetime | None:
    """What a row says itself of a change before the log began."""
    for name in ("updated_at", "created_at"):
        found = row.get(name) if isinstance(row, dict) else row.__dict__.get(name)
        if isinstance(found, datetime.datetime):
            return found
    return None
